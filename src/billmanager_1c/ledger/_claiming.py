"""Taking a document over: leases, fences, and payments that follow their money to another contract."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ..models import ContractId
from .records import AttemptOp, AttemptOutcome, DocumentRecord, Dossier, Link, LinkState, ResolvedBy, Target
from .steps import Terms, Tick, Unwanted, Want

GONE = Unwanted(reason="the document no longer names this contract")


def held_by_another(link: Link, terms: Terms, tick: Tick) -> bool:
    return link.lease_until is not None and link.lease_until > tick.now and link.lease_owner != terms.owner


def claim(dossier: Dossier, link: Link, terms: Terms, tick: Tick, *, now_or_never: bool) -> Dossier:
    """Take the line over from whoever had it. What he left open is unknown."""
    attempt = dossier.open_attempt(link.contract_id)
    if attempt is not None and attempt.op is AttemptOp.WRITE:
        # Fields are written again by id, so nobody needs to know how it ended.
        dossier = dossier.with_attempt(attempt.closed(AttemptOutcome.UNKNOWN, ResolvedBy.LOOKUP, "left by its worker"))
    elif attempt is not None:
        outcome = attempt.outcome if attempt.number_taken else AttemptOutcome.UNKNOWN
        dossier = dossier.with_attempt(attrs.evolve(attempt, outcome=outcome, fence=link.fence + 1))
    return dossier.with_link(
        attrs.evolve(
            link,
            state=link.state.unknown if link.state.is_intent else link.state,
            lease_owner=terms.owner,
            lease_until=tick.now + terms.lease,
            fence=link.fence + 1,
            next_attempt_at=None if now_or_never else link.next_attempt_at,
        )
    )


def rekey(dossier: Dossier, wants: Mapping[ContractId, Want], record: DocumentRecord) -> Dossier:
    """Move payments from contracts that left the document to new ones that keep the subaccount (design.md §5)."""
    spare = [link for link in dossier.links.values() if _is_spare(link, wants)]
    for contract_id, want in wants.items():
        new = dossier.links.get(contract_id)
        if not isinstance(want, Target) or new is None or new.payment_id or new.lingering_id:
            continue
        if new.state not in (LinkState.PENDING, LinkState.ABSENT, LinkState.QUARANTINED) or new.abandoned:
            continue
        old = next((link for link in spare if link.applied and link.applied.subaccount_id == want.subaccount_id), None)
        if old is None:
            continue
        spare.remove(old)
        # The generation must be new for both: a mark is never used for two payments, nor two payments for a mark.
        gen = max(old.gen, new.gen) + 1
        dossier = dossier.with_link(
            attrs.evolve(
                new,
                state=LinkState.SYNCED,
                gen=gen,
                payment_id=old.payment_id,
                applied=old.applied,
                applied_rev=old.applied_rev,
                history=old.history,
                code=None,
                reason="",
                refused_rev=None,
            )
        )
        dossier = dossier.with_link(
            attrs.evolve(
                old,
                state=LinkState.ABSENT,
                gen=gen,
                payment_id=None,
                applied=None,
                applied_rev=record.observed_rev,
                history=(),
                written=None,
                random_number="",
                reason="the document now names another contract; its payment went there",
            )
        )
    return dossier


def _is_spare(link: Link, wants: Mapping[ContractId, Want]) -> bool:
    return link.state is LinkState.SYNCED and not link.abandoned and _left(link, wants)


def _left(link: Link, wants: Mapping[ContractId, Want]) -> bool:
    return isinstance(wants.get(link.contract_id, GONE), Unwanted)


def release(dossier: Dossier, terms: Terms) -> Dossier:
    for link in dossier.links.values():
        if link.lease_owner == terms.owner:
            dossier = dossier.with_link(attrs.evolve(link, lease_owner=None, lease_until=None))
    return dossier
