"""What is found beside what a store remembers, and what a person says of it: the edges of each decision."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from one_document import NOON, NOT_SENT, ONE, TWO, UNKNOWN, World, deliver, done, look, operation, perform, terms
from test_decisions import SECOND, found, link_of, put, seen

from billmanager_1c import ledger
from billmanager_1c.ledger import AttemptOp, AttemptOutcome, Finding, Finished, FoundAs, Link, LinkState, Seen, Standing
from billmanager_1c.models import PaymentId, QuarantineCode

GONE = Seen(standing=Standing.GONE)


def payment_of(world: World) -> PaymentId:
    """Return the payment of the line."""
    payment_id = link_of(world).payment_id
    assert payment_id is not None
    return payment_id


def shows(world: World, amount: str) -> Seen:
    """Return the line's payment as it was just read, with another sum."""
    target = attrs.evolve(world.target(ONE), amount=type(world.amounts[ONE])(amount))
    return Seen(standing=Standing.CREDITED, target=target)


def doubted(world: World, amount: str) -> bool:
    """Let a sweep see that the line's payment is of this sum; say whether that was news."""
    state = link_of(world).state
    verdict = ledger.doubt(world.dossier, ONE, payment_of(world), shows(world, amount), world.tick())
    assert verdict.result or verdict.dossier.links[ONE].state is state
    world.dossier = verdict.dossier
    return verdict.result


# -------------------------------------------------------------------------------------------------- another sum


def test_sum_that_was_never_ours_is_what_stands() -> None:
    """“What it shows is what stands, so no other line of the document grows beside it unseen.”"""
    world = World(one="60.00", two="40.00")
    deliver(world)
    fence = link_of(world).fence
    assert doubted(world, "80.00")
    link = link_of(world)
    assert (link.state, link.applied_rev, link.fence) == (LinkState.REMOTE_CHANGED, 0, fence + 1)
    assert not doubted(world, "90.00")  # a person has it before him
    assert "it is of 90.00, and 80.00 is the last known here" in link_of(world).reason
    assert applied_to(world) == Decimal("90.00")
    world.show(one="60.00", two="70.00")
    assert isinstance(world.start(), Finished)


def test_sum_that_was_ours_once_is_no_news() -> None:
    """“A sum that this store never wrote”: one that stood before, or was sent and not seen, is ours."""
    world = World()
    world.dossier = ledger.adopt(world.dossier, ONE, shows(world, "90.00"), SECOND, world.tick()).dossier
    deliver(world)
    world.show(one="150.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.show(one="100.00")
    world.tell(look(world.start()), ledger.Looked(finding=Finding.NO_EFFECT))
    world.wait(60)
    deliver(world)
    assert [doubted(world, amount) for amount in ("100.00", "90.00", "150.00", "80.00")] == [False, False, False, True]


def test_sum_that_was_ours_once_is_what_stands() -> None:
    """“What it shows is what stands”: a store put back remembers the sum before, and the line is made sure of."""
    world = World(one="90.00", two="10.00")
    deliver(world)
    world.show(one="50.00", two="10.00")
    deliver(world)
    before = world.dossier
    assert not doubted(world, "50.00")
    assert world.dossier == before
    assert not doubted(world, "90.00")
    assert (link_of(world).state, applied_to(world)) == (LinkState.SYNCED, Decimal("90.00"))
    assert link_of(world).fence == before.links[ONE].fence + 1
    assert Decimal("50.00") in {target.amount for target in link_of(world).history}
    world.show(one="50.00", two="60.00")
    assert [operation(step) for step in (perform(world.start()),)] == [(AttemptOp.UPDATE, ONE)]


@pytest.mark.parametrize("state", [LinkState.SYNCED, LinkState.QUARANTINED, LinkState.DUPLICATE_FOUND])
def test_what_stands_for_an_abandoned_line_is_taken_in(state: LinkState) -> None:
    """“What stands for it is still money of its document”, and what the person said holds."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    put(world, state=state)
    world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    assert doubted(world, "80.00")
    link = link_of(world)
    assert (link.state, link.abandoned, applied_to(world)) == (state, "by hand", Decimal("80.00"))
    assert link.reason.startswith("abandoned by a person: by hand. Somebody changed our payment")
    world.show(one="60.00", two="50.00")
    step = world.start()
    assert isinstance(step, Finished)
    assert str(link.payment_id) in step.dossier.links[TWO].reason


@pytest.mark.parametrize("abandoned", [True, False])
def test_payment_of_a_quarantined_line_is_lost(*, abandoned: bool) -> None:
    """What is gone stands no more, and is made anew only if a person says so."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    put(world, state=LinkState.QUARANTINED, code=QuarantineCode.PAYER_INACTIVE, applied_rev=0)
    if abandoned:
        world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    verdict = ledger.lose(world.dossier, ONE, payment_of(world), GONE, world.tick())
    world.dossier = verdict.dossier
    link = link_of(world)
    assert (verdict.result, link.state, link.abandoned) == (
        True,
        LinkState.REMOTE_MISSING,
        "by hand" if abandoned else "",
    )
    assert link.reason.startswith("abandoned by a person" if abandoned else "Payment")
    world.show(one="50.00", two="50.00")  # what is gone is no debt
    assert deliver(world) == [AttemptOp.UPDATE]
    assert link_of(world).state is LinkState.REMOTE_MISSING


@pytest.mark.parametrize("state", [LinkState.QUARANTINED, LinkState.SYNCED])
def test_sum_that_was_never_ours_waits_for_a_person(state: LinkState) -> None:
    """“What a person did is not overwritten”, whatever the line waited for before."""
    world = World(one="60.00")
    deliver(world)
    put(world, state=state, applied_rev=0)
    assert doubted(world, "80.00")
    assert (link_of(world).state, link_of(world).code) == (LinkState.REMOTE_CHANGED, QuarantineCode.REMOTE_CHANGED)
    assert isinstance(world.start(), Finished)


def test_sum_beside_an_update_of_unknown_end() -> None:
    """I1: what was sent is not all that may stand, and the look would come too late for the other lines."""
    world = World(one="90.00", two="10.00")
    deliver(world)
    world.show(one="50.00", two="10.00")
    deliver(world)
    world.show(one="45.00", two="10.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(60)
    world.show(one="50.00", two="60.00")
    at_work = world.dossier
    assert not doubted(world, "90.00")  # it was ours once: its look decides
    assert (link_of(world).state, applied_to(world)) == (LinkState.UPDATE_UNKNOWN, Decimal("90.00"))
    assert look(world.start()).link.contract_id == ONE
    world.dossier = at_work
    assert doubted(world, "80.00")
    assert world.dossier.open_attempt(ONE) is None
    assert (link_of(world).state, applied_to(world)) == (LinkState.REMOTE_CHANGED, Decimal("80.00"))
    assert isinstance(world.start(), Finished)


def applied_to(world: World) -> Decimal:
    """Return the sum that is believed to stand for the line."""
    applied = link_of(world).applied
    assert applied is not None
    return applied.amount


def test_line_is_not_doubted_nor_lost_while_somebody_has_it() -> None:
    """A worker finds out by himself."""
    world = World(one="60.00", two="40.00")
    deliver(world)
    world.show(one="60.00", two="30.00")
    assert operation(world.start()) == (AttemptOp.UPDATE, TWO)
    put(world, applied_rev=world.revision)
    assert not doubted(world, "80.00")
    assert applied_to(world) == Decimal("60.00")
    assert not ledger.lose(world.dossier, ONE, payment_of(world), GONE, world.tick()).result


def test_payment_that_is_credited_is_not_lost() -> None:
    """“Take in that a payment believed to be credited is not”: this one is."""
    world = World()
    deliver(world)
    verdict = ledger.lose(world.dossier, ONE, payment_of(world), seen(world, Standing.CREDITED), world.tick())
    assert (verdict.result, verdict.dossier) == (False, world.dossier)


# -------------------------------------------------------------------------------------------------------- found


def test_inert_payment_does_not_take_the_place_of_one_that_is_gone() -> None:
    """“A line whose own payment is gone takes the one that carries its mark and stands.”"""
    world = World()
    deliver(world)
    world.dossier = ledger.lose(world.dossier, ONE, payment_of(world), GONE, world.tick()).dossier
    kept = world.dossier
    assert found(world, Standing.INERT) is FoundAs.STRAY
    assert world.dossier == kept
    assert found(world) is FoundAs.BOUND
    assert link_of(world).payment_id == SECOND


def test_refunded_payment_that_is_found_waits_for_a_person() -> None:
    """It is the line's, and is neither made again nor credited again."""
    world = World()
    assert found(world, Standing.TAKEN_OUT) is FoundAs.BOUND
    link = link_of(world)
    assert (link.state, link.payment_id, link.applied) == (LinkState.REMOTE_CHANGED, SECOND, world.target(ONE))
    assert isinstance(world.start(), Finished)


def test_bill_that_is_found_is_given_back_and_not_deleted() -> None:
    """“The payment is the client's own bill, which a store that finds it must know: it is never deleted.”"""
    world = World()
    found(world, bill=True)
    target = world.target(ONE)
    world.show()
    step = perform(world.start())
    assert (operation(step), step.bill) == ((AttemptOp.CANCEL, ONE), True)
    assert target.mark == ""


def test_second_payment_that_is_inert_is_nobodys() -> None:
    """Two payments with one mark are a duplicate only where both are money."""
    world = World()
    deliver(world)
    kept = world.dossier
    assert found(world, Standing.INERT) is FoundAs.STRAY
    assert world.dossier == kept


def test_second_payment_is_not_judged_before_the_end_of_a_write_is_known() -> None:
    """The line's own payment may be gone by then."""
    world = World()
    deliver(world)
    world.show(one="50.00")
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(6)
    kept = world.dossier
    assert found(world) is FoundAs.BUSY
    assert world.dossier == kept


def test_document_that_is_no_money_any_more_still_names_its_contracts() -> None:
    """A store that never knew the line knows it by the document: it is bound to the contract, not beside it."""
    world = World()
    world.dossier = attrs.evolve(world.dossier, links={})
    assert found(world) is FoundAs.BOUND
    assert list(world.dossier.links) == [ONE]


def test_create_whose_payment_is_found_is_over() -> None:
    """The open attempt is the one that made it: it worked, and so is known to have settled only later."""
    world = World()
    create = perform(world.start()).attempt
    world.wait(6)
    assert found(world, Standing.INERT) is FoundAs.BOUND
    attempt = world.dossier.attempts[create.id]
    assert (attempt.outcome, attempt.payment_id) == (AttemptOutcome.OK, SECOND)
    latest = max(one.settle_after for one in world.dossier.attempts.values())
    assert latest > world.now + terms().settle


# -------------------------------------------------------------------------------------------------------- free lines


@pytest.mark.parametrize(
    ("link", "is_free"),
    [
        (Link(contract_id=ONE), True),
        (Link(contract_id=ONE, state=LinkState.HELD, twin_id=SECOND), True),
        (Link(contract_id=ONE, state=LinkState.QUARANTINED), True),
        (Link(contract_id=ONE, abandoned="by hand"), False),
        (Link(contract_id=ONE, state=LinkState.CREATE_UNKNOWN), False),
        (Link(contract_id=ONE, state=LinkState.BOUND, payment_id=SECOND), False),
    ],
)
def test_line_without_a_payment(link: Link, *, is_free: bool) -> None:
    """“Say whether a payment may be created, or taken, for a line.”"""
    assert ledger.is_without_payment(link) is is_free


@pytest.mark.parametrize("way", ["held", "at work"])
def test_bill_is_not_taken_for_a_line_that_somebody_has(way: str) -> None:
    """A person is asked about a held line, and a worker may be creating its payment at this moment."""
    world = World(one="60.00", two="40.00") if way == "at work" else World()
    if way == "held":
        world.suspected[ONE] = SECOND
    assert isinstance(world.start(), Finished) is (way == "held")
    line = TWO if way == "at work" else ONE
    verdict = ledger.take_bill(world.dossier, line, PaymentId(71), world.target(line), terms(), world.tick())
    assert (verdict.result, verdict.dossier) == (False, world.dossier)


# ---------------------------------------------------------------------------------------------------------- a person


def test_payment_is_adopted_once_and_not_beside_another() -> None:
    """“A second one would be other money”; said twice, it is said once."""
    world = World()
    money = seen(world, Standing.CREDITED)
    world.dossier = ledger.adopt(world.dossier, ONE, money, SECOND, world.tick()).dossier
    for payment_id, refused in ((SECOND, ""), (PaymentId(71), "second one")):
        verdict = ledger.adopt(world.dossier, ONE, money, payment_id, world.tick())
        assert refused in verdict.result
        assert bool(verdict.result) is bool(refused)
        assert verdict.dossier == world.dossier


def test_payment_adopted_in_the_place_of_one_that_is_gone_is_of_a_new_generation() -> None:
    """“Bound once per generation”; and who adopts for an abandoned line takes it back into the exchange."""
    world = World()
    deliver(world)
    world.dossier = ledger.lose(world.dossier, ONE, payment_of(world), GONE, world.tick()).dossier
    world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    money = seen(world, Standing.CREDITED)
    world.dossier = ledger.adopt(world.dossier, ONE, money, SECOND, world.tick()).dossier
    assert (link_of(world).gen, link_of(world).payment_id, link_of(world).abandoned) == (2, SECOND, "")


def test_own_payment_is_not_dismissed_unless_a_person_made_other_money_of_it() -> None:
    """“It was ours, or was to be, and somebody made other money of it”: then the line gets another one."""
    world = World()
    deliver(world)
    payment_id = payment_of(world)
    assert "abandon() or retry()" in ledger.dismiss(world.dossier, ONE, payment_id, world.tick()).result
    put(world, state=LinkState.REMOTE_CHANGED, code=QuarantineCode.REMOTE_CHANGED)
    fence = link_of(world).fence
    world.dossier = ledger.dismiss(world.dossier, ONE, payment_id, world.tick()).dossier
    link = link_of(world)
    assert (link.payment_id, link.gen, link.fence) == (None, 2, fence + 1)
    assert operation(world.start()) == (AttemptOp.CREATE, ONE)


def test_dismissed_twin_holds_the_line_no_more() -> None:
    """“If not, engine.dismiss()”: the next run makes the payment."""
    world = World()
    world.suspected[ONE] = SECOND
    world.start()
    world.suspected.clear()
    world.dossier = ledger.dismiss(world.dossier, ONE, SECOND, world.tick()).dossier
    assert operation(world.start()) == (AttemptOp.CREATE, ONE)


def test_worker_at_his_work_hears_no_dismissal_and_no_retry() -> None:
    """A line that a worker holds is nobody's to decide about."""
    world = World()
    world.start()
    assert "worker" in ledger.dismiss(world.dossier, ONE, SECOND, world.tick()).result
    assert "worker" in ledger.retry(world.dossier, ONE, None, None, world.tick()).result


def test_abandoned_line_holds_nothing_against_itself_and_is_tried_again_on_demand() -> None:
    """“Until ``retry``”: the twin is free for another line, and the open write is over."""
    world = World()
    world.tell(perform(world.start()), UNKNOWN)
    put(world, twin_id=SECOND)
    world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    assert (link_of(world).holds, link_of(world).state) == (frozenset(), LinkState.PENDING)
    assert world.dossier.open_attempt(ONE) is None
    assert isinstance(world.start(), Finished)
    put(world, twin_id=SECOND)
    world.dossier = ledger.retry(world.dossier, ONE, None, None, world.tick()).dossier
    assert (link_of(world).holds, link_of(world).abandoned) == (frozenset(), "")


def test_payment_that_a_person_took_the_credit_from_is_written_anew() -> None:
    """“A payment that a person changed is taken as it is and changed to what 1C says”, all of it, then credited."""
    world = World()
    deliver(world)
    put(world, state=LinkState.REMOTE_CHANGED, code=QuarantineCode.REMOTE_CHANGED)
    world.dossier = ledger.retry(world.dossier, ONE, seen(world, Standing.INERT), None, world.tick()).dossier
    assert link_of(world).applied is None
    assert deliver(world) == [AttemptOp.WRITE, AttemptOp.CREDIT]


def test_retry_leaves_alone_what_is_well() -> None:
    """A line at rest without a payment needs no other turn."""
    world = World()
    world.show()
    world.start()
    kept = world.dossier
    assert link_of(world).state is LinkState.ABSENT
    world.dossier = ledger.retry(world.dossier, ONE, None, None, world.tick()).dossier
    assert link_of(world) == attrs.evolve(kept.links[ONE], reason="")


# ------------------------------------------------------------------------------------------------- ends of an attempt


def test_success_ends_the_count_of_failures() -> None:
    """“Failures in a row”: the pause begins anew with the next one."""
    world = World()
    step = perform(world.start())
    attempt = step.attempt
    world.tell(step, NOT_SENT)
    assert world.dossier.attempts[attempt.id].outcome is AttemptOutcome.NOT_SENT
    assert link_of(world).failures == 1
    deliver(world)
    assert (link_of(world).failures, link_of(world).next_attempt_at) == (0, None)


def test_fields_whose_answer_was_lost_may_still_arrive() -> None:
    """What got no answer is not answered: other fields wait until these cannot come any more."""
    world = World()
    step = perform(world.start())
    world.tell(perform(world.tell(step, done(step))), UNKNOWN)
    assert world.dossier.open_attempt(ONE) is None
    world.show(one="50.00")
    assert isinstance(world.start(), Finished)


def test_day_that_crediting_set_is_put_right_also_where_a_look_found_it() -> None:
    """The payment date is the document's, whoever saw that BILLmanager had put another there."""
    world = World()
    step = perform(world.start())
    while step.attempt.op is not AttemptOp.CREDIT:
        step = perform(world.tell(step, done(step)))
    world.tell(step, UNKNOWN)
    world.wait(2)
    day = NOON.date() + dt.timedelta(days=1)
    after = world.tell(look(world.start()), ledger.Looked(finding=Finding.TOOK_EFFECT, shown_date=day))
    applied = link_of(world).applied
    assert applied is not None
    assert (operation(after), applied.paid_on) == ((AttemptOp.UPDATE, ONE), day)


def test_all_that_we_showed_lately_is_remembered() -> None:
    """“Earlier values of ours, newest first”: more than one of them."""
    world = World()
    for amount in ("100.00", "90.00", "80.00"):
        world.show(one=amount)
        deliver(world)
    assert [str(target.amount) for target in link_of(world).history] == ["90.00", "100.00"]


# ------------------------------------------------------------------------------------- what an abandoned line had sent


def abandoned_and_retried(world: World) -> None:
    """Let a person take the line out of the exchange while a write is under way, and then have it tried again."""
    world.wait(6)
    credited = Seen(standing=Standing.CREDITED, target=link_of(world).applied)
    world.dossier = ledger.abandon(world.dossier, ONE, "by hand", world.tick()).dossier
    world.dossier = ledger.retry(world.dossier, ONE, credited, None, world.tick()).dossier
    world.show(one="100.00")


def test_edit_of_a_line_that_was_abandoned_may_still_arrive() -> None:
    """A person's word ends the attempt, and not what was sent: the next edit waits, or the old one would stand."""
    world = World()
    deliver(world)
    world.show(one="150.00")
    world.tell(perform(world.start()), UNKNOWN)
    abandoned_and_retried(world)
    assert isinstance(world.start(), Finished)
    assert link_of(world).reason.startswith("waits until nothing that was sent")
    world.wait(30)
    assert operation(world.start()) == (AttemptOp.UPDATE, ONE)


def test_cancel_of_a_line_that_was_abandoned_may_still_arrive() -> None:
    """So it is with a cancel: once it has settled, the payment is read, for its credit may be gone."""
    world = World()
    deliver(world)
    world.show()
    world.tell(perform(world.start()), UNKNOWN)
    abandoned_and_retried(world)
    assert isinstance(world.start(), Finished)
    assert world.dossier.is_open
    world.wait(30)
    step = perform(world.start())
    assert step.attempt.op is AttemptOp.UPDATE
    assert step.may_be_unpaid
