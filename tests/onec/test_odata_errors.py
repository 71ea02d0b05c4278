"""Every way in which 1C, or a server before it, says no (1c-odata.md §1.8) becomes the right leaf of the tree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from onec_servers import Server, collection, error, make_adapter, raw

from billmanager_1c import errors
from billmanager_1c.models import DocumentKind, DocumentRef, MissingDocument
from billmanager_1c.onec import UPP_1_3

FIRST = next(iter(UPP_1_3.documents.values())).entity_set
REF = DocumentRef(DocumentKind.CASH_RECEIPT, "8d9a1c5e-0000-4000-8000-000000000001")
HTML = "text/html; charset=utf-8"
XML = "application/xml"
M = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
LOCKED = (
    '\ufeff{"#exception": "{http://v8.1c.ru/8.2/virtual-resource-system}Exception", "exception": {"reason": 403, '
    '"descr": "HTTP: Forbidden\\nGET /odata/x:", "inner": {"descr": "Начало сеанса запрещено.\\nРаботы до 9:00", '
    '"inner": {"descr": "Работы до 9:00", "creationStack": "core83.dll", "data": "77u"}}}}'
)
PLATFORM = (
    "<!DOCTYPE HTML><html><head><title>1C:Enterprise 8 application error</title></head><body><h2>1C:Enterprise 8 "
    "application error:</h2>Unrecoverable error<br><b>by reason: </b><br>The device is full &apos;/tmp/v8&apos;."
    "</body></html>"
)

TABLE = [
    pytest.param(raw("<h1>401</h1>", 401, HTML), errors.OneCLoginFailed, "password", id="401 plain"),
    pytest.param(raw("", 401), errors.OneCLoginFailed, "password", id="401 empty"),
    pytest.param(error(401, "20", "Нарушение прав"), errors.OneCAccessDenied, "Нарушение прав", id="401 code 20"),
    pytest.param(error(500, "20"), errors.OneCAccessDenied, "right", id="500 code 20"),
    pytest.param(raw("<h1>403</h1>", 403, HTML), errors.OneCAccessDenied, "web server", id="403 of the web server"),
    pytest.param(raw(LOCKED, 403), errors.BaseLocked, "Работы до 9:00", id="403 locked"),
    pytest.param(error(404, "8", "Сущность не найдена"), errors.NotPublished, FIRST, id="404 code 8"),
    pytest.param(raw("<h1>Not Found</h1>", 404, HTML), errors.NotPublished, "publication", id="404 bare"),
    pytest.param(raw("", 404), errors.NotPublished, "publication", id="404 empty"),
    pytest.param(raw("<h1>406</h1>", 406, HTML), errors.NoFreeSession, "licence", id="406"),
    pytest.param(error(400, "14", "разбор"), errors.OneCRefused, "разбор", id="400 code 14"),
    pytest.param(error(400, "6"), errors.OneCRefused, "code 6", id="400 code 6"),
    pytest.param(error(400, "0"), errors.OneCRefused, "code 0", id="400 code 0"),
    pytest.param(error(412, "0"), errors.OneCRefused, "412", id="412"),
    pytest.param(raw("<h1>Invalid URL</h1>", 400, HTML), errors.OneCRefused, "400", id="400 of IIS"),
    pytest.param(error(405, "19"), errors.OneCRefused, "405", id="405"),
    pytest.param(
        raw("<?xml version='1.0'?><error><code>0</code><message>нет</message></error>", 501, XML),
        errors.OneCRefused,
        "501",
        id="501",
    ),
    pytest.param(error(500, "-1", "Период закрыт"), errors.OneCFailed, "Период закрыт", id="500 code -1"),
    pytest.param(
        raw(f'<m:error xmlns:m="{M}"><m:code>-1</m:code><m:message>{{(3, 23)}}: x &lt; y</m:message></m:error>', 500),
        errors.OneCFailed,
        "x < y",
        id="500 in XML",
    ),
    pytest.param(raw(PLATFORM, 500, HTML), errors.OneCFailed, "The device is full", id="500 of the platform"),
    pytest.param(raw(LOCKED, 500), errors.OneCFailed, "Работы до 9:00", id="500 platform exception"),
    pytest.param(raw("<h1>502</h1>", 502, HTML), errors.ServerFailed, "502", id="502"),
    pytest.param(raw("", 503), errors.ServerFailed, "503", id="503"),
    pytest.param(raw("", 500), errors.ServerFailed, "500", id="500 bare"),
    pytest.param(raw("", 429), errors.ServerFailed, "429", id="429"),
    pytest.param(raw("<html><body>Вход</body></html>", 200, HTML), errors.HtmlAnswer, "web page", id="200 HTML"),
    pytest.param(raw("<!doctype html><HTML>", 200), errors.HtmlAnswer, "web page", id="200 HTML as JSON"),
    pytest.param(raw("", 200), errors.EmptyAnswer, "empty", id="200 empty"),
    pytest.param(raw("\ufeff", 200), errors.EmptyAnswer, "empty", id="200 nothing but a BOM"),
    pytest.param(raw('{"value": [{"Ref_Key"', 200), errors.TruncatedAnswer, "middle", id="200 truncated"),
    pytest.param(raw('{"value": [{"x": NaN}]}', 200), errors.TruncatedAnswer, "JSON", id="200 NaN"),
    pytest.param(raw("[" * 100_000, 200), errors.OversizeAnswer, "64 levels", id="200 too deep"),
    pytest.param(
        raw('<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"></feed>', 200, "application/atom+xml"),
        errors.TruncatedAnswer,
        "XML",
        id="200 Atom",
    ),
    pytest.param(error(200, "20"), errors.OneCAccessDenied, "right", id="200 with an error"),
    pytest.param(raw(PLATFORM, 200, HTML), errors.OneCRefused, "The device is full", id="200 platform page"),
    pytest.param(raw('{"value": "x"}', 200), errors.BadReply, "list", id="200 no list"),
    pytest.param(raw('{"value": [1]}', 200), errors.BadReply, "object", id="200 list of numbers"),
    pytest.param(raw("1", 200), errors.BadReply, "list", id="200 a number"),
    pytest.param(
        raw("", 302, Location="http://elsewhere.test/x?secret=1"), errors.RedirectRefused, "elsewhere", id="302"
    ),
]


@pytest.mark.parametrize(("reply", "leaf", "says"), TABLE)
def test_what_1c_says(reply: httpx.Response, leaf: type[errors.BillManager1CError], says: str) -> None:
    """The exception is of that very class, and its one sentence names the matter."""
    server = Server(lambda request: httpx.Response(reply.status_code, headers=reply.headers, content=reply.content))
    with make_adapter(server.transport) as onec, pytest.raises(errors.BillManager1CError) as caught:
        list(onec.changes_since(dt.date(2026, 11, 1)))
    assert type(caught.value) is leaf
    assert says in caught.value.message
    assert "\n" not in caught.value.message
    assert "Ref_Key,DataVersion" not in caught.value.message  # no query in a message


@pytest.mark.parametrize(
    ("error_of_httpx", "leaf"),
    [
        (httpx.ConnectError("refused"), errors.ConnectionFailed),
        (httpx.ReadTimeout("silence"), errors.AnswerTimedOut),
        (httpx.ReadError("reset"), errors.ConnectionLost),
        (httpx.RemoteProtocolError("closed"), errors.ConnectionLost),
    ],
)
def test_no_answer(error_of_httpx: httpx.TransportError, leaf: type[errors.WireError]) -> None:
    """Trouble of the connection is trouble of 1C's wire, by name."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error_of_httpx

    with make_adapter(Server(fail).transport) as onec, pytest.raises(leaf) as caught:
        onec.module_address()
    assert caught.value.system == "1C"
    assert UPP_1_3.module.address in caught.value.message


@pytest.mark.parametrize(
    ("single", "leaf"),
    [
        (error(404, "8"), errors.NotPublished),
        (raw("<h1>Not Found</h1>", 404, HTML), errors.NotPublished),
        (raw("", 404), errors.NotPublished),
        (error(400, "9"), errors.OneCRefused),
        (error(401, "20"), errors.OneCAccessDenied),
        (raw("", 200), errors.EmptyAnswer),
        (raw("{}", 200), errors.BadReply),
        (raw('{"value": []}', 200), errors.BadReply),
        (raw('{"Ref_Key": "8d9a1c5e-0000-4000-8000-000000000002"}', 200), errors.ForeignAnswer),
    ],
)
def test_only_404_with_code_9_means_missing(single: httpx.Response, leaf: type[errors.BillManager1CError]) -> None:
    """A document that a list lacks is asked for by its key, and nothing else says that it is gone (design.md §7)."""

    def answer(request: httpx.Request) -> httpx.Response:
        reply = single if "guid" in request.url.path else collection([])
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    with make_adapter(Server(answer).transport) as onec, pytest.raises(errors.BillManager1CError) as caught:
        list(onec.read([REF]))
    assert type(caught.value) is leaf


@pytest.mark.parametrize("bom", [True, False])
def test_404_with_code_9_means_missing(bom: bool) -> None:
    """The list lacks the document, and so does the base."""
    server = Server(lambda request: error(404, "9", bom=bom) if "guid" in request.url.path else collection([]))
    with make_adapter(server.transport) as onec:
        assert list(onec.read([REF])) == [MissingDocument(ref=REF)]


def test_atom_errors_mean_missing_too() -> None:
    """Some versions answer errors in XML whatever was asked for."""
    body = f'<m:error xmlns:m="{M}"><m:code>9</m:code><m:message>нет</m:message></m:error>'
    server = Server(lambda request: raw(body, 404, XML) if "guid" in request.url.path else collection([]))
    with make_adapter(server.transport) as onec:
        assert list(onec.read([REF])) == [MissingDocument(ref=REF)]


class TestRepetition:
    """A reading is tried again a little; what a person or an administrator must mend is not."""

    @pytest.mark.parametrize(
        ("reply", "times"),
        [
            (raw("", 502), 3),
            (raw("", 200), 3),
            (raw(PLATFORM, 500, HTML), 3),
            (raw("", 406), 3),
            (error(500, "-1"), 1),
            (raw(LOCKED, 403), 1),
            (raw("", 401), 1),
            (error(404, "8"), 1),
            (error(400, "14"), 1),
        ],
    )
    def test_how_often(self, reply: httpx.Response, times: int) -> None:
        """Wire trouble, a full server and a missing licence may pass; the rest does not pass by itself."""
        server = Server(lambda request: httpx.Response(reply.status_code, headers=reply.headers, content=reply.content))
        with make_adapter(server.transport) as onec, pytest.raises(errors.BillManager1CError):
            list(onec.changes(None))
        assert len(server.requests) == times

    def test_it_helps(self) -> None:
        """Two failures, and then the answer."""
        replies: Iterator[httpx.Response] = iter([raw("", 502), raw("<html></html>", 200, HTML)])
        server = Server(lambda request: next(replies, None) or collection([]))
        with make_adapter(server.transport) as onec:
            assert list(onec.changes(None))[-1].complete_since is not None

    def test_a_write_is_never_repeated(self) -> None:
        """A write whose answer was lost is left to the caller, who looks first."""
        server = Server(lambda request: collection([]) if request.method == "GET" else raw("", 502))
        with make_adapter(server.transport) as onec, pytest.raises(errors.ServerFailed):
            onec.save_accounts([_subaccount()])
        assert [request.method for request in server.requests] == ["GET", "POST"]


def test_recorded_errors(samples: Path) -> None:
    """The bodies that were seen on real bases are read: each code and each sentence is found."""
    text = (samples / "1c" / "errors" / "book-json-errors.txt").read_text(encoding="utf-8")
    bodies = [body for body in re.split(r"^---.*$", text, flags=re.MULTILINE) if body.strip().startswith("{")]
    leaves = [_leaf(404 if '"code": "8"' in body or '"code": "9"' in body else 400, body) for body in bodies]
    assert leaves == [errors.NotPublished, errors.OneCObjectMissing, *[errors.OneCRefused] * 3]
    xml = (samples / "1c" / "errors" / "official-doc-17.4.10-error.xml").read_text(encoding="utf-8")
    assert _leaf(404, xml) is errors.OneCObjectMissing


def test_recorded_troubles(samples: Path) -> None:
    """The locked base and the full disk of a real server are told apart from errors of OData."""
    text = (samples / "1c" / "errors" / "onecdc-tests-error-bodies.txt").read_text(encoding="utf-8")
    _, wrong, locked, full, *_ = re.split(r"^---.*$", text, flags=re.MULTILINE)
    assert _leaf(500, wrong) is errors.OneCFailed
    assert _leaf(403, "\ufeff" + locked.strip()) is errors.BaseLocked
    assert _leaf(500, full) is errors.OneCFailed


def _leaf(status: int, body: str) -> type[errors.BillManager1CError]:
    server = Server(lambda request: raw(body, status) if "guid" in request.url.path else collection([]))
    with make_adapter(server.transport) as onec:
        try:
            (answer,) = onec.read([REF])
        except errors.BillManager1CError as caught:
            return type(caught)
    assert isinstance(answer, MissingDocument)
    return errors.OneCObjectMissing


def _subaccount():
    from billmanager_1c.models import Subaccount

    return Subaccount(
        id=1, account_id=1, account="Клиент", provider_id=1, provider="Хостинг", currency_id=126, currency="RUB"
    )
