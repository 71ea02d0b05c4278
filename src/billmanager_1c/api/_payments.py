"""Payments: the list, and the form of one (billmanager-api.md §3, §4.8, §4.9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Self, TypeVar

import attrs

from ..models import (
    AccountId,
    CompanyId,
    PayerId,
    Payment,
    PaymentId,
    PaymentMethodId,
    PaymentRow,
    ProviderId,
    SubaccountId,
)
from ._dialect import Dialect
from ._document import Document
from ._listing import FilteredList, comma_list
from ._operation import Call, Operation
from ._values import amount_text

N = TypeVar("N")

#: a range of creation dates needs both of its ends (D1); these stand for an open one
_EARLIEST = dt.date(1990, 1, 1)
_LATEST = dt.date(2099, 12, 31)
_DAY = dt.timedelta(days=1)


def _statuses(value: int | Iterable[int] | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, int) else tuple(value)


@attrs.frozen(kw_only=True)
class ListPayments(FilteredList[PaymentRow]):
    """List payments. Each filter narrows; days are those of BILLmanager's wall clock, both ends included."""

    #: a number of :class:`PaymentStatus`, or several
    status: tuple[int, ...] | None = attrs.field(default=None, converter=_statuses)
    payer_id: PayerId | None = None
    account_id: AccountId | None = None
    method_id: PaymentMethodId | None = None
    provider_id: ProviderId | None = None
    #: the payment's own number; ``*`` stands for anything
    number: str | None = None
    #: what the client's balance gets
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    created_from: dt.date | None = None
    created_to: dt.date | None = None
    paid_from: dt.date | None = None
    paid_to: dt.date | None = None

    @status.validator
    def _some_status(self, attribute: object, value: tuple[int, ...] | None) -> None:
        if value is not None and not value:
            raise ValueError("status is empty: ask for at least one, or for None to mean all")

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "payment"

    def filter(self, dialect: Dialect) -> dict[str, str]:
        """Return the fields of the filter, by the names of the real form (§3)."""
        wanted: dict[str, str | None] = {
            "status": None if self.status is None else comma_list(self.status),
            dialect.payment_payer_filter: _text(self.payer_id),
            dialect.account_filter: _text(self.account_id),
            dialect.payment_method_filter: _text(self.method_id),
            dialect.payment_provider_filter: _text(self.provider_id),
            "number": self.number,
            "saamount_from": None if self.amount_from is None else amount_text(self.amount_from),
            "saamount_to": None if self.amount_to is None else amount_text(self.amount_to),
            "payfromdate": _text(self.paid_from),
            "paytodate": _text(self.paid_to),
        }
        if self.created_from or self.created_to:
            wanted["createdate"] = "other"
            wanted["createdatestart"], wanted["createdateend"] = map(str, self._created())
        return {name: value for name, value in wanted.items() if value is not None}

    def read_row(self, row: Document, dialect: Dialect) -> PaymentRow:
        """Read one row: its columns have other names than the fields of the form (§4.9).

        Without id or status it is no row. What else cannot be read is left open, and a look at the form tells it: a
        single strange cell must neither hide its payment nor stop all others.
        """
        spare = row.lenient
        payer_id = spare.link("sender_id")
        if "subaccountamount_iso" not in row:
            row.missing("subaccountamount_iso")
        return PaymentRow(
            id=PaymentId(row.integer("id")),
            number=row.text("number"),
            status=row.integer("real_status" if row.code("real_status") else "status"),
            amount=spare.shown_money("subaccountamount_iso"),
            created_on=spare.day("create_date" if "create_date" in row else "createdate"),
            paid_on=spare.day("pay_date" if "pay_date" in row else "paydate"),
            payer_id=None if payer_id is None else PayerId(payer_id),
            payer_name=row.text("sender_name"),
            company_name=row.text("recipient_name"),
            account_name=row.text("account_name"),
            provider_name=row.text("project"),
            method_name=row.text("paymethod_name"),
        )

    def split(self, last: PaymentRow) -> tuple[Self, Self] | None:
        """Return the same question for two ranges of days of creation, or None where a single day is left."""
        first_day, last_day = self._created()
        if first_day >= last_day:
            return None
        # Rows come by id, and so about by day, from either end: on one side of the last one shown are the others.
        middle = last.created_on or first_day + (last_day - first_day) // 2
        middle = min(max(middle, first_day + _DAY), last_day)
        return (
            attrs.evolve(self, page=1, created_from=first_day, created_to=middle - _DAY),
            attrs.evolve(self, page=1, created_from=middle, created_to=last_day),
        )

    def holds(self, row: PaymentRow) -> bool:
        """Say whether a row is of the ids and days asked for; in another zone it may be of the day before or after."""
        first_day, last_day = self._created()
        in_time = row.created_on is None or first_day - _DAY <= row.created_on <= last_day + _DAY
        return in_time and super().holds(row)

    def _created(self) -> tuple[dt.date, dt.date]:
        return self.created_from or _EARLIEST, self.created_to or _LATEST


@attrs.frozen
class ReadPayment(Operation[Payment]):
    """Read the form of a payment: it shows what the list does not, such as the document's number."""

    id: PaymentId

    def call(self, dialect: Dialect) -> Call:
        """Return the call: the form without ``sok`` saves nothing."""
        return Call("payment.edit", {"elid": str(self.id)})

    def read(self, document: Document, dialect: Dialect) -> Payment:
        """Read the form."""
        document_date = document.day("documentdate")
        return Payment(
            id=self.id,
            number=document.text("number"),
            status=document.integer("status"),
            amount=document.amount("subaccountamount"),
            method_amount=document.shown_amount("paymethodamount"),
            subaccount_id=_link(document, "subaccount", SubaccountId),
            payer_id=_link(document, "sender", PayerId),
            company_id=_link(document, "recipient", CompanyId),
            method_id=_link(document, "paymethod", PaymentMethodId),
            created_at=document.moment("createdate"),
            paid_at=document.moment("paydate"),
            document_number=document.shown_text("documentnumber"),
            document_date=document_date,
            shows_no_document_date=document_date is None and "documentdate" in document,
            description=document.shown_text("description"),
            mark=document.shown_text(dialect.mark_field),
            random_number=document.shown_text(dialect.random_number),
        )


def _link(document: Document, name: str, kind: Callable[[int], N]) -> N | None:
    value = document.link(name)
    return None if value is None else kind(value)


def _text(value: int | dt.date | None) -> str | None:
    return None if value is None else str(value)
