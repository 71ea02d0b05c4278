"""Taking documents out of the queue register, so that no change is lost whenever we are killed.

The register has one row for a document, however often it was written, so deleting a row may delete the word of a change
that came after the row was read. Therefore a document is read only *after* its row is gone: a change before that is in
what is read, and one after it has a row again. The steps are those of the port, with the cursor as the durable word:

1. a batch without stamps, whose cursor names the rows. It is kept: from now on we know that these documents changed;
2. the cursor is acknowledged, which deletes the rows that it names;
3. the next batch shows those documents, to be read as they are now, and its cursor names the next rows, or none.

Whoever is killed between 1 and 2 acknowledges again, and whoever is killed between 2 and 3 is shown the documents of
the cursor first.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from ..errors import OneCObjectMissing, OneCRefused
from ..models import DocumentId, DocumentRef
from ..ports.onec import ChangeBatch
from ._connection import Connection
from ._selection import Selection
from ._stamps import changed_stamp
from .configuration import Configuration

_log = logging.getLogger("billmanager_1c")

_PREFIX: Final = "queue:"
#: rows that one cursor names; each costs a request, and some 40 characters in the store
_ROWS: Final = 200

_Entry: TypeAlias = tuple[str, str]
"""A row: the entity set of its document, and the document's key."""


class QueueCapture:
    """The rows of the register."""

    def __init__(self, connection: Connection, configuration: Configuration, *, today: Callable[[], dt.date]) -> None:
        self._connection = connection
        self._configuration = configuration
        self._today = today

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what the cursor has taken out of the register, and then what stands there.

        Raises:
            NotPublished: the register is not published.
            WireError, OneCError: it could not be read whole.
        """
        taken, entries = _read_cursor(cursor), self._entries()
        for start in (*range(0, len(entries), _ROWS), len(entries)):
            group = entries[start : start + _ROWS]
            if taken or group:
                # Only now, when the rows of these documents are gone.
                stamps = [changed_stamp(ref, self._today()) for ref in self._refs(taken)]
                yield ChangeBatch(stamps=stamps, cursor=_write_cursor(group))
            taken = group

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield the same: rows go when they are acknowledged, and reading them leaves no trace."""
        return self.changes(cursor)

    def acknowledge(self, cursor: str) -> None:
        """Delete the rows that the cursor names.

        Raises:
            WireError, OneCError: some may be deleted; deleting them once more is harmless.
        """
        names = self._configuration.module
        for entity_set, key in _read_cursor(cursor):
            dimension = {names.queue_document: key, f"{names.queue_document}_Type": f"StandardODATA.{entity_set}"}
            try:
                self._connection.erase(names.queue, dimension)
            except OneCObjectMissing:
                continue  # deleted before
            except OneCRefused as refused:
                if refused.code:
                    raise
                # The key is long, and IIS counts six characters for each Cyrillic letter of it (§1.5).
                raise OneCRefused(
                    f"The web server before 1C does not let the key of a row of {names.queue} through "
                    f"({refused.status}). On IIS raise UrlSegmentMaxLength, or use another way to notice changes.",
                    resource=names.queue,
                    status=refused.status,
                ) from None

    def _entries(self) -> list[_Entry]:
        names = self._configuration.module
        document = names.queue_document
        selection = Selection(names.queue, (document, f"{document}_Type"))
        entries: dict[_Entry, None] = {}
        # In one answer: registers may ignore $orderby in silence (1c-odata.md §1.5), and pages would tear.
        for row in selection.rows(self._connection, {}):
            entity_set, key = row.type_of(document), row.key(document)
            if entity_set.startswith("Document_") and key is not None:
                entries[entity_set, key] = None
            else:
                _log.warning("A row of %s names no document that is published; it stays there.", names.queue)
        return list(entries)

    def _refs(self, entries: Iterable[_Entry]) -> Iterator[DocumentRef]:
        """Yield our documents among them; rows of others are taken out all the same, or they would stay for ever."""
        for entity_set, key in entries:
            kind = self._configuration.kind_of(entity_set)
            if kind is not None:
                yield DocumentRef(kind, DocumentId(key))


def _write_cursor(entries: Iterable[_Entry]) -> str:
    by_set: dict[str, list[str]] = {}
    for entity_set, key in entries:
        by_set.setdefault(entity_set, []).append(key)
    return _PREFIX + ";".join(f"{entity_set}={','.join(keys)}" for entity_set, keys in by_set.items())


def _read_cursor(cursor: str | None) -> list[_Entry]:
    """Return the rows that a cursor names; a cursor of another strategy names none."""
    if cursor is None or not cursor.startswith(_PREFIX):
        return []
    groups = [group.partition("=") for group in cursor.removeprefix(_PREFIX).split(";") if group]
    return [(entity_set, key) for entity_set, _, keys in groups for key in keys.split(",")]
