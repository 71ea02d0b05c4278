"""How one cell reads, whatever the renderer."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal

from ..models import Money
from ._table import Cell

#: what an absent value looks like
EMPTY = "–"


def cell_text(cell: Cell, *, thousands: str = " ", empty: str = EMPTY) -> str:
    """Return the cell as one line of text.

    Money gets ``thousands`` between groups of three digits and at least two decimal places; whole numbers stay as they
    are, since most of them are ids. Times keep their zone.
    """
    match cell:
        case None:
            return empty
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return _money(cell, thousands)
        case Money():
            return f"{_money(cell.amount, thousands)} {clean(cell.unit)}".rstrip()
        case dt.datetime():
            return cell.isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")
        case dt.date():
            return cell.isoformat()
        case _:
            return clean(str(cell))


def clean(text: str) -> str:
    """Make a text safe to print on one line.

    Names and purposes are typed by strangers: a control character could move the cursor of a terminal, and a
    bidirectional override could make a sum read backwards.
    """
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(_clean_char(char) for char in text).split())


def _clean_char(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    # Cs: half a surrogate pair cannot be written to any file or terminal
    if category == "Cs":
        return "\ufffd"
    return "" if unicodedata.bidirectional(char) in _BIDI_CONTROLS or char == "\ufeff" else char


_BIDI_CONTROLS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _money(amount: Decimal, thousands: str) -> str:
    exponent = amount.as_tuple().exponent
    padded = f"{amount:,.2f}" if isinstance(exponent, int) and exponent > -2 else f"{amount:,f}"
    return padded.replace(",", thousands)
