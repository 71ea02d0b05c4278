"""Faults by name: what the client sees, and what BILLmanager did."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.testing import BillManagerSimulator, Fault, FaultInjector

AMOUNT = Decimal("1234.50")


@pytest.fixture(params=["in process", "served"])
def world_both_ways(request: pytest.FixtureRequest, world: Any) -> Iterator[Any]:
    """Return the world over a transport, and once more over a real socket."""
    if request.param == "in process":
        yield world
        return
    with world.simulator.serve() as url, httpx.Client(timeout=0.3, trust_env=False) as client:
        world.http, transport = client, world.http
        world.simulator.url = url
        yield world
        world.http = transport


@pytest.mark.parametrize(
    ("fault", "options", "seen", "credited"),
    [
        (Fault.TIMEOUT_BEFORE_COMMIT, {}, httpx.ReadTimeout, 0),
        (Fault.LOST_ANSWER, {}, httpx.ReadTimeout, AMOUNT),
        (Fault.LATE_COMMIT, {}, httpx.ReadTimeout, 0),
        (Fault.SLOW_ANSWER, {"seconds": 30.0}, httpx.ReadTimeout, AMOUNT),
        (Fault.RESET, {}, (httpx.ReadError, httpx.RemoteProtocolError), 0),
        (Fault.RESET_AFTER_HEADERS, {}, (httpx.ReadError, httpx.RemoteProtocolError), AMOUNT),
        (Fault.RESET_AFTER_HEADERS, {"at": 20, "commit": False}, (httpx.ReadError, httpx.RemoteProtocolError), 0),
        (Fault.DOWN, {}, (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError), 0),
    ],
)
def test_answers_that_never_come(
    world_both_ways: Any, fault: Fault, options: dict[str, Any], seen: Any, credited: Decimal
) -> None:
    """Each sentence of a fault without an answer: the client sees nothing, the ledger tells whether it was done."""
    world = world_both_ways
    world.http.timeout = httpx.Timeout(0.3)
    payment = world.create()
    world.simulator.faults.arm(fault, where="payment.setpaid", **options)
    with pytest.raises(seen):
        world.raw("payment.setpaid", elid=payment)
    assert world.simulator.credited(payment) == credited
    assert world.simulator.faults.hits[fault] == 1 and not world.simulator.faults.armed
    assert "ok" in world.call("payment.setpaid", elid=payment)
    assert [event.amount for event in world.simulator.credits] == [AMOUNT]


@pytest.mark.parametrize(
    ("fault", "options", "status", "credited"),
    [
        (Fault.HTML_200, {}, 200, 0),
        (Fault.HTML_200, {"commit": True}, 200, AMOUNT),
        (Fault.EMPTY_200, {}, 200, AMOUNT),
        (Fault.EMPTY_200, {"commit": False}, 200, 0),
        (Fault.TRUNCATED_JSON, {}, 200, AMOUNT),
        (Fault.TRUNCATED_JSON, {"at": 5}, 200, AMOUNT),
        (Fault.PROXY_502_BEFORE, {}, 502, 0),
        (Fault.PROXY_502_AFTER_COMMIT, {}, 502, AMOUNT),
        (Fault.REDIRECT, {}, 302, 0),
        (Fault.SLOW_DOWN, {"status": 429}, 429, 0),
    ],
)
def test_answers_that_say_nothing(
    world_both_ways: Any, fault: Fault, options: dict[str, Any], status: int, credited: Decimal
) -> None:
    """Each sentence of a fault with another answer: it is no document, the ledger tells whether it was done."""
    world = world_both_ways
    payment = world.create()
    world.simulator.faults.arm(fault, where="payment.setpaid", **options)
    response = world.raw("payment.setpaid", elid=payment)
    assert response.status_code == status
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert world.simulator.credited(payment) == credited


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.LICENCE_ERROR, "license"),
        (Fault.ACCESS_DENIED, "access"),
        (Fault.SLOW_DOWN, "limit"),
    ],
)
def test_refusals(world: Any, fault: Fault, error: str) -> None:
    """A refusal is an error document under status 200, and nothing is done."""
    payment = world.create()
    world.simulator.faults.arm(fault, where="payment.setpaid")
    assert world.error("payment.setpaid", elid=payment)[0] == error
    assert world.simulator.credited(payment) == 0


def test_a_late_commit_lands_later(world: Any) -> None:
    """The request is carried out after the delay on the simulator's clock, at the next sign of life."""
    payment = world.create()
    world.simulator.faults.arm(Fault.LATE_COMMIT, where="payment.setpaid", delay=600.0)
    with pytest.raises(httpx.ReadTimeout):
        world.raw("payment.setpaid", elid=payment)
    world.clock.pass_(599)
    assert world.form(payment)["status"] == "1"
    world.clock.pass_(1)
    assert world.form(payment)["status"] == "4"


def test_a_late_commit_can_be_settled(world: Any) -> None:
    """`settle()` carries out what is late, by the rules of that later moment."""
    payment = world.create()
    world.simulator.faults.arm(Fault.LATE_COMMIT, where="payment.setpaid", times=2)
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            world.raw("payment.setpaid", elid=payment)
    assert world.simulator.settle() == 2
    assert [event.amount for event in world.simulator.credits] == [AMOUNT]
    assert world.simulator.settle() == 0


def test_an_answer_to_somebody_else(world: Any) -> None:
    """The answer given last to another request comes instead of ours; ours is carried out."""
    first, second = world.create(), world.create()
    world.call("payment.edit", elid=first)
    world.call("whoami")
    world.simulator.faults.arm(Fault.FOREIGN_ANSWER, where="payment.edit", of="payment.edit")
    doc = world.call("payment.edit", elid=second)
    assert doc["elid"] == {"$": str(first)} and doc["tparams"]["elid"] == {"$": str(first)}
    world.simulator.faults.arm(Fault.FOREIGN_ANSWER, where="payment.setpaid")
    assert world.call("payment.setpaid", elid=second)["$func"] != "payment.setpaid"
    assert world.simulator.credited(second) == AMOUNT


def test_a_foreign_answer_when_nothing_was_asked_before(world: Any) -> None:
    """Without an earlier answer the foreign one is nobody's."""
    world.simulator.faults.arm(Fault.FOREIGN_ANSWER)
    assert world.call("whoami")["$func"] == "keepalive"


def test_a_proxy_repeats_gets_and_never_posts(world: Any) -> None:
    """A GET is carried out twice behind the client's back, a POST once."""
    world.simulator.faults.arm(Fault.PROXY_REPEATS_GET, times=None)
    world.raw("payment.add.pay", method="POST", **world.creation())
    assert len(list(world.simulator.payments())) == 1
    world.raw("payment.add.pay", method="GET", **world.creation())
    assert len(list(world.simulator.payments())) == 3
    assert world.simulator.faults.hits["proxy_repeats_get"] == 1


def test_a_session_expires_in_the_middle(world: Any) -> None:
    """All sessions end before the request is read: type access, nothing done; a new log-in works."""
    payment = world.create()
    log_in = {"authinfo": None, "username": "1c", "password": "a:b&c пароль"}
    session = world.call("auth", **log_in)["auth"]["$id"]
    world.simulator.faults.arm(Fault.SESSION_EXPIRES)
    assert "ok" in world.call("keepalive")  # authinfo has no session to end
    assert world.error("payment.setpaid", authinfo=None, auth=session, elid=payment)[0] == "access"
    assert world.simulator.credited(payment) == 0
    session = world.call("auth", **log_in)["auth"]["$id"]
    assert "ok" in world.call("payment.setpaid", authinfo=None, auth=session, elid=payment)


def test_captcha_and_second_factor_can_be_armed(world: Any) -> None:
    """The log-in asks for a captcha; a call is answered by the way to the second factor and does nothing."""
    world.simulator.faults.arm(Fault.CAPTCHA)
    log_in = {"authinfo": None, "username": "1c", "password": "a:b&c пароль"}
    assert world.error("auth", **log_in)[0] == "captcha_verification_failed"
    payment = world.create()
    world.simulator.faults.arm(Fault.TWO_FACTOR)
    assert world.call("payment.setpaid", elid=payment)["ok"] == {"$": "func=totp.confirm"}
    assert world.simulator.credited(payment) == 0


def test_the_form_comes_back_instead_of_ok(world: Any) -> None:
    """`sok` is lost: the form comes back, nothing is saved."""
    payment = world.create()
    world.simulator.faults.arm(Fault.FORM_WITHOUT_OK, where="payment.edit")
    doc = world.call("payment.edit", elid=payment, sok="ok", info="mark")
    assert "ok" not in doc and doc["info"] == {}
    world.simulator.faults.arm(Fault.FORM_WITHOUT_OK, where="payment.add.pay")
    assert "id" not in world.call("payment.add.pay", **world.creation())
    assert len(list(world.simulator.payments())) == 1


def test_fields_are_dropped_in_silence(world: Any) -> None:
    """An edit answers ok and has not written some fields."""
    payment = world.create()
    world.simulator.faults.arm(Fault.DROPS_FIELDS, fields=("info",))
    assert "ok" in world.call("payment.edit", elid=payment, sok="ok", info="mark", documentnumber="7")
    assert (world.form(payment)["info"], world.form(payment)["documentnumber"]) == ("", "7")


def test_crediting_resets_the_payment_date(world: Any) -> None:
    """Crediting writes now over the payment date."""
    payment = world.create()
    world.call("payment.edit", elid=payment, sok="ok", paydate="2026-10-30 00:00:00")
    world.simulator.faults.arm(Fault.RESETS_PAYDATE, times=None)
    world.call("payment.setpaid", elid=payment)
    assert world.form(payment)["paydate"] == "2026-11-02 12:00:00"


def test_stale_lists(world: Any) -> None:
    """A list shows how things were a minute ago: deleted rows, old statuses, and no new ones; forms show the truth."""
    first, second = world.create(), world.create()
    world.clock.pass_(61)
    world.call("payment.setpaid", elid=first)
    world.call("payment.delete", elid=second)
    third = world.create()
    world.simulator.faults.arm(Fault.STALE_LISTS, where="payment", times=None)
    rows = world.call("payment", filter="off")["elem"]
    assert [(row["id"]["$"], row["real_status"]["$"]) for row in rows] == [(str(second), "1"), (str(first), "1")]
    assert world.form(first)["status"] == "4"
    world.clock.pass_(61)
    rows = world.call("payment", filter="off")["elem"]
    assert [row["id"]["$"] for row in rows] == [str(third), str(first)]


@pytest.mark.parametrize(("by", "second_page"), [(1, [4, 3]), (-1, [2, 1])])
def test_rows_shift_between_pages(world: Any, by: int, second_page: list[int]) -> None:
    """From the second page on a row is repeated, or skipped."""
    for _ in range(5):
        world.create()
    world.simulator.faults.arm(Fault.ROWS_SHIFT, times=None, by=by)
    pages = [world.call("payment", filter="off", p_cnt=2, p_num=number)["elem"] for number in (1, 2)]
    assert [[int(row["id"]["$"]) for row in page] for page in pages] == [[5, 4], second_page]


def test_a_list_is_cut_and_a_filter_was_left(world: Any) -> None:
    """A list is cut in silence; a filter that a person left holds until it is taken off."""
    payments = [world.create() for _ in range(4)]
    world.simulator.faults.arm(Fault.LIST_CUT)
    doc = world.call("payment", filter="off")
    assert len(doc["elem"]) == 2 and doc["p_elems"] == {"$": "2"}
    world.simulator.faults.arm(Fault.STICKY_FILTER, where="payment", fields={"id": str(payments[0])})
    for _ in range(2):
        assert len(world.call("payment")["elem"]) == 1
    assert len(world.call("payment", filter="off")["elem"]) == 4


# ------------------------------------------------------------------------------------------------------ the injector


def test_where_after_and_times(world: Any) -> None:
    """A fault waits for its function, lets `after` matching requests through, and happens `times` times."""
    faults = world.simulator.faults
    faults.arm("access_denied", where="whoami", after=1, times=2)
    answers = ["error" in world.call(func) for func in ["project", "whoami", "whoami", "project", "whoami", "whoami"]]
    assert answers == [False, False, True, False, True, False]
    faults.arm("access_denied", where=lambda request: request.params.get("elid") == "7", times=None)
    assert "error" in world.call("company", elid=7) and "error" not in world.call("company")
    faults.disarm("lost_answer")
    assert len(faults.armed) == 1
    faults.disarm()
    assert "error" not in world.call("company", elid=7)
    assert faults.hits == {"access_denied": 3}


def test_a_fault_and_its_options_must_exist() -> None:
    """A misspelt fault or option is an error, not a fault that never happens."""
    faults = FaultInjector()
    with pytest.raises(ValueError, match="lost_anwser"):
        faults.arm("lost_anwser")
    with pytest.raises(TypeError, match="delay"):
        faults.arm("lost_answer", delay=3)


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_has_a_name_and_a_sentence(fault: Fault) -> None:
    """A fault is its name, and says in one sentence what happens."""
    assert fault == fault.value == str(fault) == fault.name.lower()
    assert fault.sentence.endswith(".") and fault.number in {None, *range(22, 58), 69}


@given(times=st.integers(1, 5), after=st.integers(0, 5), requests=st.integers(0, 15))
def test_a_fault_happens_as_often_as_it_is_armed(times: int, after: int, requests: int) -> None:
    """Of n matching requests the first `after` pass, then `times` are hit, then none."""
    faults = FaultInjector()
    faults.arm(Fault.RESET, where={"a", "b"}, times=times, after=after)
    hit = []
    for number in range(requests):
        assert faults.fire(Fault.RESET, "c") is None
        hit.append(faults.fire(Fault.RESET, "ab"[number % 2]) is not None)
    assert hit == [after <= number < after + times for number in range(requests)]
    assert faults.hits[Fault.RESET] == sum(hit)


def test_an_async_client_sees_the_same(world: Any) -> None:
    """The simulator is a transport for async clients too, with the same troubles."""
    simulator: BillManagerSimulator = world.simulator
    data = {"func": "whoami", "out": "json", "authinfo": "1c:a:b&c пароль"}

    async def talk() -> None:
        async with httpx.AsyncClient(transport=simulator) as client:
            assert "user" in (await client.post(simulator.url, data=data)).json()["doc"]
            simulator.faults.arm(Fault.LOST_ANSWER)
            with pytest.raises(httpx.ReadTimeout):
                await client.post(simulator.url, data=data)
            simulator.faults.arm(Fault.RESET_AFTER_HEADERS, at=10)
            with pytest.raises(httpx.ReadError):
                await client.post(simulator.url, data=data)

    asyncio.run(talk())
