"""What a store implements: the memory of the exchange. The docstrings are the contract.

A store decides nothing. It keeps dossiers, runs the pure core's decisions on them in transactions, and writes down
in its journal how each changed. Everything that returned is durable: it survives a power cut.

All times are aware. Methods may be called from several threads; several processes may share one store where the
implementation says so. Any method may raise :class:`~billmanager_1c.errors.StoreError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeVar

import attrs

from ..ledger import Dossier, JournalEntry, LinkState, Verdict
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode, Subaccount, SubaccountId

R = TypeVar("R")

Decide = Callable[[Dossier, dt.datetime], Verdict[R]]
"""A pure decision about a dossier at a moment. A store may call it more than once for one transaction and keeps the
last result. The moment is the ``at`` of the caller, or the store's own time where it has a clock that several hosts
share: leases go by it."""


@attrs.frozen(kw_only=True)
class Decision:
    """A decision about one document, to be made in a transaction together with others."""

    ref: DocumentRef
    decide: Decide[object]


@attrs.frozen(kw_only=True)
class Place:
    """How far the changes of an infobase have been read."""

    #: of the last batch that was committed; None before the first
    cursor: str | None = None
    #: the last one that 1C was told to forget
    acknowledged: str | None = None


@attrs.frozen(kw_only=True)
class Job:
    """When a job ran."""

    last_start: dt.datetime | None = None
    last_success: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class Switch:
    """Whether the exchange may run. It outlives the process."""

    enabled: bool = True
    #: why a person paused it; None where nobody did
    paused: str | None = None


@attrs.frozen(kw_only=True)
class StoreSummary:
    """The store at a glance."""

    documents: int
    #: links by state
    links: Mapping[LinkState, int]
    #: quarantined links by code
    quarantined: Mapping[QuarantineCode, int]
    #: documents that need work or attention
    open_documents: int
    #: when the one that waits longest changed last in 1C
    oldest_open: dt.datetime | None
    subaccounts: int


class Store(Protocol):
    """The memory of one infobase's exchange."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Close what the store opened; harmless when it is closed."""
        ...

    @property
    def read_only(self) -> bool:
        """True if every method that writes raises :class:`StoreReadOnly`."""
        ...

    def claim_base(self, base: str) -> None:
        """Fix the infobase this store belongs to, at first use; do nothing if it is the same one.

        Raises:
            StoreBelongsElsewhere: the store keeps the books of another infobase.
        """
        ...

    # -- documents ---------------------------------------------------------------------------------------------

    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """Load the dossier, decide, keep the new dossier and its journal entries: all in one transaction.

        Nobody else changes this dossier in between. Transactions of several threads may share one commit; each call
        returns only after its own is durable.

        Raises:
            PaymentTaken: the decision takes a payment that another line has; nothing was kept.
        """
        ...

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """Make all decisions, and move the adapter's cursor if one is named, in one transaction; results in order."""
        ...

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Return all that is remembered of a document; a dossier without a record for one never seen."""
        ...

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """Return what is remembered of each document, in the order asked: all as it stood at one moment."""
        ...

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """Return the version token of the last reading of those of ``refs`` that were ever read."""
        ...

    def open_documents(
        self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None
    ) -> list[tuple[int, DocumentRef]]:
        """Return documents that are open (:attr:`Dossier.is_open`), in the order in which they were first seen.

        Each comes with its place in that order; ``after`` continues behind a place. With ``due_by``, only those are
        returned of which some open link has no ``next_attempt_at`` or one not after ``due_by``.
        """
        ...

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> list[tuple[int, DocumentRef]]:
        """Return documents of which some link is in one of these states, as :meth:`open_documents` does.

        With ``open_only``, only those that are open.
        """
        ...

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents whose date, when last read, was ``day`` or later and which 1C had then.

        They come as those of :meth:`open_documents` do.
        """
        ...

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents that the journal has an entry of by this actor, as :meth:`open_documents` does."""
        ...

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """Remember that these documents changed in 1C, so that the next run reads them, known here or not."""
        ...

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """Return documents that were noted and not yet read, oldest note first, each with the number of its last note.

        The number grows with every note.
        """
        ...

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """Drop these notes, as :meth:`noted` gave them: the documents have been read and taken in.

        A document noted again meanwhile keeps its note: what changed may have come too late for that reading.
        """
        ...

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return which line has which of these payments: bound, lingering, or held against it as a twin."""
        ...

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        """Yield journal entries, oldest first: of one document, or all; ``after`` continues behind a ``seq``."""
        ...

    def summary(self) -> StoreSummary:
        """Count what is kept."""
        ...

    # -- accounts and bindings ---------------------------------------------------------------------------------

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """Return all subaccounts ever loaded; those that are gone are kept with ``active=False``."""
        ...

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """Insert or replace these, by id, in one transaction."""
        ...

    def bindings(self) -> dict[ContractId, SubaccountId]:
        """Return the subaccounts that people bound to contracts by hand."""
        ...

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        """Bind a contract to a subaccount; None removes the binding."""
        ...

    # -- the run -----------------------------------------------------------------------------------------------

    def place(self, adapter: str) -> Place:
        """Return how far an adapter's changes have been read."""
        ...

    def acknowledged(self, adapter: str, cursor: str) -> None:
        """Remember that 1C was told to forget everything up to ``cursor``."""
        ...

    def job(self, name: str) -> Job:
        """Return when a job ran last."""
        ...

    def job_started(self, name: str, at: dt.datetime) -> None:
        """Remember that a job started."""
        ...

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """Remember that a job ended well."""
        ...

    def recall(self, key: str) -> str | None:
        """Return what was remembered last under this name; None where nothing was."""
        ...

    def remember(self, key: str, text: str | None) -> None:
        """Remember something that is no document's; None forgets it."""
        ...

    def switch(self) -> Switch:
        """Return whether the exchange may run; a new store is enabled."""
        ...

    def set_switch(self, switch: Switch) -> None:
        """Change it."""
        ...
