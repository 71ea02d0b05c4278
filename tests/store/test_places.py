"""How far changes have been read, and of how much of it 1C was told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from billmanager_1c import MemoryStore, SQLiteStore
from billmanager_1c.ports.store import Place

NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_late_acknowledgement_moves_no_cursor(kind: str, tmp_path: Path) -> None:
    """Another worker may have kept the next message meanwhile: what was acknowledged is the one before."""
    with MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "store.db") as store:
        for cursor in ("first", "second"):
            store.transact_all([], actor="a run", at=NOON, adapter="upp", cursor=cursor)
        store.acknowledged("upp", "first")
        assert store.place("upp") == Place(cursor="second", acknowledged="first")
