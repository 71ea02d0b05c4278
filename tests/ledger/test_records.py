"""What the records say of themselves: what is open, what is held, and who is asked."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from one_document import NOON, ONE, TWO, World, deliver

from billmanager_1c.ledger import Link, LinkState
from billmanager_1c.models import AccountId, CurrencyId, PayerId, PaymentId, ProviderId, SubaccountId


def delivered() -> World:
    """Return a document with nothing left to do."""
    world = World()
    deliver(world)
    assert not world.dossier.is_open
    return world


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"lingering_id": PaymentId(70)}, True),
        ({"applied_rev": 0}, True),
        ({"state": LinkState.REMOTE_CHANGED}, True),
        ({"state": LinkState.REMOTE_CHANGED, "abandoned": "by hand"}, False),
        ({"lingering_id": PaymentId(70), "abandoned": "by hand"}, False),
        ({"state": LinkState.ABSENT}, False),
    ],
)
def test_line_that_needs_work_or_attention(changes: dict[str, object], *, is_open: bool) -> None:
    """“Nothing is lost”: a line is open until BILLmanager shows the newest revision, or a person has abandoned it."""
    world = delivered()
    world.dossier = world.dossier.with_link(attrs.evolve(world.dossier.links[ONE], **changes))  # type: ignore[arg-type]
    assert world.dossier.is_open is is_open


def test_payments_that_no_other_line_may_have() -> None:
    """“Bound, lingering, or held against it.”"""
    link = Link(contract_id=ONE, payment_id=PaymentId(1), lingering_id=PaymentId(2), twin_id=PaymentId(3))
    assert link.holds == {1, 2, 3}
    assert Link(contract_id=ONE).holds == frozenset()


def test_document_is_leased_until_its_last_line_is() -> None:
    """A status says when the last lease ends: before that no other worker comes."""
    world = World(one="60.00", two="40.00")
    later = NOON + dt.timedelta(minutes=5)
    for contract_id, until in ((ONE, NOON), (TWO, later)):
        world.dossier = world.dossier.with_link(attrs.evolve(world.dossier.links[contract_id], lease_until=until))
    assert world.dossier.lease_until == later


def test_whose_the_subaccount_is_is_no_field() -> None:
    """Clients are merged and subaccounts move: what a payment shows does not change by it, and is not written again."""
    target = World().target(ONE)
    moved = attrs.evolve(target, account_id=AccountId(9), provider_id=ProviderId(9), currency_id=CurrencyId(9))
    assert target.reads_like(moved)
    assert not target.reads_like(attrs.evolve(target, subaccount_id=SubaccountId(9)))
    assert not target.reads_like(attrs.evolve(target, payer_id=PayerId(9)))


def test_states_in_which_a_payment_may_stand_or_a_person_is_asked() -> None:
    """The breaker counts the first kind, and lists of what waits for a person name the second."""
    stands = {state for state in LinkState if state.has_payment}
    assert stands == {
        LinkState.CREDIT_UNKNOWN,
        LinkState.SYNCED,
        LinkState.UPDATE_INTENT,
        LinkState.UPDATE_UNKNOWN,
        LinkState.CANCEL_INTENT,
        LinkState.CANCEL_UNKNOWN,
        LinkState.REMOTE_MISSING,
        LinkState.REMOTE_CHANGED,
        LinkState.DUPLICATE_FOUND,
    }
    asked = {state for state in LinkState if state.waits_for_person}
    assert asked == {LinkState.HELD, LinkState.REMOTE_MISSING, LinkState.REMOTE_CHANGED, LinkState.DUPLICATE_FOUND}
