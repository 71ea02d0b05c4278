"""The diagnosis in async code: what it says, and what it may do, is what the blocking one says and may."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sickroom import ReadOnlyWire, Sickroom

from billmanager_1c import BillManagerClient, diagnose
from billmanager_1c.engine import async_diagnose
from billmanager_1c.onec import MemoryAdapter
from billmanager_1c.testing import BillManagerSimulator, Fault
from billmanager_1c.testing.billmanager import Installation
from billmanager_1c.testing.ready import settings_for

sys.path.append(str(Path(__file__).parents[1] / "engine_async"))
from twins import AsyncTwin


def as_it_is(adapter: Any) -> Any:
    """Return a blocking adapter."""
    return adapter


class AsyncReadOnlyWire(httpx.AsyncBaseTransport):
    """The same wire for the async client."""

    def __init__(self, simulator: BillManagerSimulator) -> None:
        self._wire = ReadOnlyWire(simulator)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Let a reading through."""
        await request.aread()
        return self._wire.handle_request(request)


def look_async(room: Sickroom, adapter: Any = None) -> Any:
    """Diagnose in a loop of its own, over wires that refuse writes."""

    async def look() -> Any:
        async with settings_for(room.bill).async_billmanager(transport=AsyncReadOnlyWire(room.bill)) as client:
            return await async_diagnose(client, adapter)

    return asyncio.run(look())


@pytest.mark.parametrize("kind", [as_it_is, AsyncTwin])
@pytest.mark.parametrize(
    "installation", [None, Installation(devel="refused"), Installation(accounting_code_field="code_1c")]
)
def test_both_say_the_same(
    make_room: Callable[[Installation | None], Sickroom], kind: Callable[[Any], Any], installation: Installation | None
) -> None:
    """Check by check, in the same words, on an adapter of either kind; and nothing is written."""
    room = make_room(installation)
    before = room.bill.snapshot()
    found = look_async(room, kind(room.adapter()))
    assert found == room.look()
    assert len(found.checks) > 30
    assert room.bill.snapshot() == before


@pytest.mark.parametrize("kind", [as_it_is, AsyncTwin])
def test_both_say_the_same_of_trouble(room: Sickroom, kind: Callable[[Any], Any]) -> None:
    """A 1C that fails, and a client that has no right, are checks that do not hold; an adapter may tell little."""
    room.bill.change_employee("1c", denied={"profile", "payment.add.pay"})
    room.onec.faults.arm(Fault.ONEC_LOCKED, times=None)
    found = look_async(room, kind(room.adapter()))
    assert found == room.look()
    assert not found.ok
    few = look_async(room, kind(MemoryAdapter("upp")))
    assert few == diagnose(room.client(), MemoryAdapter("upp"))
    assert look_async(room) == diagnose(room.client())


def test_the_blocking_client_is_refused_in_words(billmanager_client: BillManagerClient) -> None:
    """Before anything is asked."""
    with pytest.raises(TypeError, match=r"AsyncBillManagerClient.*diagnose\(\)"):
        asyncio.run(async_diagnose(billmanager_client))  # type: ignore[arg-type]  # that is the point
