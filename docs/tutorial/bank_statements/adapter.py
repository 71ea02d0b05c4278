"""The adapter: a folder of bank statements as payment documents.

Do not run it beside an adapter to the infobase that the same statements are loaded into. The same money would come
twice, under two keys, and be credited twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from billmanager_1c.errors import SettingsError
from billmanager_1c.models import Contract, DocumentRef, MissingDocument, Organization, PaymentDocument
from billmanager_1c.onec import ChangeBatch, Stamp

from .receipts import NotACustomer, Receipt, document_of, not_a_customer, receipts_of
from .refusal import StatementRefused
from .statement import Statement, read_statement

_BATCH = 500


class BankStatementAdapter:
    """Shows the money that came according to the statements of a folder: every ``.txt`` in it, none below it.

    Args:
        folder: where the bank client exports to, each time into a new file. A payment that waits does so as long as
            some file of the folder has it.
        base: the name of these books; it goes into the mark of every payment, so never change it.
        organizations: our own accounts, each with the organization it belongs to.
        contract_of: your rule: under which contract a payment came. None refuses the payment until the rule knows.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        base: str,
        organizations: Mapping[str, Organization],
        contract_of: Callable[[Receipt], Contract | None],
    ) -> None:
        if not base or not organizations:
            raise SettingsError("The adapter needs a name (base) and at least one account of ours (organizations).")
        self._folder = Path(folder)
        self._base = base
        self._organizations = dict(organizations)
        self._contract_of = contract_of
        self._read: dict[str, tuple[bytes, Statement]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: no file stays open."""

    # ------------------------------------------------------------------------------------------------------- the port

    @property
    def base(self) -> str:
        """The name of these books."""
        return self._base

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield every payment of every whole statement; the engine reads those whose version it does not know.

        Raises:
            StatementRefused: some file could not be read. What the others say has been yielded by then.
        """
        books = self._books()
        stamps = [Stamp(ref, document.version, document.date) for ref, document in books.documents()]
        for start in range(0, len(stamps), _BATCH):
            yield ChangeBatch(stamps=stamps[start : start + _BATCH])
        if books.refused:
            raise _together(books.refused)

    def acknowledge(self, cursor: str) -> None:
        """Do nothing: the folder forgets nothing, and there are no cursors."""

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Yield each payment as it stands in the latest statement that has it.

        Raises:
            StatementRefused: a payment is in no statement, and one that might have it could not be read.
        """
        if not refs:
            return
        books = self._books()
        for ref in dict.fromkeys(refs):
            if (document := books.document(ref)) is not None:
                yield document
            elif books.refused:
                raise _together(books.refused)
            elif not books.statements:
                raise StatementRefused(f"{self._folder} has no statement in it: is it the right folder, and mounted?")
            else:
                yield MissingDocument(ref=ref)

    # --------------------------------------------------------------------------------------------------- for a person

    def left_out(self) -> Iterator[tuple[Receipt, NotACustomer]]:
        """Yield money that came and is no customer's, with the reason; the engine reports it as skipped."""
        for receipt in self._books().receipts.values():
            if (reason := not_a_customer(receipt, self._organizations)) is not None:
                yield receipt, reason

    # --------------------------------------------------------------------------------------------------------- inside

    def _books(self) -> _Books:
        """Read the folder. Of two statements that have the same payment, the one made later is believed."""
        if not self._folder.is_dir():
            raise StatementRefused(f"There is no folder {self._folder}: is it the right one, and mounted?")
        books = _Books(self._organizations, self._contract_of)
        statements: list[Statement] = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() == ".txt":
                try:
                    statements.append(self._statement(path))
                except StatementRefused as refused:
                    books.refused.append(refused)
        for statement in sorted(statements, key=lambda each: (each.made, each.file)):
            books.take(statement)
        return books

    def _statement(self, path: Path) -> Statement:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StatementRefused(f"{path.name} cannot be read: {error.strerror}.", resource=path.name) from error
        digest = hashlib.sha256(data).digest()
        known = self._read.get(path.name)
        if known is not None and known[0] == digest:
            return known[1]
        statement = read_statement(data, path.name)
        strangers = statement.accounts - self._organizations.keys()
        if strangers:
            raise StatementRefused(
                f"{path.name} is a statement of {', '.join(sorted(strangers))}, which is none of our accounts. Name "
                "its organization when the adapter is made, or move the file out of the folder.",
                resource=path.name,
            )
        self._read[path.name] = digest, statement
        return statement


@attrs.define
class _Books:
    """What the folder says at one moment."""

    organizations: Mapping[str, Organization]
    contract_of: Callable[[Receipt], Contract | None]
    receipts: dict[DocumentRef, Receipt] = attrs.Factory(dict)
    statements: int = 0
    refused: list[StatementRefused] = attrs.Factory(list)

    def take(self, statement: Statement) -> None:
        try:
            self.receipts.update(receipts_of(statement))
            self.statements += 1
        except StatementRefused as refused:
            self.refused.append(refused)

    def documents(self) -> Iterator[tuple[DocumentRef, PaymentDocument]]:
        for ref in self.receipts:
            document = self.document(ref)
            assert document is not None
            yield ref, document

    def document(self, ref: DocumentRef) -> PaymentDocument | None:
        receipt = self.receipts.get(ref)
        if receipt is None:
            return None
        is_customer = not_a_customer(receipt, self.organizations) is None
        contract = self.contract_of(receipt) if is_customer else None
        return document_of(ref, receipt, self.organizations[receipt.account], contract, is_customer=is_customer)


def _together(refused: Sequence[StatementRefused]) -> StatementRefused:
    """Make one exception of several, so that a person sees them all at once."""
    if len(refused) == 1:
        return refused[0]
    return StatementRefused(" ".join(each.message for each in refused), resource=refused[0].resource)
