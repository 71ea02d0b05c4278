"""Reconciling a million documents with a million payments, beside an outer merge of pandas on the same keys."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bench_figures import Figure, Size, fastest, timed

from billmanager_1c import reconcile
from billmanager_1c.ledger import make_mark
from billmanager_1c.models import (
    Contract,
    ContractId,
    Counterparty,
    DocumentId,
    DocumentKind,
    DocumentRef,
    OperationKind,
    Organization,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    SubaccountId,
)

CLIENTS = 200
DAY = dt.date(2026, 11, 2)
_ALONE = 1000
"""One document in so many has no payment, and one payment in so many no document of its own."""


def books(count: int) -> tuple[list[PaymentDocument], list[Payment]]:
    """Return documents and payments of which nearly all agree, in orders of their own."""
    contracts = [
        Contract(id=ContractId(f"c0000000-0000-4000-8000-{client:012x}"), subaccount_id=SubaccountId(100 + client))
        for client in range(CLIENTS)
    ]
    organization = Organization(id="10000000-0000-4000-8000-000000000001", name="ООО «Север»")
    people = [Counterparty(id=f"20000000-0000-4000-8000-{client:012x}", name=f"{client}") for client in range(CLIENTS)]
    documents, payments = [], []
    for number in range(count):
        client = number % CLIENTS
        amount = Decimal(10_000 + number % 900_000) / 100
        # No two neighbours stand beside each other in the other list: both systems number as they like.
        ref = DocumentRef(
            DocumentKind.INCOMING_PAYMENT_ORDER,
            DocumentId(f"{_mixed(number):08x}-0000-4000-8000-00000000{number % 65536:04x}"),
        )
        document = PaymentDocument(
            ref=ref,
            version="1",
            number=f"{number:09}",
            date=DAY,
            posted=True,
            paid=True,
            operation=OperationKind.CUSTOMER_PAYMENT,
            currency="RUB",
            amount=amount,
            organization=organization,
            counterparty=people[client],
            lines=(PaymentLine(contract=contracts[client], amount=amount),),
        )
        documents.append(document)
        if number % _ALONE:
            payments.append(_payment(number, ref, contracts[client], amount))
        else:
            other = DocumentRef(
                ref.kind, DocumentId(f"{_mixed(number):08x}-0000-4000-8000-ffffffff{number % 65536:04x}")
            )
            payments.append(_payment(number, other, contracts[client], amount))
    payments.sort(key=lambda payment: _mixed(payment.id))
    return documents, payments


def _mixed(number: int) -> int:
    return number * 2654435761 % 2**32


def _payment(number: int, ref: DocumentRef, contract: Contract, amount: Decimal) -> Payment:
    return Payment(
        id=PaymentId(number + 1),
        status=4,
        amount=amount,
        paid_at=dt.datetime.combine(DAY, dt.time(), dt.UTC),
        subaccount_id=contract.subaccount_id,
        mark=make_mark("bench", ref, contract.id, 1),
    )


def frames(documents: list[PaymentDocument], payments: list[Payment]) -> tuple[Any, Any]:
    """Return the same as frames, keyed by the text of the mark, with what is compared beside it."""
    import pandas as pd

    contracts = {document.ref: line.contract.id for document in documents for line in document.lines if line.contract}
    ours = pd.DataFrame(
        {
            "mark": [make_mark("bench", document.ref, contracts[document.ref], 1) for document in documents],
            "amount": [int(document.amount * 100) for document in documents],
            "date": [document.date.toordinal() for document in documents],
        }
    )
    theirs = pd.DataFrame(
        {
            "mark": [payment.mark for payment in payments],
            "credited": [int(payment.amount * 100) for payment in payments],
            "id": [payment.id for payment in payments],
        }
    )
    return ours, theirs


def reconciliation(size: Size) -> Iterator[Figure]:
    """Compare with pandas, and with ourselves at a tenth of it."""
    count, rounds = size.of(1_000_000, 50_000), size.of(3, 3)
    small = _rate(count // 10, rounds)
    documents, payments = books(count)
    ours, theirs = frames(documents, payments)
    gc.freeze()  # what both are given is old; neither is to pay for looking through it again and again

    def reconciled() -> float:
        with timed() as watch:
            found = reconcile(documents, payments)
        if found.counts["ok"] != count - len(range(0, count, _ALONE)):
            raise AssertionError(f"{found.counts}")
        return watch.wall

    def merged() -> float:
        with timed() as watch:
            found = ours.merge(theirs, on="mark", how="outer", indicator=True)
        if len(found) != count + len(range(0, count, _ALONE)):
            raise AssertionError(f"{len(found)} rows")
        return watch.wall

    mine, other = fastest(rounds, reconciled, merged)
    yield Figure(
        what=f"reconciling {count:,} × {count:,}: times an outer merge of pandas",
        measured=f"{mine:.2f} s",
        against=f"{other:.2f} s",
        figure=mine / other,
        at_most=size.bound(1),
        note=f"keyed by the text of the mark; one in {_ALONE} stands alone on either side; frames made beforehand",
    )
    yield Figure(
        what=f"reconciling: time per document at {count:,} to that at {count // 10:,}",
        measured=f"{mine / count * 1e6:.2f} µs",
        against=f"{small * 1e6:.2f} µs",
        figure=mine / count / small,
        at_most=size.bound(1.5),
        note="linear, but for what a cache of the processor does not hold any more",
    )


def _rate(count: int, rounds: int) -> float:
    documents, payments = books(count)

    def reconciled() -> float:
        with timed() as watch:
            reconcile(documents, payments)
        return watch.wall

    return fastest(rounds, reconciled)[0] / count
