"""Answers of other shapes than the simulator's: what the reference pages leave open makes no difference."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import httpx
import pytest
from stages import FIRST_DAY, Stage, add_one, make_world

from billmanager_1c.engine import EngineEvent
from billmanager_1c.errors import FieldsDropped
from billmanager_1c.models import PaymentId, PaymentStatus
from billmanager_1c.testing import Fault
from billmanager_1c.testing.ready import settings_for

BANK = "Оплата банковской картой"

Bend: TypeAlias = Callable[[dict[str, str], dict[str, Any]], None]
"""Changes the document of an answer, given the parameters of the call."""


@pytest.fixture
def bent() -> Iterator[Callable[[Bend], Stage]]:
    """Make a stage on which every answer of BILLmanager is changed on its way."""
    with ExitStack() as stack:

        def make(bend: Bend) -> Stage:
            stage = Stage(make_world(clients=12, documents=18), stack)

            def handle(request: httpx.Request) -> httpx.Response:
                params = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
                answer = stage.bill.handle(request)
                body = json.loads(answer.content)
                bend(params, body["doc"])
                return httpx.Response(answer.status_code, json=body)

            settings = settings_for(stage.bill, stage.onec)
            stage.client = stack.enter_context(settings.billmanager(transport=httpx.MockTransport(handle)))
            stage.begin_anew()
            return stage

        yield make


def _nothing_bent(params: dict[str, str], doc: dict[str, Any]) -> None:
    """Leave the answer as it is."""


def _form_without(func: str, *names: str) -> Bend:
    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if params["func"] == func and "sok" not in params:
            for name in names:
                doc.pop(name, None)

    return bend


def _rows_without(func: str, *names: str) -> Bend:
    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        for row in doc.get("elem", ()) if params["func"] == func else ():
            for name in names:
                row.pop(name, None)

    return bend


def _no_totals(params: dict[str, str], doc: dict[str, Any]) -> None:
    for name in ("p_elems", "p_cnt", "p_num", "tparams"):
        doc.pop(name, None)


def _id_in_the_redirect(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"] == "payment.add.pay" and "ok" in doc:
        doc.pop("id")
        doc["ok"] = {"$type": "url", "$": f"/mancgi/payment?elid={doc.pop('payment_id')['$']}"}


def _only_an_id(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"] == "payment.add.pay" and doc.pop("ok", None) is not None:
        doc["id"] = {"$": doc.pop("payment_id")["$"]}


def _translated_status(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"] == "payment.edit" and "sok" not in params:
        doc["status"] = {"$orig": doc["status"]["$"], "$": "Зачислен", "$color": "green"}


def _arrays(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"].endswith(".edit") and "sok" not in params:
        doc.update({name: [node] for name, node in doc.items() if isinstance(node, dict) and "$" in node})


def _apart(text: str) -> str:
    """Set the thousands of an amount apart, and its unit, by spaces that do not break."""
    amount, _, unit = text.partition(" ")
    return f"{Decimal(amount):,}".replace(",", "\u202f") + (f"\u00a0{unit}" if unit else "")


def _thousands_apart(params: dict[str, str], doc: dict[str, Any]) -> None:
    if "sok" in params:
        return
    for fields in [doc, *doc.get("elem", ())]:
        for name in ("subaccountamount", "paymethodamount", "maxamount", "subaccountamount_iso", "balance"):
            if fields.get(name, {}).get("$"):
                fields[name]["$"] = _apart(fields[name]["$"])


def _no_number(params: dict[str, str], doc: dict[str, Any]) -> None:
    for row in doc.get("elem", ()) if params["func"] == "payment" else ():
        row["subaccountamount_iso"]["$"] = "1.000,00 RUB"


def _subaccount_of_nobody(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"] == "subaccount" and "id" not in params:
        doc["elem"].append({**doc["elem"][0], "id": {"$": "999"}, "account_id": {}, "account": {}})
        doc["p_elems"]["$"] = str(int(doc["p_elems"]["$"]) + 1)


def _fresh_is_initiated(params: dict[str, str], doc: dict[str, Any]) -> None:
    for fields in [doc, *doc.get("elem", ())]:
        for name in ("status", "real_status") if params["func"] in ("payment", "payment.edit") else ():
            if fields.get(name, {}).get("$orig", fields.get(name, {}).get("$")) == "1":
                fields[name] = {"$": "8"}


def _unit_in_the_form(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"] == "payment.edit" and "sok" not in params:
        doc["subaccountamount"]["$"] += " RUB"


_SHAPES: dict[str, Bend] = {
    "method form without names": _form_without("paymethod.edit", "name", "name_ru"),
    "method form without limits": _form_without(
        "paymethod.edit", "minamount", "maxamount", "commissionamount", "commissionpercent", "profiletype", "module"
    ),
    "company form without a name": _form_without("company.edit", "name", "person"),
    "payer form without a name": _form_without("profile.edit", "name", "person"),
    "payer form without status": _form_without("profile.edit", "account", "account_id", "status", "person"),
    "payer rows without client": _rows_without("profile", "account", "account_id", "profiletype"),
    "payment form without mark and number": _form_without("payment.edit", "info", "randomnumber", "number"),
    "payment form without links": _form_without("payment.edit", "sender", "recipient", "paymethod", "subaccount"),
    "payment rows without names": _rows_without(
        "payment", "account_name", "project", "recipient_name", "sender_id", "paymethod_name", "real_status"
    ),
    "payment rows without days": _rows_without("payment", "create_date", "createdate", "pay_date", "paydate"),
    "subaccount rows without status": _rows_without("subaccount", "status", "balance"),
    "lists without totals, no echo": _no_totals,
    "id in the redirect": _id_in_the_redirect,
    "only an id": _only_an_id,
    "translated status": _translated_status,
    "array for each field": _arrays,
    "amount with its unit": _unit_in_the_form,
    "thousands set apart": _thousands_apart,
    "subaccount of nobody": _subaccount_of_nobody,
    "fresh payment is initiated": _fresh_is_initiated,
}


@pytest.mark.parametrize("shape", _SHAPES)
def test_shape_makes_no_difference(bent: Callable[[Bend], Stage], shape: str) -> None:
    """Everything is exported, to the kopeck, and the second run finds nothing to do."""
    stage = bent(_SHAPES[shape])
    stage.engine.load_accounts()
    report = stage.engine.export_payments()
    assert report.problems == ()
    assert report.counts["exported"] == stage.world.exportable
    assert stage.is_exact()
    writes = sum(request.writes for request in stage.bill.requests)
    stage.engine.export_payments()
    assert sum(request.writes for request in stage.bill.requests) == writes


def test_order_of_methods_stands_in_the_list_alone(bent: Callable[[Bend], Stage]) -> None:
    """Of two methods that fit, the smaller order priority decides, though only the list shows it."""
    stage = bent(_form_without("paymethod.edit", "orderpriority"))
    ref, _ = add_one(stage)
    methods = stage.bill.tables.methods.rows
    first = min(one.id for one in methods.values() if BANK in one.name_ru)
    twin = methods[first]
    better = stage.bill.add_method(
        twin.name,
        name_ru=twin.name_ru,
        companies=twin.company_ids,
        providers=twin.provider_ids,
        currency=twin.currency_id,
        order_priority=1,
    )
    stage.bill.change_method(first, order_priority=2)
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert outcome.payment_id is not None
    assert stage.bill.payment(outcome.payment_id).method_id == better


def test_twin_whose_row_shows_no_amount(bent: Callable[[Bend], Stage]) -> None:
    """A payment typed in by hand is found though the list shows no amount that can be read: its form does."""
    stage = bent(_no_number)
    ref, subaccount = add_one(stage)
    row = next(row for row in stage.bill.subaccounts() if row.id == subaccount)
    methods = stage.bill.tables.methods.rows.values()
    twin, other = (
        stage.bill.person_adds_payment(
            subaccount=subaccount,
            method=next(one.id for one in methods if BANK in one.name_ru and row.provider_id in one.provider_ids),
            amount=Decimal(amount),
            credited=True,
            paid_at=dt.datetime.combine(FIRST_DAY, dt.time(12)),
        )
        for amount in ("500.00", "499.99")
    )
    stage.engine.load_accounts()
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "possible_twin")
    assert f"adopt(ref, {twin})" in outcome.reason
    stage.engine.adopt(ref, twin)
    found = stage.engine.reconcile(FIRST_DAY)
    assert (found.counts["ok"], found.counts["amount_diff"]) == (1, 0)
    assert [(one.payment_id, one.credited) for one in found.lines if one.line_class == "extra_remote"] == [
        (other, Decimal("499.99"))
    ]


def test_lost_answer_while_rows_show_no_amount(bent: Callable[[Bend], Stage]) -> None:
    """What became of a create is found out though neither amount nor number can be seen in the list."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        _no_number(params, doc)
        _form_without("payment.edit", "randomnumber")(params, doc)

    stage = bent(bend)
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.add.pay")
    for _ in range(2):
        stage.engine.export_payments([ref])
    assert [request.func for request in stage.bill.requests].count("payment.add.pay") == 1
    assert len(list(stage.bill.payments())) == 1
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_lost_answer_where_a_fresh_payment_is_initiated(bent: Callable[[Bend], Stage]) -> None:
    """What was made is found by its likeness whichever of its two statuses a fresh payment has here."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        _fresh_is_initiated(params, doc)
        _form_without("payment.edit", "randomnumber")(params, doc)

    stage = bent(bend)
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.add.pay")
    for _ in range(2):
        stage.engine.export_payments([ref])
    assert [request.func for request in stage.bill.requests].count("payment.add.pay") == 1
    assert len(list(stage.bill.payments())) == 1
    assert stage.bill.balance(subaccount) == Decimal("500.00")


def test_known_number_is_answered_by_exists(bent: Callable[[Bend], Stage]) -> None:
    """Whatever BILLmanager calls it, a payment with our number is looked for, and credited once."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if doc.get("error", {}).get("$type") == "payment_payd":
            doc["error"]["$type"] = "exists"
            told.append(doc)

    told: list[dict[str, Any]] = []
    stage = bent(bend)
    ref, subaccount = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.STALE_LISTS, where="payment", times=None)
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.add.pay")
    for _ in range(2):
        stage.engine.export_payments([ref])
    stage.bill.faults.disarm(Fault.STALE_LISTS)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert told
    assert outcome.action == "exported"
    assert len(list(stage.bill.payments())) == 1
    assert stage.bill.balance(subaccount) == Decimal("500.00")


@pytest.mark.parametrize(
    "said", [{"$object": "payment.edit"}, {"$object": "payment"}, {"param": {"$name": "value", "$": "payment.edit"}}]
)
@pytest.mark.parametrize("smaller", [False, True])
def test_spent_money_of_one_client_stops_no_other(
    bent: Callable[[Bend], Stage], said: dict[str, Any], smaller: bool
) -> None:
    """§5: what BILLmanager does not take back waits for a person, also where it is refused as a missing right is."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if "error" in doc and params["func"] == "payment.edit" and "sok" in params:
            doc["error"] = {"$type": "access", "msg": {"$": "No"}, **said}

    stage = bent(bend)
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.payment_id is not None
    stage.bill.spend(first.payment_id)
    if smaller:
        stage.onec.change_document(ref.id, amount=Decimal(100), lines=[(first.contract_id, Decimal(100))])
    else:
        stage.onec.unpost(ref.id)
    report = stage.engine.export_payments()
    refused = {one.ref: one for one in report.outcomes}[ref]
    assert (refused.action, refused.code) == ("quarantined", "rejected" if smaller else "cancel_refused")
    assert report.counts["exported"] == stage.world.exportable


def test_right_to_take_back_that_is_given_later(bent: Callable[[Bend], Stage]) -> None:
    """A credit that a missing right kept is taken back by itself once the right is there."""
    missing: list[Stage] = []

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if missing and params.get("status") == "1":
            missing[0].bill.person_edits_payment(int(params["elid"]), status=PaymentStatus.CREDITED)  # it stands
            doc.pop("ok", None)
            doc["error"] = {"$type": "access", "$object": "payment.edit", "msg": {"$": "No"}}

    stage = bent(bend)
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.payment_id is not None
    stage.onec.unpost(ref.id)
    missing.append(stage)
    assert stage.engine.export_payments([ref]).outcomes[0].code == "cancel_refused"
    missing.clear()
    stage.clock.pass_by(dt.timedelta(hours=1))
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1


@pytest.mark.parametrize("named", [True, False])
def test_payers_of_another_client(bent: Callable[[Bend], Stage], named: bool) -> None:
    """§5 Payer: “never another client's”, whoever's list it is that comes; by its echo, else by the client's name."""
    other: list[tuple[str, Any]] = []
    asked: list[str] = []

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if params["func"] == "profile" and other and params.get("account_id") == asked[0]:
            doc["elem"] = list(other[0][1])
            if not named:
                doc["tparams"]["account_id"] = {"$": other[0][0]}
        elif params["func"] == "profile" and doc.get("elem") and not other:
            other.append((params["account_id"], doc["elem"]))

    stage = bent(bend)
    stage.engine.load_accounts()
    ref, subaccount = add_one(stage)
    asked.append(str(next(row.account_id for row in stage.bill.subaccounts() if row.id == subaccount)))
    stage.engine.export_payments()
    report = stage.engine.export_payments([ref])
    assert other
    assert not report.counts["exported"]
    assert stage.bill.balance(subaccount) == 0


@pytest.mark.parametrize("kept", [" ".join, lambda words: "\n".join(words)[:120]])
def test_text_that_is_kept_in_other_white_space_or_cut(
    bent: Callable[[Bend], Stage], kept: Callable[[list[str]], str]
) -> None:
    """How BILLmanager keeps a text is documented nowhere: white space and a cut end are no dropped fields."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if params["func"] == "payment.edit" and doc.get("description", {}).get("$"):
            doc["description"]["$"] = kept(doc["description"]["$"].split())

    stage = bent(bend)
    stage.engine.load_accounts()
    ref, subaccount = add_one(stage, purpose="Оплата  по счёту\r\n" + "за услуги хостинга " * 20)
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.action == "exported"
    stage.onec.change_document(ref.id, amount=Decimal(600), lines=[(first.contract_id, Decimal(600))])
    assert stage.engine.export_payments([ref]).counts["updated"] == 1
    assert stage.bill.balance(subaccount) == Decimal("600.00")


def test_blanks_around_what_is_shown(bent: Callable[[Bend], Stage]) -> None:
    """Outer blanks of a value mean nothing."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        for row in doc.get("elem", []):
            for cell in row.values():
                if isinstance(cell, dict) and "$" in cell:
                    cell["$"] = f" {cell['$']} "

    stage = bent(bend)
    stage.engine.load_accounts()
    assert stage.engine.export_payments().counts["exported"] == stage.world.exportable
    assert stage.is_exact()


def _nothing_empty(params: dict[str, str], doc: dict[str, Any]) -> None:
    if params["func"] == "payment.edit" and "sok" not in params:
        for name in [name for name, value in doc.items() if value in ({}, "", {"$": ""})]:
            del doc[name]


@pytest.mark.parametrize(
    ("field", "told"),
    [("documentnumber", "document_number"), ("documentdate", "document_date"), ("info", "mark")],
)
def test_field_that_is_empty_was_dropped(bent: Callable[[Bend], Stage], field: str, told: str) -> None:
    """“Fields that BILLmanager dropped in silence stop the run”: a form that shows a field empty says so."""
    stage = bent(_nothing_bent)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.DROPS_FIELDS, fields=(field,), times=None)
    with pytest.raises(FieldsDropped, match=f"dropped {told}[.]"):
        stage.engine.export_payments()
    (first,) = [payment for payment in stage.bill.payments() if payment.credited]
    ref, _ = stage.store.holders([PaymentId(first.id)])[PaymentId(first.id)]
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "rejected")
    stage.bill.faults.disarm(Fault.DROPS_FIELDS)
    stage.clock.pass_by(dt.timedelta(hours=1))
    stage.engine.export_payments()
    assert stage.is_exact()
    ours = [payment for payment in stage.bill.payments() if payment.credited]
    assert all(payment.document_number and payment.document_date and payment.info for payment in ours)


def test_document_without_a_number_lacks_none(bent: Callable[[Bend], Stage]) -> None:
    """What the document has not is not written, and nobody dropped it."""
    stage = bent(_nothing_empty)
    ref, _ = add_one(stage, number="")
    stage.engine.load_accounts()
    report = stage.engine.export_payments([ref])
    assert report.warnings == ()
    assert report.counts["exported"] == 1


def test_mark_that_is_not_shown_is_told_of(bent: Callable[[Bend], Stage]) -> None:
    """Where forms leave empty fields out, a dropped mark is like one never shown: a person is told."""
    stage = bent(_form_without("payment.edit", "info"))
    stage.engine.load_accounts()
    report = stage.engine.export_payments()
    (warning,) = [warning for warning in report.warnings if "shows no mark" in warning]
    assert "never shows it, or he may not write it" in warning
    assert warning.endswith("cannot find its payments. Check the rights on fields with diagnose().")
    assert report.counts["exported"] == stage.world.exportable


def test_payment_that_hides_its_provider_is_not_taken_for_a_lost_one(bent: Callable[[Bend], Stage]) -> None:
    """“With the same subaccount”: where the client has two, and nothing tells which, none is bound by likeness."""

    def bend(params: dict[str, str], doc: dict[str, Any]) -> None:
        if params["func"] == "payment":
            for row in doc.get("elem", []):
                for name in ("account_name", "project"):
                    row.pop(name, None)
        if params["func"] == "payment.edit":
            doc.pop("randomnumber", None)

    stage = bent(bend)
    ref, subaccount = add_one(stage)
    row = next(row for row in stage.bill.subaccounts() if row.id == subaccount)
    provider = max(one.provider_id for one in stage.bill.subaccounts())
    other = stage.bill.add_subaccount(row.account_id, provider=provider)
    stage.engine.load_accounts()
    method = next(
        method.id
        for method in stage.bill.tables.methods.rows.values()
        if {row.provider_id, provider} <= set(method.provider_ids) and "банковской" in method.name_ru
    )
    (payer,) = [one.id for one in stage.bill.tables.payers.rows.values() if one.account_id == row.account_id]

    def lose(event: EngineEvent) -> None:
        if event.operation == "CreatePayment" and event.error and not bills:
            bills.append(
                stage.bill.person_adds_payment(subaccount=other, method=method, amount=Decimal(500), payer=payer)
            )

    bills: list[int] = []
    stage.bill.faults.arm(Fault.TIMEOUT_BEFORE_COMMIT, where="payment.add.pay")
    engine = stage.make_engine(on_event=lose)
    for _ in range(3):
        engine.export_payments([ref])
        stage.clock.pass_by(dt.timedelta(hours=1))
    assert bills
    assert (stage.bill.balance(other), stage.bill.balance(subaccount)) == (0, Decimal("500.00"))
