"""The short way: documents of one line that one marked payment answers to exactly. Most are, so this must be lean.

Whatever is out of the ordinary is handed on to the long way, which knows everything: several lines, refusals, rows
without marks, a store's doubts, two payments with one mark, one document that comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import attrs

from ...ledger import short_hash
from ...models import ContractId, OperationKind, Payment, PaymentDocument, PaymentId, PaymentStatus
from ._inputs import AnyPayment, KnownLine

#: beyond it an amount is none
_TOO_LARGE = Decimal(10) ** 20
_CENT = Decimal("0.01")
_START = re.compile(r"1c:[0-9a-f]{8}:")
_CUSTOMER = OperationKind.CUSTOMER_PAYMENT
_CREDITED = PaymentStatus.CREDITED


@attrs.frozen
class Agreement:
    """What agrees, pair by pair at the same places, and what is left for the long way."""

    documents: list[PaymentDocument]
    payments: list[Payment]
    other_documents: list[PaymentDocument]
    other_payments: list[AnyPayment]


def agree(
    documents: Iterable[PaymentDocument],
    payments: Iterable[AnyPayment],
    known: Iterable[KnownLine],
    base: str | None,
) -> Agreement:
    """Pair documents and payments by the text of the mark: its document and its contract."""
    marked, rest = _by_mark(payments, None if base is None else short_hash(base))
    plain, linked = _plain(known)
    hashes: dict[ContractId, str] = {}
    agreed: list[PaymentDocument] = []
    answers: list[Payment] = []
    others: list[PaymentDocument] = []
    for document in documents:
        lines = document.lines
        if len(lines) == 1 and (contract := lines[0].contract) is not None:
            contract_id = contract.id
            hashed = hashes.get(contract_id)
            if hashed is None:
                hashed = hashes[contract_id] = short_hash(contract_id)
            key = f"{document.ref.id.replace('-', '')}:{hashed}"
            payment = marked.get(key)
            amount = document.amount
            if (
                payment is not None
                and payment.status == _CREDITED
                and payment.amount == amount
                and lines[0].amount == amount
                and document.posted
                and not document.deletion_mark
                and document.operation is _CUSTOMER
                and document.paid is not False
                and 0 < amount < _TOO_LARGE
                and amount.same_quantum(_CENT)
                and (payment.paid_at is None or payment.paid_at.date() == (document.paid_on or document.date))
                and (payment.subaccount_id is None or payment.subaccount_id == contract.subaccount_id)
                and (not plain or _is_plain(document, contract_id, payment.id, plain, linked))
            ):
                agreed.append(document)
                answers.append(payment)
                continue
        others.append(document)
    return _without_doubles(agreed, answers, others, marked, rest)


_Marked = dict[str, Payment | None]


def _by_mark(payments: Iterable[AnyPayment], base: str | None) -> tuple[_Marked, list[AnyPayment]]:
    """Key payments by document and contract in their marks; None stands for several with one mark."""
    marked: _Marked = {}
    rest: list[AnyPayment] = []
    doubles: list[Payment] = []
    ours: dict[str, bool] = {}
    for payment in payments:
        mark = payment.mark if type(payment) is Payment else None
        # 1c:<8 digits>:<32 digits>:<8 digits>:g<number>; a mark that people added words to goes the long way
        if mark is not None and mark[53:55] == ":g" and mark[55:].isdigit() and mark.isascii():
            start = mark[:12]
            if start not in ours:
                ours[start] = _is_start(start, base)
            if ours[start]:
                if marked.setdefault(mark[12:53], payment) is not payment:
                    doubles.append(payment)
                continue
        rest.append(payment)
    for payment in doubles:
        assert payment.mark is not None
        first = marked[payment.mark[12:53]]
        if first is not None:
            rest.append(first)
            marked[payment.mark[12:53]] = None
        rest.append(payment)
    return marked, rest


def _is_start(text: str, base: str | None) -> bool:
    return _START.fullmatch(text) is not None and base in (None, text[3:11])


def _plain(known: Iterable[KnownLine]) -> tuple[dict[tuple[str, ContractId], PaymentId | None], dict[PaymentId, int]]:
    """Say which payment a line has where nothing else is known of it, and how many lines have a payment."""
    plain: dict[tuple[str, ContractId], PaymentId | None] = {}
    linked: dict[PaymentId, int] = {}
    for link in known:
        simple = link.state is None and link.applied is None and link.subaccount_id is None and not link.abandoned
        key = (link.ref.id, link.contract_id)
        plain[key] = link.payment_id if simple and key not in plain else None
        if link.payment_id is not None:
            linked[link.payment_id] = linked.get(link.payment_id, 0) + 1
        else:
            plain[key] = None
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


def _without_doubles(
    agreed: list[PaymentDocument],
    answers: list[Payment],
    others: list[PaymentDocument],
    marked: _Marked,
    rest: list[AnyPayment],
) -> Agreement:
    """Hand on what came twice, whatever way the other one went: which came first must make no difference."""
    taken = set(map(id, answers))
    rest += [payment for payment in marked.values() if payment is not None and id(payment) not in taken]
    elsewhere = {payment.id for payment in rest}
    numbers = {payment.id for payment in answers}
    guids = {document.ref.id for document in agreed}
    known = {document.ref.id for document in others}
    if len(numbers) == len(answers) and len(guids) == len(agreed) and not elsewhere & numbers and not known & guids:
        return Agreement(agreed, answers, others, rest)
    seen: dict[str, int] = {}
    for document in agreed:
        seen[document.ref.id] = seen.get(document.ref.id, 0) + 1
    given: dict[PaymentId, int] = {}
    for payment in answers:
        given[payment.id] = given.get(payment.id, 0) + 1
    kept: list[PaymentDocument] = []
    kept_payments: list[Payment] = []
    handed: dict[int, Payment] = {}
    for document, payment in zip(agreed, answers, strict=True):
        twice = seen[document.ref.id] > 1 or document.ref.id in known
        if twice or given[payment.id] > 1 or payment.id in elsewhere:
            others.append(document)
            handed[id(payment)] = payment
        else:
            kept.append(document)
            kept_payments.append(payment)
    return Agreement(kept, kept_payments, others, [*rest, *handed.values()])
