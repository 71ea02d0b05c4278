"""What is particular to the store in a SQLite file: the file itself, its errors, and shared commits."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest

from billmanager_1c.errors import (
    Repeat,
    StoreBelongsElsewhere,
    StoreBusy,
    StoreError,
    StoreFailed,
    StoreReadOnly,
    StoreTooNew,
)
from billmanager_1c.ledger import Dossier, Link, Verdict
from billmanager_1c.store import SQLiteStore, Switch
from billmanager_1c.store._schema import APPLICATION_ID, STEPS
from billmanager_1c.store._sqlite_file import journal_mode, open_file
from billmanager_1c.testing._lives import NOON, always, make_contract_id, make_document, make_ref, see


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sync.db"


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection to the file of a store that is there."""
    SQLiteStore(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def _see(store: SQLiteStore, number: int) -> None:
    store.transact(make_ref(number), always(see(make_document(number))), actor="test", at=NOON)


def _open_and_look(path: Path) -> None:
    with SQLiteStore(path) as store:
        store.dossier(make_ref(1))


def _fill(store: SQLiteStore) -> None:
    for number in range(2, 500):
        _see(store, number)


def _count(dossier: Dossier, now: dt.datetime) -> Verdict[int]:
    link = dossier.links[make_contract_id(1)]
    return Verdict(dossier.with_link(attrs.evolve(link, fence=link.fence + 1)), link.fence)


# ------------------------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 31, 1), "truncate"),
        ((3, 40, 1), "truncate"),
        ((3, 44, 5), "truncate"),
        ((3, 44, 6), "wal"),
        ((3, 45, 0), "truncate"),
        ((3, 50, 6), "truncate"),
        ((3, 50, 7), "wal"),
        ((3, 51, 0), "truncate"),
        ((3, 51, 2), "truncate"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "wal"),
        ((4, 0, 0), "wal"),
    ],
)
def test_wal_only_where_its_reset_is_mended(version: tuple[int, int, int], mode: str) -> None:
    """WAL only from 3.51.3, or 3.44.6 and 3.50.7 in their series; else TRUNCATE."""
    assert journal_mode(version) == mode


@pytest.mark.parametrize("mode", ["truncate", "wal"])
def test_commits_reach_the_disk(path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``synchronous=FULL`` in either mode; foreign keys are checked; the head of the file says whose it is."""
    monkeypatch.setattr("billmanager_1c.store._sqlite_file.journal_mode", lambda version: mode)
    connection = open_file(path, read_only=False, busy_timeout=1)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "application_id", "user_version")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    connection.close()
    assert found == [mode, 2, 1, APPLICATION_ID, len(STEPS)]


@pytest.mark.parametrize("mode", ["truncate", "wal"])
def test_only_the_owner_may_read_whatever_the_umask(path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, and what SQLite puts beside it, have mode 0600 from the first moment."""
    monkeypatch.setattr("billmanager_1c.store._sqlite_file.journal_mode", lambda version: mode)
    before = os.umask(0)
    try:
        with SQLiteStore(path) as store:
            _see(store, 1)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert len(modes) > 1
    assert set(modes.values()) == {0o600}


def test_newer_schema_is_refused_and_untouched(path: Path, raw: sqlite3.Connection) -> None:
    """StoreTooNew names both versions, and not one byte is changed."""
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreTooNew, match=r"schema 99 .*upgrade the library"):
            SQLiteStore(path, read_only=read_only)
    assert path.read_bytes() == before


def test_database_of_another_program_is_refused_and_untouched(path: Path) -> None:
    """A SQLite file that is not ours stays as it is."""
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE bookmarks (url)")
    foreign.close()
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match="another program"):
        SQLiteStore(path)
    assert path.read_bytes() == before


def test_file_that_is_no_database_is_refused(path: Path) -> None:
    """One sentence with the path and what to do, and SQLite's own error as the cause."""
    path.write_text("Уважаемые коллеги, " * 100, encoding="utf-8")
    with pytest.raises(StoreFailed, match=r"sync\.db.*not a SQLite database; check the path") as caught:
        SQLiteStore(path)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def test_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A folder that is not there, a folder instead of a file, a store that is not there."""
    with pytest.raises(StoreFailed, match=r"nowhere.*check the path"):
        SQLiteStore(tmp_path / "nowhere" / "sync.db")
    with pytest.raises(StoreFailed, match="check the path"):
        SQLiteStore(tmp_path)
    with pytest.raises(StoreFailed, match="no store at"):
        SQLiteStore(tmp_path / "none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_path_with_signs_of_an_address_is_a_path(tmp_path: Path) -> None:
    """``?``, ``#``, ``%`` and Cyrillic letters mean nothing but themselves."""
    path = tmp_path / "база?mode=memory#%41.db"
    with SQLiteStore(str(path)) as store:
        _see(store, 1)
    with SQLiteStore(path, read_only=True) as store:
        assert store.summary().documents == 1


def test_damaged_file_is_reported(path: Path, raw: sqlite3.Connection) -> None:
    """StoreFailed says that it is damaged and what to do."""
    raw.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(StoreFailed, match=r"damaged.*put back a backup") as caught:
        _open_and_look(path)
    assert caught.value.repeat is Repeat.LOOK_FIRST


def test_many_may_make_the_same_store_at_once(path: Path) -> None:
    """The first makes it, the others find it made."""
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: SQLiteStore(path), range(8)))
    for store in stores:
        with store:
            assert store.summary().documents == 0


def test_of_two_that_claim_an_infobase_at_once_the_first_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """“Two installations on one base”, or two bases in one store: whoever comes second is told, and changes nothing."""
    with SQLiteStore(path) as first, SQLiteStore(path) as second:
        write = second._change

        def a_moment_later(*statements: object) -> None:
            first.claim_base("upp")
            write(*statements)  # type: ignore[arg-type]

        monkeypatch.setattr(second, "_change", a_moment_later)
        with pytest.raises(StoreBelongsElsewhere, match="upp"):
            second.claim_base("zup")
        first.claim_base("upp")


def test_unfinished_transaction_needs_one_opening_for_writing(path: Path, tmp_path: Path) -> None:
    """A reader cannot roll back what a killed process left; it says what to do, and a writer just does it."""
    if journal_mode(sqlite3.sqlite_version_info) == "wal":
        pytest.skip("in WAL a reader leaves out what is unfinished")
    left = tmp_path / "left"
    left.mkdir()
    with SQLiteStore(path) as store:
        _see(store, 1)
    killed = sqlite3.connect(path, isolation_level=None)
    killed.execute("PRAGMA cache_size = 1")
    killed.execute("BEGIN IMMEDIATE")
    killed.execute("UPDATE documents SET document = printf('%.9999c', 'x')")
    killed.executemany("INSERT INTO jobs (name) VALUES (? || printf('%.999c', 'x'))", [(str(id),) for id in range(300)])
    for name in ("sync.db", "sync.db-journal"):
        (left / name).write_bytes((tmp_path / name).read_bytes())
    killed.execute("ROLLBACK")
    killed.close()
    with pytest.raises(StoreFailed, match=r"unfinished transaction .* open it once for writing"):
        SQLiteStore(left / "sync.db", read_only=True)
    with SQLiteStore(left / "sync.db") as store:
        assert store.dossier(make_ref(1)).record is not None
        assert store.summary().documents == 1


# ---------------------------------------------------------------------------------------------------- migrations


def test_migration_keeps_what_is_there(path: Path) -> None:
    """Each step is taken once, in order; then the older library refuses the file."""
    with SQLiteStore(path) as store:
        _see(store, 1)
    later = (*STEPS, ("ALTER TABLE jobs ADD COLUMN host TEXT",), ("UPDATE meta SET value = 'x' WHERE key = 'epoch'",))
    for _ in range(2):
        connection = open_file(path, read_only=False, busy_timeout=1, steps=later)
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS) + 2
        assert connection.execute("SELECT count(*), (SELECT value FROM meta) FROM documents").fetchone() == (1, "x")
        connection.close()
    with pytest.raises(StoreTooNew):
        SQLiteStore(path)


def test_migration_that_fails_changes_nothing(path: Path) -> None:
    """All steps are one transaction; the older library still opens the file."""
    SQLiteStore(path).close()
    bad = (*STEPS, ("DROP TABLE jobs",), ("this is no SQL",))
    with pytest.raises(sqlite3.Error):
        open_file(path, read_only=False, busy_timeout=1, steps=bad)
    with SQLiteStore(path) as store:
        store.job_started("export", NOON)


def test_older_schema_is_not_migrated_by_a_reader(path: Path) -> None:
    """``read_only`` writes nothing, and says what to do."""
    SQLiteStore(path).close()
    with pytest.raises(StoreFailed, match="open it once for writing"):
        open_file(path, read_only=True, busy_timeout=1, steps=(*STEPS, ("DROP TABLE jobs",)))
    path.write_bytes(b"")
    with pytest.raises(StoreFailed, match="open it once for writing"):
        SQLiteStore(path, read_only=True)


# ----------------------------------------------------------------------------------------------------- read only

_WRITES: dict[str, Callable[[SQLiteStore], object]] = {
    "claim_base": lambda store: store.claim_base("upp"),
    "transact": lambda store: _see(store, 2),
    "transact_all": lambda store: store.transact_all([], actor="test", at=NOON),
    "note_changed": lambda store: store.note_changed([make_ref(1)], at=NOON),
    "forget_noted": lambda store: store.forget_noted({make_ref(1): 1}),
    "save_subaccounts": lambda store: store.save_subaccounts([]),
    "bind": lambda store: store.bind(make_contract_id(1), None, actor="test", at=NOON),
    "acknowledged": lambda store: store.acknowledged("odata", "page 1"),
    "job_started": lambda store: store.job_started("export", NOON),
    "job_succeeded": lambda store: store.job_succeeded("export", NOON),
    "remember": lambda store: store.remember("swept", "1"),
    "set_switch": lambda store: store.set_switch(Switch()),
}


def test_read_only_store_shows_all_and_writes_nothing(path: Path) -> None:
    """Every method that writes raises StoreReadOnly; every other one works."""
    with SQLiteStore(path) as store:
        _see(store, 1)
    before = path.read_bytes()
    with SQLiteStore(path, read_only=True) as store:
        assert store.read_only
        for name, write in _WRITES.items():
            with pytest.raises(StoreReadOnly, match=r"sync\.db was opened read-only"):
                write(store)
            assert name
        assert store.dossier(make_ref(1)).record is not None
        assert len(list(store.journal())) == 2
    assert path.read_bytes() == before


def test_read_only_store_knows_its_infobase(path: Path) -> None:
    """To claim the infobase that stands there already writes nothing, so it is allowed."""
    with SQLiteStore(path) as store:
        store.claim_base("upp")
    with SQLiteStore(path, read_only=True) as store:
        store.claim_base("upp")
        with pytest.raises(StoreBelongsElsewhere):
            store.claim_base("zup")


# -------------------------------------------------------------------------------------------------------- errors


def test_busy_store_is_reported_and_then_goes_on(path: Path, raw: sqlite3.Connection) -> None:
    """StoreBusy after ``busy_timeout``: nothing was done, and the next call works."""
    with SQLiteStore(path, busy_timeout=0.01) as store:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy) as caught:
            _see(store, 1)
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        raw.execute("ROLLBACK")
        assert store.dossier(make_ref(1)).record is None
        _see(store, 1)


def test_commit_that_cannot_be_made_keeps_nothing(path: Path, raw: sqlite3.Connection) -> None:
    """A reader that does not let go makes the commit fail: rolled back, reported, usable."""
    if journal_mode(sqlite3.sqlite_version_info) == "wal":
        pytest.skip("in WAL readers hinder nobody")
    with SQLiteStore(path, busy_timeout=0.01) as store:
        raw.execute("BEGIN")
        raw.execute("SELECT * FROM documents").fetchall()
        with pytest.raises(StoreBusy):
            _see(store, 1)
        raw.execute("ROLLBACK")
        assert list(store.journal()) == []
        _see(store, 1)


def test_full_disk_is_reported_and_then_goes_on(path: Path) -> None:
    """StoreFailed says to make room; nothing of the transaction is kept; with room again all goes on."""
    with SQLiteStore(path) as store:
        _see(store, 1)
        connection = store._transactions._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFailed, match="disk is full; make room"):
            _fill(store)
        assert connection.in_transaction is False
        documents = store.summary().documents
        assert len(list(store.journal())) == 2 * documents
        connection.execute("PRAGMA max_page_count = 1000000")
        _see(store, 999)


def test_closed_store_says_so(path: Path) -> None:
    """Closing twice is harmless; using it afterwards is one clear sentence."""
    store = SQLiteStore(path)
    store.close()
    store.close()
    for use in (store.summary, store.switch, lambda: _see(store, 1)):
        with pytest.raises(StoreFailed, match="is closed"):
            use()


def test_journal_of_the_file_cannot_be_edited(raw: sqlite3.Connection, path: Path) -> None:
    """Append-only, whoever tries."""
    with SQLiteStore(path) as store:
        _see(store, 1)
    for query in ("UPDATE journal SET actor = 'nobody'", "DELETE FROM journal"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(query)


def test_index_stands_behind_the_look(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the look for another holder failed to see it, no payment gets two lines."""
    monkeypatch.setattr("billmanager_1c.store._dossiers.holder", lambda connection, payment_id: None)
    with SQLiteStore(path) as store:
        for number in (1, 2):
            _see(store, number)
        link = Link(contract_id=make_contract_id(1), payment_id=900)  # type: ignore[arg-type]  # an id is an int here
        bind = always(lambda dossier: Verdict(dossier.with_link(link), None))
        store.transact(make_ref(1), bind, actor="test", at=NOON)
        with pytest.raises(StoreError, match="bound to another"):
            store.transact(make_ref(2), bind, actor="test", at=NOON)


# ------------------------------------------------------------------------------------------------------- commits


def test_threads_share_commits(path: Path) -> None:
    """Eight threads that write at once need fewer commits than writes, and lose none."""
    with SQLiteStore(path) as store:
        for number in range(8):
            _see(store, number)
        before = store._commits

        def work(number: int) -> list[int]:
            return [store.transact(make_ref(number), _count, actor="test", at=NOON) for _ in range(50)]

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(8))) == [list(range(50))] * 8
        assert store._commits - before < 400


def test_what_changes_nothing_needs_no_commit(path: Path) -> None:
    """A decision that keeps the dossier as it is costs no write."""
    with SQLiteStore(path) as store:
        _see(store, 1)
        before = store._commits
        _see(store, 1)
        store.transact(make_ref(2), lambda dossier, now: Verdict(dossier, None), actor="test", at=NOON)
        assert store._commits == before


def test_a_thousand_decisions_are_one_commit(path: Path) -> None:
    """A batch of changes from 1C is one transaction."""
    from billmanager_1c.store import Decision

    with SQLiteStore(path) as store:
        before = store._commits
        decisions = [Decision(ref=make_ref(id), decide=always(see(make_document(id)))) for id in range(1000)]
        store.transact_all(decisions, actor="test", at=NOON, adapter="odata", cursor="page 1")
        assert store._commits - before == 1
        places = [place for place, _ in store.open_documents(limit=10_000)]
        assert len(places) == 1000
        paged: list[int] = []
        while page := store.open_documents(after=paged[-1] if paged else 0, limit=64):
            paged += [place for place, _ in page]
        assert paged == places
        assert sum(1 for _ in store.journal()) == 2000
