"""A store in one SQLite file, for one host: any number of threads and processes may use it at once."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from ..errors import StoreReadOnly
from ..ledger import Dossier
from ..models import ContractId, DocumentRef, PaymentId
from ..ports.store import Decide, Decision, StoreSummary
from ._books import Books, Statement, summarize, upsert
from ._dossiers import decide_on, holder, instant, load
from ._sqlite_file import open_file
from ._transactions import Transactions, translated

R = TypeVar("R")


class SQLiteStore(Books):
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

    _OPEN = "open = 1"
    _THERE = "missing = 0"
    _NOTE = "INSERT OR REPLACE INTO notes (kind, guid, at) VALUES (?, ?, ?)"

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
    def _name(self) -> str:
        return str(self._path)

    @property
    def _commits(self) -> int:
        """How many commits this object made: for tests and benchmarks."""
        return self._transactions.commits

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
                connection.execute(upsert("places", "adapter", "cursor"), (adapter, cursor))
            return results

        return self._write(work)

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Return what is remembered of a document. See :meth:`.Store.dossier`."""
        with self._transactions.read() as connection:
            return load(connection, ref)[1]

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """Return what is remembered of each document. See :meth:`.Store.dossiers`."""
        wanted = list(refs)
        with self._transactions.read() as connection:
            return {ref: load(connection, ref)[1] for ref in wanted}

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

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return who has these payments. See :meth:`.Store.holders`."""
        wanted = list(payment_ids)
        with self._transactions.read() as connection:
            found = ((payment_id, holder(connection, payment_id)) for payment_id in wanted)
            return {payment_id: line for payment_id, line in found if line is not None}

    def summary(self) -> StoreSummary:
        """Count what is kept. See :meth:`.Store.summary`."""
        with self._transactions.read() as connection:
            states = connection.execute("SELECT state, code, count(*) FROM links GROUP BY state, code").fetchall()
            documents = _count(connection, "SELECT count(observed_rev) FROM documents")
            subaccounts = _count(connection, "SELECT count(*) FROM subaccounts")
            changed = connection.execute("SELECT changed_at FROM documents WHERE open = 1").fetchall()
        return summarize(
            states,
            documents=documents,
            open_documents=len(changed),
            oldest_open=min((dt.datetime.fromisoformat(row[0]) for row in changed), default=None),
            subaccounts=subaccounts,
        )

    # -- asking ------------------------------------------------------------------------------------------------

    def _write(self, work: Callable[[sqlite3.Connection], R]) -> R:
        if self._read_only:
            raise StoreReadOnly(f"The store {self._path} was opened read-only; open it with read_only=False to write.")
        return self._transactions.write(work)

    def _change(self, *statements: Statement) -> None:
        self._write(lambda connection: [connection.executemany(query, rows) for query, rows in statements])

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._transactions.read() as connection:
            return connection.execute(query, values).fetchall()


def _count(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
