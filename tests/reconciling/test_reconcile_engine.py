"""``engine.reconcile`` on the simulators: each class by what brings it about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from exported import NOON, add_exported, export, line_of, method_of, type_in
from stages import FIRST_DAY, Stage, add_one

from billmanager_1c.models import PaymentStatus
from billmanager_1c.reports import LineClass
from billmanager_1c.testing import Fault


def test_ok(stage: Stage) -> None:
    """What the exchange brought over agrees, and what is refused says why."""
    export(stage)
    found = stage.engine.reconcile(FIRST_DAY)
    assert found.counts["ok"] == stage.world.exportable
    assert {line.line_class for line in found.lines} == {"quarantined"}
    assert stage.is_exact()


def test_missing_remote(stage: Stage) -> None:
    """A document that was never exported, and one whose payment somebody deleted."""
    ref, _, payment_id = add_exported(stage)
    fresh, _ = add_one(stage)
    stage.bill.person_deletes_payment(payment_id)
    found = stage.engine.reconcile(FIRST_DAY)
    deleted, never = line_of(found, ref), line_of(found, fresh)
    assert (deleted.line_class, never.line_class) == ("missing_remote", "missing_remote")
    assert f"Payment {payment_id} is gone" in deleted.reason
    assert "never exported" in never.reason


@pytest.mark.parametrize("deed", ["unposted", "deleted", "another contract"])
def test_extra_remote(stage: Stage, deed: str) -> None:
    """Money stands for a document that is no money any more."""
    ref, subaccount, payment_id = add_exported(stage)
    if deed == "unposted":
        stage.onec.unpost(ref.id)
    elif deed == "deleted":
        stage.onec.delete(ref.id)
    else:
        other, _ = add_one(stage)
        stage.engine.export_payments([other], limit=0)
        (contract,) = stage.store.dossier(other).links
        stage.onec.change_document(ref.id, lines=[(contract, Decimal("500.00"))])
    found = stage.engine.reconcile(FIRST_DAY)
    (line,) = [line for line in found.of("extra_remote") if line.ref == ref]
    assert (line.payment_id, line.credited, line.amount) == (payment_id, Decimal("500.00"), None)
    assert line.number
    assert stage.bill.balance(subaccount) == Decimal("500.00")  # nothing was done about it


def test_payment_that_answers_to_nothing(stage: Stage) -> None:
    """A payment typed in without a document is extra; one of another month is none of these days' business."""
    _, subaccount, _ = add_exported(stage)
    typed = type_in(stage, subaccount, "77.00")
    type_in(stage, subaccount, "78.00", paid_at=NOON - dt.timedelta(days=40))
    found = stage.engine.reconcile(FIRST_DAY)
    (line,) = found.of("extra_remote")
    assert (line.payment_id, line.ref, line.credited, line.currency) == (typed, None, Decimal("77.00"), "RUB")


def test_payments_of_other_ways_are_left_out(stage: Stage) -> None:
    """A client who paid by a gateway is not 1C's business; unless it is the sum of a line."""
    bill = stage.bill
    _, subaccount, _ = add_exported(stage)
    row = next(row for row in bill.subaccounts() if row.id == subaccount)
    gateway = bill.add_method("YooMoney", providers=[row.provider_id], companies=list(bill.tables.companies.rows))
    type_in(stage, subaccount, "77.00", method=gateway)
    found = stage.engine.reconcile(FIRST_DAY)
    assert (found.counts["extra_remote"], found.left_out) == (0, 1)
    ref, other = add_one(stage, "78.00")
    twin = type_in(stage, other, "78.00", method=gateway)
    assert line_of(stage.engine.reconcile(FIRST_DAY), ref).payment_id == twin


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amount": Decimal("1.00")}, "amount_diff"),
        ({"paid_at": NOON + dt.timedelta(days=3)}, "date_diff"),
        ({"status": PaymentStatus.REFUNDED}, "status_diff"),
        ({"status": PaymentStatus.NEW}, "status_diff"),
        ({"status": PaymentStatus.CANCELLED}, "status_diff"),
    ],
)
def test_person_changed_a_payment(stage: Stage, fields: dict[str, object], expected: str) -> None:
    """Each change has its class, and the sentence shows what BILLmanager shows."""
    ref, _, payment_id = add_exported(stage)
    stage.bill.person_edits_payment(payment_id, **fields)
    line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
    assert (line.line_class.value, line.payment_id) == (expected, payment_id)
    assert f"Payment {payment_id}" in line.reason


def test_payer_and_method_diff(stage: Stage) -> None:
    """Another payer, or another method, than was written."""
    ref, subaccount, payment_id = add_exported(stage)
    account = next(row.account_id for row in stage.bill.subaccounts() if row.id == subaccount)
    other = stage.bill.add_payer(account, name="Второй плательщик", legal_status=2, inn="7710140679")
    stage.bill.person_edits_payment(payment_id, payer=other)
    assert line_of(stage.engine.reconcile(FIRST_DAY), ref).line_class == "payer_diff"
    (link,) = stage.store.dossier(ref).links.values()
    stage.bill.person_edits_payment(payment_id, payer=link.applied.payer_id)
    stage.bill.person_edits_payment(payment_id, method=method_of(stage, subaccount, "Оплата наличными"))
    assert line_of(stage.engine.reconcile(FIRST_DAY), ref).line_class == "method_diff"


def test_account_diff(stage: Stage) -> None:
    """The contract names another subaccount than the one that was credited."""
    ref, _, payment_id = add_exported(stage)
    _, other = add_one(stage)
    stage.engine.load_accounts()
    contract = next(iter(stage.store.dossier(ref).links))
    stage.onec.change_contract(contract, subaccount_id=other)
    line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
    assert (line.line_class, line.payment_id) == ("account_diff", payment_id)
    assert f"the contract's is {other}" in line.reason
    assert "engine.record_change(ref)" in line.reason
    stage.engine.record_change(ref)
    stage.engine.export_payments()
    found = stage.engine.reconcile(FIRST_DAY)
    assert (line_of(found, ref).line_class, found.of("account_diff")) == ("ok", ())


@pytest.mark.parametrize("way", ["in 1C", "back"])
def test_account_diff_of_a_binding(stage: Stage, way: str) -> None:
    """Binding a contract anew moves no payment, and neither does a reading: what is advised does."""
    ref, subaccount = add_one(stage)
    _, other = add_one(stage)
    (document,) = stage.adapter.read([ref])
    contract = document.lines[0].contract.id
    stage.onec.change_contract(contract, subaccount_id=None)
    stage.engine.load_accounts()
    stage.engine.bind(contract, subaccount)
    stage.engine.export_payments()
    assert line_of(stage.engine.reconcile(FIRST_DAY), ref).line_class == "ok"
    stage.engine.bind(contract, other)
    stage.engine.record_change(ref)
    stage.engine.export_payments()
    line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
    assert line.line_class == "account_diff"
    assert "engine.bind(), which moves nothing" in line.reason
    assert f"name subaccount {other} in the contract in 1C" in line.reason
    assert f"bind the contract to {subaccount} again" in line.reason
    if way == "in 1C":
        stage.onec.change_contract(contract, subaccount_id=other)
        stage.engine.record_change(ref)
    else:
        stage.engine.bind(contract, subaccount)
    stage.engine.export_payments()
    found = stage.engine.reconcile(FIRST_DAY)
    assert (line_of(found, ref).line_class, found.of("account_diff")) == ("ok", ())
    assert stage.bill.balance(other if way == "in 1C" else subaccount) >= Decimal("500.00")


def test_a_document_in_another_currency(stage: Stage) -> None:
    """After the export somebody chose another currency in 1C: the payment is where it was, and the line is refused."""
    ref, _, payment_id = add_exported(stage)
    stage.onec.add_currency("978", "EUR")
    stage.onec.change_document(ref.id, currency="978")
    stage.engine.export_payments()
    line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
    assert (line.line_class, line.code, line.payment_id) == ("quarantined", "currency_mismatch", payment_id)
    assert line.besides == ()
    assert "EUR" in line.reason and "RUB" in line.reason


def test_duplicate_mark(stage: Stage) -> None:
    """A second credited payment with our mark."""
    ref, subaccount, payment_id = add_exported(stage)
    copy = type_in(stage, subaccount, info=stage.bill.payment(payment_id).info)
    line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
    assert (line.line_class, line.payment_ids) == ("duplicate_mark", (payment_id, copy))
    assert (line.amount, line.credited) == (Decimal("500.00"), Decimal("1000.00"))


def test_orphan_inert(stage: Stage) -> None:
    """An unpaid bill with our mark is told of; a client's own unpaid bill is not."""
    _, subaccount, payment_id = add_exported(stage)
    orphan = type_in(stage, subaccount, credited=False, info=stage.bill.payment(payment_id).info)
    type_in(stage, subaccount, "4321.00", credited=False)
    found = stage.engine.reconcile(FIRST_DAY)
    (line,) = found.of("orphan_inert")
    assert (line.payment_id, line.credited, line.amount) == (orphan, None, None)
    assert found.left_out == 1


def test_human_twin_before_the_export_and_after(stage: Stage) -> None:
    """A payment typed in before us is found without an export, and stays one when the export holds the line for it."""
    ref, subaccount = add_one(stage)
    typed = type_in(stage, subaccount, paid_at=NOON + dt.timedelta(days=2))
    for _ in range(2):
        line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
        assert (line.line_class, line.payment_id, line.credited) == ("human_twin", typed, Decimal("500.00"))
        assert line.suggestions[0].payment_id == typed
        export(stage)
    stage.engine.dismiss(ref, typed)
    found = stage.engine.reconcile(FIRST_DAY)
    assert line_of(found, ref).line_class == "missing_remote"
    assert [line.payment_id for line in found.of("extra_remote")] == [typed]


def test_suggestion_by_inn_where_the_contract_names_no_subaccount(stage: Stage) -> None:
    """The payer's INN is read where it may tell; what is suggested is not done."""
    ref, subaccount = add_one(stage)
    payer = max(stage.bill.tables.payers.rows)
    typed = type_in(stage, subaccount, payer=payer, paid_at=NOON + dt.timedelta(days=10))
    found = stage.engine.reconcile(FIRST_DAY)
    (suggestion,) = line_of(found, ref).suggestions
    assert suggestion.payment_id == typed
    assert "same INN 7707083893" in suggestion.reasons
    assert stage.bill.writes == 0


def test_unresolved_unknown(stage: Stage) -> None:
    """While nobody knows how a create ended, nothing else is said of the line, even if the payment is there."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.add.pay")
    looks = lambda request: request.func == "payment" and "saamount_from" in request.params  # noqa: E731 (short)
    stage.bill.faults.arm(Fault.DOWN, where=looks, times=None)
    stage.engine.export_payments([ref])
    stage.bill.faults.disarm()
    found = stage.engine.reconcile(FIRST_DAY)
    line = line_of(found, ref)
    assert line.line_class == "unresolved_unknown"
    assert found.counts["orphan_inert"] == 1  # it was made, and its form shows neither mark nor number
    stage.engine.export_payments([ref])
    assert line_of(stage.engine.reconcile(FIRST_DAY), ref).line_class == "ok"


def test_quarantined(stage: Stage) -> None:
    """A refused line has its code and sentence; a line that a person took out has his reason."""
    ref, _ = add_one(stage)
    stage.onec.change_document(ref.id, amount=Decimal("501.00"))
    export(stage)
    line = line_of(stage.engine.reconcile(FIRST_DAY), ref)
    assert (line.line_class, line.code) == ("quarantined", "sum_mismatch")
    assert "501" in line.reason
    other, _ = add_one(stage)
    stage.engine.export_payments([other], limit=0)
    stage.engine.abandon(other, reason="settled by hand")
    assert "settled by hand" in line_of(stage.engine.reconcile(FIRST_DAY), other).reason


def test_every_class_is_brought_about_in_this_file() -> None:
    """Fourteen classes, and none without its scenario."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in LineClass if f'"{name.value}"' not in text and f"test_{name.value}" not in text] == []
