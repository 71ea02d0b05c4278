"""Dossiers in the tables of a PostgreSQL store: locked and read in one round trip, written with the COMMIT in another.

Rows of documents are the locks. They are taken in one order, so that two hosts with the same documents do not wait
for each other in a circle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs

from ..ledger import Dossier
from ..ledger.encoding import dumps
from ..models import ContractId, DocumentRef, PaymentId
from ..ports.store import Decision
from ._books import Statement
from ._change import Change, due, gives_up, holdings, payment_taken
from ._postgres_session import Connection, legible
from ._postgres_transactions import Prepared, send, written
from ._rows import ATTEMPTS, DOCUMENTS, JOURNAL, LINKS, Rows, make_ref, plain_ref

T = TypeVar("T", bound=attrs.AttrsInstance)
_Plain: TypeAlias = Mapping[str, Any]


def marked(query: str) -> str:
    """Write a query with the placeholders of psycopg."""
    return query.replace("?", "%s")


_LOCK = "SELECT lock_dossiers(%s)"
_LOOK = "SELECT record, links, attempts FROM dossiers WHERE kind = %s AND guid = %s"
_LOOK_ALL = (
    "SELECT kind, guid, record, links, attempts FROM dossiers WHERE (kind, guid) IN "
    "(SELECT value ->> 0, value ->> 1 FROM json_array_elements(%s))"
)
_DROP = "DELETE FROM documents WHERE id = %s"
_LET_GO = "DELETE FROM holdings WHERE payment_id = %s"
_HOLD = "INSERT INTO holdings (payment_id, document_id, contract_id) VALUES (%s, %s, %s)"
_UNBIND = (
    "UPDATE links SET payment_id = NULL, lingering_id = NULL, twin_id = NULL "
    "WHERE document_id = %s AND contract_id = %s"
)
_WRITTEN = "SELECT FROM journal WHERE document_id = %s AND at = %s LIMIT 1"
_FOUND_BY = ("date", "open", "due", "changed")


def _insert(table: str, rows: Rows[Any], *besides: str) -> str:
    columns = ", ".join((*besides, *rows.fields))
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{table}, $1)"  # noqa: S608 (ours)


def _upsert(table: str, rows: Rows[Any], *key: str) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in rows.fields if name not in key)
    return f"{_insert(table, rows, 'document_id')} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


def _update(columns: Iterable[str]) -> str:
    changes = ", ".join(f"{name} = new.{name}" for name in columns)
    source = "json_populate_record(NULL::documents, $1) AS new WHERE documents.id = new.id"
    return f"UPDATE documents SET {changes} FROM {source}"  # noqa: S608 (every name is ours)


PREPARED = {
    "keep_record": _update((*DOCUMENTS.fields, *_FOUND_BY)),
    "keep_found_by": _update(_FOUND_BY),
    "keep_link": _upsert("links", LINKS, "document_id", "contract_id"),
    "keep_attempt": _upsert("attempts", ATTEMPTS, "document_id", "id"),
    "keep_entry": _insert("journal", JOURNAL, "document_id"),
}
"""What every transaction says again and again, prepared once for a session. Each takes one row as JSON."""


def decide_all(
    connection: Connection, decisions: Sequence[Decision], *, actor: str, besides: Sequence[Statement] = ()
) -> Prepared[list[object]]:
    """Begin a transaction, lock the documents, decide about each in turn by the server's clock."""
    desk = _lock(connection, [one.ref for one in decisions])
    results: list[object] = []
    steps: list[_Step] = []
    for one in decisions:
        sheet = desk.sheets[one.ref]
        verdict = one.decide(sheet.dossier, desk.now)
        change = Change.between(sheet.dossier, verdict, actor=actor, at=desk.now)
        results.append(verdict.result)
        if change is not None:
            steps.append(_Step.of(sheet, change))
            desk.sheets[one.ref] = attrs.evolve(sheet, dossier=change.dossier, is_new=False)
    statements = [*_statements(steps), *besides]
    # Where nothing is kept the transaction is given up, and with it the rows that were added to lock them.
    if statements:
        statements.append((_DROP, [(sheet.id,) for sheet in desk.sheets.values() if sheet.is_new]))
    return Prepared(
        xid=desk.xid,
        result=results,
        statements=statements,
        # No two transactions write of one document at one microsecond: they wait for each other.
        proof=(_WRITTEN, (steps[0].id, desk.now.isoformat())) if steps else None,
        look_who_has_them=lambda connection: _raise_if_taken(connection, steps),
    )


def load(connection: Connection, ref: DocumentRef) -> Dossier:
    """Read a dossier as it stands."""
    row = connection.execute(_LOOK, (ref.kind.value, ref.id)).fetchone()
    return Dossier(ref=ref) if row is None else _dossier(ref, *row)


def load_all(connection: Connection, refs: Sequence[DocumentRef]) -> dict[DocumentRef, Dossier]:
    """Read dossiers as they stand at one moment: one statement sees one."""
    names = dumps([(ref.kind.value, ref.id) for ref in refs])
    rows = connection.execute(_LOOK_ALL, (names,)).fetchall()
    found = {(kind, guid): plain for kind, guid, *plain in rows}
    return {
        ref: _dossier(ref, *found[ref.kind.value, ref.id]) if (ref.kind.value, ref.id) in found else Dossier(ref=ref)
        for ref in refs
    }


def holders(
    connection: Connection, payment_ids: Iterable[PaymentId]
) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
    """Return which lines have these payments."""
    query = (
        "SELECT payment_id, kind, guid, contract_id FROM holdings JOIN documents ON documents.id = document_id "
        "WHERE payment_id = ANY(%s::bigint[])"
    )
    rows = connection.execute(query, (list(payment_ids),)).fetchall()
    return {PaymentId(id): (make_ref(kind, guid), ContractId(contract)) for id, kind, guid, contract in rows}


def instant(at: dt.datetime) -> str:
    """Write a time for a column that is one."""
    return at.astimezone(dt.UTC).isoformat()


# ------------------------------------------------------------------------------------------------------- reading


@attrs.frozen(kw_only=True)
class _Sheet:
    """A dossier and the row it belongs to."""

    id: int
    dossier: Dossier
    #: the row was added by this transaction
    is_new: bool = False


@attrs.frozen(kw_only=True)
class _Desk:
    """What a transaction has before it."""

    now: dt.datetime
    xid: str
    sheets: dict[DocumentRef, _Sheet]


def _lock(connection: Connection, refs: Iterable[DocumentRef]) -> _Desk:
    ordered = sorted(set(refs), key=lambda ref: (ref.kind.value, ref.id))
    names = dumps([(ref.kind.value, ref.id) for ref in ordered])
    [locked] = send(connection, written(connection, [("BEGIN", [()]), (_LOCK, [(names,)])]))
    sheets = {
        ref: _Sheet(
            id=found["id"],
            dossier=_dossier(ref, found["record"], found["links"], found["attempts"]),
            is_new=found["added"],
        )
        for ref, found in zip(ordered, locked["found"], strict=True)
    }
    now = dt.datetime.fromisoformat(locked["now"]).astimezone(dt.UTC)
    return _Desk(now=now, xid=locked["xid"], sheets=sheets)


def _dossier(ref: DocumentRef, record: _Plain, links: list[_Plain] | None, attempts: list[_Plain] | None) -> Dossier:
    found_links = [LINKS.record_of(plain) for plain in links or ()]
    found_attempts = [ATTEMPTS.record_of(plain) for plain in attempts or ()]
    return Dossier(
        ref=ref,
        record=None if record["observed_rev"] is None else DOCUMENTS.record_of(record, ref=plain_ref(ref)),
        links={link.contract_id: link for link in found_links},
        attempts={attempt.id: attempt for attempt in found_attempts},
    )


# ------------------------------------------------------------------------------------------------------- writing


@attrs.frozen(kw_only=True)
class _Step:
    """What one decision changed."""

    id: int
    before: Dossier
    change: Change
    #: payments that a line had before and has no more
    released: Sequence[tuple[PaymentId, ContractId]]
    #: payments that a line has now and had not before
    taken: Sequence[tuple[PaymentId, ContractId]]

    @classmethod
    def of(cls, sheet: _Sheet, change: Change) -> _Step:
        """Compare who had what with who has it now."""
        old, new = holdings(sheet.dossier).items(), holdings(change.dossier).items()
        return cls(
            id=sheet.id, before=sheet.dossier, change=change, released=sorted(old - new), taken=sorted(new - old)
        )


def _statements(steps: Sequence[_Step]) -> Iterator[Statement]:
    for step in steps:  # one after the other, as the decisions were: a payment goes from hand to hand
        change, id = step.change, step.id
        yield _LET_GO, [(payment_id,) for payment_id, _ in step.released]
        yield _HOLD, [(payment_id, id, contract_id) for payment_id, contract_id in step.taken]
        found_by = _found_by(change.dossier)
        if change.record is not None:
            yield _keep("record", DOCUMENTS, [change.record], id=id, **found_by)
        elif found_by != _found_by(step.before):
            yield "EXECUTE keep_found_by(%s)", [(_as_json({"id": id, **found_by}),)]
        yield _UNBIND, [(id, link.contract_id) for link in change.links if gives_up(step.before, link)]
        yield _keep("link", LINKS, change.links, document_id=id)
        # Those that ended come first: a line never has two open attempts.
        attempts = sorted(change.attempts, key=lambda attempt: attempt.is_open)
        yield _keep("attempt", ATTEMPTS, attempts, document_id=id)
        yield _keep("entry", JOURNAL, change.entries, document_id=id)


def _keep(what: str, rows: Rows[T], records: Iterable[T], **besides: object) -> Statement:
    plain = (dict(zip(rows.fields, rows.row(record), strict=True)) for record in records)
    return f"EXECUTE keep_{what}(%s)", [(_as_json({**row, **besides}),) for row in plain]


def _as_json(row: dict[str, object]) -> str:
    text = dumps(row)
    if "\\u0000" not in text:
        return text  # and if it cannot be encoded, it is made so when it is sent
    return dumps({name: legible(value) if isinstance(value, str) else value for name, value in row.items()})


def _found_by(dossier: Dossier) -> dict[str, object]:
    """Return what the document is found by."""
    record, at = dossier.record, due(dossier)
    return {
        "date": None if record is None else record.document.date.isoformat(),
        "open": dossier.is_open,
        "due": None if at is None else instant(at),
        "changed": None if record is None else instant(record.changed_at),
    }


def _raise_if_taken(connection: Connection, steps: Sequence[_Step]) -> None:
    """Say which line has the payment; say nothing if it let go meanwhile, so that it can be tried again."""
    held = holders(connection, {payment_id for step in steps for payment_id, _ in step.taken})
    for step in steps:
        for payment_id, _ in step.released:
            held.pop(payment_id, None)
        for payment_id, contract_id in step.taken:
            if payment_id in held:
                raise payment_taken(payment_id, *held[payment_id])
            held[payment_id] = (step.change.dossier.ref, contract_id)
