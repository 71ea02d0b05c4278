"""Keys of entities in URLs: ``Set(guid'…')``, ``Set(Ref_Key=guid'…',LineNumber=1)``, ``Set(Документ='…',…)``."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from ._errors import Code, ODataError, extra_segments
from ._infobase import Key
from ._literals import read_guid
from ._schema import EntitySet, Value

_SEGMENT = re.compile(r"(?P<name>[^()]+)(?:\((?P<key>.*)\))?\Z", re.DOTALL)
_ITEM = re.compile(
    r"\s*(?:(?P<name>\w+)\s*=\s*)?(?:guid'(?P<guid>[^']*)'|'(?P<text>(?:[^']|'')*)'|(?P<number>\d+))\s*(?:,|\Z)"
)


@attrs.frozen
class Segment:
    """The first segment of a path: a set, and perhaps a key."""

    name: str
    #: what stood in the parentheses, None without parentheses
    key: str | None


def read_segment(text: str) -> Segment:
    """Take a segment apart.

    Raises:
        ODataError: the parentheses do not match; code 6.
    """
    match = _SEGMENT.match(text)
    if match is None:
        raise extra_segments()
    return Segment(match["name"], match["key"])


def read_key(entity_set: EntitySet, text: str) -> Key:
    """Read a key of the set.

    Raises:
        ODataError: a GUID is none (code 1), a part is missing (code 7), or the whole cannot be read (code 6).
    """
    named: dict[str, Value] = {}
    place = 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if match is None:
            raise ODataError(400, Code.BAD_URL, f"Неверный ключ сущности: ({text})")
        named[match["name"] or ""] = _value(match.groupdict())
        place = match.end()
    if len(entity_set.key) == 1 and set(named) == {""}:
        return (named[""],)
    for name in entity_set.key:
        if name not in named:
            raise ODataError(400, Code.KEY_INCOMPLETE, f"Не хватает элемента ключа {name}.")
    return tuple(named[name] for name in entity_set.key)


def _value(groups: Mapping[str, str | None]) -> Value:
    guid, text, number = groups["guid"], groups["text"], groups["number"]
    if guid is not None:
        return read_guid(guid)
    return int(number) if number is not None else str(text).replace("''", "'")


def write_key(entity_set: EntitySet, header: Mapping[str, Value]) -> str:
    """Return the entity's own address below the root."""
    if entity_set.key == ("Ref_Key",):
        return f"{entity_set.name}(guid'{header['Ref_Key']}')"
    items = ",".join(f"{name}='{header[name]}'" for name in entity_set.key)
    return f"{entity_set.name}({items})"
