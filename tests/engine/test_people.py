"""What people decide, and what the engine asks them: twins, duplicates, refusals, breaker, plans."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from stages import FIRST_DAY, Stage, add_one

from billmanager_1c.engine import Breaker, Progress
from billmanager_1c.errors import BreakerTripped, DecisionRefused, UnknownDocument
from billmanager_1c.ledger import LinkState
from billmanager_1c.models import DocumentId, DocumentKind, DocumentRef, PaymentStatus
from billmanager_1c.testing import Fault

BANK = "Оплата банковской картой"


def _typed_in(stage: Stage, subaccount: int, amount: str = "500.00", *, day: int = 0, number: str = "") -> int:
    """Have a person type the money in before us; return the payment."""
    bill = stage.bill
    row = next(row for row in bill.subaccounts() if row.id == subaccount)
    method = next(
        method.id
        for method in bill.tables.methods.rows.values()
        if BANK in method.name_ru and row.provider_id in method.provider_ids and row.currency_id == method.currency_id
    )
    paid = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=day), dt.time(12))
    return bill.person_adds_payment(
        subaccount=subaccount,
        method=method,
        amount=Decimal(amount),
        credited=True,
        paid_at=paid,
        document_number=number,
    )


# ---------------------------------------------------------------------------------------------------------- twins


@pytest.mark.parametrize("day", [-7, 3, 7])
def test_possible_twin_is_held_and_dismissed(stage: Stage, day: int) -> None:
    """Status 4, paid within 7 days, unbound, unmarked, same subaccount, amount and method: the line is HELD."""
    ref, subaccount = add_one(stage)
    twin = _typed_in(stage, subaccount, day=day)
    stage.engine.load_accounts()
    (held,) = stage.engine.export_payments([ref]).outcomes
    assert (held.action, held.code) == ("quarantined", "possible_twin")
    assert f"adopt(ref, {twin})" in held.reason
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    (refusal,) = [one for one in stage.engine.quarantined() if one.ref == ref]
    assert (refusal.waits_for, refusal.twin_id, refusal.state) == ("person", twin, LinkState.HELD)
    stage.engine.dismiss(ref, twin)
    (exported,) = stage.engine.export_payments([ref]).outcomes
    assert exported.action == "exported"
    assert stage.bill.balance(subaccount) == Decimal("1000.00")
    stage.engine.dismiss(ref, twin)  # settled for good, and saying so twice is harmless


def test_twin_is_adopted(stage: Stage) -> None:
    """Adopted, it is the payment of the line: marked, given the document's data, and followed from then on."""
    ref, subaccount = add_one(stage)
    twin = _typed_in(stage, subaccount)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    stage.engine.adopt(ref, twin)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.payment_id) == ("updated", twin)
    assert stage.bill.payment(twin).info.startswith("1c:")
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert stage.bill.balance(subaccount) == 0


@pytest.mark.parametrize(
    ("amount", "day", "number"), [("499.99", 0, ""), ("500.00", 8, ""), ("500.00", 0, "another number")]
)
def test_what_is_no_twin(stage: Stage, amount: str, day: int, number: str) -> None:
    """Another amount, more than 7 days apart, or another document number: not the same money."""
    ref, subaccount = add_one(stage)
    _typed_in(stage, subaccount, amount, day=day, number=number)
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.action == "exported"


def test_twin_holds_one_line(stage: Stage) -> None:
    """“A payment holds at most one line (the nearest date)”: the second document of the same sum goes through."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref], limit=0)
    (contract,) = stage.store.dossier(ref).links
    day = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=3), dt.time(9))
    kind = DocumentKind.INCOMING_PAYMENT_ORDER
    other = DocumentRef(kind, stage.onec.add_document(kind, lines=[(contract, Decimal("500.00"))], date=day))
    _typed_in(stage, subaccount, day=4)
    actions = {outcome.ref: outcome.action for outcome in stage.engine.export_payments([ref, other]).outcomes}
    assert actions == {ref: "exported", other: "quarantined"}


def test_changed_document_is_another_question(stage: Stage) -> None:
    """A held line whose document changes in 1C is judged afresh; one that is no money any more is let go."""
    ref, subaccount = add_one(stage)
    _typed_in(stage, subaccount)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    (contract,) = stage.store.dossier(ref).links
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["skipped"] == 1
    stage.onec.change_document(ref.id, lines=[(contract, Decimal(700))])
    stage.onec.repost(ref.id)
    assert stage.engine.export_payments([ref]).counts["exported"] == 1
    assert stage.bill.balance(subaccount) == Decimal("1200.00")


# ------------------------------------------------------------------------------------------- a store that was lost


def test_store_that_was_lost_finds_its_payments_again(stage: Stage) -> None:
    """A sweep before the first create binds what carries our marks: nothing is created twice."""
    stage.engine.load_accounts()
    stage.engine.export_payments()
    assert stage.is_exact()
    credits = len(stage.bill.credits)
    stage.begin_anew()
    stage.engine.load_accounts()
    report = stage.engine.export_payments()
    assert len(stage.bill.credits) == credits
    assert report.counts["exported"] == 0
    assert any("bound to its line again" in warning for warning in report.warnings)
    assert stage.is_exact()
    writes = stage.bill.writes
    assert stage.engine.export_payments().warnings == ()
    assert stage.bill.writes == writes


def test_lost_store_follows_what_changed_meanwhile(stage: Stage) -> None:
    """Links found again are brought to what 1C says now: a changed amount, an unposted document."""
    ref, subaccount = add_one(stage)
    other, second = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments()
    (contract,) = stage.store.dossier(ref).links
    stage.onec.change_document(ref.id, amount=Decimal(300), lines=[(contract, Decimal(300))])
    stage.onec.unpost(other.id)
    stage.begin_anew()
    stage.engine.load_accounts()
    stage.engine.recover_links(FIRST_DAY)
    stage.engine.export_payments()
    assert stage.bill.balance(subaccount) == Decimal("300.00")
    assert stage.bill.balance(second) == 0
    assert stage.is_exact()
    assert stage.credited_twice() == []


@pytest.mark.parametrize("since", ["the first sweep", "recover_links"])
def test_lost_store_finds_what_was_made_on_the_day_before(stage: Stage, since: str) -> None:
    """It is the first day in 1C while BILLmanager's calendar, further west, still has the day before."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.payment_id is not None
    eve = dt.datetime.combine(FIRST_DAY - dt.timedelta(days=1), dt.time(23, 30))
    payments = stage.bill.tables.payments.rows
    payments[outcome.payment_id] = attrs.evolve(payments[outcome.payment_id], created_at=eve)
    stage.onec.unpost(ref.id)
    stage.begin_anew().load_accounts()
    if since == "recover_links":
        assert stage.engine.recover_links(FIRST_DAY).by_mark == 1
    runs = [stage.engine.export_payments() for _ in range(2)]  # one that finds it, and one that knows of it
    assert sum(run.counts["cancelled"] for run in runs) == 1
    assert stage.bill.balance(subaccount) == 0


def test_store_older_than_the_payment_it_finds(stage: Stage) -> None:
    """A store put back remembers a document as unposted; a payment found for it is not cancelled on that word."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.onec.mark_deleted(ref.id)
    stage.engine.export_payments([ref])
    old, yesterday = stage.engine, stage.store
    stage.onec.mark_deleted(ref.id, False)
    stage.onec.repost(ref.id)
    stage.begin_anew().load_accounts()
    stage.engine.export_payments([ref])
    old.recover_links(FIRST_DAY)
    record = yesterday.dossier(ref).record
    assert record is not None
    assert record.wanted  # an exchange node that was told to forget the change would never show it again
    old.export_payments()
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    assert stage.credited_twice() == []


def test_what_a_new_store_finds_is_counted_by_the_breaker(stage: Stage) -> None:
    """A store that was lost, and a month unposted by mistake: what is found again does not all go unasked."""
    stage.engine.load_accounts()
    made = [one.ref for one in stage.engine.export_payments().outcomes if one.action == "exported"]
    gone = list(dict.fromkeys(made))[:5]
    for ref in gone:
        stage.onec.unpost(ref.id)
    stage.begin_anew(breaker=Breaker(documents=3)).load_accounts()
    add_one(stage)  # something to create, so that the run looks around first
    with pytest.raises(BreakerTripped, match="cancel or change 5"):
        stage.engine.export_payments()
    assert [event for event in stage.bill.credits if event.amount < 0] == []
    stage.engine.approve(stage.engine.plan())
    cancelled = [one.ref for one in stage.engine.export_payments().outcomes if one.action == "cancelled"]
    assert set(cancelled) == set(gone)


def test_recover_links_from_the_register_of_the_module(stage: Stage) -> None:
    """“`recover_links` reads its register, so a company can move over without exporting a payment twice.”"""
    ref, subaccount = add_one(stage)
    made = _typed_in(stage, subaccount)
    stage.onec.add_module_payment(ref.id, made)
    stage.engine.load_accounts()
    report = stage.engine.recover_links(FIRST_DAY)
    assert (report.by_mark, report.by_register) == (0, 1)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.payment_id) == ("updated", made)
    assert stage.bill.balance(subaccount) == Decimal("500.00")


@pytest.mark.parametrize("status", [PaymentStatus.AWAITS_REFUND, PaymentStatus.REFUNDED, PaymentStatus.FRAUD])
@pytest.mark.parametrize("closed", [False, True])
def test_payment_of_the_module_that_was_refunded(stage: Stage, status: int, closed: bool) -> None:
    """Money that the module brought and a person took out is not brought again unasked, by no later run either."""
    ref, subaccount = add_one(stage)
    made = _typed_in(stage, subaccount)
    stage.bill.person_edits_payment(made, status=status)
    stage.onec.add_module_payment(ref.id, made)
    stage.bill.change_subaccount(subaccount, active=not closed)
    stage.engine.load_accounts()
    report = stage.engine.recover_links(FIRST_DAY)
    assert report.by_register == 1
    assert any(f"payment {made} " in warning and f"status {status}" in warning for warning in report.warnings)
    stage.bill.change_subaccount(subaccount, active=True)
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code, outcome.payment_id) == ("quarantined", "remote_changed", made)
    assert stage.engine.recover_links(FIRST_DAY).by_register == 0
    assert stage.bill.balance(subaccount) == 0
    assert len(list(stage.bill.payments())) == 1
    with pytest.raises(DecisionRefused, match="refunded"):
        stage.engine.retry(ref)
    stage.engine.dismiss(ref, made)
    assert stage.engine.export_payments([ref]).counts["exported"] == 1
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_register_of_the_module_that_holds_something_else(stage: Stage) -> None:
    """One row of the register that is no payment is told of, and stops none of the others."""
    (ref, subaccount), (other, _) = add_one(stage), add_one(stage)
    stage.onec.add_module_payment(other.id, "ошибка")
    stage.onec.add_module_payment(ref.id, _typed_in(stage, subaccount))
    stage.engine.load_accounts()
    report = stage.engine.recover_links(FIRST_DAY)
    assert report.by_register == 1
    assert any(other.id in warning and "no number" in warning for warning in report.warnings)


def test_payment_of_the_module_whose_document_is_gone(stage: Stage) -> None:
    """“Nothing is guessed silently”: nobody will cancel it, so a person is told of it."""
    ref, subaccount = add_one(stage)
    made = _typed_in(stage, subaccount)
    stage.onec.add_module_payment(ref.id, made)
    stage.onec.delete(ref.id)
    stage.engine.load_accounts()
    report = stage.engine.recover_links(FIRST_DAY)
    assert report.by_register == 0
    assert any(f"payment {made} " in warning and ref.id in warning for warning in report.warnings)


def test_payment_of_the_module_that_was_never_credited(stage: Stage) -> None:
    """A bill that the module left is no money: the document is exported, and a person is told of the bill."""
    ref, subaccount = add_one(stage)
    made = _typed_in(stage, subaccount)
    stage.bill.person_edits_payment(made, status=PaymentStatus.NEW)
    stage.onec.add_module_payment(ref.id, made)
    stage.engine.load_accounts()
    report = stage.engine.recover_links(FIRST_DAY)
    assert report.by_register == 0
    assert any(f"payment {made} " in warning for warning in report.warnings)
    assert stage.engine.export_payments([ref]).counts["exported"] == 1


def test_two_installations_on_one_infobase(stage: Stage) -> None:
    """Two stores that export the same infobase: the number of a create is the line's, so nothing comes twice."""
    stage.engine.load_accounts()
    first, store = stage.engine, stage.store
    second = stage.begin_anew()
    second.load_accounts()
    # The second one has swept, and knows of nothing; then the first exports; then the second creates.
    ref, subaccount = add_one(stage)
    first.load_accounts()
    second.load_accounts()
    second.export_payments([ref], limit=0)
    stage.bill.faults.arm(Fault.STALE_LISTS, where="payment", times=None)
    first.export_payments([ref])
    for _ in range(3):
        second.export_payments([ref])
    stage.bill.faults.disarm(Fault.STALE_LISTS)
    second.export_payments([ref])
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    assert stage.credited_twice() == []
    (ours,), (theirs,) = store.dossier(ref).links.values(), stage.store.dossier(ref).links.values()
    assert ours.payment_id == theirs.payment_id


def test_second_payment_with_our_mark(stage: Stage) -> None:
    """Two credited payments with one mark: the line is reported, and settled once one is cancelled."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0].payment_id
    assert first is not None
    copy = _typed_in(stage, subaccount)
    stage.bill.person_edits_payment(copy, info=stage.bill.payment(first).info)
    other, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments([other])
    (refusal,) = [one for one in stage.engine.quarantined() if one.ref == ref]
    assert (refusal.code, refusal.twin_id) == ("duplicate", copy)
    with pytest.raises(DecisionRefused, match="still credited"):
        stage.engine.retry(ref)
    stage.bill.person_deletes_payment(copy)
    stage.engine.retry(ref)
    assert stage.engine.export_payments([ref]).counts["unchanged"] == 1
    assert stage.bill.balance(subaccount) == Decimal("500.00")


# ---------------------------------------------------------------------------------------------- retry and abandon


def test_deleted_payment_is_made_again_only_when_asked(stage: Stage) -> None:
    """A human's deletion in BILLmanager is reported and never resurrected unasked."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0]
    assert first.payment_id is not None
    stage.bill.person_deletes_payment(first.payment_id)
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(first.contract_id, Decimal(700))])
    for _ in range(2):
        (outcome,) = stage.engine.export_payments([ref]).outcomes
        assert (outcome.action, outcome.code) == ("quarantined", "remote_missing")
    stage.engine.retry(ref)
    stage.engine.retry(ref)  # twice is the same as once
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.action == "postponed"  # a late credit may still land on the old payment
    stage.clock.pass_by(dt.timedelta(minutes=30))
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.action == "exported"
    assert stage.bill.balance(subaccount) == Decimal("700.00")


def test_changed_payment_is_changed_back_only_when_asked(stage: Stage) -> None:
    """A human's change is never overwritten unasked; asked, the payment gets what 1C says, in place."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0]
    assert first.payment_id is not None
    stage.bill.person_edits_payment(first.payment_id, amount=Decimal("1.00"))
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(first.contract_id, Decimal(700))])
    assert stage.engine.export_payments([ref]).outcomes[0].code == "remote_changed"
    stage.engine.retry(ref)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.payment_id) == ("updated", first.payment_id)
    assert stage.bill.balance(subaccount) == Decimal("700.00")


def test_abandoned_line_is_left_alone_until_it_is_retried(stage: Stage) -> None:
    """``abandon`` records its reason, and no run touches the line, whatever 1C says."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    (contract,) = [outcome.contract_id for outcome in stage.engine.export_payments([ref]).outcomes]
    stage.engine.abandon(ref, reason="settled with the client by hand")
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(contract, Decimal(700))])
    writes = stage.bill.writes
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert "settled with the client by hand" in outcome.reason
    assert stage.bill.writes == writes
    assert any("settled with the client" in entry.detail for entry in stage.store.journal(ref))
    stage.engine.retry(ref, contract)
    stage.engine.export_payments([ref])
    assert stage.bill.balance(subaccount) == Decimal("700.00")


def test_unknown_outcomes_have_an_age_and_a_plan(stage: Stage) -> None:
    """A write whose end nobody knows is shown with what happens next, and the next run settles it."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.add.pay")
    looks = lambda request: request.func == "payment" and "saamount_from" in request.params  # noqa: E731 (short)
    stage.bill.faults.arm(Fault.DOWN, where=looks, times=None)
    stage.engine.export_payments([ref])
    (unknown,) = stage.engine.unknown()
    assert (unknown.ref, unknown.op.value, unknown.payment_id) == (ref, "create", None)
    assert unknown.age >= dt.timedelta(0)
    assert "looks for it" in unknown.next
    assert stage.engine.status().unknown == 1
    stage.bill.faults.disarm()
    stage.engine.export_payments([ref])
    assert stage.engine.unknown() == []


def test_decisions_about_nothing(stage: Stage) -> None:
    """A document never seen, a contract it does not name: an error that says what to do."""
    ref, subaccount = add_one(stage)
    nobody = DocumentRef(ref.kind, DocumentId("00000000-0000-4000-8000-000000000001"))
    with pytest.raises(UnknownDocument, match="export it first"):
        stage.engine.retry(nobody)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    with pytest.raises(DecisionRefused, match="no line of contract"):
        stage.engine.abandon(ref, nobody.id, reason="x")
    with pytest.raises(DecisionRefused, match="has payment"):
        stage.engine.adopt(ref, _typed_in(stage, subaccount, "1.00"))


# -------------------------------------------------------------------------------------------- plan, approve, stop


def test_plan_writes_nothing_and_comes_true(stage: Stage) -> None:
    """A plan asks and never writes; applied, it does what it said."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    writes, before = stage.bill.writes, list(stage.store.journal())
    plan = stage.engine.plan()
    assert stage.bill.writes == writes
    assert list(stage.store.journal()) == before
    (planned,) = [action for action in plan.actions if action.ref == ref]
    assert (planned.action, planned.request["amount"]) == ("exported", "500.00")
    assert plan.counts["exported"] == stage.world.exportable + 1
    report = stage.engine.apply(plan.filter(lambda action: action.ref == ref))
    assert [(outcome.ref, outcome.action) for outcome in report.outcomes] == [(ref, "exported")]
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    assert stage.engine.plan().counts["exported"] == stage.world.exportable


def test_plan_refuses_what_has_moved_on(stage: Stage) -> None:
    """``engine.apply(plan)`` refuses the lines whose documents have moved on."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    plan = stage.engine.plan([ref])
    (contract,) = [action.contract_id for action in plan.actions]
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(contract, Decimal(700))])
    (outcome,) = stage.engine.apply(plan).outcomes
    assert outcome.action == "postponed"
    assert "moved on" in outcome.reason
    assert stage.bill.balance(subaccount) == 0


def test_plan_names_updates_and_cancels(stage: Stage) -> None:
    """What is exported and changed is an update, what is gone a cancel; what is refused says why."""
    ref, _ = add_one(stage)
    other, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments()
    (contract,) = stage.store.dossier(ref).links
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(contract, Decimal(700))])
    stage.onec.unpost(other.id)
    stage.engine.record_change(ref)
    stage.engine.record_change(other)
    planned = {action.ref: action for action in stage.engine.plan().actions}
    assert planned[ref].action == "updated"
    assert "700.00" in planned[ref].request.values()
    assert planned[other].action == "cancelled"
    assert all(action.reason and action.code for action in planned.values() if action.action == "quarantined")


def test_breaker(stage: Stage) -> None:
    """“Stops before the first write and says so; `engine.approve(plan)` lifts it for that plan only.”"""
    engine = stage.begin_anew(breaker=Breaker(documents=3, share=0.1))
    engine.load_accounts()
    engine.export_payments()
    exported = [ref for _, ref in stage.store.documents_in([LinkState.SYNCED])]
    for ref in exported[:4]:
        stage.onec.unpost(ref.id)
        engine.record_change(ref)
    writes = stage.bill.writes
    for _ in range(2):
        with pytest.raises(BreakerTripped, match="4 exported documents"):
            engine.export_payments()
    assert stage.bill.writes == writes
    plan = engine.plan()
    assert plan.counts["cancelled"] >= 4
    engine.approve(plan)
    stage.onec.unpost(exported[5].id)  # not in the plan
    engine.record_change(exported[5])
    with pytest.raises(BreakerTripped, match="5 exported documents"):
        engine.export_payments()
    engine.approve(engine.plan())
    report = engine.export_payments()
    assert report.counts["cancelled"] >= 4
    assert stage.bill.writes > writes


def test_approval_holds_for_what_the_documents_say_now(stage: Stage) -> None:
    """“It holds for these documents as long as they read in 1C as they do in the plan.”"""
    engine = stage.begin_anew(breaker=Breaker(documents=1, share=0.0))
    refs = [add_one(stage)[0] for _ in range(2)]
    engine.load_accounts()
    engine.export_payments(refs)
    for amount in ("510.00", "520.00"):
        for ref in refs:
            (contract,) = stage.store.dossier(ref).links
            stage.onec.change_document(ref.id, lines=[(contract, Decimal(amount))])
        with pytest.raises(BreakerTripped, match="2 exported documents"):
            engine.export_payments(refs)
        if amount == "510.00":
            engine.approve(engine.plan(refs))
    engine.approve(engine.plan(refs))
    assert engine.export_payments(refs).counts["updated"] == 2


def test_many_payments_vanish_at_once(stage: Stage) -> None:
    """Many of our payments gone from BILLmanager at once: the run stops, for it may have been restored."""
    engine = stage.begin_anew(breaker=Breaker(documents=3, share=0.1))
    engine.load_accounts()
    engine.export_payments()
    linked = [
        (ref, link.payment_id)
        for _, ref in stage.store.documents_in([LinkState.SYNCED])
        for link in stage.store.dossier(ref).links.values()
    ]
    for number, (ref, payment_id) in enumerate(linked[:8]):
        assert payment_id is not None
        stage.bill.person_deletes_payment(payment_id)
        stage.onec.renumber(ref.id, f"9{number}")
        engine.record_change(ref)
    engine.approve(engine.plan())
    with pytest.raises(BreakerTripped, match="restored"):
        engine.export_payments()


def test_stop(stage: Stage) -> None:
    """``stop`` ends a run in order: what is begun is finished, the report comes, and the next run does the rest."""
    stage.engine.load_accounts()

    def stop(progress: Progress) -> None:
        if progress.what == "exporting" and progress.done:
            stage.engine.stop()

    report = stage.engine.export_payments(progress=stop)
    assert 0 < report.counts["exported"] < stage.world.exportable
    assert stage.engine.status().unknown == 0
    stage.engine.export_payments()
    assert stage.is_exact()


def test_suggested_bindings(stage: Stage) -> None:
    """Contracts without subaccount are paired by INN, name and currency; accepting one is one call."""
    ref, subaccount = add_one(stage)
    stage.engine.export_payments([ref], limit=0)
    (contract,) = stage.store.dossier(ref).links
    stage.onec.change_contract(contract, subaccount_id=None)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    assert stage.engine.export_payments([ref]).outcomes[0].code == "no_subaccount"
    (best, *_) = [one for one in stage.engine.suggest_bindings() if one.contract_id == contract]
    assert (best.subaccount_id, best.score) == (subaccount, Decimal("1.0"))
    assert "7707083893" in best.reason
    assert stage.store.bindings() == {}
    stage.engine.bind(best.contract_id, best.subaccount_id)
    assert stage.engine.export_payments([ref]).outcomes[0].action == "exported"


# ---------------------------------------------------------------------------------------------------------- bills


def _bill(stage: Stage, subaccount: int, amount: str = "500.00") -> int:
    """Have the client make a bill of his own and not pay it."""
    bill = _typed_in(stage, subaccount, amount)
    account = next(row.account_id for row in stage.bill.subaccounts() if row.id == subaccount)
    (payer,) = [row.id for row in stage.bill.tables.payers.rows.values() if row.account_id == account]
    stage.bill.person_edits_payment(bill, status=1, payer=payer)
    return bill


@pytest.mark.parametrize("purpose", ["Оплата по счёту № {}, без НДС", "счет {}"])
def test_bill_named_in_the_purpose_is_credited(stage: Stage, purpose: str) -> None:
    """“Credits the client's own unpaid bill when the purpose names its number and client, method and amount agree.”"""
    ref, subaccount = add_one(stage)
    bill = _bill(stage, subaccount)
    stage.onec.change_document(ref.id, purpose=purpose.format(stage.bill.payment(bill).number))
    engine = stage.begin_anew(match_bills=True)
    engine.load_accounts()
    (planned,) = engine.plan([ref]).actions
    assert (planned.action, planned.payment_id, planned.request["func"]) == ("exported", bill, "payment.edit")
    assert stage.bill.payment(bill).info == ""
    (outcome,) = engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.payment_id) == ("exported", bill)
    assert stage.bill.credited(bill) == Decimal("500.00")
    assert stage.bill.payment(bill).info.startswith("1c:")
    assert bill not in [line.payment_id for line in engine.reconcile(FIRST_DAY).lines]  # what agrees is only counted
    stage.onec.unpost(ref.id)
    assert engine.export_payments([ref]).counts["cancelled"] == 1
    assert (stage.bill.payment(bill).status, stage.bill.payment(bill).info) == (1, "")  # his again, and unpaid
    assert stage.bill.balance(subaccount) == 0


@pytest.mark.parametrize("case", ["off", "another number", "another amount", "part of a number"])
def test_bill_that_is_left_alone(stage: Stage, case: str) -> None:
    """Off by default; and never on a number, an amount or a word that only looks alike."""
    ref, subaccount = add_one(stage)
    bill = _bill(stage, subaccount, "499.00" if case == "another amount" else "500.00")
    number = stage.bill.payment(bill).number
    named = {"another number": f"{number}1", "part of a number": f"A{number}B"}.get(case, number)
    stage.onec.change_document(ref.id, purpose=f"счет {named}")
    engine = stage.begin_anew(match_bills=case != "off")
    engine.load_accounts()
    (outcome,) = engine.export_payments([ref]).outcomes
    assert outcome.action == "exported"
    assert outcome.payment_id != bill
    assert stage.bill.payment(bill).status == 1


@pytest.mark.parametrize("where", ["payment.edit", "payment.setpaid"])
def test_bill_and_a_lost_answer(stage: Stage, where: str) -> None:
    """Every promise holds for a bill too: an answer that is lost credits nothing twice."""
    ref, subaccount = add_one(stage)
    bill = _bill(stage, subaccount)
    stage.onec.change_document(ref.id, purpose=f"счет {stage.bill.payment(bill).number}")
    engine = stage.begin_anew(match_bills=True)
    engine.load_accounts()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where=lambda r: r.func == where and r.writes)
    for _ in range(2):
        engine.export_payments([ref])
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    assert [link.payment_id for link in stage.store.dossier(ref).links.values()] == [bill]


def test_bill_found_by_a_new_store(stage: Stage) -> None:
    """A store that was lost knows by the mark that a payment is the client's bill, and gives it back."""
    ref, subaccount = add_one(stage)
    bill = _bill(stage, subaccount)
    stage.onec.change_document(ref.id, purpose=f"счет {stage.bill.payment(bill).number}")
    stage.begin_anew(match_bills=True).load_accounts()
    stage.engine.export_payments([ref])
    stage.onec.unpost(ref.id)
    stage.begin_anew().load_accounts()
    assert stage.engine.recover_links(FIRST_DAY).by_mark == 1
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert (stage.bill.payment(bill).status, stage.bill.payment(bill).info) == (1, "")


def test_line_whose_contract_is_known_by_its_mark_alone(stage: Stage) -> None:
    """Each verb takes the contract id of an outcome, also of a contract that the document names no more."""
    ref, subaccount = add_one(stage)
    _, other = add_one(stage)
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.payment_id is not None
    document = stage.store.dossier(ref).record.document  # type: ignore[union-attr]
    contract = stage.onec.add_contract(
        document.counterparty.id,  # type: ignore[union-attr]
        document.organization.id,  # type: ignore[union-attr]
        name="Другой",
        subaccount_id=other,
    )
    stage.onec.change_document(ref.id, lines=[(contract, Decimal(500))])
    stage.bill.spend(first.payment_id)
    stage.begin_anew().load_accounts()
    stage.engine.recover_links(FIRST_DAY)
    left = {one.code: one.contract_id for one in stage.engine.export_payments([ref]).outcomes}["cancel_refused"]
    stage.bill.spend(first.payment_id, -Decimal(500))
    stage.engine.retry(ref, left)
    stage.engine.abandon(ref, left, reason="a test")
    stage.engine.retry(ref, left)
    stage.clock.pass_by(dt.timedelta(hours=1))
    stage.engine.export_payments([ref])
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (0, Decimal("500.00"))
