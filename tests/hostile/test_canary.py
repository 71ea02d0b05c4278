"""No secret in any log record, warning, exception, repr, file or report, whatever goes wrong (protocol.md §4, I11)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import gzip
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote_plus

import httpx
import pytest
from canary import BILLMANAGER_PASSWORD, ONEC_PASSWORD, Listener, Overhearing, Spy, run_async

from billmanager_1c import BillManagerClient, Policy, Settings, SQLiteStore, SyncEngine, diagnose
from billmanager_1c.api import ListPayments, LogIn, ReadPayment, SetPaid, Whoami
from billmanager_1c.errors import BillManager1CError, NoAnswer
from billmanager_1c.models import PaymentId
from billmanager_1c.onec import UPP_1_3
from billmanager_1c.testing import BILLMANAGER_FAULTS, ONEC_FAULTS, BillManagerSimulator, Fault, OneCSimulator
from billmanager_1c.testing.world import FIRST_DAY, World, make_world
from billmanager_1c.transport import BODY_LIMIT

Auth = Literal["authinfo", "session"]

AUTHS: tuple[Auth, ...] = ("authinfo", "session")
BOTH = BILLMANAGER_FAULTS & ONEC_FAULTS

#: what cannot happen here: our client sends no GET, and without a log-in no session ends
OUT_OF_REACH = {
    "authinfo": {Fault.PROXY_REPEATS_GET, Fault.SESSION_EXPIRES, Fault.CAPTCHA},
    "session": {Fault.PROXY_REPEATS_GET},
}

TIMES = 40
"""How often a fault happens: all the time, for a small export."""

VERBS: dict[str, tuple[object, ...]] = {
    "load_accounts": (),
    "plan": (),
    "export_payments": (),
    "run_due": (),
    "status": (),
    "unknown": (),
    "quarantined": (),
    "find": (),
    "suggest_bindings": (),
    "reconcile": (FIRST_DAY,),
    "recover_links": (FIRST_DAY,),
}
"""The verbs of the engine that report something, and what they are given."""


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: tests do not wait."""
    monkeypatch.setattr("billmanager_1c.onec._connection._PAUSES", (0.0, 0.0))
    monkeypatch.setattr("billmanager_1c.client._conversation._FIRST_PAUSE", 0.0)


@pytest.fixture
def world() -> World:
    """Two small systems whose passwords are easy to find."""
    made = make_world(clients=2, documents=3)
    made.billmanager.change_employee("1c", password=BILLMANAGER_PASSWORD)
    made.onec.change_password(ONEC_PASSWORD)
    return made


@pytest.fixture
def listener() -> Listener:
    """One who hears everything."""
    return Listener()


def settings_of(billmanager: str, onec: str) -> Settings:
    """Return the settings of both ends."""
    return Settings(
        billmanager,
        "1c",
        BILLMANAGER_PASSWORD,
        timezone="Europe/Moscow",
        onec_url=onec,
        onec_username="Обмен",
        onec_password=ONEC_PASSWORD,
        onec_base="upp",
        onec_configuration=UPP_1_3.name,
    )


def export(
    world: World, auth: Auth, listener: Listener, path: Path, *, served: tuple[str, str] | None = None
) -> set[str]:
    """Make an export that is heard from beginning to end; return the sessions there were."""
    bill, onec = Spy(world.billmanager), Spy(world.onec)
    settings = settings_of(*(served or (world.billmanager.url, world.onec.url)))
    wires: dict[str, Any] = {} if served else {"transport": bill}
    with (
        listener.listening(),
        settings.billmanager(auth=auth, **wires) as client,
        settings.onec(**({} if served else {"transport": onec})) as adapter,
        SQLiteStore(path) as store,
    ):
        policy = Policy(export_from=FIRST_DAY, timeout=dt.timedelta(seconds=5))
        engine = SyncEngine(onec=adapter, billmanager=Overhearing(client, listener), store=store, policy=policy)
        for verb, given in VERBS.items():
            listener.attempt(partial(getattr(engine, verb), *given), BillManager1CError)
        for _, ref in store.documents_since(FIRST_DAY):
            listener.attempt(partial(engine.explain, ref), BillManager1CError)
        listener.attempt(partial(diagnose, client, adapter), BillManager1CError)
        for value in (settings, client, adapter, engine, store, vars(client), vars(adapter), vars(engine)):
            listener.hear_value(type(value).__name__, value)
        listener.hear_file(path)
    for request in (*world.billmanager.requests, *world.onec.requests):
        listener.hear("log of a simulator", repr(request))
    return bill.sessions | onec.sessions


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("fault", sorted(BILLMANAGER_FAULTS))
def test_faults_of_billmanager(fault: Fault, auth: Auth, world: World, listener: Listener, tmp_path: Path) -> None:
    """Whatever BILLmanager and the wire to it do, at once or in the middle of the work, nobody says a secret."""
    faults = world.billmanager.faults
    in_the_middle = 9 if auth == "authinfo" else 1
    faults.arm(fault, times=TIMES, after=in_the_middle if fault in BOTH else 0)
    sessions = export(world, auth, listener, tmp_path / "sync.db")
    assert listener.find(*sessions) == []
    assert (faults.hits[fault] > 0) == (fault not in OUT_OF_REACH[auth])
    assert bool(world.billmanager.requests) and ("billmanager_1c" in listener.loggers)


@pytest.mark.parametrize("fault", sorted(ONEC_FAULTS))
def test_faults_of_1c(fault: Fault, world: World, listener: Listener, tmp_path: Path) -> None:
    """The same holds for 1C."""
    world.onec.faults.arm(fault, times=TIMES, after=2)
    sessions = export(world, "session", listener, tmp_path / "sync.db")
    assert listener.find(*sessions) == []
    assert world.onec.faults.hits[fault] > 0


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("fault", sorted(BILLMANAGER_FAULTS))
def test_faults_in_async_code(fault: Fault, auth: Auth, world: World, listener: Listener) -> None:
    """The same holds for the async client."""
    spy = Spy(world.billmanager)
    world.billmanager.faults.arm(fault, times=TIMES)

    async def work() -> None:
        async with settings_of(world.billmanager.url, "").async_billmanager(auth=auth, transport=spy) as client:
            for operation in (Whoami(), ListPayments(), ReadPayment(PaymentId(1)), SetPaid(PaymentId(1))):
                await listener.attempt_async(lambda: client.send(operation), BillManager1CError)  # noqa: B023 -- awaited at once
            listener.hear_value("client", client)

    with listener.listening():
        run_async(work)
    assert listener.find(*spy.sessions) == []
    assert listener.said


# ------------------------------------------------------------------------------------------------- over real sockets


@pytest.mark.parametrize("fault", [None, Fault.TRUNCATED_JSON, Fault.RESET_AFTER_HEADERS, Fault.REDIRECT])
def test_what_httpcore_logs(fault: Fault | None, world: World, listener: Listener, tmp_path: Path) -> None:
    """What passes is logged at DEBUG with its headers by httpcore; of our conversations it logs no session."""
    sessions: set[str] = set()
    if fault is not None:
        world.billmanager.faults.arm(fault, times=2, after=9)
        world.onec.faults.arm(fault, times=2, after=3)
    with _overheard(world.billmanager) as bill, _overheard(world.onec) as onec:
        with world.billmanager.serve() as bill_url, world.onec.serve() as onec_url:
            export(world, "session", listener, tmp_path / "sync.db", served=(bill_url, onec_url))
        sessions = bill | onec
    assert len(sessions) > 1
    assert listener.find(*sessions) == []
    assert {"httpx", "httpcore.http11", "httpcore.connection"} <= listener.loggers


def test_other_peoples_logs_are_left_alone(world: World, listener: Listener) -> None:
    """What httpcore logs of other conversations in the same process keeps its headers."""
    BillManagerClient(world.billmanager.url, username="1c", password="x", timezone="Europe/Moscow").close()
    with listener.listening(), world.onec.serve() as url:
        httpx.get(url)
    assert any("receive_response_headers.complete" in text and "b'Content-Length'" in text for _, text in listener.said)


@contextlib.contextmanager
def _overheard(simulator: BillManagerSimulator | OneCSimulator) -> Iterator[set[str]]:
    """Collect the sessions of a simulator that is served."""
    spy, answer = Spy(simulator), simulator.answer

    def listen(request: httpx.Request) -> Any:
        given = answer(request)
        for part in (given, getattr(given, "response", None)):
            if isinstance(part, httpx.Response):
                spy.look(request, part)
        return given

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator, "answer", listen)
        yield spy.sessions


# --------------------------------------------------------------------------------------------- sessions in an answer

SESSION = "5e551on-c4n4ry"


@pytest.mark.parametrize("kind", ["blocking", "async"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"doc":{"auth":{"$id":"%s"},"deep":' + b"[" * 70 + b"]" * 70 + b"}}",
        b'{"doc":{"auth":{"$id":"%s"},"deep":' + b"[" * 100_000,
        b'{"doc":{"auth":{"$id":"%s"}}',
        b'{"doc":{"auth":{"$id":"%s"}}}\xff',
        b'{"dok":{"auth":{"$id":"%s"}}}',
        b'{"doc":{"ath":{"$id":"%s"}}}',
        b'["%s"]',
        b'{"doc":{"auth":{"$id":"%s"},"x":"' + b" " * BODY_LIMIT + b'"}}',
        b"<html>%s</html>",
    ],
    ids=["deep", "very deep", "cut", "no UTF-8", "no doc", "no auth", "a list", "too large", "a page"],
)
def test_a_session_in_an_answer_that_is_refused(body: bytes, kind: str, listener: Listener) -> None:
    """An answer with a session in it that cannot be read leaves nothing of itself in the exception or its frames."""
    transport = httpx.MockTransport(lambda _: _packed(body))
    operation = LogIn("1c", BILLMANAGER_PASSWORD)
    with listener.listening():
        if kind == "blocking":
            with settings_of(BillManagerSimulator.url, "").billmanager(transport=transport, read_retries=0) as client:
                listener.attempt(lambda: client.send(operation), BillManager1CError)
        else:

            async def work() -> None:
                settings = settings_of(BillManagerSimulator.url, "")
                async with settings.async_billmanager(transport=transport, read_retries=0) as client:
                    await listener.attempt_async(lambda: client.send(operation), BillManager1CError)

            run_async(work)
    assert listener.errors == 1
    assert listener.find(SESSION) == []


def _packed(body: bytes) -> httpx.Response:
    """Return the answer with the session in it; neither it nor its stream shows anything of itself."""
    packed = gzip.compress(body.replace(b"%s", SESSION.encode()), 1)
    return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed))


# ------------------------------------------------------------------------------------------ frames of other libraries


@pytest.mark.parametrize("kind", ["blocking", "async", "async, hanging"])
def test_frames_below_ours(kind: str, listener: Listener) -> None:
    """What goes wrong where the body of the request is in a variable is told without that variable."""

    def fail(request: httpx.Request) -> httpx.Response:
        held = request.content
        raise httpx.WriteError(f"after {len(held)} bytes", request=request)

    async def hang(request: httpx.Request) -> httpx.Response:
        held = request.content
        await asyncio.sleep(30)
        return httpx.Response(200, content=held)

    settings, operation = settings_of(BillManagerSimulator.url, ""), SetPaid(PaymentId(1))

    async def work() -> None:
        transport = httpx.MockTransport(hang if "hanging" in kind else fail)
        async with settings.async_billmanager(transport=transport, timeout=0.2) as client:
            await listener.attempt_async(lambda: client.send(operation), NoAnswer)

    with listener.listening():
        if kind == "blocking":
            with settings.billmanager(transport=httpx.MockTransport(fail)) as client:
                listener.attempt(lambda: client.send(operation), NoAnswer)
        else:
            run_async(work)
    assert listener.errors == 1
    assert listener.find() == []


# -------------------------------------------------------------------------------------------------- the finder itself


@pytest.mark.parametrize(
    "say",
    [
        BILLMANAGER_PASSWORD,
        ONEC_PASSWORD,
        quote_plus(f"1c:{BILLMANAGER_PASSWORD}"),
        BILLMANAGER_PASSWORD.upper(),
        repr(BILLMANAGER_PASSWORD.encode()),
        *(base64.b64encode(f"{'x' * count}:{ONEC_PASSWORD}".encode()).decode() for count in range(6)),
    ],
)
def test_the_listener_hears(say: str, listener: Listener, tmp_path: Path) -> None:
    """A secret in a log, a message, a cause, a variable or a file is found: else the tests above prove nothing."""

    def fail() -> None:
        held = say  # in a frame
        try:
            raise KeyError(len(held))
        except KeyError:
            raise ValueError("failed") from None  # the first one stays as the context

    with listener.listening():
        listener.attempt(fail, ValueError)
    assert any("frames" in where for where in listener.find())
    for number, tell in enumerate(
        [
            lambda: logging.getLogger("other.library").debug("%s", say),
            lambda: listener.hear_error(ValueError(say)),
            lambda: listener.hear_value("report", {"a": say}),
            lambda: (tmp_path / "a.db-wal").write_text(say) and listener.hear_file(tmp_path / "a.db"),
        ]
    ):
        listener.said.clear()
        with listener.listening():
            tell()
        assert listener.find(), number
