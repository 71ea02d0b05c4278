"""An infobase in memory: for tests, and as the shortest correct implementation of the port."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

import attrs

from ..errors import SettingsError
from ..models import DocumentRef, MissingDocument, PaymentDocument, PaymentId, Subaccount, SubaccountId
from ..ports.onec import ChangeBatch, Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


@attrs.frozen
class _Change:
    number: int
    stamp: Stamp


class MemoryAdapter:
    """Keeps documents in memory and tells what changed since a cursor. It has every capability of the port.

    Each :meth:`put` and each :meth:`remove` is a change with a number, and the cursor is the number of the last
    change that was shown. Only the last change of a document is kept.
    """

    def __init__(
        self, base: str = "memory", documents: Iterable[PaymentDocument] = (), *, batch_size: int = 1000
    ) -> None:
        if not base:
            raise SettingsError("The infobase needs a name: base is empty.")
        self._base = base
        self._batch_size = batch_size
        # A cursor of another adapter's life means nothing here; what it would hide is shown again instead.
        self._life = uuid.uuid4().hex[:8]
        self._lock = threading.RLock()
        self._count = 0
        self._documents: dict[DocumentRef, PaymentDocument] = {}
        self._changes: dict[DocumentRef, _Change] = {}
        self._accounts: dict[SubaccountId, Subaccount] = {}
        self._acknowledged: str | None = None
        self._module_address: str | None = None
        self._module_payments: dict[DocumentRef, PaymentId] = {}
        for document in documents:
            self.put(document)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r}, {len(self._documents)} documents)"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    # ---------------------------------------------------------------------------------------- what an accountant does

    @property
    def documents(self) -> Mapping[DocumentRef, PaymentDocument]:
        """The documents by reference, as they are now."""
        with self._lock:
            return MappingProxyType(dict(self._documents))

    def put(self, document: PaymentDocument) -> None:
        """Write a document: a new one, or a new state of one that is there."""
        with self._lock:
            self._documents[document.ref] = document
            self._note(Stamp(document.ref, document.version, document.date))

    def remove(self, ref: DocumentRef) -> None:
        """Delete a document for good.

        Raises:
            KeyError: it is not there.
        """
        with self._lock:
            document = self._documents.pop(ref)
            self._note(Stamp(ref, "", document.date))

    def set_module_address(self, address: str | None) -> None:
        """Switch ISPsystem's module on for this address; None switches it off."""
        self._module_address = address or None

    def add_module_payment(self, ref: DocumentRef, payment_id: int) -> None:
        """Let the module's register say that it made this payment of the document."""
        with self._lock:
            self._module_payments[ref] = PaymentId(payment_id)

    @property
    def accounts(self) -> Mapping[SubaccountId, Subaccount]:
        """The subaccounts that were saved, by id."""
        with self._lock:
            return MappingProxyType(dict(self._accounts))

    @property
    def acknowledged(self) -> str | None:
        """The cursor that was acknowledged last."""
        return self._acknowledged

    def _note(self, stamp: Stamp) -> None:
        self._count += 1
        self._changes.pop(stamp.ref, None)  # so that the order of the dict is the order of the changes
        self._changes[stamp.ref] = _Change(self._count, stamp)

    # ------------------------------------------------------------------------------------------------------- the port

    @property
    def base(self) -> str:
        """The infobase's name."""
        return self._base

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what changed since the cursor, oldest first."""
        seen = self._number(cursor)
        with self._lock:
            changes = [change for change in self._changes.values() if change.number > seen]
        for start in range(0, len(changes), self._batch_size):
            batch = changes[start : start + self._batch_size]
            yield ChangeBatch(stamps=tuple(change.stamp for change in batch), cursor=f"{self._life}-{batch[-1].number}")

    def acknowledge(self, cursor: str) -> None:
        """Forget deletions that were shown up to the cursor; everything else is kept as long as its document."""
        seen = self._number(cursor)
        with self._lock:
            self._acknowledged = cursor
            for ref in [ref for ref, change in self._changes.items() if change.number <= seen]:
                if ref not in self._documents:
                    del self._changes[ref]

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Yield each document as it is now, or that there is none."""
        for ref in dict.fromkeys(refs):
            yield self._documents.get(ref) or MissingDocument(ref=ref)

    def save_accounts(self, subaccounts: Sequence[Subaccount]) -> None:
        """Keep the subaccounts, see :attr:`accounts`."""
        with self._lock:
            self._accounts.update((each.id, each) for each in subaccounts)

    def changes_since(self, day: dt.date) -> Iterator[ChangeBatch]:
        """Yield every document dated ``day`` or later, by date."""
        documents = sorted(self.documents.values(), key=lambda document: (document.date, str(document.ref)))
        stamps = [Stamp(each.ref, each.version, each.date) for each in documents if each.date >= day]
        for start in range(0, len(stamps), self._batch_size):
            yield ChangeBatch(stamps=tuple(stamps[start : start + self._batch_size]))
        yield ChangeBatch(complete_since=day)

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what :meth:`changes` would: nothing remembers that it was asked."""
        return self.changes(cursor)

    def module_address(self) -> str | None:
        """Return what :meth:`set_module_address` set."""
        return self._module_address

    def module_payments(self) -> Iterator[tuple[DocumentRef, PaymentId | None]]:
        """Yield what :meth:`add_module_payment` added."""
        with self._lock:
            payments = list(self._module_payments.items())
        yield from payments

    def _number(self, cursor: str | None) -> int:
        life, _, number = (cursor or "").partition("-")
        return int(number) if life == self._life and number.isdecimal() else 0
