"""From a value of OData JSON to a value of Python (1c-odata.md §1.3, §1.4)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

import attrs

from ..errors import BadReply
from ..models import guid, normalize_code
from ..wirejson import writable

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
"""What comes out of the JSON reader: a float is not among it."""

_NAMESPACE: Final = "StandardODATA."
EMPTY_GUID: Final = "00000000-0000-0000-0000-000000000000"
_EMPTY_YEAR: Final = "0001-"
_MOST_ID_DIGITS: Final = 18
"""Digits of an id of BILLmanager; what is longer is none, and ``int`` refuses what is much longer."""
#: 1C has at most 32 digits in a number; what is longer is no amount
_MOST_DIGITS: Final = 32
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def id_in(text: str) -> int | None:
    """Read an id, or the number of a message, also one with leading zeros; None where the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_ID_DIGITS else None


@attrs.frozen
class Row:
    """One object of an answer, read field by field. ``null`` is the same as the type's empty value (§1.4)."""

    fields: Mapping[str, Json]
    #: where it stands, for the message of a refusal
    place: str

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str:
        """Read text without outer spaces: strings of fixed length come padded. Numbers become their digits."""
        value = self._required(name)
        if isinstance(value, str):
            if value.isascii() and "\0" not in value:  # most of them, and there are many
                return value.strip()
            return normalize_code(writable(value))
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._wrong(name, "text")
        return str(value)

    def text_or_empty(self, name: str) -> str:
        """Read text that the object need not have."""
        return self.text(name) if name in self.fields else ""

    def key(self, name: str) -> str | None:
        """Read a reference; None for the empty one."""
        value = self._required(name)
        try:
            key = guid(value) if isinstance(value, str) else ""
        except ValueError:
            key = ""
        if not key:
            key = self._odd_key(name)
        return None if key == EMPTY_GUID else key

    def _odd_key(self, name: str) -> str:
        """Read a reference that is not written as 1C writes them."""
        text = self.text(name)
        try:
            return guid(text) if text else EMPTY_GUID
        except ValueError:
            raise self._wrong(name, "a GUID") from None

    def type_of(self, name: str) -> str:
        """Read which entity set a composite reference points into; ``Undefined`` for the empty one."""
        return self.text(f"{name}_Type").removeprefix(_NAMESPACE)

    def own_key(self) -> str:
        """Read ``Ref_Key``, which is never empty."""
        key = self.key("Ref_Key")
        if key is None:
            raise self._wrong("Ref_Key", "the object's own key")
        return key

    def moment(self, name: str) -> dt.datetime | None:
        """Read a local time without a zone; None for the empty date."""
        text = self.text(name)
        if not text or text.startswith(_EMPTY_YEAR):
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise self._wrong(name, "a date") from None
        return moment if moment.tzinfo is None else moment.replace(tzinfo=None)  # the infobase's calendar, never UTC

    def flag(self, name: str) -> bool:
        """Read a Boolean."""
        value = self._required(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        raise self._wrong(name, "a Boolean")

    def amount(self, name: str) -> Decimal:
        """Read a number exactly.

        What is no number becomes ``NaN``: the document is then quarantined by name, and does not hold up the others.
        """
        value = self._required(name)
        if value is None:
            return Decimal(0)
        if isinstance(value, str):
            text = value.strip()
            return _plain(Decimal(text)) if _NUMBER.fullmatch(text) else Decimal("NaN")
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return Decimal("NaN")
        return _plain(Decimal(value))

    def rows(self, name: str) -> tuple[Row, ...]:
        """Read a tabular part; one object where a list is expected is a list of one."""
        value = self._required(name)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        return tuple(row_of(item, f"{self.place}.{name}[{index}]") for index, item in enumerate(items))

    def only(self, names: Iterable[str]) -> Row:
        """Forget every other field: an answer without ``$select`` is many times larger than what is used of it."""
        return Row({name: self.fields[name] for name in names if name in self.fields}, self.place)

    def _required(self, name: str) -> Json:
        try:
            return self.fields[name]
        except KeyError:
            raise BadReply(
                f"1C's answer lacks the field {name} @ {self.place}; does the Configuration fit this infobase?",
                system="1C",
                paths=(f"required field missing @ {self.place}.{name}",),
            ) from None

    def _wrong(self, name: str, what: str) -> BadReply:
        return BadReply(
            f"The field {name} @ {self.place} of 1C's answer is not {what}.",
            system="1C",
            paths=(f"not {what} @ {self.place}.{name}",),
        )


def row_of(item: Json, place: str) -> Row:
    """Take an object of an answer.

    Raises:
        BadReply: it is no object.
    """
    if not isinstance(item, dict):
        raise BadReply(
            f"1C's answer has something else than an object @ {place}.",
            system="1C",
            paths=(f"not an object @ {place}",),
        )
    return Row(item, place)


def _plain(number: Decimal) -> Decimal:
    """Write an exponent out: ``1E+4`` is how a number may travel, not how an amount is kept."""
    text = str(number)
    if len(text) <= _MOST_DIGITS and text.replace(".", "", 1).isdecimal():  # nearly all of them
        return number
    if not number.is_finite() or len(number.as_tuple().digits) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS:
        return Decimal("NaN")
    return Decimal(format(number, "f")) if "E" in text else number
