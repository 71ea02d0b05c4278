"""The forms of reference data, as ``….edit&elid=`` shows them. Saving them is nobody's business here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ._element import Content, Element
from ._installation import Installation
from ._records import EmployeeRecord
from ._state import View
from ._values import ids, money
from ._wire_names import flag

Fields: TypeAlias = dict[str, Content]
Form: TypeAlias = Callable[[View, int, EmployeeRecord, Installation], Fields]
"""What shows the row of this id to this employee.

Raises:
    KeyError: there is no such row.
"""


def slist(name: str, values: Iterable[tuple[str, str]]) -> tuple[str, Content]:
    """Return the choices of a field."""
    return "slist", Element("", {"name": name}, [("val", Element(title, {"key": key})) for key, title in values])


def _account(view: View, key: int, employee: EmployeeRecord, installation: Installation) -> Fields:
    row = view.accounts[key]
    providers = {s.provider_id for s in view.subaccounts.values() if s.account_id == key}
    return {"name": row.name, "email": row.email, "note": row.note, "label": "", "project": ids(sorted(providers))}


def _company(view: View, key: int, employee: EmployeeRecord, installation: Installation) -> Fields:
    row = view.companies[key]
    return {
        "name": row.name,
        "profiletype": "2",
        installation.company_inn_field or installation.inn_field: row.inn,
        installation.kpp_field: row.kpp,
        "ogrn": row.ogrn,
        "payment_description": "",
    }


def _method(view: View, key: int, employee: EmployeeRecord, installation: Installation) -> Fields:
    row = view.methods[key]
    return {
        "name": row.name,
        "name_ru": row.name_ru,
        "active": flag(row.active),
        "module": row.module,
        "currency": str(row.currency_id),
        "company": ids(row.company_ids),
        "project": ids(row.provider_ids),
        "profiletype": ids(row.legal_statuses),
        "minamount": money(row.min_amount),
        "maxamount": money(row.max_amount),
        "commissionamount": money(row.commission_amount),
        "commissionpercent": str(row.commission_percent),
        "orderpriority": str(row.order_priority),
        "numtmpl_payment": "",
        "allowrefund": "off",
        "note": row.note,
    }


def _payer(view: View, key: int, employee: EmployeeRecord, installation: Installation) -> Fields:
    row = view.payers[key]
    shown: Fields = {
        "profiletype": str(row.legal_status),
        "name": "" if row.legal_status == 1 else row.name,
        "person": row.person,
        "phone": "",
        "email": "",
        "maildocs": "0",
        installation.inn_field: row.inn,
        installation.kpp_field: row.kpp,
        "ogrn": row.ogrn,
    }
    if employee.level > 16:  # clients do not see it
        shown[installation.accounting_code_field] = row.accounting_code
    return shown


FORMS: Mapping[str, Form] = {
    "account.edit": _account,
    "company.edit": _company,
    "paymethod.edit": _method,
    "profile.edit": _payer,
}
