"""Who is let in, clocks, versions, lists that are cut, fields that are not there, and servers of other makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sickroom import PASSWORD, Sickroom

from billmanager_1c import AsyncBillManagerClient, BillManagerClient, diagnose
from billmanager_1c.api import Dialect
from billmanager_1c.reports import CheckVerdict
from billmanager_1c.testing import Fault
from billmanager_1c.testing.billmanager import Installation, _catalogues

FAILS, WARNING, UNKNOWN = CheckVerdict.FAILS, CheckVerdict.WARNING, CheckVerdict.UNKNOWN


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
    assert "The client's dialect could not be checked." in str(found)
    assert found["1c.reachable"].verdict is CheckVerdict.HOLDS


def test_nobody_there(room: Sickroom) -> None:
    """A BILLmanager that does not answer, and a 1C that is closed, are findings and no exceptions."""
    room.bill.faults.arm(Fault.DOWN, times=None)
    room.onec.lock()
    found = diagnose(room.client(read_retries=0), room.adapter())
    assert found["log_in"].verdict is FAILS
    assert found["1c.reachable"].verdict is FAILS


@pytest.mark.parametrize("cell", ["1 007,00 ₽", ""])
def test_a_list_whose_amounts_cannot_be_read(room: Sickroom, monkeypatch: pytest.MonkeyPatch, cell: str) -> None:
    """Sums cannot be compared then, and a person is told what is not noticed; it takes no request more."""
    room.look()  # a first look takes no filter off that a later one would find
    before = len(room.bill.requests)
    assert room.look()["amounts"].verdict is CheckVerdict.HOLDS
    usual = len(room.bill.requests) - before
    monkeypatch.setattr(_catalogues, "_cell", lambda *parts: cell)
    found = room.look()
    assert len(room.bill.requests) - before - usual == usual
    assert found["amounts"].verdict is WARNING
    assert (repr(cell) if cell else "the column is empty") in found["amounts"].seen
    assert "another sum is not noticed" in found["amounts"].advice
    assert found.ok


def test_one_strange_amount_is_no_format(room: Sickroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as some can be read, it is the others that are strange."""
    payment = next(room.bill.payments())
    room.bill.person_edits_payment(payment.id, amount=Decimal("8.00"))
    plain = _catalogues._cell
    monkeypatch.setattr(_catalogues, "_cell", lambda *parts: "8,00 ₽" if parts[1] == Decimal(8) else plain(*parts))
    check = room.look()["amounts"]
    assert (check.verdict, check.seen) == (CheckVerdict.HOLDS, "1 of 2 can be read")


def test_amounts_of_a_list_without_payments(room: Sickroom) -> None:
    """An empty list has no format."""
    for payment in room.bill.payments():
        room.bill.person_deletes_payment(payment.id)
    assert room.look()["amounts"].verdict is UNKNOWN


READ = (
    *("account", "project", "currency", "company", "paymethod", "profile", "payment", "subaccount"),
    *("company.edit", "paymethod.edit", "profile.edit", "payment.edit", "profile.filter", "payment.filter"),
    *("payment.add.pay", "employee"),
)


@pytest.mark.parametrize("fault", [Fault.HTML_200, Fault.SLOW_DOWN])
@pytest.mark.parametrize("func", READ)
def test_trouble_on_the_way_is_no_answer(room: Sickroom, func: str, fault: Fault) -> None:
    """What could not be asked for is unknown: nothing fails for it, and nothing is proposed."""
    room.bill.faults.arm(fault, times=None, where=func)
    found = diagnose(room.client(read_retries=0), room.adapter())
    assert found.having(FAILS) == ()
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
    assert "Nothing was found in place of: mark_field." in str(found)


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


def test_the_asynchronous_client_is_refused_in_words(room: Sickroom) -> None:
    """Before anything is asked."""
    client = AsyncBillManagerClient(room.bill.url, username="1c", password=PASSWORD, timezone="UTC")
    with pytest.raises(TypeError, match="BillManagerClient"):
        diagnose(client)  # type: ignore[arg-type]  # that is the point
