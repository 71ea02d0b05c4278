"""Every adapter, with every way to notice changes and every configuration, keeps the contract of the port."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from billmanager_1c.models import DocumentKind, DocumentRef, OperationKind, PaymentDocument
from billmanager_1c.onec import (
    BP_3_0,
    UPP_1_3,
    Configuration,
    ExchangePlan,
    MemoryAdapter,
    ODataAdapter,
    QueueRegister,
    Window,
)
from billmanager_1c.testing import OneCAdapterContract, OneCSimulator
from billmanager_1c.testing.onec import Limits, Switches

TODAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


class InMemory:
    """The memory adapter is its own infobase."""

    today = TODAY

    def __init__(self) -> None:
        self.adapter = MemoryAdapter(batch_size=2)

    def put(self, document: PaymentDocument) -> None:
        """Write a document, whose version is the test's."""
        self.adapter.put(document)

    def remove(self, ref: DocumentRef) -> None:
        """Delete a document."""
        self.adapter.remove(ref)


@pytest.mark.contract
class TestMemoryAdapter(OneCAdapterContract):
    """The model implementation."""

    def make_infobase(self) -> InMemory:
        """Return an empty one."""
        return InMemory()


class BehindOData:
    """The simulator of 1C, with the OData adapter before it."""

    today = TODAY

    def __init__(self, configuration: Configuration, strategy: type[Window | ExchangePlan | QueueRegister]) -> None:
        self.simulator = OneCSimulator(
            username="Обмен",
            password="пароль",
            schema=configuration.name,
            switches=Switches(queue_changes=True, limits=Limits(segment_encoded=strategy is not QueueRegister)),
            clock=lambda: NOW,
        )
        node = self.simulator.add_exchange_node()
        self.adapter = ODataAdapter(
            self.simulator.url,
            username="Обмен",
            password="пароль",
            configuration=configuration,
            timezone="Europe/Moscow",
            base="upp",
            transport=self.simulator,
            clock=lambda: NOW,
            page_size=2,
            changes=ExchangePlan(node) if strategy is ExchangePlan else strategy(),
        )

    def put(self, document: PaymentDocument) -> None:
        """Write the document and all that it refers to."""
        organization, counterparty = document.organization, document.counterparty
        assert organization is not None
        assert counterparty is not None
        onec = self.simulator
        onec.add_organization(organization.name, inn=organization.inn, kpp=organization.kpp, guid=organization.id)
        onec.add_counterparty(counterparty.name, code=counterparty.code, inn=counterparty.inn, guid=counterparty.id)
        for line in document.lines:
            if line.contract is not None:
                onec.add_contract(
                    counterparty.id,
                    organization.id,
                    name=line.contract.name,
                    subaccount_id=line.contract.subaccount_id,
                    guid=line.contract.id,
                )
        onec.add_document(
            document.ref.kind,
            guid=document.ref.id,
            number=document.number,
            date=document.date,
            posted=document.posted,
            paid=bool(document.paid),
            paid_on=document.paid_on or "0001-01-01",
            operation=document.operation,
            organization=organization.id,
            counterparty=counterparty.id,
            amount=document.amount,
            lines=[(line.contract.id if line.contract else None, line.amount) for line in document.lines],
            attributes={"DeletionMark": document.deletion_mark},
        )

    def remove(self, ref: DocumentRef) -> None:
        """Delete a document physically."""
        self.simulator.delete(ref.id)


@pytest.mark.contract
class TestODataAdapter(OneCAdapterContract):
    """The adapter over the wire, two rows to a page."""

    configuration = UPP_1_3
    strategy: type[Window | ExchangePlan | QueueRegister] = Window

    def make_infobase(self) -> BehindOData:
        """Return an empty one."""
        return BehindOData(self.configuration, self.strategy)


class TestExchangePlan(TestODataAdapter):
    """The same, asking an exchange plan."""

    strategy = ExchangePlan


class TestQueueRegister(TestODataAdapter):
    """The same, asking the register that the module's subscription fills."""

    strategy = QueueRegister


class TestAccounting(TestODataAdapter):
    """The same in «Бухгалтерия предприятия»: every posted document is paid, on its own date."""

    configuration = BP_3_0
    kinds_with_paid: frozenset[DocumentKind] = frozenset()
    kinds_with_paid_on: frozenset[DocumentKind] = frozenset()


class TestAccountingExchangePlan(TestAccounting):
    """There, asking an exchange plan."""

    strategy = ExchangePlan


class TestAccountingQueueRegister(TestAccounting):
    """There, asking a register that an extension fills."""

    strategy = QueueRegister


def test_the_suite_can_fail() -> None:
    """An adapter that takes the amount through a float is caught."""

    class Rounding(InMemory):
        def put(self, document: PaymentDocument) -> None:
            super().put(attrs.evolve(document, amount=document.amount + 1))

    class Broken(OneCAdapterContract):
        def make_infobase(self) -> Rounding:
            return Rounding()

    with pytest.raises(AssertionError):
        Broken().test_documents_are_read_as_they_are()
    with pytest.raises(AssertionError):
        Forgetful().test_a_document_is_read_anew()


class Forgetful(OneCAdapterContract):
    """Writes only once."""

    def make_infobase(self) -> InMemory:
        """Return an infobase that keeps the first state of each document."""

        class Once(InMemory):
            def put(self, document: PaymentDocument) -> None:
                if document.ref not in self.adapter.documents:
                    super().put(document)

        return Once()


def test_other_kinds_of_operation_are_told_apart() -> None:
    """Only the values that the configuration names mean something."""
    for configuration in (UPP_1_3, BP_3_0):
        values = {value for names in configuration.documents.values() for value in names.operations.values()}
        assert values == {OperationKind.CUSTOMER_PAYMENT, OperationKind.CUSTOMER_REFUND}
