"""A small infobase behind the simulator, and the smallest of web servers for what the simulator never says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx

from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import OneCSimulator
from billmanager_1c.testing.onec import Limits, Switches

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
USERNAME, PASSWORD = "Обмен", "канарейка-Xk7"
Handler = Callable[[httpx.Request], httpx.Response]


def make_adapter(transport: httpx.BaseTransport, **settings: Any) -> ODataAdapter:
    """Make an adapter as an adopter would; ``settings`` take precedence."""
    given: dict[str, Any] = {
        "url": "http://onec.test/upp",
        "username": USERNAME,
        "password": PASSWORD,
        "configuration": UPP_1_3,
        "timezone": "Europe/Moscow",
        "base": "upp",
        "clock": lambda: NOW,
        "transport": transport,
    }
    return ODataAdapter(**(given | settings))


class Server:
    """Answers each request by a function and keeps what came."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.requests: list[httpx.Request] = []

    @property
    def transport(self) -> httpx.MockTransport:
        """What goes into ``ODataAdapter(transport=)``."""
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._handler(request)

    def resources(self) -> list[str]:
        """Return the resources that were asked for, decoded."""
        return [resource_of(request) for request in self.requests]


def resource_of(request: httpx.Request) -> str:
    """Return what stands after ``standard.odata/``, decoded."""
    path = request.url.raw_path.decode("ascii").partition("?")[0]
    return unquote(path).partition("/standard.odata/")[2]


def options_of(request: httpx.Request) -> dict[str, str]:
    """Return the options of a request, decoded; a plus stays a plus."""
    query = request.url.raw_path.decode("ascii").partition("?")[2]
    return dict(tuple(map(unquote, pair.split("=", 1))) for pair in query.split("&") if pair)  # type: ignore[misc]


def collection(rows: list[Any], status: int = 200) -> httpx.Response:
    """Answer with a collection."""
    return raw(json.dumps({"odata.metadata": "…", "value": rows}, ensure_ascii=False), status)


def raw(text: str, status: int = 200, content_type: str = "application/json", **headers: str) -> httpx.Response:
    """Answer with a body as it is."""
    return httpx.Response(status, content=text.encode(), headers={"Content-Type": content_type, **headers})


def error(status: int, code: str, message: str = "…", bom: bool = True) -> httpx.Response:
    """Answer with an error of OData."""
    body = json.dumps({"odata.error": {"code": code, "message": {"lang": "ru", "value": message}}})
    return raw(("\ufeff" if bom else "") + body, status)


class Upp:
    """An infobase with one organization, and documents by need."""

    def __init__(self) -> None:
        # The narrower reading of the web server's limits: what fits through it fits through the other.
        switches = Switches(limits=Limits(segment_encoded=True))
        self.simulator = OneCSimulator(username=USERNAME, password=PASSWORD, clock=lambda: NOW, switches=switches)
        self.organization = self.simulator.add_organization("ООО Хостинг", inn="7707083893", kpp="770701001")
        self.counterparty = self.simulator.add_counterparty("ООО Ромашка", inn="0012123456", code="000000017")
        self.contract = self.simulator.add_contract(self.counterparty, self.organization, subaccount_id=17)

    def add(self, kind: DocumentKind = DocumentKind.CASH_RECEIPT, **given: Any) -> DocumentRef:
        """Add a document of today, with one line of 100.10 unless told otherwise."""
        given = {"lines": [(self.contract, "100.10")], "date": "2026-11-24T10:00:00"} | given
        return DocumentRef(kind, self.simulator.add_document(kind, **given))

    def adapter(self, **settings: Any) -> ODataAdapter:
        """Return an adapter to it."""
        return make_adapter(self.simulator, **settings)
