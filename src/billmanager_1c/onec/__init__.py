"""The way to 1C: the port that an adapter implements, and the adapters that come with the library."""

from ..ports.onec import AccountsSink, ChangeBatch, History, OneCAdapter, RivalModule, Stamp
from .configuration import (
    UPP_1_3,
    Configuration,
    ContractNames,
    CounterpartyNames,
    DocumentNames,
    ModuleNames,
    OrganizationNames,
    configuration_named,
)
from .memory import MemoryAdapter
from .odata import ODataAdapter
from .window import Window

__all__ = [
    "UPP_1_3",
    "AccountsSink",
    "ChangeBatch",
    "Configuration",
    "ContractNames",
    "CounterpartyNames",
    "DocumentNames",
    "History",
    "MemoryAdapter",
    "ModuleNames",
    "ODataAdapter",
    "OneCAdapter",
    "OrganizationNames",
    "RivalModule",
    "Stamp",
    "Window",
    "configuration_named",
]
