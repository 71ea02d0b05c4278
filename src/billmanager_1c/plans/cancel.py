"""Taking a payment back: its credit first, then the payment itself, and a reading after each that is not believed."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..api import CancelPayment, DeletePayment, EditPayment, ReadPayment, UncreditPayment
from ..errors import (
    AccessDenied,
    BillManagerError,
    InvalidValue,
    LicenseProblem,
    LoginFailed,
    NotSaved,
    ObjectMissing,
    SlowDown,
)
from ..ledger import NOT_READ, Answer, Done, Failed, LinkState, Perform, Refused, Target, Trouble, find_mark
from ..models import Payment, PaymentChanges, PaymentId, PaymentStatus, QuarantineCode
from .answers import in_doubt, is_about_right, is_payment
from .effects import Plan, Send, ask
from .run import Run
from .shown import changed_by_person, changes_to, differences, is_ours, person_changed, stands_as


def cancel(step: Perform, run: Run) -> Plan[Answer]:
    """Take a payment back, whatever it is by now, unless a person had hands on it."""
    payment_id, send_by = step.attempt.payment_id, step.attempt.send_by
    assert payment_id is not None
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return Done()
    if shown.status == PaymentStatus.CREDITED:
        foreign = _is_paid_by_its_client(step, shown) or person_changed(shown, _ours(step))
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
            kept = yield from in_doubt(_is_kept(payment_id, error), run)
            if kept is not None:
                return kept
    elif shown.status in (PaymentStatus.AWAITS_REFUND, PaymentStatus.REFUNDED, PaymentStatus.FRAUD):
        return changed_by_person(payment_id, f"its status is {shown.status}")
    elif not is_ours(shown, step.known):
        return changed_by_person(payment_id, "it is not the one we made")
    elif step.guess and find_mark(shown.mark) is None:
        return Done()  # nothing of ours is on it, and nobody knows whose it is: it stays, unpaid
    if step.bill:
        return (yield from in_doubt(_give_back(step, shown, run), run))
    return (yield from in_doubt(_remove(payment_id, send_by), run))


def _ours(step: Perform) -> tuple[Target, ...]:
    """Return what we may have credited. What a bill was before it was ours, its client may have paid himself."""
    if step.before is None:
        return ()
    return (step.before, *step.link.history, *(one for one in step.known if find_mark(one.mark) or not step.bill))


def _is_paid_by_its_client(step: Perform, shown: Payment) -> Refused | None:
    if not step.bill or shown.mark is None or find_mark(shown.mark):
        return None
    if step.before is not None and not find_mark(step.before.mark):
        return None  # a person saw it so, and had it tried again
    return Refused(
        state=LinkState.REMOTE_CHANGED,
        code=QuarantineCode.REMOTE_CHANGED,
        reason=f"Bill {shown.id} is credited and has our mark no more: its client may have paid it himself. dismiss() "
        "leaves it to him; retry() takes it for this line's money, and so takes it back where 1C wants none.",
    )


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
    right_is_missing = isinstance(error, AccessDenied) and is_about_right(error)
    if right_is_missing:
        advice = "the employee may lack the right, or its money is spent. Give the right, or settle it by hand."
    return Refused(
        code=QuarantineCode.CANCEL_REFUSED,
        reason=f"BILLmanager does not take back payment {payment_id}; {advice} ({error.message})",
        final=not right_is_missing,
    )


def _give_back(step: Perform, shown: Payment, run: Run) -> Plan[Answer]:
    """Leave the client's own bill as it was: unpaid, of his sum and purpose, and without our mark.

    A date that it did not show before stays: no page says how one is emptied, and of an unpaid bill it says nothing.
    """
    payment_id = shown.id
    changes = _as_it_was(step, shown)
    try:
        yield from ask(Send(EditPayment(id=payment_id, changes=changes), send_by=step.attempt.send_by))
    except InvalidValue:  # one field that is refused must not keep our mark on it
        bare = PaymentChanges(mark=changes.mark)
        yield from ask(Send(EditPayment(id=payment_id, changes=bare), send_by=step.attempt.send_by))
    shown = yield from ask(Send(ReadPayment(id=payment_id)))
    if shown.status == PaymentStatus.CREDITED:
        reason = f"BILLmanager said that bill {payment_id} is unpaid again and still shows it as credited."
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
    left = ["mark"] if find_mark(shown.mark) else []
    if step.original is not None:
        left = [name for name in differences(shown, step.original) if getattr(changes, name) is not None]
    if left:
        run.warnings.append(
            f"Bill {payment_id} was given back to its client, and BILLmanager still shows our {', '.join(left)} on it. "
            "Correct it by hand, and check the employee's rights on fields with diagnose()."
        )
    return Done()


def _as_it_was(step: Perform, shown: Payment) -> PaymentChanges:
    """Return what takes ours off a bill. What its client made of it since, or is paying now, is left as it is."""
    original = step.original
    if original is None or shown.status not in (PaymentStatus.NEW, PaymentStatus.CREDITED):
        return PaymentChanges(mark="" if original is None else original.mark)
    ours = [differences(shown, target) for target in step.known if find_mark(target.mark)]
    changed = {
        name: value
        for name, value in attrs.asdict(changes_to(stands_as(shown, original), original)).items()
        if value is not None and value != NOT_READ and any(name not in others for others in ours)
    }
    return PaymentChanges(**{**changed, "mark": original.mark})


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
