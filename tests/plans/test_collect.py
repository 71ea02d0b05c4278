"""From 1C into the store: what is forgotten only when it is kept (protocol.md §2, collect and acknowledge)."""

from __future__ import annotations

import attrs
import pytest
from script import NOON, REF, TARGET, a_run, play

from billmanager_1c import MemoryStore
from billmanager_1c.engine import Breaker
from billmanager_1c.errors import AnswerTimedOut
from billmanager_1c.models import DocumentRef, PaymentDocument
from billmanager_1c.plans import collect
from billmanager_1c.plans.effects import Acknowledge, OpenChanges
from billmanager_1c.plans.outcomes import Tally

OTHER = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000002")
DOCUMENT = PaymentDocument(ref=REF, version="1", number="1", date=NOON.date(), posted=True, amount=TARGET.amount)


def test_cursor_goes_with_the_last_document_that_it_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """“Documents, rev+1 where the hash differs, cursor: one transaction”: a run that dies half-way reads again."""
    monkeypatch.setattr(collect, "CHUNK", 1)
    store = MemoryStore()
    with pytest.raises(AnswerTimedOut):
        play(
            collect.take_in(a_run(), [REF, OTHER], None, cursor="c"), [DOCUMENT], AnswerTimedOut("silence"), store=store
        )
    assert store.dossier(REF).record is not None
    assert store.place("upp").cursor is None
    second = attrs.evolve(DOCUMENT, ref=OTHER)
    play(collect.take_in(a_run(), [REF, OTHER], None, cursor="c"), [DOCUMENT], [second], store=store)
    assert store.place("upp").cursor == "c"


def test_what_was_kept_and_not_acknowledged_is_acknowledged_first() -> None:
    """“Killed here: ack again.”"""
    store = MemoryStore()
    store.transact_all([], actor="an earlier run", at=NOON, adapter="upp", cursor="c")
    _, called = play(collect.collect(a_run(), Tally()), None, 0, None, store=store)
    assert called[:2] == [Acknowledge("c"), OpenChanges(cursor="c")]
    assert store.place("upp").acknowledged == "c"
    _, called = play(collect.collect(a_run(), Tally()), 0, None, store=store)
    assert called[0] == OpenChanges(cursor="c")


def test_note_is_dropped_when_its_document_was_read() -> None:
    """A change that was told by hand is not forgotten because 1C is down."""
    store = MemoryStore()
    store.note_changed([REF], at=NOON)
    with pytest.raises(AnswerTimedOut):
        play(collect.reread(a_run(), Tally(), NOON), AnswerTimedOut("silence"), store=store)
    assert list(store.noted()) == [REF]
    play(collect.reread(a_run(), Tally(), NOON), [DOCUMENT], store=store)
    assert not store.noted()


@pytest.mark.parametrize(
    ("changed", "linked", "trips"), [(10, 20, False), (11, 110, False), (11, 109, True), (11, 200, False)]
)
def test_breaker_needs_both_numbers(changed: int, linked: int, trips: bool) -> None:
    """“More than 10 documents *and* more than 10 % of the linked ones.”"""
    assert Breaker().trips(changed, linked) is trips
