"""The fields of filters: a filter that BILLmanager does not know limits nothing, and says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import attrs

from ...api import ReadPayer, Shape
from ...errors import BillManager1CError
from ...models import Payer, PayerId
from ..effects import Plan
from ._asking import page_of, read, shape
from ._notes import Notes, is_refusal, named

_Row = Mapping[str, str]

#: payers that are read for one with an INN
_READ = 6


@attrs.frozen(kw_only=True)
class _Question:
    """A filter, values to ask by, and which rows each should leave.

    Several, since one may suit another field by chance: the id 3 is part of the name «Client 3».
    """

    field: str
    #: the list
    func: str
    tries: tuple[tuple[str, Callable[[_Row], bool]], ...]
    #: the rows that are known without a filter
    rows: Sequence[_Row]
    others: tuple[str, ...]
    what: str


def check_filters(notes: Notes) -> Plan[None]:
    """Try each filter with a value that some rows have and others have not."""
    notes.area = "dialect"
    yield from _by_account(notes)
    yield from _by_inn(notes)
    listed = notes.lists.get("payment")
    rows = listed.rows if listed is not None else ()
    yield from _of_payments(
        notes,
        "payment_payer_filter",
        "payers",
        "sender_id",
        rows,
        None,
        ("sender_id", "profile", "payer_id", "payer", "sender"),
    )
    yield from _of_payments(
        notes, "payment_method_filter", "payment methods", "paymethod_name", rows, "paymethod", ("paymethod", "method")
    )
    yield from _of_payments(
        notes, "payment_provider_filter", "providers", "project", rows, "project", ("project", "project_id", "provider")
    )


def _by_account(notes: Notes) -> Plan[None]:
    listed, accounts = notes.lists.get("profile"), notes.lists.get("account")
    rows = listed.rows if listed is not None else ()
    ids: dict[str, list[str]] = {}
    for account in accounts.rows if accounts is not None else _accounts_of_subaccounts(notes):
        ids.setdefault(account.get("name", ""), []).append(account.get("id", ""))
    names = [name for row in rows if len(ids.get(name := row.get("account", ""), ())) == 1 and name]
    question = None
    if chosen := _telling(names, len(rows)):
        question = _Question(
            field="account_filter",
            func="profile",
            tries=tuple((ids[name][0], _has("account", name)) for name in chosen),
            rows=rows,
            others=("account_id", "account", "accountid", "client_id", "client", "customer_id", "customer"),
            what="payers of one client",
        )
    yield from _check(notes, "account_filter", "profile", question, ("account_id", "accountid", "client_id", "client"))


def _accounts_of_subaccounts(notes: Notes) -> list[_Row]:
    """Return what the list of subaccounts tells of clients, where their own list cannot be read."""
    listed, dialect = notes.lists.get("subaccounts"), notes.dialect
    rows = listed.rows if listed is not None else ()
    pairs = {(row.get(dialect.subaccount_account_id, ""), row.get(dialect.subaccount_account, "")) for row in rows}
    return [{"id": id, "name": name} for id, name in sorted(pairs) if id]


def _by_inn(notes: Notes) -> Plan[None]:
    listed = notes.lists.get("profile")
    rows = listed.rows if listed is not None else ()
    others = tuple(dict.fromkeys((notes.dialect.payer_inn, "vatnum", "inn")))
    question = None
    for row in [row for row in rows if row.get("profiletype") != "1" and row.get("id", "").isdigit()][:_READ]:
        payer = yield from read(notes, ReadPayer(PayerId(int(row["id"]))))
        if isinstance(payer, Payer) and payer.inn:
            # Others may have the same INN; but not most of them.
            question = _Question(
                field="payer_inn_filter",
                func="profile",
                tries=((payer.inn, _has("id", row["id"])),),
                rows=rows,
                others=others,
                what="payers with one INN",
            )
            break
    yield from _check(notes, "payer_inn_filter", "profile", question, others, some=True)


def _of_payments(
    notes: Notes,
    field: str,
    what: str,
    column: str,
    rows: Sequence[_Row],
    source: str | None,
    others: tuple[str, ...],
) -> Plan[None]:
    """Ask for the payments of one payer, method or provider; the latter two are shown by name and asked for by id."""
    ids: dict[str, list[str]] = {}
    listed = notes.lists.get(source) if source is not None else None
    for each in listed.rows if listed is not None else ():
        ids.setdefault(each.get("name", ""), []).append(each.get("id", ""))
    cells = [row.get(column, "") for row in rows]
    usable = [cell for cell in cells if cell and (source is None or len(ids.get(cell, ())) == 1)]
    question = None
    if chosen := _telling(usable, len(rows)):
        question = _Question(
            field=field,
            func="payment",
            tries=tuple((cell if source is None else ids[cell][0], _has(column, cell)) for cell in chosen),
            rows=rows,
            others=others,
            what=f"payments by {what}",
        )
    yield from _check(notes, field, "payment", question, others)


def _check(
    notes: Notes, field: str, func: str, question: _Question | None, others: tuple[str, ...], *, some: bool = False
) -> Plan[None]:
    """Find the field by what it does; where the rows are too few to tell, by the form of the filter."""
    own: str = getattr(notes.dialect, field)
    if question is not None:
        asked = f"func={func}&filter=on: {question.what}"
        for name in dict.fromkeys([own, *question.others]):
            heeded = yield from _is_heeded(notes, question, name, some=some)
            if isinstance(heeded, BillManager1CError):
                notes.refused(field, asked, heeded, f"Set Dialect({field}=…) to a field that the list takes.")
                return
            if heeded:
                if name == own:
                    notes.holds(field, asked, f"{own} leaves the rows that it should")
                else:
                    notes.change(**{field: name})
                    notes.fails(field, asked, f"{own} limits nothing; {name} does", f"Set Dialect({field}={name!r}).")
                return
    form = yield from shape(notes, f"{func}.filter")
    asked = f"func={func}.filter: the field {own}"
    fields = form.fields if isinstance(form, Shape) else {}
    present = [name for name in others if name in fields]
    if own in fields and question is None:
        notes.holds(field, asked, "the filter has such a field")
    elif present and own not in fields:
        notes.change(**{field: present[0]})
        notes.fails(field, asked, f"there is no {own}; there is {present[0]}", f"Set Dialect({field}={present[0]!r}).")
    elif question is not None:
        shown = f"; the filter has {named(sorted(fields))}" if fields else ""
        advice = f"Filter in the panel, take the field's name from billmgr.log and set Dialect({field}=…)."
        notes.fails(field, asked, f"{own} limits nothing{shown}", advice)
    elif fields:
        notes.warns(field, asked, f"there is no {own}", f"Take the field's name and set Dialect({field}=…).")
    else:
        notes.unknown(field, asked, "too few rows to try it on, and the form of the filter cannot be read")


def _is_heeded(notes: Notes, question: _Question, name: str, *, some: bool) -> Plan[bool | BillManager1CError]:
    for value, belongs in question.tries:
        found = yield from shape(notes, question.func, page_of({name: value}, newest_first=True))
        if isinstance(found, BillManager1CError):
            return False if is_refusal(found) else found
        if not found.rows:
            return False
        kept = list(map(belongs, found.rows))
        if not (any(kept) and len(kept) < len(question.rows) if some else all(kept)):
            return False
    return True


def _has(column: str, value: str) -> Callable[[_Row], bool]:
    return lambda row: row.get(column, "") == value


def _telling(cells: Sequence[str], total: int) -> list[str]:
    """Return two values that not all rows have: the commonest, and of equals the first by text."""
    counted = [(-count, cell) for cell, count in Counter(cells).items() if count < total]
    return [cell for _, cell in sorted(counted)[:2]]
