"""Which documents may be delivered though 1C shows them in a way that cannot be read."""

from __future__ import annotations

import attrs
import pytest
from script import DOCUMENT, NOON, ONE, OURS, REF, attempt, see

from billmanager_1c import MemoryStore
from billmanager_1c.ledger import AttemptOp, Dossier, Link, LinkState
from billmanager_1c.models import ContractId, QuarantineCode
from billmanager_1c.plans.outcomes import Tally, unread_outcomes
from billmanager_1c.reports import Action

BEGUN = {state for state in LinkState if state.is_intent or state.is_unknown} | {LinkState.BOUND}
RESTS = {LinkState.SYNCED, LinkState.ABSENT}
UNREAD = Tally(unread={REF: "it cannot be read"})


def standing(state: LinkState, **changes: object) -> Dossier:
    """Return our document with its line in a state, where an older revision stands in BILLmanager."""
    line = attrs.evolve(Link(contract_id=ONE, state=state, applied_rev=0), **changes)  # type: ignore[arg-type]
    return see(MemoryStore(), link=line).dossier(REF)


@pytest.mark.parametrize("state", LinkState)
def test_only_what_was_begun_is_gone_on_with(state: LinkState) -> None:
    """“What was begun is ended”, and nothing is begun: no create, no credit, no change, no cancel."""
    assert UNREAD.may_go_on(standing(state)) is (state in BEGUN)
    assert Tally().may_go_on(standing(state))


def test_open_attempt_is_begun_in_any_state() -> None:
    """A create that BILLmanager refused because it knows the number is not over."""
    document = standing(LinkState.PENDING)
    assert not UNREAD.may_go_on(document)
    assert UNREAD.may_go_on(document.with_attempt(attempt(AttemptOp.CREATE)))


def test_given_back_payment_is_watched_to_the_end() -> None:
    """A cancel is not over while an old credit may still arrive; what would follow it is something new."""
    assert UNREAD.may_go_on(standing(LinkState.ABSENT, lingering_id=OURS, lingering_until=NOON))
    assert not UNREAD.may_go_on(standing(LinkState.PENDING, lingering_id=OURS, lingering_until=NOON))


@pytest.mark.parametrize("state", sorted(set(LinkState) - BEGUN - RESTS, key=str))
def test_one_line_that_was_not_begun_keeps_the_document_waiting(state: LinkState) -> None:
    """“A document is delivered as a whole.”"""
    sister = Link(contract_id=ContractId("00000000-0000-4000-8000-00000000000b"), state=state)
    assert not UNREAD.may_go_on(standing(LinkState.CREDIT_UNKNOWN).with_link(sister))


def test_payment_that_was_left_unbound_holds_all() -> None:
    """Whether it is what an unknown create made cannot be told without the document."""
    tally = attrs.evolve(UNREAD, unbound={OURS: REF})
    assert not tally.may_go_on(standing(LinkState.CREATE_UNKNOWN))


@pytest.mark.parametrize(
    ("link", "action", "reason"),
    [
        (Link(contract_id=ONE), Action.POSTPONED, "why"),
        (
            Link(contract_id=ONE, state=LinkState.QUARANTINED, code=QuarantineCode.NO_SUBACCOUNT, reason="no"),
            Action.POSTPONED,
            "why",
        ),
        (Link(contract_id=ONE, state=LinkState.HELD, reason="no"), Action.QUARANTINED, "no"),
        (
            Link(contract_id=ONE, state=LinkState.QUARANTINED, refused_rev=1, reason="no"),
            Action.QUARANTINED,
            "no",
        ),
    ],
    ids=["pending", "waits for data", "waits for a person", "refused for good"],
)
def test_it_is_told_of_as_waiting(link: Link, action: Action, reason: str) -> None:
    """“A skipped document must still be counted and shown”; what a person must decide is shown as that."""
    (outcome,) = unread_outcomes(see(MemoryStore(), DOCUMENT, link).dossier(REF), "why")
    assert (outcome.action, outcome.reason) == (action, reason)
