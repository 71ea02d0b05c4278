"""Records as rows: the fields of a record are the columns of its table, in their plain form."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from ..ledger import Attempt, DocumentRecord, JournalEntry, Link
from ..ledger.encoding import dumps, from_plain, loads, to_plain
from ..models import DocumentId, DocumentKind, DocumentRef, Subaccount

T = TypeVar("T", bound=attrs.AttrsInstance)


class Rows(Generic[T]):
    """How the records of one kind stand in their table."""

    def __init__(
        self,
        kind: type[T],
        table: str,
        *,
        key: Sequence[str] = (),
        besides: Sequence[str] = (),
        without: Collection[str] = (),
        json: Collection[str] = (),
    ) -> None:
        self._kind = kind
        self._json = json
        #: the fields that are columns
        self.fields = tuple(field.name for field in attrs.fields(kind) if field.name not in without)
        columns = (*besides, *self.fields)
        #: the fields; a condition follows
        self.select = f"SELECT {', '.join(self.fields)} FROM {table}"  # noqa: S608 (every name is ours)
        #: changes the fields; a condition follows
        self.update = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in self.fields)}"  # noqa: S608 (as above)
        #: first the columns besides, then the fields
        self.insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 (as above)
        changes = ", ".join(f"{name} = excluded.{name}" for name in self.fields if name not in key)
        #: the same, or a change where a row with this key is there
        self.upsert = f"{self.insert} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"

    def row(self, record: T) -> tuple[Any, ...]:
        """Return the values of the fields as they are written."""
        plain = to_plain(record)
        return tuple(self._write(name, plain[name]) for name in self.fields)

    def record(self, row: Sequence[Any], **besides: object) -> T:
        """Return the record; ``besides`` are fields that are not columns, in their plain form."""
        plain = {name: self._read(name, value) for name, value in zip(self.fields, row, strict=True)}
        return from_plain({**plain, **besides}, self._kind)

    def record_of(self, columns: Mapping[str, Any], **besides: object) -> T:
        """Return the record from its columns by name; there may be others among them."""
        return self.record([columns[name] for name in self.fields], **besides)

    def _write(self, name: str, plain: Any) -> Any:
        return dumps(plain) if name in self._json and plain is not None else plain

    def _read(self, name: str, value: Any) -> Any:
        return loads(value) if name in self._json and value is not None else value


DOCUMENTS = Rows(DocumentRecord, "documents", without=("ref",), json=("document",))
LINKS = Rows(
    Link,
    "links",
    key=("document_id", "contract_id"),
    besides=("document_id",),
    json=("applied", "history", "written", "dismissed"),
)
ATTEMPTS = Rows(Attempt, "attempts", key=("document_id", "id"), besides=("document_id",), json=("target",))
JOURNAL = Rows(JournalEntry, "journal", besides=("document_id",), without=("seq", "ref"), json=("changes",))
SUBACCOUNTS = Rows(Subaccount, "subaccounts", key=("id",))


def make_ref(kind: str, guid: str) -> DocumentRef:
    """Return the reference that two columns hold."""
    return DocumentRef(DocumentKind(kind), DocumentId(guid))


def plain_ref(ref: DocumentRef) -> dict[str, str]:
    """Return a reference in its plain form."""
    return {"kind": ref.kind.value, "id": ref.id}
