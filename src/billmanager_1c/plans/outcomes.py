"""How documents ended, in the words of a report: of a dossier, and of a whole run as the journal tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import overload

import attrs

from ..ledger import (
    BUSY,
    AttemptOp,
    AttemptOutcome,
    Dossier,
    JournalEntry,
    Link,
    LinkState,
    amount_in,
    amount_of,
    replay,
)
from ..models import ContractId, DocumentRef, PaymentId
from ..ports.store import Store
from ..reports import Action, Outcome

KEPT = 5000
"""So many outcomes a report carries with it; of a longer run it reads them from the journal."""

PAGE = 500


def outcomes_of(dossier: Dossier, done: Mapping[ContractId, Action]) -> list[Outcome]:
    """Say how each line of a document ended; one that needed nothing and never did is skipped."""
    record = dossier.record
    if record is None:
        return []
    if lines := summarize(dossier, done):
        return lines
    named = {line.contract.id: None for line in record.document.lines if line.contract}
    contracts: list[ContractId | None] = list(dossier.links) or list(named) or [None]
    return [
        Outcome(
            ref=dossier.ref,
            contract_id=contract_id,
            action=Action.SKIPPED,
            amount=record.document.amount if contract_id is None else amount_in(record.document, contract_id),
            currency=record.document.currency,
            number=record.document.number.strip(),
            date=record.document.date,
            reason=record.reason,
        )
        for contract_id in contracts
    ]


def summarize(
    dossier: Dossier, done: Mapping[ContractId, Action], *, busy: bool = False, reason: str = ""
) -> list[Outcome]:
    """Say in the words of a report how each line of a document ended."""
    record = dossier.record
    assert record is not None
    outcomes = []
    for link in dossier.links.values():
        action = _action(link, record.observed_rev, done.get(link.contract_id), busy=busy)
        if action is None:
            continue
        why = reason or link.reason
        if action is Action.POSTPONED and busy:
            why = BUSY
        outcomes.append(
            Outcome(
                ref=dossier.ref,
                contract_id=link.contract_id,
                action=action,
                payment_id=link.payment_id,
                amount=link.applied.amount if link.applied else amount_of(record, link.contract_id),
                currency=record.document.currency,
                number=record.document.number.strip(),
                date=record.document.date,
                code=link.code if action is Action.QUARANTINED else None,
                reason=why,
            )
        )
    return outcomes


def _action(link: Link, revision: int, done: Action | None, *, busy: bool) -> Action | None:
    if link.state in REFUSED:
        return Action.QUARANTINED
    if busy:
        return Action.POSTPONED
    if link.state is LinkState.SYNCED and link.applied_rev >= revision:
        return done or Action.UNCHANGED
    if link.state is LinkState.ABSENT:
        if link.lingering_id is not None or done is not None:
            return done or Action.UNCHANGED
        # A contract that left the document is no line of it any more.
        return Action.SKIPPED if link.gen == 1 else None
    return Action.POSTPONED


REFUSED = (LinkState.QUARANTINED, *(state for state in LinkState if state.waits_for_person))


# ------------------------------------------------------------------------------------------------- of a whole run


@attrs.define
class Tally:
    """Counts the lines that a run has looked at, each once, and keeps the outcomes while there are not too many."""

    counts: Counter[Action] = attrs.field(factory=Counter)
    #: None when there were too many
    kept: dict[DocumentRef, list[Outcome]] | None = attrs.field(factory=dict)
    #: documents delivered
    delivered: int = 0
    #: documents that 1C shows in a way that cannot be read, and what to tell of each: they stay due
    unread: dict[DocumentRef, str] = attrs.field(factory=dict)
    #: documents that could be read
    read: int = 0
    #: payments that carry the mark of a document that cannot be read: whether it has them already is not known
    unbound: dict[PaymentId, DocumentRef] = attrs.field(factory=dict)

    def may_go_on(self, dossier: Dossier) -> bool:
        """Say whether a document may be delivered: one that cannot be read only where that ends what was begun.

        A document is delivered as a whole, so no line of it may have something still to be begun.
        """
        if dossier.ref not in self.unread:
            return True
        return dossier.ref not in self.unbound.values() and all(_is_begun(dossier, one) for one in dossier.open_links)

    def add(self, ref: DocumentRef, lines: list[Outcome], before: list[Outcome] | None = None) -> None:
        """Count a document. ``before`` is how it was counted earlier in the run; it is known while all are kept."""
        if self.kept is not None:
            before = self.kept.get(ref, before)
        lines = _merged(before or [], lines)
        self.counts.subtract(outcome.action for outcome in before or [])
        self.counts.update(outcome.action for outcome in lines)
        if self.kept is not None:
            self.kept[ref] = lines
            if self.counts.total() > KEPT:
                self.kept = None

    def outcomes(self, store: Store, actor: str) -> Sequence[Outcome]:
        """Return all outcomes: those kept, or a view of the journal."""
        if self.kept is not None:
            return tuple(outcome for lines in self.kept.values() for outcome in lines)
        return JournalOutcomes(store, actor, self.counts.total())


def _is_begun(dossier: Dossier, link: Link) -> bool:
    """Say whether all that can follow for a line is the end of what an earlier run began."""
    if dossier.open_attempt(link.contract_id) is not None or link.state.is_unknown or link.state.is_intent:
        return True
    is_given_back = link.state is LinkState.ABSENT and link.lingering_id is not None
    return link.state is LinkState.BOUND or is_given_back


def unread_outcomes(dossier: Dossier, why: str) -> list[Outcome]:
    """Say of each line of a document that cannot be read that it waits; what waits for a person does so still."""
    human = {id for id, link in dossier.links.items() if link.state.waits_for_person or link.refused_rev is not None}
    return [
        one if one.contract_id in human else attrs.evolve(one, action=Action.POSTPONED, code=None, reason=why)
        for one in summarize(dossier, {})
    ]


def _merged(first: list[Outcome], second: list[Outcome]) -> list[Outcome]:
    """Keep what the first turn did where the second found nothing left to do."""
    earlier = {outcome.contract_id: outcome for outcome in first}
    kept = []
    for outcome in second:
        before = earlier.get(outcome.contract_id)
        idle = outcome.action is Action.UNCHANGED and before is not None and before.action is not Action.POSTPONED
        kept.append(before if idle and before is not None else outcome)
    return kept


class JournalOutcomes(Sequence[Outcome]):
    """The outcomes of a run too long to be kept in memory: each look reads them from the store's journal.

    The store must still be open. A line shows the state in which the run left it, whatever happened since; one that the
    run found refused and left so shows its present state.
    """

    def __init__(self, store: Store, actor: str, length: int) -> None:
        self._store = store
        self._actor = actor
        self._length = length

    def __repr__(self) -> str:
        return f"JournalOutcomes({self._length} lines of {self._actor})"

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Outcome]:
        after = 0
        while page := self._store.touched(self._actor, after=after, limit=PAGE):
            after = page[-1][0]
            for _, ref in page:
                yield from told_outcomes(ref, list(self._store.journal(ref)), self._actor)
        yield from self._refused()

    def _refused(self) -> Iterator[Outcome]:
        """Yield the lines that the run found refused as they were before, of which the journal tells nothing new."""
        after = 0
        while page := self._store.documents_in(REFUSED, after=after, limit=PAGE):
            after = page[-1][0]
            for _, ref in page:
                if all(entry.actor != self._actor for entry in self._store.journal(ref)):
                    yield from summarize(self._store.dossier(ref), {})

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...

    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            return tuple(self)[index] if step < 0 else tuple(islice(self, start, stop, step))
        place = index + self._length if index < 0 else index
        for outcome in islice(self, max(place, 0), place + 1):
            return outcome
        raise IndexError(index)


def told_outcomes(ref: DocumentRef, journal: Sequence[JournalEntry], actor: str) -> list[Outcome]:
    """Say what an actor did with a document, and how he left it, from its journal."""
    last = max((place for place, entry in enumerate(journal) if entry.actor == actor), default=-1)
    told = journal[: last + 1]
    dossier = replay(ref, told)
    if dossier.record is None:
        return []
    done: dict[ContractId, Action] = {}
    for entry in told:
        for id, changes in entry.changes.get("attempts", {}).items() if entry.actor == actor else ():
            if entry.contract_id is not None and changes.get("outcome") == AttemptOutcome.OK.value:
                note_done(done, entry.contract_id, dossier.attempts[id].op)
    busy = bool(told) and told[-1].detail == BUSY
    lines = summarize(dossier, done, busy=busy)
    return lines or outcomes_of(dossier, done)


def note_done(done: dict[ContractId, Action], contract_id: ContractId, op: AttemptOp) -> None:
    """Note that a write took effect."""
    if op is AttemptOp.CREDIT:
        done[contract_id] = Action.EXPORTED
    elif op is AttemptOp.UPDATE and done.get(contract_id) is not Action.EXPORTED:
        done[contract_id] = Action.UPDATED
    elif op is AttemptOp.CANCEL:
        done[contract_id] = Action.CANCELLED
