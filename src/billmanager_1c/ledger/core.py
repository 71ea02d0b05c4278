"""The transitions: what may happen to a document line, and when.

Everything that is ever remembered about an export is decided here, by pure functions from a dossier to a dossier.
A store runs each of them in one transaction. The rules, in the order in which they protect the money:

1. No write without an open attempt that is durable before it, and at most one open attempt for a line.
2. A payment is created inert, bound to its line by compare-and-set, and credited by that id only.
3. A credit starts only when the fields written last are those of the newest revision.
4. An end is accepted only from the holder of the fence with which the attempt was made. A late one changes nothing.
5. An intent whose lease has run out is an unknown outcome, and that is resolved by looking, never by guessing.
6. Within a document nothing is created, credited or increased while a line of it owes a cancel or a decrease.
7. What a cancel has begun it ends: a cancelled generation is never credited again.
8. What a person did in BILLmanager is neither overwritten nor undone; the line waits for a person.
9. What a person has said of a line (:mod:`.people`) holds: an abandoned line is left alone until he says otherwise,
   and what stands for it is still money of its document.

``start`` claims a document and says what to do first; ``proceed`` takes the answer and says what to do next. Both end
in ``_choose``. Every end of every attempt goes through ``complete`` (:mod:`._completing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from ..models import ContractId, PaymentDocument, PaymentId
from ._claiming import GONE, claim, held_by_another, rekey, release
from ._completing import complete, credited_again, duplicate, is_current, late
from ._needs import (
    Next,
    created_as,
    credit_may_come,
    grows,
    in_doubt,
    may_be_overwritten,
    next_step,
    owes,
    sent_to,
    settle,
    unseen_cancels,
    waits,
)
from .marks import find_mark, make_mark, number_of
from .records import (
    Attempt,
    AttemptOp,
    AttemptOutcome,
    DocumentRecord,
    Dossier,
    Link,
    LinkState,
    ResolvedBy,
    Target,
)
from .steps import (
    Answer,
    Finished,
    Look,
    LookedBack,
    Moved,
    Perform,
    Sighting,
    Step,
    Terms,
    Tick,
    Verdict,
    Want,
)

_INTENT = {
    AttemptOp.CREATE: LinkState.CREATE_INTENT,
    AttemptOp.WRITE: LinkState.BOUND,
    AttemptOp.CREDIT: LinkState.CREDIT_INTENT,
    AttemptOp.UPDATE: LinkState.UPDATE_INTENT,
    AttemptOp.CANCEL: LinkState.CANCEL_INTENT,
}

# ------------------------------------------------------------------------------------------------- seen in 1C


def observe(dossier: Dossier, sighting: Sighting, document: PaymentDocument, tick: Tick) -> Verdict[bool]:
    """Take in what 1C shows. The result is True if anything that matters has changed."""
    old = dossier.record
    if old is not None and old.digest == sighting.digest:
        same = attrs.evolve(old, version=old.version and sighting.version, document=document)
        return Verdict(attrs.evolve(dossier, record=same), False)
    known = any(link.payment_id or link.state.is_unknown or link.state.is_intent for link in dossier.links.values())
    if sighting.too_old and not known:
        sighting = attrs.evolve(sighting, amounts={}, code=None, reason=sighting.too_old)
    record = DocumentRecord(
        ref=sighting.ref,
        observed_rev=old.observed_rev + 1 if old else 1,
        digest=sighting.digest,
        # Without a version it is read again as soon as a line is drawn that lets it in.
        version="" if sighting.too_old and not known else sighting.version,
        document=document,
        wanted=bool(sighting.amounts),
        reason=sighting.reason,
        code=sighting.code,
        missing=sighting.missing,
        first_seen_at=old.first_seen_at if old else tick.now,
        changed_at=tick.now,
    )
    dossier = attrs.evolve(dossier, record=record)
    for contract_id in sighting.amounts:
        if contract_id not in dossier.links:
            dossier = dossier.with_link(Link(contract_id=contract_id))
    for link in dossier.links.values():
        # A change in 1C is news: whatever was waited for may be mended by it.
        dossier = dossier.with_link(attrs.evolve(link, next_attempt_at=None, failures=0))
    return Verdict(dossier, True)


# -------------------------------------------------------------------------------------------- claim and deliver


def start(
    dossier: Dossier, wants: Mapping[ContractId, Want], revision: int, terms: Terms, tick: Tick, *, now_or_never: bool
) -> Verdict[Step]:
    """Claim the document and say what to do first.

    ``revision`` is the one from which ``wants`` were resolved. With ``now_or_never`` a pause after a failure is cut
    short; leases and the waiting time of a cancelled generation are not.
    """
    record = dossier.record
    if record is None or record.observed_rev != revision:
        return Verdict(dossier, Moved())
    if any(held_by_another(link, terms, tick) for link in dossier.links.values()):
        return Verdict(dossier, Finished(dossier=dossier, busy=True), note=BUSY)
    claimed = dossier
    for link in dossier.links.values():
        claimed = claim(claimed, link, terms, tick, now_or_never=now_or_never)
    verdict = _choose(rekey(claimed, wants, record), wants, terms, tick)
    if isinstance(verdict.result, Finished) and _stands_as_it_stood(dossier, verdict.dossier):
        return Verdict(dossier, Finished(dossier=dossier))  # nothing to claim it for, and nothing to tell
    return verdict


def _stands_as_it_stood(before: Dossier, after: Dossier) -> bool:
    """Say whether nothing but the claim itself came of a claim."""

    def unclaimed(link: Link) -> Link:
        return attrs.evolve(link, fence=0, lease_owner=None, lease_until=None, next_attempt_at=None)

    return before.attempts == after.attempts and all(
        unclaimed(link) == unclaimed(before.links[id]) for id, link in after.links.items()
    )


def proceed(
    dossier: Dossier,
    attempt: Attempt,
    answer: Answer,
    wants: Mapping[ContractId, Want],
    revision: int,
    terms: Terms,
    tick: Tick,
) -> Verdict[Step]:
    """Take in how an attempt ended and say what to do next."""
    if not is_current(dossier, attempt):
        return Verdict(dossier, Finished(dossier=dossier, busy=True), note=late(attempt, answer))
    dossier = complete(dossier, attempt, answer, terms, tick)
    return _continue(dossier, wants, revision, terms, tick)


def look_back(
    dossier: Dossier,
    seen: LookedBack,
    wants: Mapping[ContractId, Want],
    revision: int,
    terms: Terms,
    tick: Tick,
) -> Verdict[Step]:
    """Take in the second reading of a cancelled payment, and say what to do next."""
    link = dossier.links[seen.contract_id]
    if link.lease_owner != terms.owner or link.lingering_id is None:
        return Verdict(dossier, Finished(dossier=dossier, busy=True))
    lingering = link.lingering_id
    is_bill = _is_bill(dossier, lingering)
    marked_anew = is_bill and _carries_our_mark(dossier, link, seen)
    if is_bill and seen.credited and not marked_anew and not credit_may_come(dossier, lingering):
        pass  # the client paid his bill: nothing of ours can have done it
    elif seen.credited and link.payment_id is not None:
        link = duplicate(link, lingering, "are credited for this line")
    elif seen.credited and is_bill:
        link = credited_again(link, lingering, None)
    elif link.payment_id is None and (seen.credited or marked_anew):
        # An old credit arrived late, or an old edit that puts our mark on a bill: the cancel is not over.
        link = attrs.evolve(link, state=LinkState.CANCEL_UNKNOWN, payment_id=link.lingering_id)
    dossier = dossier.with_link(attrs.evolve(link, lingering_id=None, lingering_until=None))
    return _continue(dossier, wants, revision, terms, tick)


def _carries_our_mark(dossier: Dossier, link: Link, seen: LookedBack) -> bool:
    """Say whether a bill that was given back carries our mark: paid by the client, it would be taken for ours."""
    return bool(seen.mark) and seen.mark in {target.mark for target in sent_to(dossier, link.lingering_id)}


def postpone(dossier: Dossier, reason: str, terms: Terms, tick: Tick) -> Verdict[None]:
    """Give the document back because of trouble that is not a line's own: another turn will come."""
    for link in dossier.links.values():
        if link.lease_owner == terms.owner:
            dossier = dossier.with_link(attrs.evolve(link, lease_owner=None, lease_until=None, reason=reason))
    return Verdict(dossier, None)


# ----------------------------------------------------------------------------------------------------- choosing


def _continue(
    dossier: Dossier, wants: Mapping[ContractId, Want], revision: int, terms: Terms, tick: Tick
) -> Verdict[Step]:
    record = dossier.record
    if record is None or record.observed_rev != revision:
        return Verdict(release(dossier, terms), Moved())
    return _choose(dossier, wants, terms, tick)


def _choose(dossier: Dossier, wants: Mapping[ContractId, Want], terms: Terms, tick: Tick) -> Verdict[Step]:
    """Begin the first thing that can be done: debts of the document first, then the rest."""
    record = dossier.record
    assert record is not None
    debtor: Link | None = None
    for contract_id in sorted(dossier.links, key=lambda id: (not owes(dossier, dossier.links[id], record), id)):
        link = dossier.links[contract_id]
        if link.abandoned or link.lease_owner != terms.owner:
            # It is a person's, or was since it was claimed; what stands for it is still this document's money.
            debtor = debtor or (link if owes(dossier, link, record) else None)
            continue
        want = wants.get(contract_id, GONE)
        link = settle(dossier, link, marked(want, dossier, link, terms), record, tick)
        dossier = dossier.with_link(link)
        want = marked(want, dossier, link, terms)
        step = next_step(dossier, link, want, record, tick)
        later = waits(link, tick)
        if step is not None and not later and not (debtor and grows(dossier, link, step)):
            return _begin(dossier, link, step, terms, tick)
        if not later and (reason := _why_it_waits(dossier, link, step, want, debtor, tick)):
            dossier = dossier.with_link(attrs.evolve(link, reason=reason))
        debtor = debtor or (link if owes(dossier, link, record) else None)
    dossier = release(dossier, terms)
    return Verdict(dossier, Finished(dossier=dossier))


def _why_it_waits(dossier: Dossier, link: Link, step: Next | None, want: Want, debtor: Link | None, tick: Tick) -> str:
    if step is None:
        assert dossier.record is not None
        is_due = link.payment_id is not None and link.applied_rev < dossier.record.observed_rev
        late = is_due and isinstance(want, Target) and may_be_overwritten(dossier, link, want, tick)
        return MAY_ARRIVE if late else ""
    if debtor is None:
        return ""
    reason = "waits until another line of the document has given back its money"
    if not debtor.abandoned:
        return reason
    return (
        f"{reason}: the line of contract {debtor.contract_id} was abandoned. Cancel payment {debtor.payment_id} in "
        "BILLmanager, then call retry() for that line."
    )


def marked(want: Want, dossier: Dossier, link: Link, terms: Terms) -> Want:
    """Put on what is wanted the mark of the line's generation."""
    if not isinstance(want, Target):
        return want
    bill = _is_bill(dossier, link.payment_id)
    return attrs.evolve(want, mark=make_mark(terms.base, dossier.ref, link.contract_id, link.gen, bill=bill))


def _is_bill(dossier: Dossier, payment_id: PaymentId | None) -> bool:
    """Say whether a payment of a line is the client's own bill."""
    return payment_id is not None and bool(_bills(dossier, payment_id))


def _bills(dossier: Dossier, payment_id: PaymentId | None) -> list[Target]:
    """Return what a bill was, each time that it was taken; one that was found by its mark had been written to."""
    attempts = dossier.attempts.values()
    return [one.target for one in attempts if one.payment_id == payment_id and one.took_bill and one.target is not None]


def _waters(dossier: Dossier, link: Link) -> list[int]:
    """Return the marks of earlier creates of this generation: what one of them made may turn up late."""
    return [
        attempt.high_water
        for attempt in dossier.attempts.values()
        if attempt.op is AttemptOp.CREATE and attempt.contract_id == link.contract_id and attempt.gen == link.gen
    ]


def _shown_before(dossier: Dossier, link: Link, op: AttemptOp) -> Target | None:
    """Return what the payment shows, as far as that is certain: only what differs from it is written."""
    if op is not AttemptOp.WRITE:
        return link.applied or _credited_as(dossier, link)
    written = any(a.op is AttemptOp.WRITE and a.payment_id == link.payment_id for a in dossier.attempts.values())
    return None if written else created_as(dossier, link)


def _known_as(dossier: Dossier, link: Link) -> tuple[Target, ...]:
    """Return everything that was sent to the payment of a line: each may be what it shows."""
    ours = [target for target in (link.written, link.applied, *link.history) if target is not None]
    return tuple(dict.fromkeys([*sent_to(dossier, link.payment_id), *ours]))


def _credited_as(dossier: Dossier, link: Link) -> Target | None:
    """Return what we have, or may have, credited this payment as."""
    for attempt in dossier.attempts.values():
        if attempt.op is AttemptOp.CREDIT and attempt.payment_id == link.payment_id is not None and attempt.target:
            # Nobody has read it since: crediting may have reset its date.
            return attrs.evolve(attempt.target, paid_on=NOT_READ)
    return None


# ----------------------------------------------------------------------------------------------------- beginning


def _begin(dossier: Dossier, link: Link, step: Next, terms: Terms, tick: Tick) -> Verdict[Step]:
    link = attrs.evolve(link, lease_until=tick.now + terms.lease)
    if not isinstance(step, tuple):
        dossier = dossier.with_link(link)
        if isinstance(step, Look):
            may_be_unpaid = bool(unseen_cancels(dossier, link))
            step = attrs.evolve(step, link=link, known=_known_as(dossier, link), may_be_unpaid=may_be_unpaid)
        return Verdict(dossier, step)
    op, target = step
    record = dossier.record
    assert record is not None
    earlier = dossier.open_attempt(link.contract_id)
    if earlier is not None:  # a cancel made again by id: the new attempt takes over what the old one left open
        dossier = dossier.with_attempt(earlier.closed(AttemptOutcome.UNKNOWN, ResolvedBy.LOOKUP, "made again"))
    before = _shown_before(dossier, link, op)
    link = attrs.evolve(
        link,
        state=_INTENT[op],
        random_number=link.random_number or (number_of(target.mark) if op is AttemptOp.CREATE and target else ""),
        reason="",
    )
    attempt = Attempt(
        id=tick.attempt_id,
        contract_id=link.contract_id,
        gen=link.gen,
        op=op,
        target_rev=record.observed_rev,
        target=target,
        payment_id=link.payment_id,
        random_number=link.random_number,
        fence=link.fence,
        high_water=min([tick.high_water, *_waters(dossier, link)]),
        started_at=tick.now,
        send_by=tick.now + terms.lease,
        settle_after=tick.now + terms.lease + terms.settle,
    )
    dossier = dossier.with_link(link).with_attempt(attempt)
    resumed = not any(
        earlier.op is AttemptOp.CREATE and earlier.payment_id == link.payment_id and earlier.fence == link.fence
        for earlier in dossier.attempts.values()
    )
    bills = _bills(dossier, link.payment_id) if link.payment_id is not None else []
    perform = Perform(
        attempt=attempt,
        link=link,
        before=before,
        known=_known_as(dossier, link),
        may_be_credited=_credited_as(dossier, link) is not None,
        bill=bool(bills),
        original=next((target for target in reversed(bills) if not find_mark(target.mark)), None),
        guess=any(one.is_guess and one.payment_id == link.payment_id for one in dossier.attempts.values()),
        resumed=resumed,
        in_doubt=target is not None and in_doubt(dossier, link, target),
        may_be_unpaid=bool(unseen_cancels(dossier, link)),
    )
    return Verdict(dossier, perform)


MAY_ARRIVE = "waits until nothing that was sent to its payment before can arrive any more"
"""What is said of a line whose payment must not be written to yet."""

BUSY = "another worker has this document; it will be looked at again"
"""What the journal says of a worker that came too late."""

NOT_READ = date.min
"""Stands for a payment date that crediting reset and nobody has read."""


def is_bound_to(dossier: Dossier, payment_id: PaymentId) -> bool:
    """Say whether a line of this document has, or had and left, this payment."""
    return any(payment_id in (link.payment_id, link.lingering_id) for link in dossier.links.values())
