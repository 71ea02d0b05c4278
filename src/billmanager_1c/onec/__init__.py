"""The way to 1C: the port that an adapter implements, and the adapters that come with the library."""

from ..ports.asynchronous import AsyncAccountsSink, AsyncHistory, AsyncOneCAdapter, AsyncPeek, AsyncRivalModule
from ..ports.onec import UNKNOWN_VERSION, AccountsSink, ChangeBatch, History, OneCAdapter, Peek, RivalModule, Stamp
from .configuration import (
    Configuration,
    ContractNames,
    CounterpartyNames,
    DocumentNames,
    ModuleNames,
    OrganizationNames,
)
from .exchange_plan import ExchangePlan
from .known import BP_3_0, UPP_1_3, configuration_named
from .memory import MemoryAdapter
from .odata import ODataAdapter
from .queue_register import QueueRegister
from .window import Window

__all__ = [
    "BP_3_0",
    "UNKNOWN_VERSION",
    "UPP_1_3",
    "AccountsSink",
    "AsyncAccountsSink",
    "AsyncHistory",
    "AsyncOneCAdapter",
    "AsyncPeek",
    "AsyncRivalModule",
    "ChangeBatch",
    "Configuration",
    "ContractNames",
    "CounterpartyNames",
    "DocumentNames",
    "ExchangePlan",
    "History",
    "MemoryAdapter",
    "ModuleNames",
    "ODataAdapter",
    "OneCAdapter",
    "OrganizationNames",
    "Peek",
    "QueueRegister",
    "RivalModule",
    "Stamp",
    "Window",
    "configuration_named",
]
