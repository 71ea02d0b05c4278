"""What a sweep does with what it finds, and with what the store believes of what it finds not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from script import ACCOUNT, DOCUMENT, MINUTE, NOON, ONE, OURS, REF, TARGET, a_run, play, row, see, shown

from billmanager_1c import MemoryStore
from billmanager_1c.api import ListPayments, ListSubaccounts, ReadPayment
from billmanager_1c.errors import ObjectMissing, RefusedByBillManager, SlowDown
from billmanager_1c.ledger import Link, LinkState, make_mark
from billmanager_1c.models import DocumentRef, Money, Payment, PaymentId, PaymentStatus, SubaccountId
from billmanager_1c.plans import sweep as module
from billmanager_1c.plans.effects import Plan
from billmanager_1c.plans.run import Run
from billmanager_1c.plans.sweep import recover, sweep

GONE = ObjectMissing("missed", object="payment")
NINETY = Money(Decimal("90.00"), "RUB")
CREDITED = PaymentStatus.CREDITED
OTHER = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000002")


def believing(**changes: Any) -> MemoryStore:
    """Return a store that believes our payment to be credited, but for these changes."""
    link = Link(contract_id=ONE, state=LinkState.SYNCED, payment_id=OURS, applied=TARGET, applied_rev=1)
    return see(MemoryStore(), link=attrs.evolve(link, **changes))


def line(store: MemoryStore) -> Link:
    """Return our line."""
    return store.dossier(REF).links[ONE]


def read_in(called: list[Any]) -> list[int]:
    """Return the payments that were read."""
    return [operation.id for operation in called if isinstance(operation, ReadPayment)]


def read_by(plan: Plan[object], rows: list[Any], *answers: object, store: MemoryStore) -> list[int]:
    """Play a sweep of these rows; return what it read."""
    return read_in(play(plan, rows, [], *answers, store=store)[1])


# ------------------------------------------------------------------------------------------------------ another sum


@pytest.mark.parametrize("plan", [sweep, lambda run: recover(run, run.export_from)], ids=["sweep", "recover"])
def test_sum_that_the_store_does_not_remember_is_read(plan: Callable[[Run], Plan[object]]) -> None:
    """“The store was put back from a backup and the sum is ours”, or a person's: no line grows beside it unseen."""
    store, run = believing(), a_run(high_water=OURS)
    listed = [row(status=CREDITED, amount=NINETY)]
    assert read_by(plan(run), listed, shown(CREDITED, amount=NINETY.amount), store=store) == [OURS]
    applied = line(store).applied
    assert applied is not None
    assert (line(store).state, applied.amount) == (LinkState.REMOTE_CHANGED, NINETY.amount)
    assert any("another sum" in warning for warning in run.warnings)


@pytest.mark.parametrize(
    ("listed", "link"),
    [
        pytest.param({"amount": None}, {}, id="the list shows no sum"),
        pytest.param({"amount": Money(TARGET.amount, "RUB")}, {}, id="the same sum"),
        pytest.param({"status": PaymentStatus.NEW}, {}, id="no money"),
        pytest.param({}, {"state": LinkState.UPDATE_UNKNOWN}, id="a write under way"),
        pytest.param({}, {"payment_id": PaymentId(71), "lingering_id": OURS}, id="cancelled long ago"),
    ],
)
def test_sum_is_read_only_where_it_says_something(listed: dict[str, Any], link: dict[str, Any]) -> None:
    """A line that a worker has finds out by itself, and what is no money has no sum."""
    rows = [attrs.evolve(row(status=CREDITED, amount=NINETY), **listed)]
    assert read_by(sweep(a_run(high_water=OURS)), rows, store=believing(**link)) == []


# ------------------------------------------------------------------------------------------------ what is not listed


def test_payer_that_is_missing_is_no_payment_that_is_gone() -> None:
    """Only a payment that is said to be missing is gone; what else is missing is trouble of the reading."""
    store = believing()
    with pytest.raises(ObjectMissing):
        play(recover(a_run(), NOON.date()), [], [], ObjectMissing("missed", object="profile"), store=store)
    assert line(store).state is LinkState.SYNCED


def test_every_line_is_made_sure_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines are asked for in pages, and none of them is left out."""
    monkeypatch.setattr(module, "CHUNK", 1)
    second = Link(contract_id=ONE, state=LinkState.SYNCED, payment_id=PaymentId(71), applied=TARGET, applied_rev=1)
    store = see(believing(), attrs.evolve(DOCUMENT, ref=OTHER), second)
    assert read_by(recover(a_run(), NOON.date()), [], GONE, GONE, store=store) == [OURS, 71]


def test_payment_of_an_older_document_that_should_be_listed_is_read() -> None:
    """“The rows show everything created since a day”: a payment with a greater id than the first of them is missing."""
    store, since = believing(), NOON.date() + dt.timedelta(days=1)
    strange = shown(CREDITED, id=PaymentId(60), mark=None)
    listed = [row(60, status=CREDITED)]
    assert read_by(recover(a_run(), since), listed, strange, GONE, store=store) == [60, OURS]


@pytest.mark.parametrize(("since", "is_read"), [(0, False), (1, True)], ids=["everything", "a part"])
def test_first_sweep_is_done_by_a_recovery_of_everything_alone(since: int, *, is_read: bool) -> None:
    """“Above the last id seen; the first time, since the start”: a recovery of some days has not seen the others."""
    store, run = MemoryStore(), a_run(high_water=5000)
    play(recover(run, run.export_from + dt.timedelta(days=since)), [], [], store=store)
    old, answers = row(10, status=CREDITED), [shown(CREDITED, id=PaymentId(10), mark=None)] if is_read else []
    assert read_by(sweep(a_run(high_water=5000)), [old], *answers, store=store) == ([10] if is_read else [])


@pytest.mark.parametrize(("rows", "undated"), [(999, 0), (1000, 1)])
def test_list_is_asked_for_from_the_start_until_its_first_day_is_known(rows: int, undated: int) -> None:
    """“Everything with an id above was created on this day or later, as far as that is known.”"""
    store, day = MemoryStore(), NOON.date()
    over = [
        row(id, status=PaymentStatus.CANCELLED, created_on=None if id <= undated else day) for id in range(1, rows + 1)
    ]
    play(sweep(a_run(high_water=rows)), over, [], store=store)
    run = a_run(high_water=rows)
    _, called = play(sweep(run), over, [], store=store)
    assert [asked.created_from for asked in called if isinstance(asked, ListPayments)] == [
        run.export_from - dt.timedelta(days=1),
        None,
    ]


# -------------------------------------------------------------------------------------------------- which are read


@pytest.mark.parametrize(
    ("changes", "is_read"),
    [
        ({"status": PaymentStatus.NEW, "method_name": "Юкасса"}, False),
        ({"status": PaymentStatus.NEW, "method_name": "Оплата наличными"}, True),
        ({"status": PaymentStatus.NEW, "method_name": ""}, True),
        ({"status": CREDITED, "method_name": "Юкасса"}, True),
        ({"status": PaymentStatus.CANCELLED}, False),
    ],
)
def test_which_payments_may_be_ours(changes: dict[str, Any], *, is_read: bool) -> None:
    """“Bills that clients made for methods of other kinds: unpaid, they are no money”; what is money may be ours."""
    answers = [shown(id=PaymentId(60), mark=None)] if is_read else []
    rows = [row(60, **changes)]
    assert read_by(sweep(a_run(high_water=60)), rows, *answers, store=MemoryStore()) == ([60] if is_read else [])


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (shown(id=PaymentId(60), mark=None, created_at=NOON - 19 * MINUTE), True),
        (shown(id=PaymentId(60), mark=None, created_at=NOON - 21 * MINUTE), False),
        (shown(id=PaymentId(60), mark=None, created_at=None), True),
        (shown(CREDITED, id=PaymentId(60), mark=None, created_at=NOON), False),
        (RefusedByBillManager("no"), True),
        (GONE, True),
    ],
)
def test_what_is_read_again(answer: object, *, again: bool) -> None:
    """Lease and settling time after its creation, nobody marks a payment any more; what was not read is not known."""
    store = MemoryStore()
    status = answer.status if isinstance(answer, Payment) else PaymentStatus.NEW
    rows = [row(60, status=status)]
    read_by(sweep(a_run(high_water=60)), rows, answer, store=store)
    second = [shown(id=PaymentId(60), mark=None)] if again else []
    assert read_by(sweep(a_run(high_water=60)), rows, *second, store=store) == ([60] if again else [])


def test_sweep_that_dies_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """“What was read is remembered as it goes on, so that a sweep that dies is not begun anew”, nor taken for whole."""
    monkeypatch.setattr(module, "CHUNK", 1)
    store = MemoryStore()
    rows = [row(id, status=CREDITED) for id in (70, 2000, 5000)]

    def strange(id: int) -> Payment:
        return shown(CREDITED, id=PaymentId(id), mark=None)

    with pytest.raises(SlowDown):
        play(sweep(a_run(high_water=5000)), rows, [], strange(70), SlowDown("later"), store=store)
    assert read_by(sweep(a_run(high_water=5000)), rows, strange(2000), strange(5000), store=store) == [2000, 5000]


# --------------------------------------------------------------------------------------------------- which are bound


def waiting(**changes: Any) -> MemoryStore:
    """Return a store that knows our document and not its payment."""
    return see(MemoryStore(), attrs.evolve(DOCUMENT, **changes), Link(contract_id=ONE))


def found(answer: Payment, *, store: MemoryStore) -> Run:
    """Sweep a list that shows our payment as credited; its form is this."""
    run = a_run(high_water=OURS)
    play(sweep(run), [row(status=CREDITED)], [], answer, [], store=store)
    return run


def test_payment_with_our_mark_is_bound() -> None:
    """“What stands in BILLmanager is found by its mark and bound again instead of being made once more.”"""
    store = waiting()
    run = found(shown(CREDITED), store=store)
    assert (line(store).payment_id, line(store).state) == (OURS, LinkState.SYNCED)
    assert run.rebound == 1
    assert not any("backup" in warning for warning in run.warnings)


def test_mark_of_another_infobase_is_not_ours() -> None:
    """Its GUIDs may be those of a copy of our infobase: only the base in the mark tells them apart."""
    store = waiting()
    mark = make_mark("a copy", REF, ONE, 1)
    assert read_by(sweep(a_run(high_water=OURS)), [row(status=CREDITED)], shown(CREDITED, mark=mark), store=store)
    assert line(store).payment_id is None


def test_payment_that_is_cancelled_by_now_is_not_bound() -> None:
    """A list may be late: the form tells how a payment stands."""
    store = waiting()
    found(shown(PaymentStatus.CANCELLED), store=store)
    assert line(store).payment_id is None


def test_payment_of_an_exported_document_older_than_the_export_is_bound() -> None:
    """“Nothing dated earlier is exported unless it already was”: this one was."""
    store = waiting(date=dt.date(2025, 12, 31))
    found(shown(CREDITED), store=store)
    assert line(store).payment_id == OURS


@pytest.mark.parametrize("is_known", [False, True])
def test_payment_is_bound_as_what_it_credits(*, is_known: bool) -> None:
    """A payment of another subaccount than the contract names is known as that, by the accounts of today."""
    store, run = waiting(), a_run(high_water=OURS)
    new = attrs.evolve(ACCOUNT, id=SubaccountId(2))
    if is_known:
        run.reference.subaccounts = {ACCOUNT.id: ACCOUNT, new.id: new}
    form = shown(CREDITED, subaccount_id=new.id)
    _, called = play(sweep(run), [row(status=CREDITED)], [], form, [], [ACCOUNT, new], store=store)
    assert called[-1] == ListSubaccounts()
    applied = line(store).applied
    assert applied is not None
    assert applied.subaccount_id == new.id


def test_stray_payment_is_told_of_once() -> None:
    """A person is told of what he has to settle by hand, and is not told again by each run."""
    store = MemoryStore()
    told = [found(shown(CREDITED), store=store).warnings for _ in range(2)]
    assert [len(warnings) for warnings in told] == [1, 0]
