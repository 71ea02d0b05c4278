"""A store that was lost, or put back from a backup: what stands in BILLmanager is newer than what it remembers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from stages import FIRST_DAY, Stage, add_one, add_sister

from billmanager_1c.errors import BadReply
from billmanager_1c.ledger import LinkState, Seen
from billmanager_1c.models import PaymentId
from billmanager_1c.plans import doubts
from billmanager_1c.plans.effects import Plan
from billmanager_1c.plans.run import Run
from billmanager_1c.testing import Fault

HOUR = dt.timedelta(hours=1)


def test_payment_that_moved_to_another_contract_before_the_store_was_lost(stage: Stage) -> None:
    """Fault 17, I4: a number that went to another contract with its payment is spent; the line takes a new one."""
    ref, subaccount = add_one(stage, "100.00")
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    heir = add_sister(stage, ref, subaccount)
    stage.onec.change_document(ref.id, lines=[(heir, Decimal(100))])
    stage.engine.export_payments([ref])
    stage.begin_anew().load_accounts()
    assert stage.engine.recover_links(FIRST_DAY).by_mark > 0
    stage.onec.change_document(ref.id, lines=[(first.contract_id, Decimal(40)), (heir, Decimal(60))])
    for _ in range(3):
        stage.engine.export_payments([ref])
        stage.clock.pass_by(HOUR)
    assert [link.state for link in stage.store.dossier(ref).links.values()] == [LinkState.SYNCED] * 2
    assert sorted(payment.credited for payment in stage.bill.payments() if payment.subaccount_id == subaccount) == [
        Decimal(40),
        Decimal(60),
    ]


@pytest.mark.parametrize("listed", [True, False], ids=["made lately", "made long ago"])
def test_store_of_yesterday_that_knows_an_older_sum(stage: Stage, listed: bool) -> None:
    """Fault 16, I1: what stands is compared with what the store remembers, before a line of the document grows."""
    ref, subaccount = add_one(stage, "50.00")
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.payment_id is not None
    _, other = add_one(stage)
    sister = add_sister(stage, ref, other)
    # The exchange made 90 of it after the backup that the store was put back from.
    stage.bill.person_edits_payment(first.payment_id, amount=Decimal(90))
    if not listed:  # the sweep lists what was made or paid since the exchange began
        payments = stage.bill.tables.payments.rows
        long_ago = payments[first.payment_id].created_at - dt.timedelta(days=900)
        payments[first.payment_id] = attrs.evolve(payments[first.payment_id], created_at=long_ago, paid_at=long_ago)
    stage.onec.change_document(
        ref.id, amount=Decimal(110), lines=[(first.contract_id, Decimal(50)), (sister, Decimal(60))]
    )
    report = stage.engine.export_payments([ref])
    told = {one.contract_id: one for one in report.outcomes}
    assert (told[first.contract_id].action, told[first.contract_id].code) == ("quarantined", "remote_changed")
    assert told[sister].action == "postponed"
    assert any(str(first.payment_id) in warning for warning in report.warnings)
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (Decimal("90.00"), 0)
    stage.engine.retry(ref, first.contract_id)
    stage.clock.pass_by(HOUR)
    stage.engine.export_payments([ref])
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (Decimal("50.00"), Decimal("60.00"))


def test_nothing_grows_beside_what_could_not_be_read(stage: Stage) -> None:
    """“Nothing is concluded from a failed read”: the line waits until the payment of the other one can be read."""
    ref, subaccount = add_one(stage, "50.00")
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    _, other = add_one(stage)
    sister = add_sister(stage, ref, other)
    stage.onec.change_document(
        ref.id, amount=Decimal(110), lines=[(first.contract_id, Decimal(50)), (sister, Decimal(60))]
    )

    def reads_the_first(request: object) -> bool:
        params = getattr(request, "params", {})
        return params.get("func") == "payment.edit" and params.get("elid") == str(first.payment_id)

    stage.bill.faults.arm(Fault.DOWN, where=reads_the_first, times=None)
    report = stage.engine.export_payments([ref])
    assert {outcome.contract_id: outcome.action for outcome in report.outcomes}[sister] == "postponed"
    assert stage.bill.balance(other) == 0
    stage.bill.faults.disarm(Fault.DOWN)
    stage.clock.pass_by(HOUR)
    stage.engine.export_payments([ref])
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (Decimal("50.00"), Decimal("60.00"))


@pytest.mark.parametrize("listed", [True, False], ids=["made lately", "made long ago"])
@pytest.mark.parametrize("why", ["quarantined", "abandoned", "ours once"])
def test_store_of_yesterday_that_had_put_the_line_aside(stage: Stage, why: str, *, listed: bool) -> None:
    """Fault 16, I1: whatever a line waited for when the store was saved, what stands for it is read first."""
    ref, subaccount = add_one(stage, "50.00")
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.payment_id is not None
    payments, payers = stage.bill.tables.payments.rows, stage.bill.tables.payers.rows
    own = next(payer for payer in payers.values() if payer.name == "ООО «Проба»")
    _, other = add_one(stage)
    sister = add_sister(stage, ref, other)
    if why == "quarantined":
        payers[own.id] = attrs.evolve(own, active=False)
        stage.onec.change_document(ref.id, lines=[(first.contract_id, Decimal(60))])
        assert stage.engine.export_payments([ref]).counts["quarantined"] == 1
        payers[own.id] = own
    elif why == "ours once":
        for amount in (90, 50):
            stage.onec.change_document(ref.id, lines=[(first.contract_id, Decimal(amount))])
            stage.engine.export_payments([ref])
    stage.bill.person_edits_payment(first.payment_id, amount=Decimal(90))
    if why == "abandoned":
        stage.engine.abandon(ref, first.contract_id, reason="by hand")
    if not listed:
        long_ago = payments[first.payment_id].created_at - dt.timedelta(days=900)
        payments[first.payment_id] = attrs.evolve(payments[first.payment_id], created_at=long_ago, paid_at=long_ago)
    stage.onec.change_document(
        ref.id, amount=Decimal(110), lines=[(first.contract_id, Decimal(50)), (sister, Decimal(60))]
    )
    for _ in range(2):
        stage.clock.pass_by(HOUR)
        stage.engine.export_payments([ref])
    stands = (stage.bill.balance(subaccount), stage.bill.balance(other))
    if why == "ours once" and listed:  # so what 1C says is written, as ever; another day is a person's doing
        assert stands == (Decimal("50.00"), Decimal("60.00"))
        return
    assert stands == (Decimal("90.00"), 0)
    assert stage.store.dossier(ref).links[first.contract_id].abandoned == ("by hand" if why == "abandoned" else "")
    stage.engine.retry(ref, first.contract_id)
    stage.clock.pass_by(HOUR)
    stage.engine.export_payments([ref])
    assert (stage.bill.balance(subaccount), stage.bill.balance(other)) == (Decimal("50.00"), Decimal("60.00"))


def test_payments_that_cannot_be_read_stop_nobody_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """“Nothing of the document may grow”: what it owes is given back, and other clients get their money."""
    see = doubts._see
    unreadable: set[int] = set()

    def garbled(payment_id: PaymentId) -> Plan[Seen]:
        if payment_id in unreadable:
            raise BadReply("not an amount")
        return (yield from see(payment_id))

    monkeypatch.setattr(doubts, "_see", garbled)
    made = [add_one(stage, "50.00")[0] for _ in range(Run.__attrs_attrs__.patience.default + 1)]  # type: ignore[attr-defined]
    stage.engine.load_accounts()
    lines = {one.ref: one for one in stage.engine.export_payments(made).outcomes}
    _, second = add_one(stage)
    _, third = add_one(stage)
    owing = made[0]
    sister = add_sister(stage, owing, second)
    stage.onec.change_document(
        owing.id, amount=Decimal(80), lines=[(lines[owing].contract_id, Decimal(50)), (sister, Decimal(30))]
    )
    stage.engine.export_payments([owing])
    unreadable.update(one.payment_id for one in lines.values() if one.payment_id is not None)
    new = {ref: add_sister(stage, ref, third) for ref in made}
    for ref in made:
        kept = [(lines[ref].contract_id, Decimal(50)), (new[ref], Decimal(9))]
        owed = [(sister, Decimal(5))] if ref == owing else []
        stage.onec.change_document(ref.id, amount=sum((a for _, a in [*kept, *owed]), Decimal(0)), lines=[*kept, *owed])
    later, subaccount = add_one(stage, "700.00")
    stage.clock.pass_by(HOUR)
    report = stage.engine.export_payments([*made, later])
    told = {one.contract_id: one for one in report.outcomes}
    for ref in made:
        held = told[new[ref]]
        assert (held.action, held.code) == ("quarantined", "rejected")
        assert str(lines[ref].payment_id) in held.reason
        assert "not an amount" in held.reason
    assert told[sister].action == "updated"
    balances = [stage.bill.balance(one) for one in (second, third, subaccount)]
    assert balances == [Decimal("5.00"), 0, Decimal("700.00")]
    unreadable.clear()
    stage.clock.pass_by(HOUR)
    stage.engine.export_payments(made)
    assert stage.bill.balance(third) == 9 * len(made)
