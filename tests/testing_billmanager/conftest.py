"""A small BILLmanager and a plain httpx client: our own client is no witness for our own simulator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from billmanager_1c.testing.billmanager import BillManagerSimulator, Installation

PASSWORD = "a:b&c пароль"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        """Start at noon in Moscow."""
        self.time = datetime(2026, 11, 2, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))

    def __call__(self) -> datetime:
        """Return the time."""
        return self.time

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)


class World:
    """One provider, one company, one method, one client with a subaccount and a payer, and a way to call."""

    def __init__(self, installation: Installation | None = None) -> None:
        """Build the world."""
        self.clock = Clock()
        self.simulator = sim = BillManagerSimulator(password=PASSWORD, clock=self.clock, installation=installation)
        self.provider = sim.add_provider("Хостинг")
        self.company = sim.add_company("ООО «Рога»", inn="7701000000", kpp="770101001", providers=[self.provider])
        self.method = sim.add_method(
            "Card",
            name_ru="Оплата банковской картой",
            providers=[self.provider],
            companies=[self.company],
            legal_statuses=(1, 2),
        )
        self.account = sim.add_account("Иванов, Иван (i@i.example)")
        self.subaccount = sim.add_subaccount(self.account, provider=self.provider)
        self.payer = sim.add_payer(self.account, name="ООО «Копыта»", inn="7702000000", accounting_code="000042")
        self.http = httpx.Client(transport=sim)

    def raw(self, func: str, /, method: str = "POST", **params: object) -> httpx.Response:
        """Send a call with authinfo; ``None`` leaves a default parameter out."""
        given = {"func": func, "out": "json", "lang": "en", "authinfo": f"1c:{PASSWORD}", **params}
        data = {name: str(value) for name, value in given.items() if value is not None}
        if method == "GET":
            return self.http.get(self.simulator.url, params=data)
        return self.http.post(self.simulator.url, data=data)

    def call(self, func: str, /, **params: object) -> dict[str, Any]:
        """Send a call; return ``doc``."""
        doc: dict[str, Any] = self.raw(func, **params).json()["doc"]
        return doc

    def error(self, func: str, /, **params: object) -> tuple[str, str]:
        """Send a call that is refused; return type and object of the error."""
        error = self.call(func, **params)["error"]
        return error["$type"], error.get("$object", "")

    def creation(self, **params: object) -> dict[str, object]:
        """Return the parameters of a payment of 1234.50, changed by what is given."""
        return {
            "sok": "ok",
            "amount": "1234.50",
            "payment_currency": 126,
            "paymethod": self.method,
            "customer_account": self.account,
            "profile": self.payer,
            "project": self.provider,
            **params,
        }

    def create(self, **params: object) -> int:
        """Create a payment; return its id."""
        return int(self.call("payment.add.pay", **self.creation(**params))["id"][0]["$"])

    def form(self, payment: int) -> dict[str, str]:
        """Return the fields of the payment's form as text."""
        doc = self.call("payment.edit", elid=payment)
        return {name: value.get("$", "") for name, value in doc.items() if isinstance(value, dict)}


@pytest.fixture
def world() -> Iterator[World]:
    """Return a fresh world."""
    made = World()
    yield made
    made.http.close()


@pytest.fixture(scope="session")
def make_world() -> type[World]:
    """Return the maker of worlds, for installations that differ."""
    return World
