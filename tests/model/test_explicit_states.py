"""One document, two workers, every interleaving: the production core under an explicit-state model.

protocol.md claims of the two-phase form: “It was model-checked (two workers, kills at every step, lost requests and
answers, arbitrarily late commits, take-over of a paused worker, edits) … none with two credits, none that cannot
converge, *with no assumption about time* within one generation (a new generation waits, see cancel).”

Here the transitions are those of :mod:`billmanager_1c.ledger` and the steps those of :mod:`billmanager_1c.plans`, not a
copy of them. A state is a dossier, the payments in BILLmanager, the requests that may still take effect, where both
workers stand, and how many faults are left. In each of them it is checked that

- no line has two credited payments, no credited payment is without a line, and no more stands credited than the
  document ever gave; a payment is bound to one line; a line has one open attempt;
- nothing is sent without a durable attempt, and no credit for a payment that is not bound;
- it can come right: everybody dies, what was late is lost, one worker runs until nothing changes, and then each line
  has exactly one credited payment with the amount and the subaccount of the newest revision, and no line has another.

``nox -s model -- --faults 3`` goes further.
"""

from __future__ import annotations

import attrs
import pytest
from model_sabotage import SABOTAGES, Sabotage
from model_scenarios import KEPT_AND_LATE, SCENARIOS
from model_search import Found, Scenario, Search
from model_words import story

#: a model that explores nothing finds nothing
FEWEST_STATES = 20_000

AFTER = [pytest.param(scenario, id=scenario.name) for scenario in SCENARIOS]


def explore(scenario: Scenario) -> Found:
    """Look at every state and count them; fail with the story of the first that must not be."""
    search = Search(scenario)
    found = search.run()
    stories = [story(violation, search.core) for violation in found.violations.values()]
    assert not stories, "\n\n".join(["", *stories])
    return found


@pytest.mark.parametrize("scenario", AFTER)
def test_after_one_fault_nothing_is_credited_twice_and_all_comes_right(scenario: Scenario) -> None:
    """Whatever happens once, and whenever it happens, money stands once and in the end where it should."""
    assert explore(attrs.evolve(scenario, faults=1)).states > 500


@pytest.mark.slow
@pytest.mark.parametrize("scenario", AFTER)
def test_after_two_faults_nothing_is_credited_twice_and_all_comes_right(
    scenario: Scenario, record_property: pytest.RecordProperty
) -> None:
    """Whatever two things happen, in whatever order, money stands once and in the end where it should."""
    found = explore(scenario)
    record_property("states", found.states)
    record_property("transitions", found.transitions)
    assert found.states > FEWEST_STATES
    assert found.converged > 2_000


@pytest.mark.slow
def test_a_late_cancel_beside_one_that_was_refused() -> None:
    """Of two cancels one is refused and the other late: where 1C wants the money again, it stands in the end."""
    assert explore(KEPT_AND_LATE).states > FEWEST_STATES


@pytest.mark.parametrize("sabotage", [pytest.param(sabotage, id=sabotage.name) for sabotage in SABOTAGES])
def test_the_model_can_see(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in the core is found, and its shortest story is told so that a person can read it."""
    sabotage.arm(monkeypatch)
    search = Search(sabotage.scenario, stop_at=sabotage.claim)
    found = search.run()
    seen = [violation for claim, violation in found.violations.items() if sabotage.claim in claim]
    assert seen, f"nobody noticed in {found.states} states that {sabotage.name}"
    told = story(seen[0], search.core).splitlines()
    assert told[0] == f"VIOLATION: {seen[0].claim}"
    assert told[1] in ("   1. worker 1 begins a run", f"   1. 1C now says: {sabotage.scenario.papers[1].name}")
    assert "So it stands:" in told
