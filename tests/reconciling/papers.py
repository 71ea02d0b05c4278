"""Documents and payments for the tests of the pure function: by hand, and drawn by Hypothesis."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from billmanager_1c.ledger import LinkState, make_mark
from billmanager_1c.models import (
    Contract,
    DocumentKind,
    DocumentRef,
    OperationKind,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentLine,
)
from billmanager_1c.plans.reconcile import KnownLine
from billmanager_1c.reports import Reconciliation

BANK, CASH = DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CASH_RECEIPT
GUIDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(1, 5)]
CONTRACTS = [
    Contract(id=f"10000000-0000-4000-8000-00000000000{number}", subaccount_id=subaccount)
    for number, subaccount in ((1, 11), (2, 12), (3, None))
]
DAY = dt.date(2026, 11, 10)


def document(guid: str = GUIDS[0], amount: object = "500.00", **fields: object) -> PaymentDocument:
    """A payment order of one line."""
    contract = fields.pop("contract", CONTRACTS[0])
    values = {
        "ref": DocumentRef(BANK, guid),
        "version": "1",
        "number": "000123",
        "date": DAY,
        "posted": True,
        "amount": Decimal(str(amount)),
        "lines": [PaymentLine(contract=contract, amount=Decimal(str(amount)))],
    }
    return PaymentDocument(**(values | fields))


def payment(id: int = 1, amount: object = "500.00", *, of: PaymentDocument | None = None, **fields: object) -> Payment:
    """A credited payment with the mark of a document's first line."""
    mark = None
    if of is not None:
        contract = of.lines[0].contract
        mark = make_mark("upp", of.ref, contract.id, fields.pop("gen", 1))
    paid = dt.datetime.combine(fields.pop("day", DAY), dt.time(), dt.UTC)
    values = {"id": PaymentId(id), "status": 4, "amount": Decimal(str(amount)), "paid_at": paid, "mark": mark}
    return Payment(**(values | fields))


def classes(found: Reconciliation) -> dict[str, int]:
    """The classes that occur."""
    return {name: count for name, count in found.counts.items() if count}


# ----------------------------------------------------------------------------------------------------- by the oracle

amounts = st.sampled_from([Decimal("500.00"), Decimal(500), Decimal("70.50"), Decimal("1.005"), Decimal(0)])
days = st.sampled_from([DAY, DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=7), DAY + dt.timedelta(days=8)])
lines = st.lists(
    st.builds(PaymentLine, contract=st.sampled_from([*CONTRACTS, None]), amount=amounts), min_size=0, max_size=3
)
refs = st.builds(DocumentRef, st.sampled_from([BANK, CASH]), st.sampled_from(GUIDS))


@st.composite
def documents_(draw: st.DrawFn) -> list[PaymentDocument]:
    """A few documents, most of them plain."""
    found = []
    for ref in draw(st.lists(refs, unique=True, max_size=4)):
        if draw(st.booleans()):
            found.append(document(ref.id, draw(st.sampled_from(["500.00", "70.50"])), ref=ref, date=draw(days)))
            continue
        named = draw(lines)
        total = sum((line.amount for line in named), Decimal(0))
        found.append(
            document(
                ref=ref,
                lines=named,
                amount=draw(st.sampled_from([total, total, Decimal("500.00")])),
                posted=draw(st.sampled_from([True, True, False])),
                paid=draw(st.sampled_from([None, True, False])),
                operation=draw(st.sampled_from([*[OperationKind.CUSTOMER_PAYMENT] * 3, OperationKind.OTHER])),
                date=draw(days),
                paid_on=draw(st.none() | days),
                number=draw(st.sampled_from(["000123", "7"])),
            )
        )
    return found


@st.composite
def marks(draw: st.DrawFn) -> str | None:
    """No mark, a mark, a mark that a person added words to."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([None, "", "a note", "1c:"]))
    contract_id = draw(st.sampled_from([CONTRACTS[0].id, CONTRACTS[1].id]))
    mark = make_mark("upp", draw(refs), contract_id, draw(st.sampled_from([1, 1, 2])))
    return draw(st.sampled_from([mark, mark, f"see {mark} please"]))


payments_ = st.lists(
    st.builds(
        Payment,
        id=st.integers(1, 9).map(PaymentId),
        status=st.sampled_from([4, 4, 4, 1, 2, 3, 6, 9, 100]),
        amount=st.sampled_from([Decimal("500.00"), Decimal("500.00"), Decimal("70.50"), Decimal("3.00")]),
        subaccount_id=st.sampled_from([None, 11, 12]),
        paid_at=st.none() | days.map(lambda day: dt.datetime.combine(day, dt.time(), dt.UTC)),
        document_number=st.sampled_from([None, "", " 000123 ", "99"]),
        mark=marks(),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
)
links_ = st.lists(
    st.builds(
        KnownLine,
        ref=refs,
        contract_id=st.sampled_from([CONTRACTS[0].id, CONTRACTS[1].id]),
        payment_id=st.none() | st.integers(1, 9).map(PaymentId),
        state=st.sampled_from(
            [None, None, LinkState.SYNCED, LinkState.QUARANTINED, LinkState.HELD, LinkState.CREATE_UNKNOWN]
        ),
        twin_id=st.none() | st.integers(1, 9).map(PaymentId),
        dismissed=st.sampled_from([(), (PaymentId(1),), (PaymentId(2), PaymentId(3))]),
    ),
    unique_by=lambda link: (link.ref, link.contract_id),
    max_size=3,
)
