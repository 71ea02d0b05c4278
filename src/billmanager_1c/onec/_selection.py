"""``$select``: name only what is used, and do without where the server does not like it (1c-odata.md §1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ..errors import OneCRefused
from ._address import QUERY_LIMIT, chunk_size, keys_filter, query_of
from ._answers import BAD_URL, NO_PROPERTY
from ._connection import Connection
from ._values import Row

_CODES: Final = (BAD_URL, NO_PROPERTY)


class Selection:
    """The fields that are wanted of an entity set: all of them, or, where 1C knows some not, fewer.

    ``alternatives`` are tried in turn until 1C takes one; the last resort is whole objects. What was taken once is
    taken from then on.
    """

    def __init__(self, entity_set: str, *alternatives: Iterable[str]) -> None:
        self.entity_set = entity_set
        self._alternatives: list[str | None] = [",".join(fields) for fields in alternatives]
        self._alternatives.append(None)

    def rows(self, connection: Connection, options: Mapping[str, str], *, whole: bool = False) -> tuple[Row, ...]:
        """Read a collection. ``whole``: without ``$select``, because the URL has no room for it.

        Raises:
            WireError, OneCError: it could not be read.
        """
        while True:
            select = None if whole else self._alternatives[0]
            asked = options if select is None else {**options, "$select": select}
            if select is not None and len(query_of(asked)) >= QUERY_LIMIT:
                asked, select = options, None
            try:
                return connection.rows(self.entity_set, asked)
            except OneCRefused as refused:
                if select is None or refused.code not in _CODES:
                    raise
            del self._alternatives[0]

    def chunk_size(self, *, whole: bool = False) -> int:
        """Return how many keys fit into a URL beside the fields, or, ``whole``, without them."""
        select = None if whole else self._alternatives[0]
        return chunk_size({} if select is None else {"$select": select})

    def rows_by_key(
        self, connection: Connection, keys: Sequence[str], *, whole: bool = False
    ) -> Iterator[tuple[Row, ...]]:
        """Read the objects with these keys, as many in each request as its URL has room for.

        Raises:
            WireError, OneCError: they could not be read.
        """
        place = 0
        while place < len(keys):
            chunk = keys[place : place + self.chunk_size(whole=whole)]
            yield self.rows(connection, {"$filter": keys_filter(chunk)}, whole=whole)
            place += len(chunk)


def unique(names: Sequence[str | None]) -> tuple[str, ...]:
    """Return the names that there are, each once, in their order."""
    return tuple(dict.fromkeys(name for name in names if name is not None))
