"""What a BILLmanager calls its functions and fields, as far as no public capture proves it (design.md §7).

Each name says how sure it is, by the marks of billmanager-api.md: *documented*, *seen* (real traffic, or a public
client relies on it) or *assumed*. ``diagnose()`` checks them against a live BILLmanager.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs


def _words(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


@attrs.frozen(kw_only=True)
class Dialect:
    """The names of one installation. A name that differs there is the only thing to change."""

    # -- functions

    #: assumed (§4.3): the list of all clients' subaccounts, for an employee
    subaccounts: str = "subaccount"
    #: seen (§4.11, one employee-level script); documented with the warning that it belongs to the old cart
    create: str = "payment.add.pay"
    #: the wizard that ``create`` is a step of: its answers may be signed by another step. Seen (§1.6)
    create_family: str = "payment.add"
    #: seen (§4.11)
    credit: str = "payment.setpaid"
    #: documented (§4.12): payment.edit sets status 1. payment.setnopay does too, but only gateways are seen to call it
    uncredit: str = "payment.edit"
    #: documented as parameters of payment.edit; their effect on the balance is assumed (§4.12)
    uncredit_params: tuple[tuple[str, str], ...] = (("status", "1"),)
    #: documented as above; the alternative is payment.setcanceled without parameters
    cancel: str = "payment.edit"
    cancel_params: tuple[tuple[str, str], ...] = (("status", "9"),)
    #: documented (§4.12)
    delete: str = "payment.delete"
    #: further parameters of ``create``, such as ("clicked_button", "finish"); what the panel's own request has beside
    #: ours is the answer to a refusal of the single step (§4.10)
    create_params: tuple[tuple[str, str], ...] = ()

    # -- parameters of the creating function: all seen (§4.10, §4.11)

    create_amount: str = "amount"
    create_currency: str = "payment_currency"
    create_method: str = "paymethod"
    create_account: str = "customer_account"
    create_payer: str = "profile"
    #: the hidden field is seen, its use by an employee is assumed
    create_provider: str = "project"
    #: the look-up in the log is seen, sending a value of one's own is assumed
    random_number: str = "randomnumber"

    # -- fields of forms

    #: INN of payers: seen (§4.4). Configurable per country, so it may differ
    payer_inn: str = "vatnum"
    #: assumed (§4.4)
    payer_kpp: str = "kpp"
    #: «Код в бухгалтерской системе»: real label, documented (§4.4)
    payer_code: str = "id1c"
    #: assumed (§4.5): companies are rows of the payers' table
    company_inn: str = "vatnum"
    company_kpp: str = "kpp"
    #: where our mark is kept: documented as settable by payment.edit, judged best by us (§4.13)
    mark_field: str = "info"

    # -- columns of the list of subaccounts: all but id, balance and status are assumed (§4.3)

    subaccount_account_id: str = "account_id"
    subaccount_account: str = "account"
    subaccount_provider_id: str = "project_id"
    subaccount_provider: str = "project"
    subaccount_currency_id: str = "currency_id"
    subaccount_currency: str = "currency_iso"

    # -- fields of filters

    #: assumed for payers and subaccounts; a label of the payments' filter is seen (§3)
    account_filter: str = "account_id"
    #: seen (§4.4)
    payer_inn_filter: str = "vatnum"
    #: seen (§3)
    payment_payer_filter: str = "sender_id"
    payment_method_filter: str = "paymethod"
    payment_provider_filter: str = "project"

    # -- words and limits

    #: a row or a form is inactive only where it says one of these; documented: ``off``, the rest is tolerance
    inactive_words: frozenset[str] = attrs.field(
        default=frozenset({"off", "no", "0", "false", "disabled", "inactive", "closed", "suspended", "deleted"}),
        converter=_words,
    )
    #: rows that a list shows at most; the SQL seen in a log says ``LIMIT 5001`` (§3)
    list_cap: int = 5000
