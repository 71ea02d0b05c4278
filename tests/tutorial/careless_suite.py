"""The contract suite over the careless store: run by hand, or by the test that shows what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from steps.careless_store import CarelessStore

from billmanager_1c.store import Store
from billmanager_1c.testing import StoreContract


class TestCarelessStore(StoreContract):
    """It does not pass."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[Callable[[], Store]]:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(CarelessStore(tmp_path / "sync.log"))
