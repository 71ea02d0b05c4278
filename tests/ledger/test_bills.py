"""Bills: a client's own payment that was taken for a line, and what is remembered of it to give it back."""

from __future__ import annotations

import attrs
import pytest
from one_document import NO_EFFECT, ONE, UNKNOWN, World, deliver, look, operation, perform, terms
from test_decisions import SECOND, found, link_of

from billmanager_1c import ledger
from billmanager_1c.ledger import AttemptOp, Finished, LinkState, Seen, Standing, Target


def take(world: World, purpose: str) -> Target:
    """Take a bill for the line; return what it was."""
    bill = attrs.evolve(world.target(ONE), description=purpose)
    verdict = ledger.take_bill(world.dossier, ONE, SECOND, bill, terms(), world.tick())
    assert verdict.result
    world.dossier = verdict.dossier
    return bill


def exported() -> World:
    """Return a line that is exported by a bill."""
    world = World()
    take(world, "оплата хостинга")
    assert deliver(world) == [AttemptOp.WRITE, AttemptOp.CREDIT]
    return world


def look_back(world: World, mark: str, *, credited: bool = False) -> ledger.Step:
    """Tell that the payment that was given back, or cancelled, carries this mark, and whether it is paid."""
    step = world.start()
    assert isinstance(step, ledger.LookBack)
    seen = ledger.LookedBack(contract_id=ONE, credited=credited, mark=mark)
    verdict = ledger.look_back(world.dossier, seen, world.wants(), world.revision, terms(), world.tick())
    world.dossier = verdict.dossier
    return verdict.result


def test_bill_is_given_back_as_it_was_when_it_was_taken_last() -> None:
    """Between two takings it is the client's, and he may have changed it."""
    world = World()
    for purpose in ("оплата хостинга", "другое"):
        bill = take(world, purpose)
        deliver(world)
        world.show()
        step = perform(world.start())
        assert (operation(step), step.original) == ((AttemptOp.CANCEL, ONE), bill)
        world.tell(step, ledger.Done())
        world.show(one="100.00")


def test_bill_that_was_found_by_its_mark_is_not_what_the_client_made() -> None:
    """“One that was found by its mark had been written to”: it was what it was when it was taken."""
    world = World()
    bill = take(world, "оплата хостинга")
    deliver(world)
    applied = link_of(world).applied
    assert applied is not None
    world.show()
    world.tell(perform(world.start()), ledger.Done())
    found(world, bill=True, target=applied)
    credited = Seen(standing=Standing.CREDITED, target=applied)
    world.dossier = ledger.retry(world.dossier, ONE, credited, None, world.tick()).dossier
    step = perform(world.start())
    assert (operation(step), step.original) == ((AttemptOp.CANCEL, ONE), bill)


@pytest.mark.parametrize(
    ("minutes", "answer", "lingers"),
    [
        pytest.param(2, UNKNOWN, True, id="an edit under way"),
        pytest.param(60, UNKNOWN, False, id="an edit that cannot come any more"),
        pytest.param(2, ledger.Refused(reason="no"), False, id="an edit that was refused"),
    ],
)
def test_bill_is_read_again_where_something_may_still_reach_it(
    minutes: float, answer: ledger.Answer, *, lingers: bool
) -> None:
    """“A bill is given back and not deleted: … an edit with our mark may still reach it.”"""
    world = exported()
    world.show(one="150.00")
    world.tell(perform(world.start()), answer)
    world.show()
    world.wait(minutes)
    step = world.start()
    if isinstance(step, ledger.Look):
        step = world.tell(look(step), NO_EFFECT)
    world.tell(perform(step), ledger.Done())
    assert link_of(world).lingering_id == (SECOND if lingers else None)


@pytest.mark.parametrize("is_ours", [True, False])
def test_bill_that_carries_our_mark_again_is_given_back_again(*, is_ours: bool) -> None:
    """“Paid by the client, it would be taken for ours”; with words of his own it is his."""
    world = exported()
    mark = perform_mark(world)
    world.show(one="150.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.show()
    world.tell(perform(world.tell(look(world.start()), NO_EFFECT)), ledger.Done())
    world.wait(60)
    step = look_back(world, mark if is_ours else ledger.make_mark("a copy", world.dossier.ref, ONE, 1))
    assert isinstance(step, Finished) is not is_ours
    assert link_of(world).state is (LinkState.CANCEL_INTENT if is_ours else LinkState.ABSENT)


@pytest.mark.parametrize(
    ("unseen", "marked", "is_his"),
    [("update", False, True), ("update", True, False), ("credit", False, False)],
    ids=["nothing of ours can have paid it", "our mark is on it", "a credit of ours may have paid it"],
)
def test_bill_that_was_given_back_and_is_paid(unseen: str, *, marked: bool, is_his: bool) -> None:
    """“What a person did in BILLmanager is neither overwritten nor undone”: where it may be the client's, ask."""
    world = World()
    take(world, "оплата хостинга")
    step = perform(world.tell(perform(world.start()), ledger.Done()))
    assert step.attempt.op is AttemptOp.CREDIT
    mark = step.attempt.target.mark if step.attempt.target else ""
    if unseen == "update":
        world.tell(step, ledger.Done())
        world.show(one="150.00")
        step = perform(world.start())
    world.tell(step, UNKNOWN)
    world.show()
    step = world.start()
    step = world.tell(look(step), NO_EFFECT) if isinstance(step, ledger.Look) else step
    world.tell(perform(step), ledger.Done())
    world.wait(60)
    assert isinstance(look_back(world, mark if marked else "", credited=True), Finished)
    link = link_of(world)
    assert link.lingering_id is None
    if is_his:
        assert (link.state, link.payment_id) == (LinkState.ABSENT, None)
    else:
        assert (link.state, link.payment_id) == (LinkState.REMOTE_CHANGED, SECOND)
        world.dossier = ledger.dismiss(world.dossier, ONE, SECOND, world.tick()).dossier
        assert link_of(world).payment_id is None


def perform_mark(world: World) -> str:
    """Return the mark that was written to the payment of the line."""
    applied = link_of(world).applied
    assert applied is not None
    return applied.mark


def test_cancelled_payment_keeps_its_mark() -> None:
    """What was made for the line is no bill: cancelled, it shows our mark for ever, and that is no news."""
    world = World()
    deliver(world)
    mark = perform_mark(world)
    world.show()
    world.tell(perform(world.start()), ledger.Done(lingers=True))
    world.wait(60)
    assert isinstance(look_back(world, mark), Finished)
    assert link_of(world).state is LinkState.ABSENT
