"""The data of an infobase: rows, their versions, and who may see them. Nothing here knows the wire."""

from __future__ import annotations

import base64
import enum
import random
import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias, assert_never

import attrs

from ._literals import fit
from ._registrations import Registrations
from ._schema import EMPTY_GUID, EntitySet, Property, Schema, SetKind, Type, Value

Header: TypeAlias = dict[str, Value]
Parts: TypeAlias = dict[str, list[Header]]
Key: TypeAlias = tuple[Value, ...]

_ROWVERSION_START = 0x44DA8


class Versioning(enum.Enum):
    """What ``DataVersion`` counts. Three meanings were seen; none may be relied on (1c-odata.md §2.2)."""

    PER_OBJECT = "per_object"
    PER_TABLE = "per_table"
    DATABASE = "database"


@attrs.define(eq=False)
class Row:
    """One object as it is now. A write makes another row, so that what was rendered from this one stays true."""

    header: Header
    parts: Parts
    #: how often the object was written
    writes: int = 1
    #: the row of a tabular part that a lambda of ``$filter`` looks at
    item: Header | None = None
    #: what was rendered from it, by the projection
    rendered: dict[object, str] = attrs.field(factory=dict, repr=False)


class Infobase:
    """Sets of rows by key. Every write counts versions, also one that changes nothing (1c-odata.md §2.2)."""

    def __init__(
        self, schema: Schema, *, seed: int, versioning: Versioning, publish: Collection[str] | None = None
    ) -> None:
        self.schema = schema
        self.tables: dict[str, dict[Key, Row]] = {name: {} for name in schema.sets}
        #: objects that the user's rights on records hide
        self.hidden: set[str] = set()
        #: sets the user has no right to read
        self.denied: set[str] = set()
        #: sets that are there and do not answer: parts of a module that is not installed
        self.absent: set[str] = set()
        #: what is registered for the nodes of exchange plans
        self.registrations = Registrations()
        self._publish = None if publish is None else frozenset(publish)
        self._ids = random.Random(f"{seed}/guid")
        self._versioning = versioning
        self._counters: dict[str, int] = {}

    # ------------------------------------------------------------------------------------------------------ schema

    def is_published(self, name: str) -> bool:
        """Say whether the set exists and is in the composition of the OData interface."""
        return name in self.schema.sets and name not in self.absent and (self._publish is None or name in self._publish)

    def published(self) -> Iterator[EntitySet]:
        """Yield the sets of the interface."""
        return (each for name, each in self.schema.sets.items() if self.is_published(name))

    # -------------------------------------------------------------------------------------------------------- rows

    def new_guid(self) -> str:
        """Return a GUID that the seed decides."""
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    def find(self, guid: str, kind: SetKind | None = None) -> tuple[EntitySet, Row]:
        """Return the object with this GUID, and its set.

        Raises:
            KeyError: there is none.
        """
        for name, table in self.tables.items():
            entity_set = self.schema.sets[name]
            if (kind is None or entity_set.kind is kind) and (row := table.get((guid.lower(),))):
                return entity_set, row
        raise KeyError(f"The infobase has no object {guid}.")

    def put(self, entity_set: EntitySet, header: Mapping[str, Value], parts: Mapping[str, list[Header]]) -> Row:
        """Write an object whole: what is not given is empty. A mark for deletion unposts it."""
        full: Header = {each.name: header.get(each.name, each.empty) for each in entity_set.properties}
        key = tuple(full[name] for name in entity_set.key)
        table = self.tables[entity_set.name]
        before = table.get(key)
        if full.get("DeletionMark"):
            full |= {"Posted": False} if "Posted" in full else {}
        row = Row(full, self._parts(entity_set, parts), writes=before.writes + 1 if before else 1)
        if "DataVersion" in full:
            full["DataVersion"] = self._next_version(entity_set.name, row.writes)
        table[key] = row
        self.registrations.note(entity_set.name, key)
        return row

    def put_back(self, entity_set: EntitySet, row: Row) -> None:
        """Bring a deleted object back, as from an exchange with a copy of the infobase."""
        row.writes += 1
        row.header["DataVersion"] = self._next_version(entity_set.name, row.writes)
        key = tuple(row.header[name] for name in entity_set.key)
        self.tables[entity_set.name][key] = attrs.evolve(row, rendered={})
        self.registrations.note(entity_set.name, key)

    def remove(self, entity_set: EntitySet, key: Key) -> Row:
        """Delete an object physically.

        Raises:
            KeyError: there is none.
        """
        row = self.tables[entity_set.name].pop(key)
        self.registrations.note(entity_set.name, key)
        return row

    def is_hidden(self, row: Row) -> bool:
        """Say whether the user's rights hide the object, or the owner of this row of a part."""
        return row.header.get("Ref_Key") in self.hidden

    def next_code(self, entity_set: EntitySet, field: str) -> str:
        """Return the next code or number of a set, zeros in front."""
        length = entity_set.by_name[field].length or 9
        counter = f"{entity_set.name}/{field}"
        self._counters[counter] = number = self._counters.get(counter, 0) + 1
        return str(number).rjust(length, "0")

    def presentation(self, guid: Value, targets: Collection[str]) -> str:
        """Return what people see for a reference."""
        for name in targets:
            row = self.tables.get(name, {}).get((guid,))
            if row is not None:
                return describe(self.schema.sets[name], row)
        return ""

    def _next_version(self, name: str, writes: int) -> str:
        match self._versioning:
            case Versioning.PER_OBJECT:
                token = writes.to_bytes(8, "big")
            case Versioning.PER_TABLE:
                self._counters[name] = count = self._counters.get(name, 0) + 1
                token = count.to_bytes(4, "big") + bytes(4)
            case Versioning.DATABASE:
                self._counters[""] = count = self._counters.get("", _ROWVERSION_START) + 1
                token = count.to_bytes(8, "big")
            case _:
                assert_never(self._versioning)
        return base64.b64encode(token).decode()

    @staticmethod
    def _parts(entity_set: EntitySet, parts: Mapping[str, list[Header]]) -> Parts:
        return {
            name: [
                {each.name: line.get(each.name, each.empty) for each in fields} | {"LineNumber": number}
                for number, line in enumerate(parts.get(name, ()), 1)
            ]
            for name, fields in entity_set.parts.items()
        }


def part_set(owner: EntitySet, part: str) -> EntitySet:
    """Return the set ``Document_X_Part`` of the rows of a tabular part."""
    return EntitySet(
        name=f"{owner.name}_{part}",
        kind=owner.kind,
        title=owner.title,
        properties=(Property("Ref_Key", Type.GUID), *owner.parts[part]),
        key=("Ref_Key", "LineNumber"),
    )


def describe(entity_set: EntitySet, row: Row) -> str:
    """Return the presentation of an object: what lists are sorted by when they are sorted by ``Ref_Key``."""
    if entity_set.kind is SetKind.DOCUMENT:
        day, _, time = str(row.header["Date"]).partition("T")
        return f"{entity_set.title} {row.header['Number']} от {'.'.join(reversed(day.split('-')))} {time}"
    return str(row.header.get("Description", "")).rstrip()


def is_empty(value: Value) -> bool:
    """Say whether a reference leads nowhere."""
    return value in ("", EMPTY_GUID)


def padded(entity_set: EntitySet, name: str, text: str) -> str:
    """Return the text as the property keeps it."""
    return fit(entity_set.by_name[name], text)
