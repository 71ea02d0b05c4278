"""What type checkers must see of the testing aids: simulators, worlds, contract suites. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import assert_type

import pytest

from billmanager_1c import Settings, testing
from billmanager_1c.models import DocumentKind, DocumentRef, PaymentDocument
from billmanager_1c.onec import MemoryAdapter, OneCAdapter
from billmanager_1c.store import MemoryStore, Store
from billmanager_1c.testing import (
    BILLMANAGER_FAULTS,
    ONEC_FAULTS,
    ArmedFault,
    Fault,
    FaultInjector,
    Infobase,
    OneCAdapterContract,
    SmallWorld,
    StoreContract,
    WorldClock,
    onec,
    troubled,
    world,
)
from billmanager_1c.testing.billmanager import (
    EUR,
    RUB,
    Backup,
    BillManagerCore,
    BillManagerSimulator,
    Change,
    CreditEvent,
    Installation,
    LoggedRequest,
    PaymentRecord,
    Request,
    SubaccountRecord,
)
from billmanager_1c.testing.onec import (
    KEEP,
    ConstantShape,
    DocumentShape,
    EntitySet,
    Limits,
    Names,
    ODataError,
    OneCCore,
    OneCSimulator,
    Property,
    Schema,
    Switches,
    Versioning,
)
from billmanager_1c.testing.ready import SmallWorld as SmallWorldOfTheRoom
from billmanager_1c.testing.ready import environment_of, make_small_world, settings_for
from billmanager_1c.testing.troubled import TroubledWorld, make_troubled_world
from billmanager_1c.testing.world import World, make_inn, make_world

SHOWN_AGAIN: list[type] = [testing.BillManagerSimulator, testing.OneCSimulator]


def a_billmanager(clock: WorldClock) -> BillManagerSimulator:
    """An installation is described by one value, and its people do what people do."""
    bill = BillManagerSimulator(clock=clock.now, installation=Installation(resets_paydate=True))
    core: BillManagerCore = bill
    assert_type(core.balance(1), Decimal)
    assert_type(bill.payments(), Iterator[PaymentRecord])
    assert_type(bill.subaccounts(), Iterator[SubaccountRecord])
    assert_type(bill.history(1), tuple[Change, ...])
    assert_type(bill.credits, tuple[CreditEvent, ...])
    assert_type(bill.requests, tuple[LoggedRequest, ...])
    before = bill.backup()
    assert_type(before, Backup)
    bill.restore(before)
    bill.add_currency(iso="USD", code="840")
    assert_type((RUB, EUR), tuple[int, int])
    bill.ask(Request(func="whoami", params={}))
    clock.pass_by(dt.timedelta(days=1))
    return bill


def faults(bill: BillManagerSimulator) -> Counter[str]:
    """A fault is armed by its name and counted; a system has those that it can have."""
    injector: FaultInjector = bill.faults
    injector.arm(Fault.LOST_ANSWER, where="payment.edit", times=None, after=2)
    injector.arm("late_commit", where=lambda request: True)
    assert_type(injector.armed, tuple[ArmedFault, ...])
    assert_type((BILLMANAGER_FAULTS, ONEC_FAULTS), tuple[frozenset[Fault], frozenset[Fault]])
    return injector.hits


def an_infobase() -> OneCSimulator:
    """A simulated 1C has a schema of its own, and switches for what differs from one to another."""
    switches = Switches(
        versioning=Versioning.PER_TABLE, constant_shape=ConstantShape.SINGLE, limits=Limits(segment=None)
    )
    core = OneCCore(schema="BP_3_0", switches=switches)
    assert_type(core.publication, str)
    assert_type([onec.UPP_1_3, onec.BP_3_0], list[Schema])
    return OneCSimulator(schema=onec.UPP_1_3, switches=switches, seed=7)


def a_schema(shape: DocumentShape, rows: EntitySet) -> Schema:
    """A schema is made of sets, and sets of properties."""
    assert_type(rows.properties, tuple[Property, ...])
    assert_type(onec.Request(target="/upp").method, str)
    return Schema(name="OURS", sets={rows.name: rows}, documents={shape.kind: shape}, names=Names(person="ФизЛицо"))


def what_1c_was_asked(simulator: OneCSimulator, key: str, error: ODataError) -> tuple[onec.LoggedRequest, ...]:
    """A document is changed field by field, the rest is kept; and 1C remembers what it was asked."""
    assert_type((error.status, error.message), tuple[int, str])
    simulator.change_document(key, purpose=KEEP, incoming_number="17")
    simulator.change_document(key, purpose=None)  # type: ignore[arg-type]  # to keep is a word of its own
    return simulator.requests


def worlds(small: SmallWorld) -> TroubledWorld:
    """Small, large and troubled ones are made with one call."""
    assert_type(small.pay("100.00", kind=DocumentKind.CASH_RECEIPT), DocumentRef)
    assert_type(small.document(), PaymentDocument)
    assert_type(make_world(clients=4, documents=6), World)
    assert_type(make_world().expected, dict[int, Decimal])
    assert_type(make_inn(17, digits=12), str)
    assert_type((world.FIRST_DAY, troubled.FIRST_DAY), tuple[dt.date, dt.date])
    assert_type(troubled.LONG_NAME, str)
    made = make_troubled_world()
    assert_type(made.troubles, list[troubled.Trouble])
    return made


def for_another_runner() -> dict[str, str]:
    """What the fixtures of the pytest plugin are made of serves without pytest, too."""
    small = make_small_world()
    in_its_room: SmallWorldOfTheRoom = small
    found = settings_for(in_its_room.billmanager, small.onec)
    assert_type(found, Settings)
    return environment_of(found)


class Drawer:
    """An infobase for the contract suite: it inherits nothing."""

    today = dt.date(2026, 11, 24)

    def __init__(self) -> None:
        self._adapter = MemoryAdapter()

    @property
    def adapter(self) -> OneCAdapter:
        """What is tested."""
        return self._adapter

    def put(self, document: PaymentDocument) -> PaymentDocument | None:
        """Keep it as it is."""
        self._adapter.put(document)
        return None

    def remove(self, ref: DocumentRef) -> None:
        """Forget it."""
        self._adapter.remove(ref)


class TestDrawer(OneCAdapterContract):
    """The author of an adapter says what a fresh infobase is."""

    def make_infobase(self) -> Infobase:
        """Return an empty one."""
        return Drawer()


class TestMemory(StoreContract):
    """The author of a store says how one is made."""

    @pytest.fixture
    def make_store(self) -> Callable[[], Store]:
        """Return what makes one."""
        return MemoryStore
