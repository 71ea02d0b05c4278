"""What parts of a filter give, and how they are put together (1c-odata.md §1.6)."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NoReturn, cast

import attrs

from ._errors import bad_option, not_comparable
from ._filter_functions import Function
from ._paths import Get
from ._schema import Property, Type, Value


class Kind(enum.StrEnum):
    """What an expression gives."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    GUID = "guid"
    COMPOSITE = "composite"
    #: a GUID with its type
    CAST = "cast"


_KINDS: Final[Mapping[Type, Kind]] = MappingProxyType(
    {
        Type.GUID: Kind.GUID,
        Type.TEXT: Kind.STRING,
        Type.FIXED: Kind.STRING,
        Type.ENUM: Kind.STRING,
        Type.COMPOSITE: Kind.COMPOSITE,
        Type.COMPOSITE_TYPE: Kind.STRING,
        Type.DATE: Kind.DATE,
        Type.BOOLEAN: Kind.BOOLEAN,
        Type.DOUBLE: Kind.NUMBER,
        Type.INT16: Kind.NUMBER,
        Type.INT64: Kind.NUMBER,
    }
)


@attrs.frozen
class Expression:
    """A part of a filter: what it gives, and how."""

    kind: Kind
    get: Get
    #: a string without a length: 1C cannot compare it
    unlimited: bool = False
    #: the value of a literal
    constant: Value = None


COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "gt": operator.gt,
        "ge": operator.ge,
        "lt": operator.lt,
        "le": operator.le,
    }
)
SUM = MappingProxyType({"add": operator.add, "sub": operator.sub})
PRODUCT = MappingProxyType({"mul": operator.mul, "div": operator.truediv})


def constant(kind: Kind, value: Value) -> Expression:
    """Return a literal."""
    return Expression(kind, lambda row: value, constant=value)


def of(property: Property, get: Get, get_type: Get | None) -> Expression:
    """Return the value of a property; that of a composite goes with its type."""
    kind = _KINDS[property.type]
    if get_type is not None:
        return Expression(kind, lambda row: (get(row), get_type(row)))
    return Expression(kind, get, unlimited=property.type is Type.TEXT and not property.length)


def truth(parts: list[Expression], choose: Callable[[list[Value]], bool]) -> Expression:
    """Join conditions by ``and`` (``all``) or ``or`` (``any``)."""
    if any(part.kind is not Kind.BOOLEAN for part in parts):
        raise bad_option("$filter")
    gets = [part.get for part in parts]
    if choose is all:
        return Expression(Kind.BOOLEAN, lambda row: all(get(row) for get in gets))
    return Expression(Kind.BOOLEAN, lambda row: any(get(row) for get in gets))


def calculated(operation: Callable[[Decimal, Decimal], Decimal], left: Expression, right: Expression) -> Expression:
    """Return the result of an arithmetic operation."""
    return Expression(Kind.NUMBER, lambda row: operation(_decimal(left.get(row)), _decimal(right.get(row))))


def _decimal(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def compare(word: str, left: Expression, right: Expression) -> Expression:
    """Compare two values.

    Raises:
        ODataError: 1C cannot compare them; code −1.
    """
    holds, kinds = COMPARE[word], {left.kind, right.kind}
    is_equality = word in ("eq", "ne")
    if kinds == {Kind.COMPOSITE, Kind.GUID}:  # without a cast nothing is ever equal (§1.6)
        return constant(Kind.BOOLEAN, word == "ne")
    if kinds == {Kind.GUID, Kind.CAST}:
        left, right = _plain(left), _plain(right)
    elif kinds != {Kind.COMPOSITE, Kind.CAST} and len(kinds) > 1:
        raise not_comparable()
    orderable = kinds <= {Kind.STRING, Kind.NUMBER, Kind.DATE}
    if left.unlimited or right.unlimited or not (is_equality or orderable):
        raise not_comparable()
    first, second = left.get, right.get
    if kinds == {Kind.STRING}:  # a database compares texts without case and without spaces at the end
        return Expression(Kind.BOOLEAN, lambda row: holds(_folded(first(row)), _folded(second(row))))
    return Expression(Kind.BOOLEAN, lambda row: holds(first(row), second(row)))


def _plain(expression: Expression) -> Expression:
    if expression.kind is Kind.GUID:
        return expression
    guid = cast(tuple[Value, Value], expression.constant)[0]
    return constant(Kind.GUID, guid)


def _folded(value: Value) -> str:
    return str(value).rstrip().casefold()


def call(function: Function, arguments: list[Expression], fail: Callable[[], NoReturn]) -> Expression:
    """Call a function; ``fail`` where it does not take these arguments."""
    if len(arguments) not in function.counts:
        fail()
    for argument, kind in zip(arguments, function.takes, strict=False):
        if argument.kind.value != kind:
            fail()
    gets = [argument.get for argument in arguments]
    apply = function.apply
    return Expression(Kind(function.gives), lambda row: apply(*(get(row) for get in gets)))
