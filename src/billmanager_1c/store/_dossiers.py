"""Dossiers in the tables of a SQLite store. Everything here happens inside a transaction that somebody else began."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import TypeVar

from ..ledger import Dossier
from ..models import ContractId, DocumentRef, PaymentId
from ..ports.store import Decide
from ._change import Change, due, gives_up, payment_taken
from ._rows import ATTEMPTS, DOCUMENTS, JOURNAL, LINKS, make_ref, plain_ref

R = TypeVar("R")

_DOCUMENT = DOCUMENTS.select.replace("SELECT", "SELECT id,", 1) + " WHERE kind = ? AND guid = ?"
_LINKS = LINKS.select + " WHERE document_id = ? ORDER BY rowid"
_RECORD = DOCUMENTS.update + " WHERE id = ?"
_LET_GO = (
    "UPDATE links SET payment_id = NULL, lingering_id = NULL, twin_id = NULL WHERE document_id = ? AND contract_id = ?"
)
_ATTEMPTS = ATTEMPTS.select + " WHERE document_id = ? ORDER BY rowid"


def decide_on(connection: sqlite3.Connection, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
    """Load the dossier, decide, and keep what the decision changed, with its journal entries.

    Raises:
        PaymentTaken: another line has a payment that the decision binds. The caller rolls back.
    """
    document_id, before = load(connection, ref)
    verdict = decide(before, at)
    change = Change.between(before, verdict, actor=actor, at=at)
    if change is not None:
        _keep(connection, document_id, before, change)
    return verdict.result


def load(connection: sqlite3.Connection, ref: DocumentRef) -> tuple[int | None, Dossier]:
    """Read a dossier and the id of its row; None where there is no row."""
    row = connection.execute(_DOCUMENT, (ref.kind.value, ref.id)).fetchone()
    if row is None:
        return None, Dossier(ref=ref)
    document_id, *fields = row
    seen = fields[0] is not None
    links = [LINKS.record(row) for row in connection.execute(_LINKS, (document_id,))]
    attempts = [ATTEMPTS.record(row) for row in connection.execute(_ATTEMPTS, (document_id,))]
    return document_id, Dossier(
        ref=ref,
        record=DOCUMENTS.record(fields, ref=plain_ref(ref)) if seen else None,
        links={link.contract_id: link for link in links},
        attempts={attempt.id: attempt for attempt in attempts},
    )


def holder(connection: sqlite3.Connection, payment_id: PaymentId) -> tuple[DocumentRef, ContractId] | None:
    """Return which line has a payment: bound, lingering, or held against it."""
    row = connection.execute(
        "SELECT kind, guid, contract_id FROM links JOIN documents ON documents.id = document_id "
        "WHERE payment_id = ? OR lingering_id = ? OR twin_id = ?",
        (payment_id, payment_id, payment_id),
    ).fetchone()
    return row and (make_ref(row[0], row[1]), ContractId(row[2]))


def _keep(connection: sqlite3.Connection, document_id: int | None, before: Dossier, change: Change) -> None:
    for payment_id in change.taken:
        found = holder(connection, payment_id)
        if found is not None:
            raise payment_taken(payment_id, *found)
    if document_id is None:
        document_id = _add(connection, change.dossier.ref)
    if change.record is not None:
        connection.execute(_RECORD, (*DOCUMENTS.row(change.record), document_id))
    _keep_found(connection, document_id, before, change.dossier)
    connection.executemany(
        _LET_GO, [(document_id, link.contract_id) for link in change.links if gives_up(before, link)]
    )
    connection.executemany(LINKS.upsert, [(document_id, *LINKS.row(link)) for link in change.links])
    # Those that ended come first: a line never has two open attempts.
    attempts = sorted(change.attempts, key=lambda attempt: attempt.is_open)
    connection.executemany(ATTEMPTS.upsert, [(document_id, *ATTEMPTS.row(attempt)) for attempt in attempts])
    connection.executemany(JOURNAL.insert, [(document_id, *JOURNAL.row(entry)) for entry in change.entries])


def _add(connection: sqlite3.Connection, ref: DocumentRef) -> int:
    cursor = connection.execute("INSERT INTO documents (kind, guid) VALUES (?, ?)", (ref.kind.value, ref.id))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _keep_found(connection: sqlite3.Connection, document_id: int, before: Dossier, after: Dossier) -> None:
    """Keep what the document is found by, where that changed."""
    found = _found_by(after)
    if found != _found_by(before):
        connection.execute("UPDATE documents SET date = ?, open = ?, due = ? WHERE id = ?", (*found, document_id))


def _found_by(dossier: Dossier) -> tuple[str | None, bool, str | None]:
    date = None if dossier.record is None else dossier.record.document.date.isoformat()
    at = due(dossier)
    return date, dossier.is_open, None if at is None else instant(at)


def instant(at: dt.datetime) -> str:
    """Write a time so that text is ordered as time is."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
