"""Step 2: it reads the folder, and makes the mistakes that everybody makes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from bank_statements import Receipt, read_statement
from bank_statements.receipts import document_of, receipts_of
from statement_folder import HOSTING

from billmanager_1c.models import Contract, DocumentRef, MissingDocument, PaymentDocument
from billmanager_1c.onec import ChangeBatch, Stamp


# [begin: step 2]
class BankStatementAdapter:
    def __init__(self, folder: Path, *, base: str, contract_of: Callable[[Receipt], Contract | None]) -> None:
        self.folder = folder
        self.base = base
        self.contract_of = contract_of
        self.documents: dict[DocumentRef, PaymentDocument] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        for path in self.folder.glob("*.txt"):
            for ref, receipt in receipts_of(read_statement(path.read_bytes(), path.name)).items():
                contract = self.contract_of(receipt)
                self.documents[ref] = document_of(ref, receipt, HOSTING, contract, is_customer=True)
        yield ChangeBatch(stamps=[Stamp(ref, each.number, each.date) for ref, each in self.documents.items()])

    def acknowledge(self, cursor: str) -> None:
        self.documents.clear()

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        if not self.documents:
            list(self.changes(None))
        for ref in refs:
            if ref in self.documents:
                yield self.documents[ref]


# [end: step 2]


def make_adapter(folder: Path, contract_of: Callable[[Receipt], Contract | None]) -> BankStatementAdapter:
    return BankStatementAdapter(folder, base="bank", contract_of=contract_of)
