"""What must not be left half-way, whoever cancels: work in threads, and transactions of async stores."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A few threads of the engine's own: those of the loop are everybody's, and may all be taken.

    They end with the engine.
    """

    def __init__(self, number: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(number, thread_name_prefix=f"billmanager-1c-{name}")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that blocks. Whoever is cancelled meanwhile waits for its end, unless it has not begun."""
        context = contextvars.copy_context()
        work = self._pool.submit(context.run, partial(function, *args, **kwargs))
        return await _to_the_end(asyncio.wrap_future(work), work)


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Await something to its end, though we are cancelled meanwhile; then say so."""
    return await _to_the_end(asyncio.ensure_future(work))


async def _to_the_end(future: asyncio.Future[T], work: Future[T] | None = None) -> T:
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait((future,))  # which leaves the future alone when it is cancelled itself
        except asyncio.CancelledError as error:
            if work is not None and work.cancel():
                raise
            cancelled = error
    if cancelled is not None:
        if not future.cancelled():
            future.exception()  # looked at: nobody is left to be told
        raise cancelled
    return future.result()
