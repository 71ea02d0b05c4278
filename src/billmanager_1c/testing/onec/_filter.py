"""``$filter``: read, checked and turned into a predicate, as strictly as 1C does (1c-odata.md §1.6).

or  :=  and {"or" and}          and  :=  not {"and" not}        not  :=  ["not"] compared
compared  :=  sum [("eq"|"ne"|"gt"|"ge"|"lt"|"le") sum]         sum  :=  product {("add"|"sub") product}
product   :=  primary {("mul"|"div") primary}
primary   :=  literal | path | function "(" … ")" | path "/any(" name ":" or ")" | "(" or ")"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NoReturn, TypeAlias, cast

import attrs

from ._errors import Code, ODataError, bad_option, not_comparable, runtime
from ._expressions import (
    COMPARE,
    PRODUCT,
    SUM,
    Expression,
    Kind,
    calculated,
    call,
    compare,
    constant,
    of,
    truth,
)
from ._filter_functions import FUNCTIONS, NOT_IMPLEMENTED
from ._infobase import Infobase, Row
from ._literals import read_date, read_guid
from ._paths import Get, follow
from ._schema import EntitySet, Property, Type, Value

Predicate: TypeAlias = Callable[[Row], bool]


def compile_filter(infobase: Infobase, entity_set: EntitySet, text: str, *, unknown_is_error: bool) -> Predicate:
    """Turn the text of ``$filter`` into a predicate.

    ``unknown_is_error=False``: an unknown property makes the result empty, as one client's author saw.

    Raises:
        ODataError: 1C would refuse the filter.
    """
    parser = _Parser(infobase, entity_set, text)
    try:
        expression = parser.whole()
    except _UnknownProperty as unknown:
        if not unknown_is_error:
            return lambda row: False
        raise ODataError(400, Code.NO_PROPERTY, f"Свойство '{unknown.name}' не найдено!") from None
    if expression.kind is not Kind.BOOLEAN:
        raise bad_option("$filter")
    return cast(Predicate, expression.get)


# ------------------------------------------------------------------------------------------------------------ words

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<prefixed>(?:guid|datetime)'[^']*')
      | (?P<string>'(?:[^']|'')*')
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<name>[^\W\d]\w*(?:/[^\W\d]\w*)*)
      | (?P<mark>[(),:])
      | (?P<plus>\+)
    )""",
    re.VERBOSE,
)

_RESERVED = frozenset({*COMPARE, *SUM, *PRODUCT, "and", "or", "not"})


class _UnknownProperty(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@attrs.frozen
class _Token:
    group: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise bad_option("$filter")
        group = str(match.lastgroup)
        if group == "plus":  # a plus is not a space (§1.5)
            raise runtime('Операция не разрешена в предложении "ГДЕ"')
        tokens.append(_Token(group, match[group]))
        place = match.end()
    return tokens


# ---------------------------------------------------------------------------------------------------------- grammar


class _Parser:
    def __init__(self, infobase: Infobase, entity_set: EntitySet, text: str) -> None:
        self._infobase = infobase
        self._set = entity_set
        self._tokens = _tokens(text)
        self._place = 0
        self._variables: dict[str, Mapping[str, Property]] = {}

    def whole(self) -> Expression:
        expression = self._or()
        if self._place < len(self._tokens):
            self._fail()
        return expression

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._take_name("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else truth(parts, any)

    def _and(self) -> Expression:
        parts = [self._not()]
        while self._take_name("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else truth(parts, all)

    def _not(self) -> Expression:
        if not self._take_name("not"):
            return self._compared()
        inner = self._not()
        if inner.kind is not Kind.BOOLEAN:
            self._fail()
        return Expression(Kind.BOOLEAN, lambda row: not inner.get(row))

    def _compared(self) -> Expression:
        left = self._sum()
        token = self._peek()
        if token is None or token.group != "name" or token.text not in COMPARE:
            return left
        self._place += 1
        return compare(token.text, left, self._sum())

    def _sum(self) -> Expression:
        return self._arithmetic(self._product, SUM)

    def _product(self) -> Expression:
        return self._arithmetic(self._primary, PRODUCT)

    def _arithmetic(
        self, operand: Callable[[], Expression], operations: Mapping[str, Callable[[Decimal, Decimal], Decimal]]
    ) -> Expression:
        left = operand()
        while (token := self._peek()) and token.group == "name" and token.text in operations:
            self._place += 1
            right = operand()
            if {left.kind, right.kind} != {Kind.NUMBER}:
                raise not_comparable()
            left = calculated(operations[token.text], left, right)
        return left

    def _primary(self) -> Expression:
        token = self._next()
        match token.group:
            case "prefixed":
                prefix, _, body = token.text[:-1].partition("'")
                if prefix == "guid":
                    return constant(Kind.GUID, read_guid(body))
                return constant(Kind.DATE, read_date(body))
            case "string":
                return constant(Kind.STRING, token.text[1:-1].replace("''", "'"))
            case "number":
                return constant(Kind.NUMBER, Decimal(token.text))
            case "mark":
                if token.text != "(":
                    self._fail()
                inner = self._or()
                self._expect(")")
                return inner
        return self._named(token.text)

    def _named(self, name: str) -> Expression:
        if name in ("true", "false"):
            return constant(Kind.BOOLEAN, name == "true")
        following = self._peek()
        if following is not None and following.text == "(" and following.group == "mark":
            self._place += 1
            part, _, quantifier = name.rpartition("/")
            return self._lambda(part, quantifier) if part else self._function(name)
        if name in _RESERVED:
            self._fail()
        return self._property(name)

    def _property(self, name: str) -> Expression:
        first, *rest = name.split("/")
        if first in self._variables:
            fields = self._variables[first]
            if len(rest) != 1 or rest[0] not in fields:
                raise _UnknownProperty(name)
            return _of_item(fields[rest[0]])
        found = follow(self._infobase, self._set, (first, *rest))
        if found is None:
            raise _UnknownProperty(name)
        type = follow(self._infobase, self._set, f"{name}_Type".split("/"))
        return of(found.property, found.get, None if type is None else type.get)

    def _function(self, name: str) -> Expression:
        if name in NOT_IMPLEMENTED:
            raise ODataError(400, Code.NOT_IMPLEMENTED, f"Функция {name} не реализована.")
        if name == "cast":
            return self._cast()
        function = FUNCTIONS.get(name)
        if function is None:
            self._fail()
        arguments = [self._or()]
        while self._take_mark(","):
            arguments.append(self._or())
        self._expect(")")
        return call(function, arguments, self._fail)

    def _cast(self) -> Expression:
        value = self._or()
        self._expect(",")
        to = self._next()
        self._expect(")")
        name = to.text[1:-1]
        if to.group != "string" or value.kind is not Kind.GUID or name not in _targets(self._infobase):
            self._fail()
        return constant(Kind.CAST, (value.constant, f"StandardODATA.{name}"))

    def _lambda(self, part: str, quantifier: str) -> Expression:
        if quantifier not in ("any", "all"):
            self._fail()
        if part not in self._set.parts:
            raise _UnknownProperty(part)
        variable = self._next()
        self._expect(":")
        if variable.group != "name" or "/" in variable.text:
            self._fail()
        self._variables[variable.text] = {each.name: each for each in self._set.parts[part]}
        inner = self._or()
        self._expect(")")
        del self._variables[variable.text]
        choose = any if quantifier == "any" else all
        return Expression(
            Kind.BOOLEAN,
            lambda row: choose(inner.get(Row(row.header, row.parts, item=item)) for item in row.parts[part]),
        )

    # ---------------------------------------------------------------------------------------------------- tokens

    def _peek(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            self._fail()
        self._place += 1
        return token

    def _take_name(self, name: str) -> bool:
        return self._take(_Token("name", name))

    def _take_mark(self, mark: str) -> bool:
        return self._take(_Token("mark", mark))

    def _take(self, token: _Token) -> bool:
        if self._peek() != token:
            return False
        self._place += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._take_mark(mark):
            self._fail()

    @staticmethod
    def _fail() -> NoReturn:
        raise bad_option("$filter")


def _of_item(field: Property) -> Expression:
    def read(name: str) -> Get:
        return lambda row: cast(Mapping[str, Value], row.item)[name]

    return of(field, read(field.name), read(f"{field.name}_Type") if field.type is Type.COMPOSITE else None)


def _targets(infobase: Infobase) -> frozenset[str]:
    schema = infobase.schema
    named = (each.targets for entity_set in schema.sets.values() for each in entity_set.properties)
    in_parts = (
        each.targets for entity_set in schema.sets.values() for part in entity_set.parts.values() for each in part
    )
    return frozenset(schema.sets).union(*named, *in_parts)
