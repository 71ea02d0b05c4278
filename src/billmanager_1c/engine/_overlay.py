"""A store on top of another one that keeps what is written to itself: for finding out what a run would do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

import attrs

from ..ledger import Dossier, JournalEntry, LinkState
from ..models import ContractId, DocumentRef, PaymentId, Subaccount, SubaccountId
from ..ports.store import Decide, Decision, Job, Place, Store, StoreSummary, Switch

R = TypeVar("R")

_NEW = 1 << 40
"""Documents that only the overlay has come behind all others."""

_PAGE = 500

_Found = list[tuple[int, DocumentRef]]


class OverlayStore:
    """Shows what the store under it shows, and what was written here since. The store under it is only read.

    For one run of one thread at a time. It keeps no journal and does not watch that payments are bound once.
    """

    read_only = False

    def __init__(self, under: Store) -> None:
        self._under = under
        self._dossiers: dict[DocumentRef, Dossier] = {}
        self._subaccounts: dict[SubaccountId, Subaccount] = {}
        self._places: dict[str, Place] = {}
        self._memory: dict[str, str | None] = {}
        self._dropped: dict[DocumentRef, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the store under it open: it is somebody else's."""

    def claim_base(self, base: str) -> None:
        """Do nothing: the engine has done it."""

    # -- documents ---------------------------------------------------------------------------------------------

    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        """Decide about one document, and keep here what came of it."""
        before = self.dossier(ref)
        verdict = decide(before, at)
        if verdict.dossier is not before:
            self._dossiers[ref] = verdict.dossier
        return verdict.result

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        """Decide about several documents."""
        results = [self.transact(one.ref, one.decide, actor=actor, at=at) for one in decisions]
        if adapter is not None:
            self._places[adapter] = attrs.evolve(self.place(adapter), cursor=cursor)
        return results

    def dossier(self, ref: DocumentRef) -> Dossier:
        """Return what was written here, else what stands below."""
        return self._dossiers.get(ref) or self._under.dossier(ref)

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        """Return what was written here, else what stands below."""
        wanted = list(refs)
        return {**self._under.dossiers(wanted), **{ref: self._dossiers[ref] for ref in wanted if ref in self._dossiers}}

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        """Return version tokens of both."""
        wanted = list(refs)
        own = {ref: self._dossiers[ref].record for ref in wanted if ref in self._dossiers}
        return {**self._under.versions(wanted), **{ref: record.version for ref, record in own.items() if record}}

    def open_documents(self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None) -> _Found:
        """Return open documents of both."""
        return self._both(
            lambda after: self._under.open_documents(after=after, limit=_PAGE, due_by=due_by),
            lambda dossier: dossier.is_open,
            after,
            limit,
        )

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> _Found:
        """Return documents of both by the state of their lines."""

        def chosen(dossier: Dossier) -> bool:
            stands = any(link.state in states for link in dossier.links.values())
            return stands and (dossier.is_open or not open_only)

        return self._both(
            lambda after: self._under.documents_in(states, after=after, limit=_PAGE, open_only=open_only),
            chosen,
            after,
            limit,
        )

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> _Found:
        """Return documents of both by their day."""

        def chosen(dossier: Dossier) -> bool:
            record = dossier.record
            return record is not None and record.document.date >= day and not record.missing

        return self._both(
            lambda after: self._under.documents_since(day, after=after, limit=_PAGE), chosen, after, limit
        )

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> _Found:
        """Return what an actor changed below."""
        return self._under.touched(actor, after=after, limit=limit)

    def _both(
        self, below: Callable[[int], _Found], chosen: Callable[[Dossier], bool], after: int, limit: int
    ) -> _Found:
        """Page through the store below without what is written here, then through that."""
        found: _Found = []
        while after < _NEW and len(found) < limit:
            page = below(after)
            if not page:
                after = _NEW
            for place, ref in page[: limit - len(found)]:
                after = place
                if ref not in self._dossiers:
                    found.append((place, ref))
        own = [(_NEW + number, one) for number, one in enumerate(self._dossiers.values(), 1)]
        found += [(place, one.ref) for place, one in own if place > after and chosen(one)][: limit - len(found)]
        return found

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """Do nothing: a run notes no changes."""

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """Return notes of the store below that were not dropped here."""
        notes = self._under.noted(limit=limit + len(self._dropped))
        return {ref: number for ref, number in notes.items() if self._dropped.get(ref) != number}

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """Remember here that notes are dropped."""
        self._dropped.update(notes)

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        """Return who has these payments."""
        wanted = list(payment_ids)
        held = {id: line for id, line in self._under.holders(wanted).items() if line[0] not in self._dossiers}
        for dossier in self._dossiers.values():
            for link in dossier.links.values():
                held.update(dict.fromkeys(link.holds.intersection(wanted), (dossier.ref, link.contract_id)))
        return held

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        """Yield the entries below."""
        return self._under.journal(ref, after=after)

    def summary(self) -> StoreSummary:
        """Count what stands below: what a run would change is not counted."""
        return self._under.summary()

    # -- the rest ----------------------------------------------------------------------------------------------

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """Return subaccounts of both."""
        return {**self._under.subaccounts(), **self._subaccounts}

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """Keep subaccounts here."""
        self._subaccounts.update({subaccount.id: subaccount for subaccount in subaccounts})

    def bindings(self) -> dict[ContractId, SubaccountId]:
        """Return the bindings below."""
        return self._under.bindings()

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        """Do nothing: a run binds nothing."""

    def place(self, adapter: str) -> Place:
        """Return how far changes have been read, here or below."""
        return self._places.get(adapter) or self._under.place(adapter)

    def acknowledged(self, adapter: str, cursor: str) -> None:
        """Remember an acknowledgement here."""
        self._places[adapter] = attrs.evolve(self.place(adapter), acknowledged=cursor)

    def job(self, name: str) -> Job:
        """Return when a job ran."""
        return self._under.job(name)

    def job_started(self, name: str, at: dt.datetime) -> None:
        """Do nothing: no job ran."""

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """Do nothing: no job ran."""

    def recall(self, key: str) -> str | None:
        """Return what was remembered, here or below."""
        return self._memory[key] if key in self._memory else self._under.recall(key)

    def remember(self, key: str, text: str | None) -> None:
        """Remember something here."""
        self._memory[key] = text

    def switch(self) -> Switch:
        """Return the switch below."""
        return self._under.switch()

    def set_switch(self, switch: Switch) -> None:
        """Do nothing: a run does not switch itself."""
