"""The writes, each by what it is for. What BILLmanager answers becomes an answer to the core."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar, assert_never

import attrs

from ..api import CancelPayment, CreatePayment, DeletePayment, EditPayment, ReadPayment, SetPaid, UncreditPayment
from ..errors import (
    AccessDenied,
    BillManager1CError,
    BillManagerError,
    BreakerTripped,
    FieldsDropped,
    LicenseProblem,
    LoginFailed,
    NotSaved,
    NotSent,
    ObjectExists,
    ObjectMissing,
    PaymentAlreadyMade,
    RefusedByBillManager,
    Repeat,
    SessionExpired,
    SlowDown,
    UnknownFunction,
    WireError,
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
    find_mark,
)
from ..models import NewPayment, Payment, PaymentChanges, PaymentId, PaymentStatus, QuarantineCode
from .effects import Plan, Send, ask
from .run import Run
from .shown import INERT, OVER, changed_by_person, differences, is_ours, person_changed, stands_as


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
                answer = yield from _cancel(step, run)
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


def explain(error: BillManager1CError, run: Run, *, created: bool = True) -> Answer:
    """Turn an exception of a client into an answer to the core; what concerns the whole run is told to the run."""
    if isinstance(error, WireError):
        run.silence += 1
        if error.repeat is Repeat.NEVER:
            run.fatal = error
        trouble = Trouble.NOT_SENT if isinstance(error, NotSent) else Trouble.UNKNOWN
        return Failed(trouble=trouble, reason=error.message)
    if isinstance(error, SlowDown | LicenseProblem | SessionExpired):
        run.silence += 1
        return Failed(trouble=Trouble.LATER, reason=error.message)
    if isinstance(error, AccessDenied) and not _is_about_right(error):
        return Refused(reason=error.message)
    if isinstance(error, LoginFailed | AccessDenied | UnknownFunction):
        run.fatal = error
        return Failed(trouble=Trouble.LATER, reason=error.message)
    if isinstance(error, NotSaved):
        # A form came back. It may be the answer to the reading before, and the write may have been done.
        return Failed(trouble=Trouble.UNKNOWN, reason=error.message)
    if isinstance(error, PaymentAlreadyMade) or (isinstance(error, ObjectExists) and not created):
        # Which of the two is answered to a number that is known is assumed (billmanager-api.md §8, 24).
        return Failed(trouble=Trouble.EXISTS, reason=error.message)
    if isinstance(error, ObjectMissing) and created and is_payment(error):
        note_vanished(run)
        return Refused(
            state=LinkState.REMOTE_MISSING,
            code=QuarantineCode.REMOTE_MISSING,
            reason=f"Somebody deleted our payment in BILLmanager. Decide what to do with it. ({error.message})",
        )
    if isinstance(error, BillManagerError):
        return Refused(reason=error.message)
    raise error


_NO_PAYMENT = frozenset(
    {
        *("profile", "paymethod", "company", "account", "project", "subaccount", "currency"),
        *("sender", "recipient"),  # so the form of a payment calls payer and company
    }
)


def is_payment(error: ObjectMissing) -> bool:
    """Say whether it is the payment that is missing, and not something that it was to refer to."""
    return error.object not in _NO_PAYMENT


def _is_about_right(error: AccessDenied) -> bool:
    """Say whether a right is missing: the same type is said of one client's object too (billmanager-api.md §8, 23)."""
    return error.object not in {*_NO_PAYMENT, "payment"}


def note_vanished(run: Run) -> None:
    """Count a payment of ours that somebody else deleted; many at once stop the run."""
    run.vanished += 1
    if run.fatal is None and run.breaker is not None and run.breaker.trips(run.vanished, run.linked):
        run.fatal = BreakerTripped(
            f"{run.vanished} of our payments are gone from BILLmanager, and it was not us: it may have been restored "
            "from a backup. Find out; then have them made again with engine.retry(ref)."
        )


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
    return (yield from _in_doubt(_prove(payment_id, target, run, step.attempt.started_at), run))


def _prove(payment_id: PaymentId, target: Target, run: Run, at: datetime) -> Plan[Answer]:
    """Read the first payment of a run back after its credit."""
    shown = yield from ask(Send(ReadPayment(id=payment_id)))
    if shown.status != PaymentStatus.CREDITED:
        reason = f"BILLmanager said that payment {payment_id} is credited and shows status {shown.status}."
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
    run.proven = True
    run.today = run.today or (shown.created_at.date() if shown.created_at else None) or at.date()
    # A day that is near may be the one on which it was credited: midnight may lie between, or clocks disagree.
    run.days_kept += abs(target.paid_on - run.today) > timedelta(days=1) and shown.paid_on == target.paid_on
    dropped = [field for field in differences(shown, target) if field != "paid_on"]
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


_R = TypeVar("_R", bound=Answer | None)


def _in_doubt(rest: Plan[_R], run: Run) -> Plan[_R | Failed]:
    """Go on after a write: trouble from here on leaves the end unknown, whatever it says of the last call."""
    try:
        return (yield from rest)
    except ObjectMissing:
        raise
    except BillManager1CError as error:
        said = explain(error, run)
        reason = said.reason if isinstance(said, Failed | Refused) else error.message
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)


def _update(step: Perform, run: Run) -> Plan[Answer]:
    before = step.before
    assert before is not None
    if before.paid_on == NOT_READ and not step.resumed:  # credited a moment ago, and not read back
        yield from _edit(step, before)
        return (yield from _in_doubt(_complete(step), run))
    shown = yield from read_or_unpaid(step)
    if isinstance(shown, Looked):
        return shown
    foreign = person_changed(shown, (before, *step.link.history, *step.known, _target(step)))
    if foreign:
        return foreign
    yield from _edit(step, stands_as(shown, before))  # a field that was dropped once is written again
    return (yield from _in_doubt(_confirm(step), run))


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
    left = differences(shown, target)
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
    left = differences(shown, target)
    if left:
        return Refused(
            reason=f"BILLmanager accepted the change of payment {payment_id} and still shows another "
            f"{', '.join(left)}. Check the employee's field rights.",
            partly=True,
        )
    return Done()


def _cancel(step: Perform, run: Run) -> Plan[Answer]:
    payment_id, send_by = _payment_id(step), step.attempt.send_by
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return Done()
    if shown.status == PaymentStatus.CREDITED:
        foreign = person_changed(shown, (step.before, *step.link.history, *step.known) if step.before else ())
        if foreign:
            return foreign
        try:
            yield from ask(Send(UncreditPayment(id=payment_id), send_by=send_by))
        except ObjectMissing as error:
            if not is_payment(error):
                raise
            return Done()  # another worker, whom we took it over from, was faster
        except (LoginFailed, SlowDown, LicenseProblem, NotSaved):
            raise
        except BillManagerError as error:
            # It may be the error of a handler that runs after the change (billmanager-api.md, D14).
            kept = yield from _in_doubt(_is_kept(payment_id, error), run)
            if kept is not None:
                return kept
    elif shown.status in (PaymentStatus.AWAITS_REFUND, PaymentStatus.REFUNDED, PaymentStatus.FRAUD):
        return changed_by_person(payment_id, f"its status is {shown.status}")
    elif not is_ours(shown, step.known):
        return changed_by_person(payment_id, "it is not the one we made")
    elif step.guess and find_mark(shown.mark) is None:
        return Done()  # nothing of ours is on it, and nobody knows whose it is: it stays, unpaid
    if step.bill:
        return (yield from _in_doubt(_give_back(payment_id, send_by), run))
    return (yield from _in_doubt(_remove(payment_id, send_by), run))


def _is_kept(payment_id: PaymentId, error: BillManagerError) -> Plan[Answer | None]:
    """Read a payment whose credit was not to be taken back; None where it was, all the same."""
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return Done()
    return _not_taken_back(payment_id, error) if shown.status == PaymentStatus.CREDITED else None


def _not_taken_back(payment_id: PaymentId, error: BillManagerError) -> Refused:
    """Leave a credit that BILLmanager keeps to a person.

    A missing right is refused like this too (billmanager-api.md §8, 27: the type is assumed). It is no reason to keep
    other clients waiting, and once the right is there the line is to go on by itself.
    """
    advice = "its money may be spent. Settle it with the client by hand."
    right_is_missing = isinstance(error, AccessDenied) and _is_about_right(error)
    if right_is_missing:
        advice = "the employee may lack the right, or its money is spent. Give the right, or settle it by hand."
    return Refused(
        code=QuarantineCode.CANCEL_REFUSED,
        reason=f"BILLmanager does not take back payment {payment_id}; {advice} ({error.message})",
        final=not right_is_missing,
    )


def _give_back(payment_id: PaymentId, send_by: datetime) -> Plan[Answer]:
    """Leave the client's own bill as it was: unpaid, and without our mark."""
    yield from ask(Send(EditPayment(id=payment_id, changes=PaymentChanges(mark="")), send_by=send_by))
    shown = yield from ask(Send(ReadPayment(id=payment_id)))
    if shown.status == PaymentStatus.CREDITED:
        reason = f"BILLmanager said that bill {payment_id} is unpaid again and still shows it as credited."
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
    return Done()


def _remove(payment_id: PaymentId, send_by: datetime) -> Plan[Answer]:
    """Delete a payment that has no money any more; where that is refused, mark it as cancelled."""
    try:
        yield from ask(Send(DeletePayment(ids=(payment_id,)), send_by=send_by))
    except ObjectMissing:
        return Done()
    except (LoginFailed, SlowDown, LicenseProblem, NotSaved):
        raise
    except BillManagerError:  # also where the right to delete is missing: the money is taken back already
        yield from ask(Send(CancelPayment(id=payment_id), send_by=send_by))
    return (yield from _after_cancel(payment_id))


def _after_cancel(payment_id: PaymentId) -> Plan[Answer]:
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return Done()
    if shown.status in (PaymentStatus.CANCELLED, PaymentStatus.BEING_DELETED):
        return Done(lingers=True)
    if shown.status == PaymentStatus.CREDITED:
        return Refused(
            code=QuarantineCode.CANCEL_REFUSED,
            reason=f"BILLmanager accepted that payment {payment_id} is taken back, and still shows it as credited. "
            "Check the employee's right to the field status, or settle it by hand.",
            partly=True,
        )
    reason = f"BILLmanager accepted the end of payment {payment_id} and still shows it with status {shown.status}."
    return Failed(trouble=Trouble.UNKNOWN, reason=reason)


def changes_to(before: Target | None, target: Target) -> PaymentChanges:
    """Return the fields in which two targets differ; all of them where nothing is known of the first."""

    def new(name: str) -> object:
        value = getattr(target, name)
        return value if before is None or getattr(before, name) != value else None

    return PaymentChanges(
        **{name: new(name) for name in _EDITABLE}  # type: ignore[arg-type]
    )


_EDITABLE = (
    "amount",
    "payer_id",
    "company_id",
    "method_id",
    "paid_on",
    "document_number",
    "document_date",
    "description",
    "mark",
)


def _target(step: Perform) -> Target:
    assert step.attempt.target is not None
    return step.attempt.target


def _payment_id(step: Perform) -> PaymentId:
    assert step.attempt.payment_id is not None
    return step.attempt.payment_id
