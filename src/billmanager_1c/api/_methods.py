"""Payment methods and currencies (billmanager-api.md §4.7, §4.15)."""

from __future__ import annotations

from decimal import Decimal

import attrs

from ..models import CompanyId, Currency, CurrencyId, PaymentMethod, PaymentMethodId, ProviderId
from ._dialect import Dialect
from ._document import Document
from ._listing import FilteredList
from ._operation import Call, Operation

_ZERO = Decimal(0)


@attrs.frozen(kw_only=True)
class ListCurrencies(FilteredList[Currency]):
    """List currencies."""

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "currency"

    def read_row(self, row: Document, dialect: Dialect) -> Currency:
        """Read one row."""
        iso = row.text("iso")
        if not iso:
            row.missing("iso")
        return Currency(
            id=CurrencyId(row.integer("id")),
            iso=iso,
            code=row.text("code"),
            name=row.text("name"),
            symbol=row.text("symbol"),
        )


@attrs.frozen(kw_only=True)
class ListPaymentMethods(FilteredList[PaymentMethod]):
    """List payment methods. The list names links by words only: :class:`ReadPaymentMethod` has them as ids."""

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "paymethod"

    def read_row(self, row: Document, dialect: Dialect) -> PaymentMethod:
        """Read one row."""
        return PaymentMethod(
            id=PaymentMethodId(row.integer("id")),
            names=_names(row),
            module=row.code("module"),
            active=row.active("status" if "status" in row else "active", dialect.inactive_words),
            order_priority=row.shown_integer("orderpriority") or 0,
        )


@attrs.frozen
class ReadPaymentMethod(Operation[PaymentMethod]):
    """Read the form of a payment method, with its links and limits."""

    id: PaymentMethodId

    def call(self, dialect: Dialect) -> Call:
        """Return the call: the form without ``sok`` saves nothing."""
        return Call("paymethod.edit", {"elid": str(self.id)})

    def read(self, document: Document, dialect: Dialect) -> PaymentMethod:
        """Read the form. A limit of nought is none; the name is not said to stand in the form, and does in the list."""
        if "currency" not in document:
            document.missing("currency")
        currency_id = document.link("currency")
        return PaymentMethod(
            id=self.id,
            names=_names(document),
            module=document.code("module"),
            active=document.active("active", dialect.inactive_words),
            currency_id=None if currency_id is None else CurrencyId(currency_id),
            company_ids=frozenset(map(CompanyId, document.links("company"))),
            provider_ids=frozenset(map(ProviderId, document.links("project"))),
            legal_statuses=document.links("profiletype"),
            min_amount=document.shown_amount("minamount") or None,
            max_amount=document.shown_amount("maxamount") or None,
            commission_amount=document.shown_amount("commissionamount") or _ZERO,
            commission_percent=document.shown_amount("commissionpercent") or _ZERO,
            order_priority=document.shown_integer("orderpriority") or 0,
        )


def _names(fields: Document) -> tuple[str, ...]:
    """Return the name and those in other languages: ``name_ru`` and the like (§4.7)."""
    keys = ["name", *sorted(name for name in fields if name.startswith("name_") and len(name) == len("name_ru"))]
    return tuple(dict.fromkeys(name for key in keys if (name := fields.text(key).strip())))
