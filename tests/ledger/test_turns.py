"""Whose turn it is: leases, fences, pauses, and what a turn takes over from the one before."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from one_document import (
    NOON,
    NOT_SENT,
    ONE,
    REF,
    THREE,
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
from billmanager_1c.ledger import NOT_READ, AttemptOp, AttemptOutcome, Finding, Finished, FoundAs, LinkState, Standing
from billmanager_1c.models import PaymentId, QuarantineCode, SubaccountId

OTHER = PaymentId(70)


def up_to_credit(world: World) -> ledger.Perform:
    """Say yes to everything before the first credit."""
    step = perform(world.start())
    while step.attempt.op is not AttemptOp.CREDIT:
        step = perform(world.tell(step, done(step)))
    return step


def is_busy(step: ledger.Step) -> bool:
    """Say whether another worker has the document."""
    return isinstance(step, Finished) and step.busy


# --------------------------------------------------------------------------------------------------------- the lease


def test_each_step_renews_the_lease() -> None:
    """A worker who goes on from step to step keeps the document for as long as it takes, and no longer."""
    world = World()
    step: ledger.Step = world.start()
    for _ in range(2):
        world.wait(4)
        step = world.tell(perform(step), done(perform(step)))
        world.wait(4)
        assert is_busy(world.start("worker 2"))
        world.wait(-4)
    until = world.dossier.lease_until
    assert until is not None
    world.now = until - dt.timedelta(seconds=1)  # the next tick is a second later
    assert look(world.start("worker 2")).attempt.op is AttemptOp.CREDIT


def test_worker_may_come_back_to_his_own_line() -> None:
    """A lease keeps out the others: a run that broke off in a document may look at it again."""
    world = World()
    world.start()
    assert look(world.start()).attempt.op is AttemptOp.CREATE


def test_one_line_that_is_held_holds_the_document() -> None:
    """“Two workers never have one document at once”, also where a line was added while one of them was at work."""
    world = World()
    world.start()
    world.show(one="100.00", two="50.00")
    assert is_busy(world.start("worker 2"))


def test_document_that_moved_on_is_free() -> None:
    """It is to be resolved again, by whoever comes first."""
    world = World()
    step = perform(world.start())
    old = world.revision
    world.show(one="50.00")
    verdict = ledger.proceed(world.dossier, step.attempt, done(step), world.wants(), old, terms(), world.tick())
    assert isinstance(verdict.result, ledger.Moved)
    world.dossier = verdict.dossier
    assert not is_busy(world.start("worker 2"))


def test_document_is_delivered_as_it_was_resolved() -> None:
    """“``revision`` is the one from which ``wants`` were resolved”: another one is resolved first."""
    world = World()
    wants, old = world.wants(), world.revision
    world.show(one="50.00")
    kept = world.dossier
    verdict = ledger.start(kept, wants, old, terms(), world.tick(), now_or_never=True)
    assert isinstance(verdict.result, ledger.Moved)
    assert verdict.dossier == kept


def test_pause_is_cut_short_only_where_it_is_now_or_never() -> None:
    """“With ``now_or_never`` a pause after a failure is cut short.”"""
    world = World()
    world.tell(perform(world.start()), NOT_SENT)
    kept = world.dossier

    def start(*, now_or_never: bool) -> ledger.Step:
        tick = world.tick()
        return ledger.start(kept, world.wants(), world.revision, terms(), tick, now_or_never=now_or_never).result

    assert isinstance(start(now_or_never=False), Finished)
    assert operation(start(now_or_never=True)) == (AttemptOp.CREATE, ONE)


# --------------------------------------------------------------------------------------------------------- the fence


def test_end_is_taken_once() -> None:
    """“An end is accepted only from the holder of the fence”, and only while the attempt is open."""
    world = World()
    step = perform(world.start())
    world.tell(step, done(step))
    kept = world.dossier
    assert is_busy(world.tell(step, ledger.Done(payment_id=OTHER)))
    assert world.dossier == kept


def test_second_reading_is_taken_once() -> None:
    """What was read of a cancelled payment is over with it."""
    world = World()
    deliver(world)
    world.show()
    world.tell(perform(world.start()), ledger.Done(lingers=True))
    world.show(one="100.00")
    world.wait(60)
    step = world.start()
    world.tell_seen(step, credited=False)
    kept = world.dossier
    assert is_busy(world.tell_seen(step, credited=True))
    assert world.dossier == kept


def test_line_that_was_found_meanwhile_is_not_of_this_turn() -> None:
    """A line that a sweep found after the claim has no worker: nothing is done to it, and its money is a debt."""
    world = World()
    step = up_to_credit(world)
    mark = ledger.find_mark(ledger.make_mark("upp", REF, THREE, 1))
    assert mark is not None
    stands = attrs.evolve(world.target(ONE), mark=str(mark))
    found = ledger.Found(payment_id=OTHER, mark=mark, standing=Standing.CREDITED, target=stands)
    verdict = ledger.bind_found(world.dossier, found, terms("sweeper"), world.tick())
    assert verdict.result is FoundAs.BOUND
    world.dossier = verdict.dossier
    assert isinstance(world.tell(step, NOT_SENT), Finished)
    step = perform(world.start())
    assert (step.attempt.op, step.attempt.payment_id) == (AttemptOp.CANCEL, OTHER)


@pytest.mark.parametrize("abandoned", [False, True])
def test_debt_of_one_line_is_a_debt_to_all(abandoned: bool) -> None:
    """“Nothing is created … while another of its lines owes”, however many lines stand between the two."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    if abandoned:
        for contract_id in (ONE, TWO):
            world.dossier = ledger.abandon(world.dossier, contract_id, "by hand", world.tick()).dossier
    world.show(two="40.00", three="60.00")
    step = world.start()
    if not abandoned:
        assert operation(step) == (AttemptOp.CANCEL, ONE)
        step = world.tell(perform(step), UNKNOWN)
    assert isinstance(step, Finished)


# ------------------------------------------------------------------------------------------ what a step knows of before


def test_late_create_of_another_line_or_generation_is_none_of_ours() -> None:
    """“Newer than ``high_water``” is asked of the creates of one generation of one line."""
    world = World(one="60.00")
    world.high_water = 10
    deliver(world)
    world.high_water = 50
    world.show(two="60.00")
    step = world.tell(perform(world.start()), ledger.Done())
    assert (operation(step), perform(step).attempt.high_water) == ((AttemptOp.CREATE, TWO), 50)
    world.tell(perform(step), NOT_SENT)
    world.show(one="60.00")
    step = perform(world.start())
    assert (operation(step), step.attempt.gen, step.attempt.high_water) == ((AttemptOp.CREATE, ONE), 2, 50)


def test_everything_that_a_payment_was_sent_is_known() -> None:
    """“An old value of ours is not a person's change”: neither one that nobody saw, nor a day that crediting set."""
    world = World()
    day = NOON.date() + dt.timedelta(days=1)
    step = world.tell(up_to_credit(world), ledger.Done(shown_date=day))
    assert operation(step) == (AttemptOp.UPDATE, ONE)
    world.tell(perform(step), ledger.Done())
    world.show(one="150.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.show(one="120.00")
    known = look(world.start()).known
    assert {str(target.amount) for target in known} == {"100.00", "150.00"}
    assert day in {target.paid_on for target in known}


def test_credit_that_nobody_saw_is_taken_back_as_ours() -> None:
    """What we may have credited shows what we wrote, but for a day that nobody has read."""
    world = World()
    world.tell(up_to_credit(world), UNKNOWN)
    world.show()
    world.wait(2)
    step = perform(world.start())
    assert operation(step) == (AttemptOp.CANCEL, ONE)
    assert step.before is not None
    assert (step.before.amount, step.before.paid_on) == (perform(step).known[0].amount, NOT_READ)


def test_credit_that_was_not_found_may_be_late() -> None:
    """The next credit of the payment knows that it may be credited already, and by whom."""
    world = World()
    world.tell(up_to_credit(world), UNKNOWN)
    world.wait(2)
    step = perform(world.tell(look(world.start()), ledger.Looked(finding=Finding.NO_EFFECT)))
    assert (step.attempt.op, step.may_be_credited) == (AttemptOp.CREDIT, True)


def test_bill_is_known_as_one_at_every_step() -> None:
    """“A cancel gives it back to the client unpaid, and never deletes it”: its mark tells a store that finds it."""
    world = World()
    bill = ledger.take_bill(world.dossier, ONE, OTHER, world.target(ONE), terms(), world.tick())
    assert bill.result
    world.dossier = bill.dossier
    step = perform(world.start())
    assert (operation(step), step.bill) == ((AttemptOp.WRITE, ONE), True)
    assert step.attempt.target is not None
    mark = ledger.find_mark(step.attempt.target.mark)
    assert mark is not None
    assert mark.bill


# ---------------------------------------------------------------------------------------- what a look or a word came to


@pytest.mark.parametrize("credited", [False, True])
def test_payment_that_was_found_is_what_it_was_made_as(credited: bool) -> None:
    """It may have been made from another revision, by a store that was lost: what it credits tells the look."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    made = attrs.evolve(world.target(ONE), subaccount_id=SubaccountId(9))
    found = ledger.Looked(finding=Finding.TOOK_EFFECT, payment_id=OTHER, created=made, credited=credited)
    assert operation(world.tell(look(world.start()), found)) == (AttemptOp.CANCEL, ONE)
    assert world.dossier.links[ONE].applied == (made if credited else None)


def test_payment_that_a_person_took_out_is_the_lines_all_the_same() -> None:
    """It is not made again, and no other line takes it."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    world.tell(look(world.start()), ledger.Looked(finding=Finding.CHANGED, payment_id=OTHER, reason="refunded"))
    link = world.dossier.links[ONE]
    assert (link.state, link.payment_id) == (LinkState.REMOTE_CHANGED, OTHER)


def test_fields_that_were_not_written_because_a_credit_was_first_are_not_there() -> None:
    """“Nothing was written: an old credit was there first”: what stands is what the payment showed."""
    world = World()
    world.tell(up_to_credit(world), UNKNOWN)
    world.show(one="50.00")
    world.wait(2)
    write = perform(world.tell(look(world.start()), ledger.Looked(finding=Finding.NO_EFFECT)))
    shows = attrs.evolve(world.target(ONE), amount=world.amounts[ONE] * 2)
    found = ledger.Looked(
        finding=Finding.TOOK_EFFECT, payment_id=write.attempt.payment_id, created=shows, credited=True
    )
    step = world.tell(write, found)
    assert world.dossier.attempts[write.attempt.id].outcome is AttemptOutcome.NOT_SENT
    assert (operation(step), world.dossier.links[ONE].applied) == ((AttemptOp.UPDATE, ONE), shows)


def test_edit_that_may_have_been_done_in_part_is_in_doubt() -> None:
    """“What may have been done in part is no answer: what was sent is counted as if it stood.”"""
    world = World(one="100.00", two="10.00")
    deliver(world)
    world.show(one="150.00", two="10.00")
    world.tell(perform(world.start()), ledger.Refused(reason="still shows another amount", partly=True))
    world.show(one="100.00", two="60.00")
    world.wait(60)
    step = perform(world.start())
    assert (operation(step), step.in_doubt) == ((AttemptOp.UPDATE, ONE), True)


# ------------------------------------------------------------------------------------------------- another contract


def exported() -> World:
    """Return an exported line of a client whose other contracts name the same subaccount."""
    world = World()
    world.subaccounts[TWO] = world.subaccounts[THREE] = world.subaccounts[ONE]
    deliver(world)
    return world


def test_payment_follows_its_money_to_one_contract_alone() -> None:
    """“Two payments for a mark” there never are, nor two lines for a payment."""
    world = exported()
    payment = world.dossier.links[ONE].payment_id
    world.show(two="60.00", three="40.00")
    deliver(world)
    held = [link.payment_id for link in world.dossier.links.values() if link.payment_id is not None]
    assert payment in held
    assert len(set(held)) == len(held) == 2


def test_payment_does_not_follow_its_money_to_another_subaccount() -> None:
    """“A change of subaccount cancels the old payment and only then makes a new one.”"""
    world = exported()
    world.subaccounts[TWO] = 9
    world.show(two="100.00")
    assert operation(world.start()) == (AttemptOp.CANCEL, ONE)
    assert world.dossier.links[TWO].payment_id is None


def test_payment_that_follows_its_money_brings_what_is_known_of_it() -> None:
    """What it showed before is no person's change on the new line either, and what was in that line's way is over."""
    world = exported()
    world.show(one="50.00")
    deliver(world)
    world.show(one="50.00", two="20.00")
    refused = ledger.Refused(reason="no method", code=QuarantineCode.NO_METHOD, final=True)
    world.tell(perform(world.start()), refused)
    history = world.dossier.links[ONE].history
    world.show(two="50.00")
    world.start()
    link = world.dossier.links[TWO]
    assert history
    assert (link.history, link.code, link.refused_rev) == (history, None, None)


@pytest.mark.parametrize("way", ["has one", "abandoned"])
def test_payment_does_not_follow_its_money_to_a_line_that_is_not_free(way: str) -> None:
    """A line never has two payments, and an abandoned one is left alone."""
    world = exported()
    world.show(one="100.00", two="20.00")
    if way == "has one":
        step = perform(world.start())
        step = perform(world.tell(step, ledger.Done(payment_id=OTHER)))
        world.tell(step, ledger.Refused(reason="no such field", final=True))
    else:
        world.dossier = ledger.abandon(world.dossier, TWO, "by hand", world.tick()).dossier
    before = world.dossier.links[TWO].payment_id
    world.show(two="100.00")
    assert operation(world.start()) == (AttemptOp.CANCEL, ONE)
    assert world.dossier.links[TWO].payment_id == before
