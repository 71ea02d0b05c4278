"""SIGTERM: the handler of an embedder calls ``engine.stop()``, and the export drains (fault 11)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import attrs
import pytest
from campaign import settle
from crew import Crew, Worker, open_store
from town import FIRST, Person, Town
from watch import Watch


@attrs.frozen
class Stage:
    """A dozen new documents and nobody yet to export them."""

    crew: Crew
    watch: Watch
    store: str
    lines: int


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Two places for workers; their leases do not run out however slow the machine is."""
    store = str(tmp_path / "sync.db")
    with Crew(size=2, store=store, lease=60) as crew:
        town = Town(crew.bill, crew.onec, clients=4)
        person, chance = Person(town), Random(5)
        with crew.engine() as engine:
            engine.load_accounts()
        for _ in range(FIRST):
            person.acts(chance)
        yield Stage(crew, Watch(town, person, store), store, sum(len(p.wanted) for p in person.papers.values()))


@pytest.mark.slow
def test_stopped_worker_drains_and_leaves_nothing_unknown(stage: Stage) -> None:
    """“SIGTERM in a batch: drains, makes no unknown”: what is begun is finished, nothing else is begun."""
    hired: list[Worker] = []
    made: list[int] = []
    gate, writes = threading.Lock(), iter(range(10_000))

    def stop_at_the_tenth_write() -> None:
        with gate:  # nobody gets an answer until the worker has heard
            if next(writes) == 10:
                hired[0].stop()
                hired[0].stopping.wait()
                made.append(sum(1 for _ in stage.crew.bill.payments()))

    stage.crew.after_write = stop_at_the_tenth_write
    hired.append(stage.crew.hire(0))
    assert hired[0].wait() == 0, hired[0].last_words()
    assert hired[0].said[-1] == "stopped\n"
    payments = list(stage.crew.bill.payments())
    assert all(payment.credited for payment in payments)
    assert made[0] <= len(payments) < stage.lines
    with open_store(stage.store) as store:
        refs = [ref for _, ref in store.open_documents(limit=1000)]
        assert len(refs) > 0
        links = [link for ref in refs for link in store.dossier(ref).links.values()]
        assert {link.state.value for link in links} == {"pending"}
        assert [link for link in links if link.lease_until] == []
    assert settle(stage.crew, stage.watch) == []


@pytest.mark.slow
def test_two_processes_share_the_work(stage: Stage) -> None:
    """Two engines on one store double nothing and lose nothing (12), and end well when they are told to stop."""
    done = threading.Event()
    stage.crew.after_write = lambda: None if stage.watch.balances() else done.set()
    workers = [stage.crew.hire(slot) for slot in range(2)]
    assert done.wait(60), [worker.last_words() for worker in workers]
    for worker in workers:
        worker.ready.wait(60)  # one may have done all the work before the other was up, and could hear anything
        worker.stop()
    assert [worker.wait() for worker in workers] == [0, 0], stage.crew.check()
    assert settle(stage.crew, stage.watch) == []
