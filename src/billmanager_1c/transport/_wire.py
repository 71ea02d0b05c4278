"""The two wires, and what passes over them."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import attrs
import httpx

from ..errors import (
    AnswerTimedOut,
    BillManager1CError,
    DeadlinePassed,
    OversizeAnswer,
    RedirectRefused,
    SettingsError,
    TruncatedAnswer,
    WireError,
)
from ._deadline import Deadline, TimeLeft, bound_waits
from ._hush import hush, quietly
from ._leaves import sentence, translate
from ._unpack import Unpacker

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of an answer that are read at most, as they came and unpacked."""

#: seconds that async code waits past the deadline, for httpcore's own limits tell better what was waited for
_GRACE: Final = 0.05
#: characters of a stranger's address that are told
_PLACE_LENGTH: Final = 100

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

    @property
    def date(self) -> dt.datetime | None:
        """What the server's clock said, aware, in whole seconds; None where it said nothing that can be read."""
        try:
            told = parsedate_to_datetime(self.headers.get("date", ""))
        except (ValueError, OverflowError):
            return None
        return told if told.tzinfo is not None else told.replace(tzinfo=dt.UTC)


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
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._body_limit = body_limit
        self._client = httpx.Client(
            transport=_Lent(transport) if transport is not None else None,
            verify=_trust(verify),
            cookies=_jar(keep_cookies),
            headers=_HEADERS,
            event_hooks={"response": [_take_location]},
        )
        bound_waits(self._client)
        hush()

    def send(self, request: WireRequest, deadline: Deadline) -> WireReply:
        """Send the request once and read the whole answer.

        Raises:
            WireError: one of its leaves.
        """
        exchange = _Exchange(request, deadline, self._body_limit)
        built = exchange.build(self._client)
        with quietly():
            try:
                response = self._client.send(built, stream=True, follow_redirects=False)
                try:
                    exchange.begin(response)
                    for exchange.piece in _pieces(response):
                        exchange.take()
                finally:
                    response.close()
            except (httpx.RequestError, TimeoutError) as error:
                trouble = error
            else:
                return exchange.reply()
        raise exchange.translate(trouble) from trouble

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
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._body_limit = body_limit
        self._client = httpx.AsyncClient(
            transport=_AsyncLent(transport) if transport is not None else None,
            verify=_trust(verify),
            cookies=_jar(keep_cookies),
            headers=_HEADERS,
            event_hooks={"response": [_take_location_async]},
        )
        hush()

    async def send(self, request: WireRequest, deadline: Deadline) -> WireReply:
        """Send the request once and read the whole answer.

        Raises:
            WireError: one of its leaves.
        """
        import asyncio  # an event loop that only async code has

        exchange = _Exchange(request, deadline, self._body_limit)
        built = exchange.build(self._client)
        with quietly():
            try:
                async with asyncio.timeout(deadline.left() + _GRACE):
                    response = await self._client.send(built, stream=True, follow_redirects=False)
                    try:
                        exchange.begin(response)
                        async for exchange.piece in _async_pieces(response):
                            exchange.take()
                    finally:
                        await response.aclose()
            except (httpx.RequestError, TimeoutError) as error:
                trouble = error
            else:
                return exchange.reply()
        raise exchange.translate(trouble) from trouble

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


# ------------------------------------------------------------------------------------------------- of one exchange


class _Exchange:
    """One request and its answer: all that the two wires share.

    What came last is handed over in ``piece`` and not as an argument: an exception must not carry a body in its frames.
    """

    def __init__(self, request: WireRequest, deadline: Deadline, body_limit: int) -> None:
        self._request = request
        self._deadline = deadline
        self._limit = body_limit
        self._unpacker = Unpacker()
        self._came = 0
        self._body = bytearray()
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self.piece = b""

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
                extensions={"timeout": TimeLeft(self._deadline)},
            )
        except httpx.InvalidURL:
            pass
        raise SettingsError(f"{request.system}: the address is not a valid one.")

    def begin(self, response: httpx.Response) -> None:
        self._status = response.status_code
        self._headers = {name.lower(): value for name, value in response.headers.items()}
        if 300 <= self._status < 400:
            where = _place(response.extensions.get(_LOCATION, ""))
            raise self._error(RedirectRefused, f" (HTTP {self._status} to {where})")
        length = self._headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._limit:
            raise self._error(OversizeAnswer, f" ({length[:20]} bytes)")
        # A transport without a network may hand over what it has unpacked already.
        packing = "" if response.is_stream_consumed else self._headers.get("content-encoding", "")
        unpacker = Unpacker.of(packing)
        if unpacker is None:
            raise self._error(TruncatedAnswer, " (it is packed in a way that was not asked for)")
        self._unpacker = unpacker

    def take(self) -> None:
        """Take the piece in."""
        if not self._unpack():
            raise self._error(TruncatedAnswer, " (it does not unpack)")
        if max(self._came, len(self._body)) > self._limit:
            raise self._error(OversizeAnswer, f" (more than {self._limit} bytes)")
        if self._deadline.left() <= 0:
            raise self._error(AnswerTimedOut)

    def _unpack(self) -> bool:
        self._came += len(self.piece)
        unpacked = self._unpacker.unpack(self.piece, self._limit - len(self._body))
        self._body += unpacked or b""
        return unpacked is not None

    def reply(self) -> WireReply:
        if not self._unpacker.is_complete:
            raise self._error(TruncatedAnswer, " (it does not unpack)")
        return WireReply(status=self._status, headers=self._headers, body=bytes(self._body))

    def translate(self, error: httpx.RequestError | TimeoutError) -> BillManager1CError:
        return translate(error, function=self._request.function, system=self._request.system)

    def _error(self, leaf: type[WireError], more: str = "") -> WireError:
        request = self._request
        return leaf(f"{request.function}: {sentence(leaf)}{more}", function=request.function, system=request.system)


#: where the address of a redirect is kept from httpx
_LOCATION = "billmanager_1c.location"


def _take_location(response: httpx.Response) -> None:
    """Keep httpx from building the request that would follow: over an address that is none it fails in another way."""
    if 300 <= response.status_code < 400:
        response.extensions[_LOCATION] = response.headers.pop("location", "")


async def _take_location_async(response: httpx.Response) -> None:
    _take_location(response)


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    """Return the body as it comes; of a response that was read before, as it is."""
    return response.iter_bytes() if response.is_stream_consumed else response.iter_raw()


def _async_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    return response.aiter_bytes() if response.is_stream_consumed else response.aiter_raw()


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
    if not target.hostname:
        return "another path of the same host"
    return f"{target.scheme}://{target.hostname}"[:_PLACE_LENGTH]


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
