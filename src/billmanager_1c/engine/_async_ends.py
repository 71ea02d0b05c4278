"""The store and 1C for async code, of either kind: what blocks runs in threads, what does not is awaited."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Protocol

from typing_extensions import TypeIs

from ..errors import NotPublished
from ..plans.effects import (
    Acknowledge,
    Consult,
    Effect,
    FindRival,
    ListModulePayments,
    NextBatch,
    OpenChanges,
    ReadDocuments,
    SaveAccounts,
    Transact,
    TransactAll,
)
from ..ports.asynchronous import (
    AsyncAccountsSink,
    AsyncHistory,
    AsyncOneCAdapter,
    AsyncPeek,
    AsyncRivalModule,
    AsyncStore,
)
from ..ports.capabilities import offers
from ..ports.onec import ChangeBatch, OneCAdapter
from ..ports.store import Store
from ._ends import Moments, OneCEnd, StoreEffect, do_in_store, nobody_can
from ._overlay import OverlayStore
from ._threads import Threads, unbroken
from ._view import StoreView


def is_async_store(store: Store | AsyncStore) -> TypeIs[AsyncStore]:
    """Say of which kind a store is."""
    return inspect.iscoroutinefunction(store.transact)


def is_async_adapter(adapter: OneCAdapter | AsyncOneCAdapter) -> TypeIs[AsyncOneCAdapter]:
    """Say of which kind an adapter is."""
    return inspect.iscoroutinefunction(adapter.acknowledge)


# ------------------------------------------------------------------------------------------------------ the store


class StoreEnd(Protocol):
    """Does what a plan asks of the store. Once begun it is done to its end."""

    async def do(self, effect: StoreEffect, moments: Moments) -> Any:
        """Do it."""

    def covered(self) -> StoreEnd:
        """Return the same store under one that keeps what is written to itself."""


class ThreadedStore:
    """A store that blocks."""

    def __init__(self, store: Store, threads: Threads) -> None:
        self._store = store
        self._threads = threads

    async def do(self, effect: StoreEffect, moments: Moments) -> Any:
        """Do it in a thread."""
        return await self._threads.run(do_in_store, effect, self._store, moments)

    def covered(self) -> StoreEnd:
        """Return it with an overlay."""
        return ThreadedStore(OverlayStore(self._store), self._threads)


class AwaitedStore:
    """A store that does not block."""

    def __init__(self, store: AsyncStore, threads: Threads) -> None:
        self._store = store
        self._threads = threads

    async def do(self, effect: StoreEffect, moments: Moments) -> Any:
        """Await it. A question is a function of a blocking store, and asks from a thread."""
        match effect:
            case Transact(ref=ref, decide=decide):
                tick = moments.tick()
                decided = self._store.transact(ref, moments.bind(decide, tick), actor=moments.actor, at=tick.now)
                return await unbroken(decided)
            case TransactAll(cursor=cursor):
                tick = moments.tick()
                all_decided = self._store.transact_all(
                    moments.bind_all(effect, tick),
                    actor=moments.actor,
                    at=tick.now,
                    adapter=moments.adapter if cursor is not None else None,
                    cursor=cursor,
                )
                return await unbroken(all_decided)
            case Consult(question=question):
                return await self._threads.run(question, self._view())

    def covered(self) -> StoreEnd:
        """Return it with an overlay, which works in a thread."""
        return ThreadedStore(OverlayStore(self._view()), self._threads)

    def _view(self) -> Store:
        return StoreView(self._store, asyncio.get_running_loop())


def store_end(store: Store | AsyncStore, threads: Threads) -> StoreEnd:
    """Return the end for a store of either kind."""
    return AwaitedStore(store, threads) if is_async_store(store) else ThreadedStore(store, threads)


# ------------------------------------------------------------------------------------------------------------- 1C


class AsyncOneCEnd(Protocol):
    """Does what a plan asks of 1C."""

    async def do(self, effect: Effect[Any]) -> Any:
        """Do it."""

    async def close(self) -> None:
        """Leave listings that were not read to their ends."""


class ThreadedOneC:
    """An adapter that blocks."""

    def __init__(self, adapter: OneCAdapter, threads: Threads, *, is_dry: bool) -> None:
        self._end = OneCEnd(adapter, is_dry=is_dry)
        self._threads = threads

    async def do(self, effect: Effect[Any]) -> Any:
        """Do it in a thread; a listing goes on only when the next batch is asked for."""
        return await self._threads.run(self._end.do, effect)

    async def close(self) -> None:
        """Leave the listings, in a thread too."""
        if self._end.has_listings:
            await self._threads.run(self._end.close)


class AwaitedOneC:
    """An adapter that does not block."""

    def __init__(self, adapter: AsyncOneCAdapter, *, is_dry: bool) -> None:
        self._adapter = adapter
        self._is_dry = is_dry
        self._listings: dict[int, AsyncIterator[ChangeBatch]] = {}

    async def do(self, effect: Effect[Any]) -> Any:
        """Await it."""
        adapter = self._adapter
        match effect:
            case OpenChanges(cursor=cursor, since=since):
                handle = len(self._listings)
                if since is not None and offers(adapter, AsyncHistory):
                    self._listings[handle] = aiter(adapter.changes_since(since))
                elif self._is_dry and offers(adapter, AsyncPeek):
                    self._listings[handle] = aiter(adapter.peek(cursor))
                else:
                    self._listings[handle] = aiter(adapter.changes(cursor))
                return handle
            case NextBatch(handle=handle):
                return await anext(self._listings[handle], None)
            case Acknowledge(cursor=cursor):
                return await adapter.acknowledge(cursor)
            case ReadDocuments(refs=refs):
                return [document async for document in adapter.read(refs)]
            case FindRival():
                return await adapter.module_address() if offers(adapter, AsyncRivalModule) else None
            case ListModulePayments():
                return list(await adapter.module_payments()) if offers(adapter, AsyncRivalModule) else []
            case SaveAccounts(subaccounts=subaccounts):
                if not offers(adapter, AsyncAccountsSink):
                    return False
                try:
                    await adapter.save_accounts(subaccounts)
                except NotPublished:
                    return False
                return True
        raise nobody_can(effect)

    async def close(self) -> None:
        """Leave the listings."""
        for listing in self._listings.values():
            if isinstance(listing, AsyncGenerator):
                await listing.aclose()
        self._listings.clear()


def onec_end(adapter: OneCAdapter | AsyncOneCAdapter, threads: Threads, *, is_dry: bool) -> AsyncOneCEnd:
    """Return the end for an adapter of either kind."""
    if is_async_adapter(adapter):
        return AwaitedOneC(adapter, is_dry=is_dry)
    return ThreadedOneC(adapter, threads, is_dry=is_dry)
