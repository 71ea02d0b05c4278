"""A scripted server, and one test body for both clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient

URL = "https://billing.example:1500/billmgr"


class Script:
    """A server that gives answers one by one, or by a function, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[Any] = []
        self.rule: Callable[[dict[str, str]], Any] | None = None
        self._lock = threading.Lock()

    @property
    def forms(self) -> list[dict[str, str]]:
        """What was asked, as fields."""
        return [dict(parse_qsl(request.content.decode(), keep_blank_values=True)) for request in self.requests]

    @property
    def functions(self) -> list[str]:
        """Which functions were called."""
        return [form["func"] for form in self.forms]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; an exception is raised, a document is sent as JSON."""
        request.read()
        with self._lock:
            self.requests.append(request)
            answer = self.rule(self.forms[-1]) if self.rule else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):  # one that was read already serves only once
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return httpx.Response(200, json={"doc": answer})


@pytest.fixture
def script() -> Script:
    """A server without answers yet."""
    return Script()


@pytest.fixture(params=["blocking", "async"])
def run(request: pytest.FixtureRequest, script: Script) -> Callable[..., Any]:
    """Send operations one by one with a new client of either kind; return the answers."""

    def run(*operations: Any, rows: Any = None, **options: Any) -> list[Any]:
        options = {"username": "1c", "password": "hush", "timezone": "Europe/Moscow", **options}

        async def drive() -> list[Any]:
            async with AsyncBillManagerClient(URL, transport=httpx.MockTransport(script), **options) as client:
                answers = [await client.send(operation) for operation in operations]
                if rows is not None:
                    answers += [row async for row in client.iterate(rows)]
                return answers

        if request.param == "async":
            return asyncio.run(drive())
        with BillManagerClient(URL, transport=httpx.MockTransport(script), **options) as client:
            answers = [client.send(operation) for operation in operations]
            return answers + (list(client.iterate(rows)) if rows is not None else [])

    return run


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pause before a repeated reading none."""
    monkeypatch.setattr("billmanager_1c.client._conversation._FIRST_PAUSE", 0.0)
