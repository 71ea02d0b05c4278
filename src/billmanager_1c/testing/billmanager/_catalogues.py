"""The lists that an employee sees: their columns and the fields of their filters (billmanager-api.md §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from ._element import Content, Element
from ._filters import Filter, any_of, at_least, at_most, not_after, not_before, one_of, period, text, texts
from ._installation import Installation
from ._lists import Listed
from ._records import (
    AccountRecord,
    CompanyRecord,
    CurrencyRecord,
    MethodRecord,
    PayerRecord,
    PaymentRecord,
    ProviderRecord,
    SubaccountRecord,
)
from ._state import View
from ._values import day, money, spoken_day
from ._wire_names import STATUSES, flag

Cells: TypeAlias = dict[str, Content]
Catalogue: TypeAlias = Callable[[View, str, Installation, date], Listed[Any]]
"""What makes a list of a view: in which language, in which installation, today."""


def catalogues(installation: Installation) -> Mapping[str, Catalogue]:
    """Return the lists by function."""
    return {
        "account": _accounts,
        installation.subaccount_function: _subaccounts,
        "project": _providers,
        "company": _companies,
        "paymethod": _methods,
        "currency": _currencies,
        "profile": _payers,
        "payment": _payments,
    }


def _name(rows: Mapping[int, Any], key: int | None) -> str:
    row = rows.get(key) if key else None
    return row.name if row is not None else ""


def _iso(view: View, currency_id: int | None) -> str:
    currency = view.currencies.get(currency_id) if currency_id else None
    return currency.iso if currency is not None else ""


def _state(active: bool, installation: Installation) -> str:
    return "on" if active else installation.inactive_word


def _cell(view: View, amount: Decimal, currency_id: int | None) -> str:
    return f"{money(amount)} {_iso(view, currency_id)}".rstrip()


def _accounts(view: View, lang: str, installation: Installation, today: date) -> Listed[AccountRecord]:
    of_account: dict[int, list[SubaccountRecord]] = {}
    for subaccount in view.subaccounts.values():
        of_account.setdefault(subaccount.account_id, []).append(subaccount)

    def cells(row: AccountRecord) -> Cells:
        mine = of_account.get(row.id, [])
        return {
            "id": str(row.id),
            "name": row.name,
            "project": ", ".join(_name(view.providers, subaccount.provider_id) for subaccount in mine),
            "balance": ", ".join(f"{money(s.balance)} {_iso(view, s.currency_id)}" for s in mine),
            "status": "on",
        }

    return Listed(
        rows=view.accounts,
        cells=cells,
        filters={
            "id": one_of(lambda row: row.id),
            "account": text(lambda row: row.name),
            "name": text(lambda row: row.name),
            "email": text(lambda row: row.email),
            "project": any_of(lambda row: tuple(s.provider_id for s in of_account.get(row.id, []))),
        },
        extras={"attitude": "", "has_discount": "off"},
    )


def _subaccounts(view: View, lang: str, installation: Installation, today: date) -> Listed[SubaccountRecord]:
    return Listed(
        rows=view.subaccounts,
        cells=lambda row: {
            "id": str(row.id),
            "account_id": str(row.account_id),
            "account": _name(view.accounts, row.account_id),
            "project_id": str(row.provider_id),
            "project": _name(view.providers, row.provider_id),
            "currency_id": str(row.currency_id),
            "currency_iso": _iso(view, row.currency_id),
            "balance": f"{money(row.balance)} {_iso(view, row.currency_id)}",
            "status": _state(row.active, installation),
        },
        filters={
            "id": one_of(lambda row: row.id),
            "account_id": one_of(lambda row: row.account_id),
            "account": text(lambda row: _name(view.accounts, row.account_id)),
            "project": one_of(lambda row: row.provider_id),
            "currency": one_of(lambda row: row.currency_id),
            "status": one_of(lambda row: _state(row.active, installation)),
        },
        extras={"creditlimit": "0.00"},
    )


def _providers(view: View, lang: str, installation: Installation, today: date) -> Listed[ProviderRecord]:
    return Listed(
        rows=view.providers,
        cells=lambda row: {
            "id": str(row.id),
            "name": row.name,
            "currency_str": _iso(view, row.currency_id),
            "site": row.site,
            "billurl": "https://billmanager.test/billmgr",
        },
        filters={"id": one_of(lambda row: row.id), "name": text(lambda row: row.name)},
        extras={"active": "on"},
    )


def _companies(view: View, lang: str, installation: Installation, today: date) -> Listed[CompanyRecord]:
    return Listed(
        rows=view.companies,
        cells=lambda row: {"id": str(row.id), "name": row.name},
        filters={"id": one_of(lambda row: row.id), "name": text(lambda row: row.name)},
        extras={"nextnum_payment": "1"},
    )


def _methods(view: View, lang: str, installation: Installation, today: date) -> Listed[MethodRecord]:
    return Listed(
        rows=view.methods,
        cells=lambda row: {
            "id": str(row.id),
            "name": row.name_ru if lang == "ru" else row.name,
            "module": row.module,
            "currency_name": _iso(view, row.currency_id),
            "projects": ", ".join(_name(view.providers, key) for key in row.provider_ids),
            "companies": ", ".join(_name(view.companies, key) for key in row.company_ids),
            "note": row.note,
            "orderpriority": str(row.order_priority),
            "status": _state(row.active, installation),
        },
        filters={
            "id": one_of(lambda row: row.id),
            "name": text(lambda row: row.name_ru if lang == "ru" else row.name),
            "module": one_of(lambda row: row.module),
            "project": any_of(lambda row: row.provider_ids),
            "company": any_of(lambda row: row.company_ids),
            "currency": one_of(lambda row: row.currency_id),
        },
        extras={"verified": "off"},
    )


def _currencies(view: View, lang: str, installation: Installation, today: date) -> Listed[CurrencyRecord]:
    return Listed(
        rows=view.currencies,
        cells=lambda row: {
            "id": str(row.id),
            "name": row.name,
            "iso": row.iso,
            "symbol": row.symbol,
            "code": row.code,
            "active": "on",
        },
        filters={"id": one_of(lambda row: row.id), "iso": texts(lambda row: row.iso)},
    )


def _payers(view: View, lang: str, installation: Installation, today: date) -> Listed[PayerRecord]:
    def cells(row: PayerRecord) -> Cells:
        shown: Cells = {
            "id": str(row.id),
            "name": row.title,
            "account": _name(view.accounts, row.account_id),
            "profiletype": str(row.legal_status),
            "status": _state(row.active, installation),
        }
        if installation.payers_show_account_id:
            shown["account_id"] = str(row.account_id)
        return shown

    return Listed(
        rows=view.payers,
        cells=cells,
        filters={
            "id": one_of(lambda row: row.id),
            "name": text(lambda row: row.title),
            "account": text(lambda row: _name(view.accounts, row.account_id)),
            "account_id": one_of(lambda row: row.account_id),
            "profiletype": one_of(lambda row: row.legal_status),
            "status": one_of(lambda row: _state(row.active, installation)),
            installation.inn_field: texts(lambda row: row.inn),
        },
        extras={"wrongaddress": "off", "reconciliation": ""},
    )


def _payments(view: View, lang: str, installation: Installation, today: date) -> Listed[PaymentRecord]:
    def subaccount(row: PaymentRecord) -> SubaccountRecord | None:
        return view.subaccounts.get(row.subaccount_id)

    def account_id(row: PaymentRecord) -> int | None:
        found = subaccount(row)
        return found.account_id if found else None

    def provider_id(row: PaymentRecord) -> int | None:
        found = subaccount(row)
        return found.provider_id if found else None

    def method(row: PaymentRecord) -> MethodRecord | None:
        return view.methods.get(row.method_id) if row.method_id else None

    def method_name(row: PaymentRecord) -> str:
        found = method(row)
        return "" if found is None else found.name_ru if lang == "ru" else found.name

    def payer_name(row: PaymentRecord) -> str:
        payer = view.payers.get(row.payer_id) if row.payer_id else None
        return payer.title if payer else ""

    def status(row: PaymentRecord) -> Element:
        russian, english, colour = STATUSES[row.status]
        return Element(russian if lang == "ru" else english, {"color": colour, "orig": str(row.status)})

    def cells(row: PaymentRecord) -> Cells:
        found = subaccount(row)
        way = method(row)
        shown: Cells = {
            "id": str(row.id),
            "number": row.number,
            "create_date": day(row.created_at.date()),
            "create_date_l": spoken_day(row.created_at.date(), lang),
            "pay_date": day(row.paid_at.date() if row.paid_at else None),
            "sender_id": str(row.payer_id or ""),
            "sender_name": payer_name(row),
            "recipient_id": str(row.company_id or ""),
            "recipient_name": _name(view.companies, row.company_id),
            "account_name": _name(view.accounts, account_id(row)),
            "project": _name(view.providers, provider_id(row)),
            "paymethod_name": method_name(row),
            "paymethod_module": way.module if way else "",
            "subaccountamount_iso": _cell(view, row.amount, found.currency_id if found else None),
            "paymethodamount_iso": _cell(view, row.method_amount, way.currency_id if way else None),
            "status": status(row),
            "real_status": str(row.status),
            "refund": "off",
            "allowrefund": "off",
        }
        if row.paid_at:
            shown["pay_date_l"] = spoken_day(row.paid_at.date(), lang)
        else:  # the same columns in every row
            shown["pay_date_l"] = ""
        return shown

    def created_in(value: str) -> Callable[[PaymentRecord], bool]:
        limits = period(value, today)
        return lambda row: limits is None or limits[0] <= row.created_at.date() <= limits[1]

    def created(row: PaymentRecord) -> datetime | None:
        return row.created_at

    def paid(row: PaymentRecord) -> datetime | None:
        return row.paid_at

    filters: dict[str, Filter[PaymentRecord]] = {
        "id": one_of(lambda row: row.id),
        "number": text(lambda row: row.number),
        "sender": text(payer_name, inside=True),
        "sender_name": text(payer_name),
        "sender_id": one_of(lambda row: row.payer_id),
        "recipient": one_of(lambda row: row.company_id),
        "recipient_name": text(lambda row: _name(view.companies, row.company_id)),
        "account": text(lambda row: _name(view.accounts, account_id(row)), inside=True),
        "account_id": one_of(account_id),
        "project": one_of(provider_id),
        "paymethod": one_of(lambda row: row.method_id),
        "paymethod_name": text(method_name),
        "status": one_of(lambda row: row.status),
        "createdate": created_in,
        "createdatestart": not_before(created, "createdatestart"),
        "createdateend": not_after(created, "createdateend"),
        "payfromdate": not_before(paid, "payfromdate"),
        "paytodate": not_after(paid, "paytodate"),
        "saamount_from": at_least(lambda row: row.amount, "saamount_from"),
        "saamount_to": at_most(lambda row: row.amount, "saamount_to"),
        "pmamount_from": at_least(lambda row: row.method_amount, "pmamount_from"),
        "pmamount_to": at_most(lambda row: row.method_amount, "pmamount_to"),
        "restrictrefund": one_of(lambda row: flag(row.restrict_refund)),
    }
    return Listed(
        rows=view.payments,
        cells=cells,
        filters=filters,
        newest_first=True,
        extras={"docflow_pdf_status": "", "store_payment": "off", "billorder": ""},
    )
