"""The engines: they drive the plans, commit, and report. A client, an adapter and a store are handed to them."""

from ._policy import Policy, Schedule
from ._progress import Progress
from ._sync import EngineStatus, SyncEngine

__all__ = ["EngineStatus", "Policy", "Progress", "Schedule", "SyncEngine"]
