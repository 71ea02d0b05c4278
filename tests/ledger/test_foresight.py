"""What is read before a line of a document grows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from one_document import NOON, ONE, TWO, UNKNOWN, World, deliver, perform, terms

from billmanager_1c import ledger
from billmanager_1c.ledger import LinkState
from billmanager_1c.models import ContractId, PaymentId, QuarantineCode


def _sisters(world: World, since: dt.datetime, *, now_or_never: bool = True) -> list[ContractId]:
    found = ledger.unseen_sisters(world.dossier, world.wants(), since, terms(), world.tick(), now_or_never=now_or_never)
    assert all(world.dossier.links[id].payment_id == payment for id, payment, _ in found)
    assert all(beside and id not in beside for id, _, beside in found)
    return [id for id, _, _ in found]


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


@pytest.mark.parametrize(
    ("state", "is_read"),
    [
        (LinkState.QUARANTINED, True),
        (LinkState.REMOTE_CHANGED, True),
        (LinkState.DUPLICATE_FOUND, True),
        (LinkState.REMOTE_MISSING, False),
    ],
)
@pytest.mark.parametrize("abandoned", ["", "by hand"])
def test_what_stands_is_read_whatever_its_line_waits_for(state: LinkState, abandoned: str, *, is_read: bool) -> None:
    """“What stands for the others is read first”: the state says why a line waits, and not what stands for it."""
    world = World(one="60")
    deliver(world)
    world.wait(60)
    world.show(one="60", two="40")
    _put(world, ONE, state=state, abandoned=abandoned)
    assert _sisters(world, world.now) == ([ONE] if is_read else [])


def test_what_stands_for_an_update_of_unknown_end_is_read() -> None:
    """Whoever put the store back may have put back an update that ended long ago."""
    world = World(one="60")
    deliver(world)
    world.show(one="55")
    world.tell(perform(world.start()), UNKNOWN)
    world.wait(60)
    world.show(one="60", two="40")
    assert _sisters(world, world.now) == [ONE]


def test_nothing_is_read_for_a_line_that_cannot_be_begun() -> None:
    """Blocked, or told to wait, it does not grow in this turn; a pause that is cut short holds nobody back."""
    world = World(one="60")
    deliver(world)
    world.wait(60)
    world.show(one="60", two="40")
    hour = dt.timedelta(hours=1)
    for state in (LinkState.PENDING, LinkState.QUARANTINED):
        _put(world, TWO, state=state, next_attempt_at=world.now + hour)
        assert _sisters(world, world.now, now_or_never=False) == []
        assert _sisters(world, world.now) == [ONE]
        _put(world, TWO, next_attempt_at=world.now + terms().lease / 2)  # the turn may last so long
        assert _sisters(world, world.now, now_or_never=False) == [ONE]
    _put(world, TWO, next_attempt_at=None)
    blocked = ledger.Blocked(code=QuarantineCode.PAYER_INACTIVE, reason="inactive")
    wants = {**world.wants(), TWO: blocked}
    assert ledger.unseen_sisters(world.dossier, wants, world.now, terms(), world.tick(), now_or_never=True) == []


def test_nothing_is_read_while_a_debt_waits_for_a_person() -> None:
    """Nothing grows beside a debt that nobody pays in this turn; one that is paid lets the others grow."""
    world = World(one="60", two="40")
    deliver(world)
    world.wait(60)
    world.show(one="50", two="40", three="10")
    assert _sisters(world, world.now) == [TWO]
    for changes in ({"state": LinkState.REMOTE_CHANGED}, {"state": LinkState.SYNCED, "abandoned": "by hand"}):
        _put(world, ONE, **changes)
        assert _sisters(world, world.now) == []
        assert isinstance(world.start(), ledger.Finished)


def test_line_that_is_made_anew_after_a_second_reading_grows() -> None:
    """A cancelled payment is read once more, and in the same turn the next one is made."""
    world = World(one="60")
    deliver(world)
    world.wait(60)
    world.show(one="60", two="40")
    _put(world, TWO, gen=2, lingering_id=PaymentId(70), lingering_until=world.now)
    assert _sisters(world, world.now) == [ONE]
    assert isinstance(world.start(), ledger.LookBack)


def _put(world: World, contract_id: ContractId, **changes: Any) -> None:
    world.dossier = world.dossier.with_link(attrs.evolve(world.dossier.links[contract_id], **changes))
