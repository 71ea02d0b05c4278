"""A list: filtered, sorted, cut into pages (billmanager-api.md §3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from ._element import Content, Element
from ._filters import Filter, Predicate
from ._installation import Installation
from ._refusal import Refusal

R = TypeVar("R")


@attrs.frozen(kw_only=True)
class Listed(Generic[R]):
    """A list that is ready to be asked: rows in the order of ids, what a row shows, what can be asked of it."""

    rows: Mapping[int, R]
    cells: Callable[[R], dict[str, Content]]
    filters: Mapping[str, Filter[R]]
    #: the order where none is asked for
    newest_first: bool = False
    #: columns that nobody asked for
    extras: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Trouble:
    """What a fault does to a list."""

    #: rows that later pages are shifted by
    shift: int = 0
    #: True if the list is cut to ``rows``, or to a half where that is None
    cut: bool = False
    rows: int | None = None


def answer_list(
    listed: Listed[R],
    fields: Mapping[str, str],
    params: Mapping[str, str],
    installation: Installation,
    trouble: Trouble,
) -> list[tuple[str, Content]]:
    """Return the children of the document.

    ``fields`` are those of the filter; a field that the list does not know limits nothing, as in BILLmanager.

    Raises:
        Refusal: a value of a filter or a page is wrong.
    """
    found = _order(listed, _select(listed, fields), params)[: installation.row_cap]
    if trouble.cut:
        found = found[: len(found) // 2 if trouble.rows is None else trouble.rows]
    size = _number(params, "p_cnt", installation.page_size)
    page = _number(params, "p_num", 1)
    start = (page - 1) * size
    if page > 1:
        start = max(0, start - trouble.shift)
    children: list[tuple[str, Content]] = [
        ("p_sort", params.get("p_sort", "id")),
        ("p_order", params.get("p_order", "desc" if listed.newest_first else "asc")),
    ]
    layout = _layout(listed, installation)
    children += [("elem", Element.of(layout(listed.cells(row)))) for row in found[start : start + size]]
    children += [("p_cnt", str(size)), ("p_num", str(page)), ("p_elems", str(len(found)))]
    return children


def _select(listed: Listed[R], fields: Mapping[str, str]) -> list[R]:
    wanted = {name: value for name, value in fields.items() if value and name in listed.filters}
    ids = [part.strip() for part in wanted.get("id", "").split(",")]
    if all(part.isascii() and part.isdigit() for part in ids):  # by id without looking at every row
        wanted.pop("id")
        rows = [listed.rows[key] for key in sorted({int(part) for part in ids}) if key in listed.rows]
    else:
        rows = list(listed.rows.values())
    predicates: list[Predicate[R]] = [listed.filters[name](value) for name, value in wanted.items()]
    for predicate in predicates:
        rows = [row for row in rows if predicate(row)]
    return rows


def _order(listed: Listed[R], rows: list[R], params: Mapping[str, str]) -> list[R]:
    column = params.get("p_sort") or "id"
    order = params.get("p_order") or ("desc" if listed.newest_first and column == "id" else "asc")
    if column != "id":
        rows = sorted(rows, key=lambda row: _sort_key(listed.cells(row).get(column, "")))
    return rows[::-1] if order == "desc" else rows


def _sort_key(content: Content) -> tuple[float, str]:
    text = content if isinstance(content, str) else content.text
    number = text.split(" ")[0]
    try:
        return float(number), text
    except ValueError:
        return 0.0, text


def _layout(
    listed: Listed[R], installation: Installation
) -> Callable[[dict[str, Content]], Sequence[tuple[str, Content]]]:
    """Return what puts further columns into a row and mixes the order: the same in every row of one list."""
    if not installation.extra_columns:
        return lambda cells: list(cells.items())
    mixer = random.Random(",".join(listed.filters))
    shuffled: list[int] = []

    def layout(cells: dict[str, Content]) -> Sequence[tuple[str, Content]]:
        items = [*cells.items(), *listed.extras.items()]
        if len(shuffled) != len(items):
            shuffled[:] = mixer.sample(range(len(items)), len(items))
        return [items[place] for place in shuffled]

    return layout


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    value = params.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise Refusal("value", name, value)
    return int(value)
