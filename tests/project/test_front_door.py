"""The front door: exactly its names, each on demand, and nothing loaded before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import billmanager_1c

ONE_PAYMENT = """
import httpx
from billmanager_1c import BillManagerClient
from billmanager_1c.api import ReadPayment
from billmanager_1c.models import PaymentId

form = {"elid": {"$": "7"}, "status": {"$": "4"}, "subaccountamount": {"$": "100.00"}}
wire = httpx.MockTransport(lambda request: httpx.Response(200, json={"doc": {"$func": "payment.edit", **form}}))
login = {"username": "1c", "password": "secret", "timezone": "Europe/Moscow"}
with BillManagerClient("https://billing.example/billmgr", transport=wire, **login) as client:
    assert client.send(ReadPayment(id=PaymentId(7))).amount == 100
"""


def modules_after(code: str) -> set[str]:
    """Return the modules that ``code`` loads in a fresh interpreter."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_itself_loads_nothing() -> None:
    """``import billmanager_1c`` loads one module: itself."""
    assert modules_after("import billmanager_1c") == {"billmanager_1c"}


@pytest.mark.parametrize("name", ["match_company", "match_payment_method", "reconcile", "resolve_payer"])
def test_pure_functions_come_without_the_network(name: str) -> None:
    """Whoever only asks who pays does not load httpx, a database or an event loop."""
    loaded = modules_after(f"from billmanager_1c import {name}")
    assert "billmanager_1c.matching" in loaded
    assert not loaded & {"httpx", "sqlite3", "asyncio", "billmanager_1c.transport"}


def test_a_script_that_reads_one_payment_loads_no_more_than_that() -> None:
    """No engine, no store, no adapter, no event loop and no extra comes with a client that reads a payment."""
    loaded = modules_after(ONE_PAYMENT)
    assert "billmanager_1c.client" in loaded
    rooms = {name.split(".")[1] for name in loaded if name.startswith("billmanager_1c.")}
    assert rooms == {"api", "client", "errors", "models", "transport", "wirejson"}
    tops = {name.partition(".")[0] for name in loaded}
    assert not tops & {"asyncio", "cattr", "cattrs", "matplotlib", "pandas", "psycopg", "sqlite3", "tqdm"}


@pytest.mark.parametrize("name", billmanager_1c.__all__)
def test_every_name_on_the_door_can_be_imported(name: str) -> None:
    """A name that the door lists leads to a thing of that name, and to the same thing every time."""
    thing = getattr(billmanager_1c, name)
    assert thing.__name__ == name
    assert getattr(billmanager_1c, name) is thing


def test_the_door_lists_the_documented_names() -> None:
    """Programs outside the project call these; none may go unnoticed."""
    assert billmanager_1c.__all__ == [
        "AsyncBillManagerClient",
        "AsyncSyncEngine",
        "BillManagerClient",
        "MemoryStore",
        "Policy",
        "SQLiteStore",
        "Schedule",
        "Settings",
        "SyncEngine",
        "diagnose",
        "match_company",
        "match_payment_method",
        "reconcile",
        "resolve_payer",
    ]


def test_dir_shows_public_names_only() -> None:
    """Completion in a notebook shows what may be used."""
    assert dir(billmanager_1c) == sorted(billmanager_1c.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A typing error looks like one, and the message names it."""
    with pytest.raises(AttributeError, match="BillManagerKlient"):
        _ = billmanager_1c.BillManagerKlient


def test_the_version_is_that_of_the_distribution() -> None:
    """The version stands in one place: git."""
    assert billmanager_1c.__version__ == version("billmanager-1c")
