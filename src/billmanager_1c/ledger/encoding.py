"""Records to JSON and back: the one place that knows how a store writes a value down.

Money is text, dates are ISO 8601, times are ISO 8601 with their offset.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from ..models import PaymentDocument
from .records import Attempt, DocumentRecord, Link, Target

T = TypeVar("T")


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(omit_if_default=False, forbid_extra_keys=False)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_unstructure_hook(date, lambda value: value.isoformat())
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    for cls in (Link, Attempt, DocumentRecord, Target, PaymentDocument):
        converter.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, converter))
        # A field that a later version added is simply not there in what an earlier one wrote.
        converter.register_structure_hook(cls, make_dict_structure_fn(cls, converter))
    return converter


_converter = _make_converter()


def to_plain(value: object) -> Any:
    """Turn a record into dictionaries, lists, text, numbers and None."""
    return _converter.unstructure(value)


def from_plain(plain: object, kind: type[T]) -> T:
    """Turn what :func:`to_plain` made back into a record."""
    return _converter.structure(plain, kind)


def dumps(plain: object) -> str:
    """Write plain data as compact JSON with a fixed order of keys."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def loads(text: str) -> Any:
    """Read what :func:`dumps` wrote."""
    return json.loads(text)
