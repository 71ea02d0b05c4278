"""What one line needs: where it rests without a call, and the first call that brings it on."""

from __future__ import annotations

from decimal import Decimal

import attrs

from ..models import ContractId, PaymentDocument, PaymentId, QuarantineCode
from ..models.onec import NO_CONTRACT
from ._completing import new_generation, resting
from .records import Attempt, AttemptOp, AttemptOutcome, DocumentRecord, Dossier, Link, LinkState, ResolvedBy, Target
from .steps import Blocked, Look, LookBack, Suspected, Tick, Unwanted, Want


def settle(dossier: Dossier, link: Link, want: Want, record: DocumentRecord, tick: Tick) -> Link:
    """Move a resting link to where it belongs when that takes no call."""
    if link.state is LinkState.HELD and (record.observed_rev > (link.refused_rev or 0) or isinstance(want, Unwanted)):
        # Another revision is another question.
        link = attrs.evolve(link, state=LinkState.PENDING, code=None, reason="", refused_rev=None, twin_id=None)
    if link.state is LinkState.REMOTE_MISSING and isinstance(want, Unwanted):
        link = new_generation(link)  # it is gone, and it should be
    if link.state.is_intent or link.state.is_unknown or link.state.waits_for_person:
        return link
    if link.refused_rev is not None and link.refused_rev >= record.observed_rev:
        return link
    if link.state is LinkState.QUARANTINED and waits(link, tick):
        return link  # BILLmanager refused it a moment ago
    if link.state is LinkState.SYNCED and link.applied_rev >= record.observed_rev:
        return link
    if isinstance(want, Blocked):
        return attrs.evolve(link, state=LinkState.QUARANTINED, code=want.code, reason=want.reason)
    if isinstance(want, Suspected):
        if link.payment_id is not None or link.lingering_id is not None:
            return link
        return attrs.evolve(
            link,
            state=LinkState.HELD,
            code=QuarantineCode.POSSIBLE_TWIN,
            reason=want.reason,
            refused_rev=record.observed_rev,
            twin_id=want.payment_id,
        )
    if link.state is LinkState.QUARANTINED:
        link = attrs.evolve(link, state=resting(link), code=None, reason="", refused_rev=None)
    if isinstance(want, Unwanted) and link.payment_id is None:
        reason = link.reason if link.state is LinkState.ABSENT and link.reason else want.reason
        return attrs.evolve(link, state=LinkState.ABSENT, applied_rev=record.observed_rev, reason=reason)
    if isinstance(want, Target) and link.state is LinkState.ABSENT:
        return attrs.evolve(link, state=LinkState.PENDING, reason="")
    certain = not isinstance(want, Target) or not in_doubt(dossier, link, want)
    if link.state is LinkState.SYNCED and _reads_like(link, want) and certain:
        return attrs.evolve(link, applied_rev=record.observed_rev, reason="")
    return link


def waits(link: Link, tick: Tick) -> bool:
    return link.next_attempt_at is not None and link.next_attempt_at > tick.now


Next = tuple[AttemptOp, Target | None] | LookBack | Look


def next_step(dossier: Dossier, link: Link, want: Want, record: DocumentRecord, tick: Tick) -> Next | None:
    """Say what this line needs; None where nothing, or where it must wait for a person or for time."""
    cancel = (AttemptOp.CANCEL, None)
    attempt = dossier.open_attempt(link.contract_id)
    match link.state:
        case LinkState.CANCEL_UNKNOWN:
            return cancel
        case LinkState.CREDIT_UNKNOWN if isinstance(want, Unwanted):
            return cancel
        case LinkState.CREATE_UNKNOWN | LinkState.CREDIT_UNKNOWN | LinkState.UPDATE_UNKNOWN:
            return Look(attempt=attempt, link=link) if attempt else None
        case LinkState.PENDING | LinkState.ABSENT if link.lingering_id is not None:
            return _look_back(link, tick)
        case LinkState.BOUND | LinkState.SYNCED if (back := _look_back(link, tick)) is not None:
            return back  # another payment was found, or adopted, meanwhile
        case LinkState.PENDING if isinstance(want, Target):
            return AttemptOp.CREATE, want
        case LinkState.BOUND if isinstance(want, Target):
            created = created_as(dossier, link)
            if created is not None and created.subaccount_id != want.subaccount_id:
                return cancel
            if may_be_overwritten(dossier, link, want, tick):
                return None
            if link.written == want and link.written_rev == record.observed_rev:
                return AttemptOp.CREDIT, want
            return AttemptOp.WRITE, want
        case LinkState.SYNCED if link.applied_rev >= record.observed_rev:
            return None  # only a change in 1C is followed: new payers or methods leave what is exported alone
        case LinkState.SYNCED if isinstance(want, Target) and not (
            _reads_like(link, want) and not in_doubt(dossier, link, want)
        ):
            if link.applied is not None and link.applied.subaccount_id != want.subaccount_id:
                return cancel
            return None if may_be_overwritten(dossier, link, want, tick) else (AttemptOp.UPDATE, want)
        case LinkState.BOUND | LinkState.SYNCED if isinstance(want, Unwanted):
            return cancel
        case _:
            return None


def _look_back(link: Link, tick: Tick) -> LookBack | None:
    """Return what is to be read once more, if the time has come in which nothing can reach it any more."""
    if link.lingering_id is None or (link.lingering_until is not None and link.lingering_until > tick.now):
        return None
    return LookBack(contract_id=link.contract_id, payment_id=link.lingering_id)


def _reads_like(link: Link, want: Want) -> bool:
    return isinstance(want, Target) and link.applied is not None and link.applied.reads_like(want)


_EDITS = (AttemptOp.WRITE, AttemptOp.UPDATE)


def _doubted(dossier: Dossier, link: Link) -> list[Target]:
    """Return what edits may have made of the payment since one is known to have worked."""
    found: list[Target] = []
    for attempt in dossier.attempts.values():
        if attempt.payment_id != link.payment_id or attempt.op not in _EDITS or attempt.target is None:
            continue
        if attempt.outcome is AttemptOutcome.OK:
            found.clear()
        elif attempt.resolved_by is not ResolvedBy.ANSWER:
            found.append(attempt.target)
    return found


def in_doubt(dossier: Dossier, link: Link, want: Target) -> bool:
    """Say whether the payment may have become something else since a write to it is known to have worked."""
    return any(target != want for target in _doubted(dossier, link)) or bool(unseen_cancels(dossier, link))


def unseen_cancels(dossier: Dossier, link: Link) -> list[Attempt]:
    """Return the cancels whose end nobody saw: one of them may take the credit back, now or later.

    That happens where one got no answer and the next one was refused, so that the payment was kept.
    """
    found: list[Attempt] = []
    for attempt in dossier.attempts.values():
        if attempt.payment_id is None or attempt.payment_id != link.payment_id:
            continue
        if attempt.op is AttemptOp.CANCEL and attempt.is_unseen:
            found.append(attempt)
        elif attempt.op in (AttemptOp.UPDATE, AttemptOp.CREDIT) and attempt.outcome is AttemptOutcome.OK:
            found = [one for one in found if one.settle_after > attempt.started_at]
    return found


def may_be_overwritten(dossier: Dossier, link: Link, want: Target, tick: Tick) -> bool:
    """Say whether what was once sent may still arrive: a look shows only that it had not."""
    if any(attempt.settle_after > tick.now for attempt in unseen_cancels(dossier, link)):
        return True
    return any(
        attempt.op in _EDITS
        and attempt.payment_id == link.payment_id
        and attempt.outcome is not AttemptOutcome.OK
        and attempt.is_unseen
        and attempt.target != want
        and attempt.settle_after > tick.now
        for attempt in dossier.attempts.values()
    )


def grows(dossier: Dossier, link: Link, step: Next) -> bool:
    """Say whether a step may make money stand that did not stand before."""
    if not isinstance(step, tuple):
        return False
    op, target = step
    if op is AttemptOp.UPDATE and target is not None and link.applied is not None:
        return target.amount > link.applied.amount
    if op is AttemptOp.WRITE and target is not None and credit_may_come(dossier, link.payment_id):
        return link.written is None or target.amount > link.written.amount  # it may be credited as what is written
    return op in (AttemptOp.CREATE, AttemptOp.CREDIT)


def owes(dossier: Dossier, link: Link, record: DocumentRecord) -> bool:
    """Say whether this line has, or may have, more money standing than the document gives it."""
    if link.state in (LinkState.CANCEL_INTENT, LinkState.CANCEL_UNKNOWN):
        return True
    if credit_may_come(dossier, link.lingering_id):
        return True
    standing = _standing(dossier, link)
    return standing is not None and standing > amount_of(record, link.contract_id)


def _standing(dossier: Dossier, link: Link) -> Decimal | None:
    if link.state is LinkState.REMOTE_MISSING:
        return None
    if link.applied is not None:
        return max([link.applied.amount, *(target.amount for target in _doubted(dossier, link))])
    # Of a payment that was never seen credited and may be, what was written last.
    is_late = credit_may_come(dossier, link.payment_id)
    if link.written is None and is_late:  # it came back from an earlier generation
        return max(target.amount for target in sent_to(dossier, link.payment_id))
    may_stand = link.state not in _NOTHING_STANDS or is_late
    return link.written.amount if link.written and may_stand else None


_NOTHING_STANDS = {LinkState.PENDING, LinkState.ABSENT, LinkState.BOUND, LinkState.HELD}


def sent_to(dossier: Dossier, payment_id: PaymentId | None) -> list[Target]:
    """Return what was sent to a payment, and may be what it shows."""
    return [one.target for one in dossier.attempts.values() if one.payment_id == payment_id and one.target is not None]


def credit_may_come(dossier: Dossier, payment_id: PaymentId | None) -> bool:
    """Say whether a credit was sent to the payment of a line that was looked for, not found, and may be late."""
    return any(
        attempt.op is AttemptOp.CREDIT
        and attempt.payment_id == payment_id is not None
        and attempt.resolved_by is not ResolvedBy.ANSWER
        for attempt in dossier.attempts.values()
    )


def amount_of(record: DocumentRecord, contract_id: ContractId) -> Decimal:
    """Return what the document gives to this contract now; zero where it is no money any more."""
    return amount_in(record.document, contract_id) if record.wanted else Decimal(0)


def amount_in(document: PaymentDocument, contract_id: ContractId) -> Decimal:
    """Return what the lines of the document say for this contract."""
    amounts = [
        line.amount for line in document.lines if (line.contract.id if line.contract else NO_CONTRACT) == contract_id
    ]
    return sum(amounts, Decimal(0))


def created_as(dossier: Dossier, link: Link) -> Target | None:
    """Return what the payment of this generation was created as."""
    for attempt in dossier.attempts.values():
        same = attempt.contract_id == link.contract_id and attempt.gen == link.gen
        if same and attempt.op is AttemptOp.CREATE and attempt.payment_id == link.payment_id:
            return attempt.target
    return None
