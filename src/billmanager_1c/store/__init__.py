"""The shipped stores, and the port they implement.

:class:`SQLiteStore` keeps the exchange in one file; :class:`MemoryStore` forgets it with the process and is the model
that every other store is compared with.
"""

from ..ports.asynchronous import AsyncStore
from ..ports.store import Decide, Decision, Job, Place, Store, StoreSummary, Switch
from .memory import MemoryStore
from .sqlite import SQLiteStore

__all__ = [
    "AsyncStore",
    "Decide",
    "Decision",
    "Job",
    "MemoryStore",
    "Place",
    "SQLiteStore",
    "Store",
    "StoreSummary",
    "Switch",
]
