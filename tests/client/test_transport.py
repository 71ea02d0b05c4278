"""The wire: every failure of httpx has its leaf, and nothing is waited for longer than was said."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading

import httpx
import pytest

from billmanager_1c import errors
from billmanager_1c.transport import AsyncWire, Deadline, Wire, WireRequest, translate

REQUEST = WireRequest(url="https://x.example/", body=b"a=hush", function="whoami", system="BILLmanager")


def leaves(kind):
    """Yield a class and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from leaves(below)


@pytest.fixture(params=["blocking", "async"])
def send(request):
    """Send a request through a wire of either kind."""

    def send(handler, *, deadline=None, wanted=REQUEST, times=1, **options):
        deadline = deadline or Deadline(30)
        transport = httpx.MockTransport(handler)
        if request.param == "blocking":
            wire = Wire(transport=transport, **options)
            try:
                return [wire.send(wanted, deadline) for _ in range(times)][-1]
            finally:
                wire.close()

        async def work():
            wire = AsyncWire(transport=transport, **options)
            try:
                return [await wire.send(wanted, deadline) for _ in range(times)][-1]
            finally:
                await wire.close()

        return asyncio.run(work())

    return send


# ------------------------------------------------------------------------------------------------------ translation

EXPECTED = {
    httpx.ConnectError: errors.ConnectionFailed,
    httpx.ConnectTimeout: errors.ConnectionFailed,
    httpx.PoolTimeout: errors.DeadlinePassed,
    httpx.ReadTimeout: errors.AnswerTimedOut,
    httpx.WriteTimeout: errors.AnswerTimedOut,
    httpx.ReadError: errors.ConnectionLost,
    httpx.WriteError: errors.ConnectionLost,
    httpx.CloseError: errors.ConnectionLost,
    httpx.LocalProtocolError: errors.ConnectionLost,
    httpx.RemoteProtocolError: errors.ConnectionLost,
    httpx.ProxyError: errors.ConnectionLost,
    httpx.UnsupportedProtocol: errors.SettingsError,
    httpx.DecodingError: errors.TruncatedAnswer,
    httpx.TooManyRedirects: errors.RedirectRefused,
}


@pytest.mark.parametrize("kind", sorted(leaves(httpx.RequestError), key=lambda kind: kind.__name__))
def test_every_failure_has_its_leaf(send, kind):
    """Each exception of httpx becomes a leaf of ours, keeps itself as the cause, and loses the request in it."""

    def fail(request):
        raise kind("it failed", request=request)

    with pytest.raises(errors.BillManager1CError) as caught:
        send(fail)
    error = caught.value
    assert type(error) is EXPECTED.get(kind, type(error))
    assert type(error) not in {errors.WireError, errors.NotSent, errors.NoAnswer, errors.UnreadableAnswer}
    assert type(error.__cause__) is kind
    assert b"hush" not in error.__cause__.request.read()
    # Only what never left this machine may be sent again freely.
    freely = error.repeat is errors.Repeat.FREELY
    assert freely == (kind in {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout})


def test_a_class_of_tomorrow():
    """An exception that httpx may yet invent is an unknown outcome."""

    class NewTrouble(httpx.TransportError):
        pass

    assert type(translate(NewTrouble("x"), function="f", system="1C")) is errors.ConnectionLost


def test_certificates():
    """A certificate that is not trusted is told from a server that is away, however deep the reason lies."""
    for reason in (ssl.SSLCertVerificationError(1, "no"), OSError("[SSL: CERTIFICATE_VERIFY_FAILED]")):
        error = httpx.ConnectError("failed")
        error.__cause__ = RuntimeError("between")
        error.__cause__.__context__ = reason
        found = translate(error, function="whoami", system="BILLmanager")
        assert type(found) is errors.CertificateRefused and found.repeat is errors.Repeat.NEVER


def test_an_invalid_address(send):
    """An address that httpx cannot read is a setting, not a failure of the wire."""
    wanted = WireRequest(url="https://x.example:port/hush", function="f", system="1C")
    with pytest.raises(errors.SettingsError) as caught:
        send(lambda request: httpx.Response(200), wanted=wanted)
    assert "hush" not in str(caught.value) and caught.value.__context__ is None


# --------------------------------------------------------------------------------------------------------- replies


def test_a_reply(send):
    """Status, headers in lower case and the whole body; a header of ours may replace the usual one."""
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(
            201, headers=[("X-A", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], content=b"body"
        )

    wanted = WireRequest(
        method="GET", url="https://x.example/a?b=c", headers={"Accept": "x/y"}, function="f", system="1C"
    )
    reply = send(answer, wanted=wanted, times=2)
    assert (reply.status, reply.body, reply.headers["x-a"]) == (201, b"body", "1")
    assert "a=1" in reply.headers["set-cookie"] and "b=2" in reply.headers["set-cookie"]
    assert (seen[0].method, str(seen[0].url), seen[0].headers["accept"]) == ("GET", "https://x.example/a?b=c", "x/y")
    assert "cookie" not in seen[1].headers
    assert "body" not in repr(reply) and "hush" not in repr(REQUEST) + repr(reply)


def test_cookies_are_kept_where_wanted(send):
    """A conversation that lives by a cookie can have it."""
    seen = []

    def answer(request):
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "ibsession=1; path=/"})

    send(answer, times=2, keep_cookies=True)
    assert seen == [None, "ibsession=1"]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirects_are_not_followed(send, status):
    """A redirect is refused; the message names the host it points to and nothing of its query."""
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(status, headers={"location": "https://other.example/x?authinfo=hush"})

    with pytest.raises(errors.RedirectRefused, match=r"https://other\.example") as caught:
        send(answer)
    assert "hush" not in str(caught.value) and len(asked) == 1


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("told", [False, True])
def test_large_bodies(send, packed, told):
    """A body is read up to the limit of its unpacked size."""
    body = b"0" * 200_000
    content = gzip.compress(body) if packed else body

    def answer(request):
        headers = {"content-encoding": "gzip"} if packed else {}
        if told:
            return httpx.Response(200, content=content, headers=headers)
        stream = httpx.ByteStream(content)
        return httpx.Response(200, stream=stream, headers=headers)

    with pytest.raises(errors.OversizeAnswer):
        send(answer, body_limit=100_000)
    assert len(send(answer, body_limit=200_000).body) == 200_000


def test_a_body_that_does_not_unpack(send):
    """Rubbish where packed data was announced is a broken answer."""
    with pytest.raises(errors.TruncatedAnswer):
        send(lambda request: httpx.Response(200, content=b"rubbish", headers={"content-encoding": "gzip"}))


# ------------------------------------------------------------------------------------------------------- deadlines


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self):
        return self.now


def test_a_deadline_that_passed(send):
    """Where no time is left, nothing is sent."""
    clock = Clock()
    deadline = Deadline(5, clock)
    clock.now += 5
    with pytest.raises(errors.DeadlinePassed):
        send(lambda request: pytest.fail("it was sent"), deadline=deadline)


def test_each_wait_gets_what_is_left(send):
    """The limits of single waits shrink with the time that is left."""
    clock = Clock()
    seen = []

    def answer(request):
        limits = request.extensions["timeout"]
        seen.append(dict(limits))
        clock.now += 3
        seen.append(dict(limits))
        assert limits.get("other") is None
        return httpx.Response(200)

    send(answer, deadline=Deadline(5, clock))
    assert [set(limits.values()) for limits in seen] == [{5.0}, {2.0}]
    assert set(seen[0]) == {"connect", "read", "write", "pool"}


def test_a_trickle_ends_at_the_deadline(send):
    """A body that comes byte by byte, each in time, does not outlive the deadline."""
    clock = Clock()

    class Trickle(httpx.SyncByteStream, httpx.AsyncByteStream):
        given = 0

        def __iter__(self):
            while True:
                clock.now += 1
                self.given += 1
                yield b"x"

        async def __aiter__(self):
            for piece in self:
                yield piece

    stream = Trickle()
    with pytest.raises(errors.AnswerTimedOut):
        send(lambda request: httpx.Response(200, stream=stream), deadline=Deadline(5, clock))
    assert stream.given == 5


# ----------------------------------------------------------------------------------------------- over a real socket


@pytest.fixture
def listener():
    """A socket that listens, and a function that serves one connection with raw bytes."""
    server = socket.create_server(("127.0.0.1", 0))
    threads = []

    def serve(*pieces, hold=None):
        def work():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                if hold is not None:
                    hold.wait(10)

        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/billmgr"

    yield serve
    server.close()
    for thread in threads:
        thread.join(5)


def over_socket(url, seconds=5.0):
    """Send a request over the network."""
    wire = Wire()
    try:
        request = WireRequest(url=url, body=b"a=hush", function="whoami", system="BILLmanager")
        return wire.send(request, Deadline(seconds))
    finally:
        wire.close()


def test_nobody_listens():
    """A refused connection is known not to have been used."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(errors.ConnectionFailed, match="whoami"):
        over_socket(f"http://127.0.0.1:{port}/billmgr")


def test_silence(listener):
    """A server that says nothing is left at the deadline, with an unknown outcome."""
    done = threading.Event()
    url = listener(hold=done)
    with pytest.raises(errors.AnswerTimedOut):
        over_socket(url, seconds=0.2)
    done.set()


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",),
        (b"this is not HTTP\r\n\r\n",),
    ],
)
def test_a_connection_that_ends_too_early(listener, pieces):
    """A server that hangs up before the whole answer leaves an unknown outcome."""
    with pytest.raises(errors.ConnectionLost):
        over_socket(listener(*pieces))
