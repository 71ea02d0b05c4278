"""A BILLmanager that calls things otherwise: the diagnosis says which, and its Dialect makes the exchange work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from sickroom import Sickroom

from billmanager_1c.api import Dialect
from billmanager_1c.reports import CheckVerdict
from billmanager_1c.testing.billmanager import Installation

SUBACCOUNTS = {
    "account_id": "client_id",
    "account": "client",
    "project_id": "provider_id",
    "project": "provider",
    "currency_id": "curr",
    "currency_iso": "iso",
}

#: an installation, and what its dialect must say
DIALECTS: dict[str, tuple[Installation, dict[str, Any]]] = {
    "mark in externalid": (
        Installation(form_has_externalid=True, names={"payment.edit": {"info": ""}}),
        {"mark_field": "externalid"},
    ),
    "country parameters by other names": (
        Installation(inn_field="inn", kpp_field="kpp_code", accounting_code_field="code_1c"),
        {
            "payer_inn": "inn",
            "company_inn": "inn",
            "payer_inn_filter": "inn",
            "payer_kpp": "kpp_code",
            "company_kpp": "kpp_code",
            "payer_code": "code_1c",
        },
    ),
    "subaccounts elsewhere, in other columns": (
        Installation(subaccount_function="account.subaccount", names={"account.subaccount": SUBACCOUNTS}),
        {
            "subaccounts": "account.subaccount",
            "subaccount_account_id": "client_id",
            "subaccount_account": "client",
            "subaccount_provider_id": "provider_id",
            "subaccount_provider": "provider",
            "subaccount_currency_id": "curr",
            "subaccount_currency": "iso",
        },
    ),
    "the wizard instead of its last step": (
        Installation(
            create_function="payment.add",
            create_button="finish",
            names={"payment.add": {"customer_account": "account", "profile": "payer"}},
        ),
        {
            "create": "payment.add",
            "create_params": (("snext", "ok"), ("clicked_button", "finish")),
            "create_account": "account",
            "create_payer": "payer",
        },
    ),
    "other filters": (
        Installation(
            names={
                "profile": {"account_id": "client_id"},
                "payment": {"sender_id": "profile", "paymethod": "method", "project": "provider"},
            }
        ),
        {"account_filter": "client_id", "payment_payer_filter": "profile"},
    ),
    "money is taken back by functions of their own": (
        Installation(form_sets_status=False),
        {
            "uncredit": "payment.setnopay",
            "uncredit_params": (),
            "cancel": "payment.setcanceled",
            "cancel_params": (),
        },
    ),
}


@pytest.mark.parametrize("described", ["served", "plain", "refused"])
@pytest.mark.parametrize("name", DIALECTS)
def test_the_dialect_that_is_proposed_works(
    make_room: Callable[[Installation], Sickroom], name: str, described: str
) -> None:
    """Each name that differs fails and is named; with the Dialect, written out and read again, an export is exact."""
    installation, wanted = DIALECTS[name]
    if described != "served" and "taken back" in name:
        pytest.skip("without a description buttons and choices cannot be seen")
    room = make_room(attrs.evolve(installation, devel=described))
    found = room.look()
    assert not found.ok
    assert {key: getattr(found.dialect, key) for key in wanted} == wanted
    for key in wanted.keys() - {"create_params", "uncredit_params", "cancel_params"}:
        check = found[f"dialect.{key}"] if key != "subaccounts" else found["rights.subaccounts"]
        assert check.verdict is CheckVerdict.FAILS
        assert f"{key}=" in check.advice
    dialect = eval(found.dialect_code, {"Dialect": Dialect})
    assert dialect == found.dialect
    again = room.look(dialect)
    assert again.ok, again
    assert again.dialect == dialect
    report = room.export(dialect)
    assert report.counts["exported"] == len(room.contracts), report
    assert room.is_exact()


def test_all_of_it_at_once(make_room: Callable[[Installation], Sickroom]) -> None:
    """Installations differ in more than one name."""
    room = make_room(
        Installation(
            subaccount_function="account.subaccount",
            create_function="payment.add",
            create_button="finish",
            inn_field="taxid",
            company_inn_field="company_tax",
            form_has_externalid=True,
            inactive_word="отключен",
            resets_paydate=True,
            names={
                "account.subaccount": SUBACCOUNTS,
                "payment.edit": {"info": ""},
                "profile": {"account_id": "client_id"},
            },
        )
    )
    room.bill.suspend_payer(room.payers[0])
    room.bill.add_payer(room.accounts[0], name="Другой")
    found = room.look()
    dialect = eval(found.dialect_code, {"Dialect": Dialect})
    assert (dialect.payer_inn, dialect.company_inn) == ("taxid", "company_tax")
    assert "отключен" in dialect.inactive_words
    assert room.look(dialect).ok
    counts = room.export(dialect).counts
    # The one whose payer is inactive is refused, which shows that the word was understood.
    assert (counts["exported"], counts["quarantined"]) == (5, 1)
    assert room.look(dialect)["paydate"].verdict is CheckVerdict.WARNING
