"""What is read before a line of a document grows."""

from __future__ import annotations

import datetime as dt

import pytest
from one_document import NOON, ONE, TWO, UNKNOWN, World, deliver, perform, terms

from billmanager_1c import ledger
from billmanager_1c.models import ContractId


def _sisters(world: World, since: dt.datetime) -> list[ContractId]:
    found = ledger.unseen_sisters(world.dossier, world.wants(), since, terms(), world.tick())
    assert all(world.dossier.links[id].payment_id == payment for id, payment in found)
    return [id for id, _ in found]


@pytest.mark.parametrize(
    ("amounts", "read"),
    [
        ({"one": "60", "two": "40"}, []),
        ({"one": "60", "two": "50"}, [ONE]),
        ({"one": "70", "two": "40"}, [TWO]),
        ({"one": "70", "two": "50"}, [ONE, TWO]),
        ({"one": "50", "two": "50"}, []),
        ({"one": "60"}, []),
    ],
    ids=["nothing changes", "one grows", "the other grows", "both grow", "one gives to the other", "one goes"],
)
def test_what_stands_beside_a_line_that_grows_is_read(amounts: dict[str, str], read: list[ContractId]) -> None:
    """“Σ credited per document ≤ the document”, also where the store was put back and remembers another sum.

    What owes is read before it is written to; what this run wrote itself is known.
    """
    world = World(one="60", two="40")
    deliver(world)
    world.wait(60)
    world.show(**amounts)
    assert _sisters(world, world.now) == read
    assert _sisters(world, NOON) == []


def test_what_stands_beside_a_new_line_is_read() -> None:
    """A line that was refused, and is made at last, grows from nothing; a look at its create may end in another one."""
    world = World(one="60")
    deliver(world)
    world.wait(60)
    world.show(one="60", two="40")
    assert _sisters(world, world.now) == [ONE]
    step = perform(world.start())
    assert step.link.contract_id == TWO
    world.tell(step, UNKNOWN)
    assert _sisters(world, world.now) == [ONE]
    world.wait(60)
    world.dossier = ledger.abandon(world.dossier, TWO, "by hand", world.tick()).dossier
    assert _sisters(world, world.now) == []
