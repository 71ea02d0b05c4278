"""Opening the file of a SQLite store: whose it is, which version, and how it is kept safe."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import StoreBusy, StoreFailed, StoreTooNew
from ._hot_journal import check_journal
from ._schema import APPLICATION_ID, STEPS, Step

_RETRY = (0.01, 0.05)
"""How many seconds to wait before the file is opened again: by chance, so that two do not keep step."""


def journal_mode(version: tuple[int, int, int]) -> str:
    """Return the journal mode to be used with a version of SQLite.

    WAL can lose commits in versions before the WAL-reset fix (protocol.md §2, Store); there ``TRUNCATE`` serves.
    """
    fixed = version >= (3, 51, 3) or (3, 44, 6) <= version < (3, 45, 0) or (3, 50, 7) <= version < (3, 51, 0)
    return "wal" if fixed else "truncate"


def open_file(path: Path, *, read_only: bool, busy_timeout: float, steps: Sequence[Step] = STEPS) -> sqlite3.Connection:
    """Open the store, make it if it is new, and bring it to the present schema.

    Raises:
        StoreTooNew: a newer version of this library wrote it; it is untouched.
        StoreFailed: there is none, it cannot be opened, it is not ours, or its journal is cut.
        sqlite3.Error: anything else, to be translated.
    """
    if not read_only:
        _make(path)
    elif not path.exists():
        raise StoreFailed(f"There is no store at {path}; check the path, or open it once for writing.")
    deadline = time.monotonic() + busy_timeout
    while True:
        check_journal(path)
        connection = _connect(path, read_only=read_only, busy_timeout=busy_timeout)
        try:
            # Nothing is written to a file before it is known to be ours, or empty.
            version = _version(connection, path, len(steps))
            if read_only and version < len(steps):
                raise StoreFailed(f"The store {path} is empty or of an older schema; open it once for writing.")
            if read_only or _set_journal_mode(connection):
                _set_safe(connection)
                migrate(connection, path, steps)
                return connection
        except BaseException:
            connection.close()
            raise
        # Two that wait for the file with their connections open would wait for each other.
        connection.close()
        if time.monotonic() >= deadline:
            raise StoreBusy(f"The journal mode of the store {path} cannot be set while other processes use it.")
        time.sleep(random.uniform(*_RETRY))  # noqa: S311 (no secret is made of it)


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> None:
    """Take the steps that the file has not taken yet, all in one transaction."""
    if _version(connection, path, len(steps)) == len(steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path, len(steps))  # another process may have been faster
        for statement in (statement for step in steps[version:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _make(path: Path) -> None:
    """Create the file, if there is none, for nobody but its owner; SQLite gives its journal the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except PermissionError:
        if not path.is_file():
            raise StoreFailed(f"The store {path} cannot be made; check the rights to its folder.") from None
        # It is there and may not be written: SQLite will say so in its own words.
    except OSError as error:
        raise StoreFailed(f"The store {path} cannot be opened: {error.strerror}; check the path.") from error


def _version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    # One state of the file: another process may be making it at this very moment.
    outside = not connection.in_transaction
    if outside:
        connection.execute("BEGIN")
    try:
        owner = _number(connection, "PRAGMA application_id")
        version = _number(connection, "PRAGMA user_version")
        tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    finally:
        if outside and connection.in_transaction:
            connection.execute("ROLLBACK")
    if owner == APPLICATION_ID and version > known:
        raise StoreTooNew(
            f"The store {path} has schema {version} and this library knows {known}; "
            "upgrade the library. The store is untouched."
        )
    if owner == APPLICATION_ID:
        return version
    if owner or version or tables:
        raise StoreFailed(f"{path} is the database of another program, not a store; check the path.")
    return 0


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _connect(path: Path, *, read_only: bool, busy_timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,  # BEGIN and COMMIT stand where we write them
        check_same_thread=False,  # the store has a lock of its own
    )


def _set_safe(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # on macOS fsync alone does not reach the disk
    connection.execute("PRAGMA foreign_keys = ON")


def _set_journal_mode(connection: sqlite3.Connection) -> bool:
    """Set the mode; False where others use the file, which to and from WAL must be alone."""
    mode = journal_mode(sqlite3.sqlite_version_info)
    try:
        return bool(connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0] == mode)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
