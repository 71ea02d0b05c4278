"""Simulators of both systems with faults by name: for the tests of adopters, our own, the demo and the benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._faults import ArmedFault, Fault, FaultInjector

if TYPE_CHECKING:
    from ._adapter_contract import OneCAdapterContract
    from ._infobase import Infobase
    from ._store_contract import StoreContract
    from .billmanager import BillManagerSimulator
    from .onec import OneCSimulator

__all__ = [
    "ArmedFault",
    "BillManagerSimulator",
    "Fault",
    "FaultInjector",
    "Infobase",
    "OneCAdapterContract",
    "OneCSimulator",
    "StoreContract",
]

_ROOMS = {
    "BillManagerSimulator": "billmanager",
    "OneCSimulator": "onec",
    "Infobase": "_infobase",
    "OneCAdapterContract": "_adapter_contract",
    "StoreContract": "_store_contract",
}


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        from importlib import import_module

        return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
