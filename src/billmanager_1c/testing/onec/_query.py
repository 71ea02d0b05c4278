"""The options of a request to a set: read, checked, and applied to its rows (1c-odata.md §1.5)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from ._errors import Code, ODataError, bad_option, unknown_segment
from ._filter import Predicate, compile_filter
from ._infobase import Infobase, Row, describe
from ._paths import Get, follow
from ._schema import EntitySet, SetKind, Type, Value

_KNOWN: Final = frozenset(
    {"$format", "$select", "$filter", "$orderby", "$top", "$skip", "$expand", "$inlinecount", "$allowedOnly"}
)


@attrs.frozen(kw_only=True)
class Options:
    """What came after the question mark, read but for its meaning."""

    format: str | None = None
    select: str | None = None
    filter: str | None = None
    orderby: str | None = None
    expand: str | None = None
    top: int | None = None
    skip: int = 0
    with_count: bool = False
    allowed_only: bool = False


def read_options(query: Mapping[str, str]) -> Options:
    """Read the options.

    Raises:
        ODataError: there is no such option (code 0), or its value cannot be read (code 14).
    """
    for name in query:
        if name.startswith("$") and name not in _KNOWN:
            raise ODataError(400, Code.UNSUPPORTED, f"The {name} parameter is not supported")
    count = query.get("$inlinecount", "none")
    if count not in ("allpages", "none"):
        raise bad_option("$inlinecount")
    return Options(
        format=query.get("$format"),
        select=query.get("$select"),
        filter=query.get("$filter"),
        orderby=query.get("$orderby"),
        expand=query.get("$expand"),
        top=_number(query, "$top"),
        skip=_number(query, "$skip") or 0,
        with_count=count == "allpages",
        allowed_only="true" in (query.get("allowedOnly"), query.get("$allowedOnly")),
    )


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise bad_option(name)
    return int(text)


@attrs.frozen(kw_only=True)
class Result:
    """The rows of an answer, and how many matched in all."""

    rows: Sequence[Row]
    count: int


def compile_predicate(infobase: Infobase, entity_set: EntitySet, options: Options, *, strict: bool) -> Predicate:
    """Return the filter of the request; without one everything matches."""
    if options.filter is None:
        return lambda row: True
    return compile_filter(infobase, entity_set, options.filter, unknown_is_error=strict)


def arrange(
    infobase: Infobase, entity_set: EntitySet, rows: Iterable[Row], options: Options, shuffle: random.Random | None
) -> list[Row]:
    """Put rows in order. What ``$orderby`` leaves open comes in another order each time (§9.17)."""
    ordered = list(rows)
    if shuffle is not None:
        shuffle.shuffle(ordered)
    for path in reversed([] if options.orderby is None else options.orderby.split(",")):
        name, _, direction = path.strip().partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_option("$orderby")
        ordered.sort(key=_sort_key(infobase, entity_set, name), reverse=direction.strip() == "desc")
    return ordered


def page(rows: Sequence[Row], options: Options, *, count_ignores_paging: bool) -> Sequence[Row]:
    """Apply ``$skip``, then ``$top``."""
    if options.with_count and count_ignores_paging:
        return rows
    end = None if options.top is None else options.skip + options.top
    return rows[options.skip : end]


def _sort_key(infobase: Infobase, entity_set: EntitySet, path: str) -> Callable[[Row], Any]:
    if path == "Ref_Key":
        return _by_presentation(infobase, entity_set)
    found = follow(infobase, entity_set, path.split("/"))
    if found is None:
        raise unknown_segment(path)
    get = found.get
    if found.property.type in (Type.TEXT, Type.FIXED, Type.ENUM, Type.COMPOSITE):
        return lambda row: str(get(row)).casefold()
    if found.property.type is Type.GUID and found.property.targets:  # a reference, too, is sorted by what people see
        targets = found.property.targets
        return lambda row: infobase.presentation(get(row), targets)
    return get


def _by_presentation(infobase: Infobase, entity_set: EntitySet) -> Get:
    def key(row: Row) -> Value:
        if "Date" in row.header:
            return (row.header["Date"], row.header["Number"])
        if "Description" in row.header:
            return (str(row.header["Description"]).casefold(), "")
        owner = infobase.tables[entity_set.name.rpartition("_")[0]][(row.header["Ref_Key"],)]
        is_document = entity_set.kind is SetKind.DOCUMENT
        return (owner.header["Date"], owner.header["Number"]) if is_document else (describe(entity_set, owner), "")

    return key
