"""``engine.reconcile`` and payments with our mark that no line has: each is told of once, whatever the store knows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from exported import NOON, add_exported, forms_read, line_of, type_in
from stages import FIRST_DAY, Stage

from billmanager_1c.models import PaymentId
from billmanager_1c.reports import Reconciliation

WEEK = dt.timedelta(days=6)


def add_stray(stage: Stage, amount: str = "101.37") -> PaymentId:
    """Export a document, delete it in 1C, and forget it: only the mark tells whose the payment was."""
    ref, _, payment_id = add_exported(stage, amount)
    stage.onec.delete(ref.id)
    stage.begin_anew()
    return payment_id


def strays(found: Reconciliation) -> list[int | None]:
    """The payments that are told of by themselves."""
    return [line.payment_id for line in found.of("extra_remote") if line.ref is None]


@pytest.fixture(params=["as the words say", "in another language"])
def named(request: pytest.FixtureRequest, stage: Stage) -> None:
    """A list names the methods by the words, or only their forms do."""
    if request.param == "in another language":
        for method in stage.bill.tables.methods.rows.values():
            stage.bill.change_method(method.id, name=method.name_ru, name_ru=f"Способ {method.id}")


@pytest.mark.usefixtures("named")
def test_of_a_document_that_1c_does_not_have(stage: Stage) -> None:
    """Its line says which payment stands, with how much, by which mark, and what a person can do."""
    payment_id = add_stray(stage)
    found = stage.engine.reconcile(FIRST_DAY)
    (line,) = [line for line in found.of("extra_remote") if line.payment_id == payment_id]
    assert (line.ref, line.amount, line.credited, line.currency) == (None, None, Decimal("101.37"), "RUB")
    for told in (f"Payment {payment_id}", "101.37", stage.bill.payment(payment_id).info, "cancel it", "engine.adopt"):
        assert told in line.reason
    assert found.left_out == 0


@pytest.mark.usefixtures("named")
def test_two_of_one_document(stage: Stage) -> None:
    """Both are told of, each by itself: there is no line that they would stand for twice."""
    payment_id = add_stray(stage)
    stray = stage.bill.payment(payment_id)
    copy = type_in(stage, stray.subaccount_id, "101.37", method=stray.method_id, info=stray.info)
    assert strays(stage.engine.reconcile(FIRST_DAY)) == [payment_id, copy]


@pytest.mark.usefixtures("named")
def test_unpaid_one_is_no_money(stage: Stage) -> None:
    """What credits nobody is told of as such."""
    payment_id = add_stray(stage)
    stage.bill.person_edits_payment(payment_id, status=1)
    found = stage.engine.reconcile(FIRST_DAY)
    assert (strays(found), [line.payment_id for line in found.of("orphan_inert")]) == ([], [payment_id])
    assert stage.bill.payment(payment_id).info in found.of("orphan_inert")[0].reason


@pytest.mark.usefixtures("named")
def test_another_infobase_keeps_its_own(stage: Stage) -> None:
    """A mark of another infobase is not ours to tell of."""
    payment_id = add_stray(stage)
    mark = stage.bill.payment(payment_id).info
    stage.bill.person_edits_payment(payment_id, info=mark.replace(mark[3:11], "0" * 8))
    found = stage.engine.reconcile(FIRST_DAY)
    assert (strays(found), found.left_out) == ([], 1)


@pytest.mark.usefixtures("named")
def test_a_line_that_has_another_has_two(stage: Stage) -> None:
    """The mark of a line that has a payment already makes it a duplicate, and no stray."""
    ref, subaccount, payment_id = add_exported(stage)
    fields = {"method": stage.bill.payment(payment_id).method_id, "info": stage.bill.payment(payment_id).info}
    copy = type_in(stage, subaccount, "70.00", **fields)
    found = stage.engine.reconcile(FIRST_DAY)
    assert (line_of(found, ref).line_class, line_of(found, ref).payment_ids) == ("duplicate_mark", (payment_id, copy))
    assert strays(found) == []


def test_it_belongs_to_its_day_of_payment(stage: Stage) -> None:
    """Of two stretches of days that meet, one tells of it."""
    payment_id = add_stray(stage)
    stage.bill.person_edits_payment(payment_id, paid_at=NOON + WEEK)
    until, since = FIRST_DAY + WEEK - dt.timedelta(days=1), FIRST_DAY + WEEK
    assert strays(stage.engine.reconcile(FIRST_DAY, until)) == []
    assert strays(stage.engine.reconcile(since)) == [payment_id]


def test_of_a_document_older_than_the_exchange(stage: Stage) -> None:
    """No line of any day has its payment: it is told of on its own day, whatever day the document has."""
    _, _, payment_id = add_exported(stage)
    stage.bill.person_edits_payment(payment_id, paid_at=NOON + WEEK)
    stage.begin_anew(export_from=FIRST_DAY + WEEK)
    assert strays(stage.engine.reconcile(FIRST_DAY)) == [payment_id]
    assert strays(stage.engine.reconcile(FIRST_DAY + WEEK)) == [payment_id]
    assert strays(stage.engine.reconcile(FIRST_DAY, FIRST_DAY)) == []


def test_a_payment_of_a_line_of_other_days_is_none(stage: Stage) -> None:
    """What a line has is told of with it, on the document's day, also where the exchange begins later by now."""
    ref, subaccount, payment_id = add_exported(stage)
    copy = type_in(stage, subaccount, paid_at=NOON + WEEK, info=stage.bill.payment(payment_id).info)
    engine = stage.make_engine(policy=stage.policy)
    assert strays(engine.reconcile(FIRST_DAY + WEEK)) == []
    assert line_of(engine.reconcile(FIRST_DAY), ref).payment_ids == (payment_id, copy)


def test_methods_are_read_where_it_matters(stage: Stage) -> None:
    """The form of a method is read once, and only where payments that no line has came by it."""
    _, subaccount, _ = add_exported(stage)
    counted = forms_read(stage, lambda: stage.engine.reconcile(FIRST_DAY))
    assert counted["paymethod.edit"] == 0
    row = next(row for row in stage.bill.subaccounts() if row.id == subaccount)
    companies = list(stage.bill.tables.companies.rows)
    gateway = stage.bill.add_method("YooMoney", providers=[row.provider_id], companies=companies)
    for amount in ("77.00", "78.00"):
        type_in(stage, subaccount, amount, method=gateway)
    counted = forms_read(stage, lambda: stage.engine.reconcile(FIRST_DAY))
    assert (counted["paymethod.edit"], counted["payment.edit"]) == (1, 0)
