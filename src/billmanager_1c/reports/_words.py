"""Sentences as a table has them."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from ..models import DocumentRef


class OfDocument(Protocol):
    """Anything that says something of a document."""

    @property
    def ref(self) -> DocumentRef: ...
    @property
    def number(self) -> str: ...
    @property
    def date(self) -> dt.date | None: ...
    @property
    def reason(self) -> str: ...


def bare(line: OfDocument) -> str:
    """Return the reason without the name of the document, which stands in other columns of the row."""
    if line.date is None:
        return line.reason
    reason = line.reason.removeprefix(f"{line.ref.kind.title} {line.number} of {line.date:%d.%m.%Y}: ")
    return reason[:1].upper() + reason[1:]
