"""Rows by id, with a memory of how they were some time ago."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

#: how far back a table can be read
_HORIZON = timedelta(hours=2)


class HasId(Protocol):
    """A row."""

    @property
    def id(self) -> int:
        """The key."""
        ...


R = TypeVar("R", bound=HasId)


class Table(Generic[R]):
    """Frozen rows in the order of their ids."""

    def __init__(self) -> None:
        self.rows: dict[int, R] = {}
        self._last_id = 0
        self._undo: deque[tuple[datetime, int, R | None]] = deque()

    def next_id(self, wanted: int | None = None) -> int:
        """Give an id that was never used, or keep the one that is wanted.

        Raises:
            ValueError: the wanted id is taken.
        """
        if wanted in self.rows:
            raise ValueError(f"The id {wanted} is taken.")
        return self._last_id + 1 if wanted is None else wanted

    def put(self, row: R, at: datetime | None = None) -> None:
        """Insert or replace. Without ``at`` it has always been so."""
        self._remember(row.id, at)
        self.rows[row.id] = row
        self._last_id = max(self._last_id, row.id)

    def remove(self, row_id: int, at: datetime | None = None) -> None:
        """Delete the row."""
        self._remember(row_id, at)
        del self.rows[row_id]

    def as_of(self, moment: datetime) -> dict[int, R]:
        """Return the rows as they were then (at most two hours ago)."""
        rows = dict(self.rows)
        for at, row_id, before in reversed(self._undo):
            if at <= moment:
                break
            if before is None:
                rows.pop(row_id, None)
            else:
                rows[row_id] = before
        return dict(sorted(rows.items()))

    def copy(self) -> Table[R]:
        """Return an independent copy: the rows themselves are frozen."""
        other: Table[R] = Table()
        other.rows = dict(self.rows)
        other._last_id = self._last_id
        other._undo = deque(self._undo)
        return other

    def _remember(self, row_id: int, at: datetime | None) -> None:
        if at is None:
            return
        self._undo.append((at, row_id, self.rows.get(row_id)))
        while self._undo[0][0] < at - _HORIZON:
            self._undo.popleft()
