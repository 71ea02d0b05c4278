"""What people decide about a line, and what the sweep finds for it: when it holds, and what it may not undo."""

from __future__ import annotations

import attrs
import pytest
from one_document import ONE, TWO, UNKNOWN, World, deliver, done, perform, terms

from billmanager_1c import ledger
from billmanager_1c.ledger import AttemptOp, FoundAs, Link, LinkState, Seen, Standing
from billmanager_1c.models import PaymentId, QuarantineCode

SECOND = PaymentId(70)


def link_of(world: World) -> Link:
    """Return the line."""
    return world.dossier.links[ONE]


def put(world: World, **fields: object) -> None:
    """Bring the line into a state that takes many steps."""
    world.dossier = world.dossier.with_link(attrs.evolve(link_of(world), **fields))  # type: ignore[arg-type]


def found(
    world: World,
    standing: Standing = Standing.CREDITED,
    *,
    gen: int = 1,
    target: ledger.Target | None = None,
    bill: bool = False,
) -> FoundAs:
    """Let the sweep find a payment with the line's mark."""
    mark = ledger.find_mark(ledger.make_mark("upp", world.dossier.ref, ONE, gen, bill=bill))
    assert mark is not None
    payment = ledger.Found(payment_id=SECOND, mark=mark, standing=standing, target=target or world.target(ONE))
    verdict = ledger.bind_found(world.dossier, payment, terms("sweeper"), world.tick())
    world.dossier = verdict.dossier
    return verdict.result


def seen(world: World, standing: Standing) -> Seen:
    """Return a payment as it was just read."""
    return Seen(standing=standing, target=world.target(ONE))


def credited_by_nobody() -> tuple[World, ledger.Perform]:
    """Return a line at whose create a worker was stopped for longer than his lease."""
    world = World()
    step = perform(world.start())
    world.wait(6)
    return world, step


# ------------------------------------------------------------------------------------------------------ the fence


@pytest.mark.parametrize("decision", ["abandon", "adopt", "bind_found"])
def test_worker_who_wakes_after_a_decision_changes_nothing(decision: str) -> None:
    """“Each raises the fence, so that a worker who still has the line is told nothing more and changes nothing.”"""
    world, step = credited_by_nobody()
    fence = link_of(world).fence
    if decision == "abandon":
        world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    elif decision == "adopt":
        adopted = seen(world, Standing.CREDITED)
        world.dossier = ledger.adopt(world.dossier, ONE, adopted, SECOND, world.tick()).dossier
    else:
        assert found(world) is FoundAs.BOUND
    assert link_of(world).fence > fence
    kept = world.dossier
    late = world.tell(step, done(step))
    assert isinstance(late, ledger.Finished)
    assert world.dossier == kept


def test_loss_and_a_bill_raise_the_fence_too() -> None:
    """The same holds for a payment that was found to be gone, and for a bill that is taken for the line."""
    world = World()
    deliver(world)
    fence, payment = link_of(world).fence, link_of(world).payment_id
    assert payment is not None
    world.dossier = ledger.lose(world.dossier, ONE, payment, Seen(standing=Standing.GONE), world.tick()).dossier
    assert link_of(world).fence > fence
    other = World()
    fence = link_of(other).fence
    bill = ledger.take_bill(other.dossier, ONE, SECOND, other.target(ONE), terms(), other.tick())
    assert bill.result
    assert bill.dossier.links[ONE].fence > fence


def test_worker_at_his_work_is_not_interrupted() -> None:
    """A line that a worker holds is nobody's to decide about: he is in the middle of a call."""
    world = World()
    world.start()
    kept = world.dossier
    assert ledger.abandon(world.dossier, ONE, "by hand", world.tick()).result
    assert ledger.adopt(world.dossier, ONE, seen(world, Standing.CREDITED), SECOND, world.tick()).result
    assert found(world) is FoundAs.BUSY
    assert world.dossier == kept


# ---------------------------------------------------------------------------------------------- found by its mark


def made_here(world: World) -> None:
    """Let the payment that is found be one that this store made in a generation that is over."""
    step = perform(world.start())
    world.tell(step, ledger.Done(payment_id=SECOND))
    put(world, gen=2, state=LinkState.PENDING, payment_id=None, lease_owner=None, lease_until=None)


def test_unpaid_payment_of_a_generation_that_is_over_is_nobodys() -> None:
    """“A cancelled generation is never credited again”, whoever finds its payment."""
    world = World()
    made_here(world)
    assert found(world, Standing.INERT) is FoundAs.STRAY
    assert link_of(world).payment_id is None
    assert link_of(world).state is LinkState.PENDING


def test_unpaid_payment_that_another_store_made_holds_the_line() -> None:
    """Fault 74: that store may credit it at any moment, and the number of this generation is not the one it has."""
    world = World()
    put(world, gen=2)
    fence = link_of(world).fence
    assert found(world, Standing.INERT) is FoundAs.OTHERS
    link = link_of(world)
    assert (link.state, link.code, link.twin_id) == (LinkState.DUPLICATE_FOUND, QuarantineCode.DUPLICATE, SECOND)
    assert link.fence > fence
    assert isinstance(world.start(), ledger.Finished)
    world.show(one="110.00")  # another revision makes no other payment of it
    assert isinstance(world.start(), ledger.Finished)


def test_payment_of_another_store_is_taken_or_cancelled_by_a_person() -> None:
    """While it is credited it is the line's money, and a second one is not made for the asking."""
    world = World()
    put(world, gen=2)
    found(world, Standing.INERT)
    refused = ledger.retry(world.dossier, ONE, None, seen(world, Standing.CREDITED), world.tick())
    assert "adopt()" in refused.result
    adopted = ledger.adopt(world.dossier, ONE, seen(world, Standing.CREDITED), SECOND, world.tick())
    assert (adopted.result, adopted.dossier.links[ONE].state) == ("", LinkState.SYNCED)
    world.dossier = ledger.retry(world.dossier, ONE, None, seen(world, Standing.GONE), world.tick()).dossier
    assert perform(world.start()).attempt.op is AttemptOp.CREATE


@pytest.mark.parametrize("why", ["unwanted", "lingering", "a payment of its own"])
def test_payment_of_another_store_holds_no_line_that_makes_none(why: str) -> None:
    """A line that is to have no payment now, or has one, has nothing to fear from it."""
    world = World()
    target = world.target(ONE)
    match why:
        case "unwanted":
            world.show()
        case "lingering":
            put(world, lingering_id=PaymentId(5), lingering_until=None)
        case _:
            deliver(world)
    put(world, gen=2)
    kept = world.dossier
    assert found(world, Standing.INERT, target=target) is FoundAs.STRAY
    assert world.dossier == kept


@pytest.mark.parametrize("bill", [True, False])
def test_credit_of_a_bill_that_was_given_back(bill: bool) -> None:
    """Of a payment of ours it is a late credit. A bill may have been paid by its client: a person says which."""
    world = World()
    put(world, gen=2, state=LinkState.ABSENT)
    assert found(world, bill=bill) is FoundAs.BOUND
    assert link_of(world).state is (LinkState.REMOTE_CHANGED if bill else LinkState.SYNCED)
    world = World()
    assert found(world, bill=bill) is FoundAs.BOUND  # of this generation: its own, whoever lost it
    assert link_of(world).state is LinkState.SYNCED


def test_mark_of_a_later_generation_is_used_up() -> None:
    """“A mark is never used for two payments”: a store of yesterday learns of the generations it has forgotten."""
    world = World()
    assert found(world, gen=3) is FoundAs.BOUND
    assert link_of(world).gen == 3
    world.show()
    world.tell(perform(world.start()), ledger.Done())
    world.show(one="100.00")
    assert perform(world.start()).attempt.gen == 4


def test_abandoned_line_takes_no_payment() -> None:
    """“An abandoned line is left alone until he says otherwise.”"""
    world = World()
    world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    assert found(world) is FoundAs.STRAY
    assert link_of(world).payment_id is None


@pytest.mark.parametrize("standing", [Standing.CREDITED, Standing.INERT, Standing.TAKEN_OUT])
def test_dismissed_payment_is_not_bound_again(standing: Standing) -> None:
    """“It is never asked about again”, though it carries the mark of the line: a person said whose it is."""
    world = World()
    put(world, gen=2, dismissed=(SECOND,))
    kept = world.dossier
    assert found(world, standing) is FoundAs.DISMISSED
    assert world.dossier == kept


def test_dismissed_payment_is_no_second_one() -> None:
    """“``dismiss`` settles the pair for good”, also for a payment that carries the line's mark."""
    world = World()
    deliver(world)
    assert found(world) is FoundAs.DUPLICATE
    world.dossier = ledger.dismiss(world.dossier, ONE, SECOND, world.tick()).dossier
    assert link_of(world).twin_id is None
    assert found(world) is not FoundAs.DUPLICATE
    assert link_of(world).twin_id is None


def test_found_payment_is_made_sure_of_by_writing_it() -> None:
    """Nobody knows which revision a payment shows that was found: all of its fields are written again."""
    world = World()
    found(world)
    link = link_of(world)
    assert (link.state, link.applied_rev, link.twin_id) == (LinkState.SYNCED, 0, None)


def test_payment_found_for_a_line_that_should_have_none_is_cancelled() -> None:
    """A line at rest without a payment is at rest no more when one is found: “cancelled lines have none”."""
    world = World()
    target = world.target(ONE)
    world.show()
    world.start()
    assert link_of(world).state is LinkState.ABSENT
    found(world, target=target)
    assert perform(world.start()).attempt.op is AttemptOp.CANCEL


def test_late_credit_beside_the_payment_of_the_line_is_a_duplicate() -> None:
    """Two payments are credited for a line: which of them is to go a person says, and nothing is cancelled unasked."""
    world = World()
    deliver(world)
    bound = link_of(world).payment_id
    put(world, lingering_id=SECOND, lingering_until=None, applied_rev=0)
    step = world.start()
    world.tell_seen(step, credited=True)
    link = link_of(world)
    assert (link.state, link.payment_id, link.twin_id) == (LinkState.DUPLICATE_FOUND, bound, SECOND)


@pytest.mark.parametrize("state", [LinkState.CREDIT_UNKNOWN, LinkState.CANCEL_UNKNOWN, LinkState.REMOTE_CHANGED])
def test_loss_concerns_lines_at_rest_alone(state: LinkState) -> None:
    """How an open write ended its own look finds out; what a person has before him stays before him."""
    world = World()
    deliver(world)
    put(world, state=state)
    payment = link_of(world).payment_id
    assert payment is not None
    verdict = ledger.lose(world.dossier, ONE, payment, Seen(standing=Standing.GONE), world.tick())
    assert (verdict.result, verdict.dossier) == (False, world.dossier)


def test_bill_is_not_taken_while_an_old_payment_may_still_be_credited() -> None:
    """“gen+1 waits for ``settle_after`` of every attempt on that id”: a bill is a payment like another."""
    world = World()
    put(world, lingering_id=SECOND)
    bill = ledger.take_bill(world.dossier, ONE, PaymentId(71), world.target(ONE), terms(), world.tick())
    assert (bill.result, bill.dossier) == (False, world.dossier)


# ------------------------------------------------------------------------------------------------------ by people


@pytest.mark.parametrize("standing", [Standing.INERT, Standing.TAKEN_OUT, Standing.GONE])
def test_money_that_is_not_there_is_not_adopted(standing: Standing) -> None:
    """A payment stands for the money of a line only while it is credited."""
    world = World()
    verdict = ledger.adopt(world.dossier, ONE, seen(world, standing), SECOND, world.tick())
    assert standing.value in verdict.result
    assert verdict.dossier == world.dossier


def test_adopted_twin_is_held_against_the_line_no_more() -> None:
    """“A payment holds at most one line”: once it is the line's own, it is not the other one that may be."""
    world = World()
    world.suspected[ONE] = SECOND
    world.start()
    world.dossier = ledger.adopt(world.dossier, ONE, seen(world, Standing.CREDITED), SECOND, world.tick()).dossier
    assert (link_of(world).payment_id, link_of(world).twin_id) == (SECOND, None)


def changed(world: World) -> None:
    """Deliver the line, and let a person change its payment."""
    deliver(world)
    put(world, state=LinkState.REMOTE_CHANGED, code=QuarantineCode.REMOTE_CHANGED)


def test_refunded_payment_is_not_made_again() -> None:
    """“What a person did is neither overwritten nor undone”: a refund is settled by hand, retry or not."""
    world = World()
    changed(world)
    verdict = ledger.retry(world.dossier, ONE, seen(world, Standing.TAKEN_OUT), None, world.tick())
    assert "by hand" in verdict.result
    assert verdict.dossier == world.dossier


def test_deleted_payment_is_looked_at_before_another_is_made() -> None:
    """“gen+1 waits for ``settle_after`` of every attempt on that id and reads again”: it may only seem to be gone."""
    world = World()
    changed(world)
    latest = max(attempt.settle_after for attempt in world.dossier.attempts.values())
    verdict = ledger.retry(world.dossier, ONE, Seen(standing=Standing.GONE), None, world.tick())
    world.dossier = verdict.dossier
    assert isinstance(world.start(), ledger.Finished)
    world.now = latest
    assert isinstance(world.start(), ledger.LookBack)


def test_duplicate_is_not_retried_while_both_are_credited() -> None:
    """“Cancel the second in BILLmanager and call retry(), or dismiss() it.”"""
    world = World()
    deliver(world)
    found(world)
    both = seen(world, Standing.CREDITED)
    verdict = ledger.retry(world.dossier, ONE, both, both, world.tick())
    assert "still credited" in verdict.result
    verdict = ledger.retry(world.dossier, ONE, both, seen(world, Standing.GONE), world.tick())
    assert verdict.dossier.links[ONE].state is LinkState.SYNCED


def test_retry_does_not_forget_a_write_whose_end_nobody_knows() -> None:
    """“An unknown outcome is resolved by looking, never by guessing”, also when a person is impatient."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(6)
    world.dossier = ledger.retry(world.dossier, ONE, None, None, world.tick()).dossier
    assert link_of(world).state is LinkState.CREATE_UNKNOWN
    assert isinstance(world.start(), ledger.Look)


def test_changed_document_is_another_question() -> None:
    """A line that is held for a possible twin is judged afresh when its document changes, and only then."""
    world = World()
    world.suspected[ONE] = SECOND
    world.start()
    assert link_of(world).state is LinkState.HELD
    world.suspected.clear()
    assert isinstance(world.start(), ledger.Finished)
    world.show(one="50.00")
    assert perform(world.start()).attempt.op is AttemptOp.CREATE


def test_mark_is_found_whole_or_not_at_all() -> None:
    """A mark is recognised among other words; a longer word that begins like one is none, or another."""
    mark = ledger.make_mark("upp", World().dossier.ref, TWO, 12)
    assert str(ledger.find_mark(f"аванс, {mark}; см. акт")) == mark
    assert ledger.find_mark(f"{mark}x") is None
    assert ledger.find_mark(mark.replace("1c:", "91c:")) is None
