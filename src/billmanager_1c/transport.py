"""The one module that knows httpx: it sends a request and returns a reply, or raises a leaf of our tree.

- Every call has a deadline for the whole of it: httpx limits single waits only. What is left of it is what each wait
  gets; a server that trickles is noticed between two pieces of the body.
- Nothing is ever sent twice and no redirect is followed.
- Every exception of httpx is translated by a table and kept as the cause, without the request in it: requests hold
  secrets.
- Bodies are limited by their unpacked size.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import attrs
import httpx

from .errors import (
    AnswerTimedOut,
    BillManager1CError,
    CertificateRefused,
    ConnectionFailed,
    ConnectionLost,
    DeadlinePassed,
    OversizeAnswer,
    RedirectRefused,
    SettingsError,
    TruncatedAnswer,
    WireError,
)

_BODY_LIMIT: Final = 64 * 1024 * 1024

#: the leaf for each exception of httpx; a class that is not here is treated as its nearest base that is
_LEAVES: Final[Mapping[type[httpx.RequestError], type[WireError]]] = {
    # Only these three say that nothing left this machine (protocol.md §2).
    httpx.ConnectError: ConnectionFailed,
    httpx.ConnectTimeout: ConnectionFailed,
    httpx.PoolTimeout: DeadlinePassed,
    httpx.TimeoutException: AnswerTimedOut,
    httpx.DecodingError: TruncatedAnswer,
    httpx.TooManyRedirects: RedirectRefused,
    httpx.RequestError: ConnectionLost,
}

BlockingTransport = httpx.BaseTransport
"""What a blocking client or adapter may be given to send through: the network, a mock, a simulator."""

AsyncTransport = httpx.AsyncBaseTransport
"""The same for async code."""

Verify: TypeAlias = bool | str | Path | ssl.SSLContext
"""Whose certificates are trusted: the system's (True), anybody's (False), those of a file or folder, or a context."""


@attrs.frozen(kw_only=True)
class WireRequest:
    """A request. Only method, function and system show: an address may hold names, headers and body hold secrets."""

    method: str = "POST"
    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    #: what is asked for, for messages: a function of BILLmanager, a resource of 1C
    function: str
    #: ``"BILLmanager"`` or ``"1C"``
    system: str


@attrs.frozen(kw_only=True)
class WireReply:
    """A whole answer."""

    status: int
    #: names in lower case; of several headers with one name, joined by comma
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def content_type(self) -> str:
        """The header of that name, empty where there is none."""
        return self.headers.get("content-type", "")


class Deadline:
    """A moment on a clock that never goes back."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock() + seconds

    def left(self) -> float:
        """Return the seconds that are left; negative once it has passed."""
        return self._at - self._clock()


class Wire:
    """A blocking pool of connections. Safe to use from many threads.

    A transport that is given is used and never closed.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        verify: Verify = True,
        keep_cookies: bool = False,
        body_limit: int = _BODY_LIMIT,
    ) -> None:
        self._body_limit = body_limit
        self._client = httpx.Client(
            transport=_Lent(transport) if transport is not None else None,
            verify=_trust(verify),
            cookies=_jar(keep_cookies),
            headers=_HEADERS,
        )

    def send(self, request: WireRequest, deadline: Deadline) -> WireReply:
        """Send the request once and read the whole answer.

        Raises:
            WireError: one of its leaves.
        """
        exchange = _Exchange(request, deadline, self._body_limit)
        try:
            response = self._client.send(exchange.build(self._client), stream=True, follow_redirects=False)
            try:
                exchange.begin(response)
                for piece in response.iter_bytes():
                    exchange.take(piece)
            finally:
                response.close()
        except httpx.RequestError as error:
            raise exchange.translate(error) from error
        return exchange.reply()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class AsyncWire:
    """The same for async code."""

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        verify: Verify = True,
        keep_cookies: bool = False,
        body_limit: int = _BODY_LIMIT,
    ) -> None:
        self._body_limit = body_limit
        self._client = httpx.AsyncClient(
            transport=_AsyncLent(transport) if transport is not None else None,
            verify=_trust(verify),
            cookies=_jar(keep_cookies),
            headers=_HEADERS,
        )

    async def send(self, request: WireRequest, deadline: Deadline) -> WireReply:
        """Send the request once and read the whole answer.

        Raises:
            WireError: one of its leaves.
        """
        exchange = _Exchange(request, deadline, self._body_limit)
        try:
            response = await self._client.send(exchange.build(self._client), stream=True, follow_redirects=False)
            try:
                exchange.begin(response)
                async for piece in response.aiter_bytes():
                    exchange.take(piece)
            finally:
                await response.aclose()
        except httpx.RequestError as error:
            raise exchange.translate(error) from error
        return exchange.reply()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def translate(error: httpx.RequestError, *, function: str, system: str) -> BillManager1CError:
    """Return the leaf of our tree for an exception of httpx, and take the request out of the latter."""
    _forget_request(error)
    if isinstance(error, httpx.UnsupportedProtocol):
        return SettingsError(f"{system}: the address must begin with https:// or http://.")
    leaf = next(_LEAVES[base] for base in type(error).__mro__ if base in _LEAVES)
    if leaf is ConnectionFailed and _is_about_certificate(error):
        leaf = CertificateRefused
    reason = f" ({str(error)[:200]})" if issubclass(leaf, ConnectionFailed | CertificateRefused) and str(error) else ""
    return leaf(f"{function}: {_sentence(leaf)}{reason}", function=function, system=system)


# ------------------------------------------------------------------------------------------------- of one exchange


class _Exchange:
    """One request and its answer: all that the two wires share."""

    def __init__(self, request: WireRequest, deadline: Deadline, body_limit: int) -> None:
        self._request = request
        self._deadline = deadline
        self._limit = body_limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._status = 0
        self._headers: Mapping[str, str] = {}

    def build(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        if self._deadline.left() <= 0:
            raise self._error(DeadlinePassed)
        request = self._request
        try:
            return client.build_request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body or None,
                extensions={"timeout": _Left(self._deadline)},
            )
        except httpx.InvalidURL:
            pass
        raise SettingsError(f"{request.system}: the address is not a valid one.")

    def begin(self, response: httpx.Response) -> None:
        self._status = response.status_code
        self._headers = {name.lower(): value for name, value in response.headers.items()}
        if 300 <= self._status < 400:
            where = _place(self._headers.get("location", ""))
            raise self._error(RedirectRefused, f" (HTTP {self._status} to {where})")
        length = self._headers.get("content-length", "")
        if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > self._limit:
            raise self._error(OversizeAnswer, f" ({length} bytes)")

    def take(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise self._error(OversizeAnswer, f" (more than {self._limit} bytes)")
        if self._deadline.left() <= 0:
            raise self._error(AnswerTimedOut)
        self._pieces.append(piece)

    def reply(self) -> WireReply:
        return WireReply(status=self._status, headers=self._headers, body=b"".join(self._pieces))

    def translate(self, error: httpx.RequestError) -> BillManager1CError:
        return translate(error, function=self._request.function, system=self._request.system)

    def _error(self, leaf: type[WireError], more: str = "") -> WireError:
        request = self._request
        return leaf(f"{request.function}: {_sentence(leaf)}{more}", function=request.function, system=request.system)


class _Left(Mapping[str, float]):
    """The time limits of httpcore, which asks for them before each phase: what is left of the deadline then."""

    _PHASES = ("connect", "read", "write", "pool")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __getitem__(self, phase: str) -> float:
        if phase not in self._PHASES:
            raise KeyError(phase)
        return max(self._deadline.left(), 0.001)  # nought would mean "at once" to a socket, and fail in another way

    def __iter__(self) -> Iterator[str]:
        return iter(self._PHASES)

    def __len__(self) -> int:
        return len(self._PHASES)


_HEADERS = {
    "Accept": "application/json",
    # Not what httpx offers where further unpackers are installed: these two cannot unpack one piece a million times.
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "billmanager-1c",
}


def _jar(keep: bool) -> CookieJar:
    """Return a jar; one that keeps nothing where a cookie would bring a session into calls that have none."""
    return CookieJar(None if keep else DefaultCookiePolicy(allowed_domains=[]))


def _trust(verify: Verify) -> ssl.SSLContext | bool:
    if isinstance(verify, bool | ssl.SSLContext):
        return verify
    path = Path(verify)
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"verify: no certificates can be read from {path}: {error}.") from error


def _place(address: str) -> str:
    """Return an address without what may be a secret."""
    try:
        target = urlsplit(address)
    except ValueError:
        return "no valid address"
    return f"{target.scheme}://{target.hostname}" if target.hostname else "another path of the same host"


def _is_about_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _forget_request(error: httpx.RequestError) -> None:
    """Take out of the exception what holds the request's body: the request, and the variables of tracebacks."""
    link: BaseException | None = error
    while link is not None and link.__traceback__ is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    try:
        request = error.request
    except RuntimeError:  # it has none
        return
    error.request = httpx.Request(request.method, request.url.copy_with(query=None))


def _sentence(kind: type[BillManager1CError]) -> str:
    return (kind.__doc__ or kind.__name__).strip().partition("\n")[0]


class _Lent(httpx.BaseTransport):
    """A transport of somebody else's: used, not closed."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._transport.handle_request(request)


class _AsyncLent(httpx.AsyncBaseTransport):
    """The same for async code."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)
