"""A request as the core sees it, and what a test may read of it afterwards."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import attrs

from ._errors import ServerError, page


@attrs.frozen(kw_only=True)
class Request:
    """An HTTP request as a value."""

    method: str = "GET"
    #: path and query as they travelled, percent-encoded
    target: str
    #: names in lower case
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    #: scheme and host by which the client knows us
    host: str = "http://onec.test"

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User and password of Basic authentication, read as UTF-8 (1c-odata.md §1.2); None without readable ones."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            username, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (username, password) if colon else None

    @property
    def cookie(self) -> str | None:
        """The session that the client believes to be in."""
        for each in self.headers.get("cookie", "").split(";"):
            name, _, value = each.strip().partition("=")
            if name == "ibsession":
                return value
        return None


@attrs.frozen(kw_only=True)
class Limits:
    """How long a URL the web server in front of 1C lets through; None: any length."""

    #: of one segment of the path, as http.sys has it
    segment: int | None = 260
    #: segments are measured percent-encoded, six characters for a Cyrillic letter; else decoded. Nobody knows which
    #: is true (1c-odata.md §1.5), but the former lets no key of a register through, nor that of УТ's bank document
    segment_encoded: bool = False
    #: of everything after the question mark, percent-encoded, as IIS request filtering has it
    query: int | None = 2048
    #: of path and query together, percent-encoded, as Apache has it
    line: int | None = 8190


@attrs.frozen(kw_only=True)
class Address:
    """Where a request goes, below the publication."""

    segments: tuple[str, ...]
    query: Mapping[str, str]


def read_address(target: str, publication: str, limits: Limits) -> Address:
    """Decode path and query. ``+`` stays a plus (1c-odata.md §9.32).

    Raises:
        ServerError: the web server refuses the URL, or knows no such publication.
    """
    path, _, query = target.partition("?")
    if "+" in path:
        raise ServerError(page(404, "404.11 - Not Found", "The request contains a double escape sequence."))
    try:
        _check_lengths(path, query, limits)
        decoded = _decoded(path)
        pairs = [pair.partition("=") for pair in query.split("&") if pair]
        options = {_decoded(name): _decoded(value) for name, _, value in pairs}
    except UnicodeDecodeError:
        raise ServerError(page(400, "Bad Request - Invalid URL", "The URL is not in UTF-8.")) from None
    root = f"/{publication}/odata/standard.odata"
    if decoded != root and not decoded.startswith(f"{root}/"):
        raise ServerError(page(404, "404 - Not Found", "The resource you are looking for does not exist."))
    rest = decoded[len(root) :].strip("/")
    return Address(segments=tuple(rest.split("/")) if rest else (), query=options)


def _check_lengths(path: str, query: str, limits: Limits) -> None:
    if limits.line is not None and len(path) + 1 + len(query) > limits.line:
        raise ServerError(page(414, "414 - Request-URI Too Long", "The requested URL is too long."))
    longest = max(len(each if limits.segment_encoded else unquote_to_bytes(each).decode()) for each in path.split("/"))
    if limits.segment is not None and longest > limits.segment:
        raise ServerError(page(400, "Bad Request - Invalid URL", "HTTP Error 400. The request URL is invalid."))
    if limits.query is not None and len(query) > limits.query:
        raise ServerError(page(404, "404.15 - Not Found", "The query string is too long."))


def _decoded(text: str) -> str:
    return unquote_to_bytes(text).decode()


@attrs.frozen(kw_only=True)
class LoggedRequest:
    """What a test may know of a request that came: no user, no password, no session."""

    method: str
    #: below ``…/odata/standard.odata``, decoded, without a leading slash
    path: str
    query: Mapping[str, str]
    at: dt.datetime
    #: of the answer; None if none was given
    status: int | None
