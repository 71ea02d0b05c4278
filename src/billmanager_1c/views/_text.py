"""A table as aligned plain text, for terminals, logs and mails."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from ._cells import EMPTY, cell_text, clean
from ._table import Table

_GAP = "  "
#: a column of text is not made narrower than this
_MIN_WIDTH = 8
#: a text longer than this is a sentence, and sentences are not set in narrow columns
_SENTENCE = 40
_INDENT = "    "

WIDTH = 100
"""Columns of a terminal for which is drawn unless another number is given."""


def text(table: Table, *, width: int | None = WIDTH) -> str:
    """Draw the table as aligned plain text, without a line break at its end.

    Args:
        table: what to draw.
        width: columns of the terminal. In a table that is wider, sentences in the last columns go below their rows;
            then texts are wrapped, the widest first. A number is never broken, so a table of many numbers may still be
            wider. None wraps nothing.
    """
    heads = [clean(column.title) for column in table.columns]
    body = [[cell_text(cell) for cell in row] for row in table.rows]
    totals = [] if table.totals is None else [[cell_text(cell, empty="") for cell in table.totals]]
    numeric = [table.is_numeric(index) for index in range(len(heads))]
    columns = list(zip(heads, *body, *totals, strict=True))
    natural = [max(map(display_width, column)) for column in columns]
    kept = _in_the_row(natural, numeric, width)
    widths = _fit(natural[:kept], numeric, width)
    rule = _GAP.join("─" * column for column in widths)

    def draw(row: Sequence[str]) -> Iterator[str]:
        yield from _row_lines(row[:kept], widths, numeric[:kept])
        for head, sentence in zip(heads[kept:], row[kept:], strict=True):
            if sentence not in ("", EMPTY):
                named = f"{head}: {sentence}" if kept < len(heads) - 1 else sentence
                yield from (f"{_INDENT}{line}" for line in _wrap(named, (width or 0) - len(_INDENT)))

    lines: list[str] = list(_wrap(clean(table.title), width)) if table.title else []
    if heads:
        lines += [*_row_lines(heads[:kept], widths, numeric[:kept]), rule]
    for row in body:
        lines += draw(row)
    if totals:
        lines += [rule, *draw(totals[0])]
    for note in table.footnotes:
        lines += _wrap(clean(note), width)
    return "\n".join(lines)


def display_width(line: str) -> int:
    """Return how many columns of a terminal the text takes: wide characters take two, combining ones none."""
    return sum(map(_char_width, line))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _in_the_row(natural: Sequence[int], numeric: Sequence[bool], width: int | None) -> int:
    """Say how many columns stay in the row; the others hold sentences, for which it has no room."""
    kept = len(natural)
    if width is None or sum(natural) + len(_GAP) * (kept - 1) <= width:
        return kept
    while kept > 1 and natural[kept - 1] > _SENTENCE and not numeric[kept - 1]:
        kept -= 1
    return kept


def _fit(natural: list[int], numeric: Sequence[bool], width: int | None) -> list[int]:
    """Take the room that is missing from the widest columns of text, evenly."""
    if width is None:
        return natural
    widths = list(natural)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        texts = [index for index, column in enumerate(widths) if not numeric[index] and column > _MIN_WIDTH]
        if not texts:
            break
        widest = max(widths[index] for index in texts)
        at_top = [index for index in texts if widths[index] == widest]
        floor = max([_MIN_WIDTH, *(widths[index] for index in texts if widths[index] < widest)])
        step = min(widest - floor, -(-excess // len(at_top)))
        for index in at_top:
            taken = min(step, excess)
            widths[index] -= taken
            excess -= taken
    return widths


def _row_lines(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> Iterator[str]:
    wrapped = [
        [cell] if right else list(_wrap(cell, room)) for cell, room, right in zip(cells, widths, numeric, strict=True)
    ]
    for number in range(max(map(len, wrapped), default=0)):
        parts = [
            _pad(lines[number] if number < len(lines) else "", room, right)
            for lines, room, right in zip(wrapped, widths, numeric, strict=True)
        ]
        yield _GAP.join(parts).rstrip()


def _pad(line: str, room: int, right: bool) -> str:
    space = " " * (room - display_width(line))
    return space + line if right else line + space


def _wrap(line: str, room: int | None) -> Iterator[str]:
    """Break at spaces, and inside a word only where it is longer than the whole line."""
    if room is None or display_width(line) <= room:
        yield line
        return
    current = ""
    for word in line.split():
        joined = f"{current} {word}" if current else word
        if display_width(joined) <= room:
            current = joined
            continue
        if current:
            yield current
        *full, current = _pieces(word, room)
        yield from full
    yield current


def _pieces(word: str, room: int) -> list[str]:
    """Cut a word to the room; a combining character stays with the one it belongs to."""
    pieces = [""]
    used = 0
    for char in word:
        taken = _char_width(char)
        if pieces[-1] and used + taken > room:
            pieces.append("")
            used = 0
        pieces[-1] += char
        used += taken
    return pieces
