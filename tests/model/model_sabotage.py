"""Bugs that can be switched on: what the model must be able to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from model_papers import HALF, NOTHING, SHIFTED, SPLIT, WHOLE
from model_scenarios import KEEPING, KEPT_AND_LATE
from model_search import Scenario

from billmanager_1c.ledger import (
    AttemptOp,
    Done,
    Failed,
    LinkState,
    Target,
    Trouble,
    Verdict,
    _completing,
    _needs,
    core,
)
from billmanager_1c.plans import cancel


@attrs.frozen(kw_only=True)
class Sabotage:
    """A bug, where it shows, and what is said of it."""

    name: str
    arm: Callable[[pytest.MonkeyPatch], None]
    scenario: Scenario
    claim: str


def _around(module: Any, names: str, wrap: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Put ``wrap(original, *arguments)`` in the place of a function of the core, by the name that it has there."""

    def arm(patch: pytest.MonkeyPatch) -> None:
        name = next(name for name in names.split() if hasattr(module, name))
        original = getattr(module, name)
        patch.setattr(module, name, lambda *rest, **named: wrap(original, *rest, **named))

    return arm


def _intent_not_kept(begin: Any, dossier: Any, *rest: Any) -> Any:
    return Verdict(dossier, begin(dossier, *rest).result)


def _bound_to_nothing(took_effect: Any, dossier: Any, link: Any, attempt: Any, *rest: Any) -> Any:
    link = took_effect(dossier, link, attempt, *rest)
    return attrs.evolve(link, payment_id=None) if attempt.op is AttemptOp.CREATE else link


def _credit_before_write(next_: Any, dossier: Any, link: Any, want: Any, *rest: Any) -> Any:
    if link.state is LinkState.BOUND and isinstance(want, Target):
        return AttemptOp.CREDIT, want
    return next_(dossier, link, want, *rest)


def _no_time_to_settle(next_: Any, dossier: Any, link: Any, *rest: Any) -> Any:
    return next_(dossier, attrs.evolve(link, lingering_until=None), *rest)


def _newest_revision_claimed(complete: Any, dossier: Any, attempt: Any, *rest: Any) -> Any:
    dossier = complete(dossier, attempt, *rest)
    link = dossier.links[attempt.contract_id]
    if link.state is LinkState.SYNCED:
        dossier = dossier.with_link(attrs.evolve(link, applied_rev=dossier.record.observed_rev))
    return dossier


def _not_looked_at(is_kept: Any, payment_id: Any, error: Any) -> Any:
    return cancel._not_taken_back(payment_id, error)
    yield  # the answer of a plan that asks for nothing


def _silence_is_yes(op: AttemptOp) -> Callable[..., Any]:
    def complete(complete: Any, dossier: Any, attempt: Any, answer: Any, *rest: Any) -> Any:
        if attempt.op is op and isinstance(answer, Failed) and answer.trouble is Trouble.UNKNOWN:
            answer = Done()
        return complete(dossier, attempt, answer, *rest)

    return complete


_EDITED = Scenario(name="edited", papers=(WHOLE, HALF), faults=1)
_UNPOSTED = Scenario(name="unposted", papers=(WHOLE, NOTHING), faults=1)
_DELIVERED = Scenario(name="unposted after the delivery", papers=(WHOLE, NOTHING), delivered=True)
_KEPT = Scenario(name="unposted, and never deleted", papers=(WHOLE, NOTHING), habits=KEEPING)
_SHARED = Scenario(name="moved between lines after the delivery", papers=(SPLIT, WHOLE), delivered=True)
_ABANDONED = Scenario(name="moved beside an abandoned line", papers=(SPLIT, SHIFTED), delivered=True, abandons=True)
_REFUSED = Scenario(name="a cancel is refused, and was done", papers=(WHOLE, NOTHING), delivered=True, faults=3)

SABOTAGES = (
    Sabotage(
        name="the fence is ignored",
        arm=_around(core, "is_current", lambda real, dossier, attempt: attempt.id in dossier.attempts),
        scenario=_EDITED,
        claim="",
    ),
    Sabotage(
        name="the intent is not durable",
        arm=_around(core, "_begin", _intent_not_kept),
        scenario=_EDITED,
        claim="no attempt of it is durable",
    ),
    Sabotage(
        name="a create ends without binding",
        arm=_around(_completing, "_took_effect", _bound_to_nothing),
        scenario=_EDITED,
        claim="",
    ),
    Sabotage(
        name="a credit does not wait for the fields of the newest revision",
        arm=_around(core, "next_step", _credit_before_write),
        scenario=_EDITED,
        claim="it cannot come right",
    ),
    Sabotage(
        name="a completion clears a newer change",
        arm=_around(core, "complete", _newest_revision_claimed),
        scenario=_EDITED,
        claim="it cannot come right",
    ),
    Sabotage(
        name="no answer to a credit is taken for yes",
        arm=_around(core, "complete", _silence_is_yes(AttemptOp.CREDIT)),
        scenario=_UNPOSTED,
        claim="it cannot come right",
    ),
    Sabotage(
        name="no answer to a cancel is taken for yes",
        arm=_around(core, "complete", _silence_is_yes(AttemptOp.CANCEL)),
        scenario=_DELIVERED,
        claim="a payment stands credited that no line knows",
    ),
    Sabotage(
        name="rule 6 is off: a line grows while another owes",
        arm=_around(core, "grows", lambda real, *rest: False),
        scenario=_SHARED,
        claim="more stands credited than the document ever gave",
    ),
    Sabotage(
        name="what stands for an abandoned line is no debt of the document",
        arm=_around(core, "owes", lambda real, dossier, link, *rest: not link.abandoned and real(dossier, link, *rest)),
        scenario=_ABANDONED,
        claim="more stands credited than the document ever gave",
    ),
    Sabotage(
        name="a new generation does not wait until the old one has settled",
        arm=_around(core, "next_step", _no_time_to_settle),
        scenario=_KEPT,
        claim="a payment stands credited that no line knows",
    ),
    Sabotage(
        name="what was refused was not done",
        arm=_around(cancel, "_is_kept", _not_looked_at),
        scenario=_REFUSED,
        claim="it cannot come right",
    ),
    Sabotage(
        name="a cancel that nobody saw end is forgotten once another is refused",
        arm=_around(_needs, "unseen_cancels", lambda real, *rest: []),
        scenario=KEPT_AND_LATE,
        claim="it cannot come right",
    ),
    Sabotage(
        name="the generation is reused",
        arm=_around(_completing, "new_generation", lambda real, link: attrs.evolve(real(link), gen=link.gen)),
        scenario=_KEPT,
        claim="",
    ),
)
