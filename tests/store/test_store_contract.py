"""The contract suite over the shipped stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from billmanager_1c.store import MemoryStore, SQLiteStore, Store
from billmanager_1c.testing import StoreContract


class TestMemoryStore(StoreContract):
    """The model keeps its own promises."""

    persistent = False

    @pytest.fixture
    def make_store(self) -> Callable[[], Store]:
        return MemoryStore


class TestSQLiteStore(StoreContract):
    """The file does what the model does."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[Callable[[], Store]]:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(SQLiteStore(tmp_path / "sync.db"))


class TestSQLiteStoreInWal(TestSQLiteStore):
    """The same in the journal mode that newer SQLite gets."""

    @pytest.fixture(autouse=True)
    def _wal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("billmanager_1c.store._sqlite_file.journal_mode", lambda version: "wal")
