"""Clients and their subaccounts (billmanager-api.md §4.2, §4.3)."""

from __future__ import annotations

import attrs

from ..models import Account, AccountId, CurrencyId, ProviderId, Subaccount, SubaccountId
from ._dialect import Dialect
from ._document import Document
from ._listing import FilteredList
from ._operation import Call, Operation


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
        """Read one row. A list for one client need not repeat whose it is; the balance may tell the currency."""
        balance = row.shown_money("balance")
        account_id = row.link(dialect.subaccount_account_id) or self.account_id
        currency = row.text(dialect.subaccount_currency) or (balance.unit if balance else "")
        if account_id is None:
            row.missing(dialect.subaccount_account_id)
        if not currency:
            row.missing(dialect.subaccount_currency)
        return Subaccount(
            id=SubaccountId(row.integer("id")),
            account_id=AccountId(account_id or 0),
            account=row.text(dialect.subaccount_account),
            provider_id=ProviderId(row.integer(dialect.subaccount_provider_id)),
            provider=row.text(dialect.subaccount_provider),
            currency_id=CurrencyId(row.integer(dialect.subaccount_currency_id)),
            currency=currency,
            balance=balance.amount if balance else None,
            active=row.active("status", dialect.inactive_words),
        )
