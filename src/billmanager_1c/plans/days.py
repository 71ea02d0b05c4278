"""Days before other days."""

from __future__ import annotations

from datetime import date, timedelta


def earlier(day: date, by: timedelta) -> date:
    """Return the day that is so much earlier; the first of all days has none before it."""
    return max(day, date.min + by) - by
