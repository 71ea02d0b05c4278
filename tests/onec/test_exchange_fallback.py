"""Messages of an exchange plan that cannot be read: one character, too many documents, not a feed at all."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import attrs
import httpx
import pytest
from onec_servers import Server, Upp, collection, error, make_adapter, raw, resource_of

from billmanager_1c.errors import ConnectionFailed, OneCLoginFailed
from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.onec import UNKNOWN_VERSION, UPP_1_3, ExchangePlan, ODataAdapter
from billmanager_1c.ports.onec import ChangeBatch
from billmanager_1c.testing import Fault

PLAN = "ExchangePlan_ОбменСBILLmanager"
NODE = "8d9a1c5e-0000-4000-8000-00000000000e"
KEY = "8d9a1c5e-0000-4000-8000-000000000001"
HEAD = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
)
CASH = "Document_ПриходныйКассовыйОрдер"


def refs(batches: list[ChangeBatch]) -> list[DocumentRef]:
    """Return what the batches show."""
    return [stamp.ref for batch in batches for stamp in batch.stamps]


def replying(answer: httpx.Response) -> Server:
    """Make a server that answers SelectChanges so, and has one document of each kind in its lists."""

    def handle(request: httpx.Request) -> httpx.Response:
        name = resource_of(request)
        if name == "SelectChanges":
            return answer
        if name == PLAN:
            return collection([{"Ref_Key": NODE, "ReceivedNo": "4"}])
        return collection([{"Ref_Key": KEY, "DataVersion": "AAAAAAAAAAI=", "Date": "2026-11-24T10:00:00"}])

    return Server(handle)


def shown_by(server: Server, configuration: object = UPP_1_3) -> list[ChangeBatch]:
    """Return what an adapter shows of it."""
    with make_adapter(
        server.transport, changes=ExchangePlan(NODE, plan=PLAN), configuration=configuration, session=False
    ) as onec:
        return list(onec.changes(None))


def is_window(batches: list[ChangeBatch]) -> bool:
    """Say whether all documents of the last days were shown."""
    return any(batch.complete_since is not None for batch in batches)


@pytest.fixture
def onec(upp: Upp) -> ODataAdapter:
    """An adapter that asks a new node."""
    return upp.adapter(changes=ExchangePlan(upp.simulator.add_exchange_node()), session=False)


def test_one_character_spoils_a_message(upp: Upp, onec: ODataAdapter, caplog: pytest.LogCaptureFixture) -> None:
    """The window is shown instead and the log says why; nothing is acknowledged, and the cured message comes whole."""
    good, poisoned = upp.add(), upp.add(attributes={"Комментарий": "оплата\x02"})
    old = upp.add(date="2019-01-01T00:00:00")
    with caplog.at_level(logging.WARNING, "billmanager_1c"):
        batches = list(onec.changes(None))
    assert set(refs(batches)) == {good, poisoned}
    assert {batch.cursor for batch in batches} == {None}
    assert "looked at instead" in caplog.text
    upp.simulator.change_document(poisoned.id, attributes={"Комментарий": "оплата"})
    assert set(refs(list(onec.changes(None)))) == {good, poisoned, old}


@pytest.mark.parametrize(
    "body",
    [
        "\x02",
        "&#x2;",
        "&lol;",
        "</feed>",
        "<entry>",
        "<entry/>",
        f'<entry><category term="StandardODATA.{CASH}"/></entry>',
        f"<entry><id>http://1c/{CASH}(guid'17')</id></entry>",
        f"<entry><id>http://1c/{CASH}(guid'------------------------------------')</id></entry>",
    ],
)
def test_a_message_that_is_not_well_formed(body: str) -> None:
    """Wherever 1C should let such a thing out, it is not half read."""
    batches = shown_by(replying(raw(f"{HEAD}{body}</feed>", content_type="application/atom+xml")))
    assert is_window(batches)
    assert {batch.cursor for batch in batches} == {None}


@pytest.mark.parametrize(
    "answer",
    [
        raw("", content_type="application/atom+xml"),
        raw("<html><body>Вход</body></html>", content_type="text/html"),
        raw('{"value": []}'),
        raw(f'<!DOCTYPE feed [<!ENTITY a "aaaa">]>{HEAD}&a;</feed>', content_type="application/atom+xml"),
        error(400, "-1", "Недопустимый символ"),
        error(400, "14"),
        error(500, "-1", "…"),
        error(501, "21"),
        httpx.Response(502, text="<html>Bad Gateway</html>"),
    ],
)
def test_anything_else_than_a_feed(answer: httpx.Response) -> None:
    """An empty answer, a page, a refusal: the window is shown."""
    assert is_window(shown_by(replying(answer)))


def test_a_message_larger_than_is_read() -> None:
    """It would only grow, so it is acknowledged; what the window lacks the daily look finds."""
    packed = gzip.compress(f"{HEAD}{' ' * 70_000_000}</feed>".encode(), 1)
    answer = httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})
    batches = shown_by(replying(answer))
    assert is_window(batches)
    assert [batch.cursor for batch in batches if batch.cursor is not None] == [f"{NODE}/5"]
    assert batches[-1].stamps == ()


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.RESET, Fault.PROXY_502_AFTER_COMMIT])
def test_a_lost_message_is_not_asked_for_again_at_once(upp: Upp, onec: ODataAdapter, fault: Fault) -> None:
    """The question may still be on its way; the next run asks for the same number, which shows what was lost."""
    ref = upp.add(date="2019-01-01T00:00:00")
    upp.simulator.faults.arm(fault, where="SelectChanges")
    assert refs(list(onec.changes(None))) == []
    assert refs(list(onec.changes(None))) == [ref]
    asked = [each.query["MessageNo"] for each in upp.simulator.requests if each.path == "SelectChanges"]
    assert asked == ["1", "1"]


def test_where_nothing_works_the_window_does_not_either(upp: Upp, onec: ODataAdapter) -> None:
    """That is told as it is, and nothing is concluded."""
    upp.simulator.faults.arm(Fault.DOWN, times=None, after=2)
    with pytest.raises(ConnectionFailed):
        list(onec.changes(None))
    upp.simulator.faults.disarm()
    upp.simulator.change_password("другой")
    with pytest.raises(OneCLoginFailed):
        list(onec.changes(None))


class TestTombstones:
    """No live 1C was seen writing one, so its address is taken from wherever in it it stands."""

    @pytest.mark.parametrize(
        "tombstone",
        [
            f"<at:deleted-entry ref=\"http://1c/upp/odata/standard.odata/{CASH}(guid'{KEY}')\" when='2026-11-24'/>",
            f"<at:deleted-entry ref=\"{CASH}(guid'{KEY.upper()}')\"/>",
            f"<at:deleted-entry><id>{CASH}(guid'{KEY}')</id><at:comment>…</at:comment></at:deleted-entry>",
            f"<at:deleted-entry><at:by/><d:Ref>{CASH}(Ref_Key=guid'{KEY}')</d:Ref></at:deleted-entry>",
            f'<at:deleted-entry ref="http://1c/Document_%D0%9F%D1%80%D0%B8%D1%85%D0%BE%D0%B4%D0%BD%D1%8B%D0%B9%D0%9A%D0'
            "%B0%D1%81%D1%81%D0%BE%D0%B2%D1%8B%D0%B9%D0%9E%D1%80%D0%B4%D0%B5%D1%80"
            f"(guid'{KEY}')\"/>",
        ],
    )
    def test_shapes(self, tombstone: str) -> None:
        """As an attribute, as text, percent-encoded."""
        (batch,) = shown_by(replying(raw(f"{HEAD}{tombstone}</feed>")))
        assert refs([batch]) == [DocumentRef(DocumentKind.CASH_RECEIPT, KEY)]
        assert batch.cursor == f"{NODE}/5"

    def test_one_that_says_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log tells; the daily look at everything finds what it was."""
        with caplog.at_level(logging.WARNING, "billmanager_1c"):
            (batch,) = shown_by(replying(raw(f"{HEAD}<at:deleted-entry/></feed>")))
        assert batch.stamps == ()
        assert batch.cursor is not None
        assert "deletion" in caplog.text


def test_rows_of_documents_are_not_documents() -> None:
    """The lines of a document have keys and dates of their own."""
    entry = (
        f"<entry><id>http://1c/{CASH}(guid'{KEY}')</id>"
        f'<category term="StandardODATA.{CASH}"/><content><m:properties>'
        f"<d:Строки><d:element><d:Ref_Key>{NODE}</d:Ref_Key><d:Date>2001-01-01T00:00:00</d:Date></d:element></d:Строки>"
        f"<d:Date>2026-11-24T10:00:00</d:Date><d:DataVersion>AAAAAAAAAAI=</d:DataVersion>"
        f"<d:Ref_Key>{KEY}</d:Ref_Key></m:properties></content></entry>"
    )
    (batch,) = shown_by(replying(raw(f"\ufeff{HEAD}{entry}</feed>")))
    ((ref, version, date),) = batch.stamps
    assert (ref.id, version, date.isoformat()) == (KEY, UNKNOWN_VERSION, "2026-11-24")


def test_a_recorded_message_is_read(samples: Path) -> None:
    """Messages that a live 1C 8.5 sent; its orders play the cash receipts here."""
    names = attrs.evolve(UPP_1_3.documents[DocumentKind.CASH_RECEIPT], entity_set="Document_ЗаказКлиента")
    configuration = attrs.evolve(UPP_1_3, documents={DocumentKind.CASH_RECEIPT: names})
    found = {}
    for path in sorted((samples / "1c" / "odata-recorded").glob("msg*.xml")):
        if "metadata" not in path.name:
            (batch,) = shown_by(replying(raw(path.read_text("utf-8"))), configuration)
            found[path.name] = [stamp.date.year > 2000 for stamp in batch.stamps]
    assert found["msg002_nomenklatura.xml"] == []
    assert found["msg003_zakaz_klienta.xml"]
    assert {each for stamps in found.values() for each in stamps} == {True}
