"""Reading a list to its end, whatever it does on the way.

:func:`walk` is a generator that asks and never sends. It yields a :class:`Listing` when it wants that page and is
handed the :class:`Page`; it yields a tuple of rows when it has found new ones and is handed None. No row comes twice.

What it survives: pages of another size than asked for; a server that ignores the page number; rows that move between
pages while others are added or deleted; the cap on rows (billmanager-api.md §3: the SQL ends in ``LIMIT 5001``), which
is overcome by asking for parts: halves of the days where the list knows days, else blocks of ids. What it cannot read
whole, it never passes off as whole: it raises.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import count
from typing import Generic, TypeAlias, TypeVar

import attrs

from ..errors import ListTruncated
from ._dialect import Dialect
from ._operation import Listing, Page, R

T = TypeVar("T")

Walk: TypeAlias = Generator[Listing[R] | tuple[R, ...], Page[R] | None, None]
"""See the head of this file."""

_Asks: TypeAlias = Generator[Listing[R] | tuple[R, ...], Page[R] | None, T]

#: how often a list is read again because it changed while it was read
_READINGS = 3
#: ids asked for at once: a body of some 15 kilobytes, far below the cap
_BLOCK = 2000


def walk(listing: Listing[R], dialect: Dialect) -> Walk[R]:
    """Read the whole list from its first page.

    Raises:
        ListTruncated: it cannot be read whole.
    """
    walker: _Walker[R] = _Walker(dialect)
    yield from walker.read(attrs.evolve(listing, page=1))


@attrs.define
class _Reading(Generic[R]):
    """What one reading of all pages has shown."""

    ids: set[int] = attrs.field(factory=set)
    last: R | None = None
    totals: list[int] = attrs.field(factory=list)

    def is_cut(self, cap: range) -> bool:
        """True if it stopped at the cap, or there are more rows than it shows."""
        total = self.totals[-1] if self.totals else len(self.ids)
        return total in cap or cap.start <= len(self.ids) < total

    def is_whole(self) -> bool:
        """True if nothing can have been missed. New rows come last; a row that went lets others slip past us."""
        if not self.totals:
            return True
        return len(self.ids) >= self.totals[-1] >= self.totals[0]


class _Walker(Generic[R]):
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        #: sizes of a list that was cut: the limit in SQL is one more than the cap, to know that there are more
        self._cap = range(dialect.list_cap, dialect.list_cap + 2)
        self._given: set[int] = set()

    def read(self, listing: Listing[R], *, is_part: bool = False) -> _Asks[R, set[int]]:
        """Read the list, or a part of it, and return the ids that it has."""
        for _ in range(_READINGS):
            reading = yield from self._pages(listing, is_part)
            if reading.is_cut(self._cap):
                return (yield from self._parts(listing, reading))
            if reading.is_whole():
                return reading.ids
        raise self._truncated(listing, "it changes faster than it can be read, or shows fewer rows than it counts")

    def _pages(self, listing: Listing[R], is_part: bool) -> _Asks[R, _Reading[R]]:
        reading: _Reading[R] = _Reading()
        for number in count(1):
            page = yield listing.at_page(number)
            assert page is not None, "a question is answered by a page"
            if page.total is not None:
                reading.totals.append(page.total)
            fresh = {row.id: row for row in page.rows if row.id not in reading.ids}
            reading.ids.update(fresh)
            reading.last = page.rows[-1] if page.rows else reading.last
            yield from self._give(listing, fresh, is_part)
            known = page.total is not None and len(reading.ids) >= page.total
            if not fresh or known or page.total in self._cap:
                break
        return reading

    def _give(self, listing: Listing[R], rows: dict[int, R], is_part: bool) -> Iterator[tuple[R, ...]]:
        # A part that holds other rows proves nothing.
        if is_part and not all(listing.holds(row) for row in rows.values()):
            raise self._truncated(listing, "it ignores the filter that would ask for a part of it")
        new = tuple(row for key, row in rows.items() if key not in self._given)
        self._given.update(rows)
        if new:
            yield new

    def _parts(self, listing: Listing[R], cut: _Reading[R]) -> _Asks[R, set[int]]:
        halves = None if cut.last is None else listing.split(cut.last)
        found: set[int] = set()
        if halves is None:
            found = yield from self._blocks(listing)
        else:
            for half in halves:
                found |= yield from self.read(half, is_part=True)
        # Rows may go meanwhile, but not most of them: then the filter is not understood, and finds nothing.
        if len(cut.ids - found) * 2 > len(cut.ids):
            raise self._truncated(listing, "asked for in parts, it does not show what it showed before")
        return found

    def _blocks(self, listing: Listing[R]) -> _Asks[R, set[int]]:
        """Ask for ids by number. From 1: which ids are the smallest, a cut list cannot tell."""
        size = min(_BLOCK, self._dialect.list_cap - 1)
        found: set[int] = set()
        if listing.ids is not None:
            if len(listing.ids) <= size:
                raise self._truncated(listing, "it shows that many rows for a few ids")
            for start in range(0, len(listing.ids), size):
                block = attrs.evolve(listing, ids=listing.ids[start : start + size])
                found |= yield from self.read(block, is_part=True)
            return found
        greatest = yield from self._greatest_id(listing)
        for start in count(1, size):
            block = attrs.evolve(listing, ids=range(start, start + size))
            there = yield from self.read(block, is_part=True)
            found |= there
            # One block further than the greatest id shown: it may have been shown out of a list that was cut.
            if start > greatest and not there:
                break
        return found

    def _greatest_id(self, listing: Listing[R]) -> _Asks[R, int]:
        page = yield attrs.evolve(listing, page=1, page_size=2, newest_first=True)
        assert page is not None, "a question is answered by a page"
        ids = [row.id for row in page.rows]
        if len(ids) < 2 or ids != sorted(ids, reverse=True):
            raise self._truncated(listing, "it cannot be sorted by id, so its end is not known")
        return ids[0]

    def _truncated(self, listing: Listing[R], why: str) -> ListTruncated:
        function = listing.call(self._dialect).func
        return ListTruncated(
            f"{function}: the list cannot be read whole (BILLmanager shows {self._dialect.list_cap} rows at most): "
            f"{why}. Narrow the filter.",
            function=function,
        )
