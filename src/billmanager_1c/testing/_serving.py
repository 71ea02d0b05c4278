"""How a simulator meets the wire: as an httpx transport without a network, or as a server on a real socket.

A simulator is one function from a request to an :data:`Answer`. An answer is a response, or one of the values of
``_wire`` for what no response can say: silence, a reset, a body that stops. In process they become the exceptions
that httpx raises for them, at once and without waiting; over a socket they become what they are.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import select
import socket
import struct
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias, cast

import httpx

from ._wire import CutBody, Outcome, Refused, Reply, Reset, Silence, Slow

__all__ = [
    "Answer",
    "CutBody",
    "Handle",
    "Refused",
    "Reply",
    "Reset",
    "Silence",
    "Slow",
    "Transport",
    "as_answer",
    "as_transport",
    "serve",
]

Answer: TypeAlias = httpx.Response | Silence | Reset | Refused | CutBody[httpx.Response] | Slow[httpx.Response]
Handle: TypeAlias = Callable[[httpx.Request], Answer]


def as_answer(outcome: Outcome, now: dt.datetime) -> Answer:
    """Bring what a core answered to the wire, with the time of its own clock."""
    match outcome:
        case Reply():
            return _response(outcome, now)
        case CutBody(reply, at, reset):
            return CutBody(_response(reply, now), at, reset)
        case Slow(reply, seconds):
            return Slow(_response(reply, now), seconds)
    return outcome


def _response(reply: Reply, now: dt.datetime) -> httpx.Response:
    date = format_datetime(now.astimezone(dt.UTC), usegmt=True)
    headers = [("Date", date), ("Content-Type", reply.content_type), *reply.headers]
    return httpx.Response(reply.status, headers=headers, content=reply.body)


# ----------------------------------------------------------------------------------------------------- in process


def as_transport(handle: Handle) -> Transport:
    """Return an object that blocking and async httpx clients take as ``transport=``."""
    return _FunctionTransport(handle)


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for both kinds of httpx client over one :meth:`answer`. It never waits."""

    def answer(self, request: httpx.Request) -> Answer:
        """Answer a request whose body has been read."""
        raise NotImplementedError

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer as httpx would: with a response, or with the exception that the trouble causes.

        Raises:
            httpx.ConnectError: the simulator is down.
            httpx.ReadTimeout: the answer never comes, or comes later than the request's read timeout.
            httpx.ReadError: the connection is reset.
        """
        request.read()
        return _in_process(self.answer(request), request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return _in_process(self.answer(request), request)


class _FunctionTransport(Transport):
    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def answer(self, request: httpx.Request) -> Answer:
        return self._handle(request)


def _in_process(answer: Answer, request: httpx.Request) -> httpx.Response:
    match answer:
        case httpx.Response():
            return answer
        case Silence():
            raise httpx.ReadTimeout("the simulator keeps silent", request=request)
        case Reset():
            raise httpx.ReadError("the simulator reset the connection", request=request)
        case Refused():
            raise httpx.ConnectError("the simulator is down", request=request)
        case Slow(response, seconds):
            patience = request.extensions.get("timeout", {}).get("read")
            if patience is not None and seconds > patience:
                raise httpx.ReadTimeout(f"the simulator answers after {seconds} s", request=request)
            return response
        case CutBody(response, at, reset):
            stream = _CutStream(response.content[:at], request=request, reset=reset)
            return httpx.Response(response.status_code, headers=response.headers, stream=stream)


class _CutStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, content: bytes, *, request: httpx.Request, reset: bool) -> None:
        self._content = content
        self._error: httpx.TransportError = (
            httpx.ReadError("the simulator reset the connection", request=request)
            if reset
            else httpx.RemoteProtocolError("the simulator closed the connection inside the body", request=request)
        )

    def __iter__(self) -> Iterator[bytes]:
        if self._content:
            yield self._content
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


# -------------------------------------------------------------------------------------------------- over a socket


@contextlib.contextmanager
def serve(handle: Handle, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve ``handle`` over HTTP/1.1 until the block ends; yield the base URL, such as ``http://127.0.0.1:40511``.

    Each connection has a daemon thread. The address of the client stands in ``request.extensions["client"]``.
    When the block ends, open connections are shut and those who wait for an answer are let go.
    """
    server = _Server(handle, host, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="simulator", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        server.hang_up()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handle: Handle, host: str, port: int) -> None:
        self.answer = handle
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        with self._lock:
            self._open.add(cast(socket.socket, request))
        super().process_request(request, client_address)

    def reset_at_end(self, connection: socket.socket) -> None:
        """Let the coming close of this connection be a reset."""
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self._lock:
            self._to_reset.add(connection)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        connection = cast(socket.socket, request)
        with self._lock:
            self._open.discard(connection)
            reset = connection in self._to_reset
            self._to_reset.discard(connection)
        if reset:  # an orderly shutdown would send FIN before the reset
            connection.close()
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """Shut what clients keep open, so that nobody talks to a simulator that was stopped."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients that are killed in the middle of a request are a purpose of this server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    server: _Server

    def handle_one_request(self) -> None:
        """Read one request and answer it, whatever its method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self.send_error(411)
            return
        content = self.rfile.read(int(length))
        if len(content) < int(length):  # the client died inside its body: the request never was
            self.close_connection = True
            return
        self._give(self._ask(content))

    def _ask(self, content: bytes) -> Answer:
        try:
            host = self.headers.get("Host") or "{}:{}".format(*self.server.server_address[:2])
            request = httpx.Request(
                self.command,
                f"http://{host}{self.path}",
                headers=list(self.headers.items()),
                content=content,
                extensions={"client": self.client_address},
            )
            return self.server.answer(request)
        except Exception:  # noqa: BLE001 - a bug of the simulator must reach the person at the other end
            return httpx.Response(500, text=f"The simulator failed.\n{traceback.format_exc()}")

    def _give(self, answer: Answer) -> None:
        match answer:
            case httpx.Response():
                self._write(answer, answer.content)
            case Slow(response, seconds):
                if self.server.stopping.wait(seconds):
                    self.close_connection = True
                else:
                    self._write(response, response.content)
            case Silence():
                self._wait_for_the_end()
            case Reset() | Refused():
                self._break(reset=True)
            case CutBody(response, at, reset):
                self._write(response, response.content[:at])
                self._break(reset=reset)

    def _write(self, response: httpx.Response, body: bytes) -> None:
        self.send_response_only(response.status_code, response.reason_phrase)
        for name, value in response.headers.multi_items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _break(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.server.reset_at_end(self.connection)

    def _wait_for_the_end(self) -> None:
        while not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                break
            if readable:  # pipelined bytes: nobody will read them
                self.server.stopping.wait(0.05)
        self._break(reset=True)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: a request line may carry secrets."""
