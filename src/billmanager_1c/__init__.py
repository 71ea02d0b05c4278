"""Payments from 1C:Enterprise to ISPsystem BILLmanager, exactly once.

The engine and what it is given:

    SyncEngine               reads 1C, exports payments, explains itself
    AsyncSyncEngine          the same in async code
    Policy, Schedule         what may be exported and how; what runs when
    BillManagerClient        a conversation with BILLmanager
    AsyncBillManagerClient   the same in async code
    MemoryStore, SQLiteStore what is remembered between runs
    Settings                 both ends of the exchange, from arguments or the environment
    diagnose                 checks every assumption about a live BILLmanager, and 1C, by reading alone

The rules of the domain, as pure functions that return the answer and the reason:

    match_company, resolve_payer, match_payment_method

Both sides compared, on anything that holds documents and payments:

    reconcile

Behind other doors: billmanager_1c.onec (adapters to 1C), .errors (one exception tree), .models (the nouns),
.testing (simulators of both systems). Try it: python -m billmanager_1c demo
"""

# Everything comes when it is asked for: importing the package loads nothing else, and resolve_payer never loads httpx.
# Type checkers know this name wherever it comes from; importing typing for it would cost more than the whole door.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import AsyncBillManagerClient, BillManagerClient
    from .engine import AsyncSyncEngine, Policy, Schedule, SyncEngine, diagnose
    from .matching import match_company, match_payment_method, resolve_payer
    from .plans.reconcile import reconcile
    from .settings import Settings
    from .store import MemoryStore, SQLiteStore

    __version__: str

__all__ = [
    "AsyncBillManagerClient",
    "AsyncSyncEngine",
    "BillManagerClient",
    "MemoryStore",
    "Policy",
    "SQLiteStore",
    "Schedule",
    "Settings",
    "SyncEngine",
    "diagnose",
    "match_company",
    "match_payment_method",
    "reconcile",
    "resolve_payer",
]

_ROOMS = {
    "AsyncBillManagerClient": "client",
    "AsyncSyncEngine": "engine",
    "BillManagerClient": "client",
    "MemoryStore": "store",
    "Policy": "engine",
    "SQLiteStore": "store",
    "Schedule": "engine",
    "Settings": "settings",
    "SyncEngine": "engine",
    "diagnose": "engine",
    "match_company": "matching",
    "match_payment_method": "matching",
    "reconcile": "plans.reconcile",
    "resolve_payer": "matching",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("billmanager-1c")
    if name in _ROOMS:
        from importlib import import_module

        value: object = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
        globals()[name] = value  # asked for once
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
