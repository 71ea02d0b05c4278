"""A run that is cancelled, at every point where it may be."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import pytest
from twins import AsyncTwin, InterruptedClient, Interrupter, ThreadTwin

from billmanager_1c import AsyncBillManagerClient, AsyncSyncEngine, MemoryStore, Policy
from billmanager_1c.engine import EngineEvent, EventKind
from billmanager_1c.errors import AnswerTimedOut
from billmanager_1c.onec import MemoryAdapter
from billmanager_1c.testing import Fault, WorldClock
from billmanager_1c.testing.ready import make_small_world, settings_for

Colour = Literal["blocking", "async"]
COLOURS = ["blocking", "async"]


class Town:
    """One client with one document of one line, and an engine whose ends are interrupted."""

    def __init__(self) -> None:
        self.world = make_small_world()
        self.bill = self.world.billmanager
        document = self.world.document("500.00")
        self.ref = document.ref
        self.adapter = MemoryAdapter("upp", [document])
        self.store = MemoryStore()
        self.clock = WorldClock(dt.datetime.now(dt.UTC))
        self.first_day = document.date
        self.events: list[EngineEvent] = []

    def engine(self, client: AsyncBillManagerClient, colour: Colour, interrupter: Interrupter) -> AsyncSyncEngine:
        """Return an engine with ends of this colour."""
        twin: Any = AsyncTwin if colour == "async" else ThreadTwin
        return AsyncSyncEngine(
            onec=twin(self.adapter, interrupter),
            billmanager=InterruptedClient(client, interrupter),
            store=twin(self.store, interrupter),
            policy=Policy(export_from=self.first_day, concurrency=2, settle=dt.timedelta(0)),
            clock=self.clock,
            on_event=self.events.append,
        )

    def client(self) -> AsyncBillManagerClient:
        """Return a client of the running loop."""
        return settings_for(self.bill).async_billmanager(transport=self.bill)

    def money(self) -> tuple[Decimal, list[Decimal]]:
        """Return what the client has, and what was ever credited."""
        return self.world.balance, list(self.world.credits)


async def _interrupt(town: Town, colour: Colour, interrupter: Interrupter, verb: str = "export_payments") -> bool:
    """Run a verb; say whether it was cancelled, and prove that nothing of it goes on."""
    async with town.client() as client:
        await town.engine(client, colour, Interrupter()).load_accounts()
        run = asyncio.ensure_future(getattr(town.engine(client, colour, interrupter), verb)())
        interrupter.watch(run)
        (ended,), _ = await asyncio.wait((run,))
        assert interrupter.inside == 0, f"a call goes on after the run has ended: {interrupter.where}"
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert interrupter.broken <= {"acknowledge", "save_accounts", "module_address"}, (
            "a call of the store was broken off"
        )
        if not ended.cancelled():
            ended.result()
        return ended.cancelled()


async def _go_on(town: Town, colour: Colour) -> None:
    """Let the lease run out, and run again."""
    town.clock.pass_by(dt.timedelta(minutes=6))
    async with town.client() as client:
        engine = town.engine(client, colour, Interrupter())
        await engine.export_payments()
        report = await engine.export_payments()
        assert (report.counts["postponed"], (await engine.status()).unknown) == (0, 0)


def _moments(colour: Colour) -> int:
    """Count the moments of a whole run."""
    town, nothing = Town(), Interrupter()
    assert not asyncio.run(_interrupt(town, colour, nothing))
    assert town.money() == (Decimal(500), [Decimal(500)])
    return nothing.count


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("colour", COLOURS)
def test_cancelled_at_every_moment(colour: Colour, times: int) -> None:
    """Wherever a run is cancelled, and however often: no call is left half-way, and the next run makes it exact.

    Each call of the client, the adapter and the store is interrupted before it is done, and after it was done but
    before the run has heard of it: so a payment is created, changed and credited without anybody knowing.
    """
    heard = set()
    for at in range(1, _moments(colour) + 1):
        town, interrupter = Town(), Interrupter(at, times)
        if asyncio.run(_interrupt(town, colour, interrupter)):
            heard.add(interrupter.where)
        asyncio.run(_go_on(town, colour))
        assert town.money() == (Decimal(500), [Decimal(500)]), interrupter.where
        assert len(list(town.bill.payments())) == 1, interrupter.where
    calls = ("CreatePayment", "EditPayment", "SetPaid", "transact", "transact_all", "acknowledge")
    assert {f"{when} {call}" for call in calls for when in ("before", "after")} | {"in changes", "in read"} <= heard


def test_a_cancelled_run_is_told() -> None:
    """Whoever watches hears that the run was broken off, and not for which secret reason."""
    town = Town()
    interrupter = Interrupter(30)
    assert asyncio.run(_interrupt(town, "async", interrupter))
    last = town.events[-1]
    assert (last.kind, last.error) == (EventKind.RUN_FAILED, "CancelledError")
    assert "looked up by the next one" in last.message


def test_a_time_limit() -> None:
    """``asyncio.timeout`` ends a run as a cancellation does, and raises its own TimeoutError."""
    town = Town()

    async def run() -> None:
        async with town.client() as client:
            engine = town.engine(client, "async", Interrupter())
            await engine.load_accounts()
            town.bill.faults.arm(Fault.LOST_ANSWER, where="payment.setpaid")

            class Endless(InterruptedClient):
                async def send(self, operation: Any, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 -- as the client's
                    try:
                        return await super().send(operation, timeout=timeout)
                    except AnswerTimedOut:
                        limit.reschedule(0)  # in the past: at once
                        await asyncio.Event().wait()

            engine = town.engine(Endless(client, Interrupter()), "async", Interrupter())
            async with asyncio.timeout(None) as limit:
                await engine.export_payments()

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    (link,) = town.store.dossier(town.ref).links.values()
    assert link.state.is_intent
    asyncio.run(_go_on(town, "async"))
    assert town.money() == (Decimal(500), [Decimal(500)])


@pytest.mark.parametrize("colour", COLOURS)
def test_the_lease_protects_what_was_sent(colour: Colour) -> None:
    """Until the lease of the cancelled run has run out nobody touches the document, for a late answer may still act."""
    town = Town()
    interrupter = Interrupter()
    interrupter.stop_at = "after CreatePayment"
    assert asyncio.run(_interrupt(town, colour, interrupter))

    async def run_at_once() -> None:
        async with town.client() as client:
            report = await town.engine(client, colour, Interrupter()).export_payments()
            assert report.counts["postponed"] == 1

    asyncio.run(run_at_once())
    assert town.money() == (Decimal(0), [])
    asyncio.run(_go_on(town, colour))
    assert town.money() == (Decimal(500), [Decimal(500)])
