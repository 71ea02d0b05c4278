"""The lists: may they be read, does a filter hide rows, where are they cut."""

from __future__ import annotations

from ...api import Shape
from ...errors import BillManager1CError
from ..effects import Plan
from ._asking import page_of, shape
from ._notes import Notes, is_refusal, said

#: read by every export, with what for
NEEDED = {
    "company": "companies and their INN",
    "paymethod": "payment methods",
    "profile": "payers",
    "payment": "payments",
}
#: only to understand the others by
_HELPFUL = ("account", "project", "currency")

#: where the list of subaccounts may be, if not where the dialect says
_SUBACCOUNTS = ("subaccount", "account.subaccount", "subaccounts", "account.subaccounts")

_ADVICE = "Give the employee the right to read {func} in BILLmanager (Departments and staff)."


def survey(notes: Notes) -> Plan[None]:
    """Read the first page of every list, and say which cannot be read."""
    notes.area = "rights"
    for func in _HELPFUL:
        found = yield from shape(notes, func, page_of())
        if isinstance(found, Shape):
            notes.lists[func] = found
    for func, what in NEEDED.items():
        hidden = yield from _bare_total(notes, func)
        found = yield from shape(notes, func, page_of(newest_first=func == "payment"))
        if isinstance(found, Shape):
            notes.lists[func] = found
            notes.holds(f"list_{func}", f"func={func}", f"{what} can be read: {_count(found)}")
            _check_sticky(notes, func, hidden, found.total)
        else:
            notes.refused(f"list_{func}", f"func={func}", found, _ADVICE.format(func=func))
    yield from _find_subaccounts(notes)
    notes.area = "dialect"
    asked = "out=devel on lists and forms"
    if notes.described:
        notes.holds("description", asked, "BILLmanager describes its forms and lists")
    else:
        notes.unknown(
            "description",
            asked,
            "BILLmanager gives no description; names are taken from what it shows",
            "What a list shows only sometimes, and which buttons the employee has, cannot be seen.",
        )


def _find_subaccounts(notes: Notes) -> Plan[None]:
    own = notes.dialect.subaccounts
    hidden = yield from _bare_total(notes, own)
    found = yield from shape(notes, own, page_of())
    if isinstance(found, Shape) and _is_list(found):
        notes.lists["subaccounts"] = found
        notes.holds("subaccounts", f"func={own}", f"subaccounts can be read: {_count(found)}")
        _check_sticky(notes, own, hidden, found.total)
        return
    if isinstance(found, BillManager1CError) and not is_refusal(found):
        notes.refused("subaccounts", f"func={own}", found, "")
        return
    refusal = said(found) if isinstance(found, BillManager1CError) else "the answer is no list"
    offered = notes.lists["account"].functions if "account" in notes.lists else ()
    shown = [func for func in offered if func.rpartition(".")[2].startswith("subaccount")]
    for func in dict.fromkeys([*shown, *_SUBACCOUNTS]):
        if func == own:
            continue
        other = yield from shape(notes, func, page_of())
        if isinstance(other, Shape) and _is_list(other):
            notes.lists["subaccounts"] = other
            notes.change(subaccounts=func)
            notes.fails(
                "subaccounts",
                f"func={own}",
                f"{refusal}; func={func} lists them: {_count(other)}",
                f"Set Dialect(subaccounts={func!r}).",
            )
            return
    notes.fails(
        "subaccounts",
        f"func={own}, {', '.join(func for func in _SUBACCOUNTS if func != own)}",
        refusal,
        "Open the clients' subaccounts in the panel as the employee, take the function from billmgr.log and set "
        "Dialect(subaccounts=…); or give the employee the right to it.",
    )


def _is_list(found: Shape) -> bool:
    return bool(found.rows) or found.total is not None or ("id" in found.columns)


def _bare_total(notes: Notes, func: str) -> Plan[int | None]:
    """Count the rows as they are shown to whoever brings no filter; must come before the first ``filter=off``."""
    found = yield from shape(notes, func, {"p_num": "1", "p_cnt": "1"})
    return found.total if isinstance(found, Shape) else None


def _check_sticky(notes: Notes, func: str, hidden: int | None, total: int | None) -> None:
    name, asked = f"filter_{func}", f"func={func} with and without filter=off"
    area, notes.area = notes.area, "lists"
    if hidden is None or total is None:
        notes.unknown(name, asked, "the list does not say how many rows it has")
    elif hidden < total:
        notes.warns(
            name,
            asked,
            f"a filter that somebody left on the list hid {total - hidden} of {total} rows",
            "Use an employee that nobody works as; every call of the exchange takes such a filter off.",
        )
    else:
        notes.holds(name, asked, "no filter hides rows")
    notes.area = area


def check_caps(notes: Notes) -> Plan[None]:
    """Find where lists are cut: a list that ends before the greatest id was not shown whole."""
    notes.area = "lists"
    cap = notes.dialect.list_cap
    name, cut, longest = "list_cap", None, 0
    for key in ("payment", "profile", "subaccounts"):
        listed = notes.lists.get(key)
        if listed is None or listed.total is None or not listed.rows:
            continue
        func = notes.dialect.subaccounts if key == "subaccounts" else key
        longest = max(longest, listed.total)
        shown = yield from _last_shown(notes, func, listed.total)
        newest = yield from _edge(notes, func, 1, newest_first=True)
        again = yield from _edge(notes, func, listed.total + 1, newest_first=False)
        if shown is not None and newest is not None and newest > shown and again in (None, shown):
            cut = (func, listed.total)
            break
    asked = "the last row of long lists against the newest"
    if cut is not None and cut[1] not in (cap, cap + 1):
        notes.change(list_cap=cut[1])
        notes.fails(
            name,
            asked,
            f"{cut[0]} is cut at {cut[1]} rows, not at {cap}",
            f"Set Dialect(list_cap={cut[1]}): a list that is cut would be taken as whole.",
        )
    elif cut is not None:
        notes.holds(name, asked, f"{cut[0]} is cut at {cut[1]} rows, as assumed; it is then read in parts")
    elif not longest:
        notes.unknown(name, asked, "the lists are empty, or do not say how many rows they have")
    elif longest < cap:
        notes.unknown(name, asked, f"no list has {cap} rows yet: the longest has {longest}, and is whole")
    else:
        notes.holds(name, asked, f"a list of {longest} rows is whole")


def _last_shown(notes: Notes, func: str, total: int) -> Plan[int | None]:
    return (yield from _edge(notes, func, total, newest_first=False))


def _edge(notes: Notes, func: str, number: int, *, newest_first: bool) -> Plan[int | None]:
    """Return the id of the row with this number; None where there is none."""
    found = yield from shape(notes, func, page_of(size=1, number=number, newest_first=newest_first))
    if not isinstance(found, Shape) or not found.rows:
        return None
    text = found.rows[0].get("id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _count(found: Shape) -> str:
    total = len(found.rows) if found.total is None else found.total
    return "1 row" if total == 1 else f"{total} rows"
