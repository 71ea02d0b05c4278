"""What type checkers must see of 1C: configurations, captures, adapters and their ports. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import assert_type

from billmanager_1c import onec
from billmanager_1c.models import DocumentKind, DocumentRef, OperationKind, PaymentId, Subaccount
from billmanager_1c.onec import (
    BP_3_0,
    UNKNOWN_VERSION,
    UPP_1_3,
    Configuration,
    ContractNames,
    CounterpartyNames,
    DocumentNames,
    ExchangePlan,
    MemoryAdapter,
    ModuleNames,
    ODataAdapter,
    OrganizationNames,
    QueueRegister,
    Window,
    configuration_named,
)
from billmanager_1c.ports.asynchronous import (
    AsyncAccountsSink,
    AsyncHistory,
    AsyncInspectable,
    AsyncOneCAdapter,
    AsyncPeek,
    AsyncRivalModule,
    AsyncStore,
)
from billmanager_1c.ports.clock import Clock
from billmanager_1c.ports.onec import (
    AccountsSink,
    ChangeBatch,
    History,
    Inspectable,
    Inspected,
    OneCAdapter,
    Peek,
    RivalModule,
    Stamp,
)
from billmanager_1c.store import AsyncStore as AsyncStoreOfTheRoom

SHOWN_AGAIN: list[type] = [
    *(onec.AccountsSink, onec.ChangeBatch, onec.History, onec.OneCAdapter, onec.Peek, onec.RivalModule),
    onec.Stamp,
    *(onec.AsyncAccountsSink, onec.AsyncHistory, onec.AsyncOneCAdapter, onec.AsyncPeek),
    onec.AsyncRivalModule,
]


def a_configuration_of_ones_own(name: str) -> Configuration:
    """Another configuration is one value; what is not said is as in УПП."""
    assert_type([UPP_1_3, BP_3_0, configuration_named(name)], list[Configuration])
    orders = DocumentNames(
        entity_set="Document_ПлатежноеПоручениеВходящее",
        operations={"ОплатаПокупателя": OperationKind.CUSTOMER_PAYMENT},
        paid="Оплачено",
    )
    return Configuration(
        name="OURS",
        documents={DocumentKind.INCOMING_PAYMENT_ORDER: orders},
        organizations=OrganizationNames(kpp="КППОрганизации"),
        counterparties=CounterpartyNames(person=["ФизическоеЛицо"]),
        contracts=ContractNames(entity_set="Catalog_Договоры"),
        module=ModuleNames(address="Constant_АдресBILLmanager"),
    )


def ways_to_notice(configuration: Configuration, node: str) -> Iterator[ODataAdapter]:
    """An adapter notices changes in one of three ways."""
    ways: list[Window | ExchangePlan | QueueRegister] = [
        Window(days=30),
        ExchangePlan(node, fallback=Window(days=7)),
        QueueRegister(),
    ]
    for changes in ways:
        yield ODataAdapter(
            "http://1c.example/upp",
            username="Обмен",
            password="…",
            configuration=configuration,
            timezone="Europe/Moscow",
            base="upp",
            changes=changes,
        )


def what_every_adapter_does(adapter: OneCAdapter, refs: Sequence[DocumentRef]) -> None:
    """Changes come in batches of stamps, and a document that is gone is a value."""
    for batch in adapter.changes(None):
        assert_type(batch, ChangeBatch)
        assert_type(batch.stamps, tuple[Stamp, ...])
        assert_type(batch.complete_since, dt.date | None)
        assert_type([stamp.ref for stamp in batch.stamps if stamp.version == UNKNOWN_VERSION], list[DocumentRef])
    assert_type([document.ref for document in adapter.read(refs)], list[DocumentRef])


def what_some_can(adapter: ODataAdapter | MemoryAdapter, rows: Sequence[Subaccount], day: dt.date) -> None:
    """Both that are shipped keep subaccounts, know the past, and see ISPsystem's module."""
    sink: AccountsSink = adapter
    sink.save_accounts(rows)
    history: History = adapter
    assert_type(history.changes_since(day), Iterator[ChangeBatch])
    peek: Peek = adapter
    assert_type(peek.peek(None), Iterator[ChangeBatch])
    rival: RivalModule = adapter
    assert_type(rival.module_address(), str | None)
    assert_type(rival.module_payments(), Iterable[tuple[DocumentRef, PaymentId | None]])


def what_it_sees(adapter: ODataAdapter) -> list[Inspected]:
    """Over OData the composition of the interface can be looked at."""
    inspectable: Inspectable = adapter
    return [inspected for inspected in inspectable.inspect() if inspected.is_needed and not inspected.is_readable]


async def the_same_in_async_code(
    adapter: AsyncOneCAdapter,
    sink: AsyncAccountsSink,
    history: AsyncHistory,
    peek: AsyncPeek,
    looked_at: AsyncInspectable,
    rival: AsyncRivalModule,
    store: AsyncStore,
) -> None:
    """What blocks there is awaited here."""
    assert_type(adapter.changes(None), AsyncIterator[ChangeBatch])
    await adapter.acknowledge("cursor")
    await sink.save_accounts([])
    assert_type(history.changes_since(dt.date(2026, 11, 1)), AsyncIterator[ChangeBatch])
    assert_type(peek.peek(None), AsyncIterator[ChangeBatch])
    assert_type(looked_at.inspect(), AsyncIterator[Inspected])
    assert_type(await rival.module_address(), str | None)
    in_its_room: AsyncStoreOfTheRoom = store
    assert_type(await in_its_room.recall("key"), str | None)


class Stopped:
    """A clock has three methods, and nothing is inherited."""

    def now(self) -> dt.datetime:
        """Stand still."""
        return dt.datetime(2026, 11, 24, tzinfo=dt.UTC)

    def monotonic(self) -> float:
        """Stand still."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Wait for nothing."""


CLOCK: Clock = Stopped()
