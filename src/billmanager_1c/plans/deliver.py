"""One document, delivered: the core says what to do, this does it and tells the core how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from ..errors import PaymentTaken
from ..ledger import (
    Answer,
    AttemptOp,
    Done,
    Dossier,
    Failed,
    Finding,
    Finished,
    Link,
    LinkState,
    Look,
    LookBack,
    Looked,
    Moved,
    Perform,
    Step,
    Tick,
    Trouble,
    Verdict,
    Want,
    amount_of,
    look_back,
    proceed,
    start,
)
from ..models import ContractId, DocumentRef
from ..reports import Action, Outcome
from .effects import Consult, Plan, Transact, ask
from .look import look, read_again
from .perform import perform
from .prepare import load_payers
from .resolve import accounts_of, resolve
from .run import Run

TURNS = 5
"""How often a document that changes while it is being delivered is resolved again in one run."""


_MOVED = "the document changed in 1C meanwhile; it will be tried again"


def deliver(ref: DocumentRef, run: Run) -> Plan[list[Outcome]]:
    """Bring BILLmanager into agreement with one document, as far as it can be done now."""
    done: dict[ContractId, Action] = {}
    for _ in range(TURNS):
        dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
        record = dossier.record
        if record is None:
            return []
        if record.wanted and record.code is None:
            for account_id in sorted(accounts_of(record.document, run)):
                if account_id not in run.reference.payers:
                    yield from load_payers(run, account_id)
        wants = resolve(dossier, run)
        turn = _Turn(run, wants, record.observed_rev, done)
        step = yield from turn.work(ref)
        if isinstance(step, Finished):
            return summarize(step.dossier, done, busy=step.busy)
    dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
    return summarize(dossier, done, reason=_MOVED)


@attrs.frozen
class _Turn:
    """One resolution of a document, and the steps that follow from it."""

    run: Run
    wants: Mapping[ContractId, Want]
    revision: int
    done: dict[ContractId, Action]

    def work(self, ref: DocumentRef) -> Plan[Moved | Finished]:
        terms, run = self.run.terms, self.run

        def begin(dossier: Dossier, tick: Tick) -> Verdict[Step]:
            return start(dossier, self.wants, self.revision, terms, tick, now_or_never=run.now_or_never)

        step = yield from ask(Transact(ref, begin))
        while True:
            match step:
                case Perform():
                    answer = yield from perform(step, run)
                    step = yield from self._tell(ref, step, answer)
                case Look():
                    answer = yield from look(step, run)
                    step = yield from self._tell(ref, step, answer)
                case LookBack():
                    step = yield from self._look_back(ref, step)
                case Moved() | Finished():
                    return step

    def _tell(self, ref: DocumentRef, step: Perform | Look, answer: Answer) -> Plan[Step]:
        attempt = step.attempt

        def decide(answer: Answer) -> Callable[[Dossier, Tick], Verdict[Step]]:
            return lambda dossier, tick: proceed(
                dossier, attempt, answer, self.wants, self.revision, self.run.terms, tick
            )

        try:
            next_step = yield from ask(Transact(ref, decide(answer)))
        except PaymentTaken as error:
            taken = Failed(trouble=Trouble.UNKNOWN, reason=error.message)
            return (yield from ask(Transact(ref, decide(taken))))
        self._note(step.link, attempt.op, answer)
        return next_step

    def _note(self, link: Link, op: AttemptOp, answer: Answer) -> None:
        looked = isinstance(answer, Looked) and answer.finding is Finding.TOOK_EFFECT
        if not (looked or isinstance(answer, Done)):
            return
        if op is AttemptOp.CREDIT:
            self.done[link.contract_id] = Action.EXPORTED
        elif op is AttemptOp.UPDATE and self.done.get(link.contract_id) is not Action.EXPORTED:
            self.done[link.contract_id] = Action.UPDATED
        elif op is AttemptOp.CANCEL:
            self.done[link.contract_id] = Action.CANCELLED

    def _look_back(self, ref: DocumentRef, step: LookBack) -> Plan[Step]:
        seen = yield from read_again(step)
        if seen is None:  # it could not be read; another run will
            dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
            return Finished(dossier=dossier, busy=True)

        def decide(dossier: Dossier, tick: Tick) -> Verdict[Step]:
            return look_back(dossier, seen, self.wants, self.revision, self.run.terms, tick)

        return (yield from ask(Transact(ref, decide)))


def summarize(
    dossier: Dossier, done: Mapping[ContractId, Action], *, busy: bool = False, reason: str = ""
) -> list[Outcome]:
    """Say in the words of a report how each line of a document ended."""
    record = dossier.record
    assert record is not None
    outcomes = []
    for link in dossier.links.values():
        action = _action(link, record.observed_rev, done.get(link.contract_id), busy=busy)
        if action is None:
            continue
        why = reason or link.reason
        if action is Action.POSTPONED and busy:
            why = "another worker has this document; it will be looked at again"
        outcomes.append(
            Outcome(
                ref=dossier.ref,
                contract_id=link.contract_id,
                action=action,
                payment_id=link.payment_id,
                amount=link.applied.amount if link.applied else amount_of(record, link.contract_id),
                currency=record.document.currency,
                number=record.document.number.strip(),
                date=record.document.date,
                code=link.code if action is Action.QUARANTINED else None,
                reason=why,
            )
        )
    return outcomes


def _action(link: Link, revision: int, done: Action | None, *, busy: bool) -> Action | None:
    if link.state in (LinkState.QUARANTINED, *_FOR_PEOPLE):
        return Action.QUARANTINED
    if busy:
        return Action.POSTPONED
    if link.state is LinkState.SYNCED and link.applied_rev >= revision:
        return done or Action.UNCHANGED
    if link.state is LinkState.ABSENT:
        if link.lingering_id is not None or done is not None:
            return done or Action.UNCHANGED
        # A contract that left the document is no line of it any more.
        return Action.SKIPPED if link.gen == 1 else None
    return Action.POSTPONED


_FOR_PEOPLE = (LinkState.REMOTE_MISSING, LinkState.REMOTE_CHANGED, LinkState.DUPLICATE_FOUND, LinkState.HELD)
