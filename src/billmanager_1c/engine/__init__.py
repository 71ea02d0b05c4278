"""The engines: they drive the plans, commit, and report. A client, an adapter and a store are handed to them."""

from ._asynchronous import AsyncSyncEngine
from ._diagnose import async_diagnose, diagnose
from ._events import EngineEvent, EventKind
from ._policy import Breaker, Policy, Schedule
from ._progress import Progress
from ._status import EngineStatus
from ._sync import SyncEngine

__all__ = [
    "AsyncSyncEngine",
    "Breaker",
    "EngineEvent",
    "EngineStatus",
    "EventKind",
    "Policy",
    "Progress",
    "Schedule",
    "SyncEngine",
    "async_diagnose",
    "diagnose",
]
