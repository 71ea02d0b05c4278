"""Formats, log-ins and errors: billmanager-api.md §8, points 1 to 9 and 13."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from billmanager_1c.testing.billmanager import Installation


def test_get_post_and_multipart_are_equal(world: Any) -> None:
    """A function does the same whether its parameters come in the query, a form or a multipart body (point 1)."""
    params = {"func": "currency", "out": "json", "authinfo": f"1c:{world.simulator.employees['1c'].password}"}
    posted = world.http.post(world.simulator.url, data=params).json()["doc"]["elem"]
    assert world.http.get(world.simulator.url, params=params).json()["doc"]["elem"] == posted
    multipart = {name: (None, value.encode()) for name, value in params.items()}
    assert world.http.post(world.simulator.url, files=multipart).json()["doc"]["elem"] == posted


def test_a_get_writes(world: Any) -> None:
    """A GET writes as well as a POST does (§1.1)."""
    payment = world.create()
    world.raw("payment.setpaid", method="GET", elid=payment)
    assert world.simulator.credited(payment) > 0


def test_answers_are_json_with_escaped_slashes_and_text_everywhere(world: Any) -> None:
    """Status 200, application/json, every value a string, empty is {}, a slash is written with a backslash (5 to 7)."""
    response = world.raw("payment.edit", elid=world.create())
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    assert "\\/billmgr" in response.text and not re.search(r"[^\\]/", response.text)
    doc = response.json()["doc"]
    assert doc["documentnumber"] == {}
    assert doc["number"] == {"$": "1"}
    leaves: list[object] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            leaves.append(value)

    walk(doc)
    assert all(isinstance(leaf, str) for leaf in leaves)


def test_rows_are_an_array_even_alone_and_absent_without_rows(world: Any) -> None:
    """`elem` is an array also of one row, and is absent when there is none (7)."""
    assert "elem" not in world.call("payment", filter="off")
    world.create()
    assert isinstance(world.call("payment", filter="off")["elem"], list)


def test_parameters_come_back_without_the_log_in_but_with_the_session(world: Any) -> None:
    """`tparams` echoes the request: never authinfo, but the session id (6, §1.6)."""
    session = world.call("auth", authinfo=None, username="1c", password="a:b&c пароль")["auth"]["$id"]
    doc = world.call("whoami", authinfo=None, auth=session)
    assert doc["tparams"]["auth"] == {"$": session}
    doc = world.call("whoami")
    assert "authinfo" not in doc["tparams"] and "пароль" not in json.dumps(doc, ensure_ascii=False)


def test_without_a_format_the_answer_is_a_page(world: Any) -> None:
    """Without `out=` the answer is HTML, and the function is carried out all the same (§1.5)."""
    payment = world.create()
    response = world.raw("payment.setpaid", out=None, elid=payment)
    assert response.headers["content-type"].startswith("text/html")
    assert world.simulator.credited(payment) > 0


def test_xml_says_the_same(world: Any) -> None:
    """`out=xml` gives the document as XML (§1.5)."""
    response = world.raw("payment", out="xml", filter="off", p_cnt=10)
    assert response.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<doc lang="en" func="payment"')
    assert "<p_elems>0</p_elems>" in response.text


def test_who_am_i(world: Any) -> None:
    """`whoami` tells the user's own id, name and level, and the version (13)."""
    doc = world.call("whoami")
    assert doc["user"]["$id"] == "1" and doc["user"]["$name"] == "1c" and doc["user"]["$level"] == "29"
    assert doc["mgr"]["$version"].startswith("6.")


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"authinfo": "1c:wrong"}, ("auth", "badpassword")),
        ({"authinfo": "nobody:x"}, ("auth", "badpassword")),
        ({"authinfo": None}, ("auth", "")),
        ({"authinfo": None, "auth": "0" * 24}, ("access", "")),
        ({"su": "nobody"}, ("missed", "user")),
    ],
)
def test_log_ins_that_fail(world: Any, params: dict[str, object], error: tuple[str, str]) -> None:
    """A bad log-in is auth/badpassword; a dead or unknown session is access (9)."""
    assert world.error("whoami", **params) == error


def test_an_address_that_is_not_allowed(world: Any) -> None:
    """An employee limited to addresses is refused from others: auth/badip (9)."""
    world.simulator.change_employee("1c", allowed_ips=["10.0.0.1"])
    assert world.error("whoami") == ("auth", "badip")
    with world.simulator.serve() as url:
        world.simulator.change_employee("1c", allowed_ips=["127.0.0.1"])
        data = {"func": "whoami", "out": "json", "authinfo": "1c:a:b&c пароль"}
        assert "user" in httpx.post(url, data=data, trust_env=False).json()["doc"]


def test_a_session_lives_an_hour_since_its_last_call(world: Any) -> None:
    """A session dies an hour after its last call; each call prolongs it; `logon` ends it (3, 4)."""
    auth = world.call("auth", authinfo=None, username="1c", password="a:b&c пароль")["auth"]
    assert re.fullmatch("[0-9a-f]{24}", auth["$id"]) and auth["$"] == auth["$id"] and auth["$level"] == "29"
    for _ in range(3):
        world.clock.pass_(3500)
        assert "ok" in world.call("keepalive", authinfo=None, auth=auth["$id"])
    world.http.cookies.set("billmgrses5", auth["$id"])
    assert "user" in world.call("whoami", authinfo=None)
    world.http.cookies.clear()
    world.clock.pass_(3601)
    assert world.error("whoami", authinfo=None, auth=auth["$id"])[0] == "access"
    auth = world.call("auth", authinfo=None, username="1c", password="a:b&c пароль")["auth"]
    assert "ok" in world.call("logon", authinfo=None, auth=auth["$id"], sok="ok")
    assert world.error("whoami", authinfo=None, auth=auth["$id"])[0] == "access"


def test_captcha_and_second_factor(world: Any) -> None:
    """A captcha fails `func=auth`; a second factor answers every other function with the way to it (30)."""
    world.simulator.change_employee("1c", captcha=True)
    log_in = {"authinfo": None, "username": "1c", "password": "a:b&c пароль"}
    assert world.error("auth", **log_in) == ("captcha_verification_failed", "")
    world.simulator.change_employee("1c", captcha=False, two_factor=True)
    session = world.call("auth", **log_in)["auth"]["$id"]
    doc = world.call("payment.delete", authinfo=None, auth=session, elid=1)
    assert doc["ok"] == {"$": "func=totp.confirm"}


def test_a_function_without_a_right_and_one_that_does_not_exist(world: Any) -> None:
    """No right: type access, and the value names the function; so does an unknown function (9)."""
    world.simulator.change_employee("1c", denied=["payment.setpaid"])
    payment = world.create()
    error = world.call("payment.setpaid", elid=payment)["error"]
    assert error["$type"] == "access" and error["param"] == {"$name": "value", "$": "payment.setpaid"}
    assert world.simulator.credited(payment) == 0
    assert world.error("no.such.function") == ("access", "")


def test_an_error_says_type_object_and_value(world: Any) -> None:
    """An error has type, object, language, message, and parameters: an array only if there are several (8)."""
    error = world.call("payment.edit", elid=77, lang="ru")["error"]
    assert (error["$type"], error["$object"], error["$lang"]) == ("missed", "payment", "ru")
    assert [param["$name"] for param in error["param"]] == ["object", "value"]
    assert error["msg"]["$"]


def test_doubts_are_settled_by_the_installation(make_world: Any) -> None:
    """What nobody outside knows for sure is chosen by the installation."""
    world = make_world(Installation(dead_session="auth", unknown_function="missed", subaccount_function="account.sub"))
    assert world.error("whoami", authinfo=None, auth="x" * 24) == ("auth", "")
    assert world.error("no.such.function")[0] == "missed"
    assert world.call("account.sub")["elem"] and world.error("subaccount")[0] == "missed"


def test_only_the_manager_is_served(world: Any) -> None:
    """Another path is 404, as a wrong address would be."""
    assert world.http.get("https://billmanager.test/").status_code == 404
    assert world.http.put(world.simulator.url).status_code == 405


def test_the_log_of_requests_keeps_no_secret(world: Any) -> None:
    """The log tells method, function and parameters, and holds no password and no session."""
    world.call("auth", authinfo=None, username="1c", password="a:b&c пароль")
    world.create()
    log = world.simulator.requests
    assert [(entry.method, entry.func, entry.writes) for entry in log] == [
        ("POST", "auth", False),
        ("POST", "payment.add.pay", True),
    ]
    assert "пароль" not in repr(log)
    assert world.simulator.writes == 1
