"""Is this document a customer's money, and how much of it belongs to which contract? (design.md §5)"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import attrs

from ..models import ContractId, OperationKind, PaymentDocument, QuarantineCode, check_amount
from ..models.onec import NO_CONTRACT


class NotMoneyReason(enum.StrEnum):
    """Why a document is not a customer's money."""

    DELETED = "deleted"
    MARKED = "marked for deletion"
    NOT_POSTED = "not posted"
    REFUND = "refund"
    OTHER_OPERATION = "not a payment from a customer"
    NOT_PAID = "not paid yet"


@attrs.frozen(kw_only=True)
class Money:
    """A customer's money: what each contract gets."""

    amounts: Mapping[ContractId, Decimal]


@attrs.frozen(kw_only=True)
class NotMoney:
    """Nothing of it is exported; what was exported is cancelled."""

    reason: NotMoneyReason


@attrs.frozen(kw_only=True)
class DocumentRefusal:
    """The document contradicts itself, so no line of it is touched."""

    code: QuarantineCode
    #: says the figures, and what to do
    message: str
    #: the lines all the same, by contract
    amounts: Mapping[ContractId, Decimal]


def judge_document(document: PaymentDocument) -> Money | NotMoney | DocumentRefusal:
    """Say whether a document is a customer's money.

    It is if it is posted, not marked for deletion, of the operation "payment from a customer" and, where the
    configuration has the flag, paid. Lines of one contract are summed; the sum of all lines must be the document's
    amount; amounts have two places and are greater than zero.
    """
    reason = _not_money(document)
    if reason is not None:
        return NotMoney(reason=reason)
    amounts: dict[ContractId, Decimal] = {}
    for line in document.lines:
        contract_id = line.contract.id if line.contract else NO_CONTRACT
        amounts[contract_id] = amounts.get(contract_id, Decimal(0)) + line.amount
    title = f"{document.ref.kind.title} {document.number.strip()} of {document.date:%d.%m.%Y}"
    if not amounts:
        return DocumentRefusal(
            code=QuarantineCode.NO_CONTRACT,
            message=f"{title} has no payment lines, so nothing says whose money it is. Fill the lines in in 1C.",
            amounts={NO_CONTRACT: document.amount},
        )
    for amount in (document.amount, *(line.amount for line in document.lines)):
        problem = check_amount(amount)
        if problem is not None:
            return DocumentRefusal(
                code=QuarantineCode.BAD_AMOUNT,
                message=f"{title}: the amount {amount} cannot be exported, {problem.value}. Correct it in 1C.",
                amounts=amounts,
            )
    total = sum(amounts.values(), Decimal(0))
    if total != document.amount:
        return DocumentRefusal(
            code=QuarantineCode.SUM_MISMATCH,
            message=(
                f"{title}: the lines add up to {total}, the document says {document.amount} {document.currency}. "
                "Correct one of them in 1C."
            ),
            amounts=amounts,
        )
    return Money(amounts=amounts)


def _not_money(document: PaymentDocument) -> NotMoneyReason | None:
    if document.deletion_mark:
        return NotMoneyReason.MARKED
    if document.operation is OperationKind.CUSTOMER_REFUND:
        return NotMoneyReason.REFUND
    if document.operation is not OperationKind.CUSTOMER_PAYMENT:
        return NotMoneyReason.OTHER_OPERATION
    if not document.posted:
        return NotMoneyReason.NOT_POSTED
    if document.paid is False:
        return NotMoneyReason.NOT_PAID
    return None


def digest_document(document: PaymentDocument, *, remark: str = "") -> str:
    """Return a hash of the fields that matter; version tokens and names do not.

    ``remark`` is added to what is hashed: a decision about the document that does not stand in it.
    """
    who = document.counterparty
    us = document.organization
    facts = [
        remark,
        str(_not_money(document) or ""),
        str(document.amount.normalize()),
        document.currency,
        document.payment_date.isoformat(),
        document.number.strip(),
        _iso(document.date),
        document.incoming_number.strip(),
        _iso(document.incoming_date),
        document.purpose.strip(),
        [who.code, who.inn, who.kpp, who.is_person] if who else None,
        [us.inn, us.kpp] if us else None,
        sorted(
            (
                [line.contract.id, str(line.contract.subaccount_id or ""), str(line.amount.normalize())]
                if line.contract
                else [NO_CONTRACT, "", str(line.amount.normalize())]
            )
            for line in document.lines
        ),
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
