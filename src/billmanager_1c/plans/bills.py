"""Bills: a client's own unpaid payment that the purpose of his money names, credited instead of a second one.

Off unless ``Policy(match_bills=True)``. A bill is taken for a line only where the purpose names its number and client,
payer, method and amount agree, and only one bill does. It is bound like a payment of ours, by compare-and-set, and
credited by its id; a cancel gives it back to the client unpaid, and never deletes it.
"""

from __future__ import annotations

import re

from ..api import ListPayments, ReadPayment
from ..errors import ObjectMissing, PaymentTaken
from ..ledger import (
    Dossier,
    Link,
    Suspected,
    Target,
    Tick,
    Verdict,
    Want,
    find_mark,
    is_without_payment,
    make_mark,
    take_bill,
)
from ..models import ContractId, DocumentRef, Payment, PaymentId, PaymentRow, PaymentStatus
from .effects import Consult, Plan, Send, Transact, Walk, ask
from .run import Run
from .shown import stands_as, surely_credits
from .sweep import bind_marked


def take_bills(run: Run, dossier: Dossier, wants: dict[ContractId, Want]) -> Plan[dict[ContractId, Want]]:
    """Bind bills to those lines of a document that are to be created and that name one; return what is wanted now."""
    if not run.match_bills or dossier.record is None or not re.search(r"\d", dossier.record.document.purpose):
        return wants
    purpose = dossier.record.document.purpose
    judged = dict(wants)
    for contract_id, want in wants.items():
        link = dossier.links.get(contract_id)
        if isinstance(want, Target) and link is not None and is_without_payment(link):
            judged[contract_id] = (yield from _take(run, dossier.ref, link, want, purpose)) or want
    return judged


def _take(run: Run, ref: DocumentRef, link: Link, target: Target, purpose: str) -> Plan[Suspected | None]:
    """Bind the one bill that is meant; return a suspicion where one is this line's and cannot be bound."""
    if target.payer_id not in run.payments_of:
        run.payments_of[target.payer_id] = yield from ask(Walk(ListPayments(payer_id=target.payer_id)))
    named = [
        row for row in run.payments_of[target.payer_id] if _is_named(row, purpose) and row.id not in link.dismissed
    ]
    taken = yield from ask(Consult(lambda store: store.holders([row.id for row in named])))
    bills: dict[PaymentId, Target] = {}
    for row in named:
        shown = yield from _read(row.id)
        if shown is None:
            continue
        mark = find_mark(shown.mark)
        if mark is None and row.id not in taken and _fits(row, shown, target, run):
            bills[shown.id] = stands_as(shown, target)
        elif mark is not None and str(mark) == make_mark(run.terms.base, ref, link.contract_id, mark.gen, bill=True):
            # Another installation took it, or a store that is lost; a bill has no number by which a create is refused.
            if row.id not in taken:
                yield from bind_marked(run, [row])
                return None
            return Suspected(
                payment_id=row.id,
                reason=f"Bill {row.number} carries the mark of this line, and here it is bound to another one: does a "
                "second installation export the same infobase? Switch one off, then adopt() or dismiss() it.",
            )
    if len(bills) == 1:
        ((bill, stands),) = bills.items()
        yield from _bind(run, ref, link.contract_id, bill, stands)
    return None


def _bind(run: Run, ref: DocumentRef, contract_id: ContractId, bill: PaymentId, stands: Target) -> Plan[None]:
    def decide(dossier: Dossier, tick: Tick) -> Verdict[bool]:
        return take_bill(dossier, contract_id, bill, stands, run.terms, tick)

    try:
        yield from ask(Transact(ref, decide))
    except PaymentTaken:
        return  # another line was faster; this one gets a payment of its own


def _is_named(row: PaymentRow, purpose: str) -> bool:
    """Say whether the purpose has the bill's number as a word of its own."""
    return bool(row.number) and re.search(rf"(?<!\w){re.escape(row.number)}(?!\w)", purpose) is not None


def _fits(row: PaymentRow, shown: Payment, target: Target, run: Run) -> bool:
    """Check row and form against what was asked: filters are not trusted, and a list may be late."""
    return (
        row.status == shown.status == PaymentStatus.NEW
        and row.amount is not None
        and row.amount.amount == shown.amount == target.amount
        and {row.payer_id, shown.payer_id} <= {None, target.payer_id}
        and shown.method_id in (None, target.method_id)
        and surely_credits(shown, row, run.reference.subaccounts[target.subaccount_id], run)
    )


def _read(payment_id: PaymentId) -> Plan[Payment | None]:
    try:
        return (yield from ask(Send(ReadPayment(id=payment_id))))
    except ObjectMissing:
        return None
