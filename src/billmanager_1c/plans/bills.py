"""Bills: a client's own unpaid payment that the purpose of his money names, credited instead of a second one.

Off unless ``Policy(match_bills=True)``. A bill is taken for a line only where the purpose names its number and client,
payer, method and amount agree, and only one bill does. It is bound like a payment of ours, by compare-and-set, and
credited by its id; a cancel gives it back to the client unpaid, and never deletes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..api import ListPayments, ReadPayment
from ..errors import ObjectMissing, PaymentTaken
from ..ledger import Dossier, Link, Target, Tick, Verdict, Want, find_mark, is_without_payment, take_bill
from ..models import ContractId, PaymentId, PaymentRow, PaymentStatus
from .effects import Consult, Plan, Send, Transact, Walk, ask
from .run import Run
from .shown import may_credit, stands_as


def take_bills(run: Run, dossier: Dossier, wants: Mapping[ContractId, Want]) -> Plan[None]:
    """Bind bills to those lines of a document that are to be created and that name one."""
    if not run.match_bills or dossier.record is None:
        return
    purpose = dossier.record.document.purpose
    if not re.search(r"\d", purpose):
        return
    for contract_id, want in wants.items():
        link = dossier.links.get(contract_id)
        if isinstance(want, Target) and link is not None and is_without_payment(link):
            yield from _take(run, dossier, link, want, purpose)


def _take(run: Run, dossier: Dossier, link: Link, target: Target, purpose: str) -> Plan[None]:
    listing = ListPayments(
        status=PaymentStatus.NEW, payer_id=target.payer_id, amount_from=target.amount, amount_to=target.amount
    )
    rows = yield from ask(Walk(listing))
    named = [
        row for row in rows if _is_named(row, purpose) and _fits(row, target, run) and row.id not in link.dismissed
    ]
    taken = yield from ask(Consult(lambda store: store.holders([row.id for row in named])))
    free = [row.id for row in named if row.id not in taken]
    if len(free) != 1:
        return
    stands = yield from _read(free[0], target)
    if stands is None:
        return
    bill = free[0]

    def decide(dossier: Dossier, tick: Tick) -> Verdict[bool]:
        return take_bill(dossier, link.contract_id, bill, stands, run.terms, tick)

    try:
        yield from ask(Transact(dossier.ref, decide))
    except PaymentTaken:
        return  # another line was faster; this one gets a payment of its own


def _is_named(row: PaymentRow, purpose: str) -> bool:
    """Say whether the purpose has the bill's number as a word of its own."""
    return bool(row.number) and re.search(rf"(?<!\w){re.escape(row.number)}(?!\w)", purpose) is not None


def _fits(row: PaymentRow, target: Target, run: Run) -> bool:
    """Check a row against what was asked: filters are not trusted."""
    subaccount = run.reference.subaccounts[target.subaccount_id]
    return (
        row.status == PaymentStatus.NEW
        and row.amount.amount == target.amount
        and row.payer_id in (None, target.payer_id)
        and may_credit(row, subaccount)
    )


def _read(payment_id: PaymentId, target: Target) -> Plan[Target | None]:
    """Read the bill's form; None where it is not what the row promised."""
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return None
    agrees = (
        shown.status == PaymentStatus.NEW
        and shown.amount == target.amount
        and shown.payer_id in (None, target.payer_id)
        and shown.method_id in (None, target.method_id)
        and shown.subaccount_id in (None, target.subaccount_id)
        and find_mark(shown.mark) is None
    )
    return stands_as(shown, target) if agrees else None
