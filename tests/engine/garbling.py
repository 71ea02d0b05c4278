"""1C, of which some documents cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from billmanager_1c.errors import BadReply
from billmanager_1c.models import DocumentRef, MissingDocument, PaymentDocument

NONSENSE = "The field Дата is not a date."


class Garbling:
    """An adapter that cannot read what is garbled."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self.garbled: set[DocumentRef] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Read documents, unless one is garbled."""
        if self.garbled.intersection(refs):
            raise BadReply(NONSENSE, system="1C")
        return iter(self._adapter.read(refs))
