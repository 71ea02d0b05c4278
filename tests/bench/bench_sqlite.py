"""The engine over a SQLite store at full durability, beside the bare commits of the very same statements."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench_figures import Figure, Size, median_ratio, timed

from billmanager_1c import Policy, SQLiteStore, SyncEngine
from billmanager_1c.store._sqlite_file import open_file

sys.path.append(str(Path(__file__).parents[1] / "load"))
from queues import DAY, EndlessOneC, ForgetfulBillManager

WIDTH = 8

Statement = tuple[str, Sequence[Any]]


class Recorder:
    """A connection that remembers what it was told to write."""

    def __init__(self, connection: sqlite3.Connection, statements: list[Statement]) -> None:
        self._connection = connection
        self._statements = statements

    def execute(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute, and remember."""
        if not query.startswith("SELECT"):
            self._statements.append((query, tuple(values)))
        return self._connection.execute(query, values)

    def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute for each row, and remember each."""
        for row in rows:
            self.execute(query, row)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Run:
    """An export of so many documents, eight at a time, to a BILLmanager that answers at once."""

    def __init__(self, documents: int) -> None:
        self.documents = documents
        self.commits = 0

    def seconds(self, statements: list[Statement] | None = None) -> float:
        """Export once more into a new store; ``statements`` get what was written."""
        onec, billmanager = EndlessOneC(self.documents), ForgetfulBillManager()
        with tempfile.TemporaryDirectory() as folder, SQLiteStore(Path(folder) / "sync.db") as store:
            engine = SyncEngine(
                onec=onec,
                billmanager=billmanager,
                store=store,
                policy=Policy(export_from=DAY, concurrency=WIDTH),
            )
            engine.load_accounts()
            before = store._commits
            if statements is not None:
                transactions = store._transactions
                transactions._connection = Recorder(transactions._connection, statements)  # type: ignore[assignment]
            with timed() as watch:
                exported = engine.export_payments().counts["exported"]
            self.commits = store._commits - before
        if exported != self.documents:
            raise AssertionError(f"{exported} of {self.documents} were exported")
        return watch.wall


def replay(statements: Sequence[Statement]) -> float:
    """Write the same into a new store of the same settings, from one thread, with nothing in between."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bare.db"
        connection = open_file(path, read_only=False, busy_timeout=30)
        connection.execute("PRAGMA foreign_keys = OFF")  # the accounts were loaded before the recording began
        with timed() as watch:
            for query, values in statements:
                connection.execute(query, values)
        connection.close()
    return watch.wall


def commit_bare(count: int) -> float:
    """Commit one row so many times, with nothing in between."""
    with tempfile.TemporaryDirectory() as folder:
        connection = open_file(Path(folder) / "bare.db", read_only=False, busy_timeout=30)
        with timed() as watch:
            for number in range(count):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO memory (key, value) VALUES (?, '')", (str(number),))
                connection.execute("COMMIT")
        connection.close()
    return watch.wall


def sqlite(size: Size) -> Iterator[Figure]:
    """Count commits, and compare with bare ones."""
    run = Run(size.of(1000, 100))
    statements: list[Statement] = []
    run.seconds(statements)
    rounds = size.of(5, 1)
    ours, bare, ratio = median_ratio(rounds, run.seconds, lambda: commit_bare(run.documents))
    yield Figure(
        what="SQLite commits per payment, 8 at a time",
        measured=f"{run.commits} for {run.documents}",
        figure=run.commits / run.documents,
        at_most=5 / 8,
        note="synchronous=FULL; BILLmanager answers at once",
    )
    yield Figure(
        what="engine over SQLite: payments to bare commits in the same time",
        measured=f"{run.documents / ours:.0f} payments/s",
        against=f"{run.documents / bare:.0f} commits/s of one row",
        figure=1 / ratio,
        at_least=size.bound(0.5),
        note="at the same durability, by one thread with nothing in between",
    )
    ours, bare, ratio = median_ratio(rounds, run.seconds, lambda: replay(statements))
    yield Figure(
        what="engine over SQLite: part of the rate of its own statements, written bare",
        measured=f"{run.documents / ours:.0f} payments/s",
        against=f"{run.documents / bare:.0f} payments/s",
        figure=1 / ratio,
        note="the same statements in as many transactions, by one thread; what is left out is the engine itself",
    )
