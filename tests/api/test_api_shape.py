"""What a form or a list is made of, out of a description or out of the bare document."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c import errors
from billmanager_1c.api import Dialect, ReadShape, Reply, decode, encode


def shape(func, body, described=True):
    """Return what is read out of an answer."""
    operation = ReadShape(func, described=described)
    return decode(operation, Reply(body=body), dialect=Dialect(), zone=UTC)


FORM = """<?xml version="1.0" encoding="UTF-8"?>
<doc lang="ru" func="profile.edit">
  <metadata name="profile.edit" type="form"><form>
    <page name="main"><field name="tax"><input type="text" name="inn" readonly="yes"/></field></page>
    <field name="kind"><select name="profiletype"/></field>
    <buttons><button name="ok" type="ok"/></buttons>
  </form></metadata>
  <messages name="profile.edit"><msg name="inn">ИНН</msg></messages>
  <slist name="profiletype"><val key="1">Физ. лицо</val><val key="2">Юр. лицо</val></slist>
  <elid>7</elid><inn>7707083893</inn><profiletype>2</profiletype><hidden/>
  <tparams><func>profile.edit</func></tparams>
</doc>"""


def test_a_described_form_tells_fields_labels_and_choices():
    """Fields come by the names of their controls, also from inside pages; what is shown without one counts too."""
    form = shape("profile.edit", FORM.encode())
    assert form.is_described
    assert list(form.fields) == ["inn", "profiletype", "hidden"]
    assert (form.fields["inn"].label, form.fields["inn"].value, form.fields["inn"].is_read_only) == (
        "ИНН",
        "7707083893",
        True,
    )
    assert form.fields["profiletype"].choices == ("1", "2")


def test_a_form_without_a_description_still_shows_its_names():
    """Where ``out=devel`` is answered with plain data, the names of the data are what there is."""
    body = {"doc": {"elid": {"$": "7"}, "inn": {"$": "7707083893"}, "slist": [{"$name": "kind"}], "tparams": {}}}
    form = shape("profile.edit", json.dumps(body).encode())
    assert not form.is_described
    assert list(form.fields) == ["inn", "kind"]


def test_the_format_is_asked_for_and_nothing_can_be_saved():
    """The request says ``out=devel``; a parameter that saves, or a function that acts, is refused at once."""
    request = encode(ReadShape("payment", {"p_cnt": "1"}), dialect=Dialect(), credentials=None)
    assert dict(parse_qsl(request.body.decode())) == {"func": "payment", "out": "devel", "lang": "ru", "p_cnt": "1"}
    for saving in ("sok", "snext", "clicked_button"):
        with pytest.raises(ValueError, match=saving):
            ReadShape("payment.edit", {saving: "ok"})
    for acting in ("payment.setpaid", "payment.delete", "profile.suspend"):
        with pytest.raises(ValueError, match="may do something"):
            ReadShape(acting)


def test_a_real_list_and_a_real_filter_form_are_understood(samples):
    """The columns, buttons and rows of a list of 6.94, and the fields of its filter."""
    folder = samples / "billmanager"
    listed = shape("payment", (folder / "trace_payment_list_client.xml").read_bytes())
    assert listed.columns["create_date"] == "Дата"
    assert "payment.delete" in listed.functions
    assert listed.total == 6 == len(listed.rows)
    assert listed.rows[0]["status"].isdigit()
    filtered = shape("payment.filter", (folder / "trace_payment.filter_form.xml").read_bytes())
    assert {"sender_id", "paymethod", "createdatestart"} <= filtered.fields.keys()


def test_errors_are_seen_in_xml_too():
    """An error document in XML is the same leaf as in JSON."""
    body = b'<doc func="paramlist"><error type="access"><msg>no right</msg></error></doc>'
    with pytest.raises(errors.AccessDenied):
        shape("paramlist", body)


@pytest.mark.parametrize(
    ("body", "leaf"),
    [
        (b'<!DOCTYPE doc [<!ENTITY a "aaaa">]><doc>&a;</doc>', errors.UnreadableAnswer),
        (b'<?xml version="1.0"?><!DOCTYPE doc SYSTEM "file:///etc/passwd"><doc/>', errors.TruncatedAnswer),
        (b"<doc><metadata>", errors.TruncatedAnswer),
        (b"<html><body>log in</body></html>", errors.HtmlAnswer),
        (b"<doc>" + b"<a>" * 100 + b"</a>" * 100 + b"</doc>", errors.OversizeAnswer),
    ],
)
def test_what_is_no_description_is_told_by_its_leaf(body, leaf):
    """Entities, cut texts, pages and bottomless pits are refused, each by its own leaf."""
    with pytest.raises(leaf):
        shape("payment", body)


@given(st.binary(max_size=200) | st.text(alphabet="<>/doc errmsg&;\"'=!?[]", max_size=120).map(str.encode))
def test_no_text_breaks_the_reader(body):
    """Whatever comes is a shape or one of our exceptions."""
    with contextlib.suppress(errors.BillManager1CError):
        shape("payment", b"<doc>" + body)
