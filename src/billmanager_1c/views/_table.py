"""A table as a value: what the reports hand to the renderers."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

import attrs

from ..models import Money


class Tone(enum.Enum):
    """How a status is meant. Each tone has a sign, so that nothing is said by colour alone."""

    GOOD = "✓"
    CHANGED = "~"
    WAITING = "…"
    BAD = "✗"
    QUIET = "·"

    @property
    def sign(self) -> str:
        """One character that stands before the word."""
        return self.value


@attrs.frozen
class Status:
    """A word with a tone, such as ``exported``, good."""

    word: str
    tone: Tone = Tone.QUIET

    def __str__(self) -> str:
        return f"{self.tone.sign} {self.word}"


Cell: TypeAlias = str | int | Decimal | Money | dt.date | dt.datetime | Status | None
"""What a cell may hold. A ``Decimal`` is money and is printed with at least two places."""


@attrs.frozen
class Column:
    """A column: the key for programs and the heading for people."""

    key: str
    #: the key where none is given
    title: str = attrs.field()

    @title.default
    def _title(self) -> str:
        return self.key


def _columns(columns: Iterable[Column | str]) -> tuple[Column, ...]:
    return tuple(Column(column) if isinstance(column, str) else column for column in columns)


def _rows(rows: Iterable[Iterable[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _notes(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(notes)


def _row(row: Iterable[Cell] | None) -> tuple[Cell, ...] | None:
    return None if row is None else tuple(row)


@attrs.frozen(kw_only=True)
class Table:
    """A title, columns, rows, and perhaps totals and footnotes.

    Raises:
        ValueError: two columns have one key, or a row is not as long as the columns are many.
    """

    title: str = ""
    #: a plain text is a column whose heading is its key
    columns: tuple[Column, ...] = attrs.field(converter=_columns)
    rows: tuple[tuple[Cell, ...], ...] = attrs.field(default=(), converter=_rows)
    #: one more row, set apart below the others
    totals: tuple[Cell, ...] | None = attrs.field(default=None, converter=_row)
    #: sentences below the table
    footnotes: tuple[str, ...] = attrs.field(default=(), converter=_notes)

    def __attrs_post_init__(self) -> None:
        if len({column.key for column in self.columns}) != len(self.columns):
            raise ValueError(f'table "{self.title}": two columns have the same key')
        for row in (*self.rows, *((self.totals,) if self.totals is not None else ())):
            if len(row) != len(self.columns):
                raise ValueError(f'table "{self.title}": {len(row)} cells for {len(self.columns)} columns in {row!r}')

    def is_numeric(self, index: int) -> bool:
        """Tell whether all cells of a column are numbers or money, so that it is set to the right."""
        cells = [row[index] for row in self.rows if row[index] is not None]
        return bool(cells) and all(isinstance(cell, (int, Decimal, Money)) for cell in cells)
