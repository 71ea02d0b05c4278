"""A small infobase, and a raw client that knows nothing of our adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import attrs
import httpx
import pytest

from billmanager_1c.testing.onec import OneCSimulator, Switches

_SAFE = "/()',$?=&@:;*+%"


class Raw:
    """Sends a resource as it is written, with the percent-encoding that every client must do."""

    def __init__(self, simulator: OneCSimulator) -> None:
        self.root = f"{simulator.url}/odata/standard.odata"
        auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
        self.client = httpx.Client(transport=simulator, auth=auth)

    def send(self, method: str, resource: str, **options: Any) -> httpx.Response:
        """Send a request to a resource below the root."""
        return self.client.request(method, f"{self.root}/{quote(resource, safe=_SAFE)}", **options)

    def get(self, resource: str, **options: Any) -> httpx.Response:
        """Get a resource as JSON."""
        mark = "&" if "?" in resource else "?"
        return self.send("GET", f"{resource}{mark}$format=json", **options)

    def rows(self, resource: str) -> list[dict[str, Any]]:
        """Get a collection that must be there."""
        reply = self.get(resource)
        assert reply.status_code == 200, reply.text
        rows: list[dict[str, Any]] = reply.json()["value"]
        return rows

    def error(self, resource: str) -> tuple[int, str, str]:
        """Get something that must be refused: status, code, message."""
        return self.refusal(self.get(resource))

    @staticmethod
    def refusal(reply: httpx.Response) -> tuple[int, str, str]:
        """Read an error of OData: status, code, message."""
        error = json.loads(reply.content.decode("utf-8-sig"))["odata.error"]
        return reply.status_code, error["code"], error["message"]["value"]


@pytest.fixture
def client_of() -> type[Raw]:
    """The way to make a client of any infobase."""
    return Raw


@attrs.frozen(kw_only=True)
class Known:
    """What stands in the small infobase."""

    organization: str
    counterparty: str
    contract: str
    other_contract: str
    order: str
    cash: str
    card: str


@pytest.fixture
def onec() -> OneCSimulator:
    """An infobase whose documents may be written."""
    return OneCSimulator(switches=Switches(read_only=False))


@pytest.fixture
def raw(onec: OneCSimulator) -> Iterator[Raw]:
    """A client of it."""
    client = Raw(onec)
    with client.client:
        yield client


@pytest.fixture
def known(onec: OneCSimulator) -> Known:
    """One document of each kind."""
    organization = onec.add_organization("ООО Хостинг", inn="7707083893", kpp="770701001")
    counterparty = onec.add_counterparty("ООО Ромашка", inn="7736050003", kpp="773601001")
    contract = onec.add_contract(counterparty, organization, subaccount_id=17)
    other = onec.add_contract(counterparty, organization, name="Второй договор", subaccount_id=18)
    return Known(
        organization=organization,
        counterparty=counterparty,
        contract=contract,
        other_contract=other,
        order=onec.add_document(
            "incoming_payment_order",
            lines=[(contract, "15000"), (other, "3026.52")],
            date="2026-11-02T12:00:01",
            number="УПП00000123",
            incoming_number="1024",
            incoming_date="2026-11-01",
            purpose="Оплата по счету N 1024",
        ),
        cash=onec.add_document("cash_receipt", lines=[(contract, "500")], date="2026-11-03T09:15:00"),
        card=onec.add_document("card_payment", lines=[(contract, "250")], date="2026-11-03T18:40:12"),
    )
