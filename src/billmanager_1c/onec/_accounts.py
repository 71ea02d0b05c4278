"""The catalogue of subaccounts in 1C: the only thing this library ever writes there."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import BadReply
from ..models import Subaccount
from ._connection import Connection
from ._values import Row


def save_accounts(connection: Connection, entity_set: str, subaccounts: Sequence[Subaccount]) -> None:
    """Create the items that are missing, rename those that changed, delete none; then read them back.

    Raises:
        NotPublished: ISPsystem's additions are not in this infobase, or the catalogue is not published.
        BadReply: 1C said that it saved an item, and it is not there.
        WireError, OneCError: the catalogue could not be read or written.
    """
    names = {str(each.id): _name(each) for each in subaccounts}
    items = _items(connection, entity_set)
    written = False
    for code, name in names.items():
        item = items.get(code)
        if item is None:
            connection.write(entity_set, None, {"Code": code, "Description": name})
        elif not _is_kept(item.text("Description"), name):
            connection.write(entity_set, item.own_key(), {"Description": name})
        else:
            continue
        written = True
    if written:
        _check(entity_set, names, _items(connection, entity_set))


def _items(connection: Connection, entity_set: str) -> dict[str, Row]:
    """Return the items by code. In one answer, without pages: an item that a page lacks would be created twice."""
    items: dict[str, Row] = {}
    for row in connection.rows(entity_set, {"$select": "Ref_Key,Code,Description"}):
        items.setdefault(row.text("Code"), row)
    return items


def _check(entity_set: str, names: dict[str, str], items: dict[str, Row]) -> None:
    lost = [
        code for code, name in names.items() if code not in items or not _is_kept(items[code].text("Description"), name)
    ]
    if lost:
        shown = ", ".join(lost[:5])
        raise BadReply(
            f"1C accepted items of {entity_set} and did not keep them: {shown}. Check the length of Code and the "
            "handlers of the catalogue.",
            system="1C",
            function=entity_set,
            paths=tuple(f"not kept @ {entity_set}(Code={code})" for code in lost[:5]),
        )


def _is_kept(kept: str, name: str) -> bool:
    """Compare names; 1C cuts what is too long for the attribute and does not tell (1c-odata.md §1.7)."""
    return kept == name or (kept != "" and name.startswith(kept))


def _name(subaccount: Subaccount) -> str:
    parts = (subaccount.account, subaccount.provider, subaccount.currency)
    return " ".join(" / ".join(part for part in parts if part).split())
