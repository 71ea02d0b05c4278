"""Whatever 1C answers becomes values or an exception of ours."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from doors import VERBS, infobase_answers, read_infobase
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import NUMBERS, documents, spoiled

from billmanager_1c import errors
from billmanager_1c.models import PaymentDocument

pytestmark = pytest.mark.property

every_verb = pytest.mark.parametrize("verb", VERBS)
statuses = st.sampled_from([200, 200, 200, 201, 400, 401, 403, 404, 406, 412, 429, 500, 501, 503])
types = st.sampled_from(["application/json;odata=minimalmetadata", "text/html", "application/xml", ""])

ERRORS = [
    '{"odata.error":{"code":"20","message":{"lang":"ru","value":"Нарушение прав"}}}'.encode(),
    '\ufeff{"#exception":"E","exception":{"descr":"HTTP","inner":{"descr":"Работы","inner":{"descr":"x"}}}}'.encode(),
]


@every_verb
@settings(max_examples=40)
@given(data=st.data())
def test_spoiled_answers(verb: str, data: st.DataObject) -> None:
    """A good answer with something wrong in it is read, or refused in our own words; never anything else."""
    good = infobase_answers(verb)
    place = data.draw(st.integers(0, len(good) - 1))
    body = data.draw(spoiled(data.draw(st.sampled_from([good[place], *ERRORS]))))
    read_infobase(verb, body, place=place, status=data.draw(statuses), content_type=data.draw(types))


@every_verb
@settings(max_examples=30)
@given(body=documents() | st.binary(max_size=200), status=statuses, content_type=types, place=st.integers(0, 3))
def test_any_answer(verb: str, body: bytes, status: int, content_type: str, place: int) -> None:
    """So is any JSON, and any bytes."""
    read_infobase(verb, body, place=place, status=status, content_type=content_type)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_costs_more_than_its_own_document(number: str) -> None:
    """A number that is no amount makes that one amount none; the other documents come, and nothing hangs."""
    good = infobase_answers("read")[0]
    begun = time.monotonic()
    found: Any = read_infobase("read", good.replace(b"100.1,", number.encode() + b","))
    assert time.monotonic() - begun < 5
    if number in ("NaN", "Infinity", "-Infinity"):  # no numbers of JSON
        assert isinstance(found, errors.TruncatedAnswer)
        return
    amounts = [each.amount for each in found if isinstance(each, PaymentDocument)]
    assert len(amounts) == 3 and amounts.count(Decimal("100.1")) == 2
    assert all(len(str(amount)) < 80 for amount in amounts)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ха"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<m:error xmlns:m="x"><m:code>-1</m:code><m:message>&b;&b;</m:message></m:error>'
)
FILE = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    '<m:error xmlns:m="x"><m:code>-1</m:code><m:message>&f;</m:message></m:error>'
)


@pytest.mark.parametrize("body", [LAUGHS, FILE], ids=["laughs", "file"])
def test_no_entity_is_expanded(body: str) -> None:
    """An error in XML is quoted as it came: nothing in it is looked up."""
    error = read_infobase("changes", body.encode(), status=500, content_type="application/xml")
    assert isinstance(error, errors.OneCFailed)
    assert "хаха" not in error.message and "root:" not in error.message and ("&b;" in error.message) == (body == LAUGHS)


@pytest.mark.parametrize(
    "body",
    [
        "<code " * 2_000_000,
        "<m:error><m:code>1</m:code>" + "<m:message>" * 1_000_000,
        "1C:Enterprise" + "by reason:" * 1_000_000,
        "<m:error><m:code>1</m:code><m:message>" + "<" * 5_000_000 + "</m:message>",
        '{"odata.error":{"code":"1","message":{"value":"' + "<" * 5_000_000 + '"}}}',
        '{"odata.error":{"code":"' + "1" * 5_000_000 + '","message":{"value":""}}}',
        '{"odata.error":{"code":' + "[" * 60 + "]" * 60 + "}}",
        '{"#exception":1,"exception":' + '{"inner":' * 50 + "1" + "}" * 50 + "}",
    ],
    ids=["code", "message", "reason", "tags", "json tags", "long code", "deep code", "deep exception"],
)
@pytest.mark.parametrize("status", [200, 500])
def test_endless_pages(body: str, status: int) -> None:
    """A page of megabytes is judged by its beginning: at once, and in one readable sentence."""
    begun = time.process_time()
    error = read_infobase("changes", body.encode(), status=status)
    assert isinstance(error, errors.BillManager1CError)
    assert time.process_time() - begun < 5


def test_depth() -> None:
    """What is nested deeper than is ever read is said to be so."""
    for body in (b"[" * 100_000, b'{"value":' + b"[" * 70 + b"]" * 70 + b"}"):
        error = read_infobase("changes", body)
        assert isinstance(error, errors.OversizeAnswer) and "64 levels" in error.message


def test_a_page_that_shows_the_request() -> None:
    """A page of a web server that prints the request's headers does not bring the password into a message."""
    page = (
        '{"odata.error":{"code":"0","message":{"value":"Authorization: Basic 0J7QsdC80LXQvTpodXNoLWh1c2g= hush-hush"}}}'
    )
    error = read_infobase("changes", page.encode(), status=400)
    assert isinstance(error, errors.OneCRefused) and "Authorization" in error.message
    assert "hush" not in error.message and "0J7QsdC80LXQvTpod" not in error.message
