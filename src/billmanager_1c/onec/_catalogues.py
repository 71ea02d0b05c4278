"""Items of catalogues in bulk: never one request per item."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from ..errors import OneCObjectMissing
from ._connection import Connection
from ._selection import Selection
from ._values import Row


class Catalogue:
    """One catalogue, as far as it was asked for."""

    def __init__(self, connection: Connection, selection: Selection, *, page_size: int) -> None:
        self._connection = connection
        self._selection = selection
        self._page_size = page_size
        #: None: 1C says that there is no such item
        self._items: dict[str, Row | None] = {}

    def __getitem__(self, key: str) -> Row | None:
        return self._items[key]

    def load(self, keys: Iterable[str | None]) -> None:
        """Fetch the items with these keys, as many as are not there yet.

        Raises:
            NotPublished: the catalogue is not published.
            WireError, OneCError: they could not be read.
        """
        wanted = {key for key in keys if key is not None and key not in self._items}
        self._take_pages(wanted)
        for rows in self._selection.rows_by_key(self._connection, sorted(wanted)):
            self._take(rows, wanted)
        for key in sorted(wanted):
            # A list that lacks an item is no proof that there is none.
            self._items[key] = None
            with contextlib.suppress(OneCObjectMissing):
                self._items[key] = self._connection.entity(self._selection.entity_set, key)

    def _take_pages(self, wanted: set[str]) -> None:
        """Read the catalogue whole, as long as a page answers for more keys than a question by keys would.

        Rows that shift between the pages do no harm: whatever a page lacks is asked for by its key.
        """
        skip, fair_share = 0, self._selection.chunk_size()
        while len(wanted) > fair_share:
            options = {"$orderby": "Ref_Key", "$top": str(self._page_size)}
            if skip:
                options["$skip"] = str(skip)
            rows = self._selection.rows(self._connection, options)
            if self._take(rows, wanted) < fair_share or len(rows) != self._page_size:
                return
            skip += len(rows)

    def _take(self, rows: Iterable[Row], wanted: set[str]) -> int:
        before = len(wanted)
        for row in rows:
            if (key := row.own_key()) in wanted:
                self._items[key] = row
                wanted.discard(key)
        return before - len(wanted)
