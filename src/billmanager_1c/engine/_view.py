"""An async store as blocking code in a thread sees it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from ..ledger import Dossier, JournalEntry, LinkState
from ..models import ContractId, DocumentRef, PaymentId, Subaccount, SubaccountId
from ..ports.asynchronous import AsyncStore
from ..ports.store import Decide, Decision, Job, Place, StoreSummary, Switch

T = TypeVar("T")
R = TypeVar("R")

_Found = list[tuple[int, DocumentRef]]


class StoreView:
    """Has each call done in the loop of the store, and waits for it. Never to be used in that loop itself.

    Questions of plans are plain functions of a :class:`.Store`; so both kinds of stores answer the same ones.
    """

    def __init__(self, store: AsyncStore, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop

    def _await(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the store open: it is somebody else's."""

    @property
    def read_only(self) -> bool:
        """See :attr:`.Store.read_only`."""
        return self._store.read_only

    def claim_base(self, base: str) -> None:
        """See :meth:`.Store.claim_base`."""
        self._await(self._store.claim_base(base))

    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """See :meth:`.Store.transact`."""
        return self._await(self._store.transact(ref, decide, actor=actor, at=at))

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """See :meth:`.Store.transact_all`."""
        return self._await(self._store.transact_all(decisions, actor=actor, at=at, adapter=adapter, cursor=cursor))

    def dossier(self, ref: DocumentRef) -> Dossier:
        """See :meth:`.Store.dossier`."""
        return self._await(self._store.dossier(ref))

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """See :meth:`.Store.dossiers`."""
        return self._await(self._store.dossiers(refs))

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """See :meth:`.Store.versions`."""
        return self._await(self._store.versions(refs))

    def open_documents(self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None) -> _Found:
        """See :meth:`.Store.open_documents`."""
        return self._await(self._store.open_documents(after=after, limit=limit, due_by=due_by))

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> _Found:
        """See :meth:`.Store.documents_in`."""
        return self._await(self._store.documents_in(states, after=after, limit=limit, open_only=open_only))

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> _Found:
        """See :meth:`.Store.documents_since`."""
        return self._await(self._store.documents_since(day, after=after, limit=limit))

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> _Found:
        """See :meth:`.Store.touched`."""
        return self._await(self._store.touched(actor, after=after, limit=limit))

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """See :meth:`.Store.note_changed`."""
        self._await(self._store.note_changed(refs, at=at))

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """See :meth:`.Store.noted`."""
        return self._await(self._store.noted(limit=limit))

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """See :meth:`.Store.forget_noted`."""
        self._await(self._store.forget_noted(notes))

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """See :meth:`.Store.holders`."""
        return self._await(self._store.holders(payment_ids))

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        """See :meth:`.Store.journal`."""
        entries = aiter(self._store.journal(ref, after=after))
        while (entry := self._await(_next(entries))) is not None:
            yield entry

    def summary(self) -> StoreSummary:
        """See :meth:`.Store.summary`."""
        return self._await(self._store.summary())

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """See :meth:`.Store.subaccounts`."""
        return self._await(self._store.subaccounts())

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """See :meth:`.Store.save_subaccounts`."""
        self._await(self._store.save_subaccounts(subaccounts))

    def bindings(self) -> dict[ContractId, SubaccountId]:
        """See :meth:`.Store.bindings`."""
        return self._await(self._store.bindings())

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        """See :meth:`.Store.bind`."""
        self._await(self._store.bind(contract_id, subaccount_id, actor=actor, at=at))

    def place(self, adapter: str) -> Place:
        """See :meth:`.Store.place`."""
        return self._await(self._store.place(adapter))

    def acknowledged(self, adapter: str, cursor: str) -> None:
        """See :meth:`.Store.acknowledged`."""
        self._await(self._store.acknowledged(adapter, cursor))

    def job(self, name: str) -> Job:
        """See :meth:`.Store.job`."""
        return self._await(self._store.job(name))

    def job_started(self, name: str, at: dt.datetime) -> None:
        """See :meth:`.Store.job_started`."""
        self._await(self._store.job_started(name, at))

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """See :meth:`.Store.job_succeeded`."""
        self._await(self._store.job_succeeded(name, at))

    def recall(self, key: str) -> str | None:
        """See :meth:`.Store.recall`."""
        return self._await(self._store.recall(key))

    def remember(self, key: str, text: str | None) -> None:
        """See :meth:`.Store.remember`."""
        self._await(self._store.remember(key, text))

    def switch(self) -> Switch:
        """See :meth:`.Store.switch`."""
        return self._await(self._store.switch())

    def set_switch(self, switch: Switch) -> None:
        """See :meth:`.Store.set_switch`."""
        self._await(self._store.set_switch(switch))


async def _next(entries: AsyncIterator[JournalEntry]) -> JournalEntry | None:
    return await anext(entries, None)
