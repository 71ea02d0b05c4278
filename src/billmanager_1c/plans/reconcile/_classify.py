"""How a line and its payments agree."""

from __future__ import annotations

from collections.abc import Iterator

from ...ledger import Target
from ...models import PaymentStatus, QuarantineCode
from ...reports import LineClass
from ...reports._reconciled import RANK
from ..shown import INERT
from ._inputs import Line, RemotePayment


def classes_of(line: Line) -> list[LineClass]:
    """Return all classes that apply, the gravest first; none where nothing stands and nothing should."""
    found = sorted(_classes(line), key=RANK.__getitem__)
    if not found and credited(line):
        return [LineClass.OK]
    return found


def credited(line: Line) -> list[RemotePayment]:
    """Return the payments of a line that stand as money."""
    return [payment for payment in line.payments if payment.status == PaymentStatus.CREDITED]


def main_payment(line: Line) -> RemotePayment | None:
    """Return the payment to name first: a credited one, else the bound one, else an inert one, else the oldest."""
    bound = None if line.known is None else line.known.payment_id
    return min(
        line.payments,
        key=lambda one: (
            one.status != PaymentStatus.CREDITED,
            one.id != bound,
            one.status not in INERT,
            one.id,
        ),
        default=None,
    )


def code_of(line: Line) -> QuarantineCode | None:
    """Return for what the line waits."""
    return line.code or (line.known.code if line.known is not None and line.known.is_refused else None)


def credits_another(line: Line, payment: RemotePayment) -> bool:
    """Say whether a payment is known to credit another subaccount than that of the contract."""
    return line.subaccount_id is not None and payment.subaccount_id not in (None, line.subaccount_id)


def _classes(line: Line) -> Iterator[LineClass]:
    standing = credited(line)
    wanted = line.amount is not None
    if len(standing) > 1:
        yield LineClass.DUPLICATE_MARK
    if standing and not wanted:
        yield LineClass.EXTRA_REMOTE
    if line.known is not None and line.known.is_open_question:
        yield LineClass.UNRESOLVED_UNKNOWN
    if wanted and not standing:
        yield LineClass.STATUS_DIFF if line.payments else LineClass.MISSING_REMOTE
        if line.twin is not None:
            yield LineClass.HUMAN_TWIN
    if wanted and len(standing) == 1:
        yield from _differences(line, standing[0])
    refused = line.code is not None or (line.known is not None and line.known.is_refused)
    # What a person took out of the exchange is his business as long as it agrees.
    settled = line.known is not None and bool(line.known.abandoned) and bool(standing)
    if refused and not settled and (wanted or standing):
        yield LineClass.QUARANTINED
    if not wanted and not standing and any(payment.status in INERT for payment in line.payments):
        yield LineClass.ORPHAN_INERT


def _differences(line: Line, payment: RemotePayment) -> Iterator[LineClass]:
    document = line.document
    assert document is not None
    other_currency = bool(payment.currency) and payment.currency != document.currency
    # Where the document itself contradicts its subaccount, the payment is not to blame: the line is refused.
    if credits_another(line, payment) or (other_currency and code_of(line) is not QuarantineCode.CURRENCY_MISMATCH):
        yield LineClass.ACCOUNT_DIFF
    if payment.amount != line.amount:
        yield LineClass.AMOUNT_DIFF
    if payment.paid_on is not None and payment.paid_on != document.payment_date:
        yield LineClass.DATE_DIFF
    written = line.known.applied if line.known is not None else None
    if written is not None:
        yield from _from_written(written, payment)


def _from_written(written: Target, payment: RemotePayment) -> Iterator[LineClass]:
    """Compare with what was written: 1C does not know BILLmanager's payers and methods. Nought stands for unknown."""
    if written.payer_id and payment.payer_id not in (None, written.payer_id):
        yield LineClass.PAYER_DIFF
    if written.method_id and payment.method_id not in (None, written.method_id):
        yield LineClass.METHOD_DIFF
