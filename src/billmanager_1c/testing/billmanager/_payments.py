"""What an employee does with payments: create, edit, credit, take back, delete (billmanager-api.md §4.8 to §4.12)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs

from ...models import PaymentStatus
from .._faults import Fault
from ._element import Content, Element
from ._payment_form import edit, nobodys_payment, show
from ._records import EmployeeRecord, PaymentRecord
from ._refusal import Refusal
from ._request import Request
from ._state import State
from ._wizard import new_payment

Fire: TypeAlias = Callable[[Fault], Mapping[str, object] | None]
"""Takes a fault for the request at hand, if it is armed for it."""

_Children: TypeAlias = list[tuple[str, Content]]

#: function: the status it sets
_STATUS_OF = {
    "payment.setinpay": PaymentStatus.IN_PROGRESS,
    "payment.setnopay": PaymentStatus.NEW,
    "payment.setfraud": PaymentStatus.FRAUD,
    "payment.setcanceled": PaymentStatus.CANCELLED,
}

#: statuses in which a payment cannot be deleted
_UNDELETABLE = frozenset(
    {
        PaymentStatus.PROMISED,
        PaymentStatus.CREDITED,
        PaymentStatus.AWAITS_REFUND,
        PaymentStatus.REFUNDED,
        PaymentStatus.FRAUD,
    }
)

#: statuses that crediting does not lead out of
_UNCREDITABLE = frozenset(
    {
        PaymentStatus.AWAITS_REFUND,
        PaymentStatus.REFUNDED,
        PaymentStatus.FRAUD,
        PaymentStatus.BEING_DELETED,
    }
)


class PaymentDesk:
    """The functions of payments. Each returns the children of the document, or raises a Refusal."""

    def __init__(self, state: State) -> None:
        self._state = state

    def functions(self) -> Mapping[str, Callable[[Request, EmployeeRecord, Fire], _Children]]:
        """Return what is served, by function."""
        return {
            self._state.installation.create_function: self._create,
            "payment.edit": self._edit,
            "payment.setpaid": self._credit,
            "payment.delete": self._delete,
            **dict.fromkeys(_STATUS_OF, self._set_status),
        }

    def _create(self, request: Request, employee: EmployeeRecord, fire: Fire) -> _Children:
        payments = self._state.tables.payments
        payment_id = payments.next_id()
        button = self._state.installation.create_button
        pressed = not button or request.params.get("clicked_button") == button
        if not request.saves or not pressed or fire(Fault.FORM_WITHOUT_OK) is not None:
            issued = hashlib.sha256(f"form {payment_id} {request.ip}".encode()).hexdigest()[:12]
            asked = ("amount", "payment_currency", "paymethod", "customer_account", "project", "profile", "billorder")
            return [*((name, "") for name in asked), ("randomnumber", issued)]
        payment = new_payment(
            payment_id,
            request.params,
            self._state.view(),
            self._state.installation,
            self._state.wall(),
            random_numbers=self._state.random_numbers,
        )
        self._state.keep(payment, actor=employee.username, action=request.func)
        saved = {"saveoutput": "yes"}
        return [
            ("id", Element(str(payment_id), saved)),
            ("id", Element(str(payment_id), {**saved, "step": request.func})),
            ("ok", Element("", {"type": "url"})),
            ("payment_id", Element(str(payment_id), saved)),
        ]

    def _edit(self, request: Request, employee: EmployeeRecord, fire: Fire) -> _Children:
        state = self._state
        elid = request.params.get("elid", "")
        saves = request.saves and fire(Fault.FORM_WITHOUT_OK) is None
        if not saves:
            if not elid:
                nobodys = nobodys_payment(state.tables.payments.next_id(), state.wall())
                return show(nobodys, state.view(), state.installation, request.lang)[1:]
            return show(self._find(elid), state.view(), state.installation, request.lang)
        params = dict(request.params)
        if (dropped := fire(Fault.DROPS_FIELDS)) is not None:
            fields = dropped["fields"]
            assert isinstance(fields, (tuple, list, set, frozenset))
            params = {name: value for name, value in params.items() if name not in fields}
        before = self._find(elid) if elid else nobodys_payment(state.tables.payments.next_id(), state.wall())
        after = edit(before, params, state.view(), state.installation)
        if after.status == PaymentStatus.CREDITED != before.status:
            after = self._dated(after, fire)
        self._check_spent(before, after, request.func)
        state.keep(after, actor=employee.username, action=request.func)
        return [("ok", "")] if elid else [("id", str(after.id)), ("ok", "")]

    def _credit(self, request: Request, employee: EmployeeRecord, fire: Fire) -> _Children:
        payments = self._several(request)
        for payment in payments:
            if payment.status in _UNCREDITABLE:
                raise Refusal("value", "status", str(payment.status), because="Such a payment cannot be credited.")
        for payment in payments:
            noted = self._noted(payment, request)
            if payment.status != PaymentStatus.CREDITED:
                noted = self._dated(attrs.evolve(noted, status=PaymentStatus.CREDITED), fire)
            if noted != payment:
                self._state.keep(noted, actor=employee.username, action=request.func)
        return [("ok", "")]

    def _set_status(self, request: Request, employee: EmployeeRecord, fire: Fire) -> _Children:
        status = _STATUS_OF[request.func]
        payments = self._several(request)
        changed = [attrs.evolve(self._noted(payment, request), status=status) for payment in payments]
        for before, after in zip(payments, changed, strict=True):
            if before.credited and status == PaymentStatus.IN_PROGRESS:
                raise Refusal("value", "status", str(before.status), because="The payment is credited already.")
            self._check_spent(before, after, request.func)
        for after in changed:
            self._state.keep(after, actor=employee.username, action=request.func)
        return [("ok", "")]

    def _delete(self, request: Request, employee: EmployeeRecord, fire: Fire) -> _Children:
        payments = self._several(request)
        for payment in payments:
            if payment.status in _UNDELETABLE:
                because = "Only payments that are not paid can be deleted."
                if self._state.installation.delete_refusal == "access":
                    raise Refusal("access", value=request.func, because=because)
                raise Refusal("value", "status", str(payment.status), because=because)
        for payment in payments:
            self._state.erase(payment.id, actor=employee.username, action=request.func)
        return [("ok", "")]

    # ------------------------------------------------------------------------------------------------------------

    def _several(self, request: Request) -> list[PaymentRecord]:
        """Return the payments of a group operation: ids joined by a comma. One that is missing stops all."""
        ids = [part.strip() for part in request.params.get("elid", "").split(",")]
        return [self._find(part) for part in dict.fromkeys(ids)]

    def _find(self, elid: str) -> PaymentRecord:
        payment = self._state.tables.payments.rows.get(int(elid)) if elid.isascii() and elid.isdigit() else None
        if payment is None:
            raise Refusal("missed", "payment", elid)
        return payment

    def _noted(self, payment: PaymentRecord, request: Request) -> PaymentRecord:
        """Return the payment with what a gateway says about it."""
        return attrs.evolve(
            payment,
            info=request.params.get("info", payment.info),
            external_id=request.params.get("externalid", payment.external_id),
        )

    def _dated(self, payment: PaymentRecord, fire: Fire) -> PaymentRecord:
        """Return a payment that is being credited with its payment date."""
        resets = self._state.installation.resets_paydate or fire(Fault.RESETS_PAYDATE) is not None
        if resets or payment.paid_at is None:
            return attrs.evolve(payment, paid_at=self._state.wall())
        return payment

    def _check_spent(self, before: PaymentRecord, after: PaymentRecord, func: str) -> None:
        if after.credited < before.credited and after.credited < before.used_amount:
            if self._state.installation.spent_refusal == "access":
                raise Refusal("access", value=func, because="The money is spent already.")
            field = "status" if after.status != before.status else "subaccountamount"
            raise Refusal("value", field, str(before.used_amount), because="The money is spent already.")
