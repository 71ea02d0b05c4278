"""A store in one SQLite file, for one host: any number of threads and processes may use it at once."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ..errors import StoreBelongsElsewhere, StoreReadOnly
from ..ledger import Dossier, JournalEntry, LinkState
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode, Subaccount, SubaccountId
from ..ports.store import Decide, Decision, Job, Place, StoreSummary, Switch
from ._dossiers import decide_on, holder, instant, load
from ._rows import JOURNAL, SUBACCOUNTS, make_ref, plain_ref
from ._sqlite_file import open_file
from ._transactions import Transactions, translated

R = TypeVar("R")

_PAGE = 500
_JOURNAL = JOURNAL.select.replace("SELECT", "SELECT seq, kind, guid,", 1) + " JOIN documents ON id = document_id"


class SQLiteStore:
    """The memory of one infobase's exchange in the file ``path``, which is made if there is none.

    Threads that write at the same time share a commit; commits of several processes wait for each other. What has
    returned is on the disk. Only its owner may read the file.

    Args:
        path: the file; its folder must be there.
        read_only: open what is there and write nothing; every method that writes raises ``StoreReadOnly``.
        busy_timeout: how many seconds to wait for another process before ``StoreBusy``.

    Raises:
        StoreTooNew: a newer version of this library wrote the file; it is untouched.
        StoreFailed: the file cannot be opened, or is no store.
        StoreBusy: another process held it for too long.
    """

    def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False, busy_timeout: float = 30.0) -> None:
        self._path = Path(path)
        self._read_only = read_only
        with translated(self._path):
            connection = open_file(self._path, read_only=read_only, busy_timeout=busy_timeout)
        self._transactions = Transactions(connection, self._path)

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._path)!r}, read_only={self._read_only})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; harmless when it is closed."""
        self._transactions.close()

    @property
    def read_only(self) -> bool:
        """True if every method that writes raises :class:`StoreReadOnly`."""
        return self._read_only

    @property
    def _commits(self) -> int:
        """How many commits this object made: for tests and benchmarks."""
        return self._transactions.commits

    def claim_base(self, base: str) -> None:
        """Fix the infobase. See :meth:`.Store.claim_base`."""
        kept = self._meta("base")
        if kept is None:
            kept = self._write(lambda connection: _claim(connection, base))
        if kept != base:
            raise StoreBelongsElsewhere(
                f"The store {self._path} keeps the books of infobase {kept!r}, not of {base!r}; "
                "give each infobase its own store."
            )

    # -- documents ---------------------------------------------------------------------------------------------

    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """Decide about one document. See :meth:`.Store.transact`."""
        return self._write(lambda connection: decide_on(connection, ref, decide, actor=actor, at=at))

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """Decide about several documents at once. See :meth:`.Store.transact_all`."""

        def work(connection: sqlite3.Connection) -> list[object]:
            results = [decide_on(connection, one.ref, one.decide, actor=actor, at=at) for one in decisions]
            if adapter is not None:
                _upsert(connection, "places", ("adapter", adapter), ("cursor", cursor))
            return results

        return self._write(work)

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Return what is remembered of a document. See :meth:`.Store.dossier`."""
        with self._transactions.read() as connection:
            return load(connection, ref)[1]

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """Return version tokens. See :meth:`.Store.versions`."""
        query = "SELECT version FROM documents WHERE kind = ? AND guid = ? AND version IS NOT NULL"
        wanted = list(refs)
        with self._transactions.read() as connection:
            rows = ((ref, connection.execute(query, (ref.kind.value, ref.id)).fetchone()) for ref in wanted)
            return {ref: row[0] for ref, row in rows if row is not None}

    def open_documents(
        self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None
    ) -> list[tuple[int, DocumentRef]]:
        """Return open documents by place. See :meth:`.Store.open_documents`."""
        # Times that are written as text are never greater than "~".
        latest = "~" if due_by is None else instant(due_by)
        return self._documents("open = 1 AND (due IS NULL OR due <= ?)", (latest,), after, limit)

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> list[tuple[int, DocumentRef]]:
        """Return documents by the state of their lines. See :meth:`.Store.documents_in`."""
        marks = ", ".join("?" * len(states))
        condition = f"id IN (SELECT document_id FROM links WHERE state IN ({marks}))"  # noqa: S608 (question marks)
        if open_only:
            condition = f"open = 1 AND {condition}"
        return self._documents(condition, [state.value for state in states], after, limit)

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents of that day and later. See :meth:`.Store.documents_since`."""
        return self._documents("missing = 0 AND date >= ?", (day.isoformat(),), after, limit)

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents that an actor changed. See :meth:`.Store.touched`."""
        rows = self._rows(
            "SELECT id, kind, guid FROM documents JOIN (SELECT DISTINCT document_id FROM journal "
            "WHERE actor = ? AND document_id > ? ORDER BY document_id LIMIT ?) ON document_id = id ORDER BY id",
            (actor, after, limit),
        )
        return [(place, make_ref(kind, guid)) for place, kind, guid in rows]

    def _documents(
        self, condition: str, values: Sequence[object], after: int, limit: int
    ) -> list[tuple[int, DocumentRef]]:
        query = f"SELECT id, kind, guid FROM documents WHERE {condition} AND id > ? ORDER BY id LIMIT ?"  # noqa: S608 (ours)
        return [(place, make_ref(kind, guid)) for place, kind, guid in self._rows(query, (*values, after, limit))]

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """Note changes in 1C. See :meth:`.Store.note_changed`."""
        rows = [(ref.kind.value, ref.id, at.isoformat()) for ref in refs]
        self._write(
            lambda connection: connection.executemany(
                "INSERT OR REPLACE INTO notes (kind, guid, at) VALUES (?, ?, ?)", rows
            )
        )

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """Return notes. See :meth:`.Store.noted`."""
        rows = self._rows("SELECT kind, guid, number FROM notes ORDER BY number LIMIT ?", (limit,))
        return {make_ref(kind, guid): number for kind, guid, number in rows}

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """Drop notes. See :meth:`.Store.forget_noted`."""
        numbers = [(number,) for number in notes.values()]
        self._write(lambda connection: connection.executemany("DELETE FROM notes WHERE number = ?", numbers))

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return who has these payments. See :meth:`.Store.holders`."""
        wanted = list(payment_ids)
        with self._transactions.read() as connection:
            found = ((payment_id, holder(connection, payment_id)) for payment_id in wanted)
            return {payment_id: line for payment_id, line in found if line is not None}

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        """Yield journal entries. See :meth:`.Store.journal`."""
        condition, values = (" WHERE kind = ? AND guid = ?", (ref.kind.value, ref.id)) if ref else (" WHERE 1", ())
        query = f"{_JOURNAL}{condition} AND seq > ? ORDER BY seq LIMIT {_PAGE}"
        # Page by page, so that no transaction stays open while the caller thinks.
        while rows := self._rows(query, (*values, after)):
            for seq, kind, guid, *fields in rows:
                yield JOURNAL.record(fields, seq=seq, ref=plain_ref(make_ref(kind, guid)))
            after = rows[-1][0]

    def summary(self) -> StoreSummary:
        """Count what is kept. See :meth:`.Store.summary`."""
        with self._transactions.read() as connection:
            states = connection.execute("SELECT state, code, count(*) FROM links GROUP BY state, code").fetchall()
            documents = _count(connection, "SELECT count(observed_rev) FROM documents")
            subaccounts = _count(connection, "SELECT count(*) FROM subaccounts")
            changed = connection.execute("SELECT changed_at FROM documents WHERE open = 1").fetchall()
        links: dict[LinkState, int] = {}
        for state, _, count in states:
            links[LinkState(state)] = links.get(LinkState(state), 0) + count
        return StoreSummary(
            documents=documents,
            links=links,
            quarantined={
                QuarantineCode(code): count
                for state, code, count in states
                if code is not None and LinkState(state) is LinkState.QUARANTINED
            },
            open_documents=len(changed),
            oldest_open=min((dt.datetime.fromisoformat(row[0]) for row in changed), default=None),
            subaccounts=subaccounts,
        )

    # -- accounts and bindings ---------------------------------------------------------------------------------

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """Return all subaccounts. See :meth:`.Store.subaccounts`."""
        found = (SUBACCOUNTS.record(row) for row in self._rows(SUBACCOUNTS.select + " ORDER BY id"))
        return {subaccount.id: subaccount for subaccount in found}

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """Insert or replace subaccounts. See :meth:`.Store.save_subaccounts`."""
        rows = [SUBACCOUNTS.row(subaccount) for subaccount in subaccounts]
        self._write(lambda connection: connection.executemany(SUBACCOUNTS.upsert, rows))

    def bindings(self) -> dict[ContractId, SubaccountId]:
        """Return bindings made by hand. See :meth:`.Store.bindings`."""
        return dict(self._rows("SELECT contract_id, subaccount_id FROM bindings ORDER BY rowid"))

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        """Bind a contract. See :meth:`.Store.bind`."""
        rows = [] if subaccount_id is None else [(contract_id, subaccount_id, actor, at.isoformat())]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM bindings WHERE contract_id = ?", (contract_id,))
            connection.executemany(
                "INSERT INTO bindings (contract_id, subaccount_id, actor, at) VALUES (?, ?, ?, ?)", rows
            )

        self._write(work)

    # -- the run -----------------------------------------------------------------------------------------------

    def place(self, adapter: str) -> Place:
        """Return how far changes have been read. See :meth:`.Store.place`."""
        rows = self._rows("SELECT cursor, acknowledged FROM places WHERE adapter = ?", (adapter,))
        return Place(cursor=rows[0][0], acknowledged=rows[0][1]) if rows else Place()

    def acknowledged(self, adapter: str, cursor: str) -> None:
        """Remember an acknowledgement. See :meth:`.Store.acknowledged`."""
        self._set("places", ("adapter", adapter), ("acknowledged", cursor))

    def job(self, name: str) -> Job:
        """Return when a job ran. See :meth:`.Store.job`."""
        rows = self._rows("SELECT last_start, last_success FROM jobs WHERE name = ?", (name,))
        return Job(last_start=_time(rows[0][0]), last_success=_time(rows[0][1])) if rows else Job()

    def job_started(self, name: str, at: dt.datetime) -> None:
        """Remember a start. See :meth:`.Store.job_started`."""
        self._set("jobs", ("name", name), ("last_start", at.isoformat()))

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """Remember a success. See :meth:`.Store.job_succeeded`."""
        self._set("jobs", ("name", name), ("last_success", at.isoformat()))

    def recall(self, key: str) -> str | None:
        """Return what was remembered. See :meth:`.Store.recall`."""
        rows = self._rows("SELECT value FROM memory WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def remember(self, key: str, text: str | None) -> None:
        """Remember something. See :meth:`.Store.remember`."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM memory WHERE key = ?", (key,))
            if text is not None:
                connection.execute("INSERT INTO memory (key, value) VALUES (?, ?)", (key, text))

        self._write(work)

    def switch(self) -> Switch:
        """Return the switch. See :meth:`.Store.switch`."""
        kept = dict(self._rows("SELECT key, value FROM meta WHERE key IN ('enabled', 'paused')"))
        return Switch(enabled=kept.get("enabled", "yes") == "yes", paused=kept.get("paused"))

    def set_switch(self, switch: Switch) -> None:
        """Change the switch. See :meth:`.Store.set_switch`."""
        kept = [("enabled", "yes" if switch.enabled else "no"), ("paused", switch.paused)]
        self._write(
            lambda connection: connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", kept)
        )

    # -- asking ------------------------------------------------------------------------------------------------

    def _write(self, work: Callable[[sqlite3.Connection], R]) -> R:
        if self._read_only:
            raise StoreReadOnly(f"The store {self._path} was opened read-only; open it with read_only=False to write.")
        return self._transactions.write(work)

    def _set(self, table: str, key: tuple[str, str], field: tuple[str, str | None]) -> None:
        self._write(lambda connection: _upsert(connection, table, key, field))

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._transactions.read() as connection:
            return connection.execute(query, values).fetchall()

    def _meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None


def _claim(connection: sqlite3.Connection, base: str) -> str:
    """Write the infobase down unless another process did so meanwhile; return the one that stands."""
    connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('base', ?)", (base,))
    return str(connection.execute("SELECT value FROM meta WHERE key = 'base'").fetchone()[0])


def _upsert(connection: sqlite3.Connection, table: str, key: tuple[str, str], field: tuple[str, str | None]) -> None:
    connection.execute(
        f"INSERT INTO {table} ({key[0]}, {field[0]}) VALUES (?, ?) "  # noqa: S608 (every name is ours)
        f"ON CONFLICT ({key[0]}) DO UPDATE SET {field[0]} = excluded.{field[0]}",
        (key[1], field[1]),
    )


def _count(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
