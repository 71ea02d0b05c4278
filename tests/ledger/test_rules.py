"""The rules at the head of the core, one by one: what a late answer, a dead worker or a second line may not do."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from one_document import (
    NO_EFFECT,
    NOT_SENT,
    ONE,
    REF,
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
from billmanager_1c.ledger import AttemptOp, Finding, LinkState, Trouble
from billmanager_1c.models import PaymentId, QuarantineCode

EXISTS = ledger.Failed(trouble=Trouble.EXISTS, reason="there is a payment with this number")


def cancelled_but_there(credit: ledger.Answer, **others: str) -> World:
    """Return a line whose payment BILLmanager would not delete; its credit was answered like this."""
    world = World(one="100.00", **others)
    step = world.start()
    while isinstance(step, ledger.Perform):
        answer: ledger.Answer = ledger.Done()
        if step.attempt.op is AttemptOp.CREATE:
            answer = ledger.Done(payment_id=PaymentId(7 if step.attempt.contract_id == ONE else 8))
        elif operation(step) == (AttemptOp.CREDIT, ONE):
            answer = credit
        step = world.tell(step, answer)
    world.show(**others)
    world.wait(2)
    step = perform(world.start())
    assert operation(step) == (AttemptOp.CANCEL, ONE)
    world.tell(step, ledger.Done(lingers=True))
    return world


# ----------------------------------------------------------------------------------------------- unknown outcomes


def test_number_that_is_taken_is_looked_for_by_whoever_comes() -> None:
    """“``payment_payd`` on create means that the payment exists: look”: a failed look and a take-over change nothing.

    Until all that was sent has settled, a list that does not show it proves nothing; after that the number and the
    mark are spent, and what follows is a payment of a new generation.
    """
    world = World()
    create = perform(world.start())
    step = look(world.tell(create, EXISTS))
    world.tell(step, UNKNOWN)
    world.wait(6)
    step = look(world.start("worker 2"))
    assert step.attempt.number_taken
    world.tell(step, NO_EFFECT, "worker 2")
    assert world.dossier.links[ONE].state is LinkState.CREATE_UNKNOWN
    world.wait(30)
    step = look(world.start("worker 3"))
    assert step.attempt.number_taken
    again = perform(world.tell(step, NO_EFFECT, "worker 3"))
    assert (again.attempt.op, again.attempt.gen) == (AttemptOp.CREATE, 2)
    assert again.attempt.random_number != create.attempt.random_number


def test_look_that_failed_says_nothing() -> None:
    """An unknown outcome “is resolved by looking, never by guessing”: trouble of the look is not the write's."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    step = look(world.start())
    world.tell(step, NOT_SENT)
    assert world.dossier.links[ONE].state is LinkState.CREATE_UNKNOWN
    assert world.dossier.open_attempt(ONE) is not None


def test_what_comes_to_nothing_again_and_again_is_given_a_pause() -> None:
    """A write that proved not to have been done is repeated at once, but not without end."""
    world = World()
    for _ in range(3):
        world.wait(120)
        step = world.start()
        if isinstance(step, ledger.Look):
            step = world.tell(step, NO_EFFECT)
        world.tell(perform(step), UNKNOWN)
    world.wait(120)
    end = world.tell(look(world.start()), NO_EFFECT)
    assert isinstance(end, ledger.Finished)
    assert world.dossier.links[ONE].state is LinkState.PENDING


def test_fields_that_a_dead_worker_sent_may_still_arrive() -> None:
    """“Arbitrarily late commits”: other fields are not written before those of a dead worker cannot come any more.

    Written at once, the old ones would come after them, and the old sum would be credited.
    """
    world = World()
    step = perform(world.start())
    old = perform(world.tell(step, done(step))).attempt
    assert old.op is AttemptOp.WRITE
    world.show(one="50.00")
    for minutes in (6, 8):
        world.wait(minutes)
        assert isinstance(world.start("worker 2"), ledger.Finished)
    assert world.now < old.settle_after
    world.wait(8)
    step = perform(world.start("worker 2"))
    assert step.attempt.op is AttemptOp.WRITE
    assert (step.in_doubt, step.before) == (True, None)


def test_edit_that_was_not_seen_is_undone_by_another() -> None:
    """An edit that was sent and not seen may still arrive: the old sum is written again though it stands."""
    world = World()
    deliver(world)
    world.show(one="50.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    world.show(one="100.00")
    world.tell(look(world.start()), NO_EFFECT)
    world.wait(60)
    assert operation(world.start()) == (AttemptOp.UPDATE, ONE)


def test_what_we_showed_before_is_remembered() -> None:
    """“An old value of ours is not a person's change”: it is told apart by what a payment showed before."""
    world = World()
    deliver(world)
    before = world.dossier.links[ONE].applied
    world.show(one="50.00")
    assert deliver(world) == [AttemptOp.UPDATE]
    assert world.dossier.links[ONE].history == (before,)


def test_cancel_that_was_not_sent_this_time_may_have_been_before() -> None:
    """“What a cancel has begun it ends”, also where its second attempt did not leave the machine."""
    world = World()
    deliver(world)
    world.show()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    world.tell(perform(world.start()), NOT_SENT)
    world.show(one="100.00")
    world.wait(2)
    assert operation(world.start()) == (AttemptOp.CANCEL, ONE)


# ------------------------------------------------------------------------------------------- what goes with a write


def test_nothing_is_sent_after_the_lease_and_nothing_is_settled_before_it() -> None:
    """“``send_by`` self-fence”, “``settle_after``”: a request leaves by the end of the lease, and settles later."""
    attempt = perform(World().start()).attempt
    assert attempt.send_by == attempt.started_at + terms().lease
    assert attempt.settle_after == attempt.send_by + terms().settle


def test_high_water_is_the_lowest_of_a_generation() -> None:
    """“Newer than ``high_water``”: what an earlier create of the generation made may be older than the last one."""
    world = World()
    world.high_water = 10
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(30)
    world.high_water = 99
    again = perform(world.tell(look(world.start()), NO_EFFECT))
    assert again.attempt.high_water == 10


def test_payment_of_an_earlier_turn_is_read_before_anything_is_done_to_it() -> None:
    """A payment is known to be as we made it only by the worker who made it, in the turn in which he did."""
    world = World()
    step = perform(world.start())
    step = perform(world.tell(step, done(step)))
    assert not step.resumed
    world.wait(40)
    assert perform(world.start("worker 2")).resumed


def test_payment_found_by_its_likeness_is_a_guess() -> None:
    """Who made a payment that was found by its likeness alone nobody knows: a cancel does not delete it."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    found = ledger.Looked(finding=Finding.TOOK_EFFECT, payment_id=PaymentId(7), reason=ledger.ALIKE)
    world.tell(look(world.start()), found)
    world.wait(40)
    world.show()
    step = perform(world.start())
    assert (step.attempt.op, step.guess) == (AttemptOp.CANCEL, True)


def test_every_generation_has_a_mark_and_a_number_of_its_own() -> None:
    """“A random ``randomnumber`` per generation”: one that was used stands for a payment that is over."""
    world = World()
    made = []
    for _ in range(3):
        world.show(one="100.00")
        step = perform(world.start())
        made.append(step.attempt)
        while isinstance(step, ledger.Perform):
            step = world.tell(step, done(step))  # type: ignore[assignment]
        world.show()
        world.tell(perform(world.start()), ledger.Done())
    assert len({attempt.random_number for attempt in made}) == 3
    assert len({attempt.target.mark for attempt in made if attempt.target}) == 3


# ------------------------------------------------------------------------------------------------ another contract


def moved() -> World:
    """Return a document whose payment follows its money from one contract to another of the same subaccount."""
    world = World()
    world.subaccounts[TWO] = world.subaccounts[ONE]
    deliver(world)
    world.show(two="100.00")
    return world


def test_payment_that_follows_its_money_leaves_neither_mark_nor_number_behind() -> None:
    """“A mark is never used for two payments, nor two payments for a mark.”"""
    world = moved()
    first = next(iter(world.dossier.attempts.values()))
    assert deliver(world) == [AttemptOp.UPDATE]
    assert world.dossier.links[TWO].payment_id is not None
    world.show(one="30.00", two="100.00")
    again = perform(world.start()).attempt
    assert (again.op, again.contract_id) == (AttemptOp.CREATE, ONE)
    assert again.target is not None
    assert first.target is not None
    assert again.target.mark != first.target.mark
    assert again.random_number != first.random_number


def test_payment_of_an_abandoned_line_follows_nobody() -> None:
    """“An abandoned line is left alone”: its payment does not go to another contract either."""
    world = moved()
    kept = world.dossier.links[ONE].payment_id
    world.dossier = ledger.abandon(world.dossier, ONE, "settled by hand", world.tick()).dossier
    deliver(world)
    assert world.dossier.links[ONE].payment_id == kept


def test_no_payment_comes_to_a_line_that_still_waits_for_an_old_one() -> None:
    """“gen+1 waits for ``settle_after`` of every attempt on that id and reads again (a late credit may still land).”"""
    world = cancelled_but_there(UNKNOWN, two="50.00")
    world.subaccounts[ONE] = world.subaccounts[TWO]
    world.show(one="50.00")
    assert operation(world.start()) == (AttemptOp.CANCEL, TWO)


@pytest.mark.parametrize("credited", [False, True], ids=["before the credit", "after it"])
def test_payment_of_another_subaccount_is_cancelled_and_never_changed(credited: bool) -> None:
    """A payment credits the subaccount it was created for: for another one it is cancelled, and a new one is made."""
    world = World()
    if credited:
        deliver(world)
    else:
        step = perform(world.start())
        world.tell(step, done(step))
        world.wait(40)
    world.subaccounts[ONE] = 9
    world.show(one="100.0")
    assert operation(world.start()) == (AttemptOp.CANCEL, ONE)


# ------------------------------------------------------------------------------------------------- late credits


def test_cancelled_payment_is_read_again_when_the_last_request_has_settled() -> None:
    """“gen+1 waits for ``settle_after`` of every attempt on that id and reads again (a late credit may still land).”"""
    world = cancelled_but_there(UNKNOWN)
    latest = max(attempt.settle_after for attempt in world.dossier.attempts.values())
    world.show(one="100.00")
    world.now = latest - dt.timedelta(minutes=1)
    assert isinstance(world.start(), ledger.Finished)
    world.now = latest
    assert isinstance(world.start(), ledger.LookBack)


def test_credit_that_came_after_the_cancel_is_cancelled_too() -> None:
    """“A late credit may still land”: then the cancel is not over."""
    world = cancelled_but_there(UNKNOWN)
    world.wait(60)
    step = world.tell_seen(world.start(), credited=True)
    assert operation(step) == (AttemptOp.CANCEL, ONE)
    assert perform(step).attempt.payment_id == PaymentId(7)


def test_second_reading_is_taken_from_the_holder_of_the_line_alone() -> None:
    """“An end is accepted only from the holder of the fence”, and so is what was read of a cancelled payment."""
    world = cancelled_but_there(UNKNOWN)
    world.wait(60)
    step = world.start()
    world.wait(6)
    world.start("worker 2")
    kept = world.dossier
    assert isinstance(world.tell_seen(step, credited=False), ledger.Finished)
    assert world.dossier == kept


def test_line_is_not_asked_about_while_an_old_payment_may_still_be_credited() -> None:
    """A possible twin is a question for later: first the old payment is read again."""
    world = cancelled_but_there(UNKNOWN)
    world.show(one="100.00")
    world.wait(60)
    world.suspected[ONE] = PaymentId(55)
    assert isinstance(world.start(), ledger.LookBack)


# ----------------------------------------------------------------------------------------- debts of a document


def test_late_credit_of_a_cancelled_payment_is_a_debt() -> None:
    """“No create, credit or increase starts while another of its links owes a cancel or a decrease.”"""
    world = cancelled_but_there(UNKNOWN)
    world.show(two="100.00")
    assert isinstance(world.start(), ledger.Finished)


def test_edit_that_was_not_seen_is_a_debt() -> None:
    """What an edit may still make of a payment counts as standing: another line does not grow before it is undone."""
    world = World(one="10.00", two="10.00")
    deliver(world)
    world.show(one="10.00", two="100.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    world.show(one="100.00", two="10.00")
    world.tell(look(world.start()), NO_EFFECT)
    world.wait(60)
    assert operation(world.start()) == (AttemptOp.UPDATE, TWO)


def test_credit_that_was_not_seen_is_a_debt() -> None:
    """A payment that was not found credited may be so yet, with the sum that was written to it."""
    world = World(one="100.00")
    step = perform(world.start())
    while step.attempt.op is not AttemptOp.CREDIT:
        step = perform(world.tell(step, done(step)))
    world.tell(step, UNKNOWN)
    world.wait(2)
    world.show(one="10.00", two="90.00")
    step = world.tell(look(world.start()), NO_EFFECT)
    while isinstance(step, ledger.Perform):
        assert operation(step)[1] == ONE
        step = world.tell(step, UNKNOWN)


# ---------------------------------------------------------------------------------------------------- seen in 1C


def observe(world: World, digest: str, **changes: object) -> None:
    """Let 1C show the document once more."""
    record = world.dossier.record
    assert record is not None
    sighting = ledger.Sighting(ref=REF, digest=digest, version="2", amounts=world.amounts, reason="not posted")
    sighting = attrs.evolve(sighting, **changes)  # type: ignore[arg-type]
    document = attrs.evolve(record.document, version="2", number="2")
    world.dossier = ledger.observe(world.dossier, sighting, document, world.tick()).dossier


def test_reposted_without_change() -> None:
    """“Re-posted without change: no call”; the version and the rest of the document are those of the last reading."""
    world = World()
    record = world.dossier.record
    assert record is not None
    observe(world, record.digest)
    record = world.dossier.record
    assert (record.observed_rev, record.version, record.document.number) == (1, "2", "2")


def test_document_that_is_too_old_and_is_exported_stays() -> None:
    """“Nothing dated earlier is exported unless it already was.”"""
    world = World()
    deliver(world)
    observe(world, "another day", too_old="older than the export")
    record = world.dossier.record
    assert record is not None
    assert (record.wanted, record.version) == (True, "2")


def test_document_that_is_too_old_is_read_again_when_the_line_is_drawn_earlier() -> None:
    """What is too old is kept without a version, which equals no other."""
    world = World()
    observe(world, "another day", too_old="older than the export")
    record = world.dossier.record
    assert record is not None
    assert (record.wanted, record.version) == (False, "")
    observe(world, "another day", too_old="older than the export")
    assert world.dossier.record.version == ""


def test_news_end_a_pause() -> None:
    """A change in 1C is news: whatever was waited for may be mended by it."""
    world = World()
    refused = ledger.Refused(reason="the method is closed")
    world.tell(perform(world.start()), refused)
    assert world.dossier.links[ONE].next_attempt_at is not None
    world.show(one="50.00")
    assert world.dossier.links[ONE].next_attempt_at is None


def test_final_refusal_is_reopened_by_a_newer_revision_alone() -> None:
    """“Only a newer revision, or a person, makes it worth trying again.”"""
    world = World()
    refused = ledger.Refused(reason="its money is spent", code=QuarantineCode.CANCEL_REFUSED, final=True)
    world.tell(perform(world.start()), refused)
    world.wait(600)
    assert isinstance(world.start(), ledger.Finished)
    world.show(one="50.00")
    assert operation(world.start()) == (AttemptOp.CREATE, ONE)


def test_sum_that_a_late_credit_may_find_is_not_raised_while_another_line_owes() -> None:
    """I1: what is written to a payment whose credit may still arrive stands as soon as it does."""
    world = World(one="60.00", two="40.00")
    step = world.start()
    while isinstance(step, ledger.Perform):
        answer: ledger.Answer = ledger.Done()
        if step.attempt.op is AttemptOp.CREATE:
            answer = ledger.Done(payment_id=PaymentId(7 if step.attempt.contract_id == ONE else 8))
        elif operation(step) == (AttemptOp.CREDIT, ONE):
            answer = UNKNOWN
        step = world.tell(step, answer)
    world.show(one="100.00")
    world.wait(2)
    step = world.start()
    assert operation(step) == (AttemptOp.CANCEL, TWO)
    step = world.tell(perform(step), UNKNOWN)
    while isinstance(step, ledger.Look):
        step = world.tell(step, NO_EFFECT)
    assert isinstance(step, ledger.Finished)
    world.wait(2)
    step = world.start()
    assert operation(step) == (AttemptOp.CANCEL, TWO)
    assert operation(world.tell(perform(step), ledger.Done())) == (AttemptOp.WRITE, ONE)


@pytest.mark.parametrize("there", [True, False])
def test_cancel_that_nobody_saw_end_is_not_forgotten_because_another_was_refused(there: bool) -> None:
    """Promise 2: the late one may take the credit back, so what reads like 1C's is made sure of, and made anew."""
    world = World()
    deliver(world)
    world.show()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(2)
    refused = ledger.Refused(reason="spent", code=QuarantineCode.CANCEL_REFUSED, final=True)
    world.tell(perform(world.start()), refused)
    world.show(one="100.00")
    step = world.start()
    assert isinstance(step, ledger.Finished)
    assert "can arrive any more" in step.dossier.links[ONE].reason
    world.wait(60)
    step = perform(world.start())
    assert (step.attempt.op, step.may_be_unpaid) == (AttemptOp.UPDATE, True)
    payment_id = step.attempt.payment_id if there else None
    step = world.tell(step, ledger.Looked(finding=Finding.UNPAID, payment_id=payment_id))
    if not there:
        world.wait(60)
        step = world.tell_seen(world.start(), credited=False)
    assert operation(step) == (AttemptOp.WRITE if there else AttemptOp.CREATE, ONE)


def test_payment_that_came_back_and_is_kept_is_a_debt() -> None:
    """I1: a cancelled payment that a late credit reached stands until it is taken back, and BILLmanager may keep it."""
    world = cancelled_but_there(UNKNOWN)
    world.show(two="100.00")
    world.wait(60)
    step = world.tell_seen(world.start(), credited=True)
    assert operation(step) == (AttemptOp.CANCEL, ONE)
    refused = ledger.Refused(reason="spent", code=QuarantineCode.CANCEL_REFUSED, final=True)
    assert isinstance(world.tell(perform(step), refused), ledger.Finished)
    world.wait(60)
    assert isinstance(world.start(), ledger.Finished)
    world.show(one="40.00", two="60.00")
    assert operation(world.start()) == (AttemptOp.WRITE, ONE)
