"""What a client wants to write: read from JSON and brought to the types of the set (1c-odata.md §1.7)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from ._errors import Code, ODataError, extra_segments, runtime
from ._infobase import Header, Infobase, Parts
from ._keys import read_key, read_segment
from ._literals import read_value
from ._schema import UNDEFINED, EntitySet, Property, Type, Value

_NEVER_WRITTEN = frozenset({"DataVersion", "Predefined", "PredefinedDataName"})


def read_body(infobase: Infobase, entity_set: EntitySet, body: bytes) -> tuple[Header, Parts]:
    """Read the properties and parts that the body names; what the set does not know is ignored.

    Raises:
        ODataError: broken JSON, a value of another type, or lines that are not numbered from 1.
    """
    try:
        fields = json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except ValueError:
        raise runtime("Ошибка разбора JSON: неожиданный символ.") from None
    if not isinstance(fields, dict):
        raise ODataError(400, Code.BAD_REQUEST, "Неверный формат запроса.")
    fields |= _bound(infobase, fields)
    return (
        _read(infobase, [each for each in entity_set.properties if each.name not in _NEVER_WRITTEN], fields),
        {part: _lines(infobase, entity_set.parts[part], fields[part]) for part in entity_set.parts if part in fields},
    )


def _bound(infobase: Infobase, fields: Mapping[str, object]) -> dict[str, object]:
    """Turn ``X@odata.bind`` into ``X_Key``."""
    bound: dict[str, object] = {}
    for name, value in fields.items():
        if name.endswith("@odata.bind"):
            segment = read_segment(str(value))
            target = infobase.schema.sets.get(segment.name)
            if target is None or segment.key is None:
                raise extra_segments()
            bound[f"{name.removesuffix('@odata.bind')}_Key"] = read_key(target, segment.key)[0]
    return bound


def _read(infobase: Infobase, properties: Sequence[Property], fields: Mapping[str, object]) -> Header:
    read: Header = {each.name: read_value(each, fields[each.name]) for each in properties if each.name in fields}
    for each in properties:
        if each.type is Type.COMPOSITE and each.name in read:
            read[f"{each.name}_Type"] = _composite_type(each, read)
    return read


def _composite_type(property: Property, read: Mapping[str, Value]) -> str:
    """Check the type that stands beside a composite value: it must be one of those the property may have."""
    value, type = read[property.name], str(read.get(f"{property.name}_Type", UNDEFINED))
    allowed = {UNDEFINED} if value == "" else {f"StandardODATA.{target}" for target in property.targets}
    if type not in allowed:
        message = f"Недопустимое значение '{value}' для свойства составного типа {property.name}!"
        raise ODataError(400, Code.BAD_VALUE, message)
    return type


def _lines(infobase: Infobase, fields: Sequence[Property], lines: object) -> list[Header]:
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise ODataError(400, Code.BAD_REQUEST, "Неверный формат запроса.")
    for expected, line in enumerate(lines, 1):
        if "LineNumber" not in line:
            raise runtime("Не указан номер строки табличной части.")
        if str(line["LineNumber"]) != str(expected):
            raise ODataError(400, Code.BAD_VALUE, "Номера строк табличной части должны идти подряд, начиная с 1.")
    return [_read(infobase, fields, line) for line in lines]
