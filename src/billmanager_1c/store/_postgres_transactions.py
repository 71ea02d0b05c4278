"""Transactions on PostgreSQL: two round trips each, done again after what passes, and no COMMIT without a known end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import attrs
import psycopg
from psycopg.rows import TupleRow

from ..errors import StoreBusy, StoreError, StoreFailed
from ._books import Statement
from ._postgres_errors import passes, payment_is_taken, said_no, translate
from ._postgres_session import Connection, Pool

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_PAUSE = (0.01, 0.1)
"""How many seconds to wait before it is done again: by chance, so that two do not keep step."""


@attrs.frozen(kw_only=True)
class Prepared(Generic[R_co]):
    """What a transaction that was begun will write."""

    #: the server's number of the transaction
    xid: str
    #: what the caller gets when this is durable
    result: R_co
    #: none: there is nothing to keep
    statements: Sequence[Statement]
    #: finds a row that this transaction alone can have written; None where it may as well be done twice
    proof: tuple[str, Sequence[object]] | None = None
    #: raises PaymentTaken if another line has one of the payments; called after a key said so
    look_who_has_them: Callable[[Connection], None] = lambda connection: None


Work = Callable[[Connection], Prepared[R]]
"""Begins a transaction, reads and decides. It may be called again, if the transaction was given up."""


def only(statements: Sequence[Statement]) -> Work[None]:
    """Return work that only writes."""

    def begin(connection: Connection) -> Prepared[None]:
        answer = send(connection, written(connection, [("BEGIN", [()]), ("SELECT pg_current_xact_id()::text", [()])]))
        return Prepared(xid=answer[0], result=None, statements=statements)

    return begin


def written(connection: Connection, statements: Sequence[Statement]) -> str:
    """Write statements as one text, with their values in it."""
    write = psycopg.ClientCursor(connection).mogrify
    return ";\n".join(write(query, values) if values else query for query, rows in statements for values in rows)


def send(connection: Connection, text: str) -> TupleRow:
    """Run a text of several statements in one round trip; return the row that the last one answered.

    psycopg's pipeline would save the server the parsing, but costs this process more than it saves both: it lets go
    of the interpreter several times for each statement, and threads then wait for each other.
    """
    cursor = connection.execute(text)
    while cursor.nextset():
        pass
    return cursor.fetchone() or () if cursor.description else ()


class Transactions:
    """Runs work on the connections of a pool."""

    def __init__(self, pool: Pool, *, name: str, wait: float) -> None:
        self._pool, self._name, self._wait = pool, name, wait

    def read(self, ask: Callable[[Connection], R]) -> R:
        """Ask something that may be asked again."""
        patience = self._patience()
        while True:
            try:
                with self._pool.connection() as connection:
                    return ask(connection)
            except psycopg.Error as error:
                self._pause_or_raise(error, patience)

    def write(self, work: Work[R]) -> R:
        """Do work in a transaction and return its result when that is durable."""
        patience = self._patience()
        while True:
            try:
                with self._pool.connection() as connection:
                    backend = connection.info.backend_pid
                    prepared = work(connection)
                    if not prepared.statements:
                        return prepared.result
                    lost = self._commit(connection, prepared)
            except psycopg.Error as error:
                self._pause_or_raise(error, patience)
                continue
            if lost is None or self._was_committed(backend, prepared, lost):
                return prepared.result
            self._pause_or_raise(lost, patience)

    def _commit(self, connection: Connection, prepared: Prepared[object]) -> psycopg.Error | None:
        """Write and commit in one round trip; return the error after which nobody knows how that ended.

        Raises:
            PaymentTaken: another line has a payment.
            psycopg.Error: nothing was kept.
        """
        text = written(connection, [*prepared.statements, ("COMMIT", [()])])
        try:
            # Here, and nowhere else, a promise is made durable.
            send(connection, text)
        except psycopg.Error as error:
            if not said_no(error):
                connection.close()
                return error
            if payment_is_taken(error):
                connection.rollback()
                prepared.look_who_has_them(connection)
            raise
        return None

    def _was_committed(self, backend: int, prepared: Prepared[object], lost: psycopg.Error) -> bool:
        """Ask on another connection how a transaction ended whose COMMIT was not answered."""
        patience = self._patience()
        while True:
            try:
                with self._pool.connection() as connection:
                    if is_over(connection, backend, prepared.xid):
                        return prepared.proof is not None and bool(connection.execute(*prepared.proof).fetchall())
            except StoreBusy:
                pass
            except StoreError:  # closed meanwhile
                break
            except psycopg.Error as error:
                if not passes(error):
                    break
            if patience() <= 0:
                break
            time.sleep(random.uniform(*_PAUSE))  # noqa: S311 (no secret is made of it)
        raise StoreFailed(
            f"The connection to the store {self._name} was lost during COMMIT and the server cannot say how it ended; "
            "look at what is kept before anything is done again."
        ) from lost

    def _pause_or_raise(self, error: psycopg.Error, patience: Callable[[], float]) -> None:
        if patience() <= 0 or not (passes(error) or payment_is_taken(error)):
            raise translate(error, self._name) from error
        time.sleep(random.uniform(*_PAUSE))  # noqa: S311 (as above)

    def _patience(self) -> Callable[[], float]:
        deadline = time.monotonic() + self._wait
        return lambda: deadline - time.monotonic()


def is_over(connection: Connection, backend: int, xid: str) -> bool:
    """Say whether a transaction has ended; one that has not is ended, for nobody will hear what becomes of it.

    How it ended is not asked by its number (``pg_xact_status``): a server that crashes forgets numbers of which
    nothing was kept, and gives them to others, who may well commit.
    """
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_xid = %s::xid8::xid"
    return not connection.execute(end, (backend, xid)).fetchall()
