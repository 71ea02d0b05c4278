"""A store in a PostgreSQL database, for any number of hosts. Needs the extra ``postgres``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

try:
    import psycopg
except ImportError as _error:
    raise ImportError(
        "PostgresStore needs psycopg 3; install it with pip install 'billmanager-1c[postgres]'."
    ) from _error

from ..errors import StoreFailed, StoreReadOnly
from ..ledger import Dossier
from ..ledger.encoding import dumps
from ..models import ContractId, DocumentRef, PaymentId
from ..ports.store import Decide, Decision, StoreSummary
from ._books import Books, Statement, summarize, upsert
from ._postgres_dossiers import PREPARED, decide_all, holders, instant, load, load_all, marked
from ._postgres_errors import translate
from ._postgres_schema import check, migrate, read_steps
from ._postgres_session import Address, Connect, Connection, Pool, Session
from ._postgres_transactions import Transactions, only
from ._rows import make_ref

R = TypeVar("R")

__all__ = ["PostgresStore"]

# One query sees one state of the store; each count has an index to itself.
_SUMMARY = """
SELECT
    (SELECT json_agg(json_build_array(state, code, number))
        FROM (SELECT state, code, count(*) AS number FROM links GROUP BY state, code) AS counted),
    (SELECT count(*) FROM documents WHERE observed_rev IS NOT NULL),
    (SELECT count(*) FROM documents WHERE open),
    (SELECT min(changed) FROM documents WHERE open),
    (SELECT count(*) FROM subaccounts)
"""


class PostgresStore(Books):
    """The memory of one infobase's exchange in a schema of a database, which is made if there is none.

    Workers on any number of hosts may use it at once. Leases go by the server's clock: a decision is told its time,
    whatever ``at`` the caller gives, and so is the journal. What has returned is on the server's disk
    (``synchronous_commit`` is switched on for every session; the server's own ``fsync`` must be on). What others commit
    while pages of documents or of the journal are read may lie behind the place already reached; the next reading
    shows it. Needs PostgreSQL 13 or later; a pooler in between must give whole sessions.

    Args:
        address: a URL, ``postgresql://user:password@host:5432/database``, or the ``key=value`` words of libpq, whose
            environment variables and password file count as well.
        schema: several stores may live in one database, each in its own schema.
        read_only: open what is there and write nothing; every method that writes raises ``StoreReadOnly``.
        busy_timeout: how many seconds to wait for others, and for a server that restarts, before ``StoreBusy``.
        pool_size: how many connections are open at the most; the first when the store is opened, others on demand.
        connect: opens a connection in place of ``address``, for passwords that are made anew each time.

    Raises:
        SettingsError: the address cannot be read.
        StoreTooNew: a newer version of this library wrote the schema; it is untouched.
        StoreFailed: the database cannot be opened, or the schema is no store.
        StoreBusy: somebody else held it for too long.

    .. versionadded:: 0.1
    """

    _OPEN = "open"
    _THERE = "NOT missing"
    _NOTE = (
        "INSERT INTO notes (kind, guid, at) VALUES (?, ?, ?) "
        "ON CONFLICT (kind, guid) DO UPDATE SET number = DEFAULT, at = excluded.at"
    )

    def __init__(
        self,
        address: str = "",
        *,
        schema: str = "billmanager_1c",
        read_only: bool = False,
        busy_timeout: float = 30.0,
        pool_size: int = 8,
        connect: Connect | None = None,
    ) -> None:
        parsed = Address.parse(address, schema=schema)
        self._read_only = read_only
        self._at = parsed.name
        session = Session(schema=schema, read_only=read_only, wait=busy_timeout)
        steps = read_steps()

        def open_connection() -> Connection:
            connection = (connect or parsed.connect)()
            try:
                session.set_up(connection)
                if check(connection, schema, parsed.name, len(steps)) < len(steps):
                    if read_only:
                        raise StoreFailed(
                            f"There is no store {parsed.name}, or an older one; open it once for writing."
                        )
                    migrate(connection, schema, parsed.name, steps)
                for name, query in PREPARED.items():
                    connection.execute(f"PREPARE {name} (json) AS {query}")
            except BaseException:
                connection.close()
                raise
            return connection

        self._pool = Pool(open_connection, size=pool_size, wait=busy_timeout, name=parsed.name)
        self._transactions = Transactions(self._pool, name=parsed.name, wait=busy_timeout)
        try:
            with self._pool.connection():
                pass
        except psycopg.Error as error:
            raise translate(error, parsed.name) from error

    def __repr__(self) -> str:
        return f"PostgresStore({self._at!r}, read_only={self._read_only})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; harmless when they are closed."""
        self._pool.close()

    @property
    def read_only(self) -> bool:
        """True if every method that writes raises :class:`StoreReadOnly`."""
        return self._read_only

    @property
    def _name(self) -> str:
        return self._at

    # -- documents ---------------------------------------------------------------------------------------------

    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """Decide about one document. See :meth:`~billmanager_1c.ports.store.Store.transact`."""
        [result] = self.transact_all([Decision(ref=ref, decide=decide)], actor=actor, at=at)
        return cast(R, result)

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """Decide about several documents at once. See :meth:`~billmanager_1c.ports.store.Store.transact_all`."""
        self._check_writable()
        moved = [] if adapter is None else [(marked(upsert("places", "adapter", "cursor")), [(adapter, cursor)])]
        return self._transactions.write(
            lambda connection: decide_all(connection, decisions, actor=actor, besides=moved)
        )

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Return what is remembered of a document. See :meth:`~billmanager_1c.ports.store.Store.dossier`."""
        return self._transactions.read(lambda connection: load(connection, ref))

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """Return what is remembered of each document. See :meth:`~billmanager_1c.ports.store.Store.dossiers`."""
        wanted = list(refs)
        return self._transactions.read(lambda connection: load_all(connection, wanted))

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """Return version tokens. See :meth:`~billmanager_1c.ports.store.Store.versions`."""
        names = dumps([(ref.kind.value, ref.id) for ref in refs])
        rows = self._rows(
            "SELECT kind, guid, version FROM documents WHERE version IS NOT NULL AND (kind, guid) IN "
            "(SELECT value ->> 0, value ->> 1 FROM json_array_elements(?))",
            (names,),
        )
        return {make_ref(kind, guid): version for kind, guid, version in rows}

    def open_documents(
        self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None
    ) -> list[tuple[int, DocumentRef]]:
        """Return open documents by place. See :meth:`~billmanager_1c.ports.store.Store.open_documents`.

        A document that another transaction holds at this moment is left out: whoever holds it is at work on it.
        """
        # The lock is the weakest that a transaction's own excludes: two who look do not hinder each other.
        how = "" if self._read_only else " FOR KEY SHARE SKIP LOCKED"
        if due_by is None:
            return self._documents("open", (), after, limit, how)
        return self._documents("open AND (due IS NULL OR due <= ?)", (instant(due_by),), after, limit, how)

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return who has these payments. See :meth:`~billmanager_1c.ports.store.Store.holders`."""
        wanted = list(payment_ids)
        return self._transactions.read(lambda connection: holders(connection, wanted))

    def summary(self) -> StoreSummary:
        """Count what is kept. See :meth:`~billmanager_1c.ports.store.Store.summary`."""
        [(states, documents, open_documents, oldest_open, subaccounts)] = self._rows(_SUMMARY)
        return summarize(
            states or (),
            documents=documents,
            open_documents=open_documents,
            oldest_open=oldest_open,
            subaccounts=subaccounts,
        )

    # -- asking ------------------------------------------------------------------------------------------------

    def _change(self, *statements: Statement) -> None:
        self._check_writable()
        wanted = [(marked(query), rows) for query, rows in statements]
        self._transactions.write(only(wanted))

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        return self._transactions.read(lambda connection: connection.execute(marked(query), values).fetchall())

    def _check_writable(self) -> None:
        if self._read_only:
            raise StoreReadOnly(f"The store {self._at} was opened read-only; open it with read_only=False to write.")
