"""A worker of the model: the production plans, stopped between any two of their effects.

A generator can be neither copied nor put into a set. What a worker is about to do follows from the step that the core
gave him and from the replies that he has had since, so these are his state, and the plan is run again up to there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from types import SimpleNamespace
from typing import Any, NamedTuple

from model_bank import SUBACCOUNTS, Reply, Request, meaning, request_of
from model_core import Core, terms
from model_papers import REF

from billmanager_1c.errors import BillManager1CError, FieldsDropped
from billmanager_1c.ledger import Dossier, Look, LookBack, Perform
from billmanager_1c.plans.effects import Consult, Plan, Send, Walk
from billmanager_1c.plans.look import look, read_again
from billmanager_1c.plans.perform import perform
from billmanager_1c.plans.run import Reference, Run

_SUBACCOUNTS = {subaccount.id: subaccount for subaccount in SUBACCOUNTS.values()}


class Worker(NamedTuple):
    """Where a worker stands."""

    step: int
    #: what was read from 1C when the step was given, and whether 1C still says so
    paper: str
    newest: bool
    #: since the step was given
    replies: tuple[Reply, ...]
    #: what his run has found out
    high_water: int
    proven: bool
    stopped: bool


class Write(NamedTuple):
    """He is about to send a request that changes something."""

    request: Request


class Read(NamedTuple):
    """He is about to ask for something that changes nothing."""

    effect: Send[Any] | Walk[Any] | Consult[Any]


class Tell(NamedTuple):
    """He is about to tell the core how it went."""

    answer: Any
    high_water: int
    proven: bool
    stopped: bool


class Broken(NamedTuple):
    """He cannot go on: the plan was asked for something that cannot be."""

    problem: str


Next = Write | Read | Tell | Broken


class Workers:
    """Runs the plans; each point of them once."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._next: dict[Hashable, Next] = {}

    def next_of(self, worker: Worker) -> Next:
        """Say what a worker does next."""
        key = (worker.step, worker.replies, worker.high_water, worker.proven, worker.stopped)
        found = self._next.get(key)
        if found is None:
            found = self._next[key] = self._run(worker)
        return found

    def _run(self, worker: Worker) -> Next:
        run = Run(
            terms=terms(""),
            export_from=dt.date(2026, 11, 1),
            reference=Reference(subaccounts=_SUBACCOUNTS),
            high_water=worker.high_water,
            proven=worker.proven,
            fatal=FieldsDropped("stopped") if worker.stopped else None,
        )
        plan = self._plan(worker, run)
        try:
            effect = next(plan)
            for reply in worker.replies:
                value = meaning(reply)
                effect = plan.throw(value) if isinstance(value, BillManager1CError) else plan.send(value)
        except StopIteration as end:
            return Tell(end.value, run.high_water, run.proven, run.fatal is not None)
        except AssertionError:
            return Broken("a plan was asked for something that cannot be")
        match effect:
            case Send(operation=operation) if operation.writes:
                return Write(request_of(operation, self._attempt_of(worker)))
            case Send() | Walk() | Consult():
                return Read(effect)
        raise TypeError(f"the model cannot do {effect}")

    def _attempt_of(self, worker: Worker) -> str:
        step = self._core.steps[worker.step]
        if not isinstance(step, Perform):
            raise TypeError(f"{step} is to change nothing")
        return step.attempt.id

    def _plan(self, worker: Worker, run: Run) -> Plan[Any]:
        step = self._core.steps[worker.step]
        match step:
            case Perform():
                return perform(step, run)
            case Look():
                return look(step, run)
            case LookBack():
                return read_again(step)
        raise TypeError(f"{step} is no work")


def consult(effect: Consult[Any], dossier: Dossier) -> Reply:
    """Answer a question to the store, of which the plans ask only who holds a payment."""
    held = {
        id: (REF, link.contract_id)
        for link in dossier.links.values()
        for id in (link.payment_id, link.lingering_id)
        if id is not None
    }
    store: Any = SimpleNamespace(holders=lambda ids: {id: held[id] for id in ids if id in held})
    return ("holders", frozenset(effect.question(store)))
