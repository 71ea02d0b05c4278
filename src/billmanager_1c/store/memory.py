"""A store that lives as long as the process: for tests, for trying things out, and as the model of the others."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

import attrs

from ..errors import StoreBelongsElsewhere
from ..ledger import Dossier, JournalEntry, LinkState
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode, Subaccount, SubaccountId
from ..ports.store import Decide, Decision, Job, Place, StoreSummary, Switch
from ._change import Change, due, holdings, payment_taken

R = TypeVar("R")

_PAGE = 500


class MemoryStore:
    """The memory of one infobase's exchange, kept in this process and lost with it.

    It keeps every promise of :class:`~billmanager_1c.ports.store.Store` but to outlive the process. One lock serves
    all threads. Leaving its ``with`` block keeps what is in it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._base: str | None = None
        #: in the order in which they were first seen
        self._dossiers: dict[DocumentRef, Dossier] = {}
        self._order: list[DocumentRef] = []
        self._holders: dict[PaymentId, tuple[DocumentRef, ContractId]] = {}
        self._journal: list[JournalEntry] = []
        self._notes: dict[DocumentRef, int] = {}
        self._note = 0
        self._subaccounts: dict[SubaccountId, Subaccount] = {}
        self._bindings: dict[ContractId, SubaccountId] = {}
        self._places: dict[str, Place] = {}
        self._jobs: dict[str, Job] = {}
        self._memory: dict[str, str] = {}
        self._switch = Switch()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    @property
    def read_only(self) -> bool:
        """Always False."""
        return False

    def claim_base(self, base: str) -> None:
        """Fix the infobase. See :meth:`.Store.claim_base`."""
        with self._lock:
            if self._base not in (None, base):
                raise StoreBelongsElsewhere(
                    f"This store keeps the books of infobase {self._base!r}, not of {base!r}; "
                    "give each infobase its own store."
                )
            self._base = base

    # -- documents ---------------------------------------------------------------------------------------------

    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """Decide about one document. See :meth:`.Store.transact`."""
        with self._lock:
            return self._decide(ref, decide, actor, at)

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """Decide about several documents at once. See :meth:`.Store.transact_all`."""
        with self._lock:
            known, told = len(self._order), len(self._journal)
            before = {one.ref: self.dossier(one.ref) for one in decisions}
            try:
                results = [self._decide(one.ref, one.decide, actor, at) for one in decisions]
            except BaseException:
                self._restore(before, known, told)
                raise
            if adapter is not None:
                self._places[adapter] = attrs.evolve(self.place(adapter), cursor=cursor)
            return results

    def _decide(self, ref: DocumentRef, decide: Decide[R], actor: str, at: dt.datetime) -> R:
        before = self.dossier(ref)
        verdict = decide(before, at)
        change = Change.between(before, verdict, actor=actor, at=at)
        if change is not None:
            for payment_id in change.taken:
                holder = self._holders.get(payment_id)
                if holder is not None:
                    raise payment_taken(payment_id, *holder)
            self._put(change.dossier)
            told = len(self._journal)
            self._journal += [attrs.evolve(entry, seq=told + i) for i, entry in enumerate(change.entries, 1)]
        return verdict.result

    def _put(self, dossier: Dossier) -> None:
        ref = dossier.ref
        for payment_id in holdings(self.dossier(ref)):
            del self._holders[payment_id]
        self._holders.update({id: (ref, contract_id) for id, contract_id in holdings(dossier).items()})
        if ref not in self._dossiers:
            self._order.append(ref)
        self._dossiers[ref] = dossier

    def _restore(self, before: Mapping[DocumentRef, Dossier], known: int, told: int) -> None:
        for ref in before:
            for payment_id in holdings(self.dossier(ref)):
                del self._holders[payment_id]
        for ref in self._order[known:]:
            del self._dossiers[ref]
        del self._order[known:]
        del self._journal[told:]
        for ref, dossier in before.items():
            if ref in self._dossiers:
                self._dossiers[ref] = dossier
                self._holders.update({id: (ref, contract_id) for id, contract_id in holdings(dossier).items()})

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Return what is remembered of a document. See :meth:`.Store.dossier`."""
        with self._lock:
            return self._dossiers.get(ref) or Dossier(ref=ref)

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """Return what is remembered of each document. See :meth:`.Store.dossiers`."""
        with self._lock:
            return {ref: self.dossier(ref) for ref in refs}

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """Return version tokens. See :meth:`.Store.versions`."""
        with self._lock:
            records = ((ref, self.dossier(ref).record) for ref in refs)
            return {ref: record.version for ref, record in records if record is not None}

    def open_documents(
        self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None
    ) -> list[tuple[int, DocumentRef]]:
        """Return open documents by place. See :meth:`.Store.open_documents`."""

        def chosen(dossier: Dossier) -> bool:
            return dossier.is_open and (due_by is None or (due(dossier) or due_by) <= due_by)

        return self._page(chosen, after, limit)

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> list[tuple[int, DocumentRef]]:
        """Return documents by the state of their lines. See :meth:`.Store.documents_in`."""

        def chosen(dossier: Dossier) -> bool:
            stands = any(link.state in states for link in dossier.links.values())
            return stands and (dossier.is_open or not open_only)

        return self._page(chosen, after, limit)

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents of that day and later. See :meth:`.Store.documents_since`."""

        def chosen(dossier: Dossier) -> bool:
            record = dossier.record
            return record is not None and record.document.date >= day and not record.missing

        return self._page(chosen, after, limit)

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents that an actor changed. See :meth:`.Store.touched`."""
        with self._lock:
            refs = {entry.ref for entry in self._journal if entry.actor == actor}
        return self._page(lambda dossier: dossier.ref in refs, after, limit)

    def _page(self, chosen: Callable[[Dossier], bool], after: int, limit: int) -> list[tuple[int, DocumentRef]]:
        found: list[tuple[int, DocumentRef]] = []
        with self._lock:
            for place in range(after + 1, len(self._order) + 1):
                if len(found) == limit:
                    break
                if chosen(self._dossiers[self._order[place - 1]]):
                    found.append((place, self._order[place - 1]))
        return found

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """Note changes in 1C. See :meth:`.Store.note_changed`."""
        with self._lock:
            for ref in refs:
                self._note += 1
                self._notes.pop(ref, None)
                self._notes[ref] = self._note

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """Return notes. See :meth:`.Store.noted`."""
        with self._lock:
            return dict(list(self._notes.items())[:limit])

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """Drop notes. See :meth:`.Store.forget_noted`."""
        with self._lock:
            for ref, number in notes.items():
                if self._notes.get(ref) == number:
                    del self._notes[ref]

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return who has these payments. See :meth:`.Store.holders`."""
        with self._lock:
            return {id: self._holders[id] for id in payment_ids if id in self._holders}

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        """Yield journal entries. See :meth:`.Store.journal`."""
        place = max(after, 0)
        while True:
            with self._lock:
                page = self._journal[place : place + _PAGE]
            if not page:
                return
            place += len(page)
            yield from (entry for entry in page if ref is None or entry.ref == ref)

    def summary(self) -> StoreSummary:
        """Count what is kept. See :meth:`.Store.summary`."""
        with self._lock:
            dossiers = list(self._dossiers.values())
            subaccounts = len(self._subaccounts)
        links = [link for dossier in dossiers for link in dossier.links.values()]
        quarantined = (link.code for link in links if link.state is LinkState.QUARANTINED)
        codes: Counter[QuarantineCode] = Counter(code for code in quarantined if code is not None)
        waiting = [dossier.record.changed_at for dossier in dossiers if dossier.is_open and dossier.record]
        return StoreSummary(
            documents=sum(dossier.record is not None for dossier in dossiers),
            links=dict(Counter(link.state for link in links)),
            quarantined=dict(codes),
            open_documents=len(waiting),
            oldest_open=min(waiting, default=None),
            subaccounts=subaccounts,
        )

    # -- accounts and bindings ---------------------------------------------------------------------------------

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """Return all subaccounts. See :meth:`.Store.subaccounts`."""
        with self._lock:
            return dict(self._subaccounts)

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """Insert or replace subaccounts. See :meth:`.Store.save_subaccounts`."""
        found = {subaccount.id: subaccount for subaccount in subaccounts}
        with self._lock:
            self._subaccounts.update(found)

    def bindings(self) -> dict[ContractId, SubaccountId]:
        """Return bindings made by hand. See :meth:`.Store.bindings`."""
        with self._lock:
            return dict(self._bindings)

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        """Bind a contract. See :meth:`.Store.bind`."""
        with self._lock:
            if subaccount_id is None:
                self._bindings.pop(contract_id, None)
            else:
                self._bindings[contract_id] = subaccount_id

    # -- the run -----------------------------------------------------------------------------------------------

    def place(self, adapter: str) -> Place:
        """Return how far changes have been read. See :meth:`.Store.place`."""
        with self._lock:
            return self._places.get(adapter, Place())

    def acknowledged(self, adapter: str, cursor: str) -> None:
        """Remember an acknowledgement. See :meth:`.Store.acknowledged`."""
        with self._lock:
            self._places[adapter] = attrs.evolve(self.place(adapter), acknowledged=cursor)

    def job(self, name: str) -> Job:
        """Return when a job ran. See :meth:`.Store.job`."""
        with self._lock:
            return self._jobs.get(name, Job())

    def job_started(self, name: str, at: dt.datetime) -> None:
        """Remember a start. See :meth:`.Store.job_started`."""
        with self._lock:
            self._jobs[name] = attrs.evolve(self.job(name), last_start=at)

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """Remember a success. See :meth:`.Store.job_succeeded`."""
        with self._lock:
            self._jobs[name] = attrs.evolve(self.job(name), last_success=at)

    def recall(self, key: str) -> str | None:
        """Return what was remembered. See :meth:`.Store.recall`."""
        with self._lock:
            return self._memory.get(key)

    def remember(self, key: str, text: str | None) -> None:
        """Remember something. See :meth:`.Store.remember`."""
        with self._lock:
            if text is None:
                self._memory.pop(key, None)
            else:
                self._memory[key] = text

    def switch(self) -> Switch:
        """Return the switch. See :meth:`.Store.switch`."""
        with self._lock:
            return self._switch

    def set_switch(self, switch: Switch) -> None:
        """Change the switch. See :meth:`.Store.set_switch`."""
        with self._lock:
            self._switch = switch
