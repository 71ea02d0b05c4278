"""Bodies that are too large, packed to burst, or never end: all are cut off, whatever their headers say."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from billmanager_1c import errors
from billmanager_1c.api import SetPaid
from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient
from billmanager_1c.models import PaymentId
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.transport import BODY_LIMIT, AsyncWire, Deadline, Wire, WireReply, WireRequest

LIMIT = 1_000_000
REQUEST = WireRequest(url="https://x.example/", body=b"a=hush", function="whoami", system="BILLmanager")
Send = Callable[..., WireReply]


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that goes on for ever, and counts what was taken of it."""

    def __init__(self, piece: bytes) -> None:
        self._piece = piece
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.taken += 1
            yield self._piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


@pytest.fixture(params=["blocking", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    """Send a request through a wire of either kind, to a server that gives this body."""

    def send(body: Any, headers: dict[str, str] | None = None, *, seconds: float = 30.0) -> WireReply:
        stream = httpx.ByteStream(body) if isinstance(body, bytes) else body
        transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=stream))
        if request.param == "blocking":
            wire = Wire(transport=transport, body_limit=LIMIT)
            with contextlib.closing(wire):
                return wire.send(REQUEST, Deadline(seconds))

        async def work() -> WireReply:
            wire = AsyncWire(transport=transport, body_limit=LIMIT)
            try:
                return await wire.send(REQUEST, Deadline(seconds))
            finally:
                await wire.close()

        return asyncio.run(work())

    return send


# ------------------------------------------------------------------------------------------------------- too large


@pytest.mark.parametrize("told", ["", "5", "0", "1000000", "-1", "many", "00000000000000000000000000000001"])
def test_an_endless_body(send: Send, told: str) -> None:
    """A body is read to the limit and no further, whatever Content-Length promised."""
    body = Endless(b"x" * 100_000)
    with pytest.raises(errors.OversizeAnswer):
        send(body, {"content-length": told} if told else {})
    assert body.taken == 11


@pytest.mark.parametrize("told", ["1000001", "9" * 30])
def test_a_length_above_the_limit(send: Send, told: str) -> None:
    """Where the length is told and too much, nothing is read at all."""
    body = Endless(b"x")
    with pytest.raises(errors.OversizeAnswer):
        send(body, {"content-length": told})
    assert body.taken == 0


@functools.cache
def bomb(size: int, window: int) -> bytes:
    """Pack so many zeros."""
    machine = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join([*(machine.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)), machine.flush()])


@pytest.mark.parametrize(
    ("encoding", "window"), [("gzip", 31), ("x-gzip", 31), ("GZIP", 31), ("deflate", 15), ("deflate", -15)]
)
def test_a_bomb(send: Send, encoding: str, window: int) -> None:
    """A packed body is unpacked to the limit and no further: neither memory nor time goes into the rest."""
    packed = bomb(50_000_000, window)
    tracemalloc.start()
    try:
        with pytest.raises(errors.OversizeAnswer):
            send(packed, {"content-encoding": encoding})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10 * LIMIT


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate,gzip", "br", "zstd", "compress", "gzip;q=1", "xyz"])
def test_what_was_not_asked_for_is_not_unpacked(send: Send, encoding: str) -> None:
    """A body packed twice, or by a method that we did not offer, is not read."""
    twice = gzip.compress(gzip.compress(bytes(10_000_000)))
    with pytest.raises(errors.TruncatedAnswer, match="packed"):
        send(twice, {"content-encoding": encoding})


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "identity, gzip", "deflate", "raw deflate"])
@pytest.mark.parametrize("size", [1, 3, 64])
def test_good_bodies(send: Send, encoding: str, size: int) -> None:
    """What is packed as we asked is unpacked, in whichever pieces it comes."""
    text = b'{"doc": {"ok": {}}}' * 50
    packed = {"gzip": gzip.compress(text), "deflate": zlib.compress(text)}.get(encoding.rpartition(" ")[2], text)
    if encoding.startswith("raw"):
        encoding, packed = "deflate", zlib.compress(text)[2:-4]

    class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from (packed[start : start + size] for start in range(0, len(packed), size))

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                yield piece

    assert send(Pieces(), {"content-encoding": encoding}).body == text
    assert send(b"", {"content-encoding": encoding}).body == b""


def test_broken_packing(send: Send) -> None:
    """What does not unpack, or stops in the middle, is a broken answer; what follows the end is nobody's business."""
    packed = gzip.compress(b"x" * 10_000)
    for body in (b"rubbish", packed[:-10], packed[:15], packed[:30] + b"\xff" * 30):
        with pytest.raises(errors.TruncatedAnswer):
            send(body, {"content-encoding": "gzip"})
    assert send(packed + bytes(100), {"content-encoding": "gzip"}).body == b"x" * 10_000


def test_padding_without_end(send: Send) -> None:
    """A body that unpacks to nothing and never ends is cut off by what came."""
    with pytest.raises(errors.OversizeAnswer):
        send(Endless(gzip.compress(b"")), {"content-encoding": "gzip"})


def test_the_limit_is_stated() -> None:
    """The limit is a name that documentation and programs can point to; both systems have the same."""
    assert BODY_LIMIT == 64 * 1024 * 1024


# ----------------------------------------------------------------------------------- too slow, over a real socket


#: a server keeps on that long; a client that is still there then sees it hang up, and says ConnectionLost
PATIENCE_OF_SERVER = 8.0
SECONDS = 0.3
Begin = Callable[..., str]
Between = Callable[[threading.Event], object]


@pytest.fixture
def trickle() -> Iterator[Begin]:
    """A server that says something at once and then the same bytes again and again."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def talk(at_once: bytes, then: bytes, between: Between) -> None:
        end = time.monotonic() + PATIENCE_OF_SERVER
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(at_once)
                while not stop.wait(0.02) and time.monotonic() < end:
                    connection.sendall(then)
                    between(stop)

    def begin(at_once: bytes, then: bytes, between: Between = lambda _: None) -> str:
        threads.append(threading.Thread(target=talk, args=(at_once, then, between), daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/billmgr"

    yield begin
    stop.set()
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()
    for thread in threads:
        thread.join(5)


START = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TRICKLES = {
    "status line": (b"HTTP/1.1 200 O", b"K"),
    "headers": (START + b"X-Long: ", b"y"),
    "more headers": (START, b"X-A: 1\r\n"),
    "informational": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (START + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": (START + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "body without length": (START + b"Connection: close\r\n\r\n", b" "),
    "silence after headers": (START + b"Content-Length: 100000\r\n\r\n", b""),
}


def ask(kind: str, url: str, operation: Any) -> Any:
    """Send an operation with a client of either kind that has little patience."""
    options: Any = {"username": "1c", "password": "hush", "timezone": "Europe/Moscow", "timeout": SECONDS}
    if kind == "blocking":
        with BillManagerClient(url, **options) as client:
            return client.send(operation)

    async def work() -> Any:
        async with AsyncBillManagerClient(url, **options) as client:
            return await client.send(operation)

    return asyncio.run(work())


@pytest.mark.parametrize("kind", ["blocking", "async"])
@pytest.mark.parametrize("pieces", TRICKLES.values(), ids=TRICKLES.keys())
def test_a_trickle(trickle: Begin, pieces: tuple[bytes, bytes], kind: str) -> None:
    """A server that keeps a call busy is left at the deadline of the call: the outcome is unknown."""
    with pytest.raises(errors.AnswerTimedOut) as caught:
        ask(kind, trickle(*pieces), SetPaid(PaymentId(7)))
    assert caught.value.repeat is errors.Repeat.LOOK_FIRST


@pytest.mark.parametrize("pieces", [TRICKLES["headers"], TRICKLES["body"]], ids=["headers", "body"])
def test_a_trickle_of_1c(trickle: Begin, pieces: tuple[bytes, bytes]) -> None:
    """The same holds for 1C."""
    adapter = ODataAdapter(
        trickle(*pieces),
        username="Обмен",
        password="hush",
        configuration=UPP_1_3,
        timezone="Europe/Moscow",
        base="upp",
        timeout=SECONDS,
    )
    with adapter, pytest.raises(errors.AnswerTimedOut):
        list(adapter.changes(None))


def test_a_late_silence(trickle: Begin) -> None:
    """A server that falls silent shortly before the deadline is not waited for as long again."""

    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()

    def fall_silent(stop: threading.Event) -> None:
        clock.now = 99.9
        stop.wait(PATIENCE_OF_SERVER)

    url = trickle(START + b"Content-Length: 100000\r\n\r\n", b" ", fall_silent)
    request = WireRequest(url=url, body=b"a=hush", function="whoami", system="BILLmanager")
    with contextlib.closing(Wire()) as wire, pytest.raises(errors.AnswerTimedOut):
        wire.send(request, Deadline(100, clock))
