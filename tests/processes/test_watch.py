"""The watch of the campaign can fail: it sees each of the wrongs it is there for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import attrs
import pytest
from campaign import settle
from crew import Crew
from town import BASE, FIRST, Paper, Person, Town
from watch import Watch

from billmanager_1c.ledger.marks import make_mark
from billmanager_1c.models import ContractId


@attrs.frozen
class Stage:
    """A dozen documents, exported."""

    town: Town
    watch: Watch
    paper: Paper

    def pay(self, gen: int, amount: Decimal) -> None:
        """Let a payment of the first document appear."""
        contract = ContractId(next(iter(self.paper.lines)))
        self.town.bill.person_adds_payment(
            subaccount=self.town.subaccount_of[contract],
            method=1,
            amount=amount,
            credited=True,
            info=make_mark(BASE, self.paper.ref, contract, gen),
        )

    def mine(self) -> int:
        """Return the payment of the first document."""
        guid = self.paper.ref.id.replace("-", "")
        return next(payment.id for payment in self.town.bill.payments() if guid in payment.info)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """The exchange has run, and all is well."""
    store = str(tmp_path / "sync.db")
    with Crew(size=0, store=store) as crew:
        town = Town(crew.bill, crew.onec, clients=3)
        person, chance = Person(town), Random(1)
        watch = Watch(town, person, store)
        with crew.engine() as engine:
            engine.load_accounts()
        for _ in range(FIRST):
            person.acts(chance)
        assert settle(crew, watch) == []
    paper = next(paper for paper in person.papers.values() if len(paper.lines) == 1)
    return Stage(town, watch, paper)


WRONGS: dict[str, Callable[[Stage], None]] = {
    "are credited under": lambda stage: stage.pay(1, Decimal("0.01")),
    "which asked for": lambda stage: stage.pay(2, Decimal("0.01")),
    "carries no mark": lambda stage: stage.town.bill.person_edits_payment(stage.mine(), info="no mark"),
    "should stand": lambda stage: stage.town.bill.person_deletes_payment(stage.mine()),
    "and should be": lambda stage: stage.town.bill.person_edits_payment(stage.mine(), amount=Decimal("0.01")),
    "ends as synced": lambda stage: stage.paper.lines.clear(),
}


@pytest.mark.parametrize("words", WRONGS)
def test_watch_sees_the_wrong(stage: Stage, words: str) -> None:
    """Money twice, money lost, another amount, a payment of nobody, a store that thinks otherwise."""
    WRONGS[words](stage)
    assert any(words in str(problem) for problem in stage.watch.end())
