"""Noticing changes by the register that 1C's subscriptions fill: rows are taken out, then documents are read."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator

import attrs
import httpx
import pytest
from onec_servers import Server, Upp, collection, error, make_adapter, resource_of

from billmanager_1c.errors import AnswerTimedOut, NotPublished, OneCAccessDenied, OneCRefused
from billmanager_1c.models import DocumentKind, DocumentRef, MissingDocument, PaymentDocument
from billmanager_1c.onec import UNKNOWN_VERSION, UPP_1_3, ChangeBatch, ODataAdapter, QueueRegister
from billmanager_1c.testing import Fault
from billmanager_1c.testing.onec import Limits, Switches

REGISTER = "InformationRegister_ДокументыКВыгрузкеВBILLmanager"
KEY = "8d9a1c5e-0000-4000-8000-000000000001"
OTHER = "8d9a1c5e-0000-4000-8000-000000000002"


@pytest.fixture
def upp() -> Upp:
    """An infobase whose documents go into the queue when they are written."""
    upp = Upp()
    upp.simulator.switches = Switches(queue_changes=True)
    return upp


@pytest.fixture
def onec(upp: Upp) -> Iterator[ODataAdapter]:
    """An adapter that takes from it."""
    with upp.adapter(changes=QueueRegister()) as onec:
        yield onec


def refs(batches: list[ChangeBatch]) -> list[DocumentRef]:
    """Return what the batches show."""
    return [stamp.ref for batch in batches for stamp in batch.stamps]


def deletions(upp: Upp) -> int:
    """Count the rows that were asked to be deleted."""
    return sum(each.method == "DELETE" for each in upp.simulator.requests)


def test_rows_are_kept_then_deleted_then_documents_are_shown(upp: Upp, onec: ODataAdapter) -> None:
    """The first batch only names the rows; the documents come when the rows are gone, to be read by key.

    Whatever version they have: a row says that they changed, and a version need not.
    """
    ref = upp.add(date="2019-02-03T10:00:00")
    batches = onec.changes(None)
    first = next(batches)
    assert first.stamps == ()
    assert first.cursor is not None
    assert upp.simulator.queued == (ref.id,)
    onec.acknowledge(first.cursor)
    assert upp.simulator.queued == ()
    (second,) = batches
    assert [(stamp.ref, stamp.version) for stamp in second.stamps] == [(ref, UNKNOWN_VERSION)]
    assert second.cursor is not None
    onec.acknowledge(second.cursor)
    assert list(onec.changes(second.cursor)) == []


def test_a_change_before_the_deletion_is_read(upp: Upp, onec: ODataAdapter) -> None:
    """Its row was deleted, for the register has but one for a document; so the document is read after that."""
    ref = upp.add()
    batches = onec.changes(None)
    first = next(batches)
    upp.simulator.repost(ref.id)
    onec.acknowledge(first.cursor or "")
    assert upp.simulator.queued == ()
    ((stamp,),) = (batch.stamps for batch in batches)
    (document,) = onec.read([stamp.ref])
    assert isinstance(document, PaymentDocument)
    assert document.version.startswith(str(upp.simulator.stored(ref.id)["DataVersion"]))


def test_a_change_after_the_deletion_has_a_row_again(upp: Upp, onec: ODataAdapter) -> None:
    """It is shown by the next look."""
    ref = upp.add()
    batches = onec.changes(None)
    onec.acknowledge(next(batches).cursor or "")
    upp.simulator.repost(ref.id)
    (second,) = batches
    onec.acknowledge(second.cursor or "")
    assert upp.simulator.queued == (ref.id,)
    assert refs(list(onec.changes(second.cursor))) == [ref]


def test_killed_after_the_deletion(upp: Upp, onec: ODataAdapter) -> None:
    """The cursor knows which documents were taken out; the next process is shown them first."""
    ref = upp.add()
    cursor = next(onec.changes(None)).cursor
    assert cursor is not None
    onec.acknowledge(cursor)
    other = upp.add()
    with upp.adapter(changes=QueueRegister()) as reborn:
        reborn.acknowledge(cursor)  # the engine may not know that it did
        assert refs(list(reborn.changes(cursor))) == [ref, other]


def test_many_rows_come_in_groups(upp: Upp, onec: ODataAdapter) -> None:
    """A cursor names so many at most; each batch shows those that the cursor before it took out."""
    added = [upp.add(guid=str(uuid.UUID(int=number))) for number in range(1, 404)]
    shown, sizes = [], []
    for batch in onec.changes(None):
        shown += refs([batch])
        sizes.append(len(batch.stamps))
        onec.acknowledge(batch.cursor or "")
    assert sizes == [0, 200, 200, 3]
    assert sorted(map(str, shown)) == sorted(map(str, added))
    assert upp.simulator.queued == ()


def test_without_an_acknowledgement_nothing_is_deleted(upp: Upp, onec: ODataAdapter) -> None:
    """A plan that only looks sees the documents and leaves the rows."""
    ref = upp.add()
    assert refs(list(onec.changes(None))) == refs(list(onec.changes(None))) == [ref]
    assert upp.simulator.queued == (ref.id,)
    assert deletions(upp) == 0


def test_acknowledging_twice_is_harmless(upp: Upp, onec: ODataAdapter) -> None:
    """A row that is gone stays gone; rows of other documents stay."""
    upp.add()
    cursor = next(onec.changes(None)).cursor or ""
    onec.acknowledge(cursor)
    other = upp.add()
    onec.acknowledge(cursor)
    assert upp.simulator.queued == (other.id,)


@pytest.mark.parametrize("cursor", ["", "queue:", f"{KEY}/3", "17"])
def test_cursors_that_name_nothing(upp: Upp, onec: ODataAdapter, cursor: str) -> None:
    """Nor does one of another strategy."""
    ref = upp.add()
    onec.acknowledge(cursor)
    assert deletions(upp) == 0
    assert refs(list(onec.changes(cursor))) == [ref]


def test_a_deleted_document_is_asked_for_by_its_key(upp: Upp, onec: ODataAdapter) -> None:
    """The lists lack it, so its stamp has a version that no document has: it is read, whatever was known of it."""
    upp.simulator.switches = attrs.evolve(upp.simulator.switches, queue_deletions=True)
    ref = upp.add()
    upp.simulator.delete(ref.id)
    ((stamp,),) = (batch.stamps for batch in onec.changes(None) if batch.stamps)
    assert stamp.ref == ref
    assert stamp.version == UNKNOWN_VERSION
    assert list(onec.read([stamp.ref])) == [MissingDocument(ref=ref)]
    upp.simulator.restore(ref.id)
    assert isinstance(next(iter(onec.read([stamp.ref]))), PaymentDocument)


def test_a_list_that_lacks_a_document_is_no_proof(upp: Upp, onec: ODataAdapter) -> None:
    """It is shown all the same."""
    ref = upp.add()
    upp.simulator.faults.arm(Fault.ONEC_EMPTY_LIST, where="Document_ПриходныйКассовыйОрдер")
    assert refs(list(onec.changes(None))) == [ref]


class TestTroubles:
    """What can stand in the way, said in words."""

    def test_a_web_server_that_does_not_bear_the_key(self, upp: Upp, onec: ODataAdapter) -> None:
        """IIS may count six characters for a Cyrillic letter; the message says which setting it is."""
        upp.simulator.switches = Switches(queue_changes=True, limits=Limits(segment_encoded=True))
        upp.add()
        cursor = next(onec.changes(None)).cursor or ""
        with pytest.raises(OneCRefused, match="UrlSegmentMaxLength"):
            onec.acknowledge(cursor)

    def test_a_register_that_is_not_there(self, upp: Upp, onec: ODataAdapter) -> None:
        """The message names it."""
        upp.simulator.set_module_address(None)
        with pytest.raises(NotPublished, match=REGISTER):
            list(onec.changes(None))

    def test_a_user_who_may_not_delete(self) -> None:
        """So is the right that is missing."""

        def answer(request: httpx.Request) -> httpx.Response:
            return error(401, "20") if request.method == "DELETE" else collection([])

        with make_adapter(Server(answer).transport, changes=QueueRegister()) as onec, pytest.raises(OneCAccessDenied):
            onec.acknowledge(f"queue:Document_ПриходныйКассовыйОрдер={KEY}")

    def test_a_deletion_is_not_tried_twice(self, upp: Upp, onec: ODataAdapter) -> None:
        """One that is still on its way would delete a row that was made meanwhile."""
        upp.add()
        cursor = next(onec.changes(None)).cursor or ""
        upp.simulator.faults.arm(Fault.LOST_ANSWER, where=REGISTER)
        with pytest.raises(AnswerTimedOut):
            onec.acknowledge(cursor)
        assert deletions(upp) == 1
        onec.acknowledge(cursor)

    def test_rows_that_are_not_ours(self, caplog: pytest.LogCaptureFixture) -> None:
        """Documents of other kinds are taken out, or they would stay for ever; what names no document stays."""
        deleted: list[str] = []
        rows = [
            {"Документ": KEY, "Документ_Type": "StandardODATA.Document_РасходныйКассовыйОрдер"},
            {"Документ": OTHER, "Документ_Type": "UnavailableEntities.UnavailableEntity_604931cd-d4a8-48d0-bc59"},
            {"Документ": "", "Документ_Type": "StandardODATA.Undefined"},
        ]

        def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "DELETE":
                deleted.append(resource_of(request))
                return httpx.Response(204)
            return collection(rows)

        with (
            make_adapter(Server(answer).transport, changes=QueueRegister()) as onec,
            caplog.at_level(logging.WARNING, "billmanager_1c"),
        ):
            first, second = onec.changes(None)
            onec.acknowledge(first.cursor or "")
        assert (first.stamps, second.stamps) == ((), ())
        key = f"Документ='{KEY}',Документ_Type='StandardODATA.Document_РасходныйКассовыйОрдер'"
        assert deleted == [f"{REGISTER}({key})"]
        assert len(caplog.records) == 2


def test_the_register_may_have_other_names(upp: Upp) -> None:
    """Its name and that of its dimension are fields of the configuration."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {resource_of(request)}")
        return collection([{"Платеж": KEY, "Платеж_Type": "StandardODATA.Document_ПриходныйКассовыйОрдер"}])

    module = attrs.evolve(UPP_1_3.module, queue="InformationRegister_Очередь", queue_document="Платеж")
    configuration = attrs.evolve(UPP_1_3, module=module)
    with make_adapter(Server(answer).transport, changes=QueueRegister(), configuration=configuration) as onec:
        onec.acknowledge(next(onec.changes(None)).cursor or "")
    key = f"Платеж='{KEY}',Платеж_Type='StandardODATA.Document_ПриходныйКассовыйОрдер'"
    assert asked == ["GET InformationRegister_Очередь", f"DELETE InformationRegister_Очередь({key})"]


def test_no_other_strategy_deletes_rows(upp: Upp) -> None:
    """A window leaves the register to whoever uses it, whatever cursor it is handed."""
    ref = upp.add(DocumentKind.CARD_PAYMENT)
    with upp.adapter() as onec:
        assert ref in refs(list(onec.changes(None)))
        onec.acknowledge(f"queue:Document_ОплатаОтПокупателяПлатежнойКартой={ref.id}")
    assert deletions(upp) == 0
