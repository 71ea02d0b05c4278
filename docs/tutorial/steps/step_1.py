"""Step 1: every method of the port, and nothing in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from bank_statements import Receipt

from billmanager_1c.models import Contract, DocumentRef, MissingDocument, PaymentDocument
from billmanager_1c.onec import ChangeBatch


# [begin: step 1]
class BankStatementAdapter:
    def __init__(self, folder: Path, *, base: str) -> None:
        self.folder = folder
        self.base = base

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        yield ChangeBatch()

    def acknowledge(self, cursor: str) -> None:
        pass

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        for ref in refs:
            yield MissingDocument(ref=ref)


# [end: step 1]


def make_adapter(folder: Path, contract_of: Callable[[Receipt], Contract | None]) -> BankStatementAdapter:
    return BankStatementAdapter(folder, base="bank")
