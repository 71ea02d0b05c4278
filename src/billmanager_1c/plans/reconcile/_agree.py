"""The short way: documents of one line that one marked payment answers to exactly. Most are, so this must be lean.

Whatever is out of the ordinary is handed on to the long way, which knows everything: several lines, refusals, rows
without marks, a store's doubts, two payments with one mark, one document that comes twice. A document that is handed on
takes with it every payment that names it, and a payment the document that it names, in whatever order they come.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import attrs

from ...ledger import find_mark, short_hash
from ...models import (
    ContractId,
    OperationKind,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentRow,
    PaymentStatus,
    check_amount,
)
from ._inputs import AnyPayment, KnownLine

_ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_MARK = re.compile(r"1c:[0-9a-f]{8}:[0-9a-f]{32}:[0-9a-f]{8}:g[0-9]+", re.ASCII)
#: ``1c:<8 digits>:<32 digits of the document>:<8 digits of the contract>:g<number>``
_BEGIN, _GUID = slice(0, 12), slice(12, 44)


@attrs.frozen
class Agreement:
    """What agrees, pair by pair at the same places, and what is left for the long way."""

    documents: list[PaymentDocument]
    payments: list[Payment]
    #: what they come to, by currency
    sums: dict[str, Decimal]
    other_documents: list[PaymentDocument]
    other_payments: list[AnyPayment]


_Marked = dict[str, Payment | bool]
"""Payments by the document in their marks. True stands for one that is paired, False for what was handed on."""


def agree(
    documents: Iterable[PaymentDocument], payments: Iterable[AnyPayment], known: Iterable[KnownLine]
) -> Agreement:
    """Pair documents and payments by the text of the mark. The decimal context is one that adds up exactly."""
    marked, rest = _by_mark(payments)
    plain, linked = _plain(known)
    customer, credited = OperationKind.CUSTOMER_PAYMENT, PaymentStatus.CREDITED
    ends: dict[ContractId, str] = {}
    begin = ""
    agreed: list[PaymentDocument] = []
    answers: list[Payment] = []
    ids: list[PaymentId] = []
    others: list[PaymentDocument] = []
    twice: set[str] = set()
    #: by currency
    amounts: dict[str, list[Decimal]] = {}
    for document in documents:
        guid = document.ref.id.replace("-", "")
        payment = marked.get(guid)
        if payment is None:
            others.append(document)
            continue
        lines = document.lines
        if (
            payment is not True
            and payment is not False
            and len(lines) == 1
            and (contract := lines[0].contract) is not None
        ):
            end = ends.get(contract.id)
            if end is None:
                end = ends[contract.id] = f":{short_hash(contract.id)}:g1"
            mark, amount = payment.mark, document.amount
            if (
                payment.amount == amount
                and lines[0].amount == amount
                and payment.status == credited
                and (mark == f"{begin}{guid}{end}" or _is_mark(mark or "", guid, end))
                and document.posted
                and not document.deletion_mark
                and document.operation is customer
                and document.paid is not False
                and amount > _ZERO
                and (amount.same_quantum(_CENT) or check_amount(amount) is None)
                and ((paid := payment.paid_at) is None or paid.date() == (document.paid_on or document.date))
                and ((credits := payment.subaccount_id) is None or credits == contract.subaccount_id)
                and (not plain or _is_plain(document, contract.id, payment.id, plain, linked))
            ):
                begin = begin or (mark or "")[_BEGIN]
                marked[guid] = True
                agreed.append(document)
                answers.append(payment)
                ids.append(payment.id)
                if (currency := document.currency) in amounts:
                    amounts[currency].append(amount)
                else:
                    amounts[currency] = [amount]
                continue
        others.append(document)
        if payment is True:
            twice.add(guid)
        elif payment is not False:
            rest.append(payment)
            marked[guid] = False
    rest += [payment for payment in marked.values() if isinstance(payment, Payment)]
    sums = {currency: sum(found, _ZERO) for currency, found in amounts.items()}
    found = Agreement(agreed, answers, sums, others, rest)
    if not agreed:
        return found
    twice |= {guid for payment in rest if marked.get(guid := _named(payment)) is True}
    known_ids = set(ids)
    elsewhere = known_ids.intersection(payment.id for payment in rest)
    if len(known_ids) == len(ids) and not elsewhere and not twice:
        return found
    return _without_doubles(found, twice, elsewhere)


def _by_mark(payments: Iterable[AnyPayment]) -> tuple[_Marked, list[AnyPayment]]:
    """Key payments by what should be the document in their marks, and return the others too.

    One pass: what is far apart in memory costs more to fetch than to look at.
    """
    marked: _Marked = {}
    rest: list[AnyPayment] = []
    keep = marked.setdefault
    for payment in payments:
        if isinstance(payment, Payment) and (mark := payment.mark):
            first = keep(guid := mark[_GUID], payment)
            if first is payment:
                continue
            if first is not False:
                assert isinstance(first, Payment)
                rest.append(first)
                marked[guid] = False
        rest.append(payment)
    return marked, rest


def _is_mark(mark: str, guid: str, end: str) -> bool:
    return mark[_GUID] == guid and mark.startswith(end[:-1], _GUID.stop) and _MARK.fullmatch(mark) is not None


def _named(payment: AnyPayment) -> str:
    """Return the document that a payment's mark names, even one that people added words to."""
    mark = None if isinstance(payment, PaymentRow) else find_mark(payment.mark)
    return "" if mark is None else mark.document


def _plain(known: Iterable[KnownLine]) -> tuple[dict[tuple[str, ContractId], PaymentId | None], dict[PaymentId, int]]:
    """Say which payment a line has where nothing else is known of it, and how many lines have a payment."""
    plain: dict[tuple[str, ContractId], PaymentId | None] = {}
    linked: dict[PaymentId, int] = {}
    for link in known:
        simple = link == KnownLine(ref=link.ref, contract_id=link.contract_id, payment_id=link.payment_id)
        key = (link.ref.id, link.contract_id)
        plain[key] = link.payment_id if simple and key not in plain else None
        if link.payment_id is not None:
            linked[link.payment_id] = linked.get(link.payment_id, 0) + 1
    return plain, linked


def _is_plain(
    document: PaymentDocument,
    contract_id: ContractId,
    payment_id: PaymentId,
    plain: dict[tuple[str, ContractId], PaymentId | None],
    linked: dict[PaymentId, int],
) -> bool:
    key = (document.ref.id, contract_id)
    return (plain[key] == payment_id and linked[payment_id] == 1) if key in plain else payment_id not in linked


def _without_doubles(found: Agreement, twice: set[str], elsewhere: set[PaymentId]) -> Agreement:
    """Hand on what came twice, whatever way the other one went: which came first must make no difference."""
    seen: set[PaymentId] = set()
    elsewhere = set(elsewhere)
    for payment in found.payments:
        (elsewhere if payment.id in seen else seen).add(payment.id)
    kept = Agreement([], [], {}, list(found.other_documents), list(found.other_payments))
    for document, payment in zip(found.documents, found.payments, strict=True):
        if document.ref.id.replace("-", "") in twice or payment.id in elsewhere:
            kept.other_documents.append(document)
            kept.other_payments.append(payment)
        else:
            kept.documents.append(document)
            kept.payments.append(payment)
            kept.sums[document.currency] = kept.sums.get(document.currency, _ZERO) + document.amount
    return kept
