"""Blocking adapters and stores as async ones, and moments at which a run may be interrupted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

#: methods that return iterators, and so are async generators where they are async
ITERATORS = frozenset({"changes", "changes_since", "inspect", "peek", "read", "journal"})


class Interrupter:
    """Cancels a task at its n-th moment: each call of an end has one before it is done and one after."""

    def __init__(self, at: int = 0, times: int = 1) -> None:
        self.at = at
        self.count = 0
        #: calls that were begun and not ended
        self.inside = 0
        self.where = ""
        #: calls in which the CancelledError arrived
        self.broken: set[str] = set()
        #: interrupt where this happens first, instead
        self.stop_at = ""
        self._times = times
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Interrupt this task."""
        self._task = task

    def is_now(self, where: str) -> bool:
        """Count a moment, and say whether it is the one."""
        with self._lock:
            self.count += 1
            if self.count != self.at and not (self.stop_at == where and not self.where):
                return False
            self.where = where
            return True

    async def in_loop(self, where: str) -> None:
        """Interrupt here, if it is time: the wait ends in CancelledError wherever one may."""
        if self.is_now(where):
            self._cancel()
        await asyncio.sleep(0)

    def in_thread(self, where: str, loop: asyncio.AbstractEventLoop) -> None:
        """Interrupt whoever waits for this thread, and go on only when he has been told."""
        if self.is_now(where):
            told = threading.Event()

            def wait(turns: int) -> None:
                loop.call_soon(wait, turns - 1) if turns else told.set()

            def cancel() -> None:
                self._cancel()
                wait(5)

            loop.call_soon_threadsafe(cancel)
            assert told.wait(30)

    def _cancel(self) -> None:
        assert self._task is not None
        self._task.cancel()
        for _ in range(self._times - 1):  # and again, while it waits for what may not be broken off
            asyncio.get_running_loop().call_soon(self._task.cancel)


class AsyncTwin:
    """An adapter or a store as an async one: it does at once what it is asked, in the loop."""

    def __init__(self, inner: Any, interrupter: Interrupter | None = None) -> None:
        self.inner = inner
        self.interrupter = interrupter or Interrupter()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)  # what it cannot do, its twin cannot either
        if not callable(method):
            return method
        return self._generator(name, method) if name in ITERATORS else self._coroutine(name, method)

    def _coroutine(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **options: Any) -> Any:
            self.interrupter.inside += 1
            try:
                await self.interrupter.in_loop(f"before {name}")
                answer = method(*args, **options)
                await self.interrupter.in_loop(f"after {name}")
                return answer
            except asyncio.CancelledError:
                self.interrupter.broken.add(name)
                raise
            finally:
                self.interrupter.inside -= 1

        return call

    def _generator(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        async def iterate(*args: Any, **options: Any) -> AsyncIterator[Any]:
            for item in method(*args, **options):
                await self.interrupter.in_loop(f"in {name}")
                yield item

        return iterate


class ThreadTwin:
    """A blocking adapter or store that is interrupted while it works."""

    def __init__(self, inner: Any, interrupter: Interrupter) -> None:
        self.inner = inner
        self.interrupter = interrupter
        self.loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        if not callable(method):
            return method
        if name in ITERATORS:
            return self._generator(name, method)

        def call(*args: Any, **options: Any) -> Any:
            assert threading.current_thread() is not threading.main_thread(), f"{name} blocks the loop"
            self.interrupter.inside += 1
            try:
                self.interrupter.in_thread(f"before {name}", self.loop)
                answer = method(*args, **options)
                self.interrupter.in_thread(f"after {name}", self.loop)
                return answer
            finally:
                self.interrupter.inside -= 1

        return call

    def _generator(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def iterate(*args: Any, **options: Any) -> Iterator[Any]:
            for item in method(*args, **options):
                assert threading.current_thread() is not threading.main_thread(), f"{name} blocks the loop"
                self.interrupter.in_thread(f"in {name}", self.loop)
                yield item

        return iterate


class InterruptedClient:
    """An async client that is interrupted before a request, and after it took effect but before the answer."""

    def __init__(self, inner: Any, interrupter: Interrupter) -> None:
        self.inner = inner
        self.interrupter = interrupter

    async def send(self, operation: Any, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 -- as the client's
        """Send it, unless it is time to be interrupted."""
        name = type(operation).__name__
        await self.interrupter.in_loop(f"before {name}")
        answer = await self.inner.send(operation, timeout=timeout)
        await self.interrupter.in_loop(f"after {name}")
        return answer

    async def iterate(self, listing: Any) -> AsyncIterator[Any]:
        """Read a list, unless it is time to be interrupted."""
        async for row in self.inner.iterate(listing):
            await self.interrupter.in_loop(f"in {type(listing).__name__}")
            yield row
