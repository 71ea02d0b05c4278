"""What is in doubt, or comes late, and must neither stay unseen nor be written over."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from stages import FIRST_DAY, Stage, add_one, add_sister

from billmanager_1c.engine import EngineEvent, EventKind
from billmanager_1c.errors import FieldsDropped
from billmanager_1c.ledger import Link, LinkState
from billmanager_1c.models import DocumentRef, PaymentStatus
from billmanager_1c.testing import Fault

BANK = "Оплата банковской картой"

HOUR = dt.timedelta(hours=1)


def _link_of(stage: Stage, ref: DocumentRef) -> Link:
    (link,) = stage.store.dossier(ref).links.values()
    return link


def _type_in(stage: Stage, subaccount: int, *, credited: bool = True) -> int:
    """Have a payment of 500.00 typed in by hand, or a bill made that nobody paid."""
    row = next(row for row in stage.bill.subaccounts() if row.id == subaccount)
    method = next(
        method.id
        for method in stage.bill.tables.methods.rows.values()
        if BANK in method.name_ru and row.provider_id in method.provider_ids and row.currency_id == method.currency_id
    )
    (payer,) = [one.id for one in stage.bill.tables.payers.rows.values() if one.account_id == row.account_id]
    paid = dt.datetime.combine(FIRST_DAY, dt.time(12)) if credited else None
    return stage.bill.person_adds_payment(
        subaccount=subaccount, method=method, amount=Decimal(500), payer=payer, credited=credited, paid_at=paid
    )


def test_update_done_in_part_and_taken_back(stage: Stage) -> None:
    """An amount that was taken while the words beside it were dropped is not forgotten when 1C takes it back."""
    ref, subaccount = add_one(stage, "100.00", purpose="one")
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    contract = _link_of(stage, ref).contract_id
    stage.bill.faults.arm(Fault.DROPS_FIELDS, fields=("description",))
    stage.onec.change_document(ref.id, lines=[(contract, Decimal(150))], purpose="two")
    (half,) = stage.engine.export_payments([ref]).outcomes
    assert (half.action, half.code) == ("quarantined", "rejected")
    assert stage.bill.balance(subaccount) == Decimal("150.00")
    stage.onec.change_document(ref.id, lines=[(contract, Decimal(100))], purpose="one")
    stage.clock.pass_by(HOUR)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.action == "quarantined" or stage.bill.balance(subaccount) == Decimal("100.00")


def test_dropped_fields_are_written_once_the_right_is_there(stage: Stage) -> None:
    """The payment whose fields were dropped, which stopped the run, gets them and its mark, and is followed."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.DROPS_FIELDS, times=None)
    with pytest.raises(FieldsDropped):
        stage.engine.export_payments([ref])
    stage.bill.faults.disarm(Fault.DROPS_FIELDS)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.payment_id is not None
    payment = stage.bill.payment(outcome.payment_id)
    assert payment.info.startswith("1c:")
    assert payment.document_number
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert stage.bill.balance(subaccount) == 0


def test_person_was_there_before_the_date_was_written_again(stage: Stage) -> None:
    """A payment whose date crediting reset, and which nobody has read since, is read before a later run changes it."""
    stage.bill.faults.arm(Fault.RESETS_PAYDATE, times=None)
    first, _ = add_one(stage, "10.00")
    ref, subaccount = add_one(stage, "100.00")
    stage.engine.load_accounts()

    def writes_date_again(request: object) -> bool:
        params = getattr(request, "params", {})
        if getattr(request, "func", "") != "payment.edit" or "sok" not in params:
            return False
        payment = stage.bill.payment(int(params["elid"]))
        return payment.credited > 0 and payment.amount == Decimal(100)

    stage.bill.faults.arm(Fault.DOWN, where=writes_date_again, times=None)
    stage.engine.export_payments([first, ref])
    stage.bill.faults.disarm(Fault.DOWN)
    link = _link_of(stage, ref)
    assert link.state is LinkState.SYNCED
    assert link.payment_id is not None
    stage.bill.person_edits_payment(link.payment_id, amount=Decimal(70))
    stage.onec.change_document(ref.id, lines=[(link.contract_id, Decimal(120))])
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "remote_changed")
    assert stage.bill.balance(subaccount) == Decimal("70.00")


def test_twin_of_a_client_renamed_today(stage: Stage) -> None:
    """A client who was renamed since the accounts were loaded is still himself: what was typed in for him is a twin."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    accounts = stage.bill.tables.accounts.rows
    account = next(row.account_id for row in stage.bill.subaccounts() if row.id == subaccount)
    accounts[account] = attrs.evolve(accounts[account], name="ООО «Новое имя»")
    twin = _type_in(stage, subaccount)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "possible_twin")
    assert str(twin) in outcome.reason
    assert stage.bill.balance(subaccount) == Decimal("500.00")


@pytest.fixture
def undeletable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No payment can be deleted: a cancelled one stays, with status 9."""
    desk = "billmanager_1c.testing.billmanager._payments._UNDELETABLE"
    monkeypatch.setattr(desk, frozenset(range(101)))


def _cancelled_and_adopted(stage: Stage) -> tuple[DocumentRef, int, int, int]:
    """Have a payment cancelled that stays, and another one adopted; return document, subaccount, and both payments."""
    stage.begin_anew(settle=HOUR)
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    stage.onec.unpost(ref.id)
    stage.engine.export_payments([ref])
    old = _link_of(stage, ref).lingering_id
    assert old is not None
    twin = _type_in(stage, subaccount)
    stage.onec.repost(ref.id)
    stage.engine.export_payments([ref])
    stage.engine.adopt(ref, twin)
    return ref, subaccount, old, twin


@pytest.mark.usefixtures("undeletable")
def test_cancelled_payment_is_looked_at_after_an_adoption(stage: Stage) -> None:
    """A cancelled payment that lingers is let go when its time is over, though the line has another one by then."""
    ref, subaccount, _, twin = _cancelled_and_adopted(stage)
    stage.clock.pass_by(2 * HOUR)
    stage.engine.export_payments()
    link = _link_of(stage, ref)
    assert (link.state, link.payment_id, link.lingering_id) == (LinkState.SYNCED, twin, None)
    assert stage.bill.balance(subaccount) == Decimal("500.00")


@pytest.mark.usefixtures("undeletable")
def test_late_credit_after_an_adoption_is_a_duplicate(stage: Stage) -> None:
    """A credit that reaches the cancelled payment after another one was adopted is told to a person."""
    ref, subaccount, old, _ = _cancelled_and_adopted(stage)
    stage.bill.person_credits(old)
    stage.clock.pass_by(2 * HOUR)
    stage.engine.export_payments()
    (told,) = [one for one in stage.engine.quarantined() if one.ref == ref]
    assert (told.state, told.code, told.twin_id) == (LinkState.DUPLICATE_FOUND, "duplicate", old)
    stage.bill.person_edits_payment(old, status=9)
    stage.engine.retry(ref)
    stage.engine.export_payments()
    assert _link_of(stage, ref).state is LinkState.SYNCED
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_late_credit_of_a_bill_that_was_given_back(stage: Stage) -> None:
    """A bill is given back and not deleted, so a credit that was under way may reach it: then a person is told."""
    ref, subaccount = add_one(stage)
    bill = _type_in(stage, subaccount, credited=False)
    stage.onec.change_document(ref.id, purpose=f"счет {stage.bill.payment(bill).number}")
    stage.begin_anew(match_bills=True, settle=HOUR).load_accounts()
    sent: list[object] = []

    def is_credit(request: object) -> bool:
        if getattr(request, "func", "") != "payment.setpaid":
            return False
        sent.append(request)
        return True

    def is_reading_after(request: object) -> bool:
        return bool(sent) and getattr(request, "func", "") == "payment.edit"

    stage.bill.faults.arm(Fault.LATE_COMMIT, where=is_credit)
    stage.bill.faults.arm(Fault.DOWN, where=is_reading_after, times=None)
    stage.engine.export_payments([ref])
    stage.bill.faults.disarm(Fault.DOWN)
    assert _link_of(stage, ref).state is LinkState.CREDIT_UNKNOWN
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    stage.bill.settle()
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    stage.clock.pass_by(2 * HOUR)
    stage.engine.export_payments()
    (told,) = [one for one in stage.engine.quarantined() if one.ref == ref]
    assert (told.payment_id, told.waits_for) == (bill, "person")


def _is_edit(request: object) -> bool:
    return getattr(request, "func", "") == "payment.edit" and "sok" in getattr(request, "params", {})


def test_late_edit_of_a_bill_that_was_given_back(stage: Stage) -> None:
    """An edit that marks a bill and was under way when it was given back is undone; the client's money stays his."""
    ref, subaccount = add_one(stage)
    bill = _type_in(stage, subaccount, credited=False)
    stage.onec.change_document(ref.id, purpose=f"счет {stage.bill.payment(bill).number}")
    stage.begin_anew(match_bills=True, settle=HOUR).load_accounts()
    before = stage.bill.payment(bill)
    sent: list[object] = []

    def is_first_edit(request: object) -> bool:
        if not _is_edit(request):
            return False
        sent.append(request)
        return True

    stage.bill.faults.arm(Fault.LATE_COMMIT, where=is_first_edit)
    stage.bill.faults.arm(Fault.DOWN, where=lambda request: bool(sent) and _is_edit(request), times=None)
    stage.engine.export_payments([ref])
    stage.bill.faults.disarm(Fault.DOWN)
    assert _link_of(stage, ref).state is LinkState.BOUND
    stage.onec.unpost(ref.id)
    stage.clock.pass_by(dt.timedelta(minutes=10))
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    stage.bill.settle()
    assert stage.bill.payment(bill).info
    stage.clock.pass_by(2 * HOUR)
    stage.engine.export_payments()
    given = stage.bill.payment(bill)
    assert (given.info, given.description, given.amount) == (before.info, before.description, before.amount)
    stage.bill.person_credits(bill)
    stage.clock.pass_by(HOUR)
    add_one(stage)
    stage.engine.export_payments()
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_bill_is_given_back_of_the_sum_that_the_client_saw(stage: Stage) -> None:
    """What 1C changed in the meantime is not the client's: he is asked for what he was asked for before."""
    ref, subaccount = add_one(stage)
    bill = _type_in(stage, subaccount, credited=False)
    stage.onec.change_document(ref.id, purpose=f"счет {stage.bill.payment(bill).number}")
    stage.begin_anew(match_bills=True).load_accounts()
    before = stage.bill.payment(bill)
    stage.engine.export_payments([ref])
    stage.onec.change_document(ref.id, lines=[(_link_of(stage, ref).contract_id, Decimal(40))])
    assert stage.engine.export_payments([ref]).counts["updated"] == 1
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    given = stage.bill.payment(bill)
    assert (given.amount, given.description, given.info) == (before.amount, before.description, before.info)
    assert stage.bill.balance(subaccount) == 0


def test_employee_who_may_not_delete(stage: Stage) -> None:
    """A right to delete that is missing stops nothing: the money is taken back, and the payment marked as cancelled."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    stage.bill.change_employee("1c", denied=("payment.delete",))
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert stage.bill.balance(subaccount) == 0
    assert stage.bill.payment(outcome.payment_id).status == PaymentStatus.CANCELLED


def test_client_who_is_new_in_a_later_batch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subaccount that is not known yet is asked for whichever batch names it, not only the first one of a run."""
    monkeypatch.setattr("billmanager_1c.plans.export.BATCH", 1)
    stage.engine.load_accounts()
    ref, subaccount = add_one(stage)
    outcomes = {one.ref: one.action for one in stage.engine.export_payments().outcomes}
    assert outcomes[ref] == "exported"
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def _swap(stage: Stage, one: int, two: int) -> None:
    owners = {row.id: row.account_id for row in stage.bill.subaccounts()}
    stage.bill.change_subaccount(one, account=owners[two])
    stage.bill.change_subaccount(two, account=owners[one])


def test_owners_that_were_swapped_since_the_accounts_were_loaded(stage: Stage) -> None:
    """Fault 46: a payment is made for client, provider and currency, and the client is who has the subaccount now."""
    (first, one), (second, two) = add_one(stage), add_one(stage)
    stage.engine.load_accounts()
    _swap(stage, one, two)
    stage.engine.export_payments([first])
    assert (stage.bill.balance(one), stage.bill.balance(two)) == (Decimal("500.00"), 0)
    stage.engine.export_payments([second])
    assert stage.bill.balance(two) == Decimal("500.00")


def test_owners_are_asked_for_in_each_batch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 46: a run may be long; a merge in the middle of it concerns the documents that are still to come."""
    monkeypatch.setattr("billmanager_1c.plans.export.BATCH", 1)
    (first, one), (second, two) = add_one(stage), add_one(stage)
    stage.engine.load_accounts()
    swaps = [(one, two)]

    def watch(event: EngineEvent) -> None:
        if event.kind is EventKind.LINE and event.action == "exported" and swaps:
            _swap(stage, *swaps.pop())

    stage.make_engine(on_event=watch).export_payments([first, second])
    assert not swaps
    assert (stage.bill.balance(one), stage.bill.balance(two)) == (Decimal("500.00"), Decimal("500.00"))


def test_abandoned_line_is_still_money_of_its_document(stage: Stage) -> None:
    """I1: “Σ credited per document ≤ the document”, though a person took one of its lines out of the exchange."""
    ref, subaccount = add_one(stage, "100.00")
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    _, other = add_one(stage)
    sister = add_sister(stage, ref, other)
    stage.engine.abandon(ref, reason="the client asked for it")
    stage.onec.change_document(ref.id, lines=[(outcome.contract_id, Decimal(40)), (sister, Decimal(60))])
    waiting = {one.contract_id: one for one in stage.engine.export_payments([ref]).outcomes}[sister]
    assert waiting.action == "postponed"
    assert f"Cancel payment {outcome.payment_id}" in waiting.reason
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (Decimal("100.00"), 0)
    assert outcome.payment_id is not None
    stage.bill.person_deletes_payment(outcome.payment_id)
    stage.engine.retry(ref, outcome.contract_id)
    stage.clock.pass_by(HOUR)
    stage.engine.export_payments([ref])
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (Decimal("40.00"), Decimal("60.00"))
