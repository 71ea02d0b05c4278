"""A wrong signature of an adapter or of a store is caught by the type checker. Checked by mypy, never run.

Each class below has one mistake. An ignore that nothing needs is an error itself, so every mistake here is one that
mypy sees, at the line where its author would read of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from billmanager_1c import BillManagerClient, MemoryStore, Policy, SyncEngine
from billmanager_1c.ledger import Dossier
from billmanager_1c.models import DocumentRef, MissingDocument, PaymentDocument
from billmanager_1c.onec import ChangeBatch, MemoryAdapter, ODataAdapter, OneCAdapter
from billmanager_1c.store import SQLiteStore, Store
from billmanager_1c.testing import Infobase, OneCAdapterContract


class Right:
    """Nothing inherited: whoever has the methods is an adapter."""

    base = "books"

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show nothing."""
        yield ChangeBatch(cursor=cursor)

    def acknowledge(self, cursor: str) -> None:
        """Forget nothing."""

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Know nothing."""
        return (MissingDocument(ref=ref) for ref in refs)


class CursorCannotBeNone(Right):
    """The first call has no cursor yet."""

    def changes(self, cursor: str) -> Iterator[ChangeBatch]:  # type: ignore[override]
        """Show nothing."""
        yield ChangeBatch(cursor=cursor)


class BareStamps:
    """Batches carry the cursor; stamps alone would lose the place."""

    base = "books"

    def changes(self, cursor: str | None) -> Iterator[DocumentRef]:
        """Show references."""
        return iter(())

    def acknowledge(self, cursor: str) -> None:
        """Forget nothing."""

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Know nothing."""
        return iter(())


class NoneForMissing:
    """A document that is gone is a value, so that silence never means it."""

    base = "books"

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show nothing."""
        return iter(())

    def acknowledge(self, cursor: str) -> None:
        """Forget nothing."""

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | None]:
        """Say nothing."""
        return iter(())


class Forgetful:
    """It cannot be told that a cursor is safe."""

    base = "books"

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show nothing."""
        return iter(())

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Know nothing."""
        return iter(())


class Nameless(Right):
    """The name goes into every mark."""

    base = None  # type: ignore[assignment]


class ShippedAdapters:
    """Those that come with the library."""

    memory: type[OneCAdapter] = MemoryAdapter
    odata: type[OneCAdapter] = ODataAdapter


class HalfAStore:
    """A store is more than a dictionary."""

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Know nothing."""
        return Dossier(ref=ref)


class NaiveStore(MemoryStore):
    """Times are moments, not texts."""

    def job_started(self, name: str, at: str) -> None:  # type: ignore[override]
        """Remember it."""


class SilentStore(MemoryStore):
    """What a decision returned is given back."""

    def claim_base(self, base: str) -> bool:  # type: ignore[override]
        """Claim nothing."""
        return True


def adapters(billmanager: BillManagerClient, store: Store) -> None:
    """What is given to the engine is checked there, too."""
    policy = Policy(export_from=dt.date(2026, 11, 1))
    SyncEngine(onec=Right(), billmanager=billmanager, store=store, policy=policy)
    SyncEngine(onec=BareStamps(), billmanager=billmanager, store=store, policy=policy)  # type: ignore[arg-type]
    SyncEngine(onec=NoneForMissing(), billmanager=billmanager, store=store, policy=policy)  # type: ignore[arg-type]
    SyncEngine(onec=Forgetful(), billmanager=billmanager, store=store, policy=policy)  # type: ignore[arg-type]


def stores(billmanager: BillManagerClient) -> None:
    """A store is checked where it is used as one."""
    policy = Policy(export_from=dt.date(2026, 11, 1))
    for store in (MemoryStore(), SQLiteStore("sync.db")):
        SyncEngine(onec=Right(), billmanager=billmanager, store=store, policy=policy)
    SyncEngine(onec=Right(), billmanager=billmanager, store=HalfAStore(), policy=policy)  # type: ignore[arg-type]


class TestRight(OneCAdapterContract):
    """The contract suite asks for an infobase, not for an adapter."""

    def make_infobase(self) -> Infobase:
        """Return the adapter by mistake."""
        return Right()  # type: ignore[return-value]
