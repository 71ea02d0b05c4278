"""How values are written on the wire and read from it (1c-odata.md §1.3, §9.13–15)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring as _quoted  # writes Cyrillic as it is, as 1C does
from typing import Final

from ._errors import Code, ODataError, unparsable
from ._schema import Property, Type, Value

GUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z")


def write_text(property: Property, value: Value) -> str:
    """Return the value as XML and paths show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if property.type is Type.DOUBLE and isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def write_json(property: Property, value: Value) -> str:
    """Return the value as JSON: 64-bit integers are strings, doubles have no trailing zeros."""
    match property.type:
        case Type.BOOLEAN | Type.DOUBLE | Type.INT16:
            return write_text(property, value)
        case Type.INT64:
            return f'"{value}"'
    return str(_quoted(str(value)))


def quoted(text: str) -> str:
    """Return the text as a JSON string."""
    return str(_quoted(text))


def read_guid(text: object) -> str:
    """Read a GUID.

    Raises:
        ODataError: it is none; code 1.
    """
    if not isinstance(text, str) or not GUID.match(text):
        raise unparsable(str(text), "Edm.Guid")
    return text.lower()


def read_date(text: object) -> str:
    """Read a local date and time without a fraction and without a zone.

    Raises:
        ODataError: it is none; code 1.
    """
    if isinstance(text, str) and _DATE.match(text):
        try:
            dt.datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return text
    raise unparsable(str(text), "Edm.DateTime")


def read_value(property: Property, value: object) -> Value:
    """Read what JSON brought for a property. ``null`` empties it; an over-long string is cut without a word.

    Raises:
        ODataError: it is of another type; code 1.
    """
    if value is None:
        return property.empty
    match property.type:
        case Type.GUID:
            return read_guid(value)
        case Type.DATE:
            return read_date(value)
        case Type.BOOLEAN:
            if isinstance(value, bool):
                return value
            raise unparsable(str(value), "Edm.Boolean")
        case Type.DOUBLE | Type.INT16 | Type.INT64:
            return _number(property, value)
    if not isinstance(value, str):
        raise unparsable(str(value), property.type.edm)
    return fit(property, value)


def fit(property: Property, text: str) -> str:
    """Cut the text to its property's length, and pad it where the length is fixed."""
    if property.length:
        text = text[: property.length]
    return text.ljust(property.length) if property.type is Type.FIXED else text


def _number(property: Property, value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise unparsable(str(value), property.type.edm)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise unparsable(str(value), property.type.edm) from None
    if property.type is Type.DOUBLE:
        return round(number, property.scale)
    if number != int(number):
        raise ODataError(400, Code.BAD_VALUE, f"Значение {number} свойства {property.name} не целое.")
    return int(number)
