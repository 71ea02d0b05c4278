"""Payments: billmanager-api.md §4.8 to §4.12 and §8, points 10 and 22 to 28."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billmanager_1c.testing.billmanager import EUR, RUB, Installation


def test_a_payment_is_created_new_and_inert(world: Any) -> None:
    """The creating call answers two `id`s and `payment_id`; the payment has status 1 and moves no money (22)."""
    doc = world.call("payment.add.pay", **world.creation())
    assert doc["id"] == [
        {"$saveoutput": "yes", "$": "1"},
        {"$saveoutput": "yes", "$step": "payment.add.pay", "$": "1"},
    ]
    assert doc["payment_id"]["$"] == "1" and "ok" in doc
    form = world.form(1)
    assert form["status"] == "1" and form["subaccountamount"] == form["paymethodamount"] == "1234.50"
    assert form["createdate"] == "2026-11-02 12:00:00" and form["paydate"] == ""
    assert form["description"] == "Авансовый платеж #1" and form["number"] == "1"
    assert form["sender"] == str(world.payer) and form["recipient"] == str(world.company)
    assert world.simulator.balance(world.subaccount) == 0


def test_without_sok_nothing_is_created(world: Any) -> None:
    """Without `sok` the form comes back with a random number issued, and nothing is saved (10)."""
    doc = world.call("payment.add.pay", **world.creation(sok=None))
    assert "ok" not in doc and "error" not in doc and len(doc["randomnumber"]["$"]) == 12
    assert list(world.simulator.payments()) == []


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"amount": None}, ("value", "amount")),
        ({"amount": "10,50"}, ("value", "amount")),
        ({"amount": "10.505"}, ("value", "amount")),
        ({"amount": "0"}, ("value", "amount")),
        ({"amount": "-5"}, ("value", "amount")),
        ({"amount": "1 000"}, ("value", "amount")),
        ({"payment_currency": None}, ("value", "payment_currency")),
        ({"payment_currency": EUR}, ("value", "payment_currency")),
        ({"paymethod": None}, ("value", "paymethod")),
        ({"paymethod": 99}, ("not_available_paymethod", "paymethod")),
        ({"customer_account": None}, ("value", "customer_account")),
        ({"customer_account": 99}, ("missed", "account")),
        ({"project": 99}, ("missed", "subaccount")),
        ({"profile": None}, ("value", "profile")),
        ({"profile": 99}, ("missed", "profile")),
        ({"randomnumber": "x" * 13}, ("value", "randomnumber")),
    ],
)
def test_a_wrong_parameter_creates_nothing(world: Any, params: dict[str, Any], error: tuple[str, str]) -> None:
    """A missing or wrong parameter is refused by name: a comma in the amount, another currency … (22, 23)."""
    assert world.error("payment.add.pay", **world.creation(**params)) == error
    assert list(world.simulator.payments()) == [] and world.simulator.writes == 0


def test_what_does_not_fit_together_is_refused(world: Any) -> None:
    """Refused: a payer of another client or suspended or of another status, a method inactive or not linked (23)."""
    sim, creation = world.simulator, world.creation
    stranger = sim.add_payer(sim.add_account("Чужой"), name="ООО")
    assert world.error("payment.add.pay", **creation(profile=stranger)) == ("missed", "profile")
    sole = sim.add_payer(world.account, name="ИП", legal_status=3)
    assert world.error("payment.add.pay", **creation(profile=sole))[0] == "not_available_paymethod"
    sim.suspend_payer(world.payer)
    assert world.error("payment.add.pay", **creation()) == ("value", "profile")
    sim.change_payer(world.payer, active=True)
    elsewhere = sim.add_provider("Другой")
    for provider in ([], [elsewhere]):
        sim.change_method(world.method, providers=provider)
        assert world.error("payment.add.pay", **creation())[0] == "not_available_paymethod"
    sim.change_method(world.method, providers=[world.provider], active=False)
    assert world.error("payment.add.pay", **creation())[0] == "not_available_paymethod"
    sim.change_method(world.method, active=True)
    sim.change_subaccount(world.subaccount, active=False)
    assert world.error("payment.add.pay", **creation()) == ("missed", "subaccount")


def test_limits_and_commission_of_a_method(world: Any) -> None:
    """An amount outside the method's limits is refused; a commission makes the method's amount larger (§4.7, §4.10)."""
    method = world.simulator.add_method(
        "Dear",
        providers=[world.provider],
        companies=[world.company],
        min_amount=Decimal(10),
        max_amount=Decimal(100),
        commission_percent=Decimal("2.5"),
    )
    for amount in ("9.99", "100.01"):
        assert world.error("payment.add.pay", **world.creation(paymethod=method, amount=amount)) == ("value", "amount")
    form = world.form(world.create(paymethod=method, amount="100"))
    assert (form["subaccountamount"], form["paymethodamount"]) == ("100.00", "102.50")


def test_the_provider_must_be_named_if_there_are_several(world: Any) -> None:
    """One provider needs no `project`; several do (§4.11)."""
    world.create(project=None)
    world.simulator.add_subaccount(world.account, provider=world.simulator.add_provider("Второй"))
    assert world.error("payment.add.pay", **world.creation(project=None)) == ("value", "project")


def test_a_method_without_companies_has_neither_payer_nor_company(world: Any) -> None:
    """If a method has no companies the payment has neither sender nor recipient (§4.1)."""
    method = world.simulator.add_method("Bare", providers=[world.provider])
    form = world.form(world.create(paymethod=method, profile=None))
    assert (form["sender"], form["recipient"]) == ("", "")


def test_a_random_number_is_taken_once(world: Any) -> None:
    """The same random number twice: payment_payd, and nothing is inserted (24)."""
    payment = world.create(randomnumber="abc123")
    assert world.error("payment.add.pay", **world.creation(randomnumber="abc123")) == ("payment_payd", "")
    assert [row.id for row in world.simulator.payments()] == [payment]
    world.call("payment.delete", elid=payment)
    assert world.create(randomnumber="abc123") == payment + 1


def test_crediting_twice_credits_once(world: Any) -> None:
    """`payment.setpaid` gives status 4, a date if there was none, and the money; again: ok and no more (25)."""
    payment = world.create()
    for _ in range(3):
        assert "ok" in world.call("payment.setpaid", elid=payment)
        assert world.simulator.balance(world.subaccount) == world.simulator.credited(payment) == Decimal("1234.50")
    assert world.form(payment)["paydate"] == "2026-11-02 12:00:00"
    assert [event.amount for event in world.simulator.credits] == [Decimal("1234.50")]


@pytest.mark.parametrize(("resets", "date"), [(False, "2026-10-30 00:00:00"), (True, "2026-11-02 12:00:00")])
def test_whether_crediting_keeps_the_date(make_world: Any, resets: bool, date: str) -> None:
    """A payment date that was written survives the credit, unless the installation resets it (§9, doubt 3)."""
    world = make_world(Installation(resets_paydate=resets))
    payment = world.create()
    world.call("payment.edit", elid=payment, sok="ok", paydate="2026-10-30 00:00:00")
    world.call("payment.setpaid", elid=payment)
    assert world.form(payment)["paydate"] == date


def test_editing_writes_what_is_sent_and_leaves_the_rest(world: Any) -> None:
    """`payment.edit` with `sok` writes the documented fields; without, it shows them and saves nothing (10, 26)."""
    payment = world.create()
    second = world.simulator.add_payer(world.account, name="ООО «Хвост»")
    fields = {
        "number": "Б-1",
        "createdate": "2026-10-01 10:00:00",
        "paydate": "2026-10-30 23:59:59",
        "documentnumber": "17",
        "documentdate": "2026-10-29",
        "description": "За хостинг, + & %",
        "sender": str(second),
        "subaccountamount": "99.90",
        "paymethodamount": "99.90",
        "restrictrefund": "on",
        "info": "1c:mark",
    }
    assert "ok" not in world.call("payment.edit", elid=payment, **fields)
    assert world.form(payment)["info"] == ""
    assert "ok" in world.call("payment.edit", elid=payment, sok="ok", **fields)
    assert fields.items() <= world.form(payment).items()
    world.call("payment.edit", elid=payment, sok="ok", documentdate="", paydate="")
    form = world.form(payment)
    assert (form["documentdate"], form["paydate"], form["info"]) == ("", "", "1c:mark")
    assert [change.action for change in world.simulator.history(payment)] == [
        "payment.add.pay",
        "payment.edit",
        "payment.edit",
    ]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("number", "9" * 65, ("value", "number")),
        ("documentnumber", "9" * 65, ("value", "documentnumber")),
        ("paydate", "2026-10-30", ("value", "paydate")),
        ("paydate", "30.10.2026 00:00:00", ("value", "paydate")),
        ("createdate", "", ("value", "createdate")),
        ("documentdate", "2026-02-30", ("value", "documentdate")),
        ("subaccountamount", "1,00", ("value", "subaccountamount")),
        ("subaccountamount", "0.00", ("value", "subaccountamount")),
        ("status", "8", ("value", "status")),
        ("status", "100", ("value", "status")),
        ("sender", "99", ("missed", "sender")),
        ("recipient", "99", ("missed", "recipient")),
        ("paymethod", "99", ("missed", "paymethod")),
        ("restrictrefund", "yes", ("value", "restrictrefund")),
    ],
)
def test_a_wrong_field_changes_nothing(world: Any, field: str, value: str, error: tuple[str, str]) -> None:
    """A wrong value is refused by the field's name and nothing of the call is saved (9, 26)."""
    payment = world.create()
    before = world.simulator.payment(payment)
    assert world.error("payment.edit", elid=payment, sok="ok", info="x", **{field: value}) == error
    assert world.simulator.payment(payment) == before


def test_links_are_checked_by_an_edit_too(world: Any) -> None:
    """An edit cannot give a payment a payer of another client, a method of another currency, or an unlinked company."""
    sim = world.simulator
    payment = world.create()
    stranger = sim.add_payer(sim.add_account("Чужой"), name="ООО")
    assert world.error("payment.edit", elid=payment, sok="ok", sender=stranger) == ("missed", "sender")
    euro = sim.add_method("Euro", currency=EUR, providers=[world.provider])
    assert world.error("payment.edit", elid=payment, sok="ok", paymethod=euro) == ("value", "paymethod")
    unlinked = sim.add_method("Rouble", currency=RUB)
    assert world.error("payment.edit", elid=payment, sok="ok", paymethod=unlinked)[0] == "not_available_paymethod"
    other = sim.add_company("ООО «Нет»")
    assert world.error("payment.edit", elid=payment, sok="ok", recipient=other) == ("value", "recipient")


@pytest.mark.parametrize("status", ["1", "9", "6", "7"])
def test_leaving_status_4_takes_the_money_back(world: Any, status: str) -> None:
    """A status changed from 4 to another takes the money back from the balance; to 4 credits it (26)."""
    payment = world.create()
    world.call("payment.edit", elid=payment, sok="ok", status="4")
    assert world.simulator.balance(world.subaccount) == Decimal("1234.50")
    world.call("payment.edit", elid=payment, sok="ok", status=status)
    assert world.simulator.balance(world.subaccount) == world.simulator.credited(payment) == 0


def test_spent_money_is_not_taken_back(world: Any) -> None:
    """If the money is spent, taking back and lowering below what is used are refused (§4.12)."""
    payment = world.create(amount="100")
    world.call("payment.setpaid", elid=payment)
    world.simulator.spend(payment, Decimal(60))
    assert world.simulator.balance(world.subaccount) == 40
    assert world.error("payment.edit", elid=payment, sok="ok", status="1") == ("value", "status")
    assert world.error("payment.setnopay", elid=payment) == ("value", "status")
    assert world.error("payment.edit", elid=payment, sok="ok", subaccountamount="59") == ("value", "subaccountamount")
    assert "ok" in world.call("payment.edit", elid=payment, sok="ok", subaccountamount="70")
    assert world.simulator.credited(payment) == 70 and world.simulator.balance(world.subaccount) == 10


def test_the_other_verbs(world: Any) -> None:
    """The verb setnopay gives 1, setinpay 2, setfraud 7, setcanceled 9, with info and externalid (28)."""
    for func, status in {"setinpay": 2, "setnopay": 1, "setcanceled": 9, "setfraud": 7}.items():
        payment = world.create()
        assert "ok" in world.call(f"payment.{func}", elid=payment, info="because", externalid="77")
        record = world.simulator.payment(payment)
        assert (record.status, record.info, record.external_id) == (status, "because", "77")
    credited = world.create()
    world.call("payment.setpaid", elid=credited)
    assert world.error("payment.setinpay", elid=credited) == ("value", "status")
    assert "ok" in world.call("payment.setnopay", elid=credited)
    assert world.simulator.credited(credited) == 0


def test_only_unpaid_payments_are_deleted(world: Any, make_world: Any) -> None:
    """Deleting takes several ids, refuses statuses 3 to 7 and, if one cannot go, deletes none (27)."""
    first, second, paid = world.create(), world.create(), world.create()
    world.call("payment.setpaid", elid=paid)
    assert world.error("payment.delete", elid=f"{first}, {paid}") == ("value", "status")
    assert world.error("payment.delete", elid=f"{first}, 99") == ("missed", "payment")
    assert "ok" in world.call("payment.delete", elid=f"{first}, {second}")
    assert [row.id for row in world.simulator.payments()] == [paid]
    for func in ("payment.edit", "payment.setpaid", "payment.delete"):
        assert world.error(func, elid=first) == ("missed", "payment")
    other = make_world(Installation(delete_refusal="access"))
    payment = other.create()
    other.call("payment.setpaid", elid=payment)
    assert other.error("payment.delete", elid=payment)[0] == "access"


def test_an_edit_without_an_id_creates(world: Any) -> None:
    """An empty `elid` is ignored: an edit with `sok` makes a payment of nobody (§3)."""
    doc = world.call("payment.edit", elid="", sok="ok", subaccountamount="5.00")
    record = world.simulator.payment(int(doc["id"]["$"]))
    assert (record.amount, record.subaccount_id) == (Decimal("5.00"), 0)


def test_people_move_money_too(world: Any) -> None:
    """What people do in the interface moves the same money and is told in the history."""
    sim = world.simulator
    payment = sim.person_adds_payment(subaccount=world.subaccount, method=world.method, amount=Decimal(10))
    sim.person_credits(payment)
    sim.person_edits_payment(payment, amount=Decimal(25))
    assert sim.balance(world.subaccount) == 25
    sim.person_deletes_payment(payment)
    assert sim.balance(world.subaccount) == 0 and sim.credited(payment) == 0
    assert [change.action for change in sim.history(payment)] == ["adds", "credits", "edits", "deletes"]
    assert {change.actor for change in sim.history(payment)} == {"person"}


def test_a_restored_backup_gives_ids_again(world: Any) -> None:
    """After a restore later payments are gone and their ids are given to others (fault 52)."""
    backup = world.simulator.backup()
    payment = world.create(randomnumber="r")
    world.call("payment.setpaid", elid=payment)
    world.simulator.restore(backup)
    assert world.simulator.credited(payment) == 0 and world.simulator.balance(world.subaccount) == 0
    assert world.create(amount="1", randomnumber="r") == payment


_OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "setpaid", "setnopay", "setcanceled", "setfraud", "edit", "delete", "spend"]),
        st.integers(1, 4),
        st.decimals("0.01", "500", places=2),
        st.sampled_from(["1", "2", "4", "6", "9"]),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(operations=_OPERATIONS)
def test_the_books_always_agree(make_world: Any, operations: list[tuple[str, int, Decimal, str]]) -> None:
    """Whatever is asked, the balance is what stands credited less what was spent, as the ledger's events add up."""
    world = make_world()
    spent = Decimal(0)
    for verb, payment, amount, status in operations:
        if verb == "create":
            world.create(amount=amount)
        elif verb == "edit":
            world.call("payment.edit", elid=payment, sok="ok", subaccountamount=amount, status=status)
        elif verb != "spend":
            world.call(f"payment.{verb}", elid=payment)
        elif (free := world.simulator.credited(payment)) and not world.simulator.payment(payment).used_amount:
            world.simulator.spend(payment, min(free, amount))
            spent += min(free, amount)
        standing = {row.id: world.simulator.credited(row.id) for row in world.simulator.payments()}
        by_event: dict[int, Decimal] = {}
        for event in world.simulator.credits:
            by_event[event.payment_id] = by_event.get(event.payment_id, Decimal(0)) + event.amount
        assert {key: value for key, value in by_event.items() if value} == {k: v for k, v in standing.items() if v}
        assert world.simulator.balance(world.subaccount) == sum(standing.values()) - spent
    world.http.close()
