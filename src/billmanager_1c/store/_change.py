"""What a decision changes in a dossier: found by comparing values, the same for every store."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import attrs

from ..errors import PaymentTaken
from ..ledger import Attempt, DocumentRecord, Dossier, JournalEntry, Link, Verdict, entries
from ..models import ContractId, DocumentRef, PaymentId


@attrs.frozen(kw_only=True)
class Change:
    """The difference between a dossier and the one that a decision made of it."""

    dossier: Dossier
    #: None where it is as it was
    record: DocumentRecord | None
    #: those that are new or different
    links: tuple[Link, ...]
    attempts: tuple[Attempt, ...]
    #: payments that a line has now and had not before
    taken: frozenset[PaymentId]
    entries: tuple[JournalEntry, ...]

    @classmethod
    def between(cls, before: Dossier, verdict: Verdict[Any], *, actor: str, at: dt.datetime) -> Change | None:
        """Compare; None where nothing is to be kept.

        Raises:
            PaymentTaken: two lines of the dossier have one payment.
            ValueError: the decision forgot something, or broke the dossier: a mistake in the program.
        """
        after = verdict.dossier
        if after is before and not verdict.note:
            return None
        _check(before, after)
        told = tuple(entries(before, after, actor=actor, at=at, note=verdict.note))
        if not told:
            return None
        return cls(
            dossier=after,
            record=None if after.record == before.record else after.record,
            links=tuple(link for id, link in after.links.items() if before.links.get(id) != link),
            attempts=tuple(attempt for id, attempt in after.attempts.items() if before.attempts.get(id) != attempt),
            taken=frozenset(holdings(after)) - frozenset(holdings(before)),
            entries=told,
        )


def holdings(dossier: Dossier) -> dict[PaymentId, ContractId]:
    """Return which line of the dossier has which payment: bound, lingering, or held against it.

    Raises:
        PaymentTaken: two lines have the same one.
    """
    held: dict[PaymentId, ContractId] = {}
    for link in dossier.links.values():
        for payment_id in link.holds:
            if payment_id in held:
                raise payment_taken(payment_id, dossier.ref, held[payment_id])
            held[payment_id] = link.contract_id
    return held


def gives_up(before: Dossier, link: Link) -> bool:
    """Say whether the line gives up a payment, which another line of the document may get at the same time."""
    old = before.links.get(link.contract_id)
    return old is not None and not old.holds <= link.holds


def payment_taken(payment_id: PaymentId, ref: DocumentRef, contract_id: ContractId) -> PaymentTaken:
    """Say which line has the payment."""
    return PaymentTaken(
        f"Payment {payment_id} is already bound to contract {contract_id} of document {ref}; "
        "find out which of the two lines it belongs to."
    )


def due(dossier: Dossier) -> dt.datetime | None:
    """Return when the first of the open lines wants attention, in UTC; None where one wants it now."""
    times = [link.next_attempt_at for link in dossier.open_links]
    known = [time.astimezone(dt.UTC) for time in times if time is not None]
    return min(known) if known and len(known) == len(times) else None


def _check(before: Dossier, after: Dossier) -> None:
    if after.ref != before.ref:
        raise ValueError(f"a decision about {before.ref} returned the dossier of {after.ref}")
    forgotten = (before.links.keys() - after.links.keys()) | (before.attempts.keys() - after.attempts.keys())
    if forgotten or (before.record is not None and after.record is None):
        raise ValueError(f"a decision about {before.ref} forgot what was kept; nothing is ever forgotten")
    opened: Counter[ContractId] = Counter()
    for attempt in after.attempts.values():
        opened[attempt.contract_id] += attempt.is_open
        if attempt.contract_id not in after.links:
            raise ValueError(f"attempt {attempt.id} of {before.ref} belongs to no line of it")
    if any(count > 1 for count in opened.values()):
        raise ValueError(f"a line of {before.ref} has two open attempts")
