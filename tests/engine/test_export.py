"""The main job, end to end: production engine, adapters and clients against both simulators."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack, suppress
from decimal import Decimal

import pytest
from stages import FIRST_DAY, Colour, Stage, add_one, make_world

from billmanager_1c.errors import (
    AccessDenied,
    BadPassword,
    BaseLocked,
    EngineDisabled,
    FieldsDropped,
    ModuleStillActive,
)
from billmanager_1c.ledger import LinkState
from billmanager_1c.testing import Fault


def test_main_job(stage: Stage) -> None:
    """Documents become credited payments to the kopeck; a second pass writes nothing."""
    stage.engine.load_accounts()
    report = stage.engine.export_payments()
    assert report.counts["exported"] == stage.world.exportable
    assert report.counts["postponed"] == 0
    assert sum(report.counts.values()) == len(report.outcomes)
    assert stage.is_exact()
    writes = stage.bill.writes
    again = stage.engine.export_payments()
    assert stage.bill.writes == writes
    assert again.counts["exported"] == again.counts["updated"] == again.counts["cancelled"] == 0
    assert {outcome.code for outcome in report.outcomes if outcome.code} == {
        "no_subaccount",
        "no_payer",
        "no_company",
        "sum_mismatch",
        "no_contract",
    }


WIRE = [
    (Fault.LOST_ANSWER, {}),
    (Fault.TIMEOUT_BEFORE_COMMIT, {}),
    (Fault.RESET, {}),
    (Fault.RESET_AFTER_HEADERS, {}),
    (Fault.TRUNCATED_JSON, {}),
    (Fault.HTML_200, {}),
    (Fault.EMPTY_200, {}),
    (Fault.PROXY_502_BEFORE, {}),
    (Fault.PROXY_502_AFTER_COMMIT, {}),
    (Fault.FOREIGN_ANSWER, {}),
    (Fault.SLOW_DOWN, {}),
    (Fault.LICENCE_ERROR, {}),
]


@pytest.mark.parametrize("where", ["payment.add.pay", "payment.edit", "payment.setpaid"])
@pytest.mark.parametrize(("fault", "options"), WIRE, ids=[fault.value for fault, _ in WIRE])
def test_never_twice_never_lost(stage: Stage, fault: Fault, options: dict[str, float], where: str) -> None:
    """Whatever the wire does to a write, every exportable line ends with exactly one credited payment."""
    stage.engine.load_accounts()
    stage.bill.faults.arm(fault, where=where, times=3, after=2, **options)
    for _ in range(4):
        stage.engine.export_payments()
    assert stage.bill.faults.hits[fault] == 3
    assert stage.is_exact()
    assert stage.credited_twice() == []
    assert stage.engine.status().unknown == 0


def test_late_commit(stage: Stage) -> None:
    """A write that is committed ten minutes after we gave up credits nothing twice."""
    stage.engine.load_accounts()
    for where in ("payment.add.pay", "payment.setpaid"):
        stage.bill.faults.arm(Fault.LATE_COMMIT, where=where, times=2, after=3)
    for _ in range(3):
        stage.engine.export_payments()
    stage.bill.settle()
    stage.engine.export_payments()
    assert stage.bill.faults.hits[Fault.LATE_COMMIT] == 4
    assert stage.is_exact()
    assert stage.credited_twice() == []


def test_stale_lists(stage: Stage) -> None:
    """A look into a list that is a minute old may find nothing; nothing is credited twice all the same."""
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.STALE_LISTS, where="payment", times=None)
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.add.pay", times=2, after=2)
    stage.engine.export_payments()
    stage.bill.faults.disarm(Fault.STALE_LISTS)
    for _ in range(2):
        stage.engine.export_payments()
    assert stage.is_exact()
    assert stage.credited_twice() == []


def test_change_and_cancel(stage: Stage) -> None:
    """A changed amount changes in place; an unposted document takes its money back; posting brings it again."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref])
    assert [outcome.action for outcome in first.outcomes] == ["exported"]
    stage.onec.change_document(ref.id, amount=Decimal("700.00"), lines=[(first.outcomes[0].contract_id, Decimal(700))])
    second = stage.engine.export_payments([ref])
    assert [(o.action, o.payment_id) for o in second.outcomes] == [("updated", first.outcomes[0].payment_id)]
    assert stage.bill.balance(subaccount) == Decimal("700.00")
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert stage.bill.balance(subaccount) == 0


def test_posted_again(stage: Stage) -> None:
    """A document that lost its money in 1C and got it back is a new payment, of a new generation."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0]
    stage.onec.change_document(ref.id, paid=False)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    stage.onec.change_document(ref.id, paid=True)
    second = stage.engine.export_payments([ref]).outcomes[0]
    assert (second.action, second.payment_id != first.payment_id) == ("exported", True)
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_suspended_payer(stage: Stage) -> None:
    """“The corresponding payer must be active”: a suspended one is refused, and serves again once it is resumed."""
    ref, subaccount = add_one(stage)
    account = next(row.account_id for row in stage.bill.subaccounts() if row.id == subaccount)
    (payer,) = [row.id for row in stage.bill.tables.payers.rows.values() if row.account_id == account]
    stage.bill.change_payer(payer, active=False)
    stage.engine.load_accounts()
    (refused,) = stage.engine.export_payments([ref]).outcomes
    assert refused.code == "payer_inactive"
    stage.bill.change_payer(payer, active=True)
    assert stage.engine.export_payments().counts["exported"] == stage.world.exportable + 1


def test_new_contract_keeps_the_subaccount(stage: Stage) -> None:
    """“A new contract that keeps the subaccount re-keys the link and rewrites the mark (one edit).”"""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0]
    record = stage.store.dossier(ref).record
    assert record is not None
    assert record.document.counterparty is not None
    assert record.document.organization is not None
    other = stage.onec.add_contract(
        record.document.counterparty.id, record.document.organization.id, name="Новый", subaccount_id=subaccount
    )
    stage.onec.change_document(ref.id, lines=[(other, Decimal(500))])
    writes = stage.bill.writes
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.contract_id, outcome.payment_id) == ("updated", other, first.payment_id)
    assert stage.bill.writes == writes + 1
    assert outcome.payment_id is not None
    assert stage.bill.payment(outcome.payment_id).info.endswith(":g2")


def test_change_of_subaccount(stage: Stage) -> None:
    """“A change of subaccount cancels the old payment and only then makes a new one.”"""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0]
    row = next(row for row in stage.bill.subaccounts() if row.id == subaccount)
    provider = max(row.provider_id for row in stage.bill.subaccounts())
    other = stage.bill.add_subaccount(row.account_id, provider=provider)
    assert first.contract_id is not None
    stage.onec.change_contract(first.contract_id, subaccount_id=other)
    stage.onec.repost(ref.id)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.action == "exported"
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (0, Decimal("500.00"))
    signs = [event.amount > 0 for event in stage.bill.credits]
    assert signs == [True, False, True]


def test_repost_without_change(stage: Stage) -> None:
    """A no-op re-post grows the version and causes no call that writes."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    stage.onec.repost(ref.id)
    writes = stage.bill.writes
    assert stage.engine.export_payments([ref]).counts["unchanged"] == 1
    assert stage.bill.writes == writes


def test_deleted_in_1c(stage: Stage) -> None:
    """A document is gone only when reading it by key says so; then its payment is cancelled."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    stage.onec.delete(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert stage.bill.balance(subaccount) == 0


def test_money_spent(stage: Stage) -> None:
    """If BILLmanager refuses to take the money back, the document waits for a person."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    payment_id = stage.engine.export_payments([ref]).outcomes[0].payment_id
    assert payment_id is not None
    stage.bill.spend(payment_id)
    stage.onec.unpost(ref.id)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "cancel_refused")


def test_person_changed_the_payment(stage: Stage) -> None:
    """A human's change in BILLmanager is reported and never overwritten unasked."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    first = stage.engine.export_payments([ref]).outcomes[0]
    assert first.payment_id is not None
    stage.bill.person_edits_payment(first.payment_id, amount=Decimal("1.00"))
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(first.contract_id, Decimal(700))])
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "remote_changed")
    assert stage.bill.credited(first.payment_id) == Decimal("1.00")


def test_crediting_resets_the_date(stage: Stage) -> None:
    """Where crediting sets the payment date to the present, the accounting date is written again."""
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.RESETS_PAYDATE, times=None)
    report = stage.engine.export_payments()
    assert report.counts["exported"] == stage.world.exportable
    days = {payment.paid_at.date() for payment in stage.bill.payments() if payment.paid_at}
    assert FIRST_DAY <= min(days) <= max(days) < FIRST_DAY + dt.timedelta(days=20)


def test_field_dropped_before_the_credit(stage: Stage) -> None:
    """What the write before the credit dropped shows when the date is written again, and is written with it."""
    stage.begin_anew(concurrency=1)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.RESETS_PAYDATE, times=None)
    stage.bill.faults.arm(
        Fault.DROPS_FIELDS,
        where=lambda request: request.func == "payment.edit" and "info" in request.params,
        after=1,
        fields=("documentnumber",),
    )
    assert stage.engine.export_payments().counts["exported"] == stage.world.exportable
    assert stage.bill.faults.hits[Fault.DROPS_FIELDS] == 1
    assert all(payment.document_number for payment in stage.bill.payments())


def test_dropped_fields_stop_the_run(stage: Stage) -> None:
    """“Fields that BILLmanager dropped in silence (field rights) stop the run”: no second payment follows."""
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.DROPS_FIELDS, times=None)
    with pytest.raises(FieldsDropped, match="mark"):
        stage.engine.export_payments()
    assert len([payment for payment in stage.bill.payments() if stage.bill.credited(payment.id)]) == 1


@pytest.mark.parametrize("fault", [Fault.ACCESS_DENIED, Fault.SLOW_DOWN, Fault.DOWN], ids=lambda fault: fault.value)
def test_trouble_after_the_write(stage: Stage, fault: Fault) -> None:
    """Once something was written, trouble with the reading back leaves the end unknown, and it is looked up."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(fault, where=lambda request: request.func == "payment.edit" and "sok" not in request.params)
    with suppress(AccessDenied):
        stage.engine.export_payments([ref])
    assert stage.bill.faults.hits[fault] == 1
    (link,) = stage.store.dossier(ref).links.values()
    assert link.state in (LinkState.CREDIT_UNKNOWN, LinkState.SYNCED)
    stage.engine.export_payments([ref])
    assert [event.amount for event in stage.bill.credits] == [Decimal("500.00")]
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_wrong_password(colour: Colour) -> None:
    """A wrong password is one clear exception, and nothing is lost."""
    with ExitStack() as stack:
        stage = Stage(make_world(clients=3, documents=3), stack, password="wrong", colour=colour)
        with pytest.raises(BadPassword):
            stage.engine.load_accounts()


def test_no_right_to_create(stage: Stage) -> None:
    """An employee without the right gets AccessDenied; once the right is there, everything is exported."""
    stage.engine.load_accounts()
    stage.bill.change_employee("1c", denied=("payment.add.pay",))
    with pytest.raises(AccessDenied, match=r"payment\.add\.pay"):
        stage.engine.export_payments()
    stage.bill.change_employee("1c", denied=())
    stage.engine.export_payments()
    assert stage.is_exact()


def test_locked_base(stage: Stage) -> None:
    """A base locked for maintenance is trouble that passes: it is in the report, and the next run goes on."""
    stage.engine.load_accounts()
    stage.onec.lock("Ведутся технические работы")
    report = stage.engine.export_payments()
    assert [type(problem) for problem in report.problems] == [BaseLocked]
    stage.onec.unlock()
    stage.engine.export_payments()
    assert stage.is_exact()


def test_rival_module(stage: Stage) -> None:
    """The engine refuses to export while ISPsystem's own module is switched on in the same base."""
    stage.engine.load_accounts()
    stage.onec.set_module_address("https://billing.example/billmgr")
    with pytest.raises(ModuleStillActive, match=r"billing\.example"):
        stage.engine.export_payments()
    assert list(stage.bill.payments()) == []


@pytest.mark.parametrize("fault", [Fault.ONEC_500, Fault.ONEC_NO_SESSION])
def test_rival_module_that_cannot_be_asked_about(stage: Stage, fault: Fault) -> None:
    """§6: “An answer we could not read is *unknown*, never "no"”; only 404 code 8 means that the module is absent."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.onec.set_module_address("https://billing.example/billmgr")
    stage.onec.faults.arm(fault, where="Constant_АдресСервераBILLmanager", times=None)
    before = stage.bill.writes
    try:
        report = stage.engine.export_payments([ref])
    except ModuleStillActive:
        pass
    else:
        assert report.problems
    assert stage.bill.writes == before
    stage.onec.faults.disarm()
    stage.onec.set_module_address("")
    assert stage.engine.export_payments([ref]).counts["exported"] == 1


@pytest.mark.parametrize("what", ["unposted", "deleted", "made smaller"])
def test_exported_document_whose_date_is_before_the_first_day_now(stage: Stage, what: str) -> None:
    """§5: “if it *was* exported, it is now cancelled”, though no list since the first day shows it any more."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    stage.onec.change_document(ref.id, date=dt.datetime.combine(FIRST_DAY, dt.time(9)) - dt.timedelta(days=3))
    stage.engine.export_payments()
    stage.clock.pass_by(dt.timedelta(days=1, hours=1))
    stage.engine.export_payments()
    assert stage.bill.balance(subaccount) == Decimal("500.00")
    if what == "unposted":
        stage.onec.unpost(ref.id)
    elif what == "deleted":
        stage.onec.delete(ref.id)
    else:
        stage.onec.change_document(ref.id, amount=Decimal(5), lines=[(first.contract_id, Decimal(5))])
    stage.clock.pass_by(dt.timedelta(days=1, hours=1))
    stage.engine.export_payments()
    assert stage.bill.balance(subaccount) == (Decimal("5.00") if what == "made smaller" else 0)


def test_session_expires_in_a_batch(colour: Colour) -> None:
    """A session that ends in the middle of a batch costs one log-in, and nothing is sent twice."""
    with ExitStack() as stack:
        stage = Stage(make_world(clients=12, documents=18), stack, auth="session", colour=colour)
        stage.engine.load_accounts()
        stage.bill.faults.arm(Fault.SESSION_EXPIRES, where="payment.edit", times=1, after=4)
        assert stage.engine.export_payments().counts["postponed"] == 0
        assert stage.is_exact()
        assert len([r for r in stage.bill.requests if r.func == "auth"]) == 2


def test_run_due(stage: Stage) -> None:
    """``run_due`` runs what is due by the schedule: accounts daily, payments hourly."""
    noon = dt.datetime.now(dt.UTC)
    kinds = [type(report).__name__ for report in stage.engine.run_due(noon)]
    assert kinds == ["AccountsReport", "ExportReport"]
    assert stage.is_exact()
    assert stage.engine.run_due(noon + dt.timedelta(minutes=30)) == []
    later = stage.engine.run_due(noon + dt.timedelta(minutes=90))
    assert [type(report).__name__ for report in later] == ["ExportReport"]


def test_bind(stage: Stage) -> None:
    """A contract that names no subaccount in 1C is exported once a person has bound it to one."""
    ref, subaccount = add_one(stage)
    contract = stage.engine.export_payments([ref], limit=0).outcomes  # nothing is delivered, the document is known
    assert [outcome.action for outcome in contract] == []
    (link,) = stage.store.dossier(ref).links
    stage.onec.change_contract(link, subaccount_id=None)
    stage.engine.load_accounts()
    (refused,) = stage.engine.export_payments([ref]).outcomes
    assert refused.code == "no_subaccount"
    stage.engine.bind(link, subaccount)
    (exported,) = stage.engine.export_payments([ref]).outcomes
    assert exported.action == "exported"


def test_record_change(stage: Stage) -> None:
    """A document that was recorded by hand is read by the next run, though its date lies outside every window."""
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.record_change(ref)
    stage.engine.export_payments()
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_nothing_older_than_the_line(stage: Stage) -> None:
    """“Nothing older is ever exported”: such a document is skipped, with the reason."""
    ref, subaccount = add_one(stage)
    stage.onec.change_document(ref.id, date=dt.datetime.combine(dt.date(2026, 10, 31), dt.time(23, 59)))
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.action == "skipped"
    assert "01.11.2026" in outcome.reason
    assert stage.bill.balance(subaccount) == 0


def test_switch(stage: Stage) -> None:
    """A disabled or paused exchange runs nothing and says what to do."""
    stage.engine.disable()
    with pytest.raises(EngineDisabled, match="enable"):
        stage.engine.export_payments()
    stage.engine.enable()
    stage.engine.pause("inventory")
    with pytest.raises(EngineDisabled, match="inventory"):
        stage.engine.load_accounts()


def test_two_subaccounts_that_only_their_ids_tell_apart(stage: Stage) -> None:
    """A payment is created for client, provider and currency: where that fits two subaccounts, neither is guessed."""
    ref, subaccount = add_one(stage)
    row = stage.bill.tables.subaccounts.rows[subaccount]
    other = stage.bill.add_subaccount(row.account_id, provider=row.provider_id)
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "no_subaccount")
    assert f"({subaccount}, {other})" in outcome.reason
    stage.bill.change_subaccount(other, active=False)
    stage.engine.load_accounts()
    assert stage.engine.export_payments([ref]).outcomes[0].action == "exported"
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_exchange_that_begins_on_the_first_of_all_days(stage: Stage) -> None:
    """“Nothing older is ever exported” than a day before which there is none: everything is."""
    stage.begin_anew(export_from=dt.date.min)
    stage.engine.load_accounts()
    exported = stage.engine.export_payments().counts["exported"]
    assert exported >= stage.world.exportable
    assert stage.engine.reconcile(dt.date.min).counts["ok"] == exported
    stage.begin_anew(export_from=dt.date.min).load_accounts()
    assert stage.engine.recover_links(dt.date.min).by_mark == exported
    assert stage.engine.export_payments().counts["exported"] == 0
