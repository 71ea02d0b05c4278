"""Objects as JSON, in the two shapes 1C has for them (1c-odata.md §1.4)."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator, Sequence

import attrs

from ._infobase import Header, Infobase, Row, describe
from ._literals import quoted, write_json, write_text
from ._paths import type_name
from ._schema import EntitySet, Property, Type
from ._select import Projection, shows_link


class Level(enum.Enum):
    """How much metadata an answer carries."""

    NONE = "nometadata"
    MINIMAL = "minimalmetadata"
    FULL = "fullmetadata"


@attrs.frozen(kw_only=True)
class JsonWriter:
    """Writes the answers of one infobase."""

    infobase: Infobase
    #: the address of ``…/odata/standard.odata``
    root: str
    level: Level
    #: whether rows of tabular parts in collections carry ``Ref_Key``
    rows_have_key: bool

    def collection(self, projection: Projection, rows: Sequence[Row], count: int | None) -> str:
        """Write a set: properties in metadata order, rows with the owner's key, links last."""
        entries = ",".join([self._entry(projection, row) for row in rows])
        return f'{{{self._metadata(projection.entity_set.name)}{_count(count)}"value":[{entries}]}}'

    def single(self, projection: Projection, row: Row, order: random.Random) -> str:
        """Write one entity: properties in any order, rows without the owner's key."""
        *properties, links = self._members(projection, row, rows_have_key=False)
        order.shuffle(properties)
        members = ",".join([*properties, links] if links else properties)
        return f"{{{self._metadata(f'{projection.entity_set.name}/@Element')}{members}}}"

    def service(self, sets: Sequence[EntitySet]) -> str:
        """Write the list of sets."""
        value = ",".join(f'{{"name":{quoted(each.name)},"url":{quoted(each.name)}}}' for each in sets)
        metadata = "" if self.level is Level.NONE else f'"odata.metadata":{quoted(f"{self.root}/$metadata")},'
        return f'{{{metadata}"value":[{value}]}}'

    def _metadata(self, fragment: str) -> str:
        return "" if self.level is Level.NONE else f'"odata.metadata":{quoted(f"{self.root}/$metadata#{fragment}")},'

    def _entry(self, projection: Projection, row: Row) -> str:
        if self.level is Level.MINIMAL and not projection.expanded and not projection.presentations:
            known = row.rendered.get(projection)
            if known is None:
                known = row.rendered[projection] = self._object(projection, row)
            return known
        return self._object(projection, row)

    def _object(self, projection: Projection, row: Row) -> str:
        members = self._members(projection, row, rows_have_key=self.rows_have_key)
        return f"{{{','.join([member for member in members if member])}}}"

    def _members(self, projection: Projection, row: Row, *, rows_have_key: bool) -> Iterator[str]:
        """Yield the members of an object, the links as one member at the end."""
        header = row.header
        for each in projection.properties:
            yield self._member(each, header)
        for name, described in projection.presentations:
            shown = describe(projection.entity_set, row) if described is None else self._presentation(described, header)
            yield f"{quoted(name)}:{quoted(shown)}"
        for part, fields in projection.parts.items():
            key = f'"Ref_Key":{quoted(str(header["Ref_Key"]))}' if rows_have_key else ""
            lines = ",".join([self._line(fields, line, key) for line in row.parts[part]])
            yield f"{quoted(part)}:[{lines}]"
        for name, inner in projection.expanded.items():
            target = self.infobase.tables[inner.entity_set.name].get((header[f"{name}_Key"],))
            yield f"{quoted(name)}:{'null' if target is None else self._object(inner, target)}"
        yield ",".join(self._links(projection, row))

    def _presentation(self, property: Property, header: Header) -> str:
        if property.targets:
            return self.infobase.presentation(header[property.name], property.targets)
        return write_text(property, header[property.name])

    def _line(self, fields: Sequence[Property], line: Header, key: str) -> str:
        members = [self._member(each, line) for each in fields]
        return f"{{{','.join([key, *members] if key else members)}}}"

    def _member(self, property: Property, values: Header) -> str:
        value = values[property.name]
        if property.type is Type.COMPOSITE_TYPE:
            value = type_name(self.infobase, value)
        return f'"{property.name}":{write_json(property, value)}'

    def _links(self, projection: Projection, row: Row) -> Iterator[str]:
        if self.level is Level.NONE or "Ref_Key" not in row.header:
            return
        name = projection.entity_set.name
        here = f"{name}(guid'{row.header['Ref_Key']}')"
        for each in projection.properties:
            if shows_link(self.infobase, each, row.header[each.name]):
                yield f'"{each.navigation}@navigationLinkUrl":{quoted(f"{here}/{each.navigation}")}'
        if self.level is Level.FULL:
            yield f'"odata.type":{quoted(f"StandardODATA.{name}")}'
            yield f'"odata.id":{quoted(f"{self.root}/{here}")}'
            yield f'"odata.editLink":{quoted(here)}'


def _count(count: int | None) -> str:
    return "" if count is None else f'"odata.count":"{count}",'
