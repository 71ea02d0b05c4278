"""The async engine with the face of the blocking one, so that one suite holds for both."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from billmanager_1c import AsyncSyncEngine


class BlockingFace:
    """Every verb of an async engine as a plain function that runs the loop until the verb has ended."""

    def __init__(self, engine: AsyncSyncEngine, runner: asyncio.Runner) -> None:
        self._engine = engine
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        verb = getattr(self._engine, name)
        if not inspect.iscoroutinefunction(verb):
            return verb

        @wraps(verb)
        def run(*args: Any, **options: Any) -> Any:
            return self._runner.run(verb(*args, **options))

        return run
