"""Stamps of documents: from rows that were read, and of documents of which nothing but the reference is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..models import DocumentId, DocumentKind, DocumentRef
from ..ports.onec import Stamp
from ._connection import Connection
from ._selection import Selection
from ._values import Row
from .configuration import Configuration

STAMP_FIELDS: Final = ("Ref_Key", "DataVersion", "Date")
"""What tells that a document exists, and in which state."""

_UNKNOWN: Final = "?"
"""A version that equals none, that of a missing document (the empty one) included: such a document is always read."""


def stamp_of(kind: DocumentKind, row: Row) -> Stamp | None:
    """Return the stamp of a row; None where the row has no date."""
    date = row.moment("Date")
    ref = DocumentRef(kind, DocumentId(row.own_key()))
    return None if date is None else Stamp(ref, row.text("DataVersion"), date.date())


def unknown_stamp(ref: DocumentRef, today: dt.date) -> Stamp:
    """Return the stamp of a document of which only its key will tell anything."""
    return Stamp(ref, _UNKNOWN, today)


def stamps_by_key(
    connection: Connection, configuration: Configuration, refs: Iterable[DocumentRef], today: dt.date
) -> Iterator[Stamp]:
    """Yield the stamp of each document as it is now; of one that the lists lack, that only its key will tell.

    Raises:
        WireError, OneCError: they could not be read.
    """
    by_kind: dict[DocumentKind, dict[str, DocumentRef]] = {}
    for ref in refs:
        by_kind.setdefault(ref.kind, {})[ref.id] = ref
    for kind, wanted in by_kind.items():
        selection = Selection(configuration.documents[kind].entity_set, STAMP_FIELDS)
        for rows in selection.rows_by_key(connection, sorted(wanted)):
            yield from _taken(kind, rows, wanted)
        yield from (unknown_stamp(ref, today) for ref in wanted.values())


def _taken(kind: DocumentKind, rows: Sequence[Row], wanted: dict[str, DocumentRef]) -> Iterator[Stamp]:
    for row in rows:
        found = stamp_of(kind, row)
        if found is not None and wanted.pop(found.ref.id, None) is not None:
            yield found
