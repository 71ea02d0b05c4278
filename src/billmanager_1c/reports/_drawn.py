"""Pictures of reports and plans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from ..views import Bars, Picture, plot


class Drawable(Protocol):
    """A line with money."""

    @property
    def action(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def date(self) -> dt.date | None: ...


def plot_lines(lines: Iterable[Drawable], actions: Iterable[str], currency: str | None) -> Picture:
    """Draw money by the documents' days and by what became of it, in one currency: by default that of most lines."""
    lines = list(lines)
    if currency is None:
        shown = [line.currency for line in lines]
        currency = max(sorted(set(shown)), key=shown.count, default="")
    lines = [line for line in lines if line.currency == currency]
    occurring = [action for action in actions if any(line.action == action for line in lines)]
    days = sorted({line.date for line in lines if line.date is not None})
    by_day = {
        action: [_add(line for line in lines if line.action == action and line.date == day) for day in days]
        for action in occurring
    }
    by_action = [_add(line for line in lines if line.action == action) for action in occurring]
    return plot(
        [
            Bars(title="By day", labels=[day.isoformat() for day in days], series=by_day, unit=currency),
            Bars(title="By action", labels=occurring, series={"amount": by_action}, unit=currency, lying=True),
        ]
    )


def _add(lines: Iterable[Drawable]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))
