"""A payment as BILLmanager shows it, beside what we know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from ..ledger import NOT_READ, LinkState, Refused, Standing, Target, find_mark
from ..models import (
    AccountId,
    CompanyId,
    CurrencyId,
    PayerId,
    Payment,
    PaymentChanges,
    PaymentId,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    ProviderId,
    QuarantineCode,
    Subaccount,
    SubaccountId,
)
from .run import Run

OVER = (PaymentStatus.CANCELLED, PaymentStatus.BEING_DELETED)
"""The statuses in which a payment is as good as deleted."""

INERT = (PaymentStatus.NEW, PaymentStatus.IN_PROGRESS, PaymentStatus.INITIATED)
"""The statuses in which a payment is nobody's money yet."""


def differences(shown: Payment, target: Target) -> list[str]:
    """Name the fields in which BILLmanager shows something else. What it does not show is not compared."""
    pairs = _pairs(shown, target)
    return [name for name, (is_, be) in pairs.items() if is_ is not None and be is not None and not _agree(is_, be)]


def not_shown(shown: Payment, target: Target) -> list[str]:
    """Name the fields that were written and show nothing: they are empty, or the form has them not."""
    written = {
        "document_number": target.document_number,
        "document_date": target.document_date != NOT_READ,
        "mark": target.mark,
    }
    return [name for name, is_written in written.items() if is_written and getattr(shown, name) is None]


_SHORTEST_CUT = 100
"""No column that keeps a purpose is shorter: a text of ours that ends earlier was changed."""


def _agree(is_: object, be: object) -> bool:
    """Compare; how BILLmanager keeps the white space of a text, and how much of it, is documented nowhere."""
    if is_ == be or not (isinstance(is_, str) and isinstance(be, str)):
        return is_ == be
    is_, be = " ".join(is_.split()), " ".join(be.split())
    return is_ == be or (len(is_) >= _SHORTEST_CUT and be.startswith(is_))


def _pairs(shown: Payment, target: Target) -> dict[str, tuple[object, object]]:
    """Return by field what is shown and what should be; None where either does not say."""
    return {
        "amount": (shown.amount, target.amount),
        "payer_id": (shown.payer_id, target.payer_id),
        "method_id": (shown.method_id, target.method_id),
        "company_id": (shown.company_id, target.company_id),
        "paid_on": (shown.paid_on, target.paid_on if target.paid_on != NOT_READ else None),
        "document_number": (shown.document_number, target.document_number),
        "document_date": (shown.document_date, target.document_date),
        "description": (shown.description, target.description or None),
        "mark": (shown.mark, target.mark),
    }


def _never_ours(shown: Payment, ours: Sequence[Target]) -> list[str]:
    """Name the fields that show what we never wrote; the first of ours is what stood when it was last known.

    An edit may have been done in part, or rights on fields dropped some of it: values of ours side by side that never
    stood together are still ours. What the first one does not tell, such as a date that crediting reset, may be any.
    What stood there before it was ours has no mark: of that nothing is ours but all of it together.
    """
    if not all(differences(shown, target) for target in ours):
        return []
    written = [ours[0], *(target for target in ours[1:] if find_mark(target.mark))]
    told = [_pairs(shown, target) for target in written]
    return [
        name
        for name, (is_, last) in told[0].items()
        if is_ is not None and last is not None and not any(_agree(is_, pairs[name][1]) for pairs in told)
    ]


def is_ours(shown: Payment, known: tuple[Target, ...]) -> bool:
    """Say whether a payment with our id is the one we made: ids come again when BILLmanager is restored."""
    mark = find_mark(shown.mark)
    if mark is not None and str(mark) in {target.mark for target in known}:
        return True
    return not known or any(not _identity(shown, target) for target in known)


def _identity(shown: Payment, target: Target) -> list[str]:
    """Name what never differs between a payment and what we made it as."""
    pairs = {
        "amount": (shown.amount, target.amount),
        "payer_id": (shown.payer_id, target.payer_id),
        "method_id": (shown.method_id, target.method_id),
        "subaccount_id": (shown.subaccount_id, target.subaccount_id),
    }
    return [name for name, (is_, be) in pairs.items() if is_ is not None and is_ != be]


def person_changed(shown: Payment, ours: tuple[Target, ...]) -> Refused | None:
    """Say that a person changed the payment, unless all it shows is what we once wrote ourselves.

    The first of ours is what stood when it was last known.
    """
    if shown.status != PaymentStatus.CREDITED:
        return changed_by_person(shown.id, f"its status is {shown.status}")
    if not ours:
        return changed_by_person(shown.id, "somebody credited it before we did")
    found = _never_ours(shown, ours)
    return changed_by_person(shown.id, f"another {', '.join(found)}") if found else None


def changed_by_person(payment_id: PaymentId, what: str) -> Refused:
    """Leave a payment alone, and say why."""
    return Refused(
        state=LinkState.REMOTE_CHANGED,
        code=QuarantineCode.REMOTE_CHANGED,
        reason=f"Somebody changed our payment {payment_id} in BILLmanager ({what}). It is left alone; decide by hand.",
    )


def standing_of(shown: Payment) -> Standing:
    """Say how a payment stands."""
    if shown.status == PaymentStatus.CREDITED:
        return Standing.CREDITED
    if shown.status in OVER:
        return Standing.GONE
    return Standing.INERT if shown.status in INERT else Standing.TAKEN_OUT


def subaccount_of(row: PaymentRow, subaccounts: Iterable[Subaccount]) -> Subaccount | None:
    """Return the subaccount that a row of the list credits: a form does not show it; None where it cannot be told."""
    found = [
        subaccount
        for subaccount in subaccounts
        if row.account_name == subaccount.account
        and _unit_fits(row, subaccount)
        and row.provider_name in ("", subaccount.provider)
    ]
    return found[0] if len(found) == 1 else None


def credited_subaccount(
    shown: Payment, row: PaymentRow | None, likely: Subaccount | None, run: Run
) -> Subaccount | None:
    """Return the subaccount of a payment: as its form shows it, else as its row does, else the likely one."""
    subaccounts = run.reference.subaccounts
    if shown.subaccount_id is not None:
        return subaccounts.get(shown.subaccount_id)
    if row is None or not row.account_name:
        return likely
    if likely is not None and may_credit(row, likely):
        return likely
    return subaccount_of(row, subaccounts.values())


def may_credit(row: PaymentRow, subaccount: Subaccount) -> bool:
    """Say whether nothing that a row shows speaks against this subaccount."""
    return (
        row.account_name in ("", subaccount.account)
        and row.provider_name in ("", subaccount.provider)
        and _unit_fits(row, subaccount)
    )


def surely_credits(shown: Payment, row: PaymentRow, subaccount: Subaccount, run: Run) -> bool:
    """Say whether a payment of this client can be no other subaccount's of his: what is hidden may differ."""
    if not may_credit(row, subaccount):
        return False
    if shown.subaccount_id is not None:
        return shown.subaccount_id == subaccount.id
    return not any(
        one.account_id == subaccount.account_id and one.active and one.id != subaccount.id and may_credit(row, one)
        for one in run.reference.subaccounts.values()
    )


def _unit_fits(row: PaymentRow, subaccount: Subaccount) -> bool:
    """Compare currencies where the list writes ISO codes; some write a sign or a word."""
    unit = row.amount.unit if row.amount else ""
    is_code = len(unit) == 3 and unit.isascii() and unit.isupper()
    return not is_code or unit == subaccount.currency


def stands_as(shown: Payment, ours: Target) -> Target:
    """Return what stands in BILLmanager; of what it does not show, ours."""
    return attrs.evolve(
        ours,
        subaccount_id=shown.subaccount_id or ours.subaccount_id,
        payer_id=shown.payer_id or ours.payer_id,
        company_id=shown.company_id or ours.company_id,
        method_id=shown.method_id or ours.method_id,
        amount=shown.amount,
        paid_on=shown.paid_on or NOT_READ,
        document_number=shown.document_number or "",
        document_date=shown.document_date or NOT_READ,
        description=shown.description or "",
        mark=shown.mark or "",
    )


def stands_for(shown: Payment, subaccount: Subaccount | None) -> Target:
    """Return what stands in BILLmanager for a payment that we know nothing else of."""
    unknown = Target(
        account_id=subaccount.account_id if subaccount else AccountId(0),
        subaccount_id=subaccount.id if subaccount else SubaccountId(0),
        provider_id=subaccount.provider_id if subaccount else ProviderId(0),
        currency_id=subaccount.currency_id if subaccount else CurrencyId(0),
        payer_id=PayerId(0),
        company_id=CompanyId(0),
        method_id=PaymentMethodId(0),
        amount=Decimal(0),
        paid_on=NOT_READ,
        document_number="",
        document_date=NOT_READ,
        description="",
        mark="",
    )
    return stands_as(shown, unknown)


def changes_to(before: Target | None, target: Target) -> PaymentChanges:
    """Return the fields in which two targets differ; all of them where nothing is known of the first."""

    def new(name: str) -> object:
        value = getattr(target, name)
        return value if before is None or getattr(before, name) != value else None

    return PaymentChanges(
        **{name: new(name) for name in _EDITABLE}  # type: ignore[arg-type]
    )


_EDITABLE = (
    "amount",
    "payer_id",
    "company_id",
    "method_id",
    "paid_on",
    "document_number",
    "document_date",
    "description",
    "mark",
)
