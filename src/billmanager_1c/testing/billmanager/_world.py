"""The world of a BILLmanager, built and changed by a test."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import attrs

from ._records import (
    ZERO,
    AccountRecord,
    CompanyRecord,
    CurrencyRecord,
    EmployeeRecord,
    MethodRecord,
    PayerRecord,
    ProviderRecord,
    SubaccountRecord,
)
from ._state import State

RUB = 126
"""The id of the rouble on a stock installation."""

EUR = 153
"""The id of the euro on a stock installation."""

_STOCK = (
    CurrencyRecord(id=RUB, iso="RUB", code="643", name="Russian Ruble"),
    CurrencyRecord(id=EUR, iso="EUR", code="978", name="Euro", symbol="€"),
)


class World(State):
    """Building: every ``add_…`` returns the id of what it added; every ``change_…`` leaves as it is what is not named.

    What is added has always been there (stale lists show it); what is changed was different before.
    """

    def _stock(self) -> None:
        for currency in _STOCK:
            self.tables.currencies.put(currency)

    def add_currency(self, iso: str, *, code: str = "", name: str = "", symbol: str = "", id: int | None = None) -> int:
        """Add a currency besides the stock ones, RUB (126) and EUR (153)."""
        with self._lock:
            table = self.tables.currencies
            row = CurrencyRecord(id=table.next_id(id), iso=iso, code=code, name=name or iso, symbol=symbol)
            table.put(row)
            return row.id

    def add_provider(self, name: str, *, currency: int = RUB, site: str = "", id: int | None = None) -> int:
        """Add a провайдер."""
        with self._lock:
            table = self.tables.providers
            row = ProviderRecord(id=table.next_id(id), name=name, currency_id=currency, site=site)
            table.put(row)
            return row.id

    def add_company(
        self,
        name: str,
        *,
        inn: str = "",
        kpp: str = "",
        ogrn: str = "",
        providers: Sequence[int] = (),
        id: int | None = None,
    ) -> int:
        """Add a компания of the given providers, or of all where none is given."""
        with self._lock:
            table = self.tables.companies
            row = CompanyRecord(
                id=table.next_id(id), name=name, inn=inn, kpp=kpp, ogrn=ogrn, provider_ids=tuple(providers)
            )
            table.put(row)
            return row.id

    def add_method(
        self,
        name: str,
        *,
        name_ru: str = "",
        currency: int = RUB,
        providers: Sequence[int] = (),
        companies: Sequence[int] = (),
        legal_statuses: Sequence[int] = (1, 2, 3),
        active: bool = True,
        module: str = "pmruwire",
        min_amount: Decimal | None = None,
        max_amount: Decimal | None = None,
        commission_amount: Decimal = ZERO,
        commission_percent: Decimal = ZERO,
        order_priority: int = 1,
        number_template: str = "{id}",
        id: int | None = None,
    ) -> int:
        """Add a метод оплаты. ``name`` is what an English list shows, ``name_ru`` a Russian one."""
        with self._lock:
            table = self.tables.methods
            row = MethodRecord(
                id=table.next_id(id),
                name=name,
                name_ru=name_ru or name,
                currency_id=currency,
                provider_ids=tuple(providers),
                company_ids=tuple(companies),
                legal_statuses=tuple(legal_statuses),
                active=active,
                module=module,
                min_amount=min_amount,
                max_amount=max_amount,
                commission_amount=commission_amount,
                commission_percent=commission_percent,
                order_priority=order_priority,
                number_template=number_template,
            )
            table.put(row)
            return row.id

    def add_account(self, name: str, *, email: str = "", note: str = "", id: int | None = None) -> int:
        """Add a клиент."""
        with self._lock:
            table = self.tables.accounts
            row = AccountRecord(id=table.next_id(id), name=name, email=email, note=note)
            table.put(row)
            return row.id

    def add_subaccount(
        self,
        account: int,
        *,
        provider: int,
        currency: int = RUB,
        active: bool = True,
        balance: Decimal = ZERO,
        id: int | None = None,
    ) -> int:
        """Add a лицевой счёт of the client with the provider in the currency."""
        with self._lock:
            table = self.tables.subaccounts
            row = SubaccountRecord(
                id=table.next_id(id),
                account_id=self.tables.accounts.rows[account].id,
                provider_id=self.tables.providers.rows[provider].id,
                currency_id=self.tables.currencies.rows[currency].id,
                active=active,
                balance=balance,
            )
            table.put(row)
            return row.id

    def add_payer(
        self,
        account: int,
        *,
        name: str,
        legal_status: int = 2,
        inn: str = "",
        kpp: str = "",
        accounting_code: str = "",
        person: str = "",
        active: bool = True,
        id: int | None = None,
    ) -> int:
        """Add a плательщик of the client. ``legal_status``: 1 individual, 2 legal entity, 3 sole proprietor."""
        with self._lock:
            table = self.tables.payers
            row = PayerRecord(
                id=table.next_id(id),
                account_id=self.tables.accounts.rows[account].id,
                legal_status=legal_status,
                name=name,
                person=person or name,
                inn=inn,
                kpp=kpp,
                accounting_code=accounting_code,
                active=active,
            )
            table.put(row)
            return row.id

    def add_employee(
        self,
        username: str,
        password: str,
        *,
        level: int = 29,
        realname: str = "",
        email: str = "",
        denied: Collection[str] = (),
        extra: Collection[str] = (),
        allowed_ips: Collection[str] = (),
        two_factor: bool = False,
        captcha: bool = False,
    ) -> int:
        """Add a сотрудник who may log in.

        ``denied``: functions without a right; ``extra``: rights that no exchange needs;
        ``allowed_ips``: empty means from anywhere.
        """
        with self._lock:
            row = EmployeeRecord(
                id=len(self.employees) + 1,
                username=username,
                password=password,
                level=level,
                realname=realname or username,
                email=email,
                denied=frozenset(denied),
                extra=frozenset(extra),
                allowed_ips=frozenset(allowed_ips),
                two_factor=two_factor,
                captcha=captcha,
            )
            self.employees[username] = row
            return row.id

    # --------------------------------------------------------------------------------------------------- changing

    def change_employee(
        self,
        username: str,
        *,
        password: str | None = None,
        level: int | None = None,
        denied: Collection[str] | None = None,
        extra: Collection[str] | None = None,
        allowed_ips: Collection[str] | None = None,
        two_factor: bool | None = None,
        captcha: bool | None = None,
    ) -> None:
        """Change what the employee may and how the employee logs in."""
        with self._lock:
            self.employees[username] = attrs.evolve(
                self.employees[username],
                **_named(
                    password=password,
                    level=level,
                    denied=None if denied is None else frozenset(denied),
                    extra=None if extra is None else frozenset(extra),
                    allowed_ips=None if allowed_ips is None else frozenset(allowed_ips),
                    two_factor=two_factor,
                    captcha=captcha,
                ),
            )

    def change_payer(
        self,
        payer: int,
        *,
        name: str | None = None,
        inn: str | None = None,
        kpp: str | None = None,
        accounting_code: str | None = None,
        active: bool | None = None,
        account: int | None = None,
    ) -> None:
        """Change a payer as a person would."""
        changes = _named(
            name=name, inn=inn, kpp=kpp, accounting_code=accounting_code, active=active, account_id=account
        )
        with self._lock:
            table = self.tables.payers
            table.put(attrs.evolve(table.rows[payer], **changes), self.now())

    def change_company(
        self, company: int, *, name: str | None = None, inn: str | None = None, kpp: str | None = None
    ) -> None:
        """Change a company as a person would."""
        with self._lock:
            table = self.tables.companies
            table.put(attrs.evolve(table.rows[company], **_named(name=name, inn=inn, kpp=kpp)), self.now())

    def change_method(
        self,
        method: int,
        *,
        name: str | None = None,
        name_ru: str | None = None,
        active: bool | None = None,
        providers: Sequence[int] | None = None,
        companies: Sequence[int] | None = None,
        order_priority: int | None = None,
    ) -> None:
        """Change a payment method as a person would."""
        changes = _named(
            name=name,
            name_ru=name_ru,
            active=active,
            provider_ids=None if providers is None else tuple(providers),
            company_ids=None if companies is None else tuple(companies),
            order_priority=order_priority,
        )
        with self._lock:
            table = self.tables.methods
            table.put(attrs.evolve(table.rows[method], **changes), self.now())

    def change_subaccount(self, subaccount: int, *, active: bool | None = None, account: int | None = None) -> None:
        """Close or open a subaccount, or move it to another client (a merge)."""
        with self._lock:
            table = self.tables.subaccounts
            changes = _named(active=active, account_id=account)
            table.put(attrs.evolve(table.rows[subaccount], **changes), self.now())

    def suspend_payer(self, payer: int) -> None:
        """Make a payer inactive."""
        self.change_payer(payer, active=False)

    def remove_payer(self, payer: int) -> None:
        """Delete a payer, as a merge of payers does."""
        with self._lock:
            self.tables.payers.remove(payer, self.now())

    def remove_method(self, method: int) -> None:
        """Delete a payment method."""
        with self._lock:
            self.tables.methods.remove(method, self.now())


def _named(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
