"""Ending an attempt: the one place where the end of a write changes anything."""

from __future__ import annotations

from typing import assert_never

import attrs

from ..models import PaymentId, QuarantineCode
from .records import Attempt, AttemptOp, AttemptOutcome, Dossier, Link, LinkState, ResolvedBy, Target
from .steps import Answer, Done, Failed, Finding, Looked, Refused, Terms, Tick, Trouble

HISTORY = 8
"""How many earlier values of ours are remembered, so that an old one is not taken for a person's change."""

PATIENCE = 3
"""After so many failures in a row a write that proved not to have been done is not repeated at once."""

UNKNOWN = {
    AttemptOp.CREATE: LinkState.CREATE_UNKNOWN,
    AttemptOp.WRITE: LinkState.BOUND,
    AttemptOp.CREDIT: LinkState.CREDIT_UNKNOWN,
    AttemptOp.UPDATE: LinkState.UPDATE_UNKNOWN,
    AttemptOp.CANCEL: LinkState.CANCEL_UNKNOWN,
}


def is_current(dossier: Dossier, attempt: Attempt) -> bool:
    """Say whether this attempt is still the open one of its line, made under the fence that holds now."""
    link = dossier.links.get(attempt.contract_id)
    kept = dossier.attempts.get(attempt.id)
    return (
        link is not None
        and kept is not None
        and kept.is_open
        and kept.fence == link.fence
        and attempt.fence == link.fence
    )


def complete(dossier: Dossier, attempt: Attempt, answer: Answer, terms: Terms, tick: Tick) -> Dossier:
    """End an attempt: the one place where the end of a write changes anything."""
    link = dossier.links[attempt.contract_id]
    attempt = dossier.attempts[attempt.id]
    link = attrs.evolve(link, lease_until=tick.now + terms.lease)
    match answer:
        case Done():
            attempt = attempt.closed(AttemptOutcome.OK, ResolvedBy.ANSWER, "")
            if attempt.op is AttemptOp.CREATE:
                attempt = attrs.evolve(attempt, payment_id=answer.payment_id)
            link = _took_effect(dossier, link, attempt, answer, tick)
        case Refused():
            # What may have been done in part is no answer: what was sent is counted as if it stood.
            by = ResolvedBy.LOOKUP if answer.partly else ResolvedBy.ANSWER
            attempt = attempt.closed(AttemptOutcome.REJECTED, by, answer.reason)
            link = attrs.evolve(
                _failed(link, answer.reason, terms, tick),
                state=answer.state,
                code=answer.code,
                reason=answer.reason,
                refused_rev=attempt.target_rev if answer.final else None,
            )
        case Failed() if answer.trouble is Trouble.EXISTS:
            # BILLmanager did refuse this one, because there is one already: it is looked for.
            attempt = attrs.evolve(attempt, outcome=AttemptOutcome.REJECTED, detail=answer.reason)
            link = _failed(attrs.evolve(link, state=UNKNOWN[attempt.op]), answer.reason, terms, tick)
            link = attrs.evolve(link, next_attempt_at=None)
        case Failed() if answer.trouble is Trouble.UNKNOWN or link.state.is_unknown:
            # A look that failed says nothing about the write that it was to find.
            kept = attempt.outcome if attempt.number_taken else AttemptOutcome.UNKNOWN
            attempt = attrs.evolve(attempt, outcome=kept, detail=answer.reason)
            if attempt.op is AttemptOp.WRITE:
                attempt = attempt.closed(AttemptOutcome.UNKNOWN, ResolvedBy.LOOKUP, answer.reason)
            link = _failed(attrs.evolve(link, state=UNKNOWN[attempt.op]), answer.reason, terms, tick)
        case Failed():
            outcome = AttemptOutcome.NOT_SENT if answer.trouble is Trouble.NOT_SENT else AttemptOutcome.REJECTED
            attempt = attempt.closed(outcome, ResolvedBy.ANSWER, answer.reason)
            # A cancel that was not sent this time may have been sent before: it is looked at again.
            state = LinkState.CANCEL_UNKNOWN if attempt.op is AttemptOp.CANCEL else resting(link)
            link = _failed(attrs.evolve(link, state=state), answer.reason, terms, tick)
        case Looked():
            attempt, link = _looked(dossier, link, attempt, answer, terms, tick)
        case _:
            assert_never(answer)
    return dossier.with_link(link).with_attempt(attempt)


def _took_effect(dossier: Dossier, link: Link, attempt: Attempt, done: Done, tick: Tick) -> Link:
    link = attrs.evolve(link, failures=0, next_attempt_at=None, code=None, reason="", refused_rev=None)
    match attempt.op:
        case AttemptOp.CREATE:
            assert done.payment_id is not None and link.payment_id is None
            return attrs.evolve(link, state=LinkState.BOUND, payment_id=done.payment_id, written=None, written_rev=0)
        case AttemptOp.WRITE:
            return attrs.evolve(link, state=LinkState.BOUND, written=attempt.target, written_rev=attempt.target_rev)
        case AttemptOp.CREDIT | AttemptOp.UPDATE:
            assert attempt.target is not None
            shown = attempt.target if done.shown_date is None else attrs.evolve(attempt.target, paid_on=done.shown_date)
            earlier = (link.applied, *link.history) if link.applied else link.history
            return attrs.evolve(
                link,
                state=LinkState.SYNCED,
                applied=shown,
                applied_rev=attempt.target_rev
                if shown == attempt.target
                else min(link.applied_rev, attempt.target_rev - 1),
                history=earlier[:HISTORY],
            )
        case AttemptOp.CANCEL:
            return _absent(dossier, link, tick, lingers=done.lingers)
        case _:
            assert_never(attempt.op)


_TO_A_BILL = (AttemptOp.WRITE, AttemptOp.UPDATE, AttemptOp.CREDIT)


def _absent(dossier: Dossier, link: Link, tick: Tick, *, lingers: bool) -> Link:
    made = [one for one in dossier.attempts.values() if one.payment_id == link.payment_id]
    gone = attrs.evolve(new_generation(link), state=LinkState.ABSENT, reason="cancelled in BILLmanager")
    # A bill is given back and not deleted: a credit that nobody saw, or an edit with our mark, may still reach it.
    may_arrive = any(
        attempt.op in _TO_A_BILL and attempt.resolved_by is not ResolvedBy.ANSWER and attempt.settle_after > tick.now
        for attempt in made
    )
    if not (lingers or (may_arrive and any(attempt.took_bill for attempt in made))):
        return gone
    until = max((one.settle_after for one in made), default=None)
    return attrs.evolve(gone, lingering_id=link.payment_id, lingering_until=until)


def stands(link: Link, payment_id: PaymentId, credited: Target | None) -> Link:
    """Bind a payment that was found, and make sure of all its fields by writing them; None where it is inert."""
    return attrs.evolve(
        link,
        state=LinkState.SYNCED if credited else LinkState.BOUND,
        payment_id=payment_id,
        applied=credited,
        applied_rev=0,
        history=(),
        written=None,
        written_rev=0,
        code=None,
        reason="",
        refused_rev=None,
        next_attempt_at=None,
        failures=0,
        twin_id=None,
    )


def duplicate(link: Link, second: PaymentId, what: str) -> Link:
    """Hold a second payment against a line, until a person says which of the two is to go."""
    return attrs.evolve(
        link,
        state=LinkState.DUPLICATE_FOUND,
        code=QuarantineCode.DUPLICATE,
        twin_id=second,
        reason=(
            f"Payments {link.payment_id} and {second} both {what}. Cancel {second} in BILLmanager and call retry(), or "
            "dismiss() it if it is other money."
        ),
    )


def credited_again(link: Link, bill: PaymentId, stands_as: Target | None) -> Link:
    """Leave a bill that was given back, and is credited, to a person: the client may have paid it himself."""
    return attrs.evolve(
        stands(link, bill, stands_as),
        state=LinkState.REMOTE_CHANGED,
        code=QuarantineCode.REMOTE_CHANGED,
        reason=(
            f"Bill {bill} was given back to the client, and it is credited now: he may have paid it himself, or an old "
            "request of ours reached it late. dismiss() leaves it to him; retry() takes it for this line's money, and "
            "so takes it back where 1C wants none."
        ),
    )


def new_generation(link: Link) -> Link:
    """Leave the payment of this generation, or what was meant to become one, behind."""
    return attrs.evolve(
        link,
        state=LinkState.PENDING,
        gen=link.gen + 1,
        payment_id=None,
        applied=None,
        history=(),
        written=None,
        written_rev=0,
        random_number="",
        code=None,
        reason="",
        refused_rev=None,
        next_attempt_at=None,
        failures=0,
    )


def _failed(link: Link, reason: str, terms: Terms, tick: Tick) -> Link:
    failures = link.failures + 1
    return attrs.evolve(
        link, failures=failures, reason=reason, next_attempt_at=tick.now + terms.pause(failures, tick.jitter)
    )


def _looked(
    dossier: Dossier, link: Link, attempt: Attempt, looked: Looked, terms: Terms, tick: Tick
) -> tuple[Attempt, Link]:
    by = ResolvedBy.LOOKUP
    match looked.finding:
        case Finding.TOOK_EFFECT:
            if attempt.op is AttemptOp.CREATE:
                target = looked.created or attempt.target
                attempt = attrs.evolve(attempt, payment_id=looked.payment_id, target=target)
            closed = attempt.closed(AttemptOutcome.OK, by, looked.reason)
            if looked.credited and looked.payment_id is not None:
                if attempt.op is AttemptOp.WRITE:  # nothing was written: an old credit was there first
                    closed = attrs.evolve(closed, outcome=AttemptOutcome.NOT_SENT)
                return closed, stands(link, looked.payment_id, looked.created or attempt.target)
            return closed, _took_effect(
                dossier, link, closed, Done(payment_id=looked.payment_id, shown_date=looked.shown_date), tick
            )
        case Finding.NO_EFFECT if attempt.number_taken and tick.now < attempt.settle_after:
            # There is one and the list does not show it, or not yet: it is looked for again.
            reason = "BILLmanager knows the number of this payment and does not show it yet; it is looked for again"
            return attempt, _failed(link, reason, terms, tick)
        case Finding.NO_EFFECT if attempt.number_taken:
            # It was there once. Its number and its mark are spent; the next generation has its own.
            closed = attempt.closed(AttemptOutcome.REJECTED, by, looked.reason)
            return closed, new_generation(attrs.evolve(link, state=LinkState.PENDING))
        case Finding.NO_EFFECT:
            closed = attempt.closed(AttemptOutcome.NOT_SENT, by, looked.reason)
            # At once, for it was not done; but what comes to nothing again and again is given a pause.
            again = tick.now + terms.pause(link.failures, tick.jitter) if link.failures >= PATIENCE else None
            return closed, attrs.evolve(link, state=resting(link), next_attempt_at=again)
        case Finding.UNPAID:
            closed = attempt.closed(AttemptOutcome.NOT_SENT, by, looked.reason)
            if looked.payment_id is None:
                return closed, _absent(dossier, link, tick, lingers=True)
            return closed, stands(link, looked.payment_id, None)
        case Finding.GONE | Finding.CHANGED:
            gone = looked.finding is Finding.GONE
            return attempt.closed(AttemptOutcome.REJECTED, by, looked.reason), attrs.evolve(
                link,
                payment_id=link.payment_id or looked.payment_id,
                state=LinkState.REMOTE_MISSING if gone else LinkState.REMOTE_CHANGED,
                code=QuarantineCode.REMOTE_MISSING if gone else QuarantineCode.REMOTE_CHANGED,
                reason=looked.reason,
            )
        case _:
            assert_never(looked.finding)


def resting(link: Link) -> LinkState:
    if link.payment_id is None:
        return LinkState.PENDING
    return LinkState.SYNCED if link.applied else LinkState.BOUND


def late(attempt: Attempt, answer: Answer) -> str:
    made = f" It made payment {answer.payment_id}." if isinstance(answer, Done) and answer.payment_id else ""
    return f"A late end of {attempt.op.value} {attempt.id} was not accepted: the line has another worker.{made}"
