"""What all lists have in common (billmanager-api.md §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic

import attrs

from ._dialect import Dialect
from ._document import Document
from ._operation import Call, Listing, Page, R


def comma_list(values: Iterable[int]) -> str:
    """Write several values of one filter field."""
    return ",".join(str(value) for value in values)


@attrs.frozen(kw_only=True)
class FilteredList(Listing[R], Generic[R]):
    """A list with a filter of its own in each call."""

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        raise NotImplementedError

    def filter(self, dialect: Dialect) -> dict[str, str]:
        """Return the fields of the filter besides ``id``."""
        return {}

    def read_row(self, row: Document, dialect: Dialect) -> R:
        """Read one row."""
        raise NotImplementedError

    def call(self, dialect: Dialect) -> Call:
        """Return the call.

        A filter that a person left on the list under the same login stays until it is replaced or taken off, so
        every call does one of the two. The order is always the same, or pages would not fit together.
        """
        fields = self.filter(dialect)
        if self.ids is not None:
            fields["id"] = comma_list(self.ids)
        return Call(
            self.function(dialect),
            {
                "filter": "on" if fields else "off",
                **fields,
                "p_num": str(self.page),
                "p_cnt": str(self.page_size),
                "p_sort": "id",
                "p_order": "desc" if self.newest_first else "asc",
            },
        )

    def read(self, document: Document, dialect: Dialect) -> Page[R]:
        """Read the rows; none at all is an empty list (§1.6), unless BILLmanager says that there are some."""
        rows = document.rows()
        total = document.shown_integer("p_elems")
        if total and not rows and self.page == 1:
            document.missing("elem")
        return Page(tuple(self.read_row(row, dialect) for row in rows), self.page, total)
