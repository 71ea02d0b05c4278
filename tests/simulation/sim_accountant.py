"""The accountant: writes documents, and changes, unposts, deletes, restores and renumbers them at any time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs
from sim_books import Books, Paper, make_ref
from sim_faults import Fault
from sim_time import HOUR, MINUTE

from billmanager_1c.models import DocumentKind, DocumentRef

if TYPE_CHECKING:
    from simulation import Simulation

_STRANGE = ("0.00", "-100.00", "10.005", "1000000000.001")


class Accountant:
    """Who works in 1C."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def acts(self) -> dict[Fault, Callable[[], bool]]:
        """Return what may be done at any time: each says whether there was something to do it to."""
        return {
            Fault.REPOSTED_UNCHANGED: lambda: self._to_any(self._repost),
            Fault.DELETED_THEN_RESTORED: lambda: self._to_any(self._delete_and_restore),
            Fault.RENUMBERED: lambda: self._to_any(self._renumber),
            Fault.STRANGE_AMOUNTS: self._write_strange_amount,
            Fault.CURRENCY_MISMATCH: self._write_other_currency,
            Fault.SAME_NUMBER: self._write_same_number,
            Fault.MANY_VANISH: self._unpost_many,
            Fault.NODE_MADE_ANEW: self._make_node_anew,
            Fault.CALENDAR_EDGE: self._write_at_month_end,
        }

    # ------------------------------------------------------------------------------------------- one document

    def change(self, books: Books, ref: DocumentRef) -> None:
        """Change amount, purpose, or the line's contract."""
        ways = ("amount", "less", "purpose", "contract", "moved", "unposted")
        self._change(books, ref, self._simulation.choices.among("change how", ways))

    def move(self, books: Books, ref: DocumentRef) -> None:
        """Give half of the first line's money to another contract."""
        self._change(books, ref, "moved")

    def _change(self, books: Books, ref: DocumentRef, how: str) -> None:
        simulation, paper = self._simulation, books.papers[ref]
        lines = list(paper.lines)
        contract, amount = lines[0]
        if how == "unposted":
            self.unpost(books, ref)
            return
        if how == "purpose" or contract is None:
            paper = attrs.evolve(paper, purpose=f"{paper.purpose}, уточнено")
        elif how == "amount":
            lines[0] = (contract, amount + Decimal("100.50"))
        elif how == "less":
            lines[0] = (contract, max(amount - Decimal("50.25"), Decimal("1.00")))
        else:
            others = [each.id for each in books.agreements.values() if each.subaccount and each.id != contract]
            other = simulation.choices.among("change to", others)
            half = (amount / 2).quantize(Decimal("0.01"))
            if how == "moved" and half > 0 and amount > half:
                lines[0:1] = [(contract, amount - half), (other, half)]
            else:
                lines[0] = (other, amount)
        simulation.write(books, attrs.evolve(paper, lines=tuple(lines)), "changes")

    def unpost(self, books: Books, ref: DocumentRef) -> None:
        """Unpost it, mark it for deletion, or take the flag "paid" off; perhaps undo that later."""
        simulation, paper = self._simulation, books.papers[ref]
        how = simulation.choices.among("unpost how", ("posted", "marked", "paid"))
        flag = {"marked": True}.get(how, False)
        simulation.write(books, attrs.evolve(paper, **{how: flag}), f"unposts ({how})")
        if simulation.choices.happens("posts again", 0.6):
            left = max(simulation.storm_end - simulation.timeline.time, 2 * MINUTE)
            later = simulation.choices.between("posts again after", MINUTE, min(left, 5 * HOUR))
            simulation.timeline.after(later, lambda: self._undo(books, ref, how))

    def _undo(self, books: Books, ref: DocumentRef, how: str) -> None:
        paper = books.papers[ref]
        if not paper.deleted:
            self._simulation.write(books, attrs.evolve(paper, **{how: how != "marked"}), f"posts again ({how})")

    def _repost(self, books: Books, paper: Paper) -> None:
        self._simulation.write(books, paper, "posts without a change")

    def _delete_and_restore(self, books: Books, paper: Paper) -> None:
        simulation = self._simulation
        simulation.write(books, attrs.evolve(paper, deleted=True), "deletes")
        later = simulation.choices.between("restores after", MINUTE, 4 * HOUR)
        simulation.timeline.after(
            later, lambda: simulation.write(books, attrs.evolve(books.papers[paper.ref], deleted=False), "restores")
        )

    def _renumber(self, books: Books, paper: Paper) -> None:
        changed = attrs.evolve(paper, number=f"{paper.number}А", at=paper.at + dt.timedelta(days=1))
        self._simulation.write(books, changed, "renumbers")

    def _to_any(self, act: Callable[[Books, Paper], None]) -> bool:
        simulation = self._simulation
        books = simulation.all_books[0]
        there = [paper for paper in books.papers.values() if paper.wanted()]
        if not there:
            return False
        act(books, simulation.choices.among(f"which {act.__name__}", there))
        return True

    # ------------------------------------------------------------------------------------------------ new documents

    def _write_new(self, **fields: object) -> Paper:
        simulation = self._simulation
        books = simulation.all_books[0]
        paper = simulation.new_paper(books, len(books.papers) + 100)
        return simulation.write(books, attrs.evolve(paper, **fields), "writes")

    def _write_strange_amount(self) -> bool:
        simulation = self._simulation
        books = simulation.all_books[0]
        amount = Decimal(simulation.choices.among("strange", _STRANGE))
        self._write_new(lines=((next(iter(books.agreements)), amount),))
        return True

    def _write_other_currency(self) -> bool:
        self._write_new(currency="EUR")
        return True

    def _write_at_month_end(self) -> bool:
        now = self._simulation.timeline.now()
        self._write_new(at=dt.datetime.fromisoformat(f"{now.year}-{now.month - 1:02}-01") - dt.timedelta(minutes=1))
        self._write_new(at=dt.datetime.fromisoformat("2026-10-25T02:30"))  # an hour that the clocks show twice
        return now >= dt.datetime(2026, 10, 25, 2, tzinfo=dt.UTC)

    def _write_same_number(self) -> bool:
        """Write a document of last year with a number of this year, and the same in another infobase."""
        simulation = self._simulation
        books = simulation.all_books[0]
        if not books.papers:
            return False
        paper = next(iter(books.papers.values()))
        self._write_new(number=paper.number, at=paper.at - dt.timedelta(days=365))
        if len(simulation.all_books) == 1:
            other = simulation.add_books("zup")
            simulation.add_place("other", other, ("w9",))
            copy = attrs.evolve(simulation.new_paper(other, 1), number=paper.number)
            kind = paper.ref.kind if isinstance(paper.ref.kind, DocumentKind) else DocumentKind.CASH_RECEIPT
            # A copy of an infobase has the very same GUIDs.
            simulation.write(other, attrs.evolve(copy, ref=make_ref(int(paper.ref.id[-12:], 16), kind)), "writes")
        return True

    def _unpost_many(self) -> bool:
        simulation = self._simulation
        books = simulation.all_books[0]
        there = [paper for paper in books.papers.values() if paper.wanted() and self._is_credited(books, paper)]
        if len(there) < 5:
            return False
        for paper in there:
            simulation.write(books, attrs.evolve(paper, posted=False), "unposts, with all others,")
        later = simulation.choices.between("posts all again after", HOUR, 4 * HOUR)
        simulation.timeline.after(later, lambda: self._post_all(books, [paper.ref for paper in there]))
        return True

    def _post_all(self, books: Books, refs: Iterable[DocumentRef]) -> None:
        for ref in refs:
            if not books.papers[ref].posted:
                self._simulation.write(books, attrs.evolve(books.papers[ref], posted=True), "posts again, with others,")

    def _is_credited(self, books: Books, paper: Paper) -> bool:
        bank = self._simulation.bank
        return any(
            bank.credited_by_us(payment)
            for contract in paper.wanted()
            for payment in bank.payments_of(self._simulation.line(books, paper.ref, contract))
        )

    def _make_node_anew(self) -> bool:
        simulation = self._simulation
        made = False
        for place in simulation.stores.values():
            adapter = place.workers[0].adapter
            if adapter.has_node:
                adapter.make_node_anew()
                made = True
        if made:
            simulation.tell("accountant", "makes the exchange node anew")
        return made
