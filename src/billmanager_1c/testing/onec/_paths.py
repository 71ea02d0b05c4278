"""Following a path of names from an object: ``СуммаДокумента``, ``Контрагент/ИНН``, ``Сделка/Document_Заказ/Номер``."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from ._infobase import Infobase, Row
from ._schema import UNDEFINED, EntitySet, Property, Type, Value

Get: TypeAlias = Callable[[Row], Value]


@attrs.frozen
class Found:
    """A property at the end of a path, and how to get its value from a row at the start."""

    property: Property
    get: Get


def header(name: str) -> Get:
    """Return how to read a header property."""
    return lambda row: row.header[name]


def follow(infobase: Infobase, start: EntitySet, path: Sequence[str]) -> Found | None:
    """Return what a path leads to, or None where it leads nowhere."""
    name, *rest = path
    if not rest:
        found = start.by_name.get(name)
        return None if found is None else Found(found, header(name))
    if (single := start.by_name.get(f"{name}_Key")) and single.navigation:
        return _through(infobase, header(single.name), single.targets[0], rest)
    composite = start.by_name.get(name)
    if composite and composite.type is Type.COMPOSITE and rest[0] in composite.targets and len(rest) > 1:
        target = rest[0]

        def reference(row: Row) -> Value:
            of_this_type = row.header[f"{name}_Type"] == f"StandardODATA.{target}"
            return row.header[name] if of_this_type else None

        return _through(infobase, reference, target, rest[1:])
    return None


def _through(infobase: Infobase, reference: Get, target: str, rest: Sequence[str]) -> Found | None:
    if not infobase.is_published(target):
        return None
    found = follow(infobase, infobase.schema.sets[target], rest)
    if found is None:
        return None
    table, get, empty = infobase.tables[target], found.get, found.property.empty

    def value(row: Row) -> Value:
        there = table.get((reference(row),))
        return empty if there is None else get(there)

    return Found(found.property, value)


def type_name(infobase: Infobase, stored: Value) -> str:
    """Return ``X_Type`` as the wire shows it: a type outside the composition has a name of its own (§1.3)."""
    text = str(stored)
    if text == UNDEFINED or infobase.is_published(text.removeprefix("StandardODATA.")):
        return text
    return f"UnavailableEntities.UnavailableEntity_{unavailable(text)}"


def unavailable(stored: str) -> str:
    """Return the id of a type that is not published: stable, and telling nothing."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, stored))
