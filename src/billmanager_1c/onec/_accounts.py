"""The catalogue of subaccounts in 1C: the only thing this library ever writes there."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import BadReply
from ..models import Subaccount
from ._connection import Connection
from ._values import Row, id_in


def save_accounts(connection: Connection, entity_set: str, subaccounts: Sequence[Subaccount]) -> None:
    """Create the items that are missing, rename those that changed, delete none; then read them back.

    Several items of one subaccount are all renamed: nobody knows which of them the contracts point to.

    Raises:
        NotPublished: ISPsystem's additions are not in this infobase, or the catalogue is not published.
        BadReply: 1C said that it saved an item, and it is not there.
        WireError, OneCError: the catalogue could not be read or written.
    """
    names = {int(each.id): _name(each) for each in subaccounts}
    items = _items(connection, entity_set)
    is_written = False
    for id, name in names.items():
        if id not in items:
            connection.write(entity_set, None, {"Code": str(id), "Description": name})
            is_written = True
        for item in items.get(id, ()):
            if not _is_kept(item.text("Description"), name):
                connection.write(entity_set, item.own_key(), {"Description": name})
                is_written = True
    if is_written:
        _check(entity_set, names, _items(connection, entity_set))


def _items(connection: Connection, entity_set: str) -> dict[int, list[Row]]:
    """Return the items by the subaccount that their codes mean, as reading takes them: 000000001 is 1.

    In one answer, without pages: an item that a page lacks would be created twice.
    """
    items: dict[int, list[Row]] = {}
    for row in connection.rows(entity_set, {"$select": "Ref_Key,Code,Description"}):
        if (id := id_in(row.text("Code"))) is not None:
            items.setdefault(id, []).append(row)
    return items


def _check(entity_set: str, names: dict[int, str], items: dict[int, list[Row]]) -> None:
    lost = [
        id
        for id, name in names.items()
        if id not in items or not all(_is_kept(item.text("Description"), name) for item in items[id])
    ]
    if lost:
        shown = ", ".join(map(str, lost[:5]))
        raise BadReply(
            f"1C accepted items of {entity_set} and did not keep them: {shown}. Check the length of Code and the "
            "handlers of the catalogue.",
            system="1C",
            function=entity_set,
            paths=tuple(f"not kept @ {entity_set}(Code={id})" for id in lost[:5]),
        )


def _is_kept(kept: str, name: str) -> bool:
    """Compare names; 1C cuts what is too long for the attribute and does not tell (1c-odata.md §1.7)."""
    return kept == name or (kept != "" and name.startswith(kept))


def _name(subaccount: Subaccount) -> str:
    parts = (subaccount.account, subaccount.provider, subaccount.currency)
    return " ".join(" / ".join(part for part in parts if part).split())
