"""Simulators of both systems with faults by name: for the tests of adopters, our own, the demo and the benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._adapter_contract import OneCAdapterContract
    from ._clock import WorldClock
    from ._faults import BILLMANAGER_FAULTS, ONEC_FAULTS, ArmedFault, Fault, FaultInjector
    from ._infobase import Infobase
    from ._store_contract import StoreContract
    from .billmanager import BillManagerSimulator
    from .onec import OneCSimulator
    from .ready import SmallWorld

__all__ = [
    "BILLMANAGER_FAULTS",
    "ONEC_FAULTS",
    "ArmedFault",
    "BillManagerSimulator",
    "Fault",
    "FaultInjector",
    "Infobase",
    "OneCAdapterContract",
    "OneCSimulator",
    "SmallWorld",
    "StoreContract",
    "WorldClock",
]

# Everything comes when it is asked for: a plugin of pytest lives here, and every run of pytest loads it.
_ROOMS = {
    "BILLMANAGER_FAULTS": "_faults",
    "ONEC_FAULTS": "_faults",
    "ArmedFault": "_faults",
    "BillManagerSimulator": "billmanager",
    "Fault": "_faults",
    "FaultInjector": "_faults",
    "Infobase": "_infobase",
    "OneCAdapterContract": "_adapter_contract",
    "OneCSimulator": "onec",
    "SmallWorld": "ready",
    "StoreContract": "_store_contract",
    "WorldClock": "_clock",
}


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        from importlib import import_module

        value: object = getattr(import_module(f".{_ROOMS[name]}", __name__), name)
        globals()[name] = value  # asked for once
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
