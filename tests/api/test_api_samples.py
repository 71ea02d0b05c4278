"""The codec reads what real BILLmanagers have answered."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest

from billmanager_1c.api import (
    AnyFunction,
    CreatePayment,
    Dialect,
    EditPayment,
    ListPayments,
    LogIn,
    SessionId,
    SetPaid,
    Whoami,
)
from billmanager_1c.errors import AccessDenied, CaptchaRequired, ForeignAnswer, NotSaved, SessionExpired
from billmanager_1c.models import (
    AccountId,
    CurrencyId,
    Employee,
    Money,
    NewPayment,
    PayerId,
    PaymentChanges,
    PaymentId,
    PaymentMethodId,
    ProviderId,
)

NEW = NewPayment(
    amount=Decimal(10),
    currency_id=CurrencyId(126),
    method_id=PaymentMethodId(1),
    account_id=AccountId(3),
    payer_id=PayerId(5),
    provider_id=ProviderId(2),
    random_number="0kLdZCkqeQV8",
)


@pytest.fixture
def sample(samples, as_json):
    """Return the body of a sample, as JSON."""

    def body(name):
        text = (samples / "billmanager" / name).read_text(encoding="utf-8")
        return text.encode() if name.endswith(".json") else as_json(text.partition("?>")[2] or text)

    return body


def test_payment_add_gives_the_id(read, sample):
    """The answer of a live payment.add has the id three times, and is signed by the wizard."""
    assert read(CreatePayment(NEW), body=sample("pastebin_Y0CAEJf1_payment.add.json")) == 150


def test_id_only_in_a_redirect(read, sample):
    """The first step of a live 6.94 names the new payment only in the address of the gateway."""
    assert read(CreatePayment(NEW), body=sample("trace_payment.add.method_submit_response.xml")) == 7


def test_creation_of_another_is_not_ours(read, sample):
    """A live answer that echoes another random number belongs to another payment."""
    other = CreatePayment(attrs.evolve(NEW, random_number="zzzzzzzzzzzz"))
    with pytest.raises(ForeignAnswer, match="another randomnumber"):
        read(other, body=sample("trace_payment.add.method_submit_response.xml"))


def test_whoami(read, sample):
    """A live whoami names the user, not the employee who stepped into him."""
    assert read(Whoami(), body=sample("trace_whoami_out_xml.xml")) == Employee(
        id=4, name="admin2", level=16, realname="Иван Иванович Иванов", version="6.94.1-2014.04.04_09:25"
    )


def test_payment_list(read, sample):
    """A live list of payments: raw statuses, amounts with units, dates beside their translations."""
    page = read(ListPayments(), body=sample("trace_payment_list_client.xml"))
    assert page.total == len(page.rows) == 6
    by_id = {row.id: row for row in page.rows}
    assert list(by_id) == sorted(by_id, reverse=True)
    newest = page.rows[0]
    assert newest.created_on is not None and newest.created_on.year == 2024
    assert {row.status for row in page.rows} <= {1, 2, 3, 4, 8}
    assert Money(Decimal("10.00"), "RUB") in {row.amount for row in page.rows}


def test_answer_of_a_status_change(read, sample):
    """A live payment.setinpay answers an empty ok, and an echo that is nobody's business."""
    body = sample("trace_payment.setinpay_out_xml.xml")
    dialect = Dialect(credit="payment.setinpay")
    assert read(SetPaid(PaymentId(7)), body=body, dialect=dialect) is None
    with pytest.raises(ForeignAnswer, match="another elid"):
        read(SetPaid(PaymentId(8)), body=body, dialect=dialect)
    with pytest.raises(ForeignAnswer, match="signed"):
        read(SetPaid(PaymentId(7)), body=body)


def test_payment_info_by_name(read, sample):
    """A function without a class of its own: the document reads children that occur once, twice and empty."""
    document = read(AnyFunction("payment.info", {"elid": "7"}), body=sample("trace_payment.info_out_xml.xml"))
    payment = document.child("payment")
    assert payment.link("currency") == 126  # an id, and a node of the same name
    assert payment.link("paymethod") == 1
    assert payment.day("createdate") == dt.date(2024, 5, 7)
    assert payment.moment("createdate") == dt.datetime(2024, 5, 7, 15, 7, 22, tzinfo=ZoneInfo("Europe/Moscow"))
    assert payment.moment("paydate") is None
    assert payment.shown_text("documentnumber") == ""
    assert payment.shown_text("no_such_field") is None
    method = payment.children("paymethod")[1]
    assert method.links("profiletype") == {1, 2, 3}
    document.check()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("trace_check.money.xml", "check.money"),
        ("trace_payment.filter_form.xml", "payment.filter"),
        ("trace_payment.add.profile_form_checkonly.xml", "payment.add.profile"),
    ],
)
def test_forms_open_and_are_no_success(read, sample, name, function):
    """A form is read as a document, and is never taken for something that was saved."""
    body = sample(name)
    assert read(AnyFunction(function), body=body).attribute("func") == function
    edit = EditPayment(PaymentId(7), PaymentChanges(status=1))
    with pytest.raises((NotSaved, ForeignAnswer)):
        read(edit, body=body)
    with pytest.raises(NotSaved):
        read(edit, body=body.replace(function.encode(), b"payment.edit"))


def test_log_in(read, as_json):
    """Older and newer documentation show the session in different places."""
    for xml in (
        "<doc><auth id='s1'/></doc>",
        "<doc><auth id='s1' level='29'>s1</auth></doc>",
        "<doc><auth>s1</auth></doc>",
    ):
        assert read(LogIn("1c", "hush"), body=as_json(xml)).value == "s1"


def test_errors(read, as_json, samples):
    """Errors of test servers and front ends found in public code."""
    session, denied = (samples / "billmanager" / "anore_fixture_errors.xml.txt").read_text().splitlines()
    with pytest.raises(SessionExpired, match="Invalid session"):
        read(Whoami(), body=as_json(session), credentials=SessionId("s1"))
    with pytest.raises(AccessDenied, match="administrator access"):
        read(AnyFunction("payment.info"), body=as_json(denied))
    captcha = (samples / "billmanager" / "zomro_captcha_error.txt").read_text(encoding="utf-8").splitlines()[-1]
    with pytest.raises(CaptchaRequired):
        read(LogIn("1c", "hush"), body=captcha.encode())
