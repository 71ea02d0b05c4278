"""Documents by date, page by page, so that none is lost while accountants go on working (1c-odata.md §1.5).

``$skip`` counts rows, and rows shift between two requests. So a page does not begin after *n* rows but at a date: the
one at which the page before it ended. Rows of that very second come twice and are dropped by key. Only where a second
holds more documents than a page (a bank statement loaded with one time for all) are its rows skipped by number, with
one row of overlap; within a second ``Ref_Key`` orders by number of the document, which does not change by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ..errors import BadReply
from ._connection import Connection
from ._selection import Selection
from ._values import Row


def by_date(
    connection: Connection,
    selection: Selection,
    *,
    since: dt.date,
    until: dt.date | None = None,
    page_size: int,
) -> Iterator[tuple[Row, ...]]:
    """Yield the documents dated ``since`` and later, up to the end of the day ``until``, in pages.

    Raises:
        WireError, OneCError: the listing could not be read to its end.
    """
    anchor, skip = dt.datetime.combine(since, dt.time.min), 0
    shown: set[str] = set()
    while True:
        options = {"$filter": _filter(anchor, until), "$orderby": "Date,Ref_Key", "$top": str(page_size)}
        if skip:
            options["$skip"] = str(skip)
        rows = selection.rows(connection, options)
        keys = [row.own_key() for row in rows]
        dates = _ascending_dates(rows, anchor, selection.entity_set)
        if page := tuple(row for row, key in zip(rows, keys, strict=True) if key not in shown):
            yield page
        if len(rows) != page_size:  # fewer: the end; more: a server that does not know $top has sent everything
            return
        last = dates[-1]
        at_last = {key for key, date in zip(keys, dates, strict=True) if date == last}
        if last == anchor:
            skip += max(1, page_size - 1)
            shown |= at_last
        else:
            anchor, skip, shown = last, 0, at_last


def _filter(anchor: dt.datetime, until: dt.date | None) -> str:
    condition = f"Date ge datetime'{anchor.isoformat(timespec='seconds')}'"
    if until is None or until == dt.date.max:
        return condition
    return f"{condition} and Date lt datetime'{until + dt.timedelta(days=1)}T00:00:00'"


def _ascending_dates(rows: tuple[Row, ...], anchor: dt.datetime, entity_set: str) -> list[dt.datetime]:
    """Return the rows' dates. The paging stands on their order, so it is checked, and with it the filter.

    One that cannot be read stands where it stands, and holds up no other: whoever reads its document is told.
    """
    dates: list[dt.datetime] = []
    for row in rows:
        least = dates[-1] if dates else anchor
        try:
            date = row.moment("Date")
        except BadReply:
            if "Date" not in row:
                raise
            date = least
        if date is None or date < least:
            raise BadReply(
                f"1C did not keep to $filter or $orderby by Date in {entity_set}; the list cannot be trusted.",
                system="1C",
                function=entity_set,
                paths=(f"dates do not ascend @ {row.place}.Date",),
            )
        dates.append(date)
    return dates
