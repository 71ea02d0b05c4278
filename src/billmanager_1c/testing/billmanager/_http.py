"""The simulated BILLmanager over HTTP: parameters out of a query or a body, a core's outcome onto the wire."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

import httpx

from .._serving import Answer, Transport, as_answer, serve
from .._wire import Reply
from ._core import BillManagerCore
from ._element import to_html
from ._installation import Installation
from ._request import Request

_PATHS = frozenset({"/billmgr", "/manager/billmgr"})


class BillManagerSimulator(BillManagerCore, Transport):
    """A BILLmanager to test against: ``transport=simulator`` in process, or ``with simulator.serve() as url``.

    It is as strict as the real system is documented to be, and where nobody knows, :class:`Installation` decides.
    It speaks as the employee ``username``; further ones come by :meth:`add_employee`. The world is empty but for the
    currencies RUB (126) and EUR (153). ``clock`` returns an aware time; without one it is the real time.
    """

    url = "https://billmanager.test/billmgr"
    """The address to give a client whose transport this is."""

    def __init__(
        self,
        *,
        username: str = "1c",
        password: str = "secret",
        timezone: str = "Europe/Moscow",
        clock: Callable[[], datetime] | None = None,
        installation: Installation | None = None,
    ) -> None:
        super().__init__(
            username=username, password=password, timezone=timezone, clock=clock, installation=installation
        )

    def answer(self, request: httpx.Request) -> Answer:
        """Answer a request whose body has been read."""
        now = self.now()
        if request.url.path.rstrip("/") not in _PATHS:
            return as_answer(Reply(status=404, content_type="text/html", body=to_html("404 Not Found")), now)
        if request.method not in {"GET", "POST"}:
            return as_answer(Reply(status=405, content_type="text/html", body=to_html("405 Method Not Allowed")), now)
        return as_answer(self.ask(_read(request)), now)

    @contextlib.contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
        """Serve over a real socket until the block ends; yield the URL, which ends with ``/billmgr``."""
        with serve(self.answer, host, port) as base:
            yield f"{base}/billmgr"


def _read(request: httpx.Request) -> Request:
    params = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
    params |= _form(request)
    client = request.extensions.get("client")
    return Request(
        func=params.get("func", ""),
        params=params,
        method=request.method,
        cookie=_session(request.headers.get("cookie", "")),
        ip=client[0] if client else "127.0.0.1",
        host=f"{request.url.scheme}://{request.url.netloc.decode()}",
    )


def _form(request: httpx.Request) -> dict[str, str]:
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.content.decode(errors="replace"), keep_blank_values=True))
    if content_type.startswith("multipart/form-data"):
        whole = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + request.content)
        return dict(_part(part) for part in whole.walk() if not part.is_multipart())
    return {}


def _part(part: Message) -> tuple[str, str]:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return str(part.get_param("name", "", header="content-disposition")), payload.decode(errors="replace")


def _session(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get("billmgrses5")
    except CookieError:
        return ""
    return morsel.value if morsel else ""
