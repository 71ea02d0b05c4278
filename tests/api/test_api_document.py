"""The reader of documents bears every shape that a BILLmanager gives a value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.api import Document
from billmanager_1c.errors import BadReply
from billmanager_1c.models import Money

ZONE = ZoneInfo("Asia/Vladivostok")


def document(**children):
    """Return a document with these children."""
    return Document(children, function="payment.edit", zone=ZONE)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({"$": "v"}, "v"),
        ("v", "v"),
        ({}, ""),
        (None, ""),
        ([], ""),
        ({"$orig": "1"}, ""),
        ([{}, {"$": "v"}, {"$": "w"}], "v"),
        ({"$": "\ud800v"}, "?v"),
        (True, "on"),
    ],
)
def test_text(node, text):
    """Text is found in an object, a plain string, the first of several; an empty element has none."""
    assert document(a=node).text("a") == text
    document(a=node).text("a").encode()


def test_absent_is_not_empty():
    """A field that was not shown is told from one that is empty."""
    assert document(a={}).shown_text("a") == ""
    assert document().shown_text("a") is None


def test_raw_values_win_over_their_translation():
    """A localised value is never compared: what stands beside it is."""
    status = {"$color": "green", "$orig": "4", "$": "Зачислен"}
    assert document(status=status).code("status") == "4"
    assert document(status=status).text("status") == "Зачислен"
    assert document(status=status).integer("status") == 4
    assert document(status="1_postpaid").integer("status") == 1


@pytest.mark.parametrize(("rows", "count"), [(None, 0), ({}, 0), ([], 0), ({"id": "1"}, 1), ([{"id": "1"}], 1)])
def test_rows(rows, count):
    """One row may come as an object, and none as nothing."""
    assert len(document(elem=rows).rows()) == count
    assert document().rows() == ()


@pytest.mark.parametrize(
    ("node", "ids"),
    [
        ("1,2,3", {1, 2, 3}),
        ("1, 2", {1, 2}),
        ([{"$": "1"}, {"$": "2"}], {1, 2}),
        ("null", set()),
        ({}, set()),
        ({"$orig": "5", "$": "ООО «Рога»"}, {5}),
    ],
)
def test_lists_of_ids(node, ids):
    """Several ids come as a comma list or as several children; null is none."""
    fields = document(company=node)
    assert fields.links("company") == ids
    fields.check()


@pytest.mark.parametrize(("node", "id"), [("5", 5), ("0", None), ("null", None), ({}, None), (None, None)])
def test_links(node, id):
    """No other object is said in four ways."""
    assert document(sender=node).link("sender") == id


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-07", dt.datetime(2024, 5, 7, tzinfo=ZONE)),
        ("2024-05-07 15:07:22", dt.datetime(2024, 5, 7, 15, 7, 22, tzinfo=ZONE)),
        ("2024-05-07 15:07", dt.datetime(2024, 5, 7, 15, 7, tzinfo=ZONE)),
        ("0000-00-00", None),
        ("0000-00-00 00:00:00", None),
        ("", None),
    ],
)
def test_dates(text, moment):
    """A date is BILLmanager's wall clock in its zone; no date is said in several ways."""
    fields = document(paydate={"$": text})
    assert fields.moment("paydate") == moment
    assert fields.day("paydate") == (moment and moment.date())
    fields.check()


def test_a_date_that_came_twice():
    """Of a column that occurs twice, the form that can be read is taken."""
    fields = document(createdate=[{"$": "7 мая 2024 г."}, {"$": "2024-05-07"}])
    assert fields.day("createdate") == dt.date(2024, 5, 7)
    fields.check()


def test_money():
    """An amount may have a unit; it never passes through float."""
    assert document(a="10.10 RUB").money("a") == Money(Decimal("10.10"), "RUB")
    assert document(a="5.00 $").amount("a") == Decimal("5.00")
    assert document(a="-5.00").shown_amount("a") == Decimal("-5.00")
    assert document(a={}).shown_amount("a") is None
    assert document(a="a lot").shown_money("a") is None


def test_everything_wrong_is_told_at_once():
    """What is missing and what is wrong is collected with the way to it."""
    fields = Document(
        {"elem": [{"id": {}}, {"id": "2", "sum": "1,5", "day": "7.5.2024", "ids": "1,b"}]}, function="payment"
    )
    for row in fields.rows():
        row.integer("id")
        row.money("sum")
        row.day("day")
        row.links("ids")
    with pytest.raises(BadReply, match=r"^payment: .* and 4 more") as caught:
        fields.check()
    assert caught.value.paths == (
        "required field missing @ $.elem[0].id",
        "required field missing @ $.elem[0].sum",
        "not an amount @ $.elem[1].sum",
        "not a date @ $.elem[1].day",
        "not a list of ids @ $.elem[1].ids",
    )


def test_a_broken_list_does_not_fill_the_memory():
    """Of thousands of broken rows the first twenty are told."""
    fields = Document({"elem": [{}] * 5000})
    for row in fields.rows():
        row.integer("id")
    with pytest.raises(BadReply) as caught:
        fields.check()
    assert len(caught.value.paths) == 20


def test_nothing_shows():
    """A document shows where it is and nothing of what it holds: an answer may echo a session."""
    assert repr(Document({"tparams": {"auth": "s3ss10n"}}, function="x")) == "Document($ of x)"


@pytest.mark.property
@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_amounts_are_exact(amount):
    """Every amount is read to the kopeck, however large."""
    assert document(a=f"{amount:f} RUB").amount("a") == amount


@pytest.mark.property
@given(st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1)), st.times())
def test_wall_clock_is_kept(day, time):
    """The hour that BILLmanager shows is the hour that is read."""
    shown = dt.datetime.combine(day, time.replace(microsecond=0))
    read = document(paydate=f"{shown:%Y-%m-%d %H:%M:%S}").moment("paydate")
    assert read.replace(tzinfo=None) == shown and read.tzinfo is ZONE
