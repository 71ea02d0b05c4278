"""BILLmanager as the model has it: the payments of one document, and requests that may still take effect.

Everything is a tuple, so that a state of it can be put into a set.
"""

from __future__ import annotations

from decimal import Decimal

import attrs
from model_papers import DAY

from billmanager_1c.api import (
    CancelPayment,
    CreatePayment,
    DeletePayment,
    EditPayment,
    Operation,
    ReadPayment,
    SetPaid,
    UncreditPayment,
)
from billmanager_1c.errors import (
    AnswerTimedOut,
    BillManager1CError,
    ConnectionFailed,
    DeadlinePassed,
    ObjectMissing,
    PaymentAlreadyMade,
    RefusedByBillManager,
)
from billmanager_1c.ledger import Seen, Standing
from billmanager_1c.models import (
    AccountId,
    CompanyId,
    CurrencyId,
    Money,
    PayerId,
    Payment,
    PaymentId,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    ProviderId,
    Subaccount,
    SubaccountId,
)
from billmanager_1c.plans.shown import standing_of, stands_for

NEW, CREDITED, CANCELLED = PaymentStatus.NEW, PaymentStatus.CREDITED, PaymentStatus.CANCELLED

#: status, amount, subaccount, mark, random number; None once it is deleted. Its id is its place, from 1
Row = tuple[int, int, int, str, str] | None
Bank = tuple[Row, ...]
#: what a request does, with what, and the attempt that it belongs to
Request = tuple[str, int, int, str, str]
#: what an answer, or the lack of one, says: a word of :data:`TROUBLE`, an id, or what was read
Reply = object

#: how the client tells a plan that there is no answer, or a bad one
TROUBLE: dict[str, type[BillManager1CError]] = {
    "no answer": AnswerTimedOut,
    "not sent": ConnectionFailed,
    "too late to send": DeadlinePassed,
    "no such payment": ObjectMissing,
    "exists": PaymentAlreadyMade,
    "refused": RefusedByBillManager,
}
SUBACCOUNTS = {
    number: Subaccount(
        id=SubaccountId(number),
        account_id=AccountId(1),
        account="client",
        provider_id=ProviderId(number),
        provider=f"provider {number}",
        currency_id=CurrencyId(126),
        currency="RUB",
    )
    for number in (1, 2)
}


@attrs.frozen(kw_only=True)
class Habits:
    """What is not known of a live BILLmanager, and must not matter."""

    #: a create with a random number that a payment has already is refused
    looks_up_random_number: bool = True
    #: the form of a payment shows its random number
    shows_random_number: bool = True
    #: the form shows the subaccount; the list always shows its client and provider
    shows_subaccount: bool = True
    #: a payment is never deleted, only marked as cancelled
    never_deletes: bool = False


def request_of(operation: Operation[object], attempt: str) -> Request:
    """Take a write of the API apart."""
    match operation:
        case CreatePayment(payment=new):
            return ("create", int(new.amount), int(new.provider_id), new.random_number, attempt)
        case EditPayment(id=id, changes=changes):
            assert changes.status is None
            return ("edit", id, 0 if changes.amount is None else int(changes.amount), changes.mark or "", attempt)
        case SetPaid(id=id):
            return ("credit", id, 0, "", attempt)
        case UncreditPayment(id=id):
            return ("uncredit", id, 0, "", attempt)
        case DeletePayment(ids=(id,)):
            return ("delete", id, 0, "", attempt)
        case CancelPayment(id=id):
            return ("cancel", id, 0, "", attempt)
    raise TypeError(f"the model knows no {operation}")


def take_effect(bank: Bank, request: Request, habits: Habits) -> tuple[Bank, Reply]:
    """Carry a request out. A credit of a cancelled payment is the worst that may happen, so it is what happens."""
    what, first, second, text, _ = request
    if what == "create":
        if habits.looks_up_random_number and any(row and row[4] == text for row in bank):
            return bank, "exists"
        return (*bank, (NEW, first, second, "", text)), len(bank) + 1
    row = bank[first - 1]
    if row is None:
        return bank, "no such payment"
    status, amount, subaccount, mark, number = row
    match what:
        case "edit":
            row = (status, second or amount, subaccount, text or mark, number)
        case "credit":
            row = (CREDITED, amount, subaccount, mark, number)
        case "uncredit":
            row = (NEW, amount, subaccount, mark, number)
        case "cancel":
            row = (CANCELLED, amount, subaccount, mark, number)
        case "delete" if status != CREDITED and not habits.never_deletes:
            row = None
        case _:
            return bank, "refused"
    return (*bank[: first - 1], row, *bank[first:]), "ok"


def read(bank: Bank, operation: Operation[object], habits: Habits) -> Reply:
    """Show the form of a payment."""
    assert isinstance(operation, ReadPayment), operation
    row = bank[operation.id - 1]
    if row is None:
        return "no such payment"
    status, amount, subaccount, mark, number = row
    subaccount = subaccount if habits.shows_subaccount else 0
    return ("form", operation.id, (status, amount, subaccount, mark, number if habits.shows_random_number else ""))


def see(bank: Bank, payment_id: PaymentId) -> Seen:
    """Show a payment to a person who decides about its line."""
    row = bank[payment_id - 1]
    if row is None or row[0] == CANCELLED:
        return Seen(standing=Standing.GONE)
    shown = meaning(("form", payment_id, row))
    assert isinstance(shown, Payment)
    return Seen(standing=standing_of(shown), target=stands_for(shown, SUBACCOUNTS[row[2]]))


def listing(bank: Bank) -> Reply:
    """Show the list of payments."""
    return ("list", tuple((id, *row[:3]) for id, row in enumerate(bank, 1) if row))


def meaning(reply: Reply) -> object:
    """Return what a client would return for a reply, or the exception that it would raise."""
    match reply:
        case "ok":
            return None
        case str():
            return TROUBLE[reply](f"{reply}.")
        case ("form", int(id), (status, amount, subaccount, mark, number)):
            return Payment(
                id=PaymentId(id),
                status=status,
                amount=Decimal(amount),
                subaccount_id=SubaccountId(subaccount) if subaccount else None,
                payer_id=PayerId(1),
                company_id=CompanyId(1),
                method_id=PaymentMethodId(1),
                document_number="1",  # every paper of the model has this one, and this day
                document_date=DAY,
                mark=mark,
                random_number=number or None,
            )
        case ("list", tuple(rows)):
            return [
                PaymentRow(
                    id=PaymentId(id),
                    status=status,
                    amount=Money(Decimal(amount), "RUB"),
                    payer_id=PayerId(1),
                    account_name=SUBACCOUNTS[subaccount].account,
                    provider_name=SUBACCOUNTS[subaccount].provider,
                )
                for id, status, amount, subaccount in rows
            ]
        case ("holders", frozenset(ids)):
            return dict.fromkeys(ids)
    return reply
