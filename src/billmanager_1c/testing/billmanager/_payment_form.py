"""``payment.edit``: the form of a payment, and what saving it checks and changes (billmanager-api.md §4.8 to §4.12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from ._element import Content
from ._forms import slist
from ._installation import Installation
from ._records import ZERO, PaymentRecord
from ._refusal import Refusal
from ._state import View
from ._values import (
    CENT,
    day,
    moment,
    money,
    parse_amount,
    parse_date,
    parse_id,
    parse_length,
    parse_time,
)
from ._wire_names import STATUSES, flag

#: statuses that can be set by hand
_SETTABLE = frozenset({"1", "2", "3", "4", "5", "6", "7", "9"})


def show(payment: PaymentRecord, view: View, installation: Installation, lang: str) -> list[tuple[str, Content]]:
    """Return the fields of the form and its choices."""
    fields: list[tuple[str, Content]] = [
        ("elid", str(payment.id)),
        ("number", payment.number),
        ("createdate", moment(payment.created_at)),
        ("paydate", moment(payment.paid_at)),
        ("documentnumber", payment.document_number),
        ("documentdate", day(payment.document_date)),
        ("description", payment.description),
        ("sender", str(payment.payer_id or "")),
        ("recipient", str(payment.company_id or "")),
        ("subaccountamount", money(payment.amount)),
        ("paymethodamount", money(payment.method_amount)),
        ("status", str(payment.status)),
        ("paymethod", str(payment.method_id or "")),
        ("restrictrefund", flag(payment.restrict_refund)),
        ("info", payment.info),
    ]
    if installation.form_shows_subaccount:
        fields += [("subaccount", str(payment.subaccount_id or "")), ("randomnumber", payment.random_number)]
    if installation.form_has_externalid:
        fields.append(("externalid", payment.external_id))
    if installation.form_sets_status:
        fields.append(slist("status", [(key, STATUSES[int(key)][lang != "ru"]) for key in sorted(_SETTABLE)]))
    fields.append(slist("paymethod", [(str(row.id), row.name_ru) for row in view.methods.values()]))
    return fields


def edit(payment: PaymentRecord, params: Mapping[str, str], view: View, installation: Installation) -> PaymentRecord:
    """Return the payment with the parameters applied; a parameter that is not there leaves its field as it is.

    Raises:
        Refusal: a value is wrong, or the links between payment, method, payer and company would be.
    """
    changes: dict[str, Any] = {}
    for name, (field, read) in _FIELDS.items():
        if name == "status" and name in params and not installation.form_sets_status:
            raise Refusal("value", name, params[name], because="The form shows it and does not take it.")
        if name in params and (name != "externalid" or installation.form_has_externalid):
            changes[field] = read(name, params[name])
    after = attrs.evolve(payment, **changes)
    _check_links(payment, after, view)
    return after


def _check_links(before: PaymentRecord, after: PaymentRecord, view: View) -> None:
    subaccount = view.subaccounts.get(after.subaccount_id)
    method = view.methods.get(after.method_id) if after.method_id else None
    if after.method_id != before.method_id:
        if method is None:
            raise Refusal("missed", "paymethod", str(after.method_id or ""))
        if not method.active or (subaccount and subaccount.provider_id not in method.provider_ids):
            raise Refusal("not_available_paymethod", "paymethod", str(method.id))
        if subaccount and subaccount.currency_id != method.currency_id:
            raise Refusal("value", "paymethod", str(method.id), because="Its currency is another one.")
    if after.payer_id != before.payer_id and after.payer_id is not None:
        payer = view.payers.get(after.payer_id)
        if payer is None or (subaccount and payer.account_id != subaccount.account_id):
            raise Refusal("missed", "sender", str(after.payer_id))
        if not payer.active:
            raise Refusal("value", "sender", str(after.payer_id), because="The payer is not active.")
    moved = (after.company_id, after.method_id) != (before.company_id, before.method_id)
    if moved and after.company_id is not None:
        if after.company_id not in view.companies:
            raise Refusal("missed", "recipient", str(after.company_id))
        if method is not None and after.company_id not in method.company_ids:
            raise Refusal("value", "recipient", str(after.company_id), because="The method is not open to it.")


def _amount(name: str, value: str) -> Decimal:
    return parse_amount(name, value, least=CENT)


def _status(name: str, value: str) -> int:
    if value not in _SETTABLE:
        raise Refusal("value", name, value)
    return int(value)


def _flag(name: str, value: str) -> bool:
    if value not in {"on", "off", ""}:
        raise Refusal("value", name, value)
    return value == "on"


#: parameter: (field of the record, how its text is read)
_FIELDS: Mapping[str, tuple[str, Callable[[str, str], object]]] = {
    "number": ("number", lambda name, value: parse_length(name, value, 64)),
    "createdate": ("created_at", parse_time),
    "paydate": ("paid_at", lambda name, value: parse_time(name, value) if value else None),
    "documentnumber": ("document_number", lambda name, value: parse_length(name, value, 64)),
    "documentdate": ("document_date", lambda name, value: parse_date(name, value) if value else None),
    "description": ("description", lambda name, value: value),
    "sender": ("payer_id", lambda name, value: parse_id(name, value) if value else None),
    "recipient": ("company_id", lambda name, value: parse_id(name, value) if value else None),
    "subaccountamount": ("amount", _amount),
    "paymethodamount": ("method_amount", _amount),
    "status": ("status", _status),
    "paymethod": ("method_id", parse_id),
    "restrictrefund": ("restrict_refund", _flag),
    "info": ("info", lambda name, value: value),
    "externalid": ("external_id", lambda name, value: value),
}


def nobodys_payment(payment_id: int, wall: datetime) -> PaymentRecord:
    """Return what a save without an id starts from: an empty ``elid`` is ignored, so the form creates (§3)."""
    return PaymentRecord(
        id=payment_id,
        number=str(payment_id),
        amount=ZERO,
        method_amount=ZERO,
        subaccount_id=0,
        created_at=wall,
        description=f"Авансовый платеж #{payment_id}",
    )
