"""What a test begins with: a small world in both simulators, and settings that lead to them.

The fixtures of ``billmanager_1c.testing.pytest_plugin`` are made of it; a test that uses another runner may be, too.

.. code-block:: python

    world = make_small_world()
    settings = settings_for(world.billmanager, world.onec)
    with settings.billmanager(transport=world.billmanager) as client, settings.onec(transport=world.onec) as onec:
        ...
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs

from ..matching import METHOD_NAMES
from ..models import (
    Contract,
    ContractId,
    Counterparty,
    DocumentKind,
    DocumentRef,
    Organization,
    PaymentDocument,
    PaymentLine,
    SubaccountId,
)
from ..settings import VARIABLES, Settings
from .billmanager import BillManagerSimulator
from .onec import OneCSimulator
from .world import make_inn

__all__ = ["SmallWorld", "environment_of", "make_small_world", "settings_for"]

_ORGANIZATION: Final = Organization(id=uuid.UUID(int=1), name="ООО «Север»", inn=make_inn(1), kpp="770101001")
_CUSTOMER: Final = Counterparty(
    id=uuid.UUID(int=2), name="ООО «Клиент»", code="000000042", inn=make_inn(42), kpp="770201001"
)
_CONTRACT: Final = uuid.UUID(int=3)


@attrs.frozen(kw_only=True)
class SmallWorld:
    """One of everything: a company with a provider and a method for each kind of document, and a client who pays it.

    Ids of BILLmanager are what its simulator's methods take; the nouns of 1C are what an adapter reads.
    """

    billmanager: BillManagerSimulator
    onec: OneCSimulator
    provider: int
    company: int
    #: the payment method for each kind of document
    methods: Mapping[DocumentKind, int]
    account: int
    subaccount: int
    payer: int
    organization: Organization
    counterparty: Counterparty
    #: it names the subaccount
    contract: Contract

    def pay(
        self,
        amount: Decimal | int | str = "1000.00",
        *,
        kind: DocumentKind = DocumentKind.INCOMING_PAYMENT_ORDER,
        purpose: str = "",
    ) -> DocumentRef:
        """Write a posted and paid document of now into 1C, as an accountant would."""
        # Of now in the zone of both systems: 1C's wall clock, left to itself, would show another day around midnight.
        now = self.billmanager.wall()
        guid = self.onec.add_document(kind, lines=[(self.contract.id, amount)], purpose=purpose, date=now)
        return DocumentRef(kind, guid)

    def document(
        self,
        amount: Decimal | int | str = "1000.00",
        *,
        kind: DocumentKind = DocumentKind.INCOMING_PAYMENT_ORDER,
        purpose: str = "",
    ) -> PaymentDocument:
        """Return such a document without writing it: for a ``MemoryAdapter``, or for an adapter of your own."""
        money, guid = Decimal(amount), uuid.uuid4()
        return PaymentDocument(
            ref=DocumentRef(kind, guid),
            version="1",
            number=f"Т{guid.int % 10**8:08}",
            date=self.billmanager.wall().date(),
            posted=True,
            paid=True,
            organization=self.organization,
            counterparty=self.counterparty,
            amount=money,
            lines=[PaymentLine(contract=self.contract, amount=money)],
            purpose=purpose,
        )

    @property
    def balance(self) -> Decimal:
        """What the client has on the subaccount."""
        return self.billmanager.balance(self.subaccount)

    @property
    def credits(self) -> tuple[Decimal, ...]:
        """What was ever credited, oldest first: a payment credited twice is here twice."""
        return tuple(event.amount for event in self.billmanager.credits)


def make_small_world(billmanager: BillManagerSimulator | None = None, onec: OneCSimulator | None = None) -> SmallWorld:
    """Put one of everything into two simulators: into these, or into new ones. No document is there yet."""
    billmanager, onec = billmanager or BillManagerSimulator(), onec or OneCSimulator()
    ours, customer = _ORGANIZATION, _CUSTOMER
    provider = billmanager.add_provider("Север")
    company = billmanager.add_company(ours.name, inn=ours.inn, kpp=ours.kpp, providers=[provider])
    methods = {
        kind: billmanager.add_method(str(name), name_ru=str(name), providers=[provider], companies=[company])
        for kind, name in METHOD_NAMES.items()
    }
    account = billmanager.add_account(customer.name, email="client@client.example")
    payer = billmanager.add_payer(
        account, name=customer.name, inn=customer.inn, kpp=customer.kpp, accounting_code=customer.code
    )
    subaccount = billmanager.add_subaccount(account, provider=provider)
    onec.add_organization(ours.name, inn=ours.inn, kpp=ours.kpp, guid=ours.id)
    onec.add_counterparty(customer.name, code=customer.code, inn=customer.inn, kpp=customer.kpp, guid=customer.id)
    contract = Contract(id=ContractId(str(_CONTRACT)), name="Основной договор", subaccount_id=SubaccountId(subaccount))
    onec.add_contract(customer.id, ours.id, name=contract.name, subaccount_id=subaccount, guid=contract.id)
    return SmallWorld(
        billmanager=billmanager,
        onec=onec,
        provider=provider,
        company=company,
        methods=methods,
        account=account,
        subaccount=subaccount,
        payer=payer,
        organization=ours,
        counterparty=customer,
        contract=contract,
    )


def settings_for(
    billmanager: BillManagerSimulator,
    onec: OneCSimulator | None = None,
    *,
    url: str | None = None,
    onec_url: str | None = None,
) -> Settings:
    """Return settings that lead to the simulators.

    Args:
        billmanager: knows the log-in and the zone.
        onec: knows its user and its configuration; without it the 1C half is missing.
        url: where BILLmanager is served; without it, what its simulator answers to as a transport.
        onec_url: the same for 1C.
    """
    zone = billmanager.zone.key
    username, password = billmanager.login
    if onec is None:
        return Settings(url or billmanager.url, username, password, timezone=zone)
    onec_username, onec_password = onec.login
    return Settings(
        url or billmanager.url,
        username,
        password,
        timezone=zone,
        onec_url=onec_url or onec.url,
        onec_username=onec_username,
        onec_password=onec_password,
        onec_timezone=zone,
        onec_base="upp",
        onec_configuration=onec.configuration,
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables from which ``Settings.from_env()`` reads the same settings."""
    return {name: value for field, name in VARIABLES.items() if (value := getattr(settings, field)) is not None}
