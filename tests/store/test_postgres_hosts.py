"""Several hosts at one PostgreSQL store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL is NOT tested: psycopg is not installed (extra postgres)")

from billmanager_1c.errors import (
    PaymentTaken,
    StoreBusy,
)
from billmanager_1c.ledger import Link, Verdict
from billmanager_1c.models import PaymentId
from billmanager_1c.store import Decision
from billmanager_1c.store.postgres import PostgresStore
from billmanager_1c.testing._deeds import CONTRACT, act, bound, putting, refs_of, see_first
from billmanager_1c.testing._lives import NOON, always, make_document, make_ref, see


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    with PostgresStore(address, busy_timeout=5) as store:
        yield store


def test_moment_of_a_decision_is_the_servers(store: PostgresStore, raw: psycopg.Connection[Any]) -> None:
    """Whatever the clocks of the hosts say, a decision is told the server's time after the wait for the lock."""
    ref = see_first(store, 1)
    raw.execute("BEGIN")
    raw.execute("SELECT FROM documents FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            store.transact, ref, lambda dossier, now: Verdict(dossier, now.isoformat()), actor="test", at=NOON
        )
        while not raw.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall()[0][0]:
            pass
        [(released,)] = raw.execute("SELECT clock_timestamp()").fetchall()
        raw.execute("COMMIT")
        assert waiting.result() > released.isoformat()


def test_list_of_open_documents_waits_for_nobody(store: PostgresStore, raw: psycopg.Connection[Any]) -> None:
    """What another transaction has in hand is left out; two who look do not hinder each other."""
    refs = [see_first(store, number) for number in range(4)]
    raw.execute("BEGIN")
    raw.execute("SELECT FROM documents WHERE guid = %s FOR UPDATE", (refs[1].id,))
    assert refs_of(store.open_documents()) == [refs[0], *refs[2:]]
    raw.execute("ROLLBACK")
    raw.execute("BEGIN")
    assert len(raw.execute("SELECT FROM documents FOR KEY SHARE SKIP LOCKED").fetchall()) == 4
    assert refs_of(store.open_documents()) == refs
    raw.execute("ROLLBACK")


def test_document_that_is_held_too_long_is_busy(address: str, raw: psycopg.Connection[Any]) -> None:
    """StoreBusy after ``busy_timeout``: nothing was done, and the next call works."""
    with PostgresStore(address, busy_timeout=0.05) as store:
        ref = see_first(store, 1)
        raw.execute("BEGIN")
        raw.execute("SELECT FROM documents FOR UPDATE")
        with pytest.raises(StoreBusy, match="nothing was kept") as caught:
            act(store, ref, putting(bound(900)))
        assert isinstance(caught.value.__cause__, psycopg.errors.LockNotAvailable)
        raw.execute("ROLLBACK")
        act(store, ref, putting(bound(900)))


def test_new_document_is_added_once_by_two(store: PostgresStore, address: str) -> None:
    """Both decide, one after the other, and the second sees what the first did."""
    with PostgresStore(address) as other:
        barrier = threading.Barrier(2)

        def work(one: PostgresStore) -> bool:
            barrier.wait()
            return bool(one.transact(make_ref(1), always(see(make_document(1))), actor="test", at=NOON))

        for _ in range(1):
            with ThreadPoolExecutor(2) as pool:
                assert sorted(pool.map(work, (store, other))) == [False, True]
    assert len(list(store.journal())) == 2


def test_payment_that_two_hosts_take_at_once_goes_to_one(store: PostgresStore, raw: psycopg.Connection[Any]) -> None:
    """The key speaks where no look could see the other; the loser is told who has it."""
    refs = [see_first(store, number) for number in (1, 2)]
    [(id,)] = raw.execute("SELECT id FROM documents WHERE guid = %s", (refs[0].id,)).fetchall()
    raw.execute("BEGIN")
    raw.execute("INSERT INTO holdings VALUES (900, %s, %s)", (id, CONTRACT))
    with ThreadPoolExecutor(1) as pool:
        losing = pool.submit(act, store, refs[1], putting(bound(900)))
        while not raw.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall()[0][0]:
            pass
        raw.execute("COMMIT")
        with pytest.raises(PaymentTaken, match=str(refs[0].id)):
            losing.result()
    assert store.dossier(refs[1]).links[CONTRACT].payment_id is None


def test_holder_that_lets_go_meanwhile_is_no_holder(store: PostgresStore, raw: psycopg.Connection[Any]) -> None:
    """If nobody has the payment any more when the loser looks, the decision is made again."""
    ref = see_first(store, 1)
    raw.execute("CREATE TABLE once ()")
    raw.execute(
        "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('stumbles') = 1 THEN RAISE unique_violation USING CONSTRAINT = 'holdings_payment'; END IF; "
        "RETURN NEW; END $$"
    )
    raw.execute("CREATE SEQUENCE stumbles")
    raw.execute("CREATE TRIGGER stumble BEFORE INSERT ON holdings FOR EACH ROW EXECUTE FUNCTION stumble()")
    act(store, ref, putting(bound(900)))
    assert store.holders([PaymentId(900)]) == {PaymentId(900): (ref, CONTRACT)}


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_conflict_is_tried_again(store: PostgresStore, raw: psycopg.Connection[Any], state: str) -> None:
    """A deadlock or a serialization failure kept nothing, so the decision is made again."""
    ref = see_first(store, 1)
    raw.execute("CREATE SEQUENCE stumbles")
    raw.execute(
        "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF nextval('stumbles') <= 2 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '{state}'; END IF; "
        "RETURN NEW; END $$"
    )
    raw.execute("CREATE TRIGGER stumble BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION stumble()")
    act(store, ref, putting(bound(900)))
    assert raw.execute("SELECT last_value FROM stumbles").fetchone() == (3,)


def test_batches_of_the_same_documents_do_not_wait_in_a_circle(store: PostgresStore, address: str) -> None:
    """Locks are taken in one order, so batches in opposite orders both end."""

    def add(dossier: Any, now: Any) -> Verdict[int]:
        link = dossier.links.get(CONTRACT, Link(contract_id=CONTRACT))
        return Verdict(dossier.with_link(attrs.evolve(link, fence=link.fence + 1)), link.fence)

    with PostgresStore(address) as other:
        decisions = [Decision(ref=make_ref(number), decide=add) for number in range(12)]

        def work(one: PostgresStore, batch: list[Decision]) -> None:
            for _ in range(10):
                one.transact_all(batch, actor="test", at=NOON)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, (store, other), (decisions, decisions[::-1])))
    assert {store.dossier(make_ref(number)).links[CONTRACT].fence for number in range(12)} == {20}


def test_decision_that_keeps_nothing_leaves_no_trace(store: PostgresStore, raw: psycopg.Connection[Any]) -> None:
    """The row that was added to lock a new document goes again, alone or in a batch."""
    nothing = Decision(ref=make_ref(1), decide=lambda dossier, now: Verdict(dossier, None))
    something = Decision(ref=make_ref(2), decide=always(see(make_document(2))))
    store.transact_all([nothing], actor="test", at=NOON)
    store.transact_all([nothing, something], actor="test", at=NOON)
    assert raw.execute("SELECT guid FROM documents").fetchall() == [(make_ref(2).id,)]


def test_a_thousand_decisions_are_one_transaction(store: PostgresStore) -> None:
    """A batch of changes from 1C is one transaction, and pages show all of it."""
    decisions = [Decision(ref=make_ref(id), decide=always(see(make_document(id)))) for id in range(1000)]
    store.transact_all(decisions, actor="test", at=NOON, adapter="odata", cursor="page 1")
    paged: list[int] = []
    while page := store.open_documents(after=paged[-1] if paged else 0, limit=64):
        paged += [place for place, _ in page]
    assert len(set(paged)) == 1000
    assert sum(1 for _ in store.journal()) == 2000
