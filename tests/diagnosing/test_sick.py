"""Thirty things that can be wrong, one at a time and many at once: each is found and says what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import httpx
import pytest
from sickroom import PASSWORD, Sickroom

from billmanager_1c import BillManagerClient, diagnose
from billmanager_1c.api import Dialect
from billmanager_1c.models import DocumentKind
from billmanager_1c.reports import CheckVerdict
from billmanager_1c.testing import Fault
from billmanager_1c.testing.billmanager import Installation
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


# ------------------------------------------------------------------------------------------------------ the log-in


@pytest.mark.parametrize(
    ("changes", "options", "word"),
    [
        ({}, {"password": "another"}, "password"),
        ({"allowed_ips": {"10.0.0.1"}}, {}, "address"),
        ({"two_factor": True}, {}, "two-factor"),
        ({"captcha": True}, {"auth": "session"}, "authinfo"),
    ],
    ids=["wrong password", "address not allowed", "second factor", "captcha"],
)
def test_a_refused_log_in_says_how_to_get_in(
    room: Sickroom, changes: dict[str, Any], options: dict[str, Any], word: str
) -> None:
    """There is one check then, and 1C is looked at all the same."""
    room.bill.change_employee("1c", **changes)
    found = diagnose(room.client(**options), room.adapter())
    assert found["log_in"].verdict is FAILS
    assert word in found["log_in"].advice
    assert [check.name for check in found.checks if check.area != "1c"] == ["log_in"]
    assert found["1c.reachable"].verdict is CheckVerdict.HOLDS


def test_nobody_there(room: Sickroom) -> None:
    """A BILLmanager that does not answer, and a 1C that is closed, are findings and no exceptions."""
    room.bill.faults.arm(Fault.DOWN, times=None)
    room.onec.lock()
    found = diagnose(room.client(read_retries=0), room.adapter())
    assert found["log_in"].verdict is FAILS
    assert found["1c.reachable"].verdict is FAILS


def test_trouble_on_the_way_is_no_answer(room: Sickroom) -> None:
    """A list that could not be asked for is unknown, and nothing is proposed for it."""
    room.bill.faults.arm(Fault.HTML_200, times=None, where="profile")
    found = diagnose(room.client(read_retries=0))
    assert found["list_profile"].verdict is UNKNOWN
    assert found.dialect == Dialect()


# --------------------------------------------------------------------------------------------- clocks and versions


def test_clocks_that_differ(make_room: Callable[..., Sickroom]) -> None:
    """The Date header tells, in whole minutes."""
    room = make_room(None)
    room.bill._clock = lambda: dt.datetime.now(dt.UTC) + dt.timedelta(minutes=17)
    room.onec._clock = lambda: dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    found = room.look()
    assert "about 17 minutes ahead" in found["connection.clock"].seen
    assert "about 60 minutes behind" in found["1c.clock"].seen
    assert found["1c.clock"].verdict is WARNING


def test_a_time_zone_too_far_west(room: Sickroom) -> None:
    """A payment that was made in the future by the client's zone shows that the zone is another one."""
    found = diagnose(room.client(timezone="America/New_York"))
    assert found["timezone"].verdict is FAILS
    assert diagnose(room.client())["timezone"].verdict is CheckVerdict.HOLDS


@pytest.mark.parametrize(("version", "verdict"), [("5.100.1", WARNING), ("4.4.10", FAILS), ("", UNKNOWN)])
def test_old_versions(make_room: Callable[..., Sickroom], version: str, verdict: CheckVerdict) -> None:
    """BILLmanager 5 is old, 4 answers otherwise."""
    assert make_room(Installation(version=version)).look()["version"].verdict is verdict


def test_an_address_without_encryption(room: Sickroom) -> None:
    """The password would be readable on the way."""
    with BillManagerClient(
        "http://billmanager.test/billmgr", username="1c", password=PASSWORD, timezone="UTC", transport=room.bill
    ) as client:
        assert diagnose(client)["encryption"].verdict is WARNING


# -------------------------------------------------------------------------------------------------- lists and fields


def test_lists_that_are_cut_elsewhere(make_room: Callable[..., Sickroom]) -> None:
    """A list that ends before the newest row was not shown whole; with the cap that is proposed all of it is read."""
    room = make_room(Installation(row_cap=5))
    found = room.look()
    assert found["list_cap"].verdict is FAILS
    assert found.dialect.list_cap == 5
    assert room.look(found.dialect)["list_cap"].verdict is CheckVerdict.HOLDS
    room.export(found.dialect)
    assert room.is_exact()


def test_fields_that_would_be_dropped(make_room: Callable[..., Sickroom]) -> None:
    """A form without a field that is written, or without any place for the mark, fails by name."""
    names = {"payment.edit": {"documentnumber": "", "info": ""}}
    found = make_room(Installation(names=names)).look()
    assert found["payment_fields"].verdict is FAILS
    assert "documentnumber" in found["payment_fields"].seen
    assert found["mark_field"].verdict is FAILS
    assert found.dialect == Dialect()


def test_a_list_that_does_not_say_whose_a_subaccount_is(make_room: Callable[..., Sickroom]) -> None:
    """Without the provider's id no payment can be made, and nothing is made up."""
    found = make_room(Installation(names={"subaccount": {"project_id": ""}})).look()
    assert found["subaccount_provider_id"].verdict is FAILS
    assert found.dialect.subaccount_provider_id == Dialect().subaccount_provider_id


def test_a_word_that_nobody_knows(make_room: Callable[..., Sickroom]) -> None:
    """A word that may mean inactive is told; one that surely does is put into the dialect."""
    room = make_room(Installation(inactive_word="спит"))
    room.bill.suspend_payer(room.payers[0])
    assert room.look()["inactive_words"].verdict is WARNING


def test_crediting_that_resets_the_date(make_room: Callable[..., Sickroom]) -> None:
    """It shows once there is a credited payment of ours."""
    room = make_room(None)
    room.export(Dialect())
    assert room.look()["paydate"].verdict is CheckVerdict.HOLDS
    room = make_room(Installation(resets_paydate=True))
    room.export(Dialect())
    row = next(row for row in room.bill.payments() if row.info)
    room.bill.person_edits_payment(row.id, paid_at=dt.datetime.combine(room.today, dt.time(13, 7)))
    assert room.look()["paydate"].verdict is WARNING


# ------------------------------------------------------------------------------------------- somebody else's server


def test_a_server_that_knows_only_plain_json(room: Sickroom) -> None:
    """One that gives JSON to every ``out``, and knows neither buttons nor filters' forms, is diagnosed as well."""

    def handle(request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.content.decode()))
        if form["func"].endswith(".filter") or form["func"] in {"account", "project", "currency"}:
            return httpx.Response(200, json={"doc": {"error": {"$type": "access", "msg": {"$": "no"}}}})
        return room.bill.handle_request(httpx.Request("POST", request.url, data={**form, "out": "json"}))

    with BillManagerClient(
        room.bill.url,
        username="1c",
        password=PASSWORD,
        timezone="Europe/Moscow",
        transport=httpx.MockTransport(handle),
    ) as client:
        found = diagnose(client)
    assert found.ok, found
    assert found.dialect == Dialect()
    assert found["credit"].verdict is UNKNOWN
