"""The sweep: which payments are read for our mark, and which are known to be somebody else's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import attrs
import pytest
from script import DOCUMENT, MINUTE, NOON, ONE, OURS, REF, TARGET, a_run, play, row, see, shown

from billmanager_1c import MemoryStore
from billmanager_1c.api import ListPayments, ReadPayment
from billmanager_1c.errors import BadReply, BillManagerError, ObjectMissing, RefusedByBillManager
from billmanager_1c.ledger import Link, LinkState, make_mark
from billmanager_1c.models import DocumentRef, Payment, PaymentId, PaymentStatus
from billmanager_1c.plans.effects import Plan
from billmanager_1c.plans.outcomes import Tally
from billmanager_1c.plans.run import Run
from billmanager_1c.plans.sweep import recover, sweep

LONG_AGO = NOON - 60 * MINUTE
"""Whoever made a payment then would have marked it by now."""


def stranger(payment_id: int, **changes: object) -> Payment:
    """Return an unpaid payment without a mark."""
    found = shown(id=PaymentId(payment_id), mark=None, created_at=LONG_AGO)
    return attrs.evolve(found, **changes)  # type: ignore[arg-type]


def read_by_a_sweep(store: MemoryStore, *payments: Payment, newest: int, read: Sequence[int]) -> list[int]:
    """Sweep a list that shows these payments, of which some should be read; return those that were."""
    rows = [row(payment.id, status=payment.status) for payment in payments]
    answers = [payment for payment in payments if payment.id in read]
    _, called = play(sweep(a_run(high_water=newest)), rows, [], *answers, store=store)
    return [operation.id for operation in called if isinstance(operation, ReadPayment)]


def test_late_commits_are_looked_for() -> None:
    """“Payments with ids above the last seen minus 1,000 are read once.”"""
    store = MemoryStore()
    last, late, old = stranger(5000), stranger(4001), stranger(4000)
    assert read_by_a_sweep(store, last, newest=5000, read=[5000]) == [5000]
    assert read_by_a_sweep(store, last, late, old, newest=5000, read=[4001]) == [4001]
    assert read_by_a_sweep(store, last, late, old, newest=5000, read=[]) == []


def test_ids_that_begin_anew_are_looked_at() -> None:
    """“Ids reused after a BILLmanager restore”: the last id seen is greater than any that there is."""
    store = MemoryStore()
    read_by_a_sweep(store, stranger(5000), newest=5000, read=[5000])
    assert read_by_a_sweep(store, stranger(3000), newest=3000, read=[3000]) == [3000]


def test_payment_that_may_be_marked_in_a_moment_is_read_again() -> None:
    """A worker writes the mark after the create: what is young and unpaid is not yet somebody else's."""
    store = MemoryStore()
    young = stranger(70, created_at=NOON - MINUTE)
    for _ in range(2):
        assert read_by_a_sweep(store, young, newest=70, read=[70]) == [70]


def test_payment_that_was_unpaid_is_read_again_when_it_is_paid() -> None:
    """What was unpaid when it was read may have been written to since, by whoever found it by its likeness."""
    store = MemoryStore()
    read_by_a_sweep(store, stranger(70), newest=70, read=[70])
    paid = stranger(70, status=PaymentStatus.CREDITED)
    assert read_by_a_sweep(store, paid, newest=70, read=[70]) == [70]
    assert read_by_a_sweep(store, paid, newest=70, read=[]) == []


@pytest.mark.parametrize("plan", [sweep, lambda run: recover(run, run.export_from)], ids=["sweep", "recover"])
def test_payment_made_before_the_day_of_its_document(plan: Callable[[Run], Plan[object]]) -> None:
    """I1: a document may bear a later date than the day it was exported on; its payment is looked for all the same.

    Payments are listed by the day they were made on, documents are bounded by their own: a lost store would pay twice.
    """
    early = row(70, status=PaymentStatus.CREDITED)
    marked = shown(id=PaymentId(70), status=PaymentStatus.CREDITED, mark=None)
    run = a_run(high_water=70)
    _, called = play(plan(run), [], [early], marked, store=MemoryStore())
    made, paid, read = called
    assert isinstance(made, ListPayments)
    assert isinstance(paid, ListPayments)
    assert made.created_from == run.export_from - dt.timedelta(days=1)
    assert (paid.status, paid.paid_from) == ((PaymentStatus.CREDITED,), run.export_from - dt.timedelta(days=7))
    assert read == ReadPayment(id=PaymentId(70))


def delivered() -> MemoryStore:
    """Return a store that believes our payment to be credited."""
    link = Link(contract_id=ONE, state=LinkState.SYNCED, payment_id=OURS, applied=TARGET, applied_rev=1)
    return see(MemoryStore(), link=link)


def test_payment_that_cannot_be_read_is_not_gone() -> None:
    """“Failed read = absent” is what must not be: only ``missed`` says that a payment is gone."""
    for trouble in (RefusedByBillManager("no"), BillManagerError("no")):
        store = delivered()
        play(recover(a_run(), NOON.date()), [], [], trouble, store=store)
        assert store.dossier(REF).links[ONE].state is LinkState.SYNCED
    store = delivered()
    play(recover(a_run(), NOON.date()), [], [], ObjectMissing("missed"), store=store)
    assert store.dossier(REF).links[ONE].state is LinkState.REMOTE_MISSING


def test_store_that_did_not_know_of_a_payment_makes_sure_of_those_it_knows() -> None:
    """“This also protects a store restored from yesterday's backup”: what it believes credited may be gone since."""
    store = delivered()
    play(sweep(a_run(high_water=OURS)), [row(status=PaymentStatus.CREDITED)], [], store=store)
    stray = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000002")
    unknown = shown(PaymentStatus.CREDITED, id=PaymentId(71), mark=make_mark("upp", stray, ONE, 1))
    listed = [row(71, status=PaymentStatus.CREDITED)]
    play(sweep(a_run(high_water=71)), listed, [], unknown, [], ObjectMissing("missed", object="payment"), store=store)
    assert store.dossier(REF).links[ONE].state is LinkState.REMOTE_MISSING


def test_payment_of_a_document_that_is_older_than_the_export_is_left_alone() -> None:
    """“It is left alone. Settle it by hand”: bound to a document of no exchange, it would be cancelled."""
    old = attrs.evolve(DOCUMENT, date=dt.date(2025, 12, 31))
    store = see(MemoryStore(), old, Link(contract_id=ONE, state=LinkState.ABSENT), wanted=False)
    run = a_run(high_water=OURS)
    listed = [row(status=PaymentStatus.CREDITED)]
    play(sweep(run), listed, [], shown(PaymentStatus.CREDITED), [], store=store)
    assert store.dossier(REF).links[ONE].payment_id is None
    assert any("left alone" in warning for warning in run.warnings)


def test_payment_found_in_the_place_of_one_that_is_gone_is_no_second_one() -> None:
    """``DUPLICATE_FOUND`` is said of two that stand: the line's own payment is read before it is said."""
    store = delivered()
    found = shown(PaymentStatus.CREDITED, id=PaymentId(71))
    gone = ObjectMissing("missed", object="payment")
    play(sweep(a_run(high_water=71)), [row(71, status=PaymentStatus.CREDITED)], [], found, [], gone, store=store)
    link = store.dossier(REF).links[ONE]
    assert (link.payment_id, link.twin_id) == (71, None)


def test_sweep_asks_from_the_first_day_of_the_last_thousand_ids() -> None:
    """“Ids above the last seen minus 1,000”: the list is asked for by days, and none of those ids may be older."""
    store, first = MemoryStore(), NOON.date()
    days = [first, *[first + dt.timedelta(days=1)] * 999]
    over = [row(id, status=PaymentStatus.CANCELLED, created_on=day) for id, day in enumerate(days, start=1)]
    play(sweep(a_run(high_water=1000)), over, [], store=store)
    _, (made,) = play(sweep(a_run(high_water=1000)), over, store=store)
    assert made == ListPayments(created_from=first - dt.timedelta(days=1))


class TestWhatCannotBeReadFrom1C:
    """“The document waits”: its payment is left unbound, and is not somebody else's."""

    def test_its_payment_is_met_again_however_many_came_since(self) -> None:
        """The document may be mended after months: made anew, its money would stand twice."""
        store, newest, tally = MemoryStore(), 5000, Tally()
        listed = [row(status=PaymentStatus.CREDITED), row(newest, status=PaymentStatus.CREDITED)]
        strange = stranger(newest, status=PaymentStatus.CREDITED)
        for again in (tally, Tally()):
            answers = [shown(PaymentStatus.CREDITED), *([strange] if again is tally else []), *CANNOT_BE_READ]
            rows = [listed, []]
            run = a_run(high_water=newest)
            play(sweep(run, again), *rows, *answers, store=store)
            assert again.unbound == {OURS: REF}
            assert any("left alone" in warning for warning in run.warnings)
        see(store, link=Link(contract_id=ONE))
        play(sweep(a_run(high_water=newest)), listed, [], shown(PaymentStatus.CREDITED), [DOCUMENT], store=store)
        assert store.dossier(REF).links[ONE].payment_id == OURS

    def test_a_recovery_has_the_next_sweep_look_as_far_back(self) -> None:
        """It may find what no sweep looks at any more."""
        store = MemoryStore()
        play(sweep(a_run(high_water=5000)), [], [], store=store)
        since, listed = a_run().export_from + dt.timedelta(days=1), [row(status=PaymentStatus.CREDITED)]
        play(recover(a_run(), since, Tally()), listed, [], shown(PaymentStatus.CREDITED), *CANNOT_BE_READ, store=store)
        see(store, link=Link(contract_id=ONE))
        play(sweep(a_run(high_water=5000)), listed, [], shown(PaymentStatus.CREDITED), [DOCUMENT], store=store)
        assert store.dossier(REF).links[ONE].payment_id == OURS


NONSENSE = BadReply("The field Date is not a date.", system="1C")
CANNOT_BE_READ = (NONSENSE, NONSENSE, [])
"""1C's answers when it is asked for the kinds that a mark may be of, and the first cannot be read: by halves."""
