"""What is money (design.md §5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.matching import DocumentRefusal, Money, NotMoney, digest_document, judge_document
from billmanager_1c.models import (
    Contract,
    Counterparty,
    DocumentKind,
    DocumentRef,
    OperationKind,
    Organization,
    PaymentDocument,
    PaymentLine,
)

GUIDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(1, 5)]


def document(*amounts: str, total: str | None = None, contracts: tuple[int, ...] | None = None) -> PaymentDocument:
    """Make a document with these lines."""
    places = contracts or tuple(range(len(amounts)))
    lines = tuple(
        PaymentLine(contract=Contract(id=GUIDS[place]), amount=Decimal(amount))
        for place, amount in zip(places, amounts, strict=True)
    )
    return PaymentDocument(
        ref=DocumentRef(DocumentKind.INCOMING_PAYMENT_ORDER, GUIDS[3]),
        version="1",
        number="УПП00000001 ",
        date=dt.date(2026, 11, 2),
        posted=True,
        paid=True,
        amount=Decimal(total) if total else sum((line.amount for line in lines), Decimal(0)),
        lines=lines,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"posted": False}, "not posted"),
        ({"deletion_mark": True}, "marked for deletion"),
        ({"operation": OperationKind.OTHER}, "not a payment from a customer"),
        ({"paid": False}, "not paid yet"),
        ({"operation": OperationKind.CUSTOMER_REFUND}, "refund"),
    ],
)
def test_what_is_money(changes: dict[str, object], reason: str) -> None:
    """A document is money, or there is a reason.

    “Posted, not marked for deletion, operation kind "payment from a customer", and, where the configuration has
    the flag, paid. Anything else is not exported, with its reason.” “Refund documents are skipped with a reason.”
    """
    paid = document("100.00")
    assert isinstance(judge_document(paid), Money)
    assert isinstance(judge_document(attrs.evolve(paid, paid=None)), Money)
    answer = judge_document(attrs.evolve(paid, **changes))  # type: ignore[arg-type]
    assert isinstance(answer, NotMoney)
    assert answer.reason == reason


@pytest.mark.property
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 10**9)), min_size=1, max_size=8))
def test_lines_of_one_contract_are_summed(lines: list[tuple[int, int]]) -> None:
    """“One payment per contract of a document (lines with the same contract are summed).”"""
    answer = judge_document(
        document(*(str(Decimal(cents) / 100) for _, cents in lines), contracts=tuple(place for place, _ in lines))
    )
    assert isinstance(answer, Money)
    for place, guid in enumerate(GUIDS[:3]):
        expected = sum((Decimal(cents) / 100 for where, cents in lines if where == place), Decimal(0))
        assert answer.amounts.get(guid, Decimal(0)) == expected  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("amounts", "total", "code"),
    [
        (("100.00", "50.00"), "150.01", "sum_mismatch"),
        (("100.00", "50.00"), "149.99", "sum_mismatch"),
        (("100.001",), None, "bad_amount"),
        (("0.00",), None, "bad_amount"),
        (("100.00", "-50.00"), None, "bad_amount"),
        (("NaN",), "1.00", "bad_amount"),
        ((), "1.00", "no_contract"),
    ],
)
def test_otherwise_the_whole_document_is_refused(amounts: tuple[str, ...], total: str | None, code: str) -> None:
    """A document that contradicts itself is refused as a whole.

    “Σ lines must equal the document's amount, amounts are Decimal with two places, > 0 …; otherwise the whole
    *document* is quarantined with the figures in the message.”
    """
    answer = judge_document(document(*amounts, total=total))
    assert isinstance(answer, DocumentRefusal)
    assert answer.code == code
    assert "УПП00000001" in answer.message
    assert code != "sum_mismatch" or (total or "") in answer.message


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "другое"},
        {"number": "2"},
        {"date": dt.date(2026, 11, 3)},
        {"paid_on": dt.date(2026, 11, 3)},
        {"amount": Decimal(7)},
        {"posted": False},
        {"currency": "EUR"},
        {"incoming_number": "1024"},
    ],
)
def test_changes_that_matter(changes: dict[str, object]) -> None:
    """“A document changed after export is compared by a hash of the fields that matter, not by version tokens.”"""
    before = document("100.00")
    assert digest_document(attrs.evolve(before, **changes)) != digest_document(before)  # type: ignore[arg-type]
    assert digest_document(attrs.evolve(before, version="2", amount=Decimal("100.000"))) == digest_document(before)


PAYER = Counterparty(id=GUIDS[0], code="777", inn="7707083893", kpp="770701001")
US = Organization(id=GUIDS[1], inn="7810258843", kpp="781001001")


@pytest.mark.parametrize(
    "changes",
    [
        {"counterparty": attrs.evolve(PAYER, inn="7736207543")},
        {"counterparty": attrs.evolve(PAYER, kpp="773601001")},
        {"counterparty": attrs.evolve(PAYER, code="778")},
        {"counterparty": attrs.evolve(PAYER, is_person=True)},
        {"organization": attrs.evolve(US, inn="7736207543")},
        {"organization": attrs.evolve(US, kpp="773601001")},
        {"incoming_date": dt.date(2026, 11, 3)},
        {"date": dt.date(2026, 11, 3)},
        {"lines": (PaymentLine(contract=Contract(id=GUIDS[0], subaccount_id=7), amount=Decimal("100.00")),)},
        {"lines": (PaymentLine(contract=Contract(id=GUIDS[1]), amount=Decimal("100.00")),)},
    ],
)
def test_whatever_chooses_a_payment_matters(changes: dict[str, object]) -> None:
    """What decides about payer, company, subaccount or dates is a field that matters, wherever in 1C it stands."""
    day = dt.date(2026, 11, 2)
    before = attrs.evolve(
        document("100.00"), counterparty=PAYER, organization=US, paid_on=day, incoming_number="9", incoming_date=day
    )
    assert digest_document(attrs.evolve(before, **changes)) != digest_document(before)  # type: ignore[arg-type]
    named = attrs.evolve(before, counterparty=attrs.evolve(PAYER, name="ООО «Проба»"))
    assert digest_document(named) == digest_document(before)


def test_order_of_lines_does_not_matter() -> None:
    """1C may show the rows of a table in any order: a document that reads the same did not change."""
    before = document("100.00", "50.00")
    turned = attrs.evolve(before, lines=tuple(reversed(before.lines)))
    assert turned.lines != before.lines
    assert digest_document(turned) == digest_document(before)
