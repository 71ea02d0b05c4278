"""Fixtures for pytest: two simulated systems, what talks to them, and faults by name. Loaded wherever pytest is.

Loading it costs nothing: httpx, and the package itself, come with the first fixture that a test asks for. A fixture is
changed as every fixture is: define one of the same name, and those that stand on it follow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .. import (
        AsyncBillManagerClient,
        AsyncSyncEngine,
        BillManagerClient,
        Policy,
        Settings,
        SQLiteStore,
        SyncEngine,
    )
    from ..onec import ODataAdapter
    from . import BillManagerSimulator, FaultInjector, OneCSimulator, SmallWorld, WorldClock

# The contract suites live in the package; without this their asserts would fail without saying what they compared.
pytest.register_assert_rewrite(
    f"{__package__}._adapter_contract",
    f"{__package__}._infobase",
    f"{__package__}._store_contract",
    f"{__package__}._store_contract_books",
    f"{__package__}._store_contract_finding",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known that the contract suites carry."""
    config.addinivalue_line("markers", "contract: one suite that every implementation of a port must pass")


# --------------------------------------------------------------------------------------------------- the two systems


@pytest.fixture
def billmanager_1c_clock() -> WorldClock:
    """One clock for both simulators, the adapter and the engine: now, until time passes by ``pass_by(timedelta)``."""
    from . import WorldClock

    return WorldClock(dt.datetime.now(dt.UTC))


@pytest.fixture
def billmanager_simulator(billmanager_1c_clock: WorldClock) -> BillManagerSimulator:
    """A simulated BILLmanager without clients: a transport for httpx, and a ledger that a test can read."""
    from . import BillManagerSimulator

    return BillManagerSimulator(clock=billmanager_1c_clock.now)


@pytest.fixture
def onec_simulator(billmanager_1c_clock: WorldClock, billmanager_simulator: BillManagerSimulator) -> OneCSimulator:
    """A simulated 1C (УПП 1.3) without documents, in the zone of the simulated BILLmanager."""
    from . import OneCSimulator

    zone = billmanager_simulator.zone
    return OneCSimulator(clock=lambda: billmanager_1c_clock.now().astimezone(zone))


@pytest.fixture
def billmanager_1c_world(billmanager_simulator: BillManagerSimulator, onec_simulator: OneCSimulator) -> SmallWorld:
    """One of everything in both: company, provider, payment methods, client, payer, subaccount, contract."""
    from .ready import make_small_world

    return make_small_world(billmanager_simulator, onec_simulator)


# ------------------------------------------------------------------------------------------------------- over HTTP


@pytest.fixture
def billmanager_url(billmanager_simulator: BillManagerSimulator) -> Iterator[str]:
    """The address at which the simulated BILLmanager is served on this machine until the test ends."""
    with billmanager_simulator.serve() as url:
        yield url


@pytest.fixture
def onec_url(onec_simulator: OneCSimulator) -> Iterator[str]:
    """The address at which the simulated 1C is served on this machine until the test ends."""
    with onec_simulator.serve() as url:
        yield url


@pytest.fixture
def billmanager_1c_environment(
    billmanager_simulator: BillManagerSimulator,
    onec_simulator: OneCSimulator,
    billmanager_url: str,
    onec_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Mapping[str, str]:
    """The variables that lead ``Settings.from_env()`` to both served simulators; they are set until the test ends."""
    from .ready import environment_of, settings_for

    variables = environment_of(
        settings_for(billmanager_simulator, onec_simulator, url=billmanager_url, onec_url=onec_url)
    )
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


# ------------------------------------------------------------------------------------------------------ in process


@pytest.fixture
def billmanager_1c_settings(billmanager_simulator: BillManagerSimulator, onec_simulator: OneCSimulator) -> Settings:
    """Settings for both simulators, for whom they are transports."""
    from .ready import settings_for

    return settings_for(billmanager_simulator, onec_simulator)


@pytest.fixture
def billmanager_client(
    billmanager_1c_settings: Settings, billmanager_simulator: BillManagerSimulator
) -> Iterator[BillManagerClient]:
    """A client of the simulated BILLmanager, in process."""
    with billmanager_1c_settings.billmanager(transport=billmanager_simulator) as client:
        yield client


@pytest.fixture
def billmanager_async_client(
    billmanager_1c_settings: Settings, billmanager_simulator: BillManagerSimulator
) -> AsyncBillManagerClient:
    """The same for async code, in whatever loop the test runs. It holds nothing that would have to be closed."""
    return billmanager_1c_settings.async_billmanager(transport=billmanager_simulator)


@pytest.fixture
def onec_adapter(
    billmanager_1c_settings: Settings, onec_simulator: OneCSimulator, billmanager_1c_clock: WorldClock
) -> Iterator[ODataAdapter]:
    """An OData adapter to the simulated 1C, in process."""
    with billmanager_1c_settings.onec(transport=onec_simulator, clock=billmanager_1c_clock.now) as adapter:
        yield adapter


@pytest.fixture
def billmanager_1c_store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """A new store in the folder of the test."""
    from .. import SQLiteStore

    with SQLiteStore(tmp_path / "billmanager_1c.db") as store:
        yield store


@pytest.fixture
def billmanager_1c_policy(billmanager_1c_clock: WorldClock) -> Policy:
    """Export what is of the last thirty days."""
    from .. import Policy

    return Policy(export_from=(billmanager_1c_clock.now() - dt.timedelta(days=30)).date())


@pytest.fixture
def billmanager_1c_engine(
    billmanager_1c_world: SmallWorld,
    billmanager_client: BillManagerClient,
    onec_adapter: ODataAdapter,
    billmanager_1c_store: SQLiteStore,
    billmanager_1c_policy: Policy,
    billmanager_1c_clock: WorldClock,
) -> SyncEngine:
    """An engine between the two, on the small world; its accounts are not loaded yet."""
    from .. import SyncEngine

    return SyncEngine(
        onec=onec_adapter,
        billmanager=billmanager_client,
        store=billmanager_1c_store,
        policy=billmanager_1c_policy,
        clock=billmanager_1c_clock,
    )


@pytest.fixture
def billmanager_1c_async_engine(
    billmanager_1c_world: SmallWorld,
    billmanager_async_client: AsyncBillManagerClient,
    onec_adapter: ODataAdapter,
    billmanager_1c_store: SQLiteStore,
    billmanager_1c_policy: Policy,
    billmanager_1c_clock: WorldClock,
) -> AsyncSyncEngine:
    """The same engine for async code, on the same store."""
    from .. import AsyncSyncEngine

    return AsyncSyncEngine(
        onec=onec_adapter,
        billmanager=billmanager_async_client,
        store=billmanager_1c_store,
        policy=billmanager_1c_policy,
        clock=billmanager_1c_clock,
    )


# ---------------------------------------------------------------------------------------------------------- faults


@pytest.fixture
def billmanager_faults(billmanager_simulator: BillManagerSimulator) -> Iterator[FaultInjector]:
    """Faults of the simulated BILLmanager by name: ``arm("lost_answer", where="payment.setpaid")``.

    A fault that was armed and met no request fails the test: what it was to prove was not tried.
    """
    yield billmanager_simulator.faults
    _fail_for_unmet(billmanager_simulator.faults)


@pytest.fixture
def onec_faults(onec_simulator: OneCSimulator) -> Iterator[FaultInjector]:
    """Faults of the simulated 1C by name: ``arm("onec_500")``. One that met no request fails the test, too."""
    yield onec_simulator.faults
    _fail_for_unmet(onec_simulator.faults)


def _fail_for_unmet(faults: FaultInjector) -> None:
    if unmet := faults.unmet:
        told = ", ".join(f"{each.fault} (where={each.where!r}, after={each.after})" for each in unmet)
        pytest.fail(f"Armed and never met by a request: {told}. Look at `requests` of the simulator, or disarm() it.")
