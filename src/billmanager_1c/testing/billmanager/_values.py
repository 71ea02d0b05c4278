"""Values on the wire: what BILLmanager accepts and how it prints (billmanager-api.md §4.10, §5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from ._refusal import Refusal
from ._wire_names import MONTHS

_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)

CENT = Decimal("0.01")


def parse_amount(field: str, value: str, *, least: Decimal = Decimal(0)) -> Decimal:
    """Read an amount: a dot, at most two places.

    Raises:
        Refusal: it is written otherwise, or is too small.
    """
    if not _AMOUNT.fullmatch(value) or Decimal(value) < least:
        raise Refusal("value", field, value)
    return Decimal(value).quantize(CENT)


def parse_date(field: str, value: str) -> date:
    """Read ``YYYY-MM-DD``.

    Raises:
        Refusal: it is no such date.
    """
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Refusal("value", field, value)


def parse_time(field: str, value: str) -> datetime:
    """Read ``YYYY-MM-DD HH:MM:SS``: the server's wall clock, naive.

    Raises:
        Refusal: it is no such time.
    """
    try:
        if _TIME.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise Refusal("value", field, value)


def parse_id(field: str, value: str) -> int:
    """Read the id of something.

    Raises:
        Refusal: it is no positive number.
    """
    if value.isascii() and value.isdigit() and int(value) > 0:
        return int(value)
    raise Refusal("value", field, value)


def parse_length(field: str, value: str, most: int) -> str:
    """Take a text that is not too long.

    Raises:
        Refusal: it is longer than ``most``.
    """
    if len(value) > most:
        raise Refusal("value", field, value[:most], because=f"It is longer than {most} characters.")
    return value


def money(amount: Decimal | None) -> str:
    """Return ``10.00``, or nothing for none."""
    return "" if amount is None else f"{amount:.2f}"


def moment(value: datetime | None) -> str:
    """Return ``YYYY-MM-DD HH:MM:SS``, or nothing for none."""
    return "" if value is None else value.isoformat(" ", "seconds")


def day(value: date | None) -> str:
    """Return ``YYYY-MM-DD``, or nothing for none."""
    return "" if value is None else value.isoformat()


def spoken_day(value: date, lang: str) -> str:
    """Return the date as people say it."""
    if lang == "ru":
        return f"{value.day} {MONTHS[0][value.month - 1]} {value.year} г."
    return f"{MONTHS[1][value.month - 1]} {value.day}, {value.year}"


def ids(values: Iterable[int]) -> str:
    """Return a comma list."""
    return ",".join(str(value) for value in values)
