"""A COMMIT whose end nobody heard, and everything else that breaks a connection in the middle of the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL is NOT tested: psycopg is not installed (extra postgres)")

from commit_doubles import AFTER, BEFORE, LATE, Wire
from postgres_cluster import Cluster

from billmanager_1c.errors import PaymentTaken, Repeat, StoreBusy, StoreFailed
from billmanager_1c.ledger import Dossier, Verdict
from billmanager_1c.models import PaymentId
from billmanager_1c.store.postgres import PostgresStore
from billmanager_1c.testing._deeds import CONTRACT, act, bound, putting, see_first
from billmanager_1c.testing._lives import NOON, make_ref


@pytest.fixture
def wire(address: str) -> Wire:
    return Wire(address)


@pytest.fixture
def store(wire: Wire) -> Iterator[PostgresStore]:
    with PostgresStore(connect=wire.connect, busy_timeout=5) as store:
        yield store


class Counter:
    """A decision that adds one to a number of the dossier, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, dossier: Dossier, now: dt.datetime) -> Verdict[int]:
        self.asked += 1
        link = dossier.links[CONTRACT]
        return Verdict(dossier.with_link(attrs.evolve(link, fence=link.fence + 1)), link.fence + 1)


@pytest.mark.parametrize(("breaks", "asked"), [([AFTER], 1), ([BEFORE], 2), ([BEFORE, BEFORE, AFTER], 3)])
def test_commit_of_unknown_end_is_asked_about(store: PostgresStore, wire: Wire, breaks: list[str], asked: int) -> None:
    """What was committed is not done again, what was not is decided again; the caller notices neither."""
    ref, count = see_first(store, 1), Counter()
    told = len(list(store.journal()))
    wire.breaks += breaks
    assert store.transact(ref, count, actor="test", at=NOON) == 1
    assert count.asked == asked
    assert store.dossier(ref).links[CONTRACT].fence == 1
    assert len(list(store.journal())) == told + 1


def test_commit_that_is_still_under_way_is_ended_before_it_is_asked_about(store: PostgresStore, wire: Wire) -> None:
    """“COMMIT with unknown outcome”: what is not there yet may come a moment later, beside the second decision."""
    ref, count = see_first(store, 1), Counter()
    wire.breaks.append(LATE)
    assert store.transact(ref, count, actor="test", at=NOON) == 1
    assert count.asked == 2
    assert store.dossier(ref).links[CONTRACT].fence == 1


@pytest.mark.parametrize("end", [BEFORE, AFTER])
def test_books_survive_it_too(store: PostgresStore, wire: Wire, end: str) -> None:
    """What is kept beside documents is kept once, whenever the connection broke."""
    wire.breaks.append(end)
    store.note_changed([make_ref(1)], at=NOON)
    notes = store.noted()
    wire.breaks.append(end)
    store.remember("swept", "900")
    assert (store.noted(), store.recall("swept")) == (notes, "900")


def test_server_that_cannot_be_asked_leaves_the_end_unknown(store: PostgresStore, wire: Wire) -> None:
    """StoreFailed says to look first: perhaps it was kept. Nothing is decided a second time."""
    ref, count = see_first(store, 1), Counter()
    store._transactions._wait = 0.2
    wire.breaks.append(AFTER)
    wire.refusals = 1000
    with pytest.raises(StoreFailed, match="lost during COMMIT") as caught:
        store.transact(ref, count, actor="test", at=NOON)
    assert caught.value.repeat is Repeat.LOOK_FIRST
    assert count.asked == 1
    wire.refusals = 0
    assert store.dossier(ref).links[CONTRACT].fence == 1


def test_server_that_is_back_in_time_can_be_asked(store: PostgresStore, wire: Wire) -> None:
    """A few refused connections are nothing."""
    ref, count = see_first(store, 1), Counter()
    wire.breaks.append(AFTER)
    wire.refusals = 3
    assert store.transact(ref, count, actor="test", at=NOON) == 1
    assert count.asked == 1


def test_transaction_that_its_client_forgot_is_ended(store: PostgresStore, address: str) -> None:
    """A session that still holds the transaction is ended before the decision is made again: never both."""
    from billmanager_1c.store._postgres_transactions import is_over

    see_first(store, 1)
    with psycopg.connect(address, autocommit=True) as forgotten:
        forgotten.execute("BEGIN")
        xid = forgotten.execute("SELECT pg_current_xact_id()::text").fetchall()[0][0]
        with store._pool.connection() as connection:
            backend = forgotten.info.backend_pid
            assert is_over(connection, backend + 1, xid)
            assert is_over(connection, backend, str(int(xid) + 1))
            assert not is_over(connection, backend, xid)
            while not is_over(connection, backend, xid):
                pass
        with pytest.raises(psycopg.OperationalError):
            forgotten.execute("COMMIT")


def test_number_of_a_lost_transaction_proves_nothing(
    cluster: Cluster, address: str, store: PostgresStore, wire: Wire
) -> None:
    """A server that crashes gives numbers of which nothing was kept to others; that those commit is no sign."""
    ref, count = see_first(store, 1), Counter()

    def crash() -> None:
        wire.then = lambda: None
        cluster.crash()
        with psycopg.connect(address, autocommit=True) as other:
            for _ in range(20):
                other.execute("SELECT pg_current_xact_id()")

    wire.then = crash
    wire.breaks.append(BEFORE)
    assert store.transact(ref, count, actor="test", at=NOON) == 1
    assert count.asked == 2
    assert store.dossier(ref).links[CONTRACT].fence == 1


def test_payment_is_taken_even_over_a_broken_commit(store: PostgresStore, wire: Wire) -> None:
    """The key stands whichever way the line went dead."""
    refs = [see_first(store, number) for number in (1, 2)]
    wire.breaks.append(AFTER)
    act(store, refs[0], putting(bound(900)))
    wire.breaks.append(BEFORE)
    with pytest.raises(PaymentTaken, match="900"):
        act(store, refs[1], putting(bound(900)))
    assert store.holders([PaymentId(900)]) == {PaymentId(900): (refs[0], CONTRACT)}


def test_idle_connections_that_died_are_replaced(store: PostgresStore, address: str) -> None:
    """An administrator, a firewall or a restart ends idle sessions; the next call opens another."""
    ref, count = see_first(store, 1), Counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.transact(ref, count, actor="test", at=NOON), range(20)))
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert store.transact(ref, count, actor="test", at=NOON) == 21
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert store.dossier(ref).links[CONTRACT].fence == 21


@pytest.mark.slow
@pytest.mark.parametrize("how", ["restart", "crash"])
def test_server_may_restart_between_and_during_calls(cluster: Cluster, address: str, how: str) -> None:
    """Threads that write while the server goes down and comes up lose nothing and do nothing twice."""
    with PostgresStore(address) as store:
        refs = [see_first(store, number) for number in range(4)]

        def work(number: int) -> list[int]:
            return [store.transact(refs[number], Counter(), actor="test", at=NOON) for _ in range(60)]

        with ThreadPoolExecutor(5) as pool:
            done = [pool.submit(work, number) for number in range(4)]
            for _ in range(3):
                getattr(cluster, how)()
        assert [future.result() for future in done] == [list(range(1, 61))] * 4
        assert [store.dossier(ref).links[CONTRACT].fence for ref in refs] == [60] * 4


def test_server_that_is_down_is_busy(wire: Wire, store: PostgresStore) -> None:
    """StoreBusy: nothing was kept, and the call may be made again."""
    ref = see_first(store, 1)
    store._pool._drop_idle()
    store._transactions._wait = 0.1
    wire.refusals = 1000
    for call in (lambda: act(store, ref, putting(bound(900))), store.summary):
        with pytest.raises(StoreBusy, match=r"cannot be reached .*nothing was kept") as caught:
            call()
        assert caught.value.repeat is Repeat.FREELY
    wire.refusals = 0
    act(store, ref, putting(bound(900)))
