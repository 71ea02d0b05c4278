"""Transactions of many threads on one SQLite connection."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ..errors import StoreFailed
from ._group import CommitGroup, Turn
from ._sqlite_errors import translate

R = TypeVar("R")


class Transactions:
    """One connection, used by one thread at a time.

    Whatever fails is rolled back and leaves the connection fit for the next transaction.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._closed = False
        #: whoever uses the connection holds it
        self._lock = threading.Lock()
        self._group = CommitGroup(self._commit)
        #: how many commits were made
        self.commits = 0

    def close(self) -> None:
        """Close the connection when nobody uses it; harmless when it is closed."""
        with self._lock:
            self._closed = True
            self._connection.close()

    def write(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Do ``work`` in a transaction, perhaps together with others, and return its result when it is durable."""
        with translated(self._path):
            return self._group.submit(lambda: work(self._connection))

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading one state of the store."""
        with self._lock, translated(self._path):
            self._check_open()
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._roll_back()

    def _commit(self, turns: Sequence[Turn[object]]) -> None:
        with self._lock:
            ending = False
            try:
                self._check_open()
                self._connection.execute("BEGIN IMMEDIATE")
                before = self._connection.total_changes
                for turn in turns:
                    self._take(turn)
                changed = self._connection.total_changes != before
                ending = True
                # Here, and nowhere else, a promise is made durable.
                self._connection.execute("COMMIT" if changed else "ROLLBACK")
                self.commits += changed
            except Exception as error:  # noqa: BLE001 (each caller is told)
                self._roll_back()
                for turn in turns:
                    turn.error = turn.error or error
            except BaseException:
                # Ctrl-C. What is not over will be done again by the next leader, so what is durable must be over.
                if ending and not self._connection.in_transaction:
                    _end(turns)
                self._roll_back()
                raise
            _end(turns)

    def _take(self, turn: Turn[object]) -> None:
        """Do what one caller wants; if it fails, it fails alone."""
        self._connection.execute("SAVEPOINT turn")
        try:
            turn.take()
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # so grave that SQLite rolled back the others too
            self._connection.execute("ROLLBACK TO turn")
            turn.error = error
        self._connection.execute("RELEASE turn")

    def _roll_back(self) -> None:
        if not self._closed and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _check_open(self) -> None:
        if self._closed:
            raise StoreFailed(f"The store {self._path} is closed; open it again.")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, path) from error


def _end(turns: Sequence[Turn[object]]) -> None:
    for turn in turns:
        turn.over = True
