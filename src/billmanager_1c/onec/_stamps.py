"""Stamps of documents: from rows that were read, and of documents of which nothing is known but that they changed.

``DataVersion`` alone does not tell one state from another: on some infobases it counts the writes of the object
(1c-odata.md §2.2), so a document that was erased and loaded again comes to the same token with other content. Therefore
a version has a second half, a digest of what a list shows cheaply.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

from ..errors import BadReply
from ..models import DocumentId, DocumentKind, DocumentRef
from ..ports.onec import UNKNOWN_VERSION, Stamp
from ._selection import unique
from ._values import Row
from .configuration import DocumentNames

_DIGEST_BYTES: Final = 6


def stamp_fields(names: DocumentNames) -> tuple[str, ...]:
    """Return what tells that a document exists, and in which state."""
    return unique(("Ref_Key", "DataVersion", "Date", *_beside(names)))


def _beside(names: DocumentNames) -> tuple[str | None, ...]:
    return "Number", "DeletionMark", "Posted", names.amount, names.paid


def stamp_of(kind: DocumentKind, names: DocumentNames, row: Row, *, today: dt.date) -> Stamp | None:
    """Return the stamp of a row; None where the row has no date.

    What cannot be read is said to have changed: the reading of its document tells what is wrong.
    """
    ref = DocumentRef(kind, DocumentId(row.own_key()))
    try:
        date = row.moment("Date")
        return None if date is None else Stamp(ref, version_of(names, row), date.date())
    except BadReply:
        if not all(field in row for field in ("Date", "DataVersion")):
            raise
        return changed_stamp(ref, today)


def changed_stamp(ref: DocumentRef, day: dt.date) -> Stamp:
    """Return the stamp of a document of which 1C says that it changed: it is read, whatever is known of it."""
    return Stamp(ref, UNKNOWN_VERSION, day)


def version_of(names: DocumentNames, row: Row) -> str:
    """Return the version of a document: the same from a list, from a list by keys, and from the object itself."""
    token = row.text("DataVersion")
    if not token:
        return ""
    said = "\n".join([_told(row, name) for name in ("Date", *_beside(names)) if name])
    return f"{token}.{hashlib.blake2b(said.encode(), digest_size=_DIGEST_BYTES).hexdigest()}"


def _told(row: Row, name: str) -> str:
    """Return a value as text, an empty one as none: ``null`` is the same as the type's empty value (§1.4)."""
    value = row.fields.get(name)
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool):
        return "true" if value else ""
    number = row.amount(name)
    return str(number.normalize()) if number else ""
