"""The transition core under arbitrary answers: what may never happen, whatever BILLmanager says (protocol.md §2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_document import ONE, REF, TWO, UNKNOWN, World, deliver, done, terms

from billmanager_1c import ledger
from billmanager_1c.ledger import AttemptOp, Dossier, LinkState
from billmanager_1c.models import PaymentId, QuarantineCode


def test_two_phases() -> None:
    """“Create an inert payment, store its id, credit by that id.”"""
    world = World()
    assert deliver(world) == [AttemptOp.CREATE, AttemptOp.WRITE, AttemptOp.CREDIT]
    link = world.dossier.links[ONE]
    assert (link.state, link.lease_owner, link.applied_rev) == (LinkState.SYNCED, None, 1)
    assert deliver(world) == []


def test_revision_guard() -> None:
    """“Credit only if the fields written are those of the newest revision”: a change in between is resolved afresh."""
    world = World()
    step = world.start()
    assert isinstance(step, ledger.Perform)
    step = world.tell(step, done(step))
    assert isinstance(step, ledger.Perform)
    before = world.revision
    world.show(one="50.00")
    verdict = ledger.proceed(world.dossier, step.attempt, ledger.Done(), world.wants(), before, terms(), world.tick())
    assert isinstance(verdict.result, ledger.Moved)
    world.dossier = verdict.dossier
    assert deliver(world) == [AttemptOp.WRITE, AttemptOp.CREDIT]
    applied = world.dossier.links[ONE].applied
    assert applied is not None
    assert applied.amount == Decimal("50.00")


def test_debts_first() -> None:
    """The debts of a document come first.

    “Within one document nothing is created, credited or increased while another of its lines owes a cancel or a
    decrease.”
    """
    world = World(one="100.00", two="10.00")
    deliver(world)
    world.show(one="10.00", two="100.00")
    step = world.start()
    assert isinstance(step, ledger.Perform)
    assert (step.attempt.op, step.attempt.contract_id) == (AttemptOp.UPDATE, ONE)
    end = world.tell(step, UNKNOWN)
    assert isinstance(end, ledger.Finished)
    second = world.dossier.links[TWO]
    assert second.applied is not None
    assert second.applied.amount == Decimal("10.00")


def test_late_end_is_not_accepted() -> None:
    """A worker that slept past its lease changes nothing: another one holds the fence."""
    world = World()
    step = world.start()
    assert isinstance(step, ledger.Perform)
    world.now += dt.timedelta(minutes=6)
    look = world.start("worker 2")
    assert isinstance(look, ledger.Look)
    kept = world.dossier
    late = world.tell(step, done(step))
    assert isinstance(late, ledger.Finished)
    assert late.busy
    assert world.dossier == kept


def test_lease_is_respected() -> None:
    """Two workers never have one document at once."""
    world = World()
    world.start()
    other = world.start("worker 2")
    assert isinstance(other, ledger.Finished)
    assert other.busy


def test_cancelled_generation_is_never_credited_again() -> None:
    """What a cancel has begun it ends, and money that comes back is a payment of a new generation."""
    world = World()
    deliver(world)
    world.show()
    step = world.start()
    assert isinstance(step, ledger.Perform)
    world.tell(step, UNKNOWN)
    world.show(one="100.00")
    assert deliver(world) == [AttemptOp.CANCEL, AttemptOp.CREATE, AttemptOp.WRITE, AttemptOp.CREDIT]
    assert world.dossier.links[ONE].gen == 2


ANSWERS = st.sampled_from(["yes", "unknown", "not sent", "later", "refused", "killed"])
EVENTS = st.lists(st.one_of(ANSWERS, st.sampled_from(["change", "unpost", "post"])), max_size=40)


@pytest.mark.property
@given(EVENTS)
def test_whatever_happens(events: list[str]) -> None:
    """At most one open attempt for a line; a payment is bound once; a credit only by a bound id; the journal replays.

    And when the trouble is over, the line ends as 1C has it (protocol.md §4: I2, I3, I4, I7).
    """
    world = World()
    journal: list[ledger.JournalEntry] = []
    born: set[PaymentId] = set()
    seen = Dossier(ref=REF)
    step: ledger.Step | None = None
    for event in [*events, *["yes"] * 12]:
        if event == "change":
            world.show(one=f"{10 + world.names}.00")
        elif event == "unpost":
            world.show()
        elif event == "post":
            world.show(one="100.00")
        elif event == "killed":
            step, world.now = None, world.now + dt.timedelta(minutes=6)
        else:
            step = _answer(world, step, event, born)
        journal += ledger.entries(seen, world.dossier, actor="test", at=world.now)
        seen = world.dossier
        _check(world, step)
        assert ledger.replay(REF, journal) == world.dossier
    link = world.dossier.links[ONE]
    applied = link.applied.amount if link.applied else Decimal(0)
    assert applied == world.amounts.get(ONE, Decimal(0))


def _answer(world: World, step: ledger.Step | None, event: str, born: set[PaymentId]) -> ledger.Step | None:
    if step is None or isinstance(step, ledger.Finished | ledger.Moved):
        world.now += dt.timedelta(hours=2)
        return world.start()
    assert isinstance(step, ledger.Perform | ledger.Look)
    answer: ledger.Answer
    if isinstance(step, ledger.Look):
        finding = ledger.Finding.TOOK_EFFECT if event == "yes" else ledger.Finding.NO_EFFECT
        answer = UNKNOWN if event == "unknown" else ledger.Looked(finding=finding, payment_id=_new(born))
    elif event == "yes":
        answer = ledger.Done(payment_id=_new(born) if step.attempt.op is AttemptOp.CREATE else None)
    elif event == "refused":
        answer = ledger.Refused(reason="no", code=QuarantineCode.REJECTED)
    else:
        trouble = {"unknown": "UNKNOWN", "not sent": "NOT_SENT", "later": "LATER"}[event]
        answer = ledger.Failed(trouble=ledger.Trouble[trouble], reason=event)
    return world.tell(step, answer)


def _new(born: set[PaymentId]) -> PaymentId:
    born.add(PaymentId(len(born) + 1))
    return PaymentId(len(born))


def _check(world: World, step: ledger.Step | None) -> None:
    attempts = world.dossier.attempts.values()
    assert sum(attempt.is_open for attempt in attempts) <= 1
    for attempt in attempts:
        if attempt.op is not AttemptOp.CREATE:
            assert attempt.payment_id is not None
    if isinstance(step, ledger.Perform):
        assert attrs.evolve(step.attempt) == world.dossier.attempts[step.attempt.id]
        if step.attempt.op is AttemptOp.CREDIT:
            assert step.attempt.target_rev <= world.revision
