"""The breaker: a run that would change more than anybody expects stops before its first write."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..errors import BreakerTripped
from ..ledger import AttemptOutcome, DocumentRecord, Dossier, Link, LinkState
from ..models import DocumentRef
from ..ports.store import Store
from .effects import Consult, Plan, ask
from .run import Run

LINKED = frozenset({state for state in LinkState if state.has_payment})
_KEY = "approved"
_PAGE = 500


def check_breaker(run: Run) -> Plan[None]:
    """Count the exported documents that the run would cancel or change.

    Raises:
        BreakerTripped: there are too many, and no person approved of just these.
    """
    breaker = run.breaker
    if breaker is None:
        return
    affected: list[str] = []
    after = 0
    while page := (yield from ask(_changed(after))):
        after = page[-1][0]
        affected += [key for _, key in page if key is not None]
    linked = run.linked = yield from ask(Consult(_count_linked))
    if not breaker.trips(len(affected), linked):
        return
    approved = yield from ask(Consult(lambda store: store.recall(_KEY)))
    if approved is not None and frozenset(affected) <= frozenset(json.loads(approved)):
        return
    raise BreakerTripped(
        f"This run would cancel or change {len(affected)} exported documents of {linked}: more than {breaker}. Nothing "
        "was written. Look at engine.plan(); if it is right, call engine.approve(plan) and run again."
    )


def approve(documents: Iterable[tuple[DocumentRef, str]]) -> Plan[None]:
    """Let the next runs change just these documents, as long as they read as they do now."""
    keys = json.dumps(sorted(_key(ref, digest) for ref, digest in documents))
    yield from ask(Consult(lambda store: store.remember(_KEY, keys)))


def _key(ref: DocumentRef, digest: str) -> str:
    return f"{ref}@{digest}"


def _changed(after: int) -> Consult[list[tuple[int, str | None]]]:
    def question(store: Store) -> list[tuple[int, str | None]]:
        page = store.documents_in(LINKED, after=after, limit=_PAGE, open_only=True)
        dossiers = store.dossiers(ref for _, ref in page)
        return [(place, _key_if_changed(dossiers[ref])) for place, ref in page]

    return Consult(question)


def _key_if_changed(dossier: Dossier) -> str | None:
    record = dossier.record
    if (
        record is None
        or record.code is not None
        or not any(_is_changed(dossier, record, link) for link in dossier.links.values())
    ):
        return None
    return _key(dossier.ref, record.digest)


def _is_changed(dossier: Dossier, record: DocumentRecord, link: Link) -> bool:
    """Say whether 1C shows something else than when the line was last written."""
    if link.abandoned or link.state.waits_for_person:
        return False
    if link.applied is None:  # perhaps it is credited: nobody knows
        return link.state is LinkState.CREDIT_UNKNOWN and not record.wanted
    written = [
        attempt.target_rev
        for attempt in dossier.attempts.values()
        if attempt.contract_id == link.contract_id and attempt.outcome is AttemptOutcome.OK
    ]
    if link.applied_rev == 0:  # found again: nobody knows whether it changed in 1C, but where it is no money, it goes
        return not record.wanted
    return max(written, default=0) < record.observed_rev and link.applied_rev < record.observed_rev


def _count_linked(store: Store) -> int:
    return sum(count for state, count in store.summary().links.items() if state.has_payment)
