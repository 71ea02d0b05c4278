"""Both clients, by one suite: what is sent, what is sent again, and what never is."""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from billmanager_1c import errors
from billmanager_1c.api import AnyFunction, Dialect, ListAccounts, ListPayments, LogIn, SetPaid, Whoami
from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient
from billmanager_1c.models import PaymentId

URL = "https://billing.example:1500/billmgr"
ME = {"user": {"$id": "12", "$level": "29", "$name": "1c"}}
PAID = SetPaid(PaymentId(7))
REFUSED = {"error": {"$type": "access"}}


def log_in(session):
    """Return the answer to a log-in."""
    return {"auth": {"$id": session, "$level": "29", "$": session}}


def test_a_call(run, script):
    """A call is one POST to the address as it was given, with everything in the body."""
    script.answers = [ME, {"ok": {}}]
    me, nothing = run(Whoami(), PAID, language="en")
    assert (me.id, nothing) == (12, None)
    assert [request.method for request in script.requests] == ["POST", "POST"]
    assert {str(request.url) for request in script.requests} == {URL}
    assert script.forms[1] == {
        "func": "payment.setpaid",
        "out": "json",
        "lang": "en",
        "elid": "7",
        "sok": "ok",
        "authinfo": "1c:hush",
    }
    assert script.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_cookies_are_not_kept(run, script):
    """A session cookie that BILLmanager hands out does not creep into later calls."""
    cookie = httpx.Response(200, json={"doc": ME}, headers={"set-cookie": "billmgrses5=abc; path=/"})
    script.answers = [cookie, ME]
    run(Whoami(), Whoami())
    assert "cookie" not in script.requests[1].headers


def test_a_dialect_is_heeded(run, script):
    """What an installation calls otherwise goes out as it is called there."""
    script.answers = [{"ok": {}}]
    run(PAID, dialect=Dialect(credit="payment.pay"))
    assert script.functions == ["payment.pay"]


# -------------------------------------------------------------------------------------------------------- repeating


TROUBLE = [
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("closed"),
    httpx.Response(502, html="<html>Bad Gateway</html>"),
    httpx.Response(200, html="<html>Please wait</html>"),
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b'{"doc":{"us'),
    {"$func": "payment", "ok": {}},
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_readings_are_tried_again(run, script, trouble):
    """Trouble on the wire passes: a reading is tried again."""
    script.answers = [trouble, trouble, ME]
    assert run(Whoami())[0].id == 12
    assert len(script.requests) == 3


@pytest.mark.parametrize("trouble", TROUBLE)
def test_readings_are_not_tried_forever(run, script, trouble):
    """After so many times the trouble is told."""
    script.answers = [trouble] * 2
    with pytest.raises(errors.WireError):
        run(Whoami(), read_retries=1)
    assert len(script.requests) == 2


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("operation", [PAID, AnyFunction("payment.setnopay", {"elid": "7"})])
def test_writes_are_never_repeated(run, script, trouble, operation):
    """Whatever became of a write, it is sent once, even if nothing left this machine."""
    script.answers = [trouble] * 3
    with pytest.raises(errors.WireError):
        run(operation, read_retries=9)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"$type": "limit"}},
        {"error": {"$type": "missed"}},
        {"error": {"$type": "access"}},
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
    ],
)
def test_a_no_is_a_no(run, script, answer):
    """A refusal is not asked for twice."""
    script.answers = [answer] * 3
    with pytest.raises(errors.BillManager1CError):
        run(Whoami())
    assert len(script.requests) == 1


def test_a_deadline_ends_the_patience(run, script, monkeypatch):
    """Where no time is left for a pause, the reading is not tried again; where none is left at all, nothing is sent."""
    monkeypatch.setattr("billmanager_1c.client._conversation._FIRST_PAUSE", 60.0)
    script.answers = [httpx.ReadError("reset")] * 3
    with pytest.raises(errors.ConnectionLost):
        run(Whoami(), timeout=30.0)
    assert len(script.requests) == 1
    with pytest.raises(errors.DeadlinePassed):
        run(Whoami(), timeout=1e-9)
    assert len(script.requests) == 1


# --------------------------------------------------------------------------------------------------------- sessions


def test_one_log_in_serves_many_calls(run, script):
    """A session is opened when it is first needed, used by all calls, and ended at the end."""
    script.answers = [log_in("s1"), ME, {"ok": {}}, {"ok": {}}]
    run(Whoami(), PAID, auth="session")
    assert script.functions == ["auth", "whoami", "payment.setpaid", "logon"]
    assert script.forms[0] | {"lang": ""} == {
        "func": "auth",
        "out": "json",
        "lang": "",
        "username": "1c",
        "password": "hush",
    }
    assert [form.get("auth") for form in script.forms] == [None, "s1", "s1", "s1"]
    assert all("authinfo" not in form for form in script.forms)


@pytest.mark.parametrize("refusal", [REFUSED, {"error": {"$type": "auth"}}, {"$func": "logon", **REFUSED}])
def test_a_dead_session_is_replaced(run, script, refusal):
    """A session that ended is replaced by one log-in, and the call, even a write, is sent again: nothing was done."""
    script.answers = [log_in("s1"), ME, refusal, log_in("s2"), {"ok": {}}, {"ok": {}}]
    run(Whoami(), PAID, auth="session")
    assert script.functions == ["auth", "whoami", "payment.setpaid", "auth", "payment.setpaid", "logon"]
    assert script.forms[4]["auth"] == "s2"


@pytest.mark.parametrize("refusal", [REFUSED, {"error": {"$type": "auth"}}])
def test_a_second_refusal_is_final(run, script, refusal):
    """A session that is new is not to blame: the right is missing."""
    script.answers = [log_in("s1"), ME, refusal, log_in("s2"), refusal, {"ok": {}}]
    with pytest.raises(errors.AccessDenied, match=r"payment\.setpaid"):
        run(Whoami(), PAID, auth="session")
    assert script.functions == ["auth", "whoami", "payment.setpaid", "auth", "payment.setpaid", "logon"]


def test_a_fresh_session_is_not_to_blame(run, script):
    """A refusal of the very first call is about the right, not about the session."""
    script.answers = [log_in("s1"), REFUSED, {"ok": {}}]
    with pytest.raises(errors.AccessDenied):
        run(PAID, auth="session")
    assert script.functions == ["auth", "payment.setpaid", "logon"]


@pytest.mark.parametrize(
    ("answer", "leaf"),
    [
        ({"error": {"$type": "auth", "$object": "badpassword"}}, errors.BadPassword),
        ({"error": {"$type": "auth", "$object": "badip"}}, errors.AddressNotAllowed),
        ({"error": {"$type": "captcha_verification_failed"}}, errors.CaptchaRequired),
    ],
)
def test_a_failed_log_in(run, script, answer, leaf):
    """Who is not let in is told why, once."""
    script.answers = [answer]
    with pytest.raises(leaf):
        run(PAID, auth="session")
    assert script.functions == ["auth"]


def test_a_lost_log_in_leaves_no_doubt_about_the_write(run, script):
    """A write whose log-in got no answer was not sent, and the error says so."""
    script.answers = [httpx.ReadTimeout("slow")]
    with pytest.raises(errors.NotSent, match="log-in") as caught:
        run(PAID, auth="session", read_retries=0)
    assert caught.value.function == "payment.setpaid"
    assert isinstance(caught.value.__cause__, errors.AnswerTimedOut)


def test_farewells_may_fail(run, script):
    """A session that cannot be ended does not fail the work."""
    script.answers = [log_in("s1"), ME, httpx.ConnectError("gone")]
    assert run(Whoami(), auth="session")[0].id == 12


def test_a_log_in_by_hand(run, script):
    """The operation that logs in carries its own password and no other."""
    script.answers = [log_in("s1"), log_in("s2")]
    assert run(LogIn("other", "secret"))[0].value == "s1"
    assert "authinfo" not in script.forms[0]
    assert run(LogIn("other", "secret"), auth="session")[0].value == "s2"
    assert script.functions == ["auth", "auth"]


def crowd(script):
    """Make the script a server whose session ends after ten calls."""
    calls = {"s1": 10, "s2": 1000}
    opened = []

    def rule(form):
        if form["func"] == "auth":
            opened.append(f"s{len(opened) + 1}")
            return log_in(opened[-1])
        if calls[form["auth"]] == 0:
            return REFUSED
        calls[form["auth"]] -= 1
        return {"ok": {}}

    script.rule = rule
    return opened


def test_threads_share_one_session(script):
    """Thirty threads at once, and a session that dies among them: two log-ins, and each write done once."""
    opened = crowd(script)
    barrier = threading.Barrier(8)
    with BillManagerClient(
        URL, username="1c", password="hush", timezone="UTC", auth="session", transport=httpx.MockTransport(script)
    ) as client:

        def work(number):
            if number < 8:
                barrier.wait()
            client.send(SetPaid(PaymentId(number)))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(30)))
    assert opened == ["s1", "s2"]
    assert len({form["elid"] for form in script.forms if "elid" in form}) == 30


def test_refused_session_is_replaced_once(script):
    """“Session expires mid-batch: one log-in”: whoever was refused too finds the new session, and opens none."""
    opened, both = [], threading.Barrier(2)

    def rule(form):
        if form["func"] == "auth":
            opened.append(f"s{len(opened) + 1}")
            return log_in(opened[-1])
        if form["func"] == "whoami":
            return ME
        return REFUSED if form["auth"] == "s1" else {"ok": {}}

    def refused_together(request):
        answer = script(request)
        if answer.json()["doc"] == REFUSED:
            both.wait(timeout=30)
        return answer

    script.rule = rule
    with BillManagerClient(
        URL,
        username="1c",
        password="hush",
        timezone="UTC",
        auth="session",
        transport=httpx.MockTransport(refused_together),
    ) as client:
        client.send(Whoami())
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda number: client.send(SetPaid(PaymentId(number))), (7, 8)))
    assert opened == ["s1", "s2"]


def test_tasks_share_one_session(script):
    """The same with thirty tasks of one event loop."""
    opened = crowd(script)

    async def work():
        async with AsyncBillManagerClient(
            URL, username="1c", password="hush", timezone="UTC", auth="session", transport=httpx.MockTransport(script)
        ) as client:
            await asyncio.gather(*(client.send(SetPaid(PaymentId(number))) for number in range(30)))

    asyncio.run(work())
    assert opened == ["s1", "s2"]


# ------------------------------------------------------------------------------------------------------------ lists


def test_iterate(run, script):
    """A list is read page by page, as it is consumed, each row once."""

    def rule(form):
        ids = range(1, 8)[(int(form["p_num"]) - 1) * 3 : int(form["p_num"]) * 3]
        return {"elem": [{"id": {"$": str(id)}} for id in ids], "p_elems": {"$": "7"}}

    script.rule = rule
    assert [row.id for row in run(rows=ListAccounts(page_size=3))] == [1, 2, 3, 4, 5, 6, 7]
    assert [form["p_num"] for form in script.forms] == ["1", "2", "3"]


def test_a_failure_in_the_middle_of_a_list(run, script):
    """A list that breaks off raises; it does not just end."""
    script.answers = [
        {"elem": [{"id": {"$": "1"}}], "p_elems": {"$": "2"}},
        {"error": {"$type": "license"}},
    ]
    with pytest.raises(errors.LicenseProblem):
        run(rows=ListAccounts(page_size=1))


# ---------------------------------------------------------------------------------------------------------- closing


def test_a_given_transport_is_not_closed(script):
    """Clients close what they opened; what they were given belongs to somebody else."""

    class Lent(httpx.MockTransport):
        closed = False

        def close(self):
            self.closed = True

        async def aclose(self):
            self.closed = True

    lent = Lent(script)
    options = {"username": "1c", "password": "hush", "timezone": "UTC", "transport": lent}
    script.answers = [ME, ME]
    with BillManagerClient(URL, **options) as client:
        client.send(Whoami())

    async def work():
        async with AsyncBillManagerClient(URL, **options) as client:
            await client.send(Whoami())

    asyncio.run(work())
    assert not lent.closed


# ---------------------------------------------------------------------------------------------------------- secrets

CANARY = "c4n4ry&pässword"


def shown(error):
    """Return all that a report of an exception shows, with the variables of its tracebacks."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    link, more = error, ""
    while link is not None:
        more += repr(link) + repr(vars(link))
        request = getattr(link, "_request", None)
        more += repr(request and (request.read(), request.headers))
        link = link.__cause__ or link.__context__
    return "".join(report.format()) + more


@pytest.mark.parametrize("auth", ["authinfo", "session"])
@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.WriteError("broken pipe"),
        httpx.Response(302, headers={"location": "https://elsewhere.example/?auth=s3ss10n"}),
        httpx.Response(500, text=f"trace: authinfo=1c:{CANARY} auth=s3ss10n"),
        {"error": {"$type": "value", "msg": {"$": f"authinfo=1c:{CANARY}"}, "$object": "s3ss10n"}},
        {"tparams": {"authinfo": {"$": CANARY}, "auth": {"$": "s3ss10n"}, "elid": {"$": "8"}}},
        {"tparams": {"authinfo": {"$": CANARY}, "auth": {"$": "s3ss10n"}}},
    ],
)
def test_secrets_show_nowhere(run, script, caplog, auth, trouble):
    """No log record, exception, traceback or address shows a password or a session, whatever goes wrong."""
    secrets = ["s3ss10n"] if auth == "session" else ["c4n4ry"]
    script.answers = [*([log_in("s3ss10n")] if auth == "session" else []), trouble, {"ok": {}}]
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.BillManager1CError) as caught:
        run(PAID, password=CANARY, auth=auth)
    # The frames of the tests hold password and answers themselves; the library's begin behind them.
    frames = caught.value.__traceback__
    while frames is not None and "/billmanager_1c/" not in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    assert frames is not None
    addresses = " ".join(str(request.url) for request in script.requests)
    text = shown(caught.value.with_traceback(frames)) + caplog.text + addresses
    assert not [secret for secret in secrets if secret in text]
    assert "c4n4ry" not in caplog.text and "whoami" not in caplog.text


def test_reprs(script):
    """A client shows where it goes and as whom, and no password."""
    client = BillManagerClient(
        URL, username="1c", password=CANARY, timezone="UTC", transport=httpx.MockTransport(script)
    )
    assert repr(client) == f"BillManagerClient({URL!r}, username='1c', auth='authinfo')"
    assert CANARY not in repr(vars(client))
    client.close()


def test_both_clients_have_one_face():
    """What one client can do, the other can, by the same name and with the same arguments."""
    import inspect

    def face(kind):
        return {
            name: str(inspect.signature(value)) if callable(value) else ""
            for name, value in inspect.getmembers(kind)
            if not name.startswith("_")
        }

    assert face(BillManagerClient).keys() == face(AsyncBillManagerClient).keys()
    blocking, other = (inspect.signature(kind).parameters for kind in (BillManagerClient, AsyncBillManagerClient))
    assert list(blocking) == list(other)
    assert [each.default for each in blocking.values()] == [each.default for each in other.values()]


def test_payments_are_listed_through_the_client(run, script):
    """A listing sent by itself gives the page, with BILLmanager's own count."""
    script.answers = [{"p_elems": {"$": "0"}}]
    assert run(ListPayments(status=1))[0].total == 0
