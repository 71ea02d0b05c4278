"""What the tests of ``engine.reconcile`` do to the stage, and how they read what it says."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from stages import FIRST_DAY, Stage, add_one

from billmanager_1c.models import DocumentRef, PaymentId
from billmanager_1c.reports import ReconciledLine, Reconciliation

BANK = "Оплата банковской картой"
NOON = dt.datetime.combine(FIRST_DAY, dt.time(12))


def export(stage: Stage) -> None:
    """Load accounts and export everything."""
    stage.engine.load_accounts()
    stage.engine.export_payments()


def add_exported(stage: Stage, amount: str = "500.00") -> tuple[DocumentRef, int, PaymentId]:
    """Put one more document into 1C and export it; return it, its subaccount and its payment."""
    ref, subaccount = add_one(stage, amount)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    (link,) = stage.store.dossier(ref).links.values()
    assert link.payment_id is not None
    return ref, subaccount, link.payment_id


def method_of(stage: Stage, subaccount: int, name: str = BANK) -> int:
    """A method that fits a subaccount."""
    row = next(row for row in stage.bill.subaccounts() if row.id == subaccount)
    methods = stage.bill.tables.methods.rows.values()
    named = (one for one in methods if name in one.name_ru or name in one.name)
    return next(one.id for one in named if row.provider_id in one.provider_ids)


def type_in(stage: Stage, subaccount: int, amount: str = "500.00", **fields: object) -> int:
    """Have a person type in a credited payment."""
    values = {"method": method_of(stage, subaccount), "credited": True, "paid_at": NOON} | fields
    return stage.bill.person_adds_payment(subaccount=subaccount, amount=Decimal(amount), **values)


def line_of(found: Reconciliation, ref: DocumentRef) -> ReconciledLine:
    """The one line of a document, whatever its class."""
    lines = [line for line in [*found.lines, *found.ok] if line.ref == ref]
    assert len(lines) == 1, lines
    return lines[0]


def forms_read(stage: Stage, call: Callable[[], object]) -> Counter[str]:
    """Count the requests that a call makes of BILLmanager, by function."""
    before = len(stage.bill.requests)
    call()
    return Counter(request.func for request in stage.bill.requests[before:])
