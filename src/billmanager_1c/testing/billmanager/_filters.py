"""Fields of list filters: text from the wire in, a predicate on rows out (billmanager-api.md §3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias, TypeVar

from ._values import parse_amount, parse_date
from ._wire_names import NULL

R = TypeVar("R")
Predicate: TypeAlias = Callable[[R], bool]
Filter: TypeAlias = Callable[[str], Predicate[R]]
"""What a field of a filter makes of its value."""


def one_of(get: Callable[[R], object]) -> Filter[R]:
    """Make a filter that takes a comma list of ids or codes; ``null`` is none."""

    def of(value: str) -> Predicate[R]:
        wanted = {part.strip() for part in value.split(",")}
        return lambda row: (NULL if get(row) in {None, 0, ""} else str(get(row))) in wanted

    return of


def any_of(get: Callable[[R], tuple[int, ...]]) -> Filter[R]:
    """Make a filter on a field that holds several ids."""

    def of(value: str) -> Predicate[R]:
        wanted = {part.strip() for part in value.split(",")}
        return lambda row: any(str(item) in wanted for item in get(row)) or (NULL in wanted and not get(row))

    return of


def text(get: Callable[[R], str], *, inside: bool = False) -> Filter[R]:
    """Make a filter on text without regard to case: ``*`` stands for anything; ``inside`` finds parts too."""

    def of(value: str) -> Predicate[R]:
        if value == NULL:
            return lambda row: not get(row)
        pattern = ".*".join(re.escape(part) for part in value.split("*"))
        compiled = re.compile(f".*{pattern}.*" if inside else pattern, re.IGNORECASE | re.DOTALL)
        return lambda row: compiled.fullmatch(get(row)) is not None

    return of


def texts(get: Callable[[R], str]) -> Filter[R]:
    """Make a filter that takes a comma list of texts, each perhaps with ``*``."""

    def of(value: str) -> Predicate[R]:
        predicates = [text(get)(part.strip()) for part in value.split(",")]
        return lambda row: any(predicate(row) for predicate in predicates)

    return of


def at_least(get: Callable[[R], Decimal], field: str) -> Filter[R]:
    """Make a filter by a smallest amount."""

    def of(value: str) -> Predicate[R]:
        limit = parse_amount(field, value)
        return lambda row: get(row) >= limit

    return of


def at_most(get: Callable[[R], Decimal], field: str) -> Filter[R]:
    """Make a filter by a greatest amount."""

    def of(value: str) -> Predicate[R]:
        limit = parse_amount(field, value)
        return lambda row: get(row) <= limit

    return of


def not_before(get: Callable[[R], datetime | None], field: str) -> Filter[R]:
    """Make a filter by a first day; a row without a time is left out."""

    def of(value: str) -> Predicate[R]:
        day = parse_date(field, value[:10])
        return lambda row: (moment := get(row)) is not None and moment.date() >= day

    return of


def not_after(get: Callable[[R], datetime | None], field: str) -> Filter[R]:
    """Make a filter by a last day; a row without a time is left out."""

    def of(value: str) -> Predicate[R]:
        day = parse_date(field, value[:10])
        return lambda row: (moment := get(row)) is not None and moment.date() <= day

    return of


def period(name: str, today: date) -> tuple[date, date] | None:
    """Return the first and the last day of a named period; None for one that limits nothing (``nodate``)."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    last_month_end = first - timedelta(days=1)
    back = {"week": 7, "month": 30, "quarter": 91, "halfyear": 182, "year": 365}
    match name:
        case "today":
            return today, today
        case "currentweek":
            return monday, today
        case "currentmonth":
            return first, today
        case "currentyear":
            return today.replace(month=1, day=1), today
        case "lastday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "lastweek":
            return monday - timedelta(days=7), monday - timedelta(days=1)
        case "lastmonth":
            return last_month_end.replace(day=1), last_month_end
        case "lastyear":
            return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
        case _ if name in back:
            return today - timedelta(days=back[name]), today
    return None
