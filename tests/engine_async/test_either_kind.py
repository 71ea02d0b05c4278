"""An async engine with async ends, with blocking ones, and with one of each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from typing import Any

import pytest
from stages import FIRST_DAY, Stage, add_one, make_world
from twins import AsyncTwin

from billmanager_1c import MemoryStore
from billmanager_1c.errors import BaseLocked, PaymentTaken, StoreBelongsElsewhere
from billmanager_1c.onec import ChangeBatch


def as_it_is(end: Any) -> Any:
    """Return a blocking end."""
    return end


KINDS = [(as_it_is, AsyncTwin), (AsyncTwin, as_it_is), (AsyncTwin, AsyncTwin)]
IDS = ["async store", "async adapter", "both async"]


class Ends(Stage):
    """A stage on which each new engine gets ends of these kinds."""

    kinds: tuple[Callable[[Any], Any], Callable[[Any], Any]] = (as_it_is, as_it_is)

    def make_engine(self, **parts: Any) -> Any:
        """Return an engine on such ends."""
        adapter, store = self.kinds
        parts = {"onec": adapter(self.adapter), "store": store(self.store), **parts}
        return super().make_engine(**parts)


@pytest.fixture
def town() -> Iterator[Ends]:
    """A small world."""
    with ExitStack() as stack:
        yield Ends(make_world(clients=4, documents=6), stack, colour="async")


@pytest.mark.parametrize("kinds", KINDS, ids=IDS)
def test_every_verb_on_every_kind(town: Ends, kinds: Any) -> None:
    """The main job, what people look at and what they decide: on ends of any kind."""
    town.kinds = kinds
    engine = town.begin_anew()
    ref, subaccount = add_one(town)
    assert engine.load_accounts().added > 0
    planned = engine.plan()
    assert town.bill.writes == 0
    assert town.store.summary().documents == 0
    engine.approve(planned)
    assert engine.apply(planned).counts["exported"] == town.world.exportable + 1
    assert town.is_exact()
    assert engine.export_payments().counts["exported"] == 0
    (found,) = engine.find(amount="500.00")
    assert found.ref == ref
    assert "500" in str(engine.explain(payment_id=found.payment_ids[0]))
    assert engine.unknown() == []
    assert {refusal.code for refusal in engine.quarantined()} >= {"no_payer", "no_company"}
    assert engine.reconcile(FIRST_DAY).counts["ok"] == town.world.exportable + 1
    engine.suggest_bindings()
    (contract,) = town.store.dossier(ref).links
    engine.bind(contract, subaccount)
    engine.abandon(ref, reason="a test")
    engine.retry(ref)
    engine.record_change(ref)
    engine.pause("inventory")
    assert engine.status().paused == "inventory"
    engine.resume()
    engine.disable()
    engine.enable()
    assert engine.run_due() == []
    assert town.store.bindings() == {contract: subaccount}
    town.begin_anew().load_accounts()
    assert town.engine.recover_links(FIRST_DAY).by_mark == town.world.exportable + 1
    assert town.engine.export_payments().counts["exported"] == 0
    assert town.is_exact()


@pytest.mark.parametrize("kinds", [(as_it_is, as_it_is), *KINDS], ids=["both blocking", *IDS])
def test_trouble_of_an_end_comes_to_the_plan(town: Ends, kinds: Any) -> None:
    """An exception of an adapter or a store is handled by the plan that asked, whatever it passed on its way."""
    town.kinds = kinds
    engine = town.begin_anew()
    engine.load_accounts()
    town.onec.lock("Ведутся технические работы")
    assert [type(problem) for problem in engine.export_payments().problems] == [BaseLocked]
    town.onec.unlock()
    ref, _ = add_one(town)
    other, _ = add_one(town)
    payment = engine.export_payments([ref]).outcomes[0].payment_id
    engine.export_payments([other], limit=0)
    with pytest.raises(Exception, match=str(payment)) as refused:
        engine.adopt(other, payment)
    assert refused.type.__name__ in ("DecisionRefused", PaymentTaken.__name__)


@pytest.mark.parametrize("store_kind", [as_it_is, AsyncTwin], ids=["blocking", "async"])
def test_a_store_of_another_infobase_is_refused_by_the_first_verb(town: Ends, store_kind: Any) -> None:
    """A constructor cannot wait; the first verb claims the store, and nothing is asked before that."""
    store = MemoryStore()
    store.claim_base("another")
    engine = town.make_engine(store=store_kind(store))
    before = len(town.bill.requests)
    for verb in (engine.load_accounts, engine.status):
        with pytest.raises(StoreBelongsElsewhere, match="another"):
            verb()
    assert len(town.bill.requests) == before


class Watchful:
    """An adapter that notes in which thread it is called, and in which order."""

    base = "upp"

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.threads: set[int] = set()
        self.calls: list[str] = []
        self.left = False

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show everything in batches of one, each with a cursor; note when the next is asked for."""
        try:
            number = 0
            for batch in self._inner.changes_since(FIRST_DAY):
                for stamp in batch.stamps:
                    number += 1
                    self._note(f"batch {number}")
                    yield ChangeBatch(stamps=[stamp], cursor=str(number))
        finally:
            self.left = True

    def acknowledge(self, cursor: str) -> None:
        """Note it."""
        self._note(f"acknowledged {cursor}")

    def read(self, refs: Any) -> Any:
        """Read."""
        self._note("read")
        return self._inner.read(refs)

    def _note(self, call: str) -> None:
        self.threads.add(threading.get_ident())
        self.calls.append(call)


@pytest.mark.parametrize("kind", [as_it_is, AsyncTwin], ids=["blocking", "async"])
def test_nothing_is_fetched_ahead(town: Ends, kind: Any) -> None:
    """Each batch is read, committed and acknowledged before the next; a blocking adapter has one thread."""
    adapter = Watchful(town.adapter)
    town.make_engine(onec=kind(adapter)).export_payments()
    order = [call for call in adapter.calls if call != "read"]
    assert order == [f"{what} {n}" for n in range(1, len(order) // 2 + 1) for what in ("batch", "acknowledged")]
    assert len(order) > 10
    assert len(adapter.threads) == 1
    assert (threading.get_ident() in adapter.threads) == (kind is AsyncTwin)


@pytest.mark.parametrize("kind", [as_it_is, AsyncTwin], ids=["blocking", "async"])
def test_cursor_is_kept_by_a_store_of_either_kind(town: Ends, kind: Any) -> None:
    """The cursor is kept with what it stands for; what 1C was told to forget is only that."""
    adapter = Watchful(town.adapter)
    town.make_engine(onec=adapter, store=kind(town.store)).export_payments()
    place = town.store.place(adapter.base)
    assert place.cursor is not None
    assert place.cursor == place.acknowledged


@pytest.mark.parametrize("kind", [as_it_is, AsyncTwin], ids=["blocking", "async"])
def test_a_listing_that_is_not_read_to_its_end_is_closed(town: Ends, kind: Any) -> None:
    """A run that fails leaves no generator of the adapter behind."""
    adapter = Watchful(town.adapter)

    class Failing(MemoryStore):
        def transact_all(self, *args: Any, **options: Any) -> Any:
            raise LookupError("a mistake in a store")

    with pytest.raises(LookupError):
        town.make_engine(onec=kind(adapter), store=Failing()).export_payments()
    assert adapter.left


def test_the_loop_is_never_blocked(town: Ends) -> None:
    """While a blocking store works, the loop goes on: here the store waits for what only the loop can do."""
    done = threading.Event()

    class Waiting(MemoryStore):
        def transact_all(self, *args: Any, **options: Any) -> Any:
            loop.call_soon_threadsafe(done.set)
            assert done.wait(30)
            return super().transact_all(*args, **options)

    loop = town._runner.get_loop()
    town.make_engine(store=Waiting()).export_payments()
    assert done.is_set()


def test_verbs_beside_each_other(town: Ends) -> None:
    """A service asks for the status, and a person for a document, while a run is under way."""
    ref, _ = add_one(town)
    engine = town.make_engine()._engine

    async def serve() -> None:
        await engine.load_accounts()
        run = asyncio.ensure_future(engine.export_payments())
        seen = [await engine.status(), await engine.explain(ref), await engine.status()]
        report = await run
        assert report.counts["exported"] == town.world.exportable + 1
        assert seen[-1].unknown >= 0

    town._runner.run(serve())
    assert town.is_exact()


def test_journal_of_an_async_store_is_iterated(town: Ends) -> None:
    """What a plan reads piece by piece comes piece by piece."""
    town.kinds = (AsyncTwin, AsyncTwin)
    ref, _ = add_one(town)
    engine = town.begin_anew()
    engine.load_accounts()
    engine.export_payments([ref])

    async def count() -> int:
        async with aclosing(AsyncTwin(town.store).journal(ref)) as entries:
            return len([entry async for entry in entries])

    assert len(engine.explain(ref).events) > 3
    assert town._runner.run(count()) == len(list(town.store.journal(ref)))


def test_who_only_looks_leaves_no_trace(town: Ends) -> None:
    """An adapter for async code that can show changes without a trace in 1C is asked for that."""

    class Noting(AsyncTwin):
        def _generator(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
            asked.append(name)
            return super()._generator(name, method)

    asked: list[str] = []
    town.kinds = (Noting, as_it_is)
    engine = town.begin_anew()
    engine.load_accounts()
    engine.plan()
    listings = {"changes", "peek"}
    assert listings.intersection(asked) == {"peek"}
    asked.clear()
    engine.export_payments()
    assert listings.intersection(asked) == {"changes"}
