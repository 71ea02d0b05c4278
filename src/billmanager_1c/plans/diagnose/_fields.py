"""The forms of payers, companies and payments: what their fields are called here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import attrs

from ...api import FormField, Shape
from ...models import check_inn
from ..effects import Plan
from ._asking import shape
from ._notes import Notes, named

#: forms of one kind that are looked into
_SAMPLES = 6
_KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)

#: what payment.edit is documented to take and the exchange writes
_WRITTEN = ("paydate", "documentnumber", "documentdate", "description")
_CHANGED = ("sender", "recipient", "subaccountamount", "paymethod")
#: where a mark can stand besides, best first; the purpose is no place for it: clients read it
_MARKS = ("info", "externalid", "note", "comment", "xmlparams")


@attrs.frozen
class _Sought:
    field: str
    what: str
    #: parts of the text beside the field, in lower case
    labels: tuple[str, ...]
    names: tuple[str, ...]
    #: a value that can only be one
    is_one: Callable[[str], bool]
    is_needed: bool = True


def _inn(field: str) -> _Sought:
    names = ("vatnum", "inn", "taxid", "tax_number", "vat_num", "vat")
    return _Sought(field, "INN", ("инн", "inn", "tin", "taxpayer"), names, lambda text: check_inn(text) is None)


def _kpp(field: str) -> _Sought:
    is_one = _KPP.fullmatch
    return _Sought(field, "КПП", ("кпп", "kpp"), ("kpp",), lambda text: is_one(text) is not None, is_needed=False)


_CODE = _Sought(
    "payer_code",
    "accounting code",
    ("бухгалтер", "accounting", "1с", "1c"),
    ("id1c", "id_1c", "code1c", "code_1c", "accounting_code", "external_id"),
    lambda text: False,
)


def check_forms(notes: Notes) -> Plan[None]:
    """Open some forms of each kind and look for the fields."""
    companies = yield from _samples(notes, "company", "company.edit")
    _find(notes, _inn("company_inn"), companies, "company.edit")
    _find(notes, _kpp("company_kpp"), companies, "company.edit")
    payers = yield from _samples(notes, "profile", "profile.edit")
    _find(notes, _inn("payer_inn"), payers, "profile.edit")
    _find(notes, _kpp("payer_kpp"), payers, "profile.edit")
    _find(notes, _CODE, payers, "profile.edit")
    yield from _samples(notes, "paymethod", "paymethod.edit")
    payments = yield from _samples(notes, "payment", "payment.edit", most=1)
    if not payments and "payment" in notes.lists:
        # The form of a payment that is not there yet; a description of it names all fields.
        empty = yield from shape(notes, "payment.edit")
        if isinstance(empty, Shape) and empty.is_described and "documentnumber" in empty.fields:
            payments = [empty]
    _check_payment_form(notes, payments)


def _samples(notes: Notes, list_name: str, func: str, *, most: int = _SAMPLES) -> Plan[list[Shape]]:
    notes.area = "rights"
    listed = notes.lists.get(list_name)
    name = f"form_{list_name}"
    if listed is None:
        notes.unknown(name, f"func={func}", "the list cannot be read")
        return []
    found: list[Shape] = []
    # Of each kind some: a person's form need not have the fields of a company's.
    for row in _mixed(listed.rows)[:most]:
        each = yield from shape(notes, func, {"elid": row.get("id", "")})
        if not isinstance(each, Shape):
            advice = f"Give the employee the right to {func} in BILLmanager; the exchange reads it."
            notes.refused(name, f"func={func}", each, advice)
            return found
        found.append(each)
    if found:
        notes.holds(name, f"func={func}", "the form can be read")
    else:
        notes.unknown(name, f"func={func}", f"the list {list_name} is empty")
    return found


def _mixed(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Put legal entities first, then entrepreneurs, then persons, a few of each."""
    kinds: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        kinds.setdefault(row.get("profiletype", ""), []).append(row)
    order = sorted(kinds, key=lambda kind: ("2", "3", "", "1").index(kind) if kind in ("2", "3", "", "1") else 9)
    return [row for place in range(_SAMPLES) for kind in order for row in kinds[kind][place : place + 1]]


def _find(notes: Notes, sought: _Sought, forms: Sequence[Shape], func: str) -> None:
    notes.area = "dialect"
    own: str = getattr(notes.dialect, sought.field)
    asked = f"func={func}: the field with the {sought.what}"
    if not forms:
        notes.unknown(sought.field, asked, "there is no form to look at")
        return
    fields = {name: field for form in reversed(forms) for name, field in form.fields.items()}
    values = {name: [value for form in forms if (value := _value(form, name))] for name in fields}
    proven = [name for name in fields if values[name] and all(map(sought.is_one, values[name]))]
    found = _best(sought, fields, proven, values)
    # Its own name wins unless it is empty everywhere while another field is full of what is sought.
    if own in fields and (own in proven or values[own] or found is None or found not in proven):
        notes.holds(sought.field, asked, f"{own}{_called(fields[own])}")
    elif found is not None:
        notes.change(**{sought.field: found})
        what = f"{own} is not there" if own not in fields else f"{own} is empty"
        advice = f"Set Dialect({sought.field}={found!r})."
        notes.fails(sought.field, asked, f"{what}; {found}{_called(fields[found])} is", advice)
    elif sought.is_needed:
        advice = (
            f"Find the field in the panel and set Dialect({sought.field}=…), or give the employee the right to see it "
            "(field rights; Directories, Country, Parameters)."
        )
        notes.fails(sought.field, asked, f"there is no field {own}, nor one like it", advice)
    else:
        advice = f"Nothing where the {sought.what} is not kept; without it namesakes by INN cannot be told apart."
        notes.warns(sought.field, asked, f"there is no field {own}, nor one like it", advice)


def _best(
    sought: _Sought, fields: Mapping[str, FormField], proven: Sequence[str], values: Mapping[str, Sequence[str]]
) -> str | None:
    """Return the field by its label, by its name, or by its values: in this order, and proven ones first."""
    labelled = [name for name, field in fields.items() if _has_word(field.label, sought.labels)]
    called = [name for name in sought.names if name in fields]
    alike = [name for name in proven if any(part in name.casefold() for part in sought.names)]
    for candidates in (labelled, called, alike):
        for name in [*(each for each in candidates if each in proven), *candidates]:
            return name
    return proven[0] if len(proven) == 1 and len(values[proven[0]]) > 1 and sought.is_needed else None


def _has_word(label: str, words: Sequence[str]) -> bool:
    folded = re.split(r"[^\w]+", label.casefold())
    return any(part.startswith(word) if len(word) > 3 else part == word for part in folded for word in words)


def _check_payment_form(notes: Notes, forms: Sequence[Shape]) -> None:
    notes.area = "dialect"
    asked = "func=payment.edit: the field for our mark"
    own = notes.dialect.mark_field
    if not forms:
        seen = "there is no payment to look at"
        for name in ("mark_field", "payment_fields", "uncredit", "cancel"):
            notes.unknown(name, "func=payment.edit", seen, "Type in one payment by hand and run the diagnosis again.")
        return
    fields = forms[0].fields
    places = [name for name in dict.fromkeys([own, *_MARKS]) if name in fields and _is_writable(fields[name])]
    if own in places:
        notes.holds("mark_field", asked, f"{own}{_called(fields[own])}")
    elif places:
        notes.change(mark_field=places[0])
        what = "can only be read" if own in fields else "is not there"
        notes.fails("mark_field", asked, f"{own} {what}; {places[0]} is", f"Set Dialect(mark_field={places[0]!r}).")
    else:
        notes.fails(
            "mark_field",
            asked,
            f"{own} is not there; there are {named(sorted(fields))}",
            "Give the employee the right to the field, or set Dialect(mark_field=…) to one that clients do not read.",
        )
    asked = f"func=payment.edit: {', '.join((*_WRITTEN, *_CHANGED))}"
    advice = "Give the employee the rights to these fields: BILLmanager would drop what is written to them."
    if missing := [name for name in _WRITTEN if name not in fields]:
        notes.fails("payment_fields", asked, f"not there: {', '.join(missing)}", advice)
    elif missing := [name for name in _CHANGED if name not in fields]:
        notes.warns("payment_fields", asked, f"not there: {', '.join(missing)}", f"{advice} Only changes need them.")
    else:
        notes.holds("payment_fields", asked, "all are there")
    for name in ("uncredit", "cancel"):
        _check_status(notes, name, fields)


def _check_status(notes: Notes, name: str, fields: Mapping[str, FormField]) -> None:
    """Taking money back goes by a status in the form, or by a function of its own."""
    func: str = getattr(notes.dialect, name)
    wanted = dict(getattr(notes.dialect, f"{name}_params")).get("status", "")
    other = {"uncredit": "payment.setnopay", "cancel": "payment.setcanceled"}[name]
    listed = notes.lists.get("payment")
    offered = listed.functions if listed is not None else ()
    asked = f"func=payment.edit: status {wanted}" if wanted else f"the button of {func}"
    status = fields.get("status")
    if not wanted:
        if not offered:
            notes.unknown(name, asked, "buttons are not described")
        elif func in offered:
            notes.holds(name, asked, f"{func} is offered")
        else:
            notes.fails(name, asked, f"{func} is not offered", f"Give the employee the right to {func}.")
    elif status is not None and wanted in status.choices:
        notes.holds(name, asked, f"status {wanted} can be chosen")
    elif status is not None and not status.choices and not notes.described:
        notes.unknown(name, asked, "the form does not say which statuses can be chosen")
    elif other in offered:
        notes.change(**{name: other, f"{name}_params": ()})
        advice = f"Set Dialect({name}={other!r}, {name}_params=())."
        notes.fails(name, asked, f"the form does not offer status {wanted}; {other} is offered", advice)
    else:
        advice = "Money that was credited by mistake must then be taken back by hand in the panel."
        notes.warns(name, asked, f"the form does not offer status {wanted}, nor is {other} offered", advice)


def _is_writable(field: FormField) -> bool:
    return not field.is_read_only and not field.choices


def _value(form: Shape, name: str) -> str:
    field = form.fields.get(name)
    return field.value.strip() if field is not None else ""


def _called(field: FormField) -> str:
    return f" («{field.label}»)" if field.label else ""
