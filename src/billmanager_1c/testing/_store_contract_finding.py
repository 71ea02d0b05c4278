"""What every store promises of finding documents: open ones, noted ones, by day, by state, by who changed them."""

from __future__ import annotations

import datetime as dt

from ..ledger import Dossier, Link, LinkState, Verdict
from ..models import QuarantineCode
from ..ports.store import Decision, Store
from ._deeds import CONTRACT, DAY, act, bound, putting, refs_of, see_first
from ._lives import NOON, make_contract_id, make_document, make_ref, see


class FindingContract:
    """The part of the store's contract that is about finding."""

    #: True for a store that goes by a clock of its own
    has_clock = False

    # -- finding -----------------------------------------------------------------------------------------------

    def test_open_documents_come_in_the_order_of_first_sight(self, store: Store) -> None:
        """Pages continue behind a place; a change does not move a document; a closed one is not shown."""
        refs = [see_first(store, number) for number in (5, 3, 9, 1)]
        act(store, refs[0], see(make_document(5, amount="7.00")))
        first = store.open_documents(limit=3)
        assert [ref for _, ref in first] == refs[:3]
        assert [ref for _, ref in store.open_documents(after=first[-1][0])] == refs[3:]
        act(store, refs[1], putting(bound(900)))
        assert [ref for _, ref in store.open_documents()] == [refs[0], *refs[2:]]

    def test_due_by_shows_what_waits_no_longer(self, store: Store) -> None:
        """Some open link has no ``next_attempt_at``, or one not after ``due_by``; zones do not matter."""
        late, soon, now = (see_first(store, number) for number in (1, 2, 3))
        moscow = dt.timezone(dt.timedelta(hours=3))
        waits = {late: NOON + DAY, soon: (NOON + dt.timedelta(hours=1)).astimezone(moscow)}
        for ref, at in waits.items():
            act(store, ref, putting(Link(contract_id=CONTRACT, next_attempt_at=at)))
        assert [ref for _, ref in store.open_documents(due_by=NOON)] == [now]
        hour = NOON + dt.timedelta(hours=1)
        for zone in (dt.UTC, moscow, dt.timezone(dt.timedelta(hours=-10))):
            assert [ref for _, ref in store.open_documents(due_by=hour.astimezone(zone))] == [soon, now]
        assert [ref for _, ref in store.open_documents(due_by=hour - dt.timedelta(microseconds=1))] == [now]
        assert [ref for _, ref in store.open_documents()] == [late, soon, now]
        act(store, late, putting(Link(contract_id=make_contract_id(2))))
        assert [ref for _, ref in store.open_documents(due_by=NOON)] == [late, now]

    def test_documents_since_are_those_1c_had(self, store: Store) -> None:
        """By the document's own date, when last read; a missing one is not shown."""
        days = {number: NOON.date() + number * DAY for number in range(4)}
        for number, day in days.items():
            act(store, make_ref(number), see(make_document(number, day=day)))
        act(store, make_ref(3), see(make_document(3, day=days[3]), digest="gone", missing=True))
        assert refs_of(store.documents_since(days[1])) == [make_ref(1), make_ref(2)]
        act(store, make_ref(0), see(make_document(0, day=days[2], version="2")))
        assert refs_of(store.documents_since(days[1])) == [make_ref(0), make_ref(1), make_ref(2)]
        first = store.documents_since(days[1], limit=2)
        assert refs_of(store.documents_since(days[1], after=first[-1][0])) == [make_ref(2)]

    def test_versions_are_those_of_the_last_reading(self, store: Store) -> None:
        """Only documents that were read have one."""
        act(store, make_ref(1), see(make_document(1, version="AAA=")))
        act(store, make_ref(1), see(make_document(1, version="BBB=")))
        store.note_changed([make_ref(2)], at=NOON)
        assert store.versions(iter([make_ref(1), make_ref(2)])) == {make_ref(1): "BBB="}

    def test_notes_wait_until_they_are_forgotten(self, store: Store) -> None:
        """Oldest first; a document noted again during its reading keeps its note."""
        store.note_changed([make_ref(3)], at=NOON)
        store.note_changed([make_ref(1), make_ref(2)], at=NOON)
        assert list(store.noted(limit=2)) == [make_ref(3), make_ref(1)]
        notes = store.noted()
        assert list(notes.values()) == sorted(set(notes.values()))
        store.note_changed([make_ref(1)], at=NOON + DAY)
        store.forget_noted(notes)
        assert list(store.noted()) == [make_ref(1)]
        assert store.noted()[make_ref(1)] > max(notes.values())
        store.forget_noted(store.noted())
        store.note_changed([make_ref(1)], at=NOON)
        store.forget_noted(notes)
        assert list(store.noted()) == [make_ref(1)]

    def test_summary_counts(self, store: Store) -> None:
        """Documents, links by state, quarantined by code, what is open and since when."""
        see_first(store, 1, at=NOON + DAY)
        ref = see_first(store, 2, at=NOON)
        act(store, see_first(store, 3, at=NOON - DAY), putting(bound(900)))
        blocked = Link(contract_id=CONTRACT, state=LinkState.QUARANTINED, code=QuarantineCode.NO_PAYER)
        act(store, ref, putting(blocked))
        summary = store.summary()
        assert (summary.documents, summary.open_documents, summary.oldest_open) == (3, 2, NOON)
        assert summary.links == {LinkState.PENDING: 1, LinkState.QUARANTINED: 1, LinkState.SYNCED: 1}
        assert summary.quarantined == {QuarantineCode.NO_PAYER: 1}
        assert refs_of(store.documents_in([LinkState.QUARANTINED])) == [ref]

    def test_documents_are_found_by_who_changed_them(self, store: Store) -> None:
        """By the actor of a journal entry, each once, page by page."""
        refs = [see_first(store, number) for number in (5, 3, 9)]
        act(store, refs[0], see(make_document(5, amount="7.00")))
        first = store.touched("test", limit=2)
        assert refs_of(first) == refs[:2]
        assert refs_of(store.touched("test", after=first[-1][0])) == refs[2:]
        assert store.touched("nobody") == []

    def test_decision_is_told_the_moment(self, store: Store) -> None:
        """It is the caller's, or that of a clock which the store shares with other hosts; the journal shows it."""
        moments: list[dt.datetime] = []

        def decide(dossier: Dossier, now: dt.datetime) -> Verdict[None]:
            moments.append(now)
            return Verdict(dossier, None, "looked")

        store.transact(make_ref(1), decide, actor="test", at=NOON)
        store.transact_all([Decision(ref=make_ref(1), decide=decide)], actor="test", at=NOON)
        assert moments == sorted(moments)
        assert all(moment.tzinfo is not None for moment in moments)
        assert [entry.at for entry in store.journal()] == moments
        if not self.has_clock:
            assert moments == [NOON, NOON]
