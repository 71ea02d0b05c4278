"""The hands of the async engine. They do what those of the blocking one do, and differ only in how they wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from ..api import Listing, Operation
from ..api._operation import R as Row
from ..errors import BillManager1CError
from ..plans.effects import (
    Acknowledge,
    Consult,
    Effect,
    Now,
    Plan,
    SaveAccounts,
    Send,
    Tell,
    Together,
    Transact,
    TransactAll,
    Walk,
)
from ..ports.clock import Clock
from ._async_ends import AsyncOneCEnd, StoreEnd
from ._driver import Driver, Gate
from ._errand import Errand
from ._watched import Watched

T = TypeVar("T")


class AsyncClient(Protocol):
    """What the engine needs of a BILLmanager client."""

    async def send(self, operation: Operation[T], *, timeout: float | None = None) -> T: ...  # noqa: ASYNC109 -- of the whole call, as in the client

    def iterate(self, listing: Listing[Row]) -> AsyncIterator[Row]: ...


class AsyncHands(Driver):
    """Does the effects of plans, for many tasks of one loop at once.

    When it is cancelled, a request or a reading of 1C under way is broken off, and the store is waited for. The plan is
    closed where it stands: what was sent is written down as begun, and the next run looks how it ended.
    """

    def __init__(
        self,
        errand: Errand[Any],
        watched: Watched,
        *,
        onec: AsyncOneCEnd,
        client: AsyncClient,
        store: StoreEnd,
        clock: Clock,
        gate: Gate,
    ) -> None:
        super().__init__(errand, watched, clock=clock, gate=gate)
        self._onec = onec
        self._client = client
        self._store = store
        self._free = asyncio.Semaphore(errand.requests)

    async def drive(self, plan: Plan[T]) -> T:
        """Run a plan to its end."""
        try:
            effect = next(plan)
            while True:
                try:
                    answer = await self._do(effect)
                except BillManager1CError as error:
                    effect = plan.throw(error)
                else:
                    effect = plan.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            plan.close()

    async def _do(self, effect: Effect[Any]) -> Any:
        match effect:
            case Send(operation=operation, send_by=send_by):
                async with self._turn():
                    with self._sending(operation, send_by):
                        return await self._client.send(operation, timeout=self._errand.timeout)
            case Walk(listing=listing):
                async with self._turn():
                    with self._sending(listing):
                        return [row async for row in self._client.iterate(listing)]
            case Transact() | TransactAll() | Consult():
                return await self._store.do(effect, self._moments)
            case Together(plans=plans):
                return await self._drive_together(plans)
            case Now():
                return self._clock.now()
            case Tell():
                return self._watched.told(effect)
            case Acknowledge() if self._errand.is_dry:
                return None
            case SaveAccounts() if self._errand.is_dry:
                return False
            case _:
                return await self._onec.do(effect)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with self._free:
            if (seconds := self._gate.take_turn()) > 0:
                await asyncio.sleep(seconds)
            yield

    async def _drive_together(self, plans: Sequence[Plan[Any]]) -> list[Any]:
        turns = asyncio.Semaphore(self._errand.width)

        async def drive(plan: Plan[Any]) -> Any:
            async with turns:
                return await self.drive(plan)

        # With exceptions returned, all are waited for: after an error, and when we are cancelled ourselves.
        ends = await asyncio.gather(*map(drive, plans), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return ends
