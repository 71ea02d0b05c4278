"""Clients and their subaccounts (billmanager-api.md §4.2, §4.3)."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from ..models import Account, AccountId, CurrencyId, ProviderId, Subaccount, SubaccountId
from ._dialect import Dialect
from ._document import Document
from ._listing import FilteredList
from ._operation import Call, Operation, Page


@attrs.frozen(kw_only=True)
class ListAccounts(FilteredList[Account]):
    """List clients."""

    #: only the client of this name; ``*`` stands for anything
    name: str | None = None

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "account"

    def filter(self, dialect: Dialect) -> dict[str, str]:
        """Return the fields of the filter: the name's is called ``account`` (§4.2)."""
        return {"account": self.name} if self.name else {}

    def read_row(self, row: Document, dialect: Dialect) -> Account:
        """Read one row."""
        return Account(
            id=AccountId(row.integer("id")),
            name=row.text("name"),
            status=row.code("status") or row.code("account_status"),
        )


@attrs.frozen
class ReadAccount(Operation[Account]):
    """Read the form of a client."""

    id: AccountId

    def call(self, dialect: Dialect) -> Call:
        """Return the call: the form without ``sok`` saves nothing."""
        return Call("account.edit", {"elid": str(self.id)})

    def read(self, document: Document, dialect: Dialect) -> Account:
        """Read the form."""
        if "name" not in document:
            document.missing("name")
        return Account(id=self.id, name=document.text("name"), status=document.code("status"))


@attrs.frozen(kw_only=True)
class ListSubaccounts(FilteredList[Subaccount]):
    """List subaccounts of all clients, or of one."""

    account_id: AccountId | None = None

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return dialect.subaccounts

    def filter(self, dialect: Dialect) -> dict[str, str]:
        """Return the fields of the filter."""
        return {} if self.account_id is None else {dialect.account_filter: str(self.account_id)}

    def read_row(self, row: Document, dialect: Dialect) -> Subaccount:
        """Read one row. A list for one client need not repeat whose it is; the balance may tell the currency.

        One that has no client, provider or currency any more takes no money: it is as good as closed.
        """
        balance = row.shown_money("balance")
        account_id = row.link(dialect.subaccount_account_id) or self.account_id or 0
        provider_id = row.link(dialect.subaccount_provider_id) or 0
        currency_id = row.link(dialect.subaccount_currency_id) or 0
        currency = row.text(dialect.subaccount_currency) or (balance.unit if balance else "")
        return Subaccount(
            id=SubaccountId(row.integer("id")),
            account_id=AccountId(account_id),
            account=row.text(dialect.subaccount_account),
            provider_id=ProviderId(provider_id),
            provider=row.text(dialect.subaccount_provider),
            currency_id=CurrencyId(currency_id),
            currency=currency,
            balance=balance.amount if balance else None,
            active=row.active("status", dialect.inactive_words)
            and bool(account_id and provider_id and currency_id and currency),
        )

    def read(self, document: Document, dialect: Dialect) -> Page[Subaccount]:
        """Read the rows. A column in which none of them has anything is no news of them, but of rights or names."""
        page = super().read(document, dialect)
        columns: dict[str, Callable[[Subaccount], object]] = {
            dialect.subaccount_account_id: lambda one: one.account_id,
            dialect.subaccount_provider_id: lambda one: one.provider_id,
            dialect.subaccount_currency_id: lambda one: one.currency_id,
            dialect.subaccount_currency: lambda one: one.currency,
        }
        for name, value in columns.items():
            if not any(map(value, page.rows)):
                for row in document.rows():
                    row.missing(name)
        return page
