"""Finding out by reading what became of a write whose answer nobody could read (protocol.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from ..api import ListPayments, ReadPayment
from ..errors import BillManager1CError, ObjectMissing
from ..ledger import (
    ALIKE,
    Answer,
    Attempt,
    AttemptOp,
    Failed,
    Finding,
    Look,
    LookBack,
    Looked,
    LookedBack,
    Mark,
    Standing,
    Target,
    Trouble,
    find_mark,
)
from ..models import Payment, PaymentId, PaymentRow, PaymentStatus
from .answers import explain, note_vanished
from .effects import Consult, Now, Plan, Send, Walk, ask
from .perform import read_or_unpaid
from .run import Run
from .shown import (
    INERT,
    credited_subaccount,
    differences,
    person_changed,
    standing_of,
    stands_as,
    stands_for,
    surely_credits,
)


def look(step: Look, run: Run) -> Plan[Answer]:
    """Find out how an attempt ended. A look that fails says nothing."""
    try:
        if step.attempt.op is AttemptOp.CREATE:
            answer: Answer = yield from _look_for_created(step, run)
        else:
            answer = yield from _look_at(step)
            if isinstance(answer, Looked) and answer.finding is Finding.GONE:
                note_vanished(run)
    except BillManager1CError as error:
        explain(error, run)  # what concerns the whole run is told to the run
        return Failed(trouble=Trouble.UNKNOWN, reason=error.message)
    run.silence = 0
    return answer


def read_again(step: LookBack) -> Plan[LookedBack | None]:
    """Read a cancelled payment once more; None where it could not be read."""
    try:
        shown = yield from ask(Send(ReadPayment(id=step.payment_id)))
    except ObjectMissing:
        return LookedBack(contract_id=step.contract_id, credited=False)
    except BillManager1CError:
        return None
    return LookedBack(
        contract_id=step.contract_id, credited=shown.status == PaymentStatus.CREDITED, mark=shown.mark or ""
    )


def _found(shown: Payment, target: Target, row: PaymentRow, run: Run) -> Looked:
    """Say that the payment is there, and as what: it may have been made from another revision, or credited."""
    likely = run.reference.subaccounts.get(target.subaccount_id)
    subaccount = credited_subaccount(shown, row, likely, run)
    if standing_of(shown) is Standing.TAKEN_OUT:
        return attrs.evolve(_changed(shown), payment_id=shown.id)
    return Looked(
        finding=Finding.TOOK_EFFECT,
        payment_id=shown.id,
        created=stands_as(shown, target if subaccount is None else stands_for(shown, subaccount)),
        credited=shown.status == PaymentStatus.CREDITED,
        reason=f"found as payment {shown.id}",
    )


def _look_for_created(step: Look, run: Run) -> Plan[Answer]:
    attempt, target = step.attempt, step.attempt.target
    assert target is not None
    listing = ListPayments(payer_id=target.payer_id)
    if not attempt.number_taken:  # else it may have been made from another revision, by a store that was lost
        listing = attrs.evolve(listing, amount_from=target.amount, amount_to=target.amount)
    rows = yield from ask(Walk(listing))
    ids = sorted(row.id for row in rows if attempt.number_taken or _may_be(row, target))
    taken = yield from ask(Consult(lambda store: store.holders(ids)))
    alike: list[PaymentId] = []
    row_of = {row.id: row for row in rows}
    for payment_id in ids:
        if payment_id in taken or _is_of_another(run.marked.get(payment_id), target):
            continue
        # Where our number is taken, all payments of the payer are looked through: the old ones not for each line anew.
        shown = run.unmarked.get(payment_id) if payment_id <= attempt.high_water else None
        shown = shown or (yield from _read(payment_id, run))
        if shown is None:
            continue
        mark = find_mark(shown.mark)
        if str(mark) == target.mark or (shown.random_number and shown.random_number == attempt.random_number):
            if standing_of(shown) is Standing.GONE:
                continue  # cancelled: what it was is over
            return _found(shown, target, row_of[payment_id], run)
        # BILLmanager knows our number, so ours is there: perhaps made by another installation, and not marked yet. But
        # not one that was there before and whose number is shown, and empty: that is a client's own.
        is_new = payment_id > attempt.high_water
        possible = is_new or (attempt.number_taken and shown.random_number is None)
        if possible and mark is None and not shown.random_number and _is_like(shown, row_of[payment_id], attempt, run):
            alike.append(payment_id)
    found = (max if attempt.number_taken else min)(alike, default=None)
    is_older = found is None or found <= attempt.high_water
    held = [id for id in taken if found is None or id > attempt.high_water or _may_be(row_of[id], target)]
    if attempt.number_taken and is_older and (other := (yield from _held(step, held, row_of, run))):
        return Failed(trouble=Trouble.UNKNOWN, reason=other)
    if found is None:
        return Looked(finding=Finding.NO_EFFECT, reason="BILLmanager shows no such payment")
    if is_older and (yield from ask(Now())) < attempt.settle_after:
        # It may be a bill that the client made for himself, and a late list may hide the one that has our number.
        reason = f"Our number is taken, and only payment {found} can be seen, which is older; looked at again."
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
    if is_older:  # perhaps read some time ago
        shown = yield from _read(found, run)
        if shown is None or find_mark(shown.mark) or not _is_like(shown, row_of[found], attempt, run):
            return Failed(trouble=Trouble.UNKNOWN, reason=f"Payment {found} has changed; it is looked at again.")
    return Looked(finding=Finding.TOOK_EFFECT, payment_id=found, reason=ALIKE)


_LAST = 20
"""So many payments that other lines have are read for our number: it was given lately."""


def _read(payment_id: PaymentId, run: Run) -> Plan[Payment | None]:
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return None
    mark = find_mark(shown.mark)
    if mark is None:
        run.unmarked[payment_id] = shown
    else:
        run.marked[payment_id] = mark
    return shown


def _is_of_another(mark: Mark | None, target: Target) -> bool:
    ours = find_mark(target.mark)
    assert ours is not None
    return mark is not None and (mark.base, mark.document, mark.contract) != (ours.base, ours.document, ours.contract)


def _held(step: Look, taken: Iterable[PaymentId], row_of: Mapping[PaymentId, PaymentRow], run: Run) -> Plan[str]:
    """Look for the payment with our number among those that other lines have; empty where it is none of them."""
    attempt, target = step.attempt, step.attempt.target
    assert target is not None
    for payment_id in sorted(taken)[-_LAST:]:
        try:
            shown = yield from ask(Send(ReadPayment(id=payment_id)))
        except ObjectMissing:
            continue
        mark = find_mark(shown.mark)
        if _is_of_another(mark, target):
            continue  # it was this line's, before 1C moved the money to the other contract: the number is spent
        is_newer = payment_id > attempt.high_water
        unmarked = mark is None and is_newer and _is_like(shown, row_of[payment_id], attempt, run)
        ours = unmarked or str(mark) == target.mark or shown.random_number == attempt.random_number
        if ours and standing_of(shown) is not Standing.GONE:
            return (
                f"Payment {payment_id} has the number or the mark of this line, or looks like it, and another line has "
                "the payment: BILLmanager may have been restored from a backup. Find out whose it is; then retry() or "
                "abandon()."
            )
    return ""


def _may_be(row: PaymentRow, target: Target) -> bool:
    """Check a row against what was asked: filters are not trusted."""
    return (row.amount is None or row.amount.amount == target.amount) and row.payer_id in (None, target.payer_id)


_FRESH = (PaymentStatus.NEW, PaymentStatus.INITIATED)
"""What a create may make (billmanager-api.md §9, 9). One in progress is being paid: that is other money on its way."""

_BILL = (PaymentStatus.NEW,)
"""What an older payment may be: a client who began to pay and left leaves one that is initiated."""


def _is_like(shown: Payment, row: PaymentRow, attempt: Attempt, run: Run) -> bool:
    target = attempt.target
    assert target is not None
    likely = run.reference.subaccounts.get(target.subaccount_id)  # the form may not show it, the row tells of it
    return (
        shown.status in (_FRESH if shown.id > attempt.high_water else _BILL)
        and shown.amount == target.amount
        and shown.payer_id in (None, target.payer_id)
        and shown.method_id in (None, target.method_id)
        and shown.subaccount_id in (None, target.subaccount_id)
        and (likely is None or surely_credits(shown, row, likely, run))
    )


def _look_at(step: Look) -> Plan[Answer]:
    attempt, target = step.attempt, step.attempt.target
    assert attempt.payment_id is not None and target is not None
    try:
        if attempt.op is AttemptOp.CREDIT:
            return _credit_found((yield from ask(Send(ReadPayment(id=attempt.payment_id)))), target)
        shown = yield from read_or_unpaid(step)
    except ObjectMissing:
        reason = f"Our payment {attempt.payment_id} is gone from BILLmanager. Decide what to do with it."
        return Looked(finding=Finding.GONE, reason=reason)
    if isinstance(shown, Looked):
        return shown
    if shown.status == PaymentStatus.CREDITED and not differences(shown, target):
        return Looked(finding=Finding.TOOK_EFFECT)
    known = (step.link.applied, *step.link.history, *step.known, target)
    foreign = person_changed(shown, tuple(one for one in known if one is not None))
    return Looked(finding=Finding.CHANGED, reason=foreign.reason) if foreign else Looked(finding=Finding.NO_EFFECT)


def _credit_found(shown: Payment, target: Target) -> Looked:
    if shown.status == PaymentStatus.CREDITED:
        other_day = shown.paid_on if shown.paid_on != target.paid_on else None
        return Looked(finding=Finding.TOOK_EFFECT, shown_date=other_day)
    if shown.status in INERT:
        return Looked(finding=Finding.NO_EFFECT)
    return _changed(shown)


def _changed(shown: Payment) -> Looked:
    reason = f"Somebody changed our payment {shown.id} in BILLmanager (status {shown.status}). Decide by hand."
    return Looked(finding=Finding.CHANGED, reason=reason)
