"""The way to the books: the port over them, with everything that goes wrong on the way armed at its seam."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from sim_books import Books
from sim_faults import Fault

from billmanager_1c.errors import BadReply, BaseLocked, NoFreeSession, OneCFailed, TruncatedAnswer
from billmanager_1c.models import DocumentRef, MissingDocument, PaymentDocument, Subaccount
from billmanager_1c.ports.onec import ChangeBatch, Stamp

_BATCH = 4

Trouble = Callable[[Fault], bool]
"""Says whether a fault happens to this call."""


class BooksAdapter:
    """A cursor over the books' changes, or a window that shows all of them each time."""

    def __init__(self, books: Books, trouble: Trouble, *, window: bool) -> None:
        self._books = books
        self._trouble = trouble
        self._window = window
        self.base = books.base
        #: the exchange node's own name: another one's cursors mean nothing
        self.node = "n1"
        #: changes that the node has registered, by number, until they are acknowledged
        self._registered: dict[DocumentRef, int] = {}
        self._count = 0
        self.saved: dict[int, Subaccount] = {}
        self._register_all()
        books.watchers.append(lambda paper: self._register(paper.ref))

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what changed since the cursor."""
        self._may_fail()
        if self._window:
            yield from self.changes_since(dt.date.min)
            return
        if self._trouble(Fault.EMPTY_CHANGES):
            return
        seen = self._seen(cursor)
        refs = [ref for ref, number in self._registered.items() if number > seen]
        for start in range(0, len(refs), _BATCH):
            batch = refs[start : start + _BATCH]
            yield self._batch(batch)
            if self._trouble(Fault.BATCH_TWICE):
                yield self._batch(batch)
            if self._trouble(Fault.HALF_WRITTEN_FILE):
                raise TruncatedAnswer("The exchange file ends in the middle.", system="1C", function="changes")

    def acknowledge(self, cursor: str) -> None:
        """Forget what was shown, as a node does that has got its answer: it is never shown again."""
        self._may_fail()
        seen = self._seen(cursor)
        self._registered = {ref: number for ref, number in self._registered.items() if number > seen}

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Yield each document as it is now, or that there is none."""
        self._may_fail()
        for ref in dict.fromkeys(refs):
            if self._trouble(Fault.WRONG_ENCODING):
                raise BadReply("The exchange file is not in UTF-8.", system="1C", function="read")
            paper = self._books.papers.get(ref)
            yield MissingDocument(ref=ref) if paper is None or paper.deleted else self._books.document(paper)

    def changes_since(self, day: dt.date) -> Iterator[ChangeBatch]:
        """Yield every document dated ``day`` or later."""
        self._may_fail()
        there = [] if self._trouble(Fault.EMPTY_CHANGES) else self._books.papers.values()
        refs = [paper.ref for paper in there if paper.at.date() >= day and not paper.deleted]
        for start in range(0, len(refs), _BATCH):
            yield ChangeBatch(stamps=tuple(self._stamp(ref) for ref in refs[start : start + _BATCH]))
            if self._trouble(Fault.HALF_WRITTEN_FILE):
                raise TruncatedAnswer("The exchange file ends in the middle.", system="1C", function="changes")
        yield ChangeBatch(complete_since=day)

    def save_accounts(self, subaccounts: Sequence[Subaccount]) -> None:
        """Keep the subaccounts."""
        self._may_fail()
        self.saved.update((each.id, each) for each in subaccounts)

    def module_address(self) -> str | None:
        """Return that ISPsystem's module is off."""
        self._may_fail()
        return None

    def module_payments(self) -> Iterator[tuple[DocumentRef, int]]:
        """Yield nothing: the module was never there."""
        self._may_fail()
        return iter(())

    @property
    def has_node(self) -> bool:
        """True if changes are noticed by an exchange node."""
        return not self._window

    def make_node_anew(self) -> None:
        """Forget every cursor, as a node that was deleted and made again does; everything is registered anew."""
        self.node = f"n{int(self.node[1:]) + 1}"
        self._register_all()

    def _register_all(self) -> None:
        for ref in self._books.papers:
            self._register(ref)

    def _register(self, ref: DocumentRef) -> None:
        self._count += 1
        self._registered.pop(ref, None)
        self._registered[ref] = self._count

    def _may_fail(self) -> None:
        if self._trouble(Fault.BASE_LOCKED):
            raise BaseLocked
        if self._trouble(Fault.ODATA_500):
            raise OneCFailed("1C failed while it was reading: not enough memory.", status=500)
        if self._trouble(Fault.NO_FREE_LICENCE):
            raise NoFreeSession

    def _batch(self, refs: list[DocumentRef]) -> ChangeBatch:
        last = max(self._registered.get(ref, 0) for ref in refs)
        return ChangeBatch(stamps=tuple(self._stamp(ref) for ref in refs), cursor=f"{self.node}-{last}")

    def _stamp(self, ref: DocumentRef) -> Stamp:
        paper = self._books.papers[ref]
        return Stamp(ref, "" if paper.deleted else f"v{paper.version}", paper.at.date())

    def _seen(self, cursor: str | None) -> int:
        node, _, number = (cursor or "").partition("-")
        return int(number) if node == self.node else 0
