"""What the simulator keeps: frozen rows in the words of this library (the wire's names are in the lists and forms)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import attrs

from ...models import PaymentStatus

ZERO = Decimal("0.00")


@attrs.frozen(kw_only=True)
class CurrencyRecord:
    """Валюта."""

    id: int
    iso: str
    code: str
    name: str
    symbol: str = ""


@attrs.frozen(kw_only=True)
class ProviderRecord:
    """Провайдер."""

    id: int
    name: str
    currency_id: int
    site: str = ""


@attrs.frozen(kw_only=True)
class CompanyRecord:
    """Компания."""

    id: int
    name: str
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    #: empty: all of them
    provider_ids: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class MethodRecord:
    """Метод оплаты."""

    id: int
    name: str
    name_ru: str
    currency_id: int
    provider_ids: tuple[int, ...]
    company_ids: tuple[int, ...]
    legal_statuses: tuple[int, ...] = (1, 2, 3)
    active: bool = True
    module: str = "pmruwire"
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    commission_amount: Decimal = ZERO
    commission_percent: Decimal = Decimal(0)
    order_priority: int = 1
    #: ``{id}`` stands for the payment's id
    number_template: str = "{id}"
    note: str = ""


@attrs.frozen(kw_only=True)
class AccountRecord:
    """Клиент."""

    id: int
    name: str
    email: str
    note: str = ""


@attrs.frozen(kw_only=True)
class SubaccountRecord:
    """Лицевой счёт."""

    id: int
    account_id: int
    provider_id: int
    currency_id: int
    active: bool = True
    balance: Decimal = ZERO


@attrs.frozen(kw_only=True)
class PayerRecord:
    """Плательщик."""

    id: int
    account_id: int
    #: 1 individual, 2 legal entity, 3 sole proprietor
    legal_status: int
    name: str
    person: str = ""
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    accounting_code: str = ""
    active: bool = True

    @property
    def title(self) -> str:
        """The name that lists show: an individual goes by the person's name (billmanager-api.md §4.4)."""
        return self.person if self.legal_status == 1 else self.name


@attrs.frozen(kw_only=True)
class EmployeeRecord:
    """Сотрудник: whom we log in as."""

    id: int
    username: str
    password: str = attrs.field(repr=False)
    #: 29 employee, 30 root
    level: int = 29
    realname: str = ""
    email: str = ""
    #: functions this employee has no right to
    denied: frozenset[str] = frozenset()
    #: functions that somebody gave this employee and no exchange needs
    extra: frozenset[str] = frozenset()
    #: empty: from anywhere
    allowed_ips: frozenset[str] = frozenset()
    two_factor: bool = False
    captcha: bool = False


@attrs.frozen(kw_only=True)
class PaymentRecord:
    """Платёж, in full. Times are naive: the server's own wall clock."""

    id: int
    number: str
    #: one of :class:`~billmanager_1c.models.PaymentStatus`
    status: int = PaymentStatus.NEW
    #: what the balance gets
    amount: Decimal
    #: with the method's commission
    method_amount: Decimal
    used_amount: Decimal = ZERO
    #: 0 where a payment was made without one
    subaccount_id: int
    method_id: int | None = None
    payer_id: int | None = None
    company_id: int | None = None
    created_at: datetime
    paid_at: datetime | None = None
    document_number: str = ""
    document_date: date | None = None
    description: str = ""
    info: str = ""
    external_id: str = ""
    random_number: str = ""
    restrict_refund: bool = False

    @property
    def credited(self) -> Decimal:
        """What stands on the client's balance because of this payment."""
        return self.amount if self.status == PaymentStatus.CREDITED else ZERO


@attrs.frozen(kw_only=True)
class CreditEvent:
    """One movement of money: positive when credited, negative when taken back."""

    at: datetime
    payment_id: int
    subaccount_id: int
    amount: Decimal
    actor: str
    action: str


@attrs.frozen(kw_only=True)
class Change:
    """One change of one payment."""

    at: datetime
    actor: str
    #: the function that did it, or what a person did
    action: str
    #: None: it was created
    before: PaymentRecord | None
    #: None: it was deleted
    after: PaymentRecord | None
