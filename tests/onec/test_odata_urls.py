"""What is sent: bounded URLs, spaces as %20, GET only, nothing that could post a document."""

from __future__ import annotations

import re
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onec_servers import PASSWORD, USERNAME, Server, Upp, collection, error, make_adapter, options_of, resource_of

from billmanager_1c.errors import OneCRefused, SettingsError
from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.onec import UPP_1_3, Window

GUID = re.compile(r"guid'[0-9a-f-]{36}'")


def echo(request: httpx.Request) -> httpx.Response:
    """Know every document that is asked for by key, each the simplest there is."""
    if "Catalog_" in resource_of(request):
        return error(404, "9") if "guid" in resource_of(request) else collection([])
    keys = GUID.findall(options_of(request).get("$filter", ""))
    return collection([document(key[5:-1]) for key in keys])


def document(key: str, **fields: Any) -> dict[str, Any]:
    """Return a cash receipt, also good for the other kinds."""
    return {
        "Ref_Key": key,
        "DataVersion": "AAAAAAAAAAE=",
        "Number": "00000000001",
        "Date": "2026-11-24T10:00:00",
        "Posted": True,
        "DeletionMark": False,
        "Оплачено": True,
        "ВидОперации": "ОплатаПокупателя",
        "Организация_Key": "00000000-0000-0000-0000-000000000000",
        "Контрагент": "",
        "Контрагент_Type": "StandardODATA.Undefined",
        "Контрагент_Key": "00000000-0000-0000-0000-000000000000",
        "ВалютаДокумента_Key": None,
        "СуммаДокумента": 1,
        "РасшифровкаПлатежа": [],
    } | fields


keys = st.uuids().map(str)


@pytest.mark.property
@given(refs=st.sets(st.tuples(st.sampled_from(DocumentKind), keys), max_size=120))
def test_urls_are_bounded_and_requests_are_few(refs: set[tuple[DocumentKind, str]]) -> None:
    """The query keeps below 2048 bytes, and each request asks for 25 documents or all that are left of a kind."""
    server = Server(echo)
    with make_adapter(server.transport) as onec:
        found = list(onec.read([DocumentRef(kind, key) for kind, key in refs]))
    assert {(each.ref.kind, each.ref.id) for each in found} == refs
    sizes = [sum(each is kind for each, _ in refs) for kind in DocumentKind]
    assert len(server.requests) <= sum(-(-size // 25) for size in sizes)
    for request in server.requests:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        assert len(query) < 2048
        assert max(map(len, path.split("/"))) <= 260
        assert "+" not in request.url.raw_path.decode("ascii")
        assert "%20or%20" in query or len(GUID.findall(options_of(request)["$filter"])) == 1


def test_only_what_is_used_is_selected() -> None:
    """A few documents, and whole ranges of them, come with the used fields only; lines with two of theirs."""
    upp = Upp()
    ref = upp.add(DocumentKind.INCOMING_PAYMENT_ORDER)
    with upp.adapter() as onec:
        list(onec.read([ref]))
    selects = {each.path: each.query.get("$select", "*") for each in upp.simulator.requests if "guid" not in each.path}
    assert all("*" not in select for select in selects.values())
    order = selects["Document_ПлатежноеПоручениеВходящее"].split(",")
    assert {"РасшифровкаПлатежа/ДоговорКонтрагента_Key", "РасшифровкаПлатежа/СуммаПлатежа"} <= set(order)
    assert "Комментарий" not in order


def test_a_refused_select_is_done_without() -> None:
    """A server that knows no ``ТЧ/Поле`` sends whole objects, and is not asked for fields a second time."""

    def answer(request: httpx.Request) -> httpx.Response:
        return error(400, "6", "Сегмент пути не найден!") if "$select" in options_of(request) else echo(request)

    server = Server(answer)
    ref = DocumentRef(DocumentKind.CASH_RECEIPT, "8d9a1c5e-0000-4000-8000-000000000001")
    with make_adapter(server.transport) as onec:
        assert [each.ref for each in onec.read([ref])] == [ref]
        assert [each.ref for each in onec.read([ref])] == [ref]
    assert ["$select" in options_of(request) for request in server.requests] == [True, False, False]


def test_a_refusal_of_something_else_is_not_hidden() -> None:
    """Only an unknown field is a reason to ask again in another way."""
    server = Server(lambda request: error(400, "14", "разбор"))
    ref = DocumentRef(DocumentKind.CASH_RECEIPT, "8d9a1c5e-0000-4000-8000-000000000001")
    with make_adapter(server.transport) as onec, pytest.raises(OneCRefused, match="разбор"):
        list(onec.read([ref]))


def test_nothing_but_the_accounts_catalogue_can_be_written() -> None:
    """The connection refuses to build a write of anything else; there is no way to post a document at all."""
    server = Server(echo)
    with make_adapter(server.transport) as onec:
        for resource in ("Document_ПриходныйКассовыйОрдер", "Catalog_Контрагенты", "Catalog_Валюты"):
            with pytest.raises(ValueError, match="not written"):
                onec._connection.write(resource, None, {})  # there is no public way to try
    assert server.requests == []


def test_a_configuration_cannot_make_a_document_writable() -> None:
    """Not even a Configuration that names a document as the catalogue of subaccounts."""
    names = attrs.evolve(UPP_1_3.module, subaccounts="Document_ПриходныйКассовыйОрдер")
    server = Server(lambda request: collection([]))
    configuration = attrs.evolve(UPP_1_3, module=names)
    with (
        make_adapter(server.transport, configuration=configuration) as onec,
        pytest.raises(ValueError, match="not written"),
    ):
        onec._connection.write(names.subaccounts, None, {})  # there is no public way to try


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://1c.test/upp", "http://1c.test/upp/odata/standard.odata/"),
        ("http://1c.test/upp/", "http://1c.test/upp/odata/standard.odata/"),
        (" https://1c.test:8443/a/b/odata/standard.odata/ ", "https://1c.test:8443/a/b/odata/standard.odata/"),
        ("http://1c.test/%D1%83%D0%BF%D0%BF", "http://1c.test/%D1%83%D0%BF%D0%BF/odata/standard.odata/"),
        ("http://1c.test/упп", "http://1c.test/%D1%83%D0%BF%D0%BF/odata/standard.odata/"),
    ],
)
def test_addresses_are_understood(url: str, root: str) -> None:
    """The address of the publication, or of its interface, with or without a slash."""
    server = Server(lambda request: collection([]))
    with make_adapter(server.transport, url=url) as onec:
        onec.module_address()
    assert str(server.requests[0].url).startswith(root)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": ""},
        {"url": "upp"},
        {"url": "http://1c.test"},
        {"url": "ftp://1c.test/upp"},
        {"url": "http:///upp"},
        {"url": "http://1c.test:port/upp"},
        {"url": "http://1c.test/upp?x=1"},
        {"url": "http://1c.test/upp/odata/standard.odata/Catalog_Валюты"},
        {"url": f"http://{USERNAME}:{PASSWORD}@1c.test/upp"},
        {"username": ""},
        {"username": "a:b"},
        {"base": " "},
        {"timezone": "Europe/Nowhere"},
        {"timezone": "../etc/passwd"},
        {"timeout": 0},
        {"page_size": 1},
    ],
    ids=str,
)
def test_nonsense_is_refused_at_once(settings: dict[str, Any]) -> None:
    """A wrong setting is named in one sentence before anything is sent, and a password in it is not repeated."""
    with pytest.raises(SettingsError) as caught:
        make_adapter(Server(echo).transport, **settings)
    assert PASSWORD not in caught.value.message
    assert len(caught.value.message) > 20


def test_a_window_without_days_is_refused() -> None:
    """A window shows at least one day."""
    with pytest.raises(SettingsError, match="at least one day"):
        Window(days=0)
