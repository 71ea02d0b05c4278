"""The functions that write, seen without calling them: by their forms and by the buttons above the lists."""

from __future__ import annotations

from ...api import Shape
from ...errors import BillManager1CError
from ..effects import Plan
from ._asking import page_of, shape
from ._notes import Notes, is_refusal, named, said

#: other ways to create, and what they must be told to save: the last step of the wizard, and the wizard itself
_CREATING: dict[str, tuple[tuple[str, str], ...]] = {
    "payment.add.pay": (),
    "payment.add": (("snext", "ok"), ("clicked_button", "finish")),
}

#: parameters of the creating function, and what else they may be called
_PARAMETERS = {
    "create_amount": ("amount", "summ", "sum"),
    "create_currency": ("payment_currency", "currency"),
    "create_method": ("paymethod", "method"),
    "create_account": ("customer_account", "account", "account_id", "client"),
    "create_payer": ("profile", "payer", "sender"),
    "create_provider": ("project", "provider", "project_id"),
    "random_number": ("randomnumber", "random_number"),
}

#: buttons that no exchange presses, but for the last word of their function
_EXCESSIVE = frozenset(
    {
        *("account.delete", "account.edit.delete", "company.delete", "paymethod.delete", "paymethod.suspend"),
        *("payment.refund", "payment.setfraud", "profile.delete", "profile.suspend", "project.delete"),
        *("currency.delete", "employee.edit", "employee.delete"),
    }
)
#: lists that no exchange reads
_FOREIGN = ("employee", "department")


def check_functions(notes: Notes) -> Plan[None]:
    """Check that money can be booked, and that little else can be done."""
    notes.area = "dialect"
    yield from _check_create(notes)
    _check_button(notes, "credit", ("setpaid", "credit"), "nothing can be credited")
    _check_button(notes, "delete", ("delete",), "a cancelled payment stays with status 9 instead of being deleted")
    notes.area = "rights"
    yield from _check_excess(notes)


def _check_create(notes: Notes) -> Plan[None]:
    own = notes.dialect.create
    asked = f"func={own}: its form, without sok"
    form = yield from shape(notes, own)
    if isinstance(form, Shape):
        notes.holds("create", asked, "its form can be opened; whether it saves, only a first payment shows")
        _check_parameters(notes, own, form)
        return
    for func, params in _CREATING.items():
        if func == own or not is_refusal(form):
            continue
        other = yield from shape(notes, func)
        if isinstance(other, Shape):
            given = dict(notes.dialect.create_params)
            told = (*notes.dialect.create_params, *((name, value) for name, value in params if name not in given))
            notes.change(create=func, create_params=told)
            notes.fails(
                "create",
                asked,
                f"{said(form)}; the form of {func} can be opened",
                f"Set Dialect(create={func!r}, create_params={told!r}) and try it with one payment first.",
            )
            _check_parameters(notes, func, other)
            return
    advice = (
        "Give the employee the right to create payments (payment.add); or make one by hand, take the request from "
        "billmgr.log and set Dialect(create=…)."
    )
    notes.refused("create", asked, form, advice)
    _check_parameters(notes, own, None)


def _check_parameters(notes: Notes, func: str, form: Shape | None) -> None:
    fields = form.fields if form is not None else {}
    for field, others in _PARAMETERS.items():
        own: str = getattr(notes.dialect, field)
        asked = f"func={func}: the parameter {own}"
        present = [name for name in others if name in fields]
        if own in fields:
            notes.holds(field, asked, "the form has such a field")
        elif present:
            notes.change(**{field: present[0]})
            seen = f"the form has no {own}, but {present[0]}"
            notes.fails(field, asked, seen, f"Set Dialect({field}={present[0]!r}).")
        else:
            notes.unknown(field, asked, "the form does not show it" if fields else "no form to look at")


def _check_button(notes: Notes, field: str, words: tuple[str, ...], otherwise: str) -> None:
    own: str = getattr(notes.dialect, field)
    listed = notes.lists.get("payment")
    offered = listed.functions if listed is not None else ()
    asked = f"func=payment: the button of {own}"
    like = [func for func in offered if func.startswith("payment.") and func.rpartition(".")[2] in words]
    if not offered:
        notes.unknown(field, asked, "buttons are not described; a right to write shows only by writing")
    elif own in offered:
        notes.holds(field, asked, "the button is offered")
    elif like:
        notes.change(**{field: like[0]})
        notes.fails(field, asked, f"there is no such button, but {like[0]}", f"Set Dialect({field}={like[0]!r}).")
    else:
        notes.fails(field, asked, f"the button is not offered: {otherwise}", f"Give the employee the right to {own}.")


def _check_excess(notes: Notes) -> Plan[None]:
    offered = {func for listed in notes.lists.values() for func in listed.functions}
    found = sorted(offered & _EXCESSIVE)
    for func in _FOREIGN:
        other = yield from shape(notes, func, page_of(size=1))
        if isinstance(other, BillManager1CError):
            continue
        if other.rows:
            found.append(func)
    asked = f"buttons above the lists; func={', func='.join(_FOREIGN)}"
    if found:
        notes.warns(
            "excessive",
            asked,
            f"the employee may do what the exchange never does: {named(found)}",
            "Take these rights away: a password that leaks then does less harm.",
        )
    elif offered:
        notes.holds("excessive", asked, "nothing is offered that the exchange never does")
    else:
        notes.unknown("excessive", asked, "buttons are not described", "Compare the employee's rights with the docs.")
