"""The production SQLite store on a file in memory, with a connection on which disks fill up and commits go astray."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from billmanager_1c.store import SQLiteStore, _sqlite_file
from billmanager_1c.store._schema import APPLICATION_ID, STEPS


class Killed(BaseException):
    """The process is gone, in the middle of what it did."""


def _error(code: int, text: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


class Disk:
    """What goes wrong on the next transaction of one connection."""

    def __init__(self) -> None:
        self.busy = False
        self.full = False
        #: the commit is carried out and its answer lost
        self.astray = False
        #: "before" the commit is durable or "after"
        self.killed = ""

    def begin(self) -> None:
        """Begin a transaction, or fail to."""
        if self.busy:
            self.busy = False
            raise _error(sqlite3.SQLITE_BUSY, "database is locked")

    def commit(self, connection: sqlite3.Connection) -> sqlite3.Cursor:
        """Commit, or fail to, or be killed over it."""
        full, self.full = self.full, False
        astray, self.astray = self.astray, False
        if self.killed == "before":
            raise Killed
        if full:
            raise _error(sqlite3.SQLITE_FULL, "database or disk is full")
        cursor = connection.execute("COMMIT")
        if self.killed == "after":
            raise Killed
        if astray:
            raise _error(sqlite3.SQLITE_IOERR, "server closed the connection unexpectedly")
        return cursor


class _Connection:
    """A connection that asks the disk before it begins and commits."""

    def __init__(self, connection: sqlite3.Connection, disk: Disk) -> None:
        self._connection = connection
        self._disk = disk
        self.executemany = connection.executemany
        self.close = connection.close

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        if statement == "COMMIT":
            return self._disk.commit(self._connection)
        if statement == "BEGIN IMMEDIATE":
            self._disk.begin()
        return self._connection.execute(statement, values)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    @property
    def total_changes(self) -> int:
        return self._connection.total_changes


class StoreFile:
    """One store's file: opened by processes, copied, put back, deleted, brought to an older or a newer schema."""

    def __init__(self, path: Path, template: Path) -> None:
        self.path = path
        self._template = template
        #: a later version of the library has it
        self.is_newer = False
        self.make()

    def make(self) -> None:
        """Make a new, empty store."""
        self._remove()
        shutil.copyfile(self._template, self.path)

    def open(self, disk: Disk | None = None) -> SQLiteStore:
        """Open it as a process does. Nothing is as slow as safety, and the power does not fail here."""
        with (
            patch.object(_sqlite_file, "_set_safe", _hurry),
            patch.object(_sqlite_file, "_set_journal_mode", _in_memory),
        ):
            store = SQLiteStore(self.path)
        transactions = store._transactions
        transactions._connection = _Connection(transactions._connection, disk or Disk())  # type: ignore[assignment]
        return store

    def copy(self, to: Path) -> None:
        """Make a backup."""
        shutil.copyfile(self.path, to)

    def put_back(self, backup: Path) -> None:
        """Put a backup back."""
        self._remove()
        shutil.copyfile(backup, self.path)

    def make_newer(self) -> None:
        """Let a later version of the library have been here."""
        self.is_newer = True
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")

    def make_present(self) -> None:
        """Undo :meth:`make_newer`."""
        if not self.is_newer:
            return
        self.is_newer = False
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(f"PRAGMA user_version = {len(STEPS)}")

    def make_older(self) -> bool:
        """Rewrite the file as the version before would have kept it: with the columns and tables of its schema.

        False if something stands in a column that it did not have: then it cannot have been its file.
        """
        older = self.path.with_suffix(".older")
        older.unlink(missing_ok=True)
        with closing(sqlite3.connect(older, isolation_level=None)) as connection:
            for statement in (statement for step in STEPS[:-1] for statement in step):
                connection.execute(statement)
            connection.execute("ATTACH DATABASE ? AS new", (str(self.path),))
            tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
            kept = [self._copy(connection, table) for (table,) in tables]
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(STEPS) - 1}")
        if all(kept):
            older.replace(self.path)
        return all(kept)

    @staticmethod
    def _copy(connection: sqlite3.Connection, table: str) -> bool:
        columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        there = [row[1] for row in connection.execute(f"PRAGMA new.table_info({table})")]
        for column in there:
            if column not in columns:
                query = f"SELECT count(*) FROM new.{table} WHERE {column} NOT IN ('', '[]', '0')"
                if connection.execute(query).fetchone()[0]:
                    return False
        names = ", ".join(column for column in columns if column in there)
        connection.execute(f"DELETE FROM main.{table}")
        connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
        return True

    def _remove(self) -> None:
        self.is_newer = False
        self.path.unlink(missing_ok=True)
        self.path.with_name(self.path.name + "-journal").unlink(missing_ok=True)


def make_template(path: Path) -> Path:
    """Make an empty store whose epoch is not drawn by chance."""
    with SQLiteStore(path):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = 'simulated' WHERE key = 'epoch'")
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


def _hurry(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA foreign_keys = ON")


def _in_memory(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA journal_mode = MEMORY")
    return True
