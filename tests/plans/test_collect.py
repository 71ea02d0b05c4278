"""From 1C into the store: what is forgotten only when it is kept (protocol.md §2, collect and acknowledge)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from script import DOCUMENT, NOON, REF, a_run, play

from billmanager_1c import MemoryStore
from billmanager_1c.engine import Breaker
from billmanager_1c.errors import AnswerTimedOut, BadReply, StoreFailed
from billmanager_1c.models import DocumentRef, MissingDocument
from billmanager_1c.plans import collect
from billmanager_1c.plans.effects import Acknowledge, NextBatch, OpenChanges, ReadDocuments
from billmanager_1c.plans.outcomes import Tally
from billmanager_1c.ports.onec import ChangeBatch, Stamp
from billmanager_1c.ports.store import Place

OTHER = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000002")
THIRD = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000003")
NONSENSE = BadReply("The field Date is not a date.", system="1C")


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


def test_1c_is_told_of_each_message_as_soon_as_it_is_kept() -> None:
    """“1C is told to forget only after that”, and before it is asked for more: a queue shows nothing else till then."""
    store, batch = MemoryStore(), ChangeBatch(stamps=[Stamp(REF, "1", DOCUMENT.date)], cursor="c")
    _, called = play(collect.collect(a_run(), Tally()), 0, batch, [DOCUMENT], None, None, store=store)
    more = NextBatch(0)
    assert called == [OpenChanges(cursor=None), more, ReadDocuments((REF,)), Acknowledge("c"), more]
    assert store.place("upp") == Place(cursor="c", acknowledged="c")


def test_document_that_nobody_ever_saw_is_not_missed() -> None:
    """What 1C registered and has no more was never exported: there is nothing to cancel, and nothing to remember."""
    store = MemoryStore()
    play(collect.take_in(a_run(), [REF], Tally()), [MissingDocument(ref=REF)], store=store)
    assert store.dossier(REF).record is None


def test_history_moves_no_cursor() -> None:
    """The cursor is kept “together with what it stands for”, and a list since a day stands for no message of 1C's."""
    store = MemoryStore()
    listed = ChangeBatch(stamps=[Stamp(REF, "1", DOCUMENT.date)], cursor="c")
    plan = collect.collect(a_run(), Tally(), since=DOCUMENT.date)
    _, called = play(plan, 0, listed, [DOCUMENT], None, store=store)
    assert store.dossier(REF).record is not None
    assert store.place("upp").cursor is None
    assert not any(isinstance(effect, Acknowledge) for effect in called)


def test_document_that_was_too_old_is_let_in_when_the_line_is_drawn_earlier() -> None:
    """“Nothing older than the line”, and what is not older any more is read, though 1C shows it as it was."""
    store, batch = MemoryStore(), ChangeBatch(stamps=[Stamp(REF, "1", DOCUMENT.date)])
    late, early = a_run(), a_run()
    late.export_from = DOCUMENT.date + dt.timedelta(days=1)
    play(collect.collect(late, Tally()), 0, batch, [DOCUMENT], None, store=store)
    _, called = play(collect.collect(late, Tally()), 0, batch, None, store=store)
    assert not any(isinstance(effect, ReadDocuments) for effect in called)
    play(collect.collect(early, Tally()), 0, batch, [DOCUMENT], None, store=store)
    record = store.dossier(REF).record
    assert record is not None
    assert record.wanted


def test_note_is_dropped_when_its_document_was_read() -> None:
    """A change that was told by hand is not forgotten because 1C is down."""
    store = MemoryStore()
    store.note_changed([REF], at=NOON)
    with pytest.raises(AnswerTimedOut):
        play(collect.reread(a_run(), Tally(), NOON), AnswerTimedOut("silence"), store=store)
    assert list(store.noted()) == [REF]
    play(collect.reread(a_run(), Tally(), NOON), [DOCUMENT], store=store)
    assert not store.noted()


class TestWhatCannotBeRead:
    """“What it cannot read it must not take for anything”: one document waits, the others go on."""

    def test_whose_fault_it_is_is_found_by_halves(self) -> None:
        """The others are kept, and the cursor moves on, for the one that is left is noted."""
        store, run, tally = MemoryStore(), a_run(), Tally()
        last = attrs.evolve(DOCUMENT, ref=THIRD)
        plan = collect.take_in(run, [REF, OTHER, THIRD], tally, cursor="c")
        _, called = play(plan, NONSENSE, [DOCUMENT], NONSENSE, NONSENSE, [last], store=store)
        asked = [effect.refs for effect in called if isinstance(effect, ReadDocuments)]
        assert asked == [(REF, OTHER, THIRD), (REF,), (OTHER, THIRD), (OTHER,), (THIRD,)]
        assert [bool(store.dossier(ref).record) for ref in (REF, OTHER, THIRD)] == [True, False, True]
        assert (list(store.noted()), set(tally.unread), store.place("upp").cursor) == ([OTHER], {OTHER}, "c")
        (warning,) = run.warnings
        assert OTHER.id in warning
        assert NONSENSE.message in warning

    def test_it_is_noted_before_1c_may_forget_it(self) -> None:
        """Killed between the two, the next run reads it all the same."""

        class Dying(MemoryStore):
            def transact_all(self, *args: Any, **kwargs: Any) -> list[object]:
                raise StoreFailed("the disk is full")

        store = Dying()
        with pytest.raises(StoreFailed):
            play(collect.take_in(a_run(), [OTHER], Tally(), cursor="c"), NONSENSE, store=store)
        assert list(store.noted()) == [OTHER]

    def test_a_note_is_kept_until_its_document_was_read(self) -> None:
        """A run reads it once, and ends."""
        store, tally = MemoryStore(), Tally()
        store.note_changed([REF, OTHER], at=NOON)
        play(collect.reread(a_run(), tally, NOON), NONSENSE, [DOCUMENT], NONSENSE, store=store)
        assert list(store.noted()) == [OTHER]
        again = collect.take_in(a_run(), [OTHER], tally)
        assert play(again, store=store)[1] == []
        play(collect.reread(a_run(), Tally(), NOON), [attrs.evolve(DOCUMENT, ref=OTHER)], store=store)
        assert not store.noted()

    def test_more_of_them_than_a_run_leaves_are_its_trouble(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing of the reading is kept, and no cursor moves: the names of the configuration may not fit."""
        monkeypatch.setattr(collect, "UNREAD", 1)
        store, run = MemoryStore(), a_run()
        plan = collect.take_in(run, [REF, OTHER, THIRD], Tally(), cursor="c")
        with pytest.raises(BadReply):
            play(plan, NONSENSE, [DOCUMENT], NONSENSE, NONSENSE, NONSENSE, store=store)
        assert (store.dossier(REF).record, store.noted(), store.place("upp").cursor) == (None, {}, None)
        assert run.warnings == []

    def test_who_counts_nothing_must_know_all(self) -> None:
        """The sweep binds payments by what documents say: one that cannot be read is not one that is gone."""
        store = MemoryStore()
        with pytest.raises(BadReply):
            play(collect.take_in(a_run(), [REF, OTHER], None), NONSENSE, store=store)
        assert not store.noted()


@pytest.mark.parametrize(
    ("changed", "linked", "trips"), [(10, 20, False), (11, 110, False), (11, 109, True), (11, 200, False)]
)
def test_breaker_needs_both_numbers(changed: int, linked: int, trips: bool) -> None:
    """“More than 10 documents *and* more than 10 % of the linked ones.”"""
    assert Breaker().trips(changed, linked) is trips
