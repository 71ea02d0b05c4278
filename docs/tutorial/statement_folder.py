"""For tests: write statements as a bank client does, and be the infobase that the contract suite works on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import attrs
from bank_statements import BankStatementAdapter, Receipt
from bank_statements.receipts import document_of

from billmanager_1c.models import Contract, DocumentRef, Inn, Organization, PaymentDocument
from billmanager_1c.onec import OneCAdapter

OURS = "40702810200000000001"
"""Our account."""

HOSTING = Organization(
    id=uuid.UUID("00000000-0000-4000-8000-000000000001"), name="ООО Хостинг", inn=Inn("7707083893"), kpp="770701001"
)


def write(
    receipts: Iterable[Receipt],
    *,
    spent: Iterable[Decimal] = (),
    version: str = "1.02",
    declared: str = "Windows",
    encoding: str = "cp1251",
    newline: str = "\r\n",
    totals: bool = True,
    end: str = "КонецФайла",
) -> bytes:
    """Return a statement of one day: what came, then what we spent."""
    receipts, spent = list(receipts), list(spent)
    accounts = sorted({each.account for each in receipts} | {OURS})
    day = f"{max((each.came_on for each in receipts), default=dt.date(2026, 11, 24)):%d.%m.%Y}"
    lines = ["1CClientBankExchange", f"ВерсияФормата={version}", f"Кодировка={declared}", "Получатель=1С:Предприятие"]
    lines += [f"ДатаСоздания={day}", "ВремяСоздания=21:00:00", f"ДатаНачала={day}", f"ДатаКонца={day}"]
    lines += [f"РасчСчет={account}" for account in accounts]
    for account in accounts:
        received = sum((each.amount for each in receipts if each.account == account), Decimal(0))
        lines += ["СекцияРасчСчет", f"ДатаНачала={day}", f"ДатаКонца={day}", f"РасчСчет={account}"]
        lines += ["НачальныйОстаток=0.00"]
        if totals:
            lines += [f"ВсегоПоступило={received}"]
            lines += [f"ВсегоСписано={sum(spent, Decimal(0)) if account == OURS else 0}"]
        lines += ["КонецРасчСчет"]
    for receipt in receipts:
        lines += ["СекцияДокумент=Платежное поручение", *_incoming(receipt), "КонецДокумента"]
    for number, amount in enumerate(spent, start=1):
        lines += ["СекцияДокумент=Платежное поручение", f"Номер={number}", f"Дата={day}", f"Сумма={amount}"]
        lines += [f"ПлательщикСчет={OURS}", f"ДатаСписано={day}", "ПолучательСчет=40702810900000000009"]
        lines += ["ПолучательИНН=5001007322", "Получатель1=ООО Электричество", "НазначениеПлатежа=За свет"]
        lines += ["КонецДокумента"]
    return newline.join([*lines, end, ""] if end else [*lines, ""]).encode(encoding)


def _incoming(receipt: Receipt) -> list[str]:
    return [
        f"Номер={receipt.number}",
        f"Дата={receipt.ordered_on:%d.%m.%Y}",
        f"Сумма={receipt.amount}",
        f"ПлательщикСчет={receipt.payer_account}",
        f"ПлательщикИНН={receipt.payer_inn}",
        f"ПлательщикКПП={receipt.payer_kpp}",
        f"Плательщик1={receipt.payer_name}",
        f"ПолучательСчет={receipt.account}",
        f"ДатаПоступило={receipt.came_on:%d.%m.%Y}",
        f"ВидОплаты={receipt.order_kind}",
        f"НазначениеПлатежа={receipt.purpose}",
    ]


MakeAdapter = Callable[[Path, Callable[[Receipt], Contract | None]], OneCAdapter]


def finished(folder: Path, contract_of: Callable[[Receipt], Contract | None]) -> OneCAdapter:
    """Make the adapter at which the tutorial arrives."""
    return BankStatementAdapter(folder, base="bank", organizations={OURS: HOSTING}, contract_of=contract_of)


class StatementFolder:
    """A folder with one statement, as the infobase of the contract suite."""

    today = dt.date(2026, 11, 24)

    def __init__(self, folder: Path, make_adapter: MakeAdapter = finished) -> None:
        self._file = folder / "statement.txt"
        self._receipts: dict[DocumentRef, Receipt] = {}
        self._contracts: dict[str, Contract | None] = {}
        self.adapter = make_adapter(folder, lambda receipt: self._contracts.get(receipt.number))

    def put(self, document: PaymentDocument) -> PaymentDocument:
        """Write the payment into the statement; say what a statement can tell of it, and under which key."""
        payer = document.counterparty
        assert payer is not None
        receipt = Receipt(
            account=OURS,
            payer_account="40702810500000000017",
            payer_name=payer.name,
            payer_inn=payer.inn,
            payer_kpp=payer.kpp,
            number=document.number,
            ordered_on=document.date,
            came_on=document.date,
            amount=document.amount,
            purpose=document.purpose,
            order_kind="01",
        )
        ref = receipt.ref(1)
        contract = document.lines[0].contract
        self._receipts[ref] = receipt
        self._contracts[receipt.number] = contract
        self._write()
        return document_of(ref, receipt, HOSTING, contract, is_customer=True)

    def remove(self, ref: DocumentRef) -> None:
        """Export the statement again, without the payment."""
        del self._receipts[ref]
        self._write()

    def _write(self) -> None:
        self._file.write_bytes(write(self._receipts.values()))


def change(document: PaymentDocument) -> PaymentDocument:
    """Return the payment as a bank may show it later: it cannot be unposted, but its purpose may be complete now."""
    return attrs.evolve(document, purpose="Оплата по договору № 17")
