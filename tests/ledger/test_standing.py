"""What may stand for a line beside what 1C gives it, and what is sent to its payment no more."""

from __future__ import annotations

import pytest
from one_document import (
    NO_EFFECT,
    NOT_SENT,
    ONE,
    TWO,
    UNKNOWN,
    World,
    deliver,
    done,
    look,
    operation,
    perform,
    terms,
)

from billmanager_1c import ledger
from billmanager_1c.ledger import AttemptOp, Finding, Finished, LinkState, Seen, Standing
from billmanager_1c.models import PaymentId, QuarantineCode, SubaccountId

SPENT = ledger.Refused(reason="its money is spent", code=QuarantineCode.CANCEL_REFUSED, final=True)


def up_to(world: World, op: AttemptOp) -> ledger.Perform:
    """Say yes to everything before this write of the first line."""
    step = perform(world.start())
    while operation(step) != (op, ONE):
        step = perform(world.tell(step, done(step)))
    return step


# --------------------------------------------------------------------------------------------- debts of a document


def test_nothing_is_credited_while_another_line_owes_a_cancel() -> None:
    """“Within a document nothing is created, credited or increased while a line of it owes a cancel.”"""
    world = World(one="60.00", two="40.00")
    step = world.start()
    while operation(step) != (AttemptOp.CREDIT, TWO):
        step = world.tell(perform(step), ledger.Done(payment_id=PaymentId(7 + len(world.dossier.attempts))))
    world.tell(perform(step), NOT_SENT)
    world.show(two="40.00")
    step = world.start()
    assert operation(step) == (AttemptOp.CANCEL, ONE)
    step = world.tell(perform(step), UNKNOWN)
    while isinstance(step, ledger.Perform):  # what is inert may be written to
        assert operation(step) == (AttemptOp.WRITE, TWO)
        step = world.tell(step, ledger.Done())
    assert world.dossier.links[TWO].state is LinkState.BOUND


@pytest.mark.parametrize(("two", "waits"), [("40.00", False), ("30.00", False), ("50.00", True)])
def test_only_what_grows_waits_for_another_line(two: str, *, waits: bool) -> None:
    """“Nothing is created, credited or increased”: other words, and a smaller sum, need not wait for a cancel."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    world.purpose = "за хостинг"
    world.show(two=two)
    step = world.tell(perform(world.start()), UNKNOWN)
    assert isinstance(step, Finished) is waits
    assert waits or operation(step) == (AttemptOp.UPDATE, TWO)


def test_cancel_for_another_subaccount_is_a_debt() -> None:
    """A line owes its cancel also where the document gives it the same sum as before, for another subaccount."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    world.subaccounts[ONE] = 9
    world.show(one="60.00", two="50.00")
    step = world.start()
    assert operation(step) == (AttemptOp.CANCEL, ONE)
    assert isinstance(world.tell(perform(step), UNKNOWN), Finished)


def test_payment_that_is_gone_is_no_debt() -> None:
    """What somebody deleted does not stand: the money may go to another line while a person finds out why."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    gone = world.dossier.links[ONE].payment_id
    assert gone is not None
    world.dossier = ledger.lose(world.dossier, ONE, gone, Seen(standing=Standing.GONE), world.tick()).dossier
    world.show(one="50.00", two="50.00")
    assert operation(world.start()) == (AttemptOp.UPDATE, TWO)


def test_payment_that_is_gone_and_should_be_needs_nobody() -> None:
    """“It is gone, and it should be”: no person has to say so."""
    world = World()
    deliver(world)
    gone = world.dossier.links[ONE].payment_id
    assert gone is not None
    world.dossier = ledger.lose(world.dossier, ONE, gone, Seen(standing=Standing.GONE), world.tick()).dossier
    world.show()
    assert isinstance(world.start(), Finished)
    assert (world.dossier.links[ONE].state, world.dossier.is_open) == (LinkState.ABSENT, False)


def test_inert_payment_is_no_debt() -> None:
    """An inert payment is nobody's money, whatever is written to it: no other line waits for it."""
    world = World()
    world.tell(up_to(world, AttemptOp.CREDIT), NOT_SENT)
    world.show(one="50.00", two="50.00")
    step = perform(world.start())
    assert operation(step) == (AttemptOp.WRITE, ONE)
    assert operation(world.tell(step, NOT_SENT)) == (AttemptOp.CREATE, TWO)


def test_payment_that_somebody_else_credited_is_a_debt() -> None:
    """What a person credited stands with what we wrote to it: no other line gets this money beside it."""
    world = World()
    step = up_to(world, AttemptOp.CREDIT)
    changed = ledger.Refused(
        reason="somebody credited it", code=QuarantineCode.REMOTE_CHANGED, state=LinkState.REMOTE_CHANGED
    )
    world.tell(step, changed)
    world.show(two="100.00")
    assert isinstance(world.start(), Finished)


def test_credit_of_an_abandoned_line_is_a_debt() -> None:
    """“What stands for it is still money of its document”, and what nobody saw end may stand."""
    world = World()
    world.tell(up_to(world, AttemptOp.CREDIT), UNKNOWN)
    world.wait(6)
    world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    world.show(two="100.00")
    step = world.start()
    assert isinstance(step, Finished)
    assert "abandoned" in step.dossier.links[TWO].reason


def test_payment_that_came_back_may_show_the_greatest_of_what_was_sent() -> None:
    """A late credit finds what was written last, and an edit may be late too: the greatest sum is what may stand."""
    world = World()
    world.tell(up_to(world, AttemptOp.CREDIT), NOT_SENT)
    world.show(one="150.00")
    world.tell(up_to(world, AttemptOp.CREDIT), UNKNOWN)
    world.show()
    world.wait(2)
    world.tell(perform(world.start()), ledger.Done(lingers=True))
    world.wait(60)
    world.tell(perform(world.tell_seen(world.start(), credited=True)), SPENT)
    world.show(one="120.00", two="30.00")
    step = world.start()
    while isinstance(step, ledger.Perform):
        assert operation(step)[1] == ONE
        step = world.tell(step, UNKNOWN)


def test_payment_that_came_back_is_not_written_to_while_another_line_owes() -> None:
    """It may be credited as what is written to it, and nobody knows what it shows: any sum may be more."""
    world = World(one="60.00", two="40.00")
    step = world.tell(up_to(world, AttemptOp.CREDIT), UNKNOWN)
    while isinstance(step, ledger.Perform):
        step = world.tell(step, ledger.Done(payment_id=PaymentId(8) if step.attempt.op is AttemptOp.CREATE else None))
    world.show(two="40.00")
    world.wait(2)
    world.tell(perform(world.start()), ledger.Done(lingers=True))
    world.wait(60)
    world.tell(perform(world.tell_seen(world.start(), credited=True)), SPENT)
    world.show(one="60.00")
    step = world.start()
    assert operation(step) == (AttemptOp.CANCEL, TWO)
    assert isinstance(world.tell(perform(step), UNKNOWN), Finished)


# ------------------------------------------------------------------------------------------- what may still arrive


def edited(answer: ledger.Answer) -> World:
    """Return an exported line whose edit from 100 to 150 was answered like this."""
    world = World()
    deliver(world)
    world.show(one="150.00")
    world.tell(perform(world.start()), answer)
    world.wait(2)
    return world


def test_edit_that_was_seen_to_work_arrives_no_more() -> None:
    """A request that took effect is not under way any longer: the next edit need not wait for it."""
    world = edited(UNKNOWN)
    world.tell(look(world.start()), ledger.Looked(finding=Finding.TOOK_EFFECT))
    world.show(one="120.00")
    assert operation(world.start()) == (AttemptOp.UPDATE, ONE)


def test_edit_that_was_refused_arrives_no_more() -> None:
    """BILLmanager's word that it did not do it is believed: what stood before stands, and is not written again."""
    world = edited(ledger.Refused(reason="no"))
    world.show(one="120.00")
    step = perform(world.start())
    assert (operation(step), step.in_doubt) == ((AttemptOp.UPDATE, ONE), False)
    world.tell(step, ledger.Refused(reason="no"))
    world.show(one="100.00")
    assert isinstance(world.start(), Finished)
    assert (world.dossier.links[ONE].state, world.dossier.is_open) == (LinkState.SYNCED, False)


def test_doubt_ends_with_an_edit_that_works() -> None:
    """Once an edit of all fields is known to have worked, nothing that was sent before it is in doubt."""
    world = edited(UNKNOWN)
    world.show(one="100.00")
    world.tell(look(world.start()), NO_EFFECT)
    world.wait(60)
    assert deliver(world) == [AttemptOp.UPDATE]
    world.show(one="120.00")
    assert not perform(world.start()).in_doubt


def test_doubt_ends_with_its_payment() -> None:
    """What was sent to a payment that was cancelled says nothing of the one that follows it."""
    world = edited(UNKNOWN)
    world.show()
    world.tell(look(world.start()), NO_EFFECT)
    assert deliver(world) == [AttemptOp.CANCEL]
    world.show(one="100.00")
    step = perform(world.start())
    step = perform(world.tell(step, ledger.Done(payment_id=PaymentId(70))))
    assert (operation(step), step.in_doubt) == ((AttemptOp.WRITE, ONE), False)


def test_cancel_that_was_refused_arrives_no_more() -> None:
    """BILLmanager's word that it keeps a payment is believed: where 1C wants it again, nothing is to be done."""
    world = World()
    deliver(world)
    world.show()
    world.tell(perform(world.start()), SPENT)
    world.show(one="100.00")
    assert isinstance(world.start(), Finished)
    assert (world.dossier.links[ONE].state, world.dossier.is_open) == (LinkState.SYNCED, False)


@pytest.mark.parametrize("found", [Finding.NO_EFFECT, Finding.UNPAID])
def test_doubt_of_a_cancel_ends_with_what_was_written_after_it(found: Finding) -> None:
    """A credit or an edit that worked, begun when the cancel could arrive no more, shows that the payment stands."""
    world = World()
    deliver(world)
    world.show()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    world.tell(perform(world.start()), SPENT)
    world.show(one="120.00")
    world.start()
    world.wait(60)
    step: ledger.Step = perform(world.start())
    assert perform(step).may_be_unpaid
    if found is Finding.UNPAID:
        step = world.tell(perform(step), ledger.Looked(finding=found, payment_id=perform(step).attempt.payment_id))
        assert operation(step) == (AttemptOp.WRITE, ONE)
    while isinstance(step, ledger.Perform):
        step = world.tell(step, ledger.Done())
    world.wait(60)
    world.show(one="130.00")
    step = perform(world.start())
    assert (operation(step), step.may_be_unpaid) == ((AttemptOp.UPDATE, ONE), False)


# ------------------------------------------------------------------------------------------------ what stays as it is


def test_payment_is_cancelled_for_what_it_was_created_for_and_for_nothing_else() -> None:
    """A create that came to nothing says nothing of the payment that another one of this generation made."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    world.subaccounts[ONE] = 9
    world.show(one="150.00")
    step = perform(world.tell(look(world.start()), NO_EFFECT))
    assert step.attempt.target is not None
    assert (step.attempt.op, step.attempt.target.subaccount_id) == (AttemptOp.CREATE, SubaccountId(9))
    assert operation(world.tell(step, done(step))) == (AttemptOp.WRITE, ONE)


def resolved_as(world: World, want: ledger.Want, *, now_or_never: bool = True) -> ledger.Step:
    """Deliver the line where this is all that can be said of it."""
    verdict = ledger.start(world.dossier, {ONE: want}, world.revision, terms(), world.tick(), now_or_never=now_or_never)
    world.dossier = verdict.dossier
    return verdict.result


def test_what_is_exported_stays_where_a_payer_is_closed_later() -> None:
    """“Only a change in 1C is followed: new payers or methods leave what is exported alone.”"""
    world = World()
    deliver(world)
    kept = world.dossier
    blocked = ledger.Blocked(code=QuarantineCode.PAYER_INACTIVE, reason="activate the payer")
    assert isinstance(resolved_as(world, blocked), Finished)
    assert world.dossier == kept


def test_refusal_is_shown_until_its_pause_is_over() -> None:
    """“BILLmanager refused it a moment ago”: what it said stays to be read, and is not tried again at once."""
    world = World()
    world.tell(perform(world.start()), ledger.Refused(reason="the form says no"))
    kept = world.dossier
    assert kept.links[ONE].state is LinkState.QUARANTINED
    assert isinstance(resolved_as(world, world.target(ONE), now_or_never=False), Finished)
    assert world.dossier == kept
    world.wait(60)
    assert operation(resolved_as(world, world.target(ONE), now_or_never=False)) == (AttemptOp.CREATE, ONE)


def test_changed_document_lets_go_of_what_was_held_against_it() -> None:
    """“A payment holds at most one line”: another line may be the one that it is the money of."""
    world = World()
    world.suspected[ONE] = PaymentId(70)
    world.start()
    world.suspected.clear()
    world.show(one="50.00")
    world.start()
    assert world.dossier.links[ONE].holds == frozenset()
