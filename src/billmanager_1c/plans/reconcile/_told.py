"""What is told of lines and payments, for people."""

from __future__ import annotations

from collections.abc import Sequence

from ...ledger import find_mark
from ...models import PaymentStatus
from ...reports import LineClass, ReconciledLine, Suggestion
from ...reports._reconciliation import add
from ._classify import code_of, credited, credits_another, main_payment
from ._inputs import Line, RemotePayment

_STATUS = {
    PaymentStatus.NEW: "new",
    PaymentStatus.IN_PROGRESS: "in progress",
    PaymentStatus.PROMISED: "promised",
    PaymentStatus.CREDITED: "credited",
    PaymentStatus.AWAITS_REFUND: "awaits refund",
    PaymentStatus.REFUNDED: "refunded",
    PaymentStatus.FRAUD: "marked as fraud",
    PaymentStatus.INITIATED: "initiated",
    PaymentStatus.CANCELLED: "cancelled",
    PaymentStatus.BEING_DELETED: "being deleted",
}


def tell_line(line: Line, classes: Sequence[LineClass], suggestions: Sequence[Suggestion]) -> ReconciledLine:
    """Tell of a line with its payments."""
    standing = credited(line)
    if line.twin is not None and not standing:
        standing = [line.twin]
    first = line.twin or main_payment(line)
    document = line.shown
    days = [payment.paid_on for payment in (first, *standing) if payment is not None and payment.paid_on]
    return ReconciledLine(
        line_class=classes[0],
        ref=line.ref,
        contract_id=line.contract_id,
        payment_id=first.id if first else None,
        other_ids=tuple(payment.id for payment in standing if first is not None and payment.id != first.id),
        amount=line.amount,
        credited=add(payment.amount for payment in standing) if standing else None,
        currency=document.currency if document else (first.currency if first else ""),
        number=document.number.strip() if document else "",
        date=document.date if document else None,
        paid_on=document.payment_date if document and line.amount is not None else None,
        credited_on=days[0] if days and standing else None,
        who=document.counterparty.name if document and document.counterparty else "",
        code=code_of(line),
        besides=tuple(classes[1:]),
        reason=_reason(classes[0], line, first),
        suggestions=tuple(suggestions),
    )


def tell_payment(payment: RemotePayment, line: Line | None, suggestions: Sequence[Suggestion]) -> ReconciledLine:
    """Tell of a payment that stands beside its line, or beside all lines."""
    stands = payment.status == PaymentStatus.CREDITED
    document = line.shown if line else None
    return ReconciledLine(
        line_class=LineClass.EXTRA_REMOTE if stands else LineClass.ORPHAN_INERT,
        ref=line.ref if line else None,
        contract_id=line.contract_id if line else None,
        payment_id=payment.id,
        credited=payment.amount if stands else None,
        currency=document.currency if document else payment.currency,
        number=document.number.strip() if document else "",
        date=document.date if document else None,
        credited_on=payment.paid_on if stands else None,
        who=payment.payer_name,
        reason=f"Payment {payment.id} {_beside(payment, line)}",
        suggestions=tuple(suggestions),
    )


def _beside(payment: RemotePayment, line: Line | None) -> str:
    """Say why a payment is told of by itself, and of money what to do."""
    mark, stands = find_mark(payment.mark), payment.status == PaymentStatus.CREDITED
    if line is not None:
        return f"carries the mark of {line.ref.kind.title} {line.ref.id}, and credits nobody."
    if mark is None:
        told = f"credits nobody: its status is {told_status(payment)}."
        return "is credited, and nothing in 1C answers to it." if stands else told
    whose = (
        f"carries the mark {mark} of a document that 1C does not have, that is older than the export, or that does "
        "not name this contract"
    )
    if not stands:
        return f"{whose}, and credits nobody."
    return (
        f"stands credited with {payment.amount} and {whose}. Where 1C has the document without this contract, the next "
        "export takes it back; otherwise it is left alone: cancel it in BILLmanager, or call "
        f"engine.adopt(ref, {payment.id}) for the document whose money it is."
    )


def told_status(payment: RemotePayment) -> str:
    """Name a status."""
    known = _STATUS.get(payment.status)
    return f"{payment.status} ({known})" if known else str(payment.status)


def _reason(line_class: LineClass, line: Line, payment: RemotePayment | None) -> str:
    document, known = line.document, line.known
    which = f"Payment {payment.id}" if payment else ""
    match line_class:
        case LineClass.DUPLICATE_MARK:
            ids = ", ".join(str(one.id) for one in credited(line))
            return f"Payments {ids} are all credited for this line; cancel all but one in BILLmanager."
        case LineClass.EXTRA_REMOTE:
            return f"{which} stands credited, and 1C shows no money for it: {line.why}."
        case LineClass.UNRESOLVED_UNKNOWN:
            asked = known.reason if known is not None and known.reason else "The end of the last write is not known"
            return f"{asked.rstrip('.')}. The next export finds it out."
        case LineClass.STATUS_DIFF if payment is not None:
            return f"{which} is not credited: its status is {told_status(payment)}."
        case LineClass.ACCOUNT_DIFF if payment is not None and document is not None:
            if not credits_another(line, payment):
                return f"{which} is in {payment.currency}; the document is in {document.currency}."
            told = f"{which} credits subaccount {payment.subaccount_id}; the contract's is {line.subaccount_id}."
            written = known.applied if known is not None else None
            if written is None or written.subaccount_id != payment.subaccount_id:
                return told
            if line.is_bound_by_hand:
                return (
                    f"{told} It is bound by engine.bind(), which moves nothing that was exported: name subaccount "
                    f"{line.subaccount_id} in the contract in 1C and call engine.record_change(ref), or bind the "
                    f"contract to {payment.subaccount_id} again."
                )
            return f"{told} If the contract was changed after the export, call engine.record_change(ref)."
        case LineClass.AMOUNT_DIFF if payment is not None:
            return f"{which} is of {payment.amount}; 1C says {line.amount}."
        case LineClass.DATE_DIFF if payment is not None and document is not None:
            return f"{which} is of {payment.paid_on}; 1C says {document.payment_date}."
        case LineClass.PAYER_DIFF if payment is not None and known is not None and known.applied is not None:
            return f"{which} names payer {payment.payer_id}; written was {known.applied.payer_id}."
        case LineClass.METHOD_DIFF if payment is not None and known is not None and known.applied is not None:
            return f"{which} is by method {payment.method_id}; written was {known.applied.method_id}."
        case LineClass.HUMAN_TWIN:
            return f"{which}, typed in by hand, may be this money: call engine.adopt() if it is, else dismiss()."
        case LineClass.QUARANTINED:
            return _refusal(line)
        case LineClass.ORPHAN_INERT if payment is not None:
            return f"{which} credits nobody (status {told_status(payment)}), and 1C shows no money for it: {line.why}."
        case _:
            return _missing(line)


def _refusal(line: Line) -> str:
    known = line.known
    if known is not None and known.abandoned:
        return f"A person took the line out of the exchange: {known.abandoned}"
    if line.message:
        return line.message
    code = code_of(line)
    return (known.reason if known is not None else "") or (code.sentence if code else "")


def _missing(line: Line) -> str:
    known = line.known
    if known is None or known.state is None:
        return "No payment stands for it: it was never exported."
    if known.payment_id is not None:
        return f"Payment {known.payment_id} is gone from BILLmanager."
    return f"No payment stands for it yet. {known.reason}".rstrip()
