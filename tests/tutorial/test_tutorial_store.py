"""The store of the tutorial keeps the contract of the port, and its earlier steps do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from log_store import LogStore
from steps import careless_store
from what_the_suite_says import REWRITE, is_shown, promises

from billmanager_1c.errors import StoreFailed
from billmanager_1c.models import ContractId, SubaccountId
from billmanager_1c.store import Store
from billmanager_1c.testing import StoreContract


# [begin: the author's test]
class TestLogStore(StoreContract):
    """One file, every change appended."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[Callable[[], Store]]:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(LogStore(tmp_path / "sync.log"))


# [end: the author's test]

CONTRACT = ContractId("00000000-0000-4000-8000-000000000017")
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def test_the_page_shows_which_promises_the_careless_store_breaks() -> None:
    """The text beside it is what the contract suite answers."""
    told = promises(Path(__file__).with_name("careless_suite.py"), StoreContract)
    assert is_shown(Path(careless_store.__file__).with_suffix(".txt"), told), REWRITE


def test_a_record_that_was_cut_did_not_happen(tmp_path: Path) -> None:
    """Wherever a kill cuts the last record, all before it is kept, and the store goes on."""
    path = tmp_path / "sync.log"
    with LogStore(path) as store:
        store.bind(CONTRACT, SubaccountId(1), actor="anna", at=NOON)
        whole = path.stat().st_size
        store.bind(CONTRACT, SubaccountId(2), actor="anna", at=NOON)
    data = path.read_bytes()
    for length in range(whole, len(data)):
        path.write_bytes(data[:length])
        with LogStore(path) as store:
            assert store.bindings() == {CONTRACT: 1}
            store.bind(CONTRACT, SubaccountId(3), actor="anna", at=NOON)
        with LogStore(path) as store:
            assert store.bindings() == {CONTRACT: 3}


def test_what_could_not_be_written_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: StoreFailed, and the store says what the file says."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with LogStore(tmp_path / "sync.log") as store:
        store.bind(CONTRACT, SubaccountId(1), actor="anna", at=NOON)
        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full)
            with pytest.raises(StoreFailed, match="No space left"):
                store.remember("key", "text")
        assert (store.bindings(), store.recall("key")) == ({CONTRACT: 1}, None)
        store.remember("other", "text")
    with LogStore(tmp_path / "sync.log") as store:
        assert (store.bindings(), store.recall("other")) == ({CONTRACT: 1}, "text")
