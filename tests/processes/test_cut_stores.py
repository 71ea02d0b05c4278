"""A power cut, at any byte: what was promised is there, and no half of a transaction is ever shown."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from cut_writer import make, pair, put
from cutting import PAIRS, look, run
from images import HEAD, Image, Phase, phase_of, read_journal

from billmanager_1c.errors import StoreFailed
from billmanager_1c.ports.store import Decision
from billmanager_1c.store import SQLiteStore
from billmanager_1c.store._hot_journal import is_cut
from billmanager_1c.testing._lives import NOON


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["truncate", "wal"])
def test_power_cut_breaks_no_promise(mode: str) -> None:
    """The journal or WAL ends or tears at a random byte, or new pages are lost: ``images`` says what that proves."""
    result = run(mode, seed=7, images=6, cuts=3)
    assert result.violations == [], "\n".join(result.violations)
    assert result.cuts == 18


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """A store of some turns, at rest."""
    make(tmp_path / "sync.db", PAIRS)
    _turn(tmp_path / "sync.db", 1, 300)
    return Image(tmp_path, {0: 300})


def _turn(path: Path, *turns: int) -> None:
    with SQLiteStore(path) as store:
        for turn in turns:
            store.transact_all([Decision(ref=ref, decide=put(turn)) for ref in pair(0)], actor="test", at=NOON)


def test_lost_promise_is_seen(image: Image) -> None:
    """The watch can fail: a store that is as it was before a promised turn is told from a good one."""
    assert look(image).problems == []
    assert look(Image(image.folder, {0: 301})).problems == ["writer 0 was promised turn 301 and finds [300, 300]"]


def test_half_a_transaction_is_seen(image: Image) -> None:
    """The watch can fail: whichever half of the changed pages of a transaction is missing, it is seen or refused."""
    before = image.database.read_bytes()
    _turn(image.database, 380)
    after = image.database.read_bytes()
    size = int.from_bytes(before[16:18])
    pages = range(0, len(after), size)
    changed = [start for start in pages if before[start : start + size] != after[start : start + size]]
    assert len(changed) > 3
    for seed in range(10):
        mixed = bytearray(after)
        for start in Random(seed).sample(changed, len(changed) // 2):
            mixed[start : start + size] = before[start : start + size].ljust(size, b"\0")
        image.database.write_bytes(mixed)
        found = look(image)
        assert found.refused or found.problems


@pytest.fixture
def half_written(image: Image, tmp_path: Path) -> Image:
    """The same store in the middle of a large transaction: pages of the database have been written over."""
    with SQLiteStore(image.database) as store:
        connection = store._transactions._connection
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            pytest.skip("this SQLite has WAL, where there is no rollback journal")
        connection.execute("PRAGMA cache_size = 1")  # SQLite writes pages out before the commit
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE links SET fence = fence + 1")
        connection.executemany("INSERT INTO memory VALUES (?, ?)", ((f"{n}", "x" * 3000) for n in range(200)))
        copy = image.copy(tmp_path / "copy")
        connection.execute("ROLLBACK")
    return copy


def test_whole_journal_undoes_half_a_transaction(half_written: Image) -> None:
    """What a killed process or a power cut leaves is rolled back when the store is opened."""
    assert phase_of(half_written) is Phase.DATABASE
    found = look(half_written)
    assert (found.refused, found.problems) == ("", [])


def test_cut_journal_is_refused(half_written: Image) -> None:
    """A journal that lacks what it says it has cannot undo anything: the store says so and leaves all as it is."""
    content = half_written.journal.read_bytes()
    journal = read_journal(content)
    assert journal is not None
    for seed in range(20):
        copy = half_written.copy(half_written.folder.with_name("cut"))
        copy.journal.write_bytes(content[: Random(seed).randrange(HEAD, journal.synced)])
        files = [copy.database.read_bytes(), copy.journal.read_bytes()]
        with pytest.raises(StoreFailed, match=r"a part of sync\.db-journal is missing"):
            SQLiteStore(copy.database)
        assert [copy.database.read_bytes(), copy.journal.read_bytes()] == files


def test_journal_is_read_as_sqlite_writes_it(half_written: Image) -> None:
    """A whole journal is not taken for a cut one, nor is one of which more was written than is synced."""
    content = half_written.journal.read_bytes()
    journal = read_journal(content)
    assert journal is not None
    assert len(content) > journal.synced > HEAD
    assert not any(map(is_cut, (content, content[: journal.synced], content[: HEAD - 1], b"")))
    torn = bytearray(content)
    torn[journal.synced - 1] ^= 1
    assert is_cut(bytes(torn))
