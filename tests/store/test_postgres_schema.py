"""The schema of a PostgreSQL store, its sessions, and stores that only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL is NOT tested: psycopg is not installed (extra postgres)")

from billmanager_1c.errors import (
    StoreBelongsElsewhere,
    StoreBusy,
    StoreFailed,
    StoreReadOnly,
    StoreTooNew,
)
from billmanager_1c.store import Switch
from billmanager_1c.store._postgres_schema import migrate, read_steps
from billmanager_1c.store.postgres import PostgresStore
from billmanager_1c.testing._deeds import act, bound, putting, refs_of, see_first
from billmanager_1c.testing._lives import NOON, make_contract_id, make_ref


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    with PostgresStore(address, busy_timeout=5) as store:
        yield store


# --------------------------------------------------------------------------------------------------------- schema


def test_stores_in_one_database_do_not_see_each_other(address: str) -> None:
    """Each schema is a store, whatever it is called."""
    with PostgresStore(address, schema="upp") as one, PostgresStore(address, schema='Склад "2"; --') as two:
        see_first(one, 1)
        one.claim_base("upp")
        two.claim_base("zup")
        assert (one.summary().documents, two.summary().documents) == (1, 0)
        with pytest.raises(StoreBelongsElsewhere):
            two.claim_base("upp")


def test_newer_schema_is_refused_and_untouched(address: str, raw: psycopg.Connection[Any]) -> None:
    """StoreTooNew names both versions."""
    PostgresStore(address).close()
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    before = raw.execute("SELECT * FROM meta ORDER BY key").fetchall()
    for read_only in (False, True):
        with pytest.raises(StoreTooNew, match=r"schema 99 .*upgrade the library"):
            PostgresStore(address, read_only=read_only)
    assert raw.execute("SELECT * FROM meta ORDER BY key").fetchall() == before


@pytest.mark.parametrize("table", ["meta (name text)", "meta (key text, value text)", "bookmarks (url text)"])
def test_schema_of_another_program_is_refused(address: str, raw: psycopg.Connection[Any], table: str) -> None:
    """Nothing is added to it."""
    raw.execute("CREATE SCHEMA billmanager_1c")
    raw.execute(f"CREATE TABLE {table}")
    with pytest.raises(StoreFailed, match="another program"):
        PostgresStore(address)
    assert raw.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'billmanager_1c'").fetchone() == (1,)


def test_empty_schema_may_be_given_to_one_who_may_not_make_it(cluster: Any, address: str, raw: Any) -> None:
    """A user with rights in one schema only can have a store."""
    name = address.partition("?")[0].rpartition("/")[2]
    raw.execute(f"CREATE ROLE {name} LOGIN")
    with pytest.raises(StoreFailed, match="permission denied for database"):
        PostgresStore(cluster.address(name, user=name))
    raw.execute(f"CREATE SCHEMA billmanager_1c AUTHORIZATION {name}")
    with PostgresStore(cluster.address(name, user=name)) as store:
        see_first(store, 1)


def test_many_may_make_the_same_store_at_once(address: str, raw: psycopg.Connection[Any]) -> None:
    """The first makes it, the others find it made."""
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: PostgresStore(address), range(6)))
    for store in stores:
        with store:
            assert store.summary().documents == 0
    assert raw.execute("SELECT count(*) FROM meta WHERE key = 'epoch'").fetchone() == (1,)


def test_migrations_are_taken_once_or_not_at_all(address: str, raw: psycopg.Connection[Any]) -> None:
    """Each step once, in order; one that fails changes nothing; the older library refuses what is newer."""
    with PostgresStore(address) as store:
        see_first(store, 1)
    steps = read_steps()
    bad = (*steps, "DROP TABLE jobs", "this is no SQL")
    with pytest.raises(psycopg.Error):
        migrate(raw, "billmanager_1c", "the store", bad)
    with PostgresStore(address) as store:
        store.job_started("export", NOON)
    later = (*steps, "ALTER TABLE jobs ADD COLUMN host text", "UPDATE meta SET value = 'x' WHERE key = 'epoch'")
    for _ in range(2):
        migrate(raw, "billmanager_1c", "the store", later)
    assert raw.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone() == ("x",)
    with pytest.raises(StoreTooNew):
        PostgresStore(address)


def test_older_schema_is_not_migrated_by_a_reader(address: str, raw: psycopg.Connection[Any]) -> None:
    """``read_only`` writes nothing, and says what to do."""
    with pytest.raises(StoreFailed, match="open it once for writing"):
        PostgresStore(address, read_only=True)
    assert raw.execute("SELECT to_regnamespace('billmanager_1c')").fetchone() == (None,)


def test_journal_cannot_be_edited(store: PostgresStore, raw: psycopg.Connection[Any]) -> None:
    """Append-only, whoever tries."""
    see_first(store, 1)
    for query in ("UPDATE journal SET actor = 'nobody'", "DELETE FROM journal", "TRUNCATE journal"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            raw.execute(query)


# ------------------------------------------------------------------------------------------------------- sessions


@pytest.mark.parametrize(("set_to", "is_then"), [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")])
def test_commits_reach_the_disk(address: str, raw: psycopg.Connection[Any], set_to: str, is_then: str) -> None:
    """``synchronous_commit`` is never less than on, whatever the database is set to; nothing waits for ever."""
    name = address.partition("?")[0].rpartition("/")[2]
    raw.execute(f"ALTER DATABASE {name} SET synchronous_commit = {set_to}")
    with PostgresStore(address, busy_timeout=7) as store, store._pool.connection() as connection:
        shown = {
            setting: connection.execute(f"SHOW {setting}").fetchall()[0][0]
            for setting in ("synchronous_commit", "transaction_isolation", "lock_timeout", "timezone")
        }
        assert shown == {
            "synchronous_commit": is_then,
            "transaction_isolation": "read committed",
            "lock_timeout": "7s",
            "timezone": "UTC",
        }
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
            assert connection.execute(f"SHOW {setting}").fetchall()[0][0] != "0"


def test_threads_share_a_few_connections(address: str, raw: psycopg.Connection[Any]) -> None:
    """Never more than ``pool_size``, opened on demand and kept."""
    with PostgresStore(address, pool_size=3) as store:
        refs = [see_first(store, number) for number in range(8)]
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'billmanager_1c'"
        assert raw.execute(count).fetchone() == (1,)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda ref: [act(store, ref, putting(bound(int(ref.id[-1])))) for _ in range(5)], refs))
        assert raw.execute(count).fetchall()[0][0] <= 3


def test_pool_that_is_used_up_is_busy(address: str) -> None:
    """StoreBusy says what to raise."""
    with (
        PostgresStore(address, pool_size=1, busy_timeout=0.01) as store,
        store._pool.connection(),
        pytest.raises(StoreBusy, match="raise pool_size"),
    ):
        store.summary()


def test_closed_store_says_so(address: str, raw: psycopg.Connection[Any]) -> None:
    """Closing twice is harmless; using it afterwards is one clear sentence."""
    store = PostgresStore(address)
    store.close()
    store.close()
    for use in (store.summary, store.switch, lambda: see_first(store, 1)):
        with pytest.raises(StoreFailed, match="is closed"):
            use()


# ------------------------------------------------------------------------------------------------------ read only

_WRITES: dict[str, Callable[[PostgresStore], object]] = {
    "claim_base": lambda store: store.claim_base("zup"),
    "transact": lambda store: see_first(store, 2),
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


def test_read_only_store_shows_all_and_writes_nothing(address: str) -> None:
    """Every method that writes raises StoreReadOnly; every other one works, and the session may not write either."""
    with PostgresStore(address) as store:
        see_first(store, 1)
    with PostgresStore(address, read_only=True) as store:
        assert store.read_only
        for write in _WRITES.values():
            with pytest.raises(StoreReadOnly, match="was opened read-only"):
                write(store)
        assert store.dossier(make_ref(1)).record is not None
        assert refs_of(store.open_documents()) == [make_ref(1)]
        assert len(list(store.journal())) == 2
        with store._pool.connection() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE x ()")


def test_read_only_store_knows_its_infobase(address: str) -> None:
    """To claim the infobase that stands there already writes nothing, so it is allowed."""
    with PostgresStore(address) as store:
        store.claim_base("upp")
    with PostgresStore(address, read_only=True) as store:
        store.claim_base("upp")
        with pytest.raises(StoreBelongsElsewhere):
            store.claim_base("zup")
