"""Whatever is killed, and whatever is written meanwhile: no change that 1C registered is lost (design.md §6.2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onec_books import Books, Fate, Meddled, Step, live_through, lost
from onec_servers import NOW, PASSWORD, USERNAME, make_adapter

from billmanager_1c.onec import BP_3_0, UPP_1_3, Configuration, ExchangePlan, ODataAdapter, QueueRegister, Window
from billmanager_1c.onec._queue import QueueCapture
from billmanager_1c.ports.onec import ChangeBatch
from billmanager_1c.testing import OneCSimulator
from billmanager_1c.testing.onec import Switches

pytestmark = pytest.mark.property

_GO = st.just(("go", 0))
_KILL = st.just(("kill", 0))


def _steps(*deeds: str) -> st.SearchStrategy[list[Step]]:
    # Many, for a run alone takes a dozen; a shorter life is what shrinking makes of them.
    deed = st.tuples(st.sampled_from(deeds), st.integers(0, 3))
    return st.lists(st.one_of(_GO, _GO, _GO, _GO, deed, deed, _KILL), min_size=40, max_size=120)


def live(steps: list[Step], configuration: Configuration, strategy: str) -> Books:
    """Live through the steps; return the books."""
    switches = Switches(queue_changes=True, queue_deletions=True)
    simulator = OneCSimulator(
        username=USERNAME, password=PASSWORD, schema=configuration.name, switches=switches, clock=lambda: NOW
    )
    organization = simulator.add_organization("ООО Хостинг")
    contract = simulator.add_contract(simulator.add_counterparty("ООО Ромашка"), organization, subaccount_id=17)
    node = simulator.add_exchange_node()
    fate = Fate(simulator, contract, steps)
    changes = ExchangePlan(node, fallback=Window(days=2)) if strategy == "exchange plan" else QueueRegister()

    def make() -> ODataAdapter:
        transport = Meddled(simulator, fate)
        return make_adapter(transport, configuration=configuration, changes=changes, session=False, page_size=2)

    books = Books(fate)
    if strategy == "exchange plan":
        # A node that has received something: of a new one nobody can tell that it was made anew.
        with make_adapter(simulator, configuration=configuration, changes=changes) as onec:
            fate.write(4)
            books.fate, peace = Fate(simulator, contract, []), books.fate
            books.run(onec)
            books.fate = peace
        fate.watch(node)
    live_through(books, make)
    return books


@settings(max_examples=50, deadline=None)
@given(steps=_steps("write", "delete"))
def test_the_queue_register_loses_nothing(steps: list[Step]) -> None:
    """A document is read after its row is gone, so a change before that is read and one after it has a row again."""
    assert lost(live(steps, UPP_1_3, "queue register")) == {}


@settings(max_examples=50, deadline=None)
@given(steps=_steps("write", "delete"))
def test_the_exchange_plan_loses_nothing(steps: list[Step]) -> None:
    """A message is asked for under one number until it is kept and acknowledged."""
    assert lost(live(steps, BP_3_0, "exchange plan")) == {}


@settings(max_examples=50, deadline=None)
@given(steps=_steps("write", "write", "write", "delete", "renew", "poison"))
def test_what_the_exchange_plan_cannot_tell_is_looked_for(steps: list[Step]) -> None:
    """A node made anew and a character that spoils a message are made good by the window."""
    assert lost(live(steps, BP_3_0, "exchange plan")) == {}


def test_the_books_see_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading first and deleting the rows afterwards loses changes, and that is noticed."""

    def naive(self: Any, cursor: str | None) -> Iterator[ChangeBatch]:
        for batch in honest(self, cursor):
            taken = [] if batch.cursor is None else list(honest(self, batch.cursor))[:1]
            yield ChangeBatch(stamps=taken[0].stamps if taken else (), cursor=batch.cursor)
            return

    honest: Callable[[Any, str | None], Iterator[ChangeBatch]] = QueueCapture.changes
    monkeypatch.setattr(QueueCapture, "changes", naive)
    chance = random.Random(7)
    for _ in range(40):
        steps: list[Step] = [(chance.choice(["go", "go", "write"]), chance.randrange(3)) for _ in range(60)]
        if lost(live(steps, UPP_1_3, "queue register")):
            return
    pytest.fail("nothing was lost although rows were deleted after the documents were read")
