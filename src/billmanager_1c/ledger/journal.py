"""The journal: what changed, told so that the present state can be rebuilt from it.

Entries are not written by those who change something; they are the difference between two dossiers, so nothing can
change without its entry (protocol.md §4, I7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from ..models import ContractId, DocumentRef
from .encoding import from_plain, to_plain
from .records import Attempt, AttemptId, DocumentRecord, Dossier, Link, LinkState


@attrs.frozen(kw_only=True)
class JournalEntry:
    """One thing that happened to one document or one line of it."""

    #: given by the store, growing
    seq: int = 0
    at: datetime
    #: who did it: a run, or a person's call
    actor: str
    ref: DocumentRef
    #: None where it concerns the document as a whole
    contract_id: ContractId | None = None
    attempt_id: AttemptId | None = None
    from_state: LinkState | None = None
    to_state: LinkState | None = None
    #: words for a person
    detail: str = ""
    #: field values after the change, under ``record``, ``link`` and ``attempt``; enough to replay
    changes: Mapping[str, Any] = attrs.field(factory=dict)


def entries(before: Dossier, after: Dossier, *, actor: str, at: datetime, note: str = "") -> list[JournalEntry]:
    """Return the difference between two states of a dossier as journal entries."""
    found = []
    if after.record is not None and after.record != before.record:
        changes = _difference(before.record, after.record)
        detail = note or after.record.reason
        found.append(JournalEntry(at=at, actor=actor, ref=after.ref, detail=detail, changes={"record": changes}))
        note = ""
    attempts: dict[ContractId, list[Attempt]] = {}
    for attempt in after.attempts.values():
        if before.attempts.get(attempt.id) != attempt:
            attempts.setdefault(attempt.contract_id, []).append(attempt)
    for link in after.links.values():
        old = before.links.get(link.contract_id)
        changed = attempts.get(link.contract_id, [])
        if old == link and not changed:
            continue
        changes = {"link": _difference(old, link)}
        if changed:
            changes["attempts"] = {a.id: _difference(before.attempts.get(a.id), a) for a in changed}
        found.append(
            JournalEntry(
                at=at,
                actor=actor,
                ref=after.ref,
                contract_id=link.contract_id,
                attempt_id=changed[-1].id if changed else None,
                from_state=old.state if old else None,
                to_state=link.state,
                detail=note or link.reason,
                changes=changes,
            )
        )
        note = ""
    if note:
        found.append(JournalEntry(at=at, actor=actor, ref=after.ref, detail=note))
    return found


def replay(ref: DocumentRef, journal: Iterable[JournalEntry]) -> Dossier:
    """Rebuild a dossier from its journal entries, oldest first."""
    record: dict[str, Any] = {}
    links: dict[str, dict[str, Any]] = {}
    attempts: dict[str, dict[str, Any]] = {}
    for entry in journal:
        record.update(entry.changes.get("record", {}))
        if entry.contract_id is not None:
            links.setdefault(entry.contract_id, {}).update(entry.changes.get("link", {}))
        for id, changes in entry.changes.get("attempts", {}).items():
            attempts.setdefault(id, {}).update(changes)
    return Dossier(
        ref=ref,
        record=from_plain(record, DocumentRecord) if record else None,
        links={link.contract_id: link for link in (from_plain(plain, Link) for plain in links.values())},
        attempts={attempt.id: attempt for attempt in (from_plain(plain, Attempt) for plain in attempts.values())},
    )


def _difference(old: object, new: object) -> dict[str, Any]:
    after: dict[str, Any] = to_plain(new)
    if old is None:
        return after
    before: dict[str, Any] = to_plain(old)
    return {key: value for key, value in after.items() if before.get(key) != value}
