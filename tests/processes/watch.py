"""What must be true whatever was killed: of the ledger of BILLmanager, and of the store (protocol.md §4)."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

import attrs
from crew import open_store
from town import Paper, Person, Town

from billmanager_1c.ledger import Dossier, JournalEntry, LinkState, find_mark, replay
from billmanager_1c.ledger.marks import short_hash
from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.store import Store

LATEST = 100
"""Entries of a journal that are told."""


@attrs.frozen
class Wrong:
    """Something that must never be."""

    what: str
    #: the document it is about
    ref: DocumentRef | None = None

    def __str__(self) -> str:
        return self.what


class Watch:
    """Compares three accounts of the same money: the person's papers, BILLmanager's ledger, and the store."""

    def __init__(self, town: Town, person: Person, store: str) -> None:
        self._town, self._person, self._store = town, person, store

    # -- at any moment -------------------------------------------------------------------------------------------

    def ledger(self) -> list[Wrong]:
        """I1, I8: no line is credited twice, and no document brings more than it ever asked for."""
        problems, marks = [], Counter[str]()
        sums: dict[str, list[Decimal]] = defaultdict(list)
        for payment in self._town.bill.payments():
            if not payment.credited:
                continue
            mark = find_mark(payment.info)
            if mark is None:
                problems.append(Wrong(f"payment {payment.id} is credited and carries no mark: {payment.info!r}"))
                continue
            marks[str(mark)] += 1
            sums[mark.document].append(payment.credited)
        problems += [
            Wrong(f"{number} payments are credited under {mark}") for mark, number in marks.items() if number > 1
        ]
        for document, amounts in sums.items():
            paper = self._person.papers[document]
            if sum(amounts) > paper.peak or len(amounts) > paper.width:
                brought = " + ".join(map(str, amounts))
                asked = f"{paper.peak} in {paper.width} lines at the most"
                problems.append(Wrong(f"{brought} stand credited for {paper.ref}, which asked for {asked}", paper.ref))
        return problems

    def store(self) -> list[Wrong]:
        """After a kill: the file is whole, and the journal replays to what is remembered (I7)."""
        problems = [] if self._store.startswith("postgresql://") else list(map(Wrong, check_file(self._store)))
        with open_store(self._store) as store:
            for _, ref in store.open_documents(limit=50):
                problems += _replays(store, ref)
        return problems

    def tell(self, wrongs: Iterable[Wrong]) -> list[str]:
        """Tell each wrong once, and after it what the journal knows of its document."""
        told, stories = [], dict.fromkeys(wrongs)
        with open_store(self._store) as store:
            for wrong in stories:
                told += [str(wrong), *(story(store, wrong.ref) if wrong.ref else [])]
        return told

    # -- at the end ----------------------------------------------------------------------------------------------

    def end(self) -> list[Wrong]:
        """I2, I4, I5, I7, I8: everything that should stand stands once, exactly, and nothing else does."""
        problems = [*self.ledger(), *self.store()]
        credited: dict[str, dict[str, list[tuple[int, Decimal, int, str]]]] = defaultdict(lambda: defaultdict(list))
        for payment in self._town.bill.payments():
            mark = find_mark(payment.info)
            if payment.credited and mark is not None:
                shown = (payment.id, payment.credited, payment.subaccount_id, payment.description)
                credited[mark.document][mark.contract].append(shown)
        with open_store(self._store) as store:
            bound = Counter[int]()
            for guid, paper in self._person.papers.items():
                dossier = store.dossier(paper.ref)
                bound.update(link.payment_id for link in dossier.links.values() if link.payment_id is not None)
                problems += self._compare(paper, credited[guid])
                problems += [Wrong(what, paper.ref) for what in _rests(paper, dossier)]
                problems += _replays(store, paper.ref)
            problems += [Wrong(f"payment {id} is bound {number} times") for id, number in bound.items() if number > 1]
        return problems + self.balances()

    def _compare(self, paper: Paper, credited: dict[str, list[tuple[int, Decimal, int, str]]]) -> list[Wrong]:
        problems = []
        said = paper.ref.kind is not DocumentKind.CARD_PAYMENT  # that kind has no purpose in УПП 1.3
        expected = {
            short_hash(contract): (amount, self._town.subaccount_of[contract], paper.purpose if said else "")
            for contract, amount in paper.wanted.items()
        }
        for contract in expected.keys() | credited.keys():
            stands = [
                (amount, subaccount, purpose if said else "")
                for _, amount, subaccount, purpose in credited.get(contract, [])
            ]
            should = [expected[contract]] if contract in expected else []
            if stands != should:
                what = f"{paper.ref}, contract {contract}: should stand {should}, stands {stands}"
                problems.append(Wrong(what, paper.ref))
        return problems

    def balances(self) -> list[Wrong]:
        """I8: every subaccount has what the papers brought, to the kopeck."""
        expected: dict[int, Decimal] = dict.fromkeys(self._town.subaccount_of.values(), Decimal(0))
        for paper in self._person.papers.values():
            for contract, amount in paper.wanted.items():
                expected[self._town.subaccount_of[contract]] += amount
        return [
            Wrong(f"the balance of subaccount {id} is {self._town.bill.balance(id)} and should be {amount}")
            for id, amount in expected.items()
            if self._town.bill.balance(id) != amount
        ]


def check_file(path: str) -> list[str]:
    """Look at the file of a SQLite store through a connection that knows nothing: it rolls back what was left hot."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        whole = connection.execute("PRAGMA integrity_check").fetchall()
        strays = connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    problems = [] if whole == [("ok",)] else [f"integrity_check says {whole[:5]}"]
    return problems + ([f"foreign_key_check says {strays[:5]}"] if strays else [])


def story(store: Store, ref: DocumentRef) -> list[str]:
    """Tell what the journal knows of a document: the latest of it."""
    return [f"  the journal of {ref}:", *map(_tell, list(store.journal(ref))[-LATEST:])]


def _tell(entry: JournalEntry) -> str:
    states = " → ".join("" if state is None else state.value for state in (entry.from_state, entry.to_state))
    line = (entry.contract_id or "")[:8]
    return f"  {entry.seq:>6} {entry.at:%H:%M:%S.%f} {entry.actor[-17:]} {line:8} {states:32} {entry.detail}"


def _replays(store: Store, ref: DocumentRef) -> list[Wrong]:
    for _ in range(20):
        kept = store.dossier(ref)
        told = replay(ref, store.journal(ref))
        if told == kept:
            return []
        if store.dossier(ref) == kept:  # nobody wrote meanwhile
            return [Wrong(f"the journal of {ref} does not replay to what is remembered of it", ref)]
    return []


def _rests(paper: Paper, dossier: Dossier) -> list[str]:
    """Nothing is under way, and what is remembered is what the paper says."""
    record = dossier.record
    if record is None:
        return [f"{paper.ref} was never read"] if paper.wanted else []
    problems = [f"attempt {a.id} ({a.op.value}) is still open" for a in dossier.attempts.values() if a.is_open]
    for contract, link in dossier.links.items():
        state = LinkState.SYNCED if contract in paper.wanted else LinkState.ABSENT
        if link.state is not state or link.lease_until is not None or link.applied_rev < record.observed_rev:
            problems.append(f"contract {contract} of {paper.ref} ends as {link.state.value}: {link.reason}")
    return problems + [f"{paper.ref} has no line {id}" for id in paper.wanted.keys() - dossier.links.keys()]
