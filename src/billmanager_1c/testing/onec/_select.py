"""``$select`` and ``$expand``: which properties of an object are shown (1c-odata.md §1.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from ._errors import bad_option, unknown_segment
from ._infobase import Infobase
from ._schema import EMPTY_GUID, EntitySet, Property

_PRESENTATION = "____Presentation"


@attrs.frozen(eq=False, kw_only=True)
class Projection:
    """What is shown of each object of a set. Compared by identity: rendered rows are kept by it."""

    entity_set: EntitySet
    properties: tuple[Property, ...]
    parts: Mapping[str, tuple[Property, ...]]
    #: names of presentations asked for, each with its property; None is the object itself
    presentations: tuple[tuple[str, Property | None], ...] = ()
    #: navigation properties whose targets come inside
    expanded: Mapping[str, Projection] = attrs.field(factory=dict)


def project(infobase: Infobase, entity_set: EntitySet, select: str | None, expand: str | None) -> Projection:
    """Read ``$select`` and ``$expand``.

    Raises:
        ODataError: a path leads nowhere; code 6. A tabular part cannot be expanded; code 14.
    """
    paths = _paths(select)
    whole = Projection(entity_set=entity_set, properties=entity_set.properties, parts=entity_set.parts)
    shown = whole if select is None or not paths else _chosen(infobase, entity_set, paths)
    if expand is None:
        return shown
    return attrs.evolve(shown, expanded=_expanded(infobase, entity_set, expand, None if select is None else paths))


def _paths(text: str | None) -> list[str]:
    return [] if text is None else [path.strip() for path in text.split(",") if path.strip()]


def _chosen(infobase: Infobase, entity_set: EntitySet, paths: Sequence[str]) -> Projection:
    names: set[str] = set()
    parts: dict[str, set[str]] = {}
    presentations: list[tuple[str, Property | None]] = []
    for path in paths:
        name, _, field = path.partition("/")
        if path in ("*", "**"):
            names.update(entity_set.by_name)
            if path == "*":
                parts.update({part: {each.name for each in fields} for part, fields in entity_set.parts.items()})
        elif path == "Presentation":
            presentations.append((path, None))
        elif path.endswith(_PRESENTATION):
            presentations.append((path, _described(entity_set, path)))
        elif path in entity_set.by_name:
            names.add(path)
        elif name in entity_set.parts:
            known = {each.name for each in entity_set.parts[name]}
            if field and field not in known and field != "*":
                raise unknown_segment(field)
            parts.setdefault(name, set()).update(known if field in ("", "*") else {field})
        elif not _navigates(infobase, entity_set, path):
            raise unknown_segment(path)
    return Projection(
        entity_set=entity_set,
        properties=tuple(each for each in entity_set.properties if each.name in names),
        parts={
            part: tuple(each for each in fields if each.name in parts[part])
            for part, fields in entity_set.parts.items()
            if part in parts
        },
        presentations=tuple(presentations),
    )


def _described(entity_set: EntitySet, path: str) -> Property:
    name = path.removesuffix(_PRESENTATION)
    found = entity_set.by_name.get(name) or entity_set.by_name.get(f"{name}_Key")
    if found is None:
        raise unknown_segment(path)
    return found


def _navigates(infobase: Infobase, entity_set: EntitySet, path: str) -> bool:
    """Say whether the path goes through navigation properties: it selects what ``$expand`` brings."""
    name, _, rest = path.partition("/")
    target = navigation_target(infobase, entity_set, name)
    if target is None:
        return False
    return not rest or rest == "*" or rest in target.by_name or _navigates(infobase, target, rest)


def navigation_target(infobase: Infobase, entity_set: EntitySet, name: str) -> EntitySet | None:
    """Return where a navigation property leads; None if there is no such one or its target is not published."""
    reference = entity_set.by_name.get(f"{name}_Key")
    if reference is None or reference.navigation is None or not infobase.is_published(reference.targets[0]):
        return None
    return infobase.schema.sets[reference.targets[0]]


def _expanded(
    infobase: Infobase, entity_set: EntitySet, expand: str, select: Sequence[str] | None
) -> dict[str, Projection]:
    paths = _paths(expand)
    if "*" in paths:
        paths = [each.navigation for each in entity_set.properties if each.navigation is not None]
        paths = [path for path in paths if navigation_target(infobase, entity_set, path)]
    expanded: dict[str, Projection] = {}
    for path in paths:
        if path in entity_set.parts:
            raise bad_option("$expand")
        target = navigation_target(infobase, entity_set, path)
        if target is None:
            raise unknown_segment(path)
        if select is None or path in select or "*" in select:
            expanded[path] = project(infobase, target, None, None)
        elif inner := [chosen.removeprefix(f"{path}/") for chosen in select if chosen.startswith(f"{path}/")]:
            expanded[path] = project(infobase, target, ",".join(inner), None)
    return expanded


def shows_link(infobase: Infobase, property: Property, value: object) -> bool:
    """Say whether an object has ``X@navigationLinkUrl``: not for empty references, not out of the composition."""
    return property.navigation is not None and value != EMPTY_GUID and infobase.is_published(property.targets[0])
