"""``out=devel``: what a form or a list is made of, before the data (billmanager-api.md §1.5, §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ._element import Content, Element
from ._installation import Installation
from ._records import EmployeeRecord

#: children of a document that are no fields
_DATA: Final = frozenset({"elem", "slist", "elid", "p_sort", "p_order", "p_cnt", "p_num", "p_elems"})

#: the buttons above a list that the work of an exchange may need
_BUTTONS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account.edit", "account.filter"),
    "company": ("company.edit",),
    "paymethod": ("paymethod.edit", "paymethod.filter"),
    "payment": (
        *("payment.add", "payment.edit", "payment.delete", "payment.setpaid", "payment.setnopay"),
        *("payment.setcanceled", "payment.filter"),
    ),
    "profile": ("profile.edit", "profile.filter"),
    "project": ("project.edit",),
}

#: those that it never needs: an employee has them only if somebody gave them
_FURTHER_BUTTONS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account.delete",),
    "company": ("company.delete",),
    "paymethod": ("paymethod.suspend", "paymethod.delete"),
    "payment": ("payment.setfraud", "payment.refund"),
    "profile": ("profile.suspend", "profile.delete"),
}

_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "account": ("Клиент", "Client"),
    "account_id": ("Код клиента", "Client ID"),
    "amount": ("Сумма", "Amount"),
    "balance": ("Баланс", "Balance"),
    "company": ("Компании", "Companies"),
    "create_date": ("Дата", "Date"),
    "currency": ("Валюта", "Currency"),
    "description": ("Назначение", "Description"),
    "documentdate": ("Дата платёжного документа", "Date of the payment document"),
    "documentnumber": ("Номер платёжного документа", "Number of the payment document"),
    "externalid": ("Внешний идентификатор", "External ID"),
    "id": ("Код", "ID"),
    "id1c": ("Код в бухгалтерской системе", "Code in the accounting system"),
    "info": ("Информация от платёжной системы", "Information of the payment system"),
    "kpp": ("КПП", "KPP"),
    "name": ("Наименование", "Name"),
    "number": ("Номер", "Number"),
    "ogrn": ("ОГРН", "OGRN"),
    "paydate": ("Дата оплаты", "Payment date"),
    "paymethod": ("Метод оплаты", "Payment method"),
    "project": ("Провайдер", "Provider"),
    "sender": ("Плательщик", "Payer"),
    "sender_id": ("Код плательщика", "Payer ID"),
    "status": ("Статус", "Status"),
    "vatnum": ("ИНН", "TIN"),
}


def describe_list(
    func: str,
    children: Sequence[tuple[str, Content]],
    own: Mapping[str, str],
    employee: EmployeeRecord,
    lang: str,
    installation: Installation,
) -> list[tuple[str, Content]]:
    """Return the description of a list: its buttons, as far as the employee may press them, and its columns."""
    first = next((content for name, content in children if name == "elem" and isinstance(content, Element)), None)
    columns = [name for name, _ in first.children] if first is not None else ["id", "name"]
    buttons = [button for button in _BUTTONS.get(func, ()) if button not in employee.denied]
    buttons += [button for button in _FURTHER_BUTTONS.get(func, ()) if may_further(employee, button)]
    if func == "account" and installation.subaccount_function.startswith("account."):
        buttons.append(installation.subaccount_function)
    toolbar = [("toolbtn", Element.of({}, func=button, name=button.rpartition(".")[2])) for button in buttons]
    metadata = Element.of(
        [
            ("toolbar", Element.of([("toolgrp", Element.of(toolbar, name="all"))])),
            ("coldata", Element.of([("col", Element.of({}, name=name, type="data")) for name in columns])),
        ],
        name=func,
        type="list",
    )
    return [("metadata", metadata), ("messages", _messages(func, columns, own, lang, installation))]


def describe_form(
    func: str, children: Sequence[tuple[str, Content]], own: Mapping[str, str], lang: str, installation: Installation
) -> list[tuple[str, Content]]:
    """Return the description of a form: its fields and the texts beside them."""
    names = list(dict.fromkeys(name for name, _ in children if name not in _DATA))
    choices = {
        content.attributes["name"] for name, content in children if isinstance(content, Element) and name == "slist"
    }
    fields = [
        ("field", Element.of([("select" if name in choices else "input", Element.of({}, name=name))], name=name))
        for name in names
    ]
    metadata = Element.of([("form", Element.of(fields))], name=func, type="form")
    return [("metadata", metadata), ("messages", _messages(func, names, own, lang, installation))]


def may_further(employee: EmployeeRecord, func: str) -> bool:
    """Say whether the employee may do what no exchange needs."""
    return (employee.level >= 30 or func in employee.extra) and func not in employee.denied


def _messages(
    func: str, names: Iterable[str], own: Mapping[str, str], lang: str, installation: Installation
) -> Element:
    stock = {here: name for name, here in own.items() if here} | {
        installation.inn_field: "vatnum",
        installation.company_inn_field or installation.inn_field: "vatnum",
        installation.kpp_field: "kpp",
        installation.accounting_code_field: "id1c",
    }
    texts = [
        ("msg", Element(_LABELS[known][lang != "ru"], {"name": name}))
        for name in dict.fromkeys(names)
        if (known := stock.get(name, name)) in _LABELS
    ]
    return Element.of(texts, name=func)
