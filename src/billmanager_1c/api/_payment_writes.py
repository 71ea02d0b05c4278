"""Payments: everything that changes one (billmanager-api.md §4.10 to §4.12)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

import attrs

from ..errors import NotSaved
from ..models import NewPayment, PaymentChanges, PaymentId
from ._dialect import Dialect
from ._document import Document
from ._errors import sentence
from ._operation import Call, Operation
from ._values import amount_text, start_of

_ELID = re.compile(r"(?<![A-Za-z0-9_])elid=([0-9]{1,18})(?![0-9])")


class _Write(Operation[None]):
    """A write that is done if the answer has ``ok``."""

    writes: ClassVar[bool] = True

    def read(self, document: Document, dialect: Dialect) -> None:
        """Check that it was done.

        Raises:
            NotSaved: there is no ``ok``.
        """
        _check_saved(document)


@attrs.frozen
class CreatePayment(Operation[PaymentId]):
    """Create a payment of status 1: a bill that credits nothing.

    Raises:
        PaymentAlreadyMade: there is a payment with this random number.
        MethodUnavailable: the payment method cannot be used.
        NotSaved: the form came back.
    """

    writes: ClassVar[bool] = True

    payment: NewPayment

    def call(self, dialect: Dialect) -> Call:
        """Return the call: the last step of the wizard alone, as the one public employee's script sends it (§4.11)."""
        new = self.payment
        params = {
            dialect.create_amount: amount_text(new.amount),
            dialect.create_currency: str(new.currency_id),
            dialect.create_method: str(new.method_id),
            dialect.create_account: str(new.account_id),
            dialect.create_payer: str(new.payer_id),
            dialect.create_provider: str(new.provider_id),
            dialect.random_number: new.random_number,
            **dict(dialect.create_params),
            "sok": "ok",
        }
        return Call(dialect.create, params, family=dialect.create_family)

    def read(self, document: Document, dialect: Dialect) -> PaymentId:
        """Read the new id: a field of its own, the first of several ids, or only inside a redirect (§1.6, §4.10)."""
        for found in (document.link("payment_id"), _created_id(document, dialect), _redirected_id(document)):
            if found is not None:
                return PaymentId(found)
        _check_saved(document)
        document.missing("id")
        return PaymentId(0)


@attrs.frozen
class EditPayment(_Write):
    """Write fields of a payment. Fields that are None stay as they are; no field at all is refused."""

    id: PaymentId
    changes: PaymentChanges = attrs.field()

    @changes.validator
    def _something_changes(self, attribute: object, value: PaymentChanges) -> None:
        if value == PaymentChanges():
            raise ValueError(f"no field of payment {self.id} is to be changed")

    def call(self, dialect: Dialect) -> Call:
        """Return the call, by the documented parameters (D2)."""
        changes = self.changes
        fields = {
            "subaccountamount": None if changes.amount is None else amount_text(changes.amount),
            "sender": changes.payer_id,
            "recipient": changes.company_id,
            "paymethod": changes.method_id,
            "paydate": None if changes.paid_on is None else start_of(changes.paid_on),
            "documentnumber": changes.document_number,
            "documentdate": changes.document_date,
            "description": changes.description,
            dialect.mark_field: changes.mark,
            "status": changes.status,
        }
        written = {name: str(value) for name, value in fields.items() if value is not None}
        return Call("payment.edit", {"elid": str(self.id), **written, "sok": "ok"})


@attrs.frozen
class SetPaid(_Write):
    """Credit a payment: BILLmanager's «Зачислить»."""

    id: PaymentId

    def call(self, dialect: Dialect) -> Call:
        """Return the call.

        The one public script sends no ``sok`` (§4.11). It does no harm where it is not asked for, and where an
        installation shows a form first, nothing would be credited without it.
        """
        return Call(dialect.credit, {"elid": str(self.id), "sok": "ok"})


@attrs.frozen
class UncreditPayment(_Write):
    """Take a credit back: the payment gets status 1 and the balance loses its amount (assumed, §4.12)."""

    id: PaymentId

    def call(self, dialect: Dialect) -> Call:
        """Return the call."""
        return Call(dialect.uncredit, {"elid": str(self.id), **dict(dialect.uncredit_params), "sok": "ok"})


@attrs.frozen
class CancelPayment(_Write):
    """Give a payment status 9, cancelled; a credit is taken back with it (assumed, §4.12)."""

    id: PaymentId

    def call(self, dialect: Dialect) -> Call:
        """Return the call."""
        return Call(dialect.cancel, {"elid": str(self.id), **dict(dialect.cancel_params), "sok": "ok"})


def _some(ids: Iterable[PaymentId]) -> tuple[PaymentId, ...]:
    return tuple(ids)


@attrs.frozen
class DeletePayment(_Write):
    """Delete payments. BILLmanager refuses it for statuses 3 to 7: uncredit first."""

    ids: tuple[PaymentId, ...] = attrs.field(converter=_some)

    @ids.validator
    def _some_ids(self, attribute: object, value: tuple[PaymentId, ...]) -> None:
        if not value:
            raise ValueError("there is no payment to delete")

    def call(self, dialect: Dialect) -> Call:
        """Return the call: several ids are joined by comma and space (§3). For ``sok`` see :class:`SetPaid`."""
        return Call(dialect.delete, {"elid": ", ".join(str(id) for id in self.ids), "sok": "ok"})


def _check_saved(document: Document) -> None:
    if "ok" not in document:
        raise NotSaved(f"{document.function}: {sentence(NotSaved)}", function=document.function)


def _created_id(document: Document, dialect: Dialect) -> int | None:
    """Return the id that the creating step gave out, else the first: further steps may give out others."""
    ids = document.children("id")
    own = [child for child in ids if child.attribute("step") == dialect.create]
    number = next((child.own_text for child in [*own, *ids] if child.own_text), "")
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 18 else None


def _redirected_id(document: Document) -> int | None:
    match = _ELID.search(document.text("ok"))
    return int(match[1]) if match else None
