"""One document, delivered: the core says what to do, this does it and tells the core how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from ..errors import BillManagerError, PaymentTaken, WireError
from ..ledger import (
    Answer,
    AttemptOp,
    Done,
    Dossier,
    Failed,
    Finding,
    Finished,
    Link,
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
    look_back,
    proceed,
    start,
)
from ..models import ContractId, DocumentRef
from ..reports import Action, Outcome
from .answers import explain
from .bills import take_bills
from .doubts import make_sure_of_sisters
from .effects import Consult, Plan, Transact, ask
from .look import look, read_again
from .outcomes import note_done, summarize
from .perform import perform
from .prepare import load_payers
from .resolve import accounts_of, resolve
from .run import Run
from .twins import check_twins, suspect

TURNS = 5
"""How often a document that changes while it is being delivered is resolved again in one run."""


_MOVED_ON = "the document has moved on since the plan was made; make a new plan"
_MOVED = "the document changed in 1C meanwhile; it will be tried again"


def deliver(ref: DocumentRef, run: Run) -> Plan[list[Outcome]]:
    """Bring BILLmanager into agreement with one document, as far as it can be done now."""
    if run.is_over:
        return []
    done: dict[ContractId, Action] = {}
    for _ in range(TURNS):
        dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
        record = dossier.record
        if record is None:
            return []
        if run.only is not None and run.only.get(ref) != record.digest:
            return summarize(dossier, done, reason=_MOVED_ON)
        try:
            resolved = yield from _resolve(dossier, run)
            wants = yield from make_sure_of_sisters(run, dossier, resolved)
        except (WireError, BillManagerError) as error:
            explain(error, run)
            return summarize(dossier, done, reason=error.message)
        turn = _Turn(run, wants, record.observed_rev, done)
        step = yield from turn.work(ref)
        if isinstance(step, Finished):
            return summarize(step.dossier, done, busy=step.busy)
    dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
    return summarize(dossier, done, reason=_MOVED)


def _resolve(dossier: Dossier, run: Run) -> Plan[dict[ContractId, Want]]:
    """Find out what should stand in BILLmanager, with what must be read for it."""
    record = dossier.record
    assert record is not None
    if record.wanted and record.code is None:
        for account_id in sorted(accounts_of(record.document, run)):
            if account_id not in run.reference.payers:
                yield from load_payers(run, account_id)
    yield from check_twins(run, [dossier])
    wants = suspect(run, dossier, resolve(dossier, run))
    return (yield from take_bills(run, dossier, wants))


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
        note_done(self.done, link.contract_id, op)

    def _look_back(self, ref: DocumentRef, step: LookBack) -> Plan[Step]:
        seen = yield from read_again(step)
        if seen is None:  # it could not be read; another run will
            dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
            return Finished(dossier=dossier, busy=True)

        def decide(dossier: Dossier, tick: Tick) -> Verdict[Step]:
            return look_back(dossier, seen, self.wants, self.revision, self.run.terms, tick)

        return (yield from ask(Transact(ref, decide)))
