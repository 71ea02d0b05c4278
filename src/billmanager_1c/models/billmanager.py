"""The nouns of BILLmanager. Nothing here knows how they travel."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NewType

import attrs

from .inn import Inn, normalize_code, normalize_inn
from .money import Money

AccountId = NewType("AccountId", int)
"""A client's id (``account``)."""
SubaccountId = NewType("SubaccountId", int)
"""A subaccount's id."""
ProviderId = NewType("ProviderId", int)
"""A provider's id (``project``)."""
CompanyId = NewType("CompanyId", int)
"""A company's id."""
PayerId = NewType("PayerId", int)
"""A payer's id (``profile``)."""
PaymentMethodId = NewType("PaymentMethodId", int)
"""A payment method's id (``paymethod``)."""
CurrencyId = NewType("CurrencyId", int)
"""A currency's id: 126 is the rouble."""
PaymentId = NewType("PaymentId", int)
"""A payment's id: grows with each payment."""


class PaymentStatus:
    """The numbers of payment statuses we act on (billmanager-api.md §4.8).

    The vocabulary belongs to BILLmanager and may grow: a status is a plain ``int``, and an unknown one is kept.
    """

    NEW: Final = 1
    IN_PROGRESS: Final = 2
    PROMISED: Final = 3
    CREDITED: Final = 4
    AWAITS_REFUND: Final = 5
    REFUNDED: Final = 6
    FRAUD: Final = 7
    INITIATED: Final = 8
    CANCELLED: Final = 9
    BEING_DELETED: Final = 100


class LegalStatus(enum.Enum):
    """``profiletype``: the legal status of a payer."""

    INDIVIDUAL = 1
    LEGAL_ENTITY = 2
    SOLE_PROPRIETOR = 3


@attrs.frozen(kw_only=True)
class Employee:
    """Who we are for BILLmanager, as ``whoami`` tells."""

    id: int
    name: str
    #: 29 for an employee, 30 for root, 16 for a client
    level: int
    realname: str = ""
    #: version of BILLmanager, empty where it did not say
    version: str = ""


@attrs.frozen(kw_only=True)
class Currency:
    """Валюта."""

    id: CurrencyId
    #: ISO 4217 letters
    iso: str
    #: ISO 4217 digits, empty where BILLmanager did not say
    code: str = ""
    name: str = ""
    symbol: str = ""


@attrs.frozen(kw_only=True)
class Account:
    """Клиент."""

    id: AccountId
    name: str
    status: str = ""


@attrs.frozen(kw_only=True)
class Provider:
    """Провайдер: a brand under which services are sold."""

    id: ProviderId
    name: str
    site: str = ""


@attrs.frozen(kw_only=True)
class Subaccount:
    """Лицевой счёт: the balance of one client with one provider in one currency."""

    id: SubaccountId
    account_id: AccountId
    #: the client's name
    account: str
    provider_id: ProviderId
    provider: str = ""
    currency_id: CurrencyId
    #: ISO 4217 letters
    currency: str
    #: None where BILLmanager did not say
    balance: Decimal | None = None
    #: False once BILLmanager shows it as closed
    active: bool = True


@attrs.frozen(kw_only=True)
class Company:
    """Компания: our own legal entity in BILLmanager."""

    id: CompanyId
    name: str
    inn: Inn = attrs.field(default=Inn(""), converter=normalize_inn)
    kpp: str = attrs.field(default="", converter=normalize_code)


@attrs.frozen(kw_only=True)
class Payer:
    """Плательщик of a client."""

    id: PayerId
    name: str
    #: the client's name, as the list shows it
    account: str = ""
    #: the client, where BILLmanager said; else the one whose payers were asked for
    account_id: AccountId | None = None
    #: None where BILLmanager has a legal status unknown to us
    legal_status: LegalStatus | None = None
    active: bool = True
    inn: Inn = attrs.field(default=Inn(""), converter=normalize_inn)
    kpp: str = attrs.field(default="", converter=normalize_code)
    #: Код в бухгалтерской системе, as text
    accounting_code: str = attrs.field(default="", converter=normalize_code)


@attrs.frozen(kw_only=True)
class PaymentMethod:
    """Метод оплаты, with its links and limits."""

    id: PaymentMethodId
    #: the names in all languages, the main one first
    names: tuple[str, ...]
    module: str = ""
    active: bool = True
    currency_id: CurrencyId | None = None
    company_ids: frozenset[CompanyId] = frozenset()
    provider_ids: frozenset[ProviderId] = frozenset()
    #: legal statuses it is open to, as BILLmanager's numbers; empty means that BILLmanager named none
    legal_statuses: frozenset[int] = frozenset()
    #: in the method's currency; None means no limit
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    commission_amount: Decimal = Decimal(0)
    commission_percent: Decimal = Decimal(0)
    #: smaller comes first
    order_priority: int = 0

    @property
    def name(self) -> str:
        """The main name."""
        return self.names[0] if self.names else f"#{self.id}"


@attrs.frozen(kw_only=True)
class PaymentRow:
    """A row of the list of payments: less than :class:`Payment`, cheap in bulk."""

    id: PaymentId
    number: str = ""
    #: one of :class:`PaymentStatus`, or a number unknown to us
    status: int
    #: what the client's balance gets; None where that cannot be read: the form tells it
    amount: Money | None
    #: in BILLmanager's local calendar
    created_on: date | None = None
    paid_on: date | None = None
    payer_id: PayerId | None = None
    payer_name: str = ""
    company_name: str = ""
    account_name: str = ""
    provider_name: str = ""
    method_name: str = ""


@attrs.frozen(kw_only=True)
class Payment:
    """A payment as its own form shows it. ``None`` means that this BILLmanager did not show the field."""

    id: PaymentId
    number: str = ""
    status: int
    #: what the client's balance gets, in the subaccount's currency
    amount: Decimal
    #: what the payment system got, in the method's currency
    method_amount: Decimal | None = None
    subaccount_id: SubaccountId | None = None
    payer_id: PayerId | None = None
    company_id: CompanyId | None = None
    method_id: PaymentMethodId | None = None
    #: aware; BILLmanager's wall clock in the zone the client was given
    created_at: datetime | None = None
    paid_at: datetime | None = None
    document_number: str | None = None
    document_date: date | None = None
    #: the form shows the field of the document's date, and no date in it
    shows_no_document_date: bool = False
    description: str | None = None
    #: the field that carries our mark (``Dialect.mark_field``)
    mark: str | None = None
    random_number: str | None = None

    @property
    def paid_on(self) -> date | None:
        """The day of ``paid_at`` on BILLmanager's own wall clock."""
        return self.paid_at.date() if self.paid_at else None


@attrs.frozen(kw_only=True)
class NewPayment:
    """What is needed to create an inert payment of status 1."""

    amount: Decimal
    currency_id: CurrencyId
    method_id: PaymentMethodId
    account_id: AccountId
    payer_id: PayerId
    provider_id: ProviderId
    #: at most 12 characters of ``[0-9A-Za-z]``: BILLmanager looks it up before it inserts
    random_number: str


@attrs.frozen(kw_only=True)
class PaymentChanges:
    """Fields of a payment to be written by its id. ``None`` leaves a field as it is."""

    amount: Decimal | None = None
    payer_id: PayerId | None = None
    company_id: CompanyId | None = None
    method_id: PaymentMethodId | None = None
    #: written as the start of that day on BILLmanager's wall clock
    paid_on: date | None = None
    document_number: str | None = None
    document_date: date | None = None
    description: str | None = None
    mark: str | None = None
    #: one of :class:`PaymentStatus`
    status: int | None = None
