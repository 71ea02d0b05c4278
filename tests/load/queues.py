"""A queue of any length that takes no memory: documents made when they are read, a BILLmanager that forgets.

``python tests/load/queues.py 100000`` exports so many documents and prints one JSON line.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from billmanager_1c import Policy, SQLiteStore, SyncEngine
from billmanager_1c.api import (
    CreatePayment,
    EditPayment,
    ListCompanies,
    ListPayers,
    ListPaymentMethods,
    ListPayments,
    ListSubaccounts,
    Page,
    ReadCompany,
    ReadPayer,
    ReadPayment,
    ReadPaymentMethod,
    SetPaid,
)
from billmanager_1c.errors import ConnectionFailed
from billmanager_1c.models import (
    AccountId,
    Company,
    CompanyId,
    Contract,
    ContractId,
    Counterparty,
    CurrencyId,
    DocumentId,
    DocumentKind,
    DocumentRef,
    Inn,
    Money,
    OperationKind,
    Organization,
    Payer,
    PayerId,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    PaymentMethod,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    ProviderId,
    Subaccount,
    SubaccountId,
)
from billmanager_1c.onec import Stamp
from billmanager_1c.ports.onec import ChangeBatch

CLIENTS = 50
PAYERS = 1
"""Of each client; the last one is his."""
METHODS = 1
"""All but the first are other companies'."""
DAY = dt.date(2026, 11, 2)
BATCH = 1000


class EndlessOneC:
    """An infobase whose documents are made when they are read."""

    base = "upp"

    def __init__(self, documents: int) -> None:
        self.documents = documents

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show all documents."""
        for start in range(0, self.documents, BATCH):
            numbers = range(start, min(start + BATCH, self.documents))
            yield ChangeBatch(stamps=tuple(Stamp(_ref(number), "1", DAY) for number in numbers))

    def acknowledge(self, cursor: str) -> None:
        """Forget nothing: there is no place."""

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument]:
        """Make the documents."""
        return (_document(int(ref.id[-12:], 16)) for ref in refs)


class ForgetfulBillManager:
    """Creates and credits whatever it is asked to, remembers the last few payments, and counts requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.credited = 0
        self.down = False
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._last = 0
        self._recent: deque[Payment] = deque(maxlen=100)

    def send(self, operation: Any, *, timeout: float | None = None) -> Any:
        """Answer an operation."""
        with self._lock:
            self.requests += 1
            if self.down:
                raise ConnectionFailed("Nobody listens.")
            return self._answer(operation)

    def iterate(self, listing: Any) -> Iterator[Any]:
        """Answer a listing."""
        return iter(self.send(listing).rows)

    def _answer(self, operation: Any) -> Any:
        match operation:
            case CreatePayment(payment=new):
                self._last = next(self._ids)
                self._recent.append(Payment(id=PaymentId(self._last), status=PaymentStatus.NEW, amount=new.amount))
                return PaymentId(self._last)
            case EditPayment(id=id, changes=changes):
                words = {name: getattr(changes, name) for name in _WORDS}
                if changes.paid_on is not None:
                    words["paid_at"] = dt.datetime.combine(changes.paid_on, dt.time(), dt.UTC)
                self._change(id, **{name: value for name, value in words.items() if value is not None})
                return None
            case SetPaid(id=id):
                self.credited += 1
                self._change(id, status=PaymentStatus.CREDITED)
                return None
            case ReadPayment(id=id):
                return next(payment for payment in self._recent if payment.id == id)
            case ListPayments(newest_first=True) if self._last:
                return _page([_row(self._last)])
            case ListPayments():
                return _page([])
            case _:
                return _BOOKS[type(operation)](operation)

    def _change(self, id: PaymentId, **fields: Any) -> None:
        changed = (attrs.evolve(one, **fields) if one.id == id else one for one in self._recent)
        self._recent = deque(changed, maxlen=self._recent.maxlen)


def _row(id: int) -> PaymentRow:
    return PaymentRow(id=PaymentId(id), status=PaymentStatus.CREDITED, amount=Money(Decimal(1), "RUB"))


def _page(rows: Sequence[Any]) -> Page[Any]:
    return Page(tuple(rows), 1, len(rows))


_WORDS = ("document_number", "document_date", "mark")
_COMPANY = Company(id=CompanyId(1), name="ООО «Север»", inn=Inn("7707083893"))
_BOOKS = {
    ListCompanies: lambda _: _page([_COMPANY]),
    ReadCompany: lambda _: _COMPANY,
    ListPaymentMethods: lambda _: _page([_method(number) for number in range(1, METHODS + 1)]),
    ReadPaymentMethod: lambda read: _method(read.id),
    ListSubaccounts: lambda _: _page([_subaccount(number) for number in range(1, CLIENTS + 1)]),
    ListPayers: lambda listing: _page([_payer(listing.account_id, number) for number in range(PAYERS)]),
    ReadPayer: lambda read: _payer(*divmod(read.id, _MOST_PAYERS)),
}
_MOST_PAYERS = 10_000


def _method(number: int) -> PaymentMethod:
    return PaymentMethod(
        id=PaymentMethodId(number),
        names=("Оплата банковской картой",),
        currency_id=CurrencyId(126),
        company_ids=frozenset({CompanyId(number)}),
        provider_ids=frozenset({ProviderId(1)}),
    )


def _subaccount(number: int) -> Subaccount:
    return Subaccount(
        id=SubaccountId(100 + number),
        account_id=AccountId(number),
        account=f"Клиент {number}",
        provider_id=ProviderId(1),
        provider="Север",
        currency_id=CurrencyId(126),
        currency="RUB",
    )


def _payer(account_id: int, number: int) -> Payer:
    payer_id = PayerId(account_id * _MOST_PAYERS + number)
    return Payer(id=payer_id, account_id=AccountId(account_id), name=f"Клиент {account_id}")


def _ref(number: int) -> DocumentRef:
    return DocumentRef(DocumentKind.INCOMING_PAYMENT_ORDER, DocumentId(f"00000000-0000-4000-8000-{number:012x}"))


def _document(number: int) -> PaymentDocument:
    amount = Decimal(100 + number % 900)
    client = number % CLIENTS + 1
    contract = Contract(
        id=ContractId(f"c0000000-0000-4000-8000-{client:012x}"), subaccount_id=SubaccountId(100 + client)
    )
    return PaymentDocument(
        ref=_ref(number),
        version="1",
        number=f"{number:09}",
        date=DAY,
        posted=True,
        paid=True,
        operation=OperationKind.CUSTOMER_PAYMENT,
        currency="RUB",
        amount=amount,
        organization=Organization(id="10000000-0000-4000-8000-000000000001", name="ООО «Север»", inn=Inn("7707083893")),
        counterparty=Counterparty(id="20000000-0000-4000-8000-000000000001", name=f"Клиент {client}", code=f"{client}"),
        lines=(PaymentLine(contract=contract, amount=amount),),
    )


def resident_megabytes() -> float:
    """Return how much memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def run(documents: int, folder: Path) -> dict[str, Any]:
    """Export a queue, and then meet a BILLmanager that is down with another one; return what was seen."""
    onec, billmanager = EndlessOneC(documents), ForgetfulBillManager()
    with SQLiteStore(folder / "sync.db") as store:
        policy = Policy(export_from=DAY, concurrency=4)
        engine = SyncEngine(onec=onec, billmanager=billmanager, store=store, policy=policy)
        engine.load_accounts()
        seen: list[tuple[int, float, int]] = []

        def watch(progress: Any) -> None:
            if progress.what == "exporting" and progress.done and progress.done % max(documents // 10, 1) == 0:
                seen.append((progress.done, resident_megabytes(), engine.status().depth))

        report = engine.export_payments(progress=watch)
        end = resident_megabytes()
        first = next(iter(report.outcomes))
        onec.documents = documents * 2
        billmanager.down, before = True, billmanager.requests
        stormy = engine.export_payments()
        status = engine.status()
    seen.sort()
    return {
        "documents": documents,
        "counts": report.counts,
        "outcomes": len(report.outcomes),
        "first": str(first.action),
        "credited": billmanager.credited,
        "megabytes_after_a_tenth": round(seen[0][1], 1),
        "megabytes_at_the_end": round(end, 1),
        "depths": [depth for _, _, depth in seen],
        "requests_while_down": billmanager.requests - before,
        "problems_while_down": len(stormy.problems),
        "depth_while_down": status.depth,
        "oldest_while_down": status.oldest is not None,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(run(int(sys.argv[1]), Path(folder))) + "\n")
