"""Installations that call things otherwise, and the description that tells what they call them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime

from billmanager_1c.testing.billmanager import Installation


def described(world, func, **params):
    """Return the answer to ``out=devel`` as a tree."""
    return ET.fromstring(world.raw(func, out="devel", **params).content)


def test_a_list_is_described_by_its_columns_and_buttons(make_world):
    """Columns have headings in the language of the call; buttons are those that the employee may press."""
    world = make_world()
    world.simulator.change_employee("1c", denied={"payment.delete"}, extra={"payment.refund"})
    doc = described(world, "profile")
    assert {"id", "name", "account", "status"} <= {col.get("name") for col in doc.iterfind("metadata/coldata/col")}
    assert doc.find("messages/msg[@name='status']").text == "Status"
    buttons = [each.get("func") for each in described(world, "payment").iterfind("metadata/toolbar/toolgrp/toolbtn")]
    assert "payment.setpaid" in buttons and "payment.refund" in buttons
    assert "payment.delete" not in buttons and "payment.setfraud" not in buttons


def test_forms_and_filters_are_described_by_their_fields(make_world):
    """A field has a name and a text beside it, also where the installation calls it otherwise."""
    world = make_world(Installation(inn_field="taxid"))
    form = described(world, "profile.edit", elid=world.payer, lang="ru")
    assert form.find("metadata/form/field[@name='taxid']") is not None
    assert form.find("messages/msg[@name='taxid']").text == "ИНН"
    assert described(world, "payment.filter").find("metadata/form/field[@name='sender_id']") is not None


def test_a_description_may_be_refused_or_left_out(make_world):
    """Then the plain form still works."""
    refused = make_world(Installation(devel="refused"))
    assert described(refused, "payment").find("error").get("type") == "access"
    assert "elem" in refused.call("profile")
    assert described(make_world(Installation(devel="plain")), "payment").find("metadata") is None


def test_other_names_are_heard_and_spoken_everywhere(make_world):
    """A field that is called otherwise is shown, filtered and written under that name, and under no other."""
    names = {
        "payment.edit": {"info": "comment"},
        "subaccount": {"account_id": "client_id"},
        "profile": {"account_id": "client"},
        "payment.add.pay": {"customer_account": "client"},
    }
    world = make_world(Installation(names=names))
    row = world.call("subaccount", filter="on", client_id=world.account)["elem"][0]
    assert "client_id" in row and "account_id" not in row
    assert len(world.call("subaccount", filter="on", client_id=999).get("elem", [])) == 0
    assert len(world.call("profile", filter="on", account_id=999)["elem"]) == 1, "an unknown field limits nothing"
    params = world.creation()
    params["client"] = params.pop("customer_account")
    payment = world.call("payment.add.pay", **params)["payment_id"]["$"]
    world.call("payment.edit", elid=payment, sok="ok", comment="ours", info="lost")
    assert world.call("payment.edit", elid=payment)["comment"]["$"] == "ours"
    assert world.simulator.payment(int(payment)).info == "ours"


def test_a_field_may_not_be_there_at_all(make_world):
    """An empty name takes it away."""
    world = make_world(Installation(names={"payment.edit": {"info": ""}}))
    payment = world.call("payment.add.pay", **world.creation())["payment_id"]["$"]
    world.call("payment.edit", elid=payment, sok="ok", info="lost")
    assert "info" not in world.call("payment.edit", elid=payment)
    assert world.simulator.payment(int(payment)).info == ""


def test_a_wizard_saves_only_at_its_last_button(make_world):
    """Without it the form comes back and nothing is made."""
    world = make_world(Installation(create_function="payment.add", create_button="finish"))
    assert "ok" not in world.call("payment.add", **world.creation())
    assert "ok" in world.call("payment.add", **world.creation(clicked_button="finish"))


def test_answers_carry_the_time_of_the_server(make_world):
    """As every web server does."""
    world = make_world()
    assert parsedate_to_datetime(world.raw("whoami").headers["date"]) == world.clock.time
