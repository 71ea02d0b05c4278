"""The errors of PostgreSQL in our words."""

from __future__ import annotations

import psycopg
from psycopg import errors

from ..errors import StoreBusy, StoreError, StoreFailed, StoreReadOnly

_OVER_BY_ITSELF = (errors.SerializationFailure, errors.DeadlockDetected)
_BUSY = (errors.LockNotAvailable, errors.QueryCanceled, *_OVER_BY_ITSELF)
_PAYMENT_KEYS = {"holdings_payment", "links_payment", "links_lingering", "links_twin"}


def said_no(error: psycopg.Error) -> bool:
    """Say whether the server itself refused a statement, so that its transaction is certainly rolled back.

    A connection that breaks says nothing, and the last word of a server that ends a session (``FATAL``) may come
    after a COMMIT that was made.
    """
    return error.diag.severity_nonlocalized == "ERROR"


def passes(error: psycopg.Error) -> bool:
    """Say whether what failed may succeed when it is simply done again: a conflict, a lost or refused connection."""
    if said_no(error):
        return isinstance(error, _OVER_BY_ITSELF)
    ended_by_server = error.diag.severity_nonlocalized is not None
    return ended_by_server or isinstance(error, psycopg.OperationalError)


def payment_is_taken(error: psycopg.Error) -> bool:
    """Say whether a payment is with another line: the key speaks, whoever came first."""
    return isinstance(error, errors.UniqueViolation) and error.diag.constraint_name in _PAYMENT_KEYS


def translate(error: psycopg.Error, name: str) -> StoreError:
    """Return our error for one of PostgreSQL's after which nothing was kept; the caller raises it from the original."""
    if isinstance(error, _BUSY):
        return StoreBusy(f"Others hold the store {name} for too long; nothing was kept, run again later.")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreReadOnly(f"The store {name} cannot be written: this server is read-only; connect to the primary.")
    if isinstance(error, errors.InsufficientPrivilege):
        return StoreFailed(f"The store {name} refused: {_first_line(error)}; grant its user rights to the schema.")
    if isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
        return StoreFailed(f"The server of the store {name} has no room; make room and run again.")
    if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)):
        return StoreFailed(f"The schema of the store {name} was changed by somebody else; put back a backup.")
    if passes(error):
        return StoreBusy(
            f"The store {name} cannot be reached ({_first_line(error)}); nothing was kept, run again later."
        )
    return StoreFailed(f"The store {name} failed: {_first_line(error)}.")


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).partition("\n")[0].rstrip(".")
