"""The list of subaccounts: which column holds whose it is, in what, with whom (design.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import attrs

from ...api import Shape
from ._notes import Notes, named

#: columns that are what they are called everywhere
_TAKEN = frozenset({"id", "balance", "status", "creditlimit"})
#: this share of a column's values must be known ones: lists are looked at page by page
_ENOUGH = 0.5


@attrs.frozen
class _Role:
    field: str
    what: str
    #: a part of the name that such a column has
    hints: tuple[str, ...]
    #: the list that knows the values, and their column there
    source: tuple[str, str]
    #: without it no payment can be made
    is_needed: bool = True


_CLIENT, _PROVIDER, _CURRENCY = ("account", "client", "customer"), ("project", "provider"), ("curr", "iso")

_ROLES = (
    _Role("subaccount_account_id", "the client's id", _CLIENT, ("account", "id")),
    _Role("subaccount_provider_id", "the provider's id", _PROVIDER, ("project", "id")),
    _Role("subaccount_currency_id", "the currency's id", _CURRENCY, ("currency", "id")),
    _Role("subaccount_account", "the client's name", _CLIENT, ("account", "name"), is_needed=False),
    _Role("subaccount_provider", "the provider's name", _PROVIDER, ("project", "name"), is_needed=False),
    _Role("subaccount_currency", "the currency's letters", _CURRENCY, ("currency", "iso"), is_needed=False),
)


def check_columns(notes: Notes) -> None:
    """Find each column by its name, and by whether it holds what it should."""
    notes.area = "dialect"
    listed = notes.lists.get("subaccounts")
    func = notes.dialect.subaccounts
    if listed is None or not listed.rows:
        why = "the list cannot be read" if listed is None else "there is no subaccount to look at"
        for role in _ROLES:
            notes.unknown(role.field, f"func={func}", why)
        return
    for role in _ROLES:
        _check(notes, role, listed, func)


def _check(notes: Notes, role: _Role, listed: Shape, func: str) -> None:
    own: str = getattr(notes.dialect, role.field)
    asked = f"func={func}: the column with {role.what}"
    fits = _fitting(notes, role, listed)
    if own in listed.columns and (own in fits or not _values(listed, own)):
        notes.holds(role.field, asked, f"{own} holds {role.what}")
        return
    seen = f"{own} does not hold {role.what}" if own in listed.columns else f"there is no column {own}"
    others = [name for name in fits if name not in _named_already(notes, role)]
    hinted = [name for hint in role.hints for name in others if hint in name.casefold()]
    found = hinted[0] if hinted else others[0] if len(others) == 1 else None
    if found is not None:
        notes.change(**{role.field: found})
        notes.fails(role.field, asked, f"{seen}; {found} does", f"Set Dialect({role.field}={found!r}).")
        return
    may_be = f"; any of {named(others)} may" if others else f"; there are {named(sorted(listed.columns))}"
    if role.is_needed:
        advice = f"Find the column in the panel and set Dialect({role.field}=…); without it no payment can be made."
        notes.fails(role.field, asked, seen + may_be, advice)
    else:
        notes.warns(role.field, asked, seen, "The exchange does without; names in reports are empty.")


def _fitting(notes: Notes, role: _Role, listed: Shape) -> list[str]:
    list_name, column = role.source
    source = notes.lists.get(list_name)
    known = {row.get(column, "") for row in source.rows} - {""} if source is not None else set()
    return [name for name in listed.columns if name not in _TAKEN and _fits(_values(listed, name), known, role)]


def _fits(values: list[str], known: Iterable[str], role: _Role) -> bool:
    known = set(known)
    if not values:
        return False
    if not known:
        return _looks_like(role)(values)
    return sum(value in known for value in values) >= _ENOUGH * len(values)


def _looks_like(role: _Role) -> Callable[[list[str]], bool]:
    """Return how to tell without a list to compare with."""
    if role.field.endswith("_id"):
        return lambda values: all(value.isascii() and value.isdigit() for value in values)
    if role.field == "subaccount_currency":
        return lambda values: all(len(value) == 3 and value.isalpha() and value.isupper() for value in values)
    return lambda values: not any(value.isdigit() for value in values)


def _values(listed: Shape, name: str) -> list[str]:
    return [value for row in listed.rows if (value := _cell(row, name))]


def _cell(row: Mapping[str, str], name: str) -> str:
    return row.get(name, "").strip()


def _named_already(notes: Notes, role: _Role) -> set[str]:
    return {getattr(notes.dialect, other.field) for other in _ROLES if other.field != role.field}
