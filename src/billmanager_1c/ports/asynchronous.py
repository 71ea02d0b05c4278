"""The same ports for async code: what an adapter or a store of an event loop implements.

Each method means what the blocking one of the same name means: ``ports.onec`` and ``ports.store`` are the contract,
in its order and with its exceptions. :class:`~billmanager_1c.engine.AsyncSyncEngine` takes either kind.

A run may be cancelled. A method of an adapter is then cancelled where it waits; one of a store never is: it is waited
for to its end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeVar, runtime_checkable

from ..ledger import Dossier, JournalEntry, LinkState
from ..models import (
    ContractId,
    DocumentRef,
    MissingDocument,
    PaymentDocument,
    PaymentId,
    Subaccount,
    SubaccountId,
)
from .onec import ChangeBatch, Inspected
from .store import Decide, Decision, Job, Place, StoreSummary, Switch

R = TypeVar("R")


@runtime_checkable
class AsyncOneCAdapter(Protocol):
    """The way to one 1C infobase. See :class:`.OneCAdapter`."""

    @property
    def base(self) -> str:
        """The infobase's name. See :attr:`.OneCAdapter.base`."""
        ...

    def changes(self, cursor: str | None) -> AsyncIterator[ChangeBatch]:
        """Yield what may have changed, as an async generator does. See :meth:`.OneCAdapter.changes`."""
        ...

    async def acknowledge(self, cursor: str) -> None:
        """Forget what was shown. See :meth:`.OneCAdapter.acknowledge`."""
        ...

    def read(self, refs: Sequence[DocumentRef]) -> AsyncIterator[PaymentDocument | MissingDocument]:
        """Yield each of ``refs``, as an async generator does. See :meth:`.OneCAdapter.read`."""
        ...


@runtime_checkable
class AsyncAccountsSink(Protocol):
    """An adapter that can also keep the subaccounts. See :class:`.AccountsSink`."""

    async def save_accounts(self, subaccounts: Sequence[Subaccount]) -> None:
        """Create or update one item for each. See :meth:`.AccountsSink.save_accounts`."""
        ...


@runtime_checkable
class AsyncHistory(Protocol):
    """An adapter that can list everything since a day. See :class:`.History`."""

    def changes_since(self, day: dt.date) -> AsyncIterator[ChangeBatch]:
        """Yield every document dated ``day`` or later. See :meth:`.History.changes_since`."""
        ...


@runtime_checkable
class AsyncPeek(Protocol):
    """An adapter that can show changes without a trace in 1C. See :class:`.Peek`."""

    def peek(self, cursor: str | None) -> AsyncIterator[ChangeBatch]:
        """Yield what may have changed. See :meth:`.Peek.peek`."""
        ...


@runtime_checkable
class AsyncInspectable(Protocol):
    """An adapter that can tell whether everything the exchange reads is there. See :class:`.Inspectable`."""

    def inspect(self) -> AsyncIterator[Inspected]:
        """Yield each object that the exchange reads. See :meth:`.Inspectable.inspect`."""
        ...


@runtime_checkable
class AsyncRivalModule(Protocol):
    """An adapter that can ask whether ISPsystem's own module works there. See :class:`.RivalModule`."""

    async def module_address(self) -> str | None:
        """Return the address it is switched on for. See :meth:`.RivalModule.module_address`."""
        ...

    async def module_payments(self) -> Iterable[tuple[DocumentRef, PaymentId | None]]:
        """Return what its register says. See :meth:`.RivalModule.module_payments`."""
        ...


class AsyncStore(Protocol):
    """The memory of one infobase's exchange. See :class:`.Store`.

    What a method is given to decide or to keep is pure and quick: it may be called in the loop.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    async def close(self) -> None:
        """Close what the store opened. See :meth:`.Store.close`."""
        ...

    @property
    def read_only(self) -> bool:
        """True if every method that writes raises :class:`StoreReadOnly`."""
        ...

    async def claim_base(self, base: str) -> None:
        """Fix the infobase. See :meth:`.Store.claim_base`."""
        ...

    # -- documents ---------------------------------------------------------------------------------------------

    async def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """Decide about one document. See :meth:`.Store.transact`."""
        ...

    async def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """Decide about several documents at once. See :meth:`.Store.transact_all`."""
        ...

    async def dossier(self, ref: DocumentRef) -> Dossier:
        """Return all that is remembered of a document. See :meth:`.Store.dossier`."""
        ...

    async def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """Return what is remembered of several documents at one moment. See :meth:`.Store.dossiers`."""
        ...

    async def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """Return version tokens. See :meth:`.Store.versions`."""
        ...

    async def open_documents(
        self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None
    ) -> list[tuple[int, DocumentRef]]:
        """Return open documents. See :meth:`.Store.open_documents`."""
        ...

    async def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> list[tuple[int, DocumentRef]]:
        """Return documents by the state of their lines. See :meth:`.Store.documents_in`."""
        ...

    async def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents by their day. See :meth:`.Store.documents_since`."""
        ...

    async def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return what an actor changed. See :meth:`.Store.touched`."""
        ...

    async def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """Note changes. See :meth:`.Store.note_changed`."""
        ...

    async def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """Return notes. See :meth:`.Store.noted`."""
        ...

    async def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """Drop notes. See :meth:`.Store.forget_noted`."""
        ...

    async def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return which line has which payment. See :meth:`.Store.holders`."""
        ...

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> AsyncIterator[JournalEntry]:
        """Yield journal entries, as an async generator does. See :meth:`.Store.journal`."""
        ...

    async def summary(self) -> StoreSummary:
        """Count what is kept. See :meth:`.Store.summary`."""
        ...

    # -- accounts and bindings ---------------------------------------------------------------------------------

    async def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """Return all subaccounts. See :meth:`.Store.subaccounts`."""
        ...

    async def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """Insert or replace subaccounts. See :meth:`.Store.save_subaccounts`."""
        ...

    async def bindings(self) -> dict[ContractId, SubaccountId]:
        """Return bindings. See :meth:`.Store.bindings`."""
        ...

    async def bind(
        self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime
    ) -> None:
        """Bind a contract. See :meth:`.Store.bind`."""
        ...

    # -- the run -----------------------------------------------------------------------------------------------

    async def place(self, adapter: str) -> Place:
        """Return how far changes have been read. See :meth:`.Store.place`."""
        ...

    async def acknowledged(self, adapter: str, cursor: str) -> None:
        """Remember an acknowledgement. See :meth:`.Store.acknowledged`."""
        ...

    async def job(self, name: str) -> Job:
        """Return when a job ran last. See :meth:`.Store.job`."""
        ...

    async def job_started(self, name: str, at: dt.datetime) -> None:
        """Remember that a job started. See :meth:`.Store.job_started`."""
        ...

    async def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """Remember that a job ended well. See :meth:`.Store.job_succeeded`."""
        ...

    async def recall(self, key: str) -> str | None:
        """Return what was remembered. See :meth:`.Store.recall`."""
        ...

    async def remember(self, key: str, text: str | None) -> None:
        """Remember something. See :meth:`.Store.remember`."""
        ...

    async def switch(self) -> Switch:
        """Return whether the exchange may run. See :meth:`.Store.switch`."""
        ...

    async def set_switch(self, switch: Switch) -> None:
        """Change it. See :meth:`.Store.set_switch`."""
        ...
