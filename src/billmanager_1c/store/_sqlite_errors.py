"""The errors of SQLite in our words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import PaymentTaken, StoreBusy, StoreError, StoreFailed, StoreReadOnly

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_READONLY_DBMOVED}
_WHAT_TO_DO = {
    sqlite3.SQLITE_FULL: "the disk is full; make room and run again",
    sqlite3.SQLITE_IOERR: "the disk failed; check it and the file system",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; put back a backup and compare it with BILLmanager before exporting",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database; check the path",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the path and the rights to the file and its folder",
    sqlite3.SQLITE_READONLY: "an unfinished transaction must be rolled back first; open it once for writing",
}


def translate(error: sqlite3.Error, path: Path) -> StoreError:
    """Return our error for one of SQLite's; the caller raises it from the original."""
    code: int | None = getattr(error, "sqlite_errorcode", None)  # Python's own errors about SQLite have none
    primary = None if code is None else code & 0xFF
    if primary in _BUSY:
        return StoreBusy(f"Another process holds the store {path} for too long; run again later.")
    if code in _READ_ONLY:
        return StoreReadOnly(f"The store {path} cannot be written; check the rights to the file and its folder.")
    if code == sqlite3.SQLITE_CONSTRAINT_UNIQUE and ("links.payment_id" in str(error) or "lingering" in str(error)):
        return PaymentTaken()  # the index speaks where the look before it did not
    advice = _WHAT_TO_DO.get(primary, str(error)) if primary is not None else str(error)
    return StoreFailed(f"The store {path} failed: {advice}.")
