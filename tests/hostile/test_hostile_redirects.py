"""Redirects are refused: a write is never done again elsewhere, and no secret reaches another host."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from doors import OPERATIONS, answers
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c import errors
from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient
from billmanager_1c.models import AccountId, CurrencyId, ProviderId, Subaccount, SubaccountId
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import BillManagerSimulator, Fault, OneCSimulator

PASSWORD = "canary-8d21"
STATUSES = [300, 301, 302, 303, 304, 305, 307, 308, 399]
PLACES = {
    "another host": "https://evil.example/billmgr?authinfo=canary-8d21",
    "the same host": "https://billing.example:1500/other",
    "a path": "/elsewhere?auth=canary-8d21",
    "without TLS": "http://billing.example/billmgr",
    "a log-in in it": "https://canary-8d21:canary-8d21@evil.example/",
    "a file": "file:///etc/passwd",
    "no address": "https://[evil",
    "a port that is none": "https://evil.example:99999999/",
    "a host that is none": "https://xn--\u0080.example/",
    "very long": "https://" + "e" * 5000 + ".example/",
    "nothing": "",
}


class Pointer(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A server that points elsewhere, and remembers who came."""

    def __init__(self, status: int, place: str | None) -> None:
        self._status = status
        self._headers = {} if place is None else {"location": place.encode()}
        self.hosts: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        return httpx.Response(self._status, headers=self._headers, content=b'{"doc":{"ok":{}}}')

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def send(kind: str, operation: Any, pointer: Pointer, **options: Any) -> Any:
    """Send an operation with a client of either kind."""
    given: dict[str, Any] = {"username": "1c", "password": PASSWORD, "timezone": "Europe/Moscow", **options}
    url = "https://billing.example:1500/billmgr"
    if kind == "blocking":
        with BillManagerClient(url, transport=pointer, **given) as client:
            return client.send(operation)

    async def work() -> Any:
        async with AsyncBillManagerClient(url, transport=pointer, **given) as client:
            return await client.send(operation)

    return asyncio.run(work())


@pytest.mark.parametrize("kind", ["blocking", "async"])
@pytest.mark.parametrize("auth", ["authinfo", "session"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=[kind.__name__ for kind in OPERATIONS])
def test_no_operation_follows(operation: Any, auth: str, kind: str) -> None:
    """No operation, reading or writing, is sent a second time because the server points somewhere."""
    pointer = Pointer(307, PLACES["another host"])
    with pytest.raises(errors.RedirectRefused, match=r"never followed.*https://evil\.example") as caught:
        send(kind, answers()[operation][0][0], pointer, auth=auth)
    assert pointer.hosts == ["billing.example"]
    assert caught.value.repeat is errors.Repeat.NEVER
    assert PASSWORD not in caught.value.message


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_no_place_is_gone_to(place: str, kind: str) -> None:
    """Wherever the server points, even to no address at all, it is a refused redirect; no secret is repeated."""
    pointer = Pointer(302, place)
    with pytest.raises(errors.RedirectRefused, match="HTTP 302") as caught:
        send(kind, answers()[OPERATIONS[0]][0][0], pointer)
    assert pointer.hosts == ["billing.example"]
    assert PASSWORD not in caught.value.message and len(caught.value.message) < 400


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("place", [None, "https://evil.example/"])
def test_every_status_of_a_redirect(status: int, place: str | None) -> None:
    """Every status from 300 to 399 is refused, with and without an address."""
    with pytest.raises(errors.RedirectRefused):
        send("blocking", answers()[OPERATIONS[0]][0][0], Pointer(status, place))


@pytest.mark.property
@given(place=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")))
def test_any_place(place: str) -> None:
    """Nothing that can stand in the header makes another exception."""
    with pytest.raises(errors.RedirectRefused):
        send("blocking", answers()[OPERATIONS[0]][0][0], Pointer(302, place.encode("latin-1").decode("latin-1")))


def test_a_redirect_after_the_commit() -> None:
    """A write that is answered by a redirect is not sent again, and nobody claims that nothing was done."""
    simulator = BillManagerSimulator(password=PASSWORD)
    simulator.faults.arm(Fault.REDIRECT)
    operation = next(op for kind in OPERATIONS if kind.writes for op, _ in answers()[kind])
    with (
        BillManagerClient(
            simulator.url, username="1c", password=PASSWORD, timezone="Europe/Moscow", transport=simulator
        ) as client,
        pytest.raises(errors.RedirectRefused) as caught,
    ):
        client.send(operation)
    assert len(simulator.requests) == 1
    assert not isinstance(caught.value, errors.NotSent)


def make_adapter(transport: httpx.BaseTransport) -> ODataAdapter:
    """Return an adapter that knows a password."""
    return ODataAdapter(
        "http://onec.test/upp",
        username="Обмен",
        password=PASSWORD,
        configuration=UPP_1_3,
        timezone="Europe/Moscow",
        base="upp",
        transport=transport,
    )


def test_a_reading_of_1c() -> None:
    """A reading of 1C does not go where the server points; the password stays with the host it is for."""
    pointer = Pointer(307, "https://evil.example/upp")
    with make_adapter(pointer) as onec, pytest.raises(errors.RedirectRefused, match=r"evil\.example"):
        list(onec.changes(None))
    assert pointer.hosts == ["onec.test"]


def test_a_writing_of_1c() -> None:
    """Neither does a writing, which is sent once."""
    simulator, pointer = OneCSimulator(username="Обмен", password=PASSWORD), Pointer(307, "https://evil.example/upp")

    def answer(request: httpx.Request) -> httpx.Response:
        return (simulator if request.method == "GET" else pointer).handle_request(request)

    account = Subaccount(
        id=SubaccountId(17),
        account_id=AccountId(1),
        account="Иванов",
        provider_id=ProviderId(1),
        currency_id=CurrencyId(126),
        currency="RUB",
    )
    with make_adapter(httpx.MockTransport(answer)) as onec, pytest.raises(errors.RedirectRefused):
        onec.save_accounts([account])
    assert pointer.hosts == ["onec.test"]
