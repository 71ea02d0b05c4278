"""What people decide about a line, and what the sweep finds for it: decisions that no run makes by itself.

Each takes the dossier and returns the new one. The result is empty where it was done, else a sentence that says why it
cannot be. Each raises the fence, so that a worker who still has the line is told nothing more and changes nothing.
"""

from __future__ import annotations

import enum

import attrs

from ..models import ContractId, PaymentId, QuarantineCode
from ._completing import HISTORY, credited_again, duplicate, new_generation, resting, stands
from ._needs import amount_of, sent_to
from .foresight import is_believed
from .marks import Mark, short_hash
from .records import BILL, Attempt, AttemptOp, AttemptOutcome, Dossier, Link, LinkState, ResolvedBy, Target
from .steps import Terms, Tick, Verdict

_LEASED = "A worker has this line at the moment; try again when it has let go of it."


class Standing(enum.Enum):
    """How a payment of ours stands in BILLmanager, read by its id."""

    CREDITED = "credited"
    INERT = "inert"
    """It exists and is nobody's money."""
    GONE = "gone"
    """There is none, or it is cancelled."""
    TAKEN_OUT = "taken out"
    """Refunded, or marked as fraud."""


@attrs.frozen(kw_only=True)
class Seen:
    """A payment of ours as it was just read."""

    standing: Standing
    #: what it shows; None where it is gone
    target: Target | None = None


@attrs.frozen(kw_only=True)
class Found:
    """A payment that carries the mark of a line, and that no line has."""

    payment_id: PaymentId
    mark: Mark
    #: how it stands; GONE is never found
    standing: Standing
    target: Target


class FoundAs(enum.Enum):
    """What became of a payment that was found."""

    BOUND = "bound to its line again"
    DUPLICATE = "a second payment of a line that has one"
    STRAY = "an inert payment of a line that has another one, or of a generation that is over"
    OTHERS = "an inert payment that this store did not make; its line waits for a person"
    DISMISSED = "a person said that it is not the money of its line"
    BUSY = "its line is being worked on"


# -------------------------------------------------------------------------------------------------- by the sweep


def bind_found(dossier: Dossier, found: Found, terms: Terms, tick: Tick) -> Verdict[FoundAs]:
    """Bind a payment to the line whose mark it carries, or say what is in the way."""
    link = _marked(dossier, found.mark)
    if found.payment_id in link.dismissed:
        return Verdict(dossier, FoundAs.DISMISSED)
    if found.payment_id in link.holds or link.abandoned:
        return Verdict(dossier, FoundAs.STRAY)
    if _leased(link, tick):
        return Verdict(dossier, FoundAs.BUSY)
    # A line whose own payment is gone takes the one that carries its mark and stands.
    is_its_own = link.state is LinkState.REMOTE_MISSING and found.standing is Standing.CREDITED
    if (link.payment_id is not None and not is_its_own) or link.state is LinkState.CANCEL_UNKNOWN:
        return _second(dossier, link, found)
    if found.standing is Standing.INERT and found.mark.gen < link.gen:
        return _of_another_store(dossier, link, found)
    given_back = found.mark.bill and found.mark.gen < link.gen
    dossier, link = _end_open(dossier, link, ResolvedBy.SWEEP, "found by its mark", found.payment_id)
    link = attrs.evolve(link, gen=max(link.gen, found.mark.gen), fence=link.fence + 1)
    credited = found.target if found.standing is Standing.CREDITED else None
    how = BILL if found.mark.bill else "found by its mark"
    made = _made(link, found.payment_id, found.target, ResolvedBy.SWEEP, how, terms, tick)
    link = stands(link, found.payment_id, credited)
    if found.standing is Standing.TAKEN_OUT:
        link = attrs.evolve(
            link,
            state=LinkState.REMOTE_CHANGED,
            applied=found.target,
            code=QuarantineCode.REMOTE_CHANGED,
            reason=f"Somebody refunded payment {found.payment_id} or marked it as fraud. Settle it by hand.",
        )
    elif given_back and credited is not None:
        link = credited_again(link, found.payment_id, credited)
    dossier = dossier.with_link(link).with_attempt(made)
    return Verdict(dossier, FoundAs.BOUND, f"payment {found.payment_id} carries the mark of this line: bound again")


def _made(
    link: Link, payment_id: PaymentId, created: Target, by: ResolvedBy, detail: str, terms: Terms, tick: Tick
) -> Attempt:
    """Return what stands for the create of a payment that no attempt of ours made: what it was created as."""
    return Attempt(
        id=tick.attempt_id,
        contract_id=link.contract_id,
        gen=link.gen,
        op=AttemptOp.CREATE,
        target_rev=0,
        target=created,
        payment_id=payment_id,
        random_number="",
        fence=link.fence,
        high_water=tick.high_water,
        started_at=tick.now,
        send_by=tick.now,
        settle_after=tick.now + terms.lease + terms.settle,
        outcome=AttemptOutcome.OK,
        resolved_by=by,
        detail=detail,
    )


def lose(dossier: Dossier, contract_id: ContractId, payment_id: PaymentId, seen: Seen, tick: Tick) -> Verdict[bool]:
    """Take in that a payment believed to be credited is not; True if that was news.

    What is gone stands no more, and is not made anew unless a person says so: an abandoned line stays abandoned.
    """
    link = dossier.links[contract_id]
    rests = (
        link.payment_id == payment_id and is_believed(link) and link.state in (LinkState.SYNCED, LinkState.QUARANTINED)
    )
    if not rests or _leased(link, tick) or seen.standing is Standing.CREDITED:
        return Verdict(dossier, False)
    gone = seen.standing is Standing.GONE
    what = (
        f"Payment {payment_id} was credited when this was written down, and is {seen.standing.value} now. Find "
        f"out why; {'dismiss()' if seen.standing is Standing.TAKEN_OUT else 'retry()'} has it made again."
    )
    link = attrs.evolve(
        link,
        state=LinkState.REMOTE_MISSING if gone else LinkState.REMOTE_CHANGED,
        code=QuarantineCode.REMOTE_MISSING if gone else QuarantineCode.REMOTE_CHANGED,
        reason=f"{link.reason.rstrip('. ')}. {what}" if link.abandoned else what,
        applied_rev=min(link.applied_rev, 0),
        fence=link.fence + 1,
    )
    return Verdict(dossier.with_link(link), True)


def doubt(dossier: Dossier, contract_id: ContractId, payment_id: PaymentId, seen: Seen, tick: Tick) -> Verdict[bool]:
    """Take in that a credited payment is of another sum than the last one known; True if this store never wrote it.

    A person changed it, or the store was put back from a backup and the sum is ours: which, the payment does not tell.
    What it shows is what stands, so no other line of the document grows beside it unseen.
    """
    link = dossier.links[contract_id]
    is_ours = link.payment_id == payment_id and is_believed(link)
    if not is_ours or _leased(link, tick) or link.applied is None or seen.target is None:
        return Verdict(dossier, False)
    amount, known = seen.target.amount, link.applied
    if amount == known.amount:
        return Verdict(dossier, False)
    earlier = {target.amount for target in (*link.history, *sent_to(dossier, payment_id))}
    link = attrs.evolve(
        link,
        applied=attrs.evolve(known, amount=amount),
        applied_rev=min(link.applied_rev, 0),
        fence=link.fence + 1,
    )
    what = (
        f"Somebody changed our payment {payment_id} in BILLmanager (another amount), or the store was put back "
        f"from a backup: it is of {amount}, and {known.amount} is the last known here. It is "
        "left alone; decide by hand: retry() changes it to what 1C says."
    )
    if link.abandoned or link.state.waits_for_person:  # a person has it before him, or has put it aside
        link = attrs.evolve(link, reason=f"{link.reason.rstrip('. ')}. {what}")
        return Verdict(dossier.with_link(link), bool(link.abandoned))
    if amount in earlier:
        link = attrs.evolve(link, history=(known, *link.history)[:HISTORY])
        what = f"payment {payment_id} is of {amount}, as it was made once; {known.amount} is the last known here"
        return Verdict(dossier.with_link(link), False, what)
    dossier, link = _end_open(dossier, link, ResolvedBy.LOOKUP, "its payment is of a sum that was never sent", None)
    link = attrs.evolve(link, state=LinkState.REMOTE_CHANGED, code=QuarantineCode.REMOTE_CHANGED, reason=what)
    return Verdict(dossier.with_link(link), True)


def _of_another_store(dossier: Dossier, link: Link, found: Found) -> Verdict[FoundAs]:
    """Hold a line for which another store may be about to credit a payment; what this store left behind is a stray.

    This one has given up that generation, and so its number, by which BILLmanager would refuse a second payment.
    """
    record = dossier.record
    made_here = any(attempt.payment_id == found.payment_id for attempt in dossier.attempts.values())
    is_free = is_without_payment(link) and link.lingering_id is None
    if made_here or not is_free or record is None:
        return Verdict(dossier, FoundAs.STRAY)
    if not amount_of(record, link.contract_id):
        return Verdict(dossier, FoundAs.STRAY)
    link = attrs.evolve(
        link,
        state=LinkState.DUPLICATE_FOUND,
        code=QuarantineCode.DUPLICATE,
        reason=f"Payment {found.payment_id} carries the mark of this line, and this store did not make it: does a "
        "second installation export the same infobase? Switch one off. Then adopt() the payment if it is credited by "
        "now, or cancel it in BILLmanager and call retry().",
        twin_id=found.payment_id,
        fence=link.fence + 1,
    )
    return Verdict(dossier.with_link(link), FoundAs.OTHERS)


def _second(dossier: Dossier, link: Link, found: Found) -> Verdict[FoundAs]:
    if found.standing is not Standing.CREDITED:
        return Verdict(dossier, FoundAs.STRAY)
    if link.state.is_intent or link.state.is_unknown or found.payment_id in link.dismissed:
        return Verdict(dossier, FoundAs.BUSY)
    link = duplicate(link, found.payment_id, "carry the mark of this line and are credited")
    return Verdict(dossier.with_link(link), FoundAs.DUPLICATE)


def _marked(dossier: Dossier, mark: Mark) -> Link:
    """Return the line that a mark is of.

    A document that is no money any more still names its contracts. One that names this contract no more owes a cancel:
    the line is kept under a name made of the mark, and nothing of it should stand.
    """
    record = dossier.record
    named = [line.contract.id for line in record.document.lines if line.contract] if record else []
    left = ContractId(f"{LEFT}{mark.contract}")
    contract_id = next((id for id in [*dossier.links, *named] if short_hash(id) == mark.contract), left)
    return dossier.links.get(contract_id, Link(contract_id=contract_id))


def line_of(dossier: Dossier, mark: Mark) -> ContractId:
    """Return the contract whose line a mark is of; for one that the document names no more, a name made of the mark."""
    return _marked(dossier, mark).contract_id


LEFT = "left:"
"""Begins the name of a line whose contract is known only by its mark."""


def is_without_payment(link: Link) -> bool:
    """Say whether a payment may be created, or taken, for a line."""
    resting = (LinkState.PENDING, LinkState.ABSENT, LinkState.QUARANTINED, LinkState.HELD)
    return link.payment_id is None and link.state in resting and not link.abandoned


def take_bill(
    dossier: Dossier, contract_id: ContractId, payment_id: PaymentId, stands_as: Target, terms: Terms, tick: Tick
) -> Verdict[bool]:
    """Bind the client's own unpaid bill to a line that has no payment; False where it has one, or a worker."""
    link = dossier.links[contract_id]
    free = is_without_payment(link) and link.lingering_id is None and link.state is not LinkState.HELD
    if not free or _leased(link, tick):
        return Verdict(dossier, False)
    link = attrs.evolve(stands(link, payment_id, None), fence=link.fence + 1)
    made = _made(link, payment_id, stands_as, ResolvedBy.LOOKUP, BILL, terms, tick)
    note = f"the purpose names bill {payment_id}: it is credited instead of a new payment"
    return Verdict(dossier.with_link(link).with_attempt(made), True, note)


# ------------------------------------------------------------------------------------------------------ by people


def adopt(
    dossier: Dossier,
    contract_id: ContractId,
    found: Seen,
    payment_id: PaymentId,
    tick: Tick,
    *,
    why: str = "a person said so",
) -> Verdict[str]:
    """Take a payment that somebody typed in for the money of this line."""
    link = dossier.links[contract_id]
    if link.payment_id == payment_id:
        return Verdict(dossier, "")
    if _leased(link, tick):
        return Verdict(dossier, _LEASED)
    if link.payment_id is not None and link.state is not LinkState.REMOTE_MISSING:
        return Verdict(dossier, f"The line has payment {link.payment_id}; a second one would be other money.")
    if found.standing is not Standing.CREDITED or found.target is None:
        return Verdict(dossier, f"Payment {payment_id} is not credited in BILLmanager ({found.standing.value}).")
    dossier, link = _end_open(dossier, link, ResolvedBy.OPERATOR, f"adopted payment {payment_id}", payment_id)
    if link.payment_id is not None:
        link = new_generation(link)
    link = attrs.evolve(stands(link, payment_id, found.target), fence=link.fence + 1, abandoned="")
    return Verdict(dossier.with_link(link), "", f"payment {payment_id} was adopted: {why}")


def dismiss(dossier: Dossier, contract_id: ContractId, payment_id: PaymentId, tick: Tick) -> Verdict[str]:
    """Hold that a payment is not the money of this line; it is never asked about again."""
    link = dossier.links[contract_id]
    if payment_id in link.dismissed:
        return Verdict(dossier, "")
    if link.payment_id == payment_id and link.state is not LinkState.REMOTE_CHANGED:
        return Verdict(dossier, f"Payment {payment_id} is the one that this line has; abandon() or retry() the line.")
    if _leased(link, tick):
        return Verdict(dossier, _LEASED)
    link = attrs.evolve(link, dismissed=(*link.dismissed, payment_id))
    if link.payment_id == payment_id:  # it was ours, or was to be, and somebody made other money of it
        link = new_generation(attrs.evolve(link, fence=link.fence + 1))
    if link.twin_id == payment_id:
        link = _reopened(attrs.evolve(link, twin_id=None))
    return Verdict(dossier.with_link(link), "", f"a person dismissed payment {payment_id}")


def retry(dossier: Dossier, contract_id: ContractId, seen: Seen | None, twin: Seen | None, tick: Tick) -> Verdict[str]:
    """Let the next run try again at once, whatever was in the way; ``seen`` and ``twin`` are its payments, just read.

    A payment that is gone is made anew; one that a person changed is taken as it is and changed to what 1C says.
    """
    link = dossier.links[contract_id]
    if _leased(link, tick):
        return Verdict(dossier, _LEASED)
    if link.state is LinkState.DUPLICATE_FOUND and twin is not None and twin.standing is Standing.CREDITED:
        if link.payment_id is None:
            return Verdict(dossier, f"Payment {link.twin_id} is credited for this line; adopt() it.")
        return Verdict(dossier, f"Payment {link.twin_id} is still credited; cancel it in BILLmanager, or dismiss() it.")
    all_is_well = link.state is LinkState.DUPLICATE_FOUND and seen is not None and seen.standing is Standing.CREDITED
    if link.state in MADE_SURE_OF and seen is not None and not all_is_well:
        if seen.standing is Standing.TAKEN_OUT:
            return Verdict(dossier, f"Payment {link.payment_id} was refunded or marked as fraud; settle it by hand.")
        link = _rebased(dossier, link, seen)
    else:
        link = _reopened(link)
    link = attrs.evolve(link, twin_id=None, next_attempt_at=None, failures=0, abandoned="")
    return Verdict(dossier.with_link(link), "", "a person had it tried again")


MADE_SURE_OF = (
    LinkState.SYNCED,
    LinkState.REMOTE_MISSING,
    LinkState.REMOTE_CHANGED,
    LinkState.DUPLICATE_FOUND,
)
"""In these states a retry goes by what the payment shows now."""


def abandon(dossier: Dossier, contract_id: ContractId, reason: str, tick: Tick) -> Verdict[str]:
    """Take a line out of the exchange until :func:`retry`; what stands in BILLmanager stays."""
    link = dossier.links[contract_id]
    if _leased(link, tick):
        return Verdict(dossier, _LEASED)
    dossier, link = _end_open(dossier, link, ResolvedBy.OPERATOR, f"abandoned: {reason}", None)
    link = attrs.evolve(
        link,
        abandoned=reason,
        reason=f"abandoned by a person: {reason}",
        fence=link.fence + 1,
        twin_id=None,
        next_attempt_at=None,
        lease_owner=None,
        lease_until=None,
    )
    return Verdict(dossier.with_link(link), "", f"a person abandoned it: {reason}")


def _rebased(dossier: Dossier, link: Link, seen: Seen) -> Link:
    assert link.payment_id is not None
    if seen.standing is Standing.GONE:
        settle = [a.settle_after for a in dossier.attempts.values() if a.payment_id == link.payment_id]
        gone = new_generation(link)
        return attrs.evolve(gone, lingering_id=link.payment_id, lingering_until=max(settle, default=None))
    return stands(link, link.payment_id, seen.target if seen.standing is Standing.CREDITED else None)


def _reopened(link: Link) -> Link:
    if link.state.is_intent or link.state.is_unknown:
        return link
    closed = link.state is LinkState.ABSENT or (link.state is LinkState.SYNCED and link.code is None)
    state = link.state if closed else resting(link)
    # What stands is made sure of by the next run, unless all was well.
    applied_rev = link.applied_rev if closed else min(link.applied_rev, max(link.applied_rev - 1, 0))
    return attrs.evolve(link, state=state, code=None, reason="", refused_rev=None, applied_rev=applied_rev)


def _end_open(
    dossier: Dossier, link: Link, by: ResolvedBy, detail: str, payment_id: PaymentId | None
) -> tuple[Dossier, Link]:
    """Close the write of this line whose end nobody knew."""
    attempt = dossier.open_attempt(link.contract_id)
    if attempt is None:
        return dossier, link
    outcome = AttemptOutcome.UNKNOWN
    if payment_id is not None and attempt.op is AttemptOp.CREATE:
        outcome, attempt = AttemptOutcome.OK, attrs.evolve(attempt, payment_id=payment_id)
    dossier = dossier.with_attempt(attempt.closed(outcome, by, detail))
    return dossier, attrs.evolve(link, state=resting(link))


def _leased(link: Link, tick: Tick) -> bool:
    return link.lease_until is not None and link.lease_until > tick.now
