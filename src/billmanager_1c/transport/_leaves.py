"""From exceptions of httpx to leaves of our tree, and what must not travel with them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import httpx

from ..errors import (
    AnswerTimedOut,
    BillManager1CError,
    CertificateRefused,
    ConnectionFailed,
    ConnectionLost,
    DeadlinePassed,
    RedirectRefused,
    SettingsError,
    TruncatedAnswer,
    WireError,
)

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


def translate(error: httpx.RequestError | TimeoutError, *, function: str, system: str) -> BillManager1CError:
    """Return the leaf of our tree for an exception of httpx, and take the request out of the latter."""
    _forget_request(error)
    if isinstance(error, TimeoutError):  # our own, between two waits
        return AnswerTimedOut(f"{function}: {sentence(AnswerTimedOut)}", function=function, system=system)
    if isinstance(error, httpx.UnsupportedProtocol):
        return SettingsError(f"{system}: the address must begin with https:// or http://.")
    leaf = next(_LEAVES[base] for base in type(error).__mro__ if base in _LEAVES)
    if leaf is ConnectionFailed and _is_about_certificate(error):
        leaf = CertificateRefused
    reason = f" ({str(error)[:200]})" if issubclass(leaf, ConnectionFailed | CertificateRefused) and str(error) else ""
    return leaf(f"{function}: {sentence(leaf)}{reason}", function=function, system=system)


def sentence(kind: type[BillManager1CError]) -> str:
    """Return what an exception says by itself."""
    return (kind.__doc__ or kind.__name__).strip().partition("\n")[0]


def _is_about_certificate(error: BaseException) -> bool:
    return any(
        isinstance(link, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(link)
        for link in _chain(error)
    )


def _forget_request(error: httpx.RequestError | TimeoutError) -> None:
    """Take out of the exception what holds the request's body: the request, and the variables of tracebacks."""
    for link in _chain(error):
        link.__traceback__ = None
    if isinstance(error, TimeoutError):
        return
    try:
        request = error.request
    except RuntimeError:  # it has none
        return
    error.request = httpx.Request(request.method, request.url.copy_with(query=None))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all that stand behind it, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__context__, link.__cause__]
