"""What fails in PostgreSQL, told in our words and without a secret."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL is NOT tested: psycopg is not installed (extra postgres)")

from billmanager_1c.errors import (
    BillManager1CError,
    PaymentTaken,
    SettingsError,
    StoreError,
    StoreFailed,
    StoreReadOnly,
)
from billmanager_1c.models import Subaccount
from billmanager_1c.store._postgres_errors import translate
from billmanager_1c.store.postgres import PostgresStore
from billmanager_1c.testing._deeds import CONTRACT, act, bound, putting, see_first
from billmanager_1c.testing._lives import make_document, see


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    with PostgresStore(address, busy_timeout=5) as store:
        yield store


def _shown(error: BaseException | None) -> str:
    """Return all that a traceback shows of an error and of those it came from."""
    words = []
    while error is not None:
        words += [str(error), repr(error), repr(error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(words)


# --------------------------------------------------------------------------------------------------------- errors


def _all_errors() -> list[type[psycopg.Error]]:
    found, waiting = [], [psycopg.Error]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return sorted(set(found), key=lambda kind: kind.__name__)


def test_every_error_of_psycopg_is_one_of_ours() -> None:
    """One sentence that names the store, and an error of the store's family."""
    kinds = _all_errors()
    assert len(kinds) > 200
    for kind in kinds:
        error = translate(kind("something happened\nDETAIL: and more"), "billmanager_1c in sync")
        assert isinstance(error, StoreError), kind
        assert not isinstance(error, PaymentTaken)
        assert "billmanager_1c in sync" in str(error)
        assert "DETAIL" not in str(error)


@pytest.mark.parametrize(
    "query",
    ["DROP TABLE journal CASCADE", "ALTER TABLE journal DROP COLUMN detail", "DROP SCHEMA billmanager_1c CASCADE"],
)
def test_schema_that_somebody_spoiled_is_reported(store: PostgresStore, raw: Any, query: str) -> None:
    """StoreFailed, with the server's words as the cause."""
    ref = see_first(store, 1)
    raw.execute(query)
    with pytest.raises(StoreFailed) as caught:
        act(store, ref, putting(bound(900)))
    assert isinstance(caught.value.__cause__, psycopg.Error)


def test_server_that_may_only_be_read_says_so(store: PostgresStore) -> None:
    """As a standby does."""
    with store._pool.connection() as connection:
        connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(StoreReadOnly, match="connect to the primary"):
        see_first(store, 1)


def test_text_that_the_database_cannot_keep_is_replaced(store: PostgresStore) -> None:
    """NUL and half a surrogate pair in a name do not stop the exchange."""
    bad = "ООО \0 «Клиент» \ud800"
    account = Subaccount(id=1, account_id=2, account=bad, provider_id=1, currency_id=126, currency="RUB")  # type: ignore[arg-type]
    store.save_subaccounts([account])
    assert store.subaccounts()[account.id].account == "ООО ␀ «Клиент» ?"
    ref = see_first(store, 1)
    act(store, ref, putting(attrs.evolve(bound(900), reason=bad)))
    assert store.dossier(ref).links[CONTRACT].reason == "ООО ␀ «Клиент» ?"
    document = attrs.evolve(make_document(1), purpose="за \0 хостинг \\u0000", version="2")
    act(store, ref, see(document))
    kept = store.dossier(ref).record
    assert kept is not None and kept.document.purpose == document.purpose


# -------------------------------------------------------------------------------------------------------- secrets

CANARY = "канарейка-Xk7"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://anna:{CANARY}%zz@db.example/sync",
        f"postgresql://anna:x@{CANARY}@db.example/sync",
        f"postgresql://anna:{CANARY}/x@db.example/sync",
        f"postgresql://anna:5432/{CANARY}@db.example/sync",
        f"password={CANARY} {CANARY}",
        f"postgresql://anna:{CANARY}@127.0.0.1:1/sync",
        f"host=127.0.0.1 port=1 user=anna password={CANARY}",
    ],
)
def test_password_is_never_shown(address: str) -> None:
    """Neither in what cannot be read, nor in what cannot be reached, nor in where either came from."""
    with pytest.raises(BillManager1CError) as caught:
        PostgresStore(address, busy_timeout=0.01)
    assert isinstance(caught.value, (SettingsError, StoreError))
    assert CANARY not in _shown(caught.value)


def test_password_of_an_open_store_is_never_shown(address: str) -> None:
    """Its repr names the database; nothing that hangs on it has the password."""
    secret = address.replace("postgres@", f"postgres:{CANARY}@")
    with PostgresStore(secret) as store:
        name = address.partition("?")[0].rpartition("/")[2]
        assert name in repr(store)
        seen, waiting = set(), [store]
        while waiting:
            thing = waiting.pop()
            assert CANARY not in repr(thing)
            held = vars(thing).values() if hasattr(thing, "__dict__") else ()
            fresh = [one for one in held if id(one) not in seen and type(one).__module__.startswith("billmanager_1c")]
            seen |= {id(one) for one in fresh}
            waiting += fresh
        see_first(store, 1)
        with pytest.raises(StoreError) as caught:
            store.remember("swept", object())  # type: ignore[arg-type]  # cannot be written
        assert CANARY not in _shown(caught.value)


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ImportError that says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "billmanager_1c.store.postgres")
    with pytest.raises(ImportError, match=r"pip install 'billmanager-1c\[postgres\]'"):
        importlib.import_module("billmanager_1c.store.postgres")
