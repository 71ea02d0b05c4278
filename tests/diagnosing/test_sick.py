"""Thirty things that can be wrong, one at a time and many at once: each is found and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from sickroom import Sickroom

from billmanager_1c.models import DocumentKind
from billmanager_1c.reports import CheckVerdict
from billmanager_1c.testing.world import make_inn

FAILS, WARNING, UNKNOWN = CheckVerdict.FAILS, CheckVerdict.WARNING, CheckVerdict.UNKNOWN
BANK = DocumentKind.INCOMING_PAYMENT_ORDER


def with_commission(room: Sickroom) -> None:
    """Let every method for cash take a share."""
    methods = room.bill.tables.methods
    methods.put(attrs.evolve(methods.rows[room.methods[0]], commission_percent=Decimal(3)))


def change_employee(**changes: Any) -> Callable[[Sickroom], None]:
    """Change what the employee of the exchange is or may do."""
    return lambda room: room.bill.change_employee("1c", **changes)


def close_every_subaccount(room: Sickroom) -> None:
    """Close them all."""
    for subaccount in room.subaccounts:
        room.bill.change_subaccount(subaccount, active=False)


def suspend_every_payer(room: Sickroom) -> None:
    """Make them all inactive."""
    for payer in room.payers:
        room.bill.suspend_payer(payer)


def add_contract(room: Sickroom, **fields: Any) -> None:
    """Add a document under a contract of the first client that is not as it should be."""
    counterparty = room.onec.add_counterparty("Сосед", code="77", inn=fields.pop("inn", "7707083893"))
    organization = fields.pop("organization", room.organizations[0])
    contract = room.onec.add_contract(counterparty, organization, name="Особый", **fields)
    room.add_document(BANK, contract, Decimal(5))


def add_stranger(room: Sickroom) -> None:
    """Add an organisation of which BILLmanager knows nothing."""
    organization = room.onec.add_organization("ООО «Чужая»", inn="5003052454")
    add_contract(room, subaccount_id=room.subaccounts[0], organization=organization)


#: what is wrong: how it comes about, the check that finds it, how it ends, a word of what was seen
ILLS: dict[str, tuple[Callable[[Sickroom], object], str, CheckVerdict, str]] = {
    "root": (change_employee(level=30), "level", WARNING, "root"),
    "a client": (change_employee(level=16), "level", FAILS, "16"),
    "no right to payers": (change_employee(denied={"profile"}), "list_profile", FAILS, "AccessDenied"),
    "no right to a form": (change_employee(denied={"paymethod.edit"}), "form_paymethod", FAILS, "AccessDenied"),
    "no right to credit": (change_employee(denied={"payment.setpaid"}), "credit", FAILS, "not offered"),
    "no right to delete": (change_employee(denied={"payment.delete"}), "delete", FAILS, "not offered"),
    "no right to create": (change_employee(denied={"payment.add.pay"}), "create", FAILS, "AccessDenied"),
    "too many rights": (change_employee(extra={"payment.refund", "employee"}), "excessive", WARNING, "employee"),
    "a filter left behind": (
        lambda room: room.bill.person_sets_filter("1c", "profile", name="Клиент 1"),
        "filter_profile",
        WARNING,
        "hid 5 of 6",
    ),
    "a company without INN": (
        lambda room: room.bill.change_company(room.companies[1], inn=""),
        "company_inns",
        FAILS,
        "ООО Восток",
    ),
    "two companies with one INN": (
        lambda room: room.bill.change_company(room.companies[1], inn=make_inn(1)),
        "company_inns_unique",
        FAILS,
        "#1 ООО Север = #2 ООО Восток",
    ),
    "a mistyped INN of a company": (
        lambda room: room.bill.change_company(room.companies[1], inn="7700000018"),
        "company_inn_digits",
        WARNING,
        "7700000018",
    ),
    "a method switched off": (
        lambda room: room.bill.change_method(room.methods[0], active=False),
        "method_cash_receipt",
        FAILS,
        "it is inactive",
    ),
    "a method with another name": (
        lambda room: room.bill.change_method(room.methods[2], name="Карта", name_ru="Карта"),
        "method_card_payment",
        FAILS,
        "does not contain the words",
    ),
    "a method with a commission": (with_commission, "method_cash_receipt", FAILS, "commission"),
    "a method not linked to a company": (
        lambda room: room.bill.change_method(room.methods[1], companies=room.companies[:1]),
        "method_incoming_payment_order",
        WARNING,
        "ООО Восток",
    ),
    "a method not linked to a provider": (
        lambda room: room.bill.change_method(room.methods[1], providers=room.providers[:1]),
        "method_incoming_payment_order",
        WARNING,
        "provider #2",
    ),
    "a currency without a method": (Sickroom.add_euro_client, "method_card_payment", WARNING, "EUR"),
    "a client without an active payer": (
        lambda room: room.bill.suspend_payer(room.payers[3]),
        "payers_active",
        WARNING,
        "Клиент 3",
    ),
    "no active payer at all": (suspend_every_payer, "payers_active", FAILS, "no payer"),
    "no open subaccount": (close_every_subaccount, "subaccounts_open", FAILS, "no subaccount"),
    "ISPsystem's module is on": (
        lambda room: room.onec.set_module_address("https://bill.example/billmgr?password=x"),
        "module",
        FAILS,
        "https://bill.example/billmgr",
    ),
    "a catalogue is not published": (
        lambda room: room.onec.deny("Catalog_Контрагенты"),
        "published",
        FAILS,
        "Catalog_Контрагенты",
    ),
    "a contract without a subaccount": (add_contract, "contracts_bound", WARNING, "Особый"),
    "a contract with a closed subaccount": (
        lambda room: room.bill.change_subaccount(room.subaccounts[4], active=False),
        "contracts_open",
        WARNING,
        "Договор 4",
    ),
    "a contract with an unknown subaccount": (
        lambda room: add_contract(room, subaccount_id=999),
        "contracts_open",
        WARNING,
        "Особый",
    ),
    "an organisation without a company": (add_stranger, "organizations", WARNING, "5003052454"),
    "a mistyped INN of a counterparty": (
        lambda room: add_contract(room, subaccount_id=room.subaccounts[0], inn="7707083894"),
        "counterparty_inns",
        WARNING,
        "7707083894",
    ),
    "a line without a contract": (
        lambda room: room.add_document(BANK, None, Decimal(1), organization=room.organizations[0]),
        "lines",
        WARNING,
        "1 of 7",
    ),
    "the catalogue of subaccounts may not be read": (
        lambda room: room.onec.deny("Catalog_ЛицевыеСчетаВBILLmanager"),
        "accounts_catalogue",
        WARNING,
        "Catalog_ЛицевыеСчетаВBILLmanager",
    ),
}

#: of which each stands for itself: after these there is nothing more to see
ALONE = {
    "a client",
    "root",
    "no right to payers",
    "no right to a form",
    "no right to credit",
    "no right to delete",
    "no right to create",
    "two companies with one INN",
    "a mistyped INN of a company",
    "no active payer at all",
    "no open subaccount",
    "a method with a commission",
    "a catalogue is not published",
    "the catalogue of subaccounts may not be read",
}


@pytest.mark.parametrize("name", ILLS)
def test_each_ill_is_found(room: Sickroom, name: str) -> None:
    """The check that is about it ends as it should, shows what was seen and says what to do."""
    fall_ill, check_name, verdict, word = ILLS[name]
    fall_ill(room)
    found = room.look()
    check = found[check_name]
    assert check.verdict is verdict, found
    assert word in check.seen
    assert check.advice
    assert found.ok is not any(each.verdict is FAILS for each in found.checks)
    assert "password" not in check.seen


def test_many_ills_at_once_are_all_found(room: Sickroom) -> None:
    """None hides another, and the next look shows the same but for the filter, which the first one took off."""
    together = [name for name in ILLS if name not in ALONE]
    assert len(together) >= 15
    for name in together:
        ILLS[name][0](room)
    found = room.look()
    missed = [name for name in together if found[ILLS[name][1]].verdict not in (ILLS[name][2], FAILS)]
    assert missed == []
    again = room.look()
    changed = [one.name for one, other in zip(found.checks, again.checks, strict=True) if one != other]
    assert changed == ["filter_profile"]
