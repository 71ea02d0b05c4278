"""Lines that want attention: writes whose end nobody knows, and refusals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import attrs

from ..ledger import Attempt, AttemptOp, Dossier, Link, LinkState, amount_of
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode

_NEXT = {
    AttemptOp.CREATE: "The next run looks for it among the payments of its payer, by mark, number and amount.",
    AttemptOp.WRITE: "The next run writes the fields again, by the payment's id.",
    AttemptOp.CREDIT: "The next run reads the payment by its id and credits it only if it is not credited.",
    AttemptOp.UPDATE: "The next run reads the payment by its id and changes it again if it does not show the change.",
    AttemptOp.CANCEL: "The next run cancels the payment again, by its id.",
}


@attrs.frozen(kw_only=True)
class UnknownOutcome:
    """A write whose end nobody knows yet."""

    ref: DocumentRef
    contract_id: ContractId
    #: create, write, credit, update or cancel
    op: AttemptOp
    #: None for a create
    payment_id: PaymentId | None
    #: when it was begun
    since: dt.datetime
    age: dt.timedelta
    #: in ``currency``
    amount: Decimal
    currency: str
    #: the document's number and date, for people
    number: str
    date: dt.date
    #: when it is looked at; None: by the next run
    next_attempt_at: dt.datetime | None
    #: what went wrong
    reason: str
    #: what happens next
    next: str

    @classmethod
    def of(cls, dossier: Dossier, link: Link, attempt: Attempt, now: dt.datetime) -> UnknownOutcome:
        """Tell of one attempt."""
        record = dossier.record
        assert record is not None
        return cls(
            ref=dossier.ref,
            contract_id=link.contract_id,
            op=attempt.op,
            payment_id=attempt.payment_id,
            since=attempt.started_at,
            age=max(now - attempt.started_at, dt.timedelta()),
            amount=attempt.target.amount if attempt.target else amount_of(record, link.contract_id),
            currency=record.document.currency,
            number=record.document.number.strip(),
            date=record.document.date,
            next_attempt_at=link.next_attempt_at,
            reason=attempt.detail or link.reason,
            next=_NEXT[attempt.op],
        )


@attrs.frozen(kw_only=True)
class Refusal:
    """A line that is not exported, or not followed, and why."""

    ref: DocumentRef
    contract_id: ContractId
    code: QuarantineCode
    #: where the line stands
    state: LinkState
    #: one sentence that says what to do
    reason: str
    #: ``data``: tried again by each run; ``person``: nothing moves until somebody decides
    waits_for: Literal["data", "person"]
    payment_id: PaymentId | None
    #: a payment that may be the same money, or a second one with our mark
    twin_id: PaymentId | None
    #: when the document changed last in 1C
    since: dt.datetime
    #: in ``currency``
    amount: Decimal
    currency: str
    #: the document's number and date, for people
    number: str
    date: dt.date

    @classmethod
    def of(cls, dossier: Dossier, link: Link) -> Refusal:
        """Tell of one line."""
        record = dossier.record
        assert record is not None
        code = link.code or QuarantineCode.REJECTED
        return cls(
            ref=dossier.ref,
            contract_id=link.contract_id,
            code=code,
            state=link.state,
            reason=link.reason or code.sentence,
            waits_for="person" if link.state.waits_for_person or link.refused_rev is not None else code.waits_for,
            payment_id=link.payment_id,
            twin_id=link.twin_id,
            since=record.changed_at,
            amount=amount_of(record, link.contract_id),
            currency=record.document.currency,
            number=record.document.number.strip(),
            date=record.document.date,
        )
