"""Lists and forms: billmanager-api.md §3 and §8, points 10 to 12 and 14 to 21."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billmanager_1c.testing.billmanager import RUB, Installation


def ids(doc: dict[str, Any]) -> list[int]:
    """Return the ids of the rows."""
    return [int(row["id"]["$"]) for row in doc.get("elem", [])]


def fill(world: Any, count: int, **fields: Any) -> list[int]:
    """Type in payments."""
    given = {"subaccount": world.subaccount, "method": world.method, "amount": Decimal(10), **fields}
    return [world.simulator.person_adds_payment(**given) for _ in range(count)]


def test_pages(world: Any) -> None:
    """`p_num` counts from 1, `p_cnt` is the size, `p_elems` the whole; payments come newest first (12)."""
    made = fill(world, 5)
    doc = world.call("payment", filter="off", p_cnt=2, p_num=2)
    assert ids(doc) == [made[2], made[1]]
    assert (doc["p_num"]["$"], doc["p_cnt"]["$"], doc["p_elems"]["$"]) == ("2", "2", "5")
    assert ids(world.call("payment", filter="off", p_cnt=2, p_num=4)) == []
    assert ids(world.call("payment", filter="off", p_sort="id", p_order="asc")) == made
    assert world.error("payment", p_cnt="many") == ("value", "p_cnt")


def test_no_list_is_longer_than_the_cap(make_world: Any) -> None:
    """A list never has more rows than the cap, and says nothing of the others (12)."""
    world = make_world(Installation(row_cap=7, page_size=5))
    made = fill(world, 9)
    doc = world.call("payment", filter="off")
    assert len(ids(doc)) == 5 and doc["p_elems"]["$"] == "7"
    assert ids(world.call("payment", filter="off", p_num=2)) == [made[3], made[2]]


def test_columns_of_a_payment(world: Any) -> None:
    """A row has the employee's columns, money with its currency, and neither description nor document (21, §4.9)."""
    payment = world.create()
    world.call("payment.edit", elid=payment, sok="ok", paydate="2026-10-30 00:00:00", info="m", documentnumber="7")
    row = world.call("payment", filter="off", lang="ru")["elem"][0]
    assert row["subaccountamount_iso"] == {"$": "1234.50 RUB"}
    assert row["status"] == {"$color": "blue", "$orig": "1", "$": "Новый"} and row["real_status"] == {"$": "1"}
    assert row["create_date"] == {"$": "2026-11-02"} and row["create_date_l"] == {"$": "2 ноября 2026 г."}
    assert row["pay_date"] == {"$": "2026-10-30"}
    assert row["sender_id"] == {"$": str(world.payer)} and row["recipient_name"] == {"$": "ООО «Рога»"}
    assert not row.keys() & {"description", "documentnumber", "info", "externalid", "randomnumber", "paydate"}
    assert world.call("payment", filter="off")["elem"][0]["status"]["$"] == "New"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"id": "1"}, [1]),
        ({"id": "1, 3,99"}, [3, 1]),
        ({"status": "4"}, [2]),
        ({"status": "1,4", "id": "2,3"}, [3, 2]),
        ({"number": "*3"}, [3]),
        ({"number": "3*1"}, []),
        ({"sender_id": "null"}, [3, 2]),
        ({"sender": "копыт"}, [1]),
        ({"sender_name": "*копыта*"}, [1]),
        ({"saamount_from": "11"}, [1]),
        ({"saamount_from": "10", "saamount_to": "10.00"}, [3, 2]),
        ({"payfromdate": "2026-11-01", "paytodate": "2026-11-02"}, [2]),
        ({"createdate": "other", "createdatestart": "2026-11-03"}, []),
        ({"createdatestart": "2026-11-03"}, [3, 2, 1]),
        ({"createdate": "today"}, [3, 2, 1]),
        ({"createdate": "lastday"}, []),
        ({"paymethod": "1,2"}, [3, 2, 1]),
        ({"account_id": "1"}, [3, 2, 1]),
        ({"project": "2"}, []),
        ({"no_such_field": "x"}, [3, 2, 1]),
    ],
)
def test_filters_of_payments(world: Any, fields: dict[str, str], found: list[int]) -> None:
    """Fields limit the list: comma lists, `*`, `null`, ranges; a field it does not know limits nothing (11, §3)."""
    world.create()
    fill(world, 1, credited=True)
    fill(world, 1)
    assert ids(world.call("payment", filter="on", **fields)) == found


def test_filters_stick_to_the_user(world: Any) -> None:
    """A filter set by `.filter` holds in every later call of that user, until it is set anew or `filter=off` (11)."""
    first, second = fill(world, 2)
    assert "ok" not in world.call("payment.filter", id=first)
    assert "ok" in world.call("payment.filter", id=first, sok="ok")
    assert ids(world.call("payment")) == [first]
    assert ids(world.call("payment", id=second)) == [first]
    assert ids(world.call("payment", filter="on")) == [first]
    assert ids(world.call("payment", filter="on", id=second)) == [second]
    assert ids(world.call("payment")) == [first]
    world.simulator.add_employee("other", "x")
    assert ids(world.call("payment", authinfo="other:x")) == [second, first]
    assert ids(world.call("payment", filter="off")) == [second, first]
    assert ids(world.call("payment")) == [second, first]
    world.simulator.person_sets_filter("1c", "payment", status="4")
    assert ids(world.call("payment")) == []


def test_reference_lists(world: Any) -> None:
    """Providers, companies, methods, currencies, clients, payers and subaccounts are listed (14 to 20)."""
    assert {"id", "name", "currency_str", "site", "billurl"} <= world.call("project")["elem"][0].keys()
    company = world.call("company")["elem"][0]
    assert company["name"] == {"$": "ООО «Рога»"} and "vatnum" not in company
    method = world.call("paymethod", lang="ru")["elem"][0]
    assert method["name"] == {"$": "Оплата банковской картой"} and method["currency_name"] == {"$": "RUB"}
    assert world.call("paymethod", lang="en")["elem"][0]["name"] == {"$": "Card"}
    assert ids(world.call("currency", filter="on", iso="RUB")) == [RUB]
    name = "Иванов, Иван (i@i.example)"
    assert ids(world.call("account", filter="on", account=name)) == [world.account]
    subaccount = world.call("subaccount")["elem"][0]
    assert subaccount["balance"] == {"$": "0.00 RUB"} and subaccount["status"] == {"$": "on"}
    assert subaccount["account"] == {"$": name} and subaccount["currency_iso"] == {"$": "RUB"}
    world.simulator.change_subaccount(world.subaccount, active=False)
    assert world.call("subaccount")["elem"][0]["status"] == {"$": "off"}


def test_payers_are_found_by_client_and_by_inn(world: Any) -> None:
    """The list of payers has no INN but finds by it, and by client; several values by comma (19)."""
    other = world.simulator.add_account("Петров")
    theirs = world.simulator.add_payer(other, name="ИП Петров", inn="770200000000", legal_status=3, active=False)
    person = world.simulator.add_payer(other, name="", person="Петров Пётр", legal_status=1)
    assert ids(world.call("profile", filter="on", account_id=other)) == [theirs, person]
    assert ids(world.call("profile", filter="on", account_id=f"{world.account},{other}", status="off")) == [theirs]
    assert ids(world.call("profile", filter="on", vatnum="7702*")) == [world.payer, theirs]
    assert ids(world.call("profile", filter="on", vatnum="770200000000, 5")) == [theirs]
    rows = world.call("profile", filter="off")["elem"]
    assert rows[1]["status"] == {"$": "off"} and rows[1]["profiletype"] == {"$": "3"}
    assert rows[2]["name"] == {"$": "Петров Пётр"} and "vatnum" not in rows[0]


def test_forms_of_reference_data(world: Any) -> None:
    """Forms show INN, KPP, accounting code, and a method's links as comma lists; none is saved (10, 15 to 19)."""
    payer = world.call("profile.edit", elid=world.payer)
    assert payer["vatnum"] == {"$": "7702000000"} and payer["kpp"] == {} and payer["id1c"] == {"$": "000042"}
    company = world.call("company.edit", elid=world.company)
    assert company["vatnum"] == {"$": "7701000000"} and company["kpp"] == {"$": "770101001"}
    method = world.call("paymethod.edit", elid=world.method)
    assert method["active"] == {"$": "on"} and method["currency"] == {"$": "126"}
    assert method["profiletype"] == {"$": "1,2"} and method["company"] == {"$": str(world.company)}
    assert method["maxamount"] == {} and method["commissionpercent"]["$"].startswith("0")
    assert world.error("paymethod.edit", elid=99) == ("missed", "paymethod")
    assert world.error("company.edit", elid=world.company, name="x", sok="ok")[0] == "access"


def test_columns_are_mixed_and_more_than_asked_for(world: Any, make_world: Any) -> None:
    """Rows have further columns in an order of their own, unless the installation is switched to be plain."""
    assert "wrongaddress" in world.call("profile")["elem"][0]
    plain = make_world(Installation(extra_columns=False, payers_show_account_id=True))
    assert list(plain.call("profile")["elem"][0]) == ["id", "name", "account", "profiletype", "status", "account_id"]


def test_sorting_by_a_column(world: Any) -> None:
    """`p_sort` and `p_order` sort by what a column shows, amounts as numbers (§3)."""
    small, large, middle = (fill(world, 1, amount=Decimal(amount))[0] for amount in ("9", "100", "20"))
    doc = world.call("payment", filter="off", p_sort="subaccountamount_iso", p_order="desc")
    assert ids(doc) == [large, middle, small]
