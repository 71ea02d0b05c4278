"""The contract suite over the careless store: run by hand, or by the test that shows what it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from steps.careless_store import CarelessStore

from billmanager_1c.store import Store
from billmanager_1c.testing import StoreContract


class UnhurriedStore(CarelessStore):
    """The same, and other threads have their turn between two transactions: a race is lost each time."""

    def transact(self, *args: Any, **named: Any) -> Any:
        """Run it, and let the others go first."""
        result = super().transact(*args, **named)
        time.sleep(0.01)
        return result


class TestCarelessStore(StoreContract):
    """It does not pass."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[Callable[[], Store]]:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(UnhurriedStore(tmp_path / "sync.log"))
