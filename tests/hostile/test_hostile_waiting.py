"""A call does not wait for other calls longer than for an answer: until its own deadline."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import httpx
import pytest

from billmanager_1c import errors
from billmanager_1c.api import Whoami
from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient
from billmanager_1c.onec import UPP_1_3, ODataAdapter


class Stuck(httpx.BaseTransport):
    """A server that does not answer before it is let go."""

    def __init__(self) -> None:
        self.asked, self.free = threading.Event(), threading.Event()
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        self.asked.set()
        self.free.wait(20)
        return httpx.Response(200, json={"doc": {"auth": {"$id": "5e551on"}}})


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    """Let the server go in the end."""
    server = Stuck()
    yield server
    server.free.set()


def test_a_log_in_of_another_thread(stuck: Stuck) -> None:
    """Where another call is still logging in at our deadline, nothing was sent for us."""
    options = {"username": "1c", "password": "hush", "timezone": "Europe/Moscow"}
    client = BillManagerClient("https://x.example/billmgr", transport=stuck, auth="session", **options)

    def log_in() -> None:
        with contextlib.suppress(errors.BillManager1CError):  # what it is answered does not matter
            client.send(Whoami())

    other = threading.Thread(target=log_in)
    other.start()
    assert stuck.asked.wait(10)
    with pytest.raises(errors.DeadlinePassed, match="logging in"):
        client.send(Whoami(), timeout=0.1)
    assert stuck.requests == 1
    stuck.free.set()
    other.join(20)


def test_a_log_in_of_another_task() -> None:
    """The same holds for tasks."""

    async def work() -> None:
        asked, free = asyncio.Event(), asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            asked.set()
            await free.wait()
            return httpx.Response(200, json={"doc": {}})

        client = AsyncBillManagerClient(
            "https://x.example/billmgr",
            username="1c",
            password="hush",
            timezone="Europe/Moscow",
            auth="session",
            transport=httpx.MockTransport(answer),
            read_retries=0,
        )
        other = asyncio.create_task(client.send(Whoami()))
        await asked.wait()
        with pytest.raises(errors.DeadlinePassed, match="logging in"):
            await client.send(Whoami(), timeout=0.1)
        free.set()
        with pytest.raises(errors.WireError):
            await other
        await client.close()

    asyncio.run(work())


def test_a_request_of_another_thread_to_1c(stuck: Stuck) -> None:
    """1C is asked one thing at a time; who waits for his turn in vain has sent nothing."""

    def adapter_of(timeout: float) -> ODataAdapter:
        return ODataAdapter(
            "http://onec.example/upp",
            username="Обмен",
            password="hush",
            configuration=UPP_1_3,
            timezone="Europe/Moscow",
            base="upp",
            transport=stuck,
            timeout=timeout,
        )

    adapter = adapter_of(0.3)

    def ask() -> None:
        with pytest.raises(errors.BillManager1CError):
            list(adapter.changes(None))

    other = threading.Thread(target=ask, daemon=True)
    other.start()
    assert stuck.asked.wait(10)
    with pytest.raises(errors.DeadlinePassed, match="nothing was sent"):
        list(adapter.changes(None))
    assert stuck.requests == 1
    stuck.free.set()
    other.join(10)
