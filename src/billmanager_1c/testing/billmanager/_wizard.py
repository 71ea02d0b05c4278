"""``payment.add.pay``: what the last step of the wizard checks before it inserts (billmanager-api.md §4.10, §4.11)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from decimal import Decimal

from ._installation import Installation
from ._records import MethodRecord, PaymentRecord, SubaccountRecord
from ._refusal import Refusal
from ._state import View
from ._values import CENT, parse_amount, parse_id, parse_length


def new_payment(
    payment_id: int,
    params: Mapping[str, str],
    view: View,
    installation: Installation,
    wall: datetime,
    *,
    random_numbers: Container[str],
) -> PaymentRecord:
    """Return the payment that the parameters ask for. ``random_numbers``: those of all payments there are.

    Raises:
        Refusal: one of them is missing or wrong, or they do not fit each other.
    """
    random_number = parse_length("randomnumber", params.get("randomnumber", ""), 12)
    if random_number and random_number in random_numbers:
        raise Refusal("payment_payd")
    amount = parse_amount("amount", params.get("amount", ""), least=CENT)
    currency_id = parse_id("payment_currency", params.get("payment_currency", ""))
    account_id = parse_id("customer_account", params.get("customer_account", ""))
    if account_id not in view.accounts:
        raise Refusal("missed", "account", str(account_id))
    method = _method(parse_id("paymethod", params.get("paymethod", "")), currency_id, amount, view)
    subaccount = _subaccount(account_id, params.get("project", ""), currency_id, view)
    if subaccount.provider_id not in method.provider_ids:
        raise Refusal("not_available_paymethod", "paymethod", str(method.id))
    payer_id, company_id = _parties(params.get("profile", ""), account_id, subaccount, method, view)
    commission = method.commission_amount + amount * method.commission_percent / 100
    return PaymentRecord(
        id=payment_id,
        number=method.number_template.format(id=payment_id),
        status=installation.new_status,
        amount=amount,
        method_amount=(amount + commission).quantize(CENT),
        subaccount_id=subaccount.id,
        method_id=method.id,
        payer_id=payer_id,
        company_id=company_id,
        created_at=wall,
        description=f"Авансовый платеж #{payment_id}",
        random_number=random_number,
    )


def _method(method_id: int, currency_id: int, amount: Decimal, view: View) -> MethodRecord:
    method = view.methods.get(method_id)
    if method is None or not method.active:
        raise Refusal("not_available_paymethod", "paymethod", str(method_id))
    if method.currency_id != currency_id:
        raise Refusal("value", "payment_currency", str(currency_id), because="The payment method has another currency.")
    if method.min_amount is not None and amount < method.min_amount:
        raise Refusal("value", "amount", str(amount), because=f"The method takes {method.min_amount} or more.")
    if method.max_amount is not None and amount > method.max_amount:
        raise Refusal("value", "amount", str(amount), because=f"The method takes {method.max_amount} or less.")
    return method


def _subaccount(account_id: int, project: str, currency_id: int, view: View) -> SubaccountRecord:
    provider_id = parse_id("project", project) if project else None
    found = [
        row
        for row in view.subaccounts.values()
        if row.account_id == account_id
        and row.currency_id == currency_id
        and row.active
        and provider_id in {None, row.provider_id}
    ]
    if not found:
        raise Refusal("missed", "subaccount", f"{account_id}/{project}/{currency_id}")
    if len({row.provider_id for row in found}) > 1:
        raise Refusal("value", "project", "", because="The client has several providers.")
    return found[0]


def _parties(
    profile: str, account_id: int, subaccount: SubaccountRecord, method: MethodRecord, view: View
) -> tuple[int | None, int | None]:
    """Return payer and company: a method without companies has neither."""
    if not method.company_ids:
        return None, None
    payer = view.payers.get(parse_id("profile", profile))
    if payer is None or payer.account_id != account_id:
        raise Refusal("missed", "profile", profile)
    if not payer.active:
        raise Refusal("value", "profile", profile, because="The payer is not active.")
    if payer.legal_status not in method.legal_statuses:
        raise Refusal("not_available_paymethod", "paymethod", str(method.id))
    companies = [
        row.id
        for key in sorted(method.company_ids)
        if (row := view.companies.get(key)) is not None
        and (not row.provider_ids or subaccount.provider_id in row.provider_ids)
    ]
    if not companies:
        raise Refusal("not_available_paymethod", "paymethod", str(method.id), because="None of its companies fits.")
    return payer.id, companies[0]
