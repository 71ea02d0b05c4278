"""What type checkers must see of the async engine and its ports. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import assert_type

from billmanager_1c import AsyncBillManagerClient, AsyncSyncEngine, BillManagerClient, MemoryStore, Policy
from billmanager_1c.engine import async_diagnose
from billmanager_1c.models import DocumentRef, MissingDocument, PaymentDocument
from billmanager_1c.onec import AsyncOneCAdapter, ChangeBatch, MemoryAdapter
from billmanager_1c.reports import Diagnosis, ExportReport, Listing, Refusal
from billmanager_1c.store import AsyncStore

POLICY = Policy(export_from=dt.date(2026, 11, 1))


class Right:
    """Nothing inherited: whoever has the methods is an async adapter."""

    base = "books"

    async def changes(self, cursor: str | None) -> AsyncIterator[ChangeBatch]:
        """Show nothing."""
        yield ChangeBatch(cursor=cursor)

    async def acknowledge(self, cursor: str) -> None:
        """Forget nothing."""

    async def read(self, refs: Sequence[DocumentRef]) -> AsyncIterator[PaymentDocument | MissingDocument]:
        """Know nothing."""
        for ref in refs:
            yield MissingDocument(ref=ref)


class HalfAsync(Right):
    """An adapter is of one kind."""

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument]:  # type: ignore[override]
        """Know nothing."""
        return iter(())


class NeverAwaited(Right):
    """Whoever is asked to forget is awaited."""

    def acknowledge(self, cursor: str) -> None:  # type: ignore[override]
        """Forget nothing."""


def adapters(billmanager: AsyncBillManagerClient, store: AsyncStore) -> AsyncOneCAdapter:
    """Adapters and stores of either kind go together."""
    AsyncSyncEngine(onec=Right(), billmanager=billmanager, store=store, policy=POLICY)
    AsyncSyncEngine(onec=Right(), billmanager=billmanager, store=MemoryStore(), policy=POLICY)
    AsyncSyncEngine(onec=MemoryAdapter(), billmanager=billmanager, store=store, policy=POLICY)
    return Right()


def a_blocking_client(billmanager: BillManagerClient, store: AsyncStore) -> None:
    """A client that blocks would stop the loop."""
    AsyncSyncEngine(onec=Right(), billmanager=billmanager, store=store, policy=POLICY)  # type: ignore[arg-type]


async def reports(engine: AsyncSyncEngine) -> None:
    """What is awaited is what the blocking engine returns; to stop is not awaited."""
    assert_type(await engine.export_payments(), ExportReport)
    assert_type(await engine.quarantined(), Listing[Refusal])
    assert_type(engine.stop(), None)
    engine.load_accounts()  # type: ignore[unused-coroutine]  # a verb that nobody awaits does nothing


async def a_diagnosis_of_either_kind(
    billmanager: AsyncBillManagerClient, blocking: BillManagerClient, onec: AsyncOneCAdapter, memory: MemoryAdapter
) -> None:
    """The client must be the async one; the adapter may be of either kind."""
    assert_type(await async_diagnose(billmanager, onec), Diagnosis)
    assert_type(await async_diagnose(billmanager, memory), Diagnosis)
    await async_diagnose(blocking)  # type: ignore[arg-type]
