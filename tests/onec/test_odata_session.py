"""Who we are for 1C, the licence that a session holds, and what must never be seen (1c-odata.md §1.2, §1.9)."""

from __future__ import annotations

import base64
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor

import attrs
import httpx
import pytest
from onec_servers import PASSWORD, USERNAME, Server, Upp, collection, make_adapter, raw

from billmanager_1c import errors
from billmanager_1c.models import PaymentDocument
from billmanager_1c.testing import Fault


def test_credentials_are_utf_8(upp: Upp) -> None:
    """A Cyrillic user with a Cyrillic password gets in."""
    server = Server(lambda request: collection([]))
    with make_adapter(server.transport) as onec:
        onec.module_address()
    scheme, _, token = server.requests[0].headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(token).decode("utf-8") == f"{USERNAME}:{PASSWORD}"


def test_a_wrong_password_is_told_at_once(upp: Upp) -> None:
    """One request, one clear sentence."""
    with upp.adapter(password="не тот") as onec, pytest.raises(errors.OneCLoginFailed, match="password"):
        onec.module_address()
    assert len(upp.simulator.requests) == 1


class TestSession:
    """One session for all requests, finished at the end."""

    def test_one_session_is_used_and_finished(self, upp: Upp) -> None:
        """However much is asked, one licence is held, and none after closing."""
        refs = [upp.add() for _ in range(3)]
        with upp.adapter() as onec:
            list(onec.changes(None))
            list(onec.read(refs))
            assert upp.simulator.open_sessions == 1
        assert upp.simulator.started_sessions == 1
        assert upp.simulator.open_sessions == 0

    def test_it_is_finished_after_an_error_too(self, upp: Upp) -> None:
        """An exception in the block frees the licence."""
        with upp.adapter() as onec:
            onec.module_address()
            upp.simulator.deny("Constant_АдресСервераBILLmanager")
            with pytest.raises(errors.OneCAccessDenied):
                onec.module_address()
            assert upp.simulator.open_sessions == 1
        assert upp.simulator.open_sessions == 0

    def test_a_lost_session_is_started_again_once(self, upp: Upp) -> None:
        """The administrator ends all sessions between two requests: nobody notices."""
        ref = upp.add()
        with upp.adapter() as onec:
            list(onec.changes(None))
            upp.simulator.end_sessions()
            (document,) = onec.read([ref])
        assert isinstance(document, PaymentDocument)
        assert upp.simulator.started_sessions == 2
        assert upp.simulator.open_sessions == 0

    @pytest.mark.parametrize("status", [400, 404, 406])
    def test_each_way_of_saying_that_it_is_lost(self, status: int) -> None:
        """400, 404 and 406 without a code of OData; a second refusal is the answer."""

        def answer(request: httpx.Request) -> httpx.Response:
            if "Cookie" in request.headers:
                return raw("<h1>no session</h1>", status, "text/html")
            return raw('{"value": []}', **{"Set-Cookie": "ibsession=abc; path=/upp; HttpOnly"})

        server = Server(answer)
        with make_adapter(server.transport) as onec:
            onec.module_address()
            onec.module_address()
        assert [request.headers.get("IBSession") for request in server.requests] == ["start", None, "start", "finish"]

    def test_a_publication_that_ignores_the_header(self) -> None:
        """No cookie, no goodbye; and the header is not sent in vain again."""
        server = Server(lambda request: collection([]))
        with make_adapter(server.transport) as onec:
            onec.module_address()
            onec.module_address()
        assert [request.headers.get("IBSession") for request in server.requests] == ["start", None]

    def test_it_can_be_switched_off(self) -> None:
        """``session=False`` sends no header."""
        server = Server(lambda request: collection([]))
        with make_adapter(server.transport, session=False) as onec:
            onec.module_address()
        assert "IBSession" not in server.requests[0].headers

    def test_no_licence(self, upp: Upp) -> None:
        """With every licence taken it says so, and may be repeated freely."""
        upp.simulator.switches = attrs.evolve(upp.simulator.switches, max_sessions=0)
        with upp.adapter() as onec, pytest.raises(errors.NoFreeSession) as caught:
            onec.module_address()
        assert caught.value.repeat is errors.Repeat.FREELY

    def test_a_failed_goodbye_is_no_failure(self) -> None:
        """The work was done; the session ends by itself."""

        def answer(request: httpx.Request) -> httpx.Response:
            if request.headers.get("IBSession") == "finish":
                raise httpx.ReadTimeout("silence")
            return raw('{"value": []}', **{"Set-Cookie": "ibsession=abc"})

        with make_adapter(Server(answer).transport) as onec:
            onec.module_address()
        onec.close()

    def test_threads_wait_for_each_other(self, upp: Upp) -> None:
        """Many threads, one session."""
        ref = upp.add()
        with upp.adapter() as onec, ThreadPoolExecutor(8) as pool:
            documents = [list(each) for each in pool.map(lambda _: list(onec.read([ref])), range(8))]
        assert len({tuple(each) for each in documents}) == 1
        assert upp.simulator.started_sessions == 1


class TestSecrets:
    """The password and the session's name are nowhere but in their headers."""

    @pytest.mark.parametrize(
        "fault",
        [
            Fault.ONEC_UNAUTHORIZED,
            Fault.ONEC_LOCKED,
            Fault.ONEC_500,
            Fault.HTML_200,
            Fault.DOWN,
            Fault.RESET,
            Fault.LOST_ANSWER,
            Fault.TRUNCATED_JSON,
            Fault.REDIRECT,
            Fault.PROXY_502_BEFORE,
        ],
    )
    def test_they_are_not_seen(self, upp: Upp, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
        """Not in an exception, its causes, its attributes, a repr, a log record or a URL, in any encoding."""
        caplog.set_level(logging.DEBUG)
        token = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        onec = upp.adapter(timeout=0.2)
        onec.module_address()
        cookie = next(iter(upp.simulator._sessions._used))  # a session has no public name
        for _ in range(3):
            upp.simulator.faults.arm(fault)
        with pytest.raises(errors.BillManager1CError) as caught:
            list(onec.changes(None))
        shown = "".join(traceback.TracebackException.from_exception(caught.value).format())
        seen = [shown, repr(caught.value.__dict__), repr(onec), repr(vars(onec)), repr(vars(onec._connection))]
        seen += [record.getMessage() for record in caplog.records]
        seen += [f"{request.path}?{request.query}" for request in upp.simulator.requests]
        for text in seen:
            for secret in (PASSWORD, token, cookie):
                assert secret not in text
        onec.close()
