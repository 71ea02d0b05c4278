"""What goes over the wire, and what each thing that comes back becomes."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c import errors
from billmanager_1c.api import (
    AnyFunction,
    AuthInfo,
    Dialect,
    EditPayment,
    ListAccounts,
    ListPayers,
    ListPayments,
    LogIn,
    LogOut,
    ReadPayment,
    Reply,
    SessionId,
    SetPaid,
    Whoami,
    decode,
    encode,
)
from billmanager_1c.models import AccountId, PayerId, PaymentChanges, PaymentId

PAID = SetPaid(PaymentId(7))
OK = {"ok": {}}


def form(operation, credentials=None, language="ru"):
    """Return the fields of the body that an operation becomes."""
    request = encode(operation, dialect=Dialect(), credentials=credentials, language=language)
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


# ------------------------------------------------------------------------------------------------------- encoding


def test_everything_is_in_the_body():
    """Function, format, language, log-in and parameters travel in one form."""
    assert form(PAID, AuthInfo("1c", "p:&+ я")) == {
        "func": "payment.setpaid",
        "out": "json",
        "lang": "ru",
        "elid": "7",
        "sok": "ok",
        "authinfo": "1c:p:&+ я",
    }
    assert form(Whoami(), SessionId("abc"), "en") == {"func": "whoami", "out": "json", "lang": "en", "auth": "abc"}
    assert "authinfo" not in form(LogIn("1c", "hush"))


@pytest.mark.parametrize("name", ["func", "out", "lang", "auth", "authinfo"])
def test_parameters_cannot_take_the_clients_place(name):
    """A parameter that is the client's own is refused, not overridden."""
    with pytest.raises(ValueError, match=name):
        form(AnyFunction("payment.edit", {name: "x"}))


@pytest.mark.property
@given(params=st.dictionaries(st.text(min_size=1).map("x".__add__), st.text()), password=st.text())
def test_any_text_survives_the_form(params, password):
    """Names, values and passwords arrive as they were, whatever characters they have."""
    clean = {
        key.encode(errors="replace").decode(): value.encode(errors="replace").decode() for key, value in params.items()
    }
    sent = form(AnyFunction("any.thing", params), AuthInfo("1c", password))
    expected = {"func": "any.thing", "out": "json", "lang": "ru"}
    assert sent == {**expected, **clean, "authinfo": f"1c:{password.encode(errors='replace').decode()}"}


def test_secrets_do_not_show():
    """No value on the way shows a password or a session."""
    credentials = AuthInfo("1c", "hush-hush")
    request = encode(PAID, dialect=Dialect(), credentials=credentials)
    login = LogIn("1c", "hush-hush")
    values = [credentials, SessionId("hush-hush"), request, login, login.call(Dialect()), Reply(body=b"hush-hush")]
    assert "hush-hush" not in repr(values)


# ------------------------------------------------------------------------------------------------ is it an answer


@pytest.mark.parametrize(
    ("reply", "leaf"),
    [
        ({"body": b""}, errors.EmptyAnswer),
        ({"body": b" \r\n\t"}, errors.EmptyAnswer),
        ({"body": b"\xef\xbb\xbf"}, errors.EmptyAnswer),
        ({"body": b"<!DOCTYPE html><html></html>"}, errors.HtmlAnswer),
        ({"body": b"\n <HTML>"}, errors.HtmlAnswer),
        ({"body": b"\xef\xbb\xbf<html>"}, errors.HtmlAnswer),
        ({"body": b"Just a moment", "content_type": "text/html; charset=utf-8"}, errors.HtmlAnswer),
        ({"body": b'{"doc":{"ok":{}'}, errors.TruncatedAnswer),
        ({"body": b'{"doc":{"ok":{"$":"\xd0'}, errors.TruncatedAnswer),
        ({"body": b"<?xml version='1.0'?><doc><ok/></doc>"}, errors.TruncatedAnswer),
        ({"body": b"<doc><ok/></doc>"}, errors.TruncatedAnswer),
        ({"body": b"[]"}, errors.TruncatedAnswer),
        ({"body": b"null"}, errors.TruncatedAnswer),
        ({"body": b'{"doc":' + b"[" * 100_000}, errors.OversizeAnswer),
        ({"body": b'{"doc":' + b'{"a":' * 80 + b"1" + b"}" * 81}, errors.OversizeAnswer),
        ({"body": b"{}"}, errors.BadReply),
        ({"body": b"Bad Gateway", "status": 502}, errors.ServerFailed),
        ({"body": b"<html>502</html>", "status": 502}, errors.ServerFailed),
        ({"body": b"", "status": 503}, errors.ServerFailed),
        ({"body": b"<html>WAF</html>", "status": 403}, errors.ServerFailed),
        ({"body": b"<html>WAF</html>", "status": 460}, errors.ServerFailed),
        ({"body": b"<html>no</html>", "status": 404}, errors.ServerFailed),
        ({"body": b'{"doc":{"ok":{}}}', "status": 500}, errors.ServerFailed),
        ({"body": b"<html>slow down</html>", "status": 429}, errors.SlowDown),
    ],
)
def test_what_is_no_answer(read, reply, leaf):
    """Each thing that is not an answer has its leaf, whose message names the function."""
    with pytest.raises(errors.BillManager1CError) as caught:
        read(PAID, **reply)
    assert type(caught.value) is leaf
    assert caught.value.message.startswith("payment.setpaid: ")
    assert caught.value.function == "payment.setpaid"
    assert leaf is errors.OversizeAnswer or caught.value.__context__ is None  # a JSONDecodeError holds the body


def test_a_status_is_kept(read):
    """The status of a failure is there for whoever wants to tell a firewall from a restart."""
    with pytest.raises(errors.ServerFailed, match="firewall") as caught:
        read(PAID, body=b"<html>", status=460)
    assert caught.value.status == 460


def test_too_large(read, monkeypatch):
    """A body beyond the limit is not even parsed."""
    monkeypatch.setattr("billmanager_1c.api._codec.BODY_LIMIT", 10)
    with pytest.raises(errors.OversizeAnswer, match="larger"):
        read(PAID, OK)


def test_json_under_a_wrong_content_type_is_an_answer(read):
    """What can be read is read: a proxy's label proves nothing."""
    assert read(PAID, OK, content_type="text/html") is None
    assert read(PAID, body=b'\xef\xbb\xbf{"doc":{"ok":{}}}') is None


def test_numbers_stay_text(read):
    """A number of JSON never passes through float or int, however long it is."""
    document = read(AnyFunction("x"), body=b'{"doc":{"a":1' + b"0" * 9999 + b',"b":{"$":0.10},"c":NaN,"d":true}}')
    assert len(document.text("a")) == 10_000
    assert document.text("b") == "0.10"
    assert document.text("c") == "NaN"
    assert document.active("d", frozenset({"off"}))


# ------------------------------------------------------------------------------------------------------ is it ours


def test_answers_of_others_are_refused(read):
    """An answer signed by another function or about another object is not ours, be it an error or a success."""
    assert read(PAID, {"$func": "payment.setpaid", **OK}) is None
    for foreign in (
        {"$func": "payment.edit", **OK},
        {"$func": "payment", **OK},
        {"tparams": {"func": {"$": "payment.delete"}}, **OK},
        {"$func": "payment.edit", "error": {"$type": "missed"}},
        {"tparams": {"elid": {"$": "8"}}, **OK},
        {"elid": {"$": "8"}, **OK},
        {"$func": "logon", **OK},
    ):
        with pytest.raises(errors.ForeignAnswer, match=r"payment\.setpaid"):
            read(PAID, foreign)


def test_another_page_is_not_ours(read):
    """A list that echoes another page number, or another one's filter, answers another question."""
    for operation, echo in (
        (ListPayments(page=2), {"p_num": {"$": "1"}}),
        (ListPayments(payer_id=PayerId(5)), {"sender_id": {"$": "6"}}),
        (ListPayers(account_id=AccountId(3)), {"account_id": {"$": "4"}}),
    ):
        with pytest.raises(errors.ForeignAnswer):
            read(operation, {"tparams": echo, "elem": []})


def test_log_in_and_out_may_be_signed_by_anyone(read):
    """What BILLmanager opens after a log-in is its own business, and so is who refuses one."""
    assert read(LogIn("1c", "x"), {"$func": "desktop", "auth": {"$id": "s"}}).value == "s"
    assert read(LogOut(), {"$func": "logon"}) is None
    with pytest.raises(errors.BadPassword):
        read(PAID, {"$func": "logon", "error": {"$type": "auth", "$object": "badpassword"}})


def test_wizard_steps_may_sign(read):
    """A function called by name may be answered by a step of it."""
    assert read(AnyFunction("payment.add"), {"$func": "payment.add.method"}).attribute("func") == "payment.add.method"
    with pytest.raises(errors.ForeignAnswer):
        read(AnyFunction("payment.add"), {"$func": "payment.addresses"})


# ---------------------------------------------------------------------------------------------------------- errors


def refusal(read, error, operation=PAID, **options):
    """Return the exception that an error document becomes."""
    with pytest.raises(errors.BillManagerError) as caught:
        read(operation, {"error": error}, **options)
    return caught.value


@pytest.mark.parametrize(
    ("error", "leaf"),
    [
        ({"$type": "auth", "$object": "badpassword"}, errors.BadPassword),
        ({"$type": "auth"}, errors.BadPassword),
        ({"$type": "auth", "$object": "badip"}, errors.AddressNotAllowed),
        ({"$type": "auth", "$object": "ldap"}, errors.LoginFailed),
        ({"$type": "extraconfirm"}, errors.TwoFactorRequired),
        ({"$type": "captcha_verification_failed"}, errors.CaptchaRequired),
        ({"$type": "access", "$object": "payment.setpaid"}, errors.AccessDenied),
        ({"$type": "missed", "$object": "payment"}, errors.ObjectMissing),
        ({"$type": "missed", "$object": "func"}, errors.UnknownFunction),
        ({"$type": "missed", "param": {"$name": "value", "$": "payment.setpaid"}}, errors.UnknownFunction),
        ({"$type": "x", "msg": {"$": "Управляющий модуль не загружен"}}, errors.UnknownFunction),
        ({"$type": "exists"}, errors.ObjectExists),
        ({"$type": "value", "$object": "amount"}, errors.InvalidValue),
        ({"$type": "limit"}, errors.SlowDown),
        ({"$type": "license"}, errors.LicenseProblem),
        ({"$type": "payment_payd"}, errors.PaymentAlreadyMade),
        ({"$type": "msg_error_payment_payd"}, errors.PaymentAlreadyMade),
        ({"$type": "no_paymethod"}, errors.MethodUnavailable),
        ({"$type": "not_available_paymethod"}, errors.MethodUnavailable),
        ({"$type": "blocked"}, errors.RefusedByBillManager),
        ({"$type": "min_email_send_timeout"}, errors.RefusedByBillManager),
        ({}, errors.RefusedByBillManager),
        ({"$code": "3", "$obj": "site"}, errors.ObjectMissing),
        ({"code": "6"}, errors.AccessDenied),
        ({"$code": "1"}, errors.RefusedByBillManager),
        ([{"$type": "value"}, {"$type": "missed"}], errors.InvalidValue),
        ("text", errors.RefusedByBillManager),
    ],
)
def test_error_types(read, error, leaf):
    """Each type of error has its leaf; an unknown one is kept as it came."""
    assert type(refusal(read, error)) is leaf


def test_an_error_keeps_what_it_said(read):
    """The message names the function, says what to do, and ends with BILLmanager's own words."""
    caught = refusal(
        read,
        {
            "$type": "value",
            "$object": "amount",
            "msg": {"$": "Поле «Сумма»\n  имеет недопустимое значение"},
            "param": [{"$name": "object", "$type": "msg", "$": "amount"}, {"$name": "value", "$": "1,5"}],
        },
    )
    assert (caught.function, caught.type, caught.object, caught.value) == ("payment.setpaid", "value", "amount", "1,5")
    assert caught.message == (
        "payment.setpaid: BILLmanager refuses the value of a field; object names the field. "
        "(type 'value', object 'amount', value '1,5') BILLmanager says: Поле «Сумма» имеет недопустимое значение"
    )


def test_an_error_is_an_error_under_any_status_and_shape(read):
    """The error document is looked for before the status, the ok and the document's own frame."""
    body = json.dumps({"error": {"type": "missed", "msg": "нет"}}).encode()
    for status in (200, 403, 500):
        with pytest.raises(errors.ObjectMissing, match="нет"):
            read(PAID, body=body, status=status)
    with pytest.raises(errors.ObjectMissing):
        read(PAID, {"ok": {}, "error": {"$type": "missed"}})


def test_a_session_makes_the_difference(read):
    """Not authorised: a wrong password where one was sent, a dead session where none was."""
    assert type(refusal(read, {"$type": "auth"}, credentials=SessionId("s"))) is errors.SessionExpired
    assert type(refusal(read, {"$type": "access"}, credentials=SessionId("s"))) is errors.AccessDenied


@pytest.mark.parametrize("secret", ["hush&hush", "s3ss10n"])
def test_echoed_secrets_are_taken_out(read, secret):
    """A server that repeats the log-in in its error does not bring it into ours."""
    credentials = AuthInfo("1c", secret) if "&" in secret else SessionId(secret)
    said = f"authinfo=1c:{secret} 1c%3A{secret.replace('&', '%26')}"
    caught = refusal(
        read,
        {"$type": "x", "$object": said, "msg": {"$": said}, "param": {"$name": "value", "$": said}},
        credentials=credentials,
    )
    shown = f"{caught!r} {caught.__dict__}"
    assert "***" in shown
    assert secret not in shown and secret.replace("&", "%26") not in shown


def test_the_way_to_a_second_factor_is_not_a_success(read):
    """Two-factor log-in answers ok; nothing was done."""
    for operation in (PAID, Whoami(), ListAccounts()):
        with pytest.raises(errors.TwoFactorRequired, match="employee without it"):
            read(operation, {"ok": {"$": "func=totp.confirm"}})


def test_a_form_is_not_a_success(read):
    """Without ok nothing was saved, whatever else came."""
    edit = EditPayment(PaymentId(7), PaymentChanges(status=1))
    with pytest.raises(errors.NotSaved, match=r"payment\.edit"):
        read(edit, {"elid": {"$": "7"}, "status": {"$": "1"}, "slist": []})


# ----------------------------------------------------------------------------------------------------------- fuzz

OPERATIONS = [PAID, Whoami(), ReadPayment(PaymentId(7)), ListPayments(), LogIn("1c", "x"), AnyFunction("x")]

nodes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *"$abc",
                    "$type",
                    "$func",
                    "$orig",
                    "error",
                    "ok",
                    "elem",
                    "id",
                    "tparams",
                    "auth",
                    "status",
                    "p_elems",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def attempt(operation, reply):
    """Decode; an error of the tree is as good an answer as any."""
    with contextlib.suppress(errors.BillManager1CError):
        decode(operation, reply, dialect=Dialect(), zone=UTC)


@pytest.mark.property
@given(
    operation=st.sampled_from(OPERATIONS),
    body=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode(errors="replace")),
    status=st.integers(100, 599),
    content_type=st.sampled_from(["", "application/json", "text/html"]),
)
def test_any_bytes(operation, body, status, content_type):
    """Whatever bytes come, the answer is a value or an error of the tree."""
    attempt(operation, Reply(status=status, content_type=content_type, body=body))


@pytest.mark.property
@given(operation=st.sampled_from(OPERATIONS), node=nodes, framed=st.booleans())
def test_any_json(operation, node, framed):
    """Whatever JSON comes, the answer is a value or an error of the tree."""
    attempt(operation, Reply(body=json.dumps({"doc": node} if framed else node).encode()))
