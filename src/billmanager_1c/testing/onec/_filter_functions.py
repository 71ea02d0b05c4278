"""The functions of ``$filter`` that 1C has, and those it names and has not (1c-odata.md §1.6)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, Final

import attrs

NOT_IMPLEMENTED: Final = frozenset(
    {
        "length",
        "indexof",
        "replace",
        "tolower",
        "toupper",
        "trim",
        "years",
        "days",
        "hours",
        "seconds",
        "floor",
        "ceiling",
    }
)


@attrs.frozen
class Function:
    """A function: the kinds it takes, the kind it gives."""

    takes: tuple[str, ...]
    gives: str
    apply: Callable[..., Any]
    #: how many arguments it may have; by default all it takes
    counts: tuple[int, ...] = attrs.Factory(lambda self: (len(self.takes),), takes_self=True)


def _folded(text: str) -> str:
    return text.rstrip().casefold()


def _date(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _like(text: str, pattern: str) -> bool:
    parts = ("." if each == "_" else ".*" if each == "%" else re.escape(each) for each in _folded(pattern))
    return re.fullmatch("".join(parts), _folded(text), re.DOTALL) is not None


def _round(number: Decimal, digits: Decimal = Decimal(0)) -> Decimal:
    return Decimal(number).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)


def _of_date(part: Callable[[dt.datetime], int]) -> Function:
    return Function(("date",), "number", lambda text: Decimal(part(_date(text))))


_TEXTS = ("string", "string")

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "startswith": Function(_TEXTS, "boolean", lambda text, start: _folded(text).startswith(_folded(start))),
        "endswith": Function(_TEXTS, "boolean", lambda text, end: _folded(text).endswith(_folded(end))),
        "substringof": Function(_TEXTS, "boolean", lambda part, text: _folded(part) in _folded(text)),
        "like": Function(_TEXTS, "boolean", _like),
        "concat": Function(_TEXTS, "string", lambda one, two: one + two),
        "substring": Function(
            ("string", "number", "number"),
            "string",
            lambda text, start, length=None: text[int(start) - 1 :][: None if length is None else int(length)],
            (2, 3),
        ),
        "round": Function(("number", "number"), "number", _round, (1, 2)),
        "year": _of_date(lambda date: date.year),
        "quarter": _of_date(lambda date: (date.month + 2) // 3),
        "month": _of_date(lambda date: date.month),
        "day": _of_date(lambda date: date.day),
        "hour": _of_date(lambda date: date.hour),
        "minute": _of_date(lambda date: date.minute),
        "second": _of_date(lambda date: date.second),
        "dayofweek": _of_date(lambda date: date.isoweekday()),
        "dayofyear": _of_date(lambda date: date.timetuple().tm_yday),
    }
)
