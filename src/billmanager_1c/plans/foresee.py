"""What the next export would do. To be driven over a store that keeps nothing and a client that sends no write."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..api import CreatePayment, Dialect, EditPayment, Operation, SetPaid, UncreditPayment
from ..errors import BillManager1CError
from ..ledger import AttemptOp, Dossier, Link, LinkState, Target, Tick, Verdict, Want, amount_of, foresee, number_of
from ..matching import CompanyAnswer, MethodAnswer, PayerAnswer, Refusal, facts_of
from ..models import ContractId, DocumentRef
from ..ports.store import Store
from ..reports import Action, Choice, ExportPlan, Outcome, PlannedAction
from .bills import take_bills
from .effects import Consult, Now, Plan, Tell, Transact, Work, ask
from .export import collect_all, prepare_batch, raise_unless_passing
from .outcomes import Tally, outcomes_of, unread_outcomes
from .perform import new_payment
from .resolve import Resolved, resolve, resolve_line
from .run import Run
from .shown import changes_to
from .twins import suspect

_PAGE = 200


def make_plan(
    run: Run, dialect: Dialect, refs: Sequence[DocumentRef] | None = None, *, tally: Tally | None = None
) -> Plan[ExportPlan]:
    """Say for every line that would be looked at what would become of it; ``tally`` is told what reading 1C came to."""
    made_at = yield from ask(Now())
    problems: list[BillManager1CError] = []
    tally = Tally() if tally is None else tally
    yield from collect_all(run, refs, made_at, tally, problems)
    actions: list[PlannedAction] = []
    after = 0
    # Documents that are named are looked at though they need nothing: what was chosen for them is asked for, too.
    while page := (yield from ask(_open(after) if refs is None else _named(refs, after))):
        after = page[-1][0]
        dossiers = [dossier for _, dossier in page]
        try:
            yield from prepare_batch(run, dossiers, tally)
        except BillManager1CError as error:
            if any(dossier.is_open for dossier in dossiers):
                raise_unless_passing(error)
            problems.append(error)
            break
        yield from ask(Tell(what=Work.PLANNING, expected=len(dossiers)))
        for dossier in dossiers:
            actions += yield from _foresee_document(dossier.ref, run, dialect, tally)
            yield from ask(Tell(done=1))
    rested = (yield from ask(Consult(lambda store: tally.outcomes(store, run.terms.owner)))) if refs is not None else ()
    planned = {action.ref for action in actions}
    actions += [_as_it_ended(outcome) for outcome in rested if outcome.ref not in planned]
    return ExportPlan(
        made_at=made_at,
        actions=tuple(actions),
        problems=tuple(problem.message for problem in problems),
        warnings=tuple(run.warnings),
    )


def _as_it_ended(outcome: Outcome) -> PlannedAction:
    return PlannedAction(
        ref=outcome.ref,
        contract_id=outcome.contract_id or ContractId(""),
        action=outcome.action,
        payment_id=outcome.payment_id,
        amount=outcome.amount,
        currency=outcome.currency,
        number=outcome.number,
        date=outcome.date,
        code=outcome.code,
        reason=outcome.reason,
    )


def _foresee_document(ref: DocumentRef, run: Run, dialect: Dialect, tally: Tally) -> Plan[list[PlannedAction]]:
    if ref in tally.unread:
        dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
        if not dossier.is_open:
            return []  # it is not known to be as it was
        if not tally.may_go_on(dossier):
            return [_as_it_ended(outcome) for outcome in unread_outcomes(dossier, tally.unread[ref])]
    return (yield from _foresee(ref, run, dialect))


def _foresee(ref: DocumentRef, run: Run, dialect: Dialect) -> Plan[list[PlannedAction]]:
    dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
    if dossier.record is None:
        return []
    wants = yield from take_bills(run, dossier, suspect(run, dossier, resolve(dossier, run)))

    def decide(dossier: Dossier, tick: Tick) -> Verdict[list[tuple[Link, AttemptOp | None, Want]]]:
        return Verdict(dossier, foresee(dossier, wants, run.terms, tick))

    lines = yield from ask(Transact(ref, decide))
    planned = [_planned(dossier, link, op, want, dialect, run) for link, op, want in lines]
    return [action for action in planned if action is not None]


def _planned(
    dossier: Dossier, link: Link, op: AttemptOp | None, want: Want, dialect: Dialect, run: Run
) -> PlannedAction | None:
    record = dossier.record
    assert record is not None
    action, reason = _action(link, op, record.observed_rev)
    if action is None:
        rested = [one for one in outcomes_of(dossier, {}) if one.contract_id == link.contract_id]
        if not rested:
            return None
        action, reason = rested[0].action, rested[0].reason
    named = any(line.contract and line.contract.id == link.contract_id for line in record.document.lines)
    resolved = resolve_line(record.document, link.contract_id, run) if record.wanted and named else None
    operation = _operation(link, op, want) if action in (Action.EXPORTED, Action.UPDATED, Action.CANCELLED) else None
    call = None if operation is None else operation.call(dialect)
    return PlannedAction(
        ref=dossier.ref,
        contract_id=link.contract_id,
        action=action,
        request={} if call is None else {"func": call.func, **call.params},
        payment_id=link.payment_id,
        amount=amount_of(record, link.contract_id) or (link.applied.amount if link.applied else Decimal(0)),
        currency=record.document.currency,
        number=record.document.number.strip(),
        date=record.document.date,
        code=link.code if action is Action.QUARANTINED else None,
        reason=reason,
        subaccount_id=resolved.subaccount.id if resolved and resolved.subaccount else None,
        choices=_choices(resolved) if resolved else (),
        digest=record.digest,
    )


def _choices(resolved: Resolved) -> tuple[Choice, ...]:
    answers = (("company", resolved.company), ("payer", resolved.payer), ("method", resolved.method))
    return tuple(_choice(what, answer) for what, answer in answers if answer is not None)


def _choice(what: str, answer: CompanyAnswer | PayerAnswer | MethodAnswer) -> Choice:
    lost = facts_of(answer.lost)
    if isinstance(answer, Refusal):
        return Choice(what=what, id=None, rule="", sentence=answer.message, lost=lost or answer.facts)
    return Choice(
        what=what,
        id=getattr(answer, what).id,
        rule=answer.rule.value,
        sentence=answer.sentence,
        lost=lost,
        notes=answer.notes,
    )


def _action(link: Link, op: AttemptOp | None, revision: int) -> tuple[Action | None, str]:
    if link.state is LinkState.QUARANTINED or link.state.waits_for_person:
        return Action.QUARANTINED, link.reason
    match op:
        case AttemptOp.CREATE | AttemptOp.WRITE | AttemptOp.CREDIT:
            return Action.EXPORTED, link.reason
        case AttemptOp.UPDATE:
            return Action.UPDATED, link.reason
        case AttemptOp.CANCEL:
            return Action.CANCELLED, link.reason or "1C no longer shows this money"
        case _:
            if link.state.is_unknown or link.state.is_intent or link.lingering_id is not None:
                return Action.POSTPONED, link.reason or "the end of its last write is looked for first"
            return None, ""


def _operation(link: Link, op: AttemptOp | None, want: Want) -> Operation[object] | None:
    if op is AttemptOp.CREATE and isinstance(want, Target):
        return CreatePayment(payment=new_payment(want, link.random_number or number_of(want.mark)))
    if op is AttemptOp.CANCEL and link.payment_id is not None:
        return UncreditPayment(id=link.payment_id)
    if op is AttemptOp.CREDIT and link.payment_id is not None:
        return SetPaid(id=link.payment_id)
    if isinstance(want, Target) and link.payment_id is not None and link.applied != want:
        return EditPayment(id=link.payment_id, changes=changes_to(link.applied or link.written, want))
    return None


def _named(refs: Sequence[DocumentRef], after: int) -> Consult[list[tuple[int, Dossier]]]:
    def question(store: Store) -> list[tuple[int, Dossier]]:
        page = [(after + place, store.dossier(ref)) for place, ref in enumerate(refs[after : after + _PAGE], start=1)]
        return [(place, dossier) for place, dossier in page if dossier.record is not None]

    return Consult(question)


def _open(after: int) -> Consult[list[tuple[int, Dossier]]]:
    def question(store: Store) -> list[tuple[int, Dossier]]:
        return [(place, store.dossier(ref)) for place, ref in store.open_documents(after=after, limit=_PAGE)]

    return Consult(question)
