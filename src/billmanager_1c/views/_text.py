"""A table as aligned plain text, for terminals, logs and mails."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from ._cells import EMPTY, cell_text, clean
from ._table import Status, Table

WIDTH = 100
"""Columns of a terminal for which is drawn unless another number is given."""

_GAP = "  "
_INDENT = "    "
#: a text longer than this is a sentence, and a sentence in a column narrower than this is hard to read
_SENTENCE = 40
#: a column of text is not made narrower than this, or than its longest word if that is shorter
_MIN_WIDTH = 12
#: a word that is too long is cut behind one of these
_MARKS = "_/"


def text(table: Table, *, width: int | None = WIDTH) -> str:
    """Draw the table as aligned plain text, without a line break at its end.

    Args:
        table: what to draw.
        width: columns of the terminal. Where a table is wider, columns without any text are left out, texts are
            wrapped, and what has no room in the row goes below it: sentences first. A number is never broken, so a
            table of many numbers may still be wider. None wraps nothing.
    """
    heads = [clean(column.title) for column in table.columns]
    body = [[cell_text(cell) for cell in row] for row in table.rows]
    totals = [] if table.totals is None else [[cell_text(cell, empty="") for cell in table.totals]]
    numeric = [table.is_numeric(index) for index in range(len(heads))]
    columns = list(zip(heads, *body, *totals, strict=True))
    # A sign is not torn from its word.
    whole = [numeric[i] or any(isinstance(row[i], Status) for row in table.rows) for i in range(len(heads))]
    kept, below = _arrange(columns, whole, width)
    widths = _fit([columns[index] for index in kept], [whole[index] for index in kept], width)
    rule = _GAP.join("─" * column for column in widths)

    def draw(row: Sequence[str]) -> Iterator[str]:
        yield from _row_lines([row[index] for index in kept], widths, [numeric[index] for index in kept])
        told = [(heads[index], row[index]) for index in below if row[index] not in ("", EMPTY)]
        named = [f"{head}: {cell}" if len(below) > 1 else cell for head, cell in told]
        short = "; ".join(text for text, (_, cell) in zip(named, told, strict=True) if not _is_sentence(cell))
        long = [text for text, (_, cell) in zip(named, told, strict=True) if _is_sentence(cell)]
        for text in filter(None, (short, *long)):
            yield from (f"{_INDENT}{line}" for line in _wrap(text, (width or 0) - len(_INDENT)))

    lines: list[str] = list(_wrap(clean(table.title), width)) if table.title else []
    if heads:
        lines += [*_row_lines([heads[index] for index in kept], widths, [numeric[index] for index in kept]), rule]
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


def _is_sentence(cell: str) -> bool:
    return display_width(cell) > _SENTENCE


def _arrange(columns: Sequence[Sequence[str]], whole: Sequence[bool], width: int | None) -> tuple[list[int], list[int]]:
    """Say which columns stay in the row, and which go below it. The first stays, and so do numbers and statuses."""
    kept = list(range(len(columns)))
    if width is None or _total(map(_natural, columns)) <= width:
        return kept, []
    kept = [index for index in kept if index == 0 or set(columns[index][1:]) - {"", EMPTY} or len(columns[0]) == 1]
    below: list[int] = []
    while narrow := _narrow_sentences(kept, columns, whole, width):
        below.append(max(narrow, key=lambda index: _natural(columns[index])))
        kept.remove(below[-1])
    while _total(_least(columns[index], whole[index]) for index in kept) > width:
        movable = [index for index in kept[1:] if not whole[index]]
        if not movable:
            break
        below.append(movable[-1])
        kept.remove(movable[-1])
    return kept, sorted(below)


def _narrow_sentences(
    kept: Sequence[int], columns: Sequence[Sequence[str]], whole: Sequence[bool], width: int
) -> list[int]:
    """Find columns of sentences that would come out too narrow to be read."""
    fitted = _fit([columns[index] for index in kept], [whole[index] for index in kept], width)
    return [
        index
        for index, room in zip(kept, fitted, strict=True)
        if index and room < _SENTENCE < _natural(columns[index]) and not whole[index]
    ]


def _total(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _natural(column: Sequence[str]) -> int:
    return max(map(display_width, column))


def _least(column: Sequence[str], is_whole: bool) -> int:
    """Say how narrow a column may be made."""
    if is_whole:
        return _natural(column)
    words = (piece for cell in column for word in cell.split() for piece in _pieces(word, _MIN_WIDTH))
    return max([1, *map(display_width, words)])


def _fit(columns: Sequence[Sequence[str]], whole: Sequence[bool], width: int | None) -> list[int]:
    """Take the room that is missing from the widest columns of text, evenly."""
    widths = [_natural(column) for column in columns]
    if width is None:
        return widths
    least = [_least(column, is_whole) for column, is_whole in zip(columns, whole, strict=True)]
    excess = _total(widths) - width
    while excess > 0:
        texts = [index for index, column in enumerate(widths) if column > least[index]]
        if not texts:
            break
        widest = max(widths[index] for index in texts)
        at_top = [index for index in texts if widths[index] == widest]
        floor = max(
            [*(least[index] for index in at_top), *(widths[index] for index in texts if widths[index] < widest)]
        )
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
    """Cut a word to the room, behind its last mark there is; a combining character stays with the one it belongs to."""
    pieces = [""]
    used = 0
    for char in word:
        taken = _char_width(char)
        if pieces[-1] and used + taken > room:
            full = pieces[-1]
            behind = max(map(full.rfind, _MARKS)) + 1 or len(full)
            pieces[-1:] = [full[:behind], full[behind:]]
            used = display_width(full[behind:])
        pieces[-1] += char
        used += taken
    return pieces
