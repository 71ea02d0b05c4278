"""The writes, each by what it is for. What BILLmanager answers becomes an answer to the core."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

import attrs

from ..api import CreatePayment, EditPayment, ReadPayment, SetPaid
from ..errors import (
    AccessDenied,
    BillManager1CError,
    FieldsDropped,
    ObjectMissing,
    RefusedByBillManager,
)
from ..ledger import (
    NOT_READ,
    Answer,
    AttemptOp,
    Done,
    Failed,
    Finding,
    LinkState,
    Look,
    Looked,
    Perform,
    Refused,
    Target,
    Trouble,
)
from ..models import NewPayment, Payment, PaymentId, PaymentStatus
from .answers import explain, in_doubt, is_payment
from .cancel import cancel
from .effects import Plan, Send, ask
from .run import Run
from .shown import (
    INERT,
    OVER,
    changed_by_person,
    changes_to,
    differences,
    is_ours,
    not_shown,
    person_changed,
    stands_as,
)


def perform(step: Perform, run: Run) -> Plan[Answer]:
    """Make the write that the core has made durable, and say how it went."""
    if run.fatal is not None:
        return Failed(trouble=Trouble.NOT_SENT, reason=f"The run was stopped. {run.fatal.message}")
    try:
        match step.attempt.op:
            case AttemptOp.CREATE:
                answer = yield from _create(step, run)
            case AttemptOp.WRITE:
                answer = (yield from _seen_again(step)) or (yield from _write(step))
            case AttemptOp.CREDIT:
                answer = (yield from _seen_again(step)) or (yield from _credit(step, run))
            case AttemptOp.UPDATE:
                answer = yield from _update(step, run)
            case AttemptOp.CANCEL:
                answer = yield from cancel(step, run)
            case _:
                assert_never(step.attempt.op)
    except ObjectMissing as error:
        if step.attempt.op is AttemptOp.CANCEL:
            return Done()  # another worker, or an earlier request, was faster
        return explain(error, run, created=step.attempt.op is not AttemptOp.CREATE)
    except BillManager1CError as error:
        said = explain(error, run, created=step.attempt.op is not AttemptOp.CREATE)
        if step.attempt.op is AttemptOp.UPDATE and isinstance(said, Refused) and said.state is LinkState.QUARANTINED:
            said = attrs.evolve(said, partly=True)  # an error may be that of a handler that runs after the change
        return said
    run.silence = 0
    return answer


def new_payment(target: Target, random_number: str) -> NewPayment:
    """Return what is needed to create the inert payment."""
    return NewPayment(
        amount=target.amount,
        currency_id=target.currency_id,
        method_id=target.method_id,
        account_id=target.account_id,
        payer_id=target.payer_id,
        provider_id=target.provider_id,
        random_number=random_number,
    )


def _create(step: Perform, run: Run) -> Plan[Answer]:
    target = _target(step)
    payment = new_payment(target, step.attempt.random_number)
    payment_id = yield from ask(Send(CreatePayment(payment=payment), send_by=step.attempt.send_by))
    if payment_id <= step.attempt.high_water:
        reason = f"BILLmanager answered with payment {payment_id}, which existed before; the answer may be another's."
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
    run.high_water = max(run.high_water, payment_id)
    return Done(payment_id=payment_id)


def _seen_again(step: Perform) -> Plan[Answer | None]:
    """Read an inert payment of an earlier turn before anything is done to it; None where it is as we left it."""
    if not step.resumed:
        return None
    payment_id = _payment_id(step)
    shown = yield from ask(Send(ReadPayment(id=payment_id)))
    if shown.status == PaymentStatus.CREDITED:
        if step.may_be_credited and is_ours(shown, step.known):
            return Looked(
                finding=Finding.TOOK_EFFECT,
                payment_id=payment_id,
                created=stands_as(shown, _target(step)),
                credited=True,
                reason="an earlier credit of ours reached it late",
            )
        return changed_by_person(payment_id, "somebody credited it before we did")
    if shown.status not in INERT:
        return changed_by_person(payment_id, f"its status is {shown.status}")
    if not is_ours(shown, step.known):
        return changed_by_person(payment_id, "it is not the one we made")
    return None


def _write(step: Perform) -> Plan[Answer]:
    target = _target(step)
    changes = attrs.evolve(
        changes_to(step.before, target),
        company_id=target.company_id,
        paid_on=target.paid_on,
        document_number=target.document_number,
        document_date=target.document_date,
        description=target.description or None,
        mark=target.mark,
    )
    yield from ask(Send(EditPayment(id=_payment_id(step), changes=changes), send_by=step.attempt.send_by))
    return Done()


def _credit(step: Perform, run: Run) -> Plan[Answer]:
    payment_id, target = _payment_id(step), _target(step)
    yield from ask(Send(SetPaid(id=payment_id), send_by=step.attempt.send_by))
    # Of a payment of today nobody can tell whether crediting kept its day or made it.
    if run.proven and (run.date_proven or target.paid_on == run.today):
        return Done(shown_date=NOT_READ if run.credit_resets_date else None)
    return (yield from in_doubt(_prove(payment_id, target, run, step.attempt.started_at), run))


def _prove(payment_id: PaymentId, target: Target, run: Run, at: datetime) -> Plan[Answer]:
    """Read the first payment of a run back after its credit."""
    shown = yield from ask(Send(ReadPayment(id=payment_id)))
    if shown.status != PaymentStatus.CREDITED:
        reason = f"BILLmanager said that payment {payment_id} is credited and shows status {shown.status}."
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
    is_first, run.proven = not run.proven, True
    run.today = run.today or (shown.created_at.date() if shown.created_at else None) or at.date()
    # A day that is near may be the one on which it was credited: midnight may lie between, or clocks disagree.
    run.days_kept += abs(target.paid_on - run.today) > timedelta(days=1) and shown.paid_on == target.paid_on
    left = _left(shown, target)
    unseen = [name for name in not_shown(shown, target) if name not in left]
    if unseen and is_first:  # its form has no such field, or leaves it out because it is empty: nobody can tell
        lost = " Without marks a store that is lost cannot find its payments." if "mark" in unseen else ""
        run.warnings.append(
            f"BILLmanager's form of payment {payment_id} shows no {' and no '.join(unseen)}, though it was written: "
            "either this employee's form never shows it, or he may not write it and BILLmanager dropped it."
            f"{lost} Check the rights on fields with diagnose()."
        )
    dropped = [field for field in left if field != "paid_on"]
    if dropped:
        run.fatal = FieldsDropped(
            f"BILLmanager accepted payment {payment_id} and silently dropped {', '.join(dropped)}. "
            "Give the employee the right to write these fields, then run again."
        )
        # What it shows is what stands: the rest is written again, once the right is there.
        return Looked(
            finding=Finding.TOOK_EFFECT, payment_id=payment_id, created=stands_as(shown, target), credited=True
        )
    if shown.paid_on is not None and shown.paid_on != target.paid_on:
        run.credit_resets_date = True
        return Done(shown_date=shown.paid_on)
    return Done()


def _left(shown: Payment, target: Target) -> list[str]:
    """Name the fields that do not show what was written: another value, or none though the form shows the field."""
    left = differences(shown, target)
    # A text that is shown empty differs; a date that is shown empty is no date.
    return [*left, "document_date"] if shown.shows_no_document_date and target.document_date != NOT_READ else left


def _update(step: Perform, run: Run) -> Plan[Answer]:
    before = step.before
    assert before is not None
    if before.paid_on == NOT_READ and not step.resumed:  # credited a moment ago, and not read back
        yield from _edit(step, before)
        return (yield from in_doubt(_complete(step), run))
    shown = yield from read_or_unpaid(step)
    if isinstance(shown, Looked):
        return shown
    foreign = person_changed(shown, (before, *step.link.history, *step.known, _target(step)))
    if foreign:
        return foreign
    yield from _edit(step, stands_as(shown, before))  # a field that was dropped once is written again
    return (yield from in_doubt(_confirm(step), run))


def read_or_unpaid(step: Perform | Look) -> Plan[Payment | Looked]:
    """Read a payment that should be credited; where it is not, a late cancel of ours may have done it."""
    payment_id = step.attempt.payment_id
    assert payment_id is not None
    unpaid = Looked(
        finding=Finding.UNPAID,
        reason=f"payment {payment_id} is not paid any more: a cancel of ours reached it late",
    )
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing as error:
        if not (step.may_be_unpaid and is_payment(error)):
            raise
        return unpaid
    if step.may_be_unpaid and shown.status in INERT:
        return attrs.evolve(unpaid, payment_id=payment_id)
    return unpaid if step.may_be_unpaid and shown.status in OVER else shown


def _complete(step: Perform) -> Plan[Answer]:
    """Read a payment back for the first time; words that an earlier write dropped are written again, money is not."""
    target = _target(step)
    shown = yield from ask(Send(ReadPayment(id=_payment_id(step))))
    left = _left(shown, target)
    if not left:
        return Done()
    if _WORDS.issuperset(left):
        yield from _edit(step, stands_as(shown, target))
    return (yield from _confirm(step))


_WORDS = frozenset({"company_id", "paid_on", "document_number", "document_date", "description", "mark"})


def _edit(step: Perform, before: Target) -> Plan[None]:
    changes = changes_to(None if step.in_doubt else before, _target(step))
    if any(value is not None for value in attrs.astuple(changes)):
        try:
            yield from ask(Send(EditPayment(id=_payment_id(step), changes=changes), send_by=step.attempt.send_by))
        except AccessDenied as error:  # it may be said of money that is spent: other lines must not wait for it
            raise RefusedByBillManager(error.message, function=error.function, type=error.type) from error


def _confirm(step: Perform) -> Plan[Answer]:
    """Read a changed payment back."""
    payment_id, target = _payment_id(step), _target(step)
    shown = yield from ask(Send(ReadPayment(id=payment_id)))
    left = _left(shown, target)
    if left:
        return Refused(
            reason=f"BILLmanager accepted the change of payment {payment_id} and still shows another "
            f"{', '.join(left)}. Check the employee's field rights.",
            partly=True,
        )
    return Done()


def _target(step: Perform) -> Target:
    assert step.attempt.target is not None
    return step.attempt.target


def _payment_id(step: Perform) -> PaymentId:
    assert step.attempt.payment_id is not None
    return step.attempt.payment_id
