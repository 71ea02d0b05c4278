"""Work that is never left half-way, and plans that are never left open."""

from __future__ import annotations

import asyncio
import inspect
import threading

import pytest
from test_cancellation import Town
from twins import Interrupter

from billmanager_1c.engine._threads import Threads, unbroken
from billmanager_1c.errors import StoreBusy
from billmanager_1c.plans.effects import Consult, Plan, Together, ask


def test_what_has_not_begun_is_dropped() -> None:
    """Whoever is cancelled while the thread serves another does not wait for him; his own work is not done."""
    go_on = threading.Event()
    done: list[str] = []

    def work(name: str) -> None:
        assert go_on.wait(30)
        done.append(name)

    async def run() -> None:
        threads = Threads(1, "test")
        first = asyncio.ensure_future(threads.run(work, "first"))
        second = asyncio.ensure_future(threads.run(work, "second"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert not first.done()
        go_on.set()
        await first
        await threads.run(lambda: None)  # nothing is queued before it any more

    asyncio.run(run())
    assert done == ["first"]


def test_what_has_begun_is_waited_for() -> None:
    """The CancelledError comes when the work has ended, and not before; what the work raised is then nobody's."""
    go_on = threading.Event()
    done: list[str] = []

    def work(begun: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(30)
        done.append("in the thread")
        raise StoreBusy

    async def follow() -> None:
        await asyncio.sleep(0)
        done.append("in the loop")

    async def run() -> None:
        begun = asyncio.Event()
        waiting = asyncio.ensure_future(Threads(1, "test").run(work, begun, asyncio.get_running_loop()))
        await begun.wait()
        for _ in range(3):
            waiting.cancel()
            await asyncio.sleep(0)
            assert not waiting.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        following = asyncio.ensure_future(unbroken(follow()))
        await asyncio.sleep(0)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following

    asyncio.run(run())
    assert done == ["in the thread", "in the loop"]


def test_plans_are_closed_where_they_stand() -> None:
    """A cancelled run closes its plan and all that it was driving at the same time, whoever still holds them."""
    town = Town()
    plans: list[Plan[None]] = []

    def one(begun: asyncio.Event) -> Plan[None]:
        begun.set()
        while True:
            yield from ask(Consult(lambda store: store.switch()))

    def all_of_them(*begun: asyncio.Event) -> Plan[None]:
        plans.extend(map(one, begun))
        yield from ask(Together(plans))

    async def run() -> None:
        async with town.client() as client:
            engine = town.engine(client, "async", Interrupter())
            begun = (asyncio.Event(), asyncio.Event())
            plan = all_of_them(*begun)
            running = asyncio.ensure_future(engine._carry_out(engine._errand(plan)))
            for event in begun:
                await event.wait()
            running.cancel()
            await asyncio.wait((running,))
            assert running.cancelled()
            assert {inspect.getgeneratorstate(p) for p in (plan, *plans)} == {inspect.GEN_CLOSED}

    asyncio.run(run())
