"""The pure function, beside one that compares every line with every payment."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections import Counter
from decimal import Decimal, localcontext
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_oracle import oracle, totals

from billmanager_1c import reconcile
from billmanager_1c.ledger import LinkState, make_mark
from billmanager_1c.models import (
    Contract,
    ContractId,
    Counterparty,
    DocumentKind,
    DocumentRef,
    Money,
    OperationKind,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    PaymentRow,
)
from billmanager_1c.plans.reconcile import KnownLine, RemotePayment
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


@pytest.mark.property
@given(documents_(), payments_, links_)
def test_it_says_what_pencil_and_paper_say(
    documents: list[PaymentDocument], payments: list[Payment], links: list[KnownLine]
) -> None:
    """Every line and every payment has the class that a comparison of everything with everything gives it."""
    found = reconcile(documents, payments, links=links)
    told = {}
    for line in [*found.lines, *found.ok]:
        beside = line.ref is None or (line.line_class == "orphan_inert" and line.amount is None)
        key = line.payment_id if beside and line.payment_id is not None else (line.ref, line.contract_id)
        ids = line.payment_ids if line.credited is not None else ()
        told[key] = (line.line_class.value, tuple(sorted(ids)))
    expected = oracle(documents, payments, links)
    # An inert payment of a line that is no money is told of by the line, or beside it: the same class either way.
    assert _flat(told) == _flat(expected)


def _flat(told: dict) -> Counter:
    return Counter((name, ids) for name, ids in told.values())


@pytest.mark.property
@given(documents_(), payments_, links_)
def test_money_is_neither_lost_nor_found(
    documents: list[PaymentDocument], payments: list[Payment], links: list[KnownLine]
) -> None:
    """Over all classes, the totals are what 1C shows and what stands credited, to the kopeck."""
    found = reconcile(documents, payments, links=links)
    onec = sum((total.onec for by in found.totals.values() for total in by.values()), Decimal(0))
    credited = sum((total.billmanager for by in found.totals.values() for total in by.values()), Decimal(0))
    assert (onec, credited) == totals(documents, payments)
    assert sum(total.lines for by in found.totals.values() for total in by.values()) == sum(found.counts.values())


@pytest.mark.property
@given(documents_(), payments_, links_, st.randoms(use_true_random=False))
def test_the_order_of_the_input_makes_no_difference(documents, payments, links, random) -> None:
    """Shuffled, the same input gives the same bytes, and the same lines that agree."""
    before = reconcile(documents, payments, links=links)
    for things in (documents, payments, links):
        random.shuffle(things)
    after = reconcile(iter(documents), iter(payments), links=iter(links))
    assert after.to_json(ok=True).encode() == before.to_json(ok=True).encode()
    assert after == before


@pytest.mark.property
@given(documents_(), payments_, links_)
def test_a_payment_is_told_of_once(documents, payments, links) -> None:
    """No payment is in two lines, and nothing suggests a payment that a line has."""
    found = reconcile(documents, payments, links=links)
    told = [payment_id for line in [*found.lines, *found.ok] for payment_id in line.payment_ids]
    assert len(told) == len(set(told))
    own = {
        id
        for line in [*found.lines, *found.ok]
        if line.ref and line.line_class != "human_twin"
        for id in line.payment_ids
    }
    assert not own & {suggestion.payment_id for suggestion in found.suggestions}
    assert all(50 <= suggestion.score <= 100 for suggestion in found.suggestions)


# ------------------------------------------------------------------------------------------------------ by examples


def test_nothing_to_compare() -> None:
    """No documents and no payments: fourteen classes, all empty."""
    found = reconcile([], [])
    assert len(found.counts) == 14
    assert not any(found.counts.values())
    assert found.agrees
    assert "nothing to compare" in str(found)


def test_payment_that_answers_a_document() -> None:
    """Document and payment with its mark: ok, and its line can be looked at."""
    paper = document()
    found = reconcile([paper], [payment(7, of=paper)])
    assert classes(found) == {"ok": 1}
    (line,) = found.ok
    assert (line.ref, line.payment_id, line.amount, line.credited) == (paper.ref, 7, Decimal(500), Decimal(500))
    assert found.totals["ok"]["RUB"].onec == Decimal("500.00")
    assert found.agrees


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": Decimal("499.99")}, "amount_diff"),
        ({"day": DAY + dt.timedelta(days=1)}, "date_diff"),
        ({"subaccount_id": 12}, "account_diff"),
        ({"status": 6}, "status_diff"),
        ({"status": 1}, "status_diff"),
        ({"status": 9}, "status_diff"),
        ({"status": 100}, "missing_remote"),
    ],
)
def test_one_thing_differs(changes: dict[str, object], expected: str) -> None:
    """Each difference has its class and a sentence with both sides of it."""
    paper = document()
    found = reconcile([paper], [payment(of=paper, **changes)])
    assert classes(found) == {expected: 1}
    (line,) = found.lines
    assert line.reason
    assert line.number == "000123"


def test_the_gravest_class_goes_before_the_others() -> None:
    """Where several apply, the line has one class, and keeps the others."""
    paper = document()
    found = reconcile([paper], [payment(of=paper, amount="1.00", subaccount_id=12, day=DAY + dt.timedelta(days=1))])
    (line,) = found.lines
    assert line.line_class == "account_diff"
    assert line.besides == ("amount_diff", "date_diff")


def test_a_mark_that_people_added_words_to_is_a_mark() -> None:
    """A second payment with our mark is seen, whatever was written around it."""
    paper = document()
    one, other = payment(1, of=paper), payment(2, of=paper)
    found = reconcile([paper], [one, attrs.evolve(other, mark=f"copied from {other.mark}, Ира")])
    (line,) = found.lines
    assert (line.line_class, line.payment_ids, line.credited) == ("duplicate_mark", (1, 2), Decimal(1000))
    assert line.amount == Decimal(500)


def test_rows_of_the_list_need_links() -> None:
    """Rows show no marks: they are compared by the links that tell whose they are; a form of the same payment wins."""
    paper = document()
    row = PaymentRow(id=PaymentId(1), status=4, amount=Money(Decimal("500.00"), "RUB"), paid_on=DAY)
    assert classes(reconcile([paper], [row])) == {"missing_remote": 1, "extra_remote": 1}
    link = (paper.ref, paper.lines[0].contract.id, PaymentId(1))
    assert classes(reconcile([paper], [row], links=[link])) == {"ok": 1}
    form = payment(1, "3.00")
    assert classes(reconcile([paper], [row, form], links=[link])) == {"amount_diff": 1}
    dollars = attrs.evolve(row, amount=Money(Decimal("500.00"), "USD"))
    assert classes(reconcile([paper], [dollars], links=[link])) == {"account_diff": 1}


def test_any_object_with_the_attributes_is_a_link() -> None:
    """Links may be values of another program."""

    @attrs.frozen
    class Row:
        ref: DocumentRef
        contract_id: ContractId
        payment_id: PaymentId | None

    paper = document()
    row = Row(paper.ref, paper.lines[0].contract.id, PaymentId(5))
    assert classes(reconcile([paper], [payment(5)], links=[row])) == {"ok": 1}


def test_typed_in_by_hand() -> None:
    """The same amount to the same subaccount within a week, unmarked: a twin; a day further: two findings."""
    paper = document()
    typed = payment(9, subaccount_id=11, day=DAY + dt.timedelta(days=7))
    found = reconcile([paper], [typed])
    (line,) = found.lines
    assert (line.line_class, line.payment_id, line.credited) == ("human_twin", 9, Decimal(500))
    assert "adopt" in line.reason
    late = payment(9, subaccount_id=11, day=DAY + dt.timedelta(days=8))
    assert classes(reconcile([paper], [late])) == {"missing_remote": 1, "extra_remote": 1}


def test_a_twin_is_held_against_the_nearest_line() -> None:
    """Of two lines of the same sum, the one nearest in time may have been typed in; the other is missing."""
    near, far = document(GUIDS[1]), document(GUIDS[0], date=DAY - dt.timedelta(days=3))
    found = reconcile([near, far], [payment(9, subaccount_id=11)])
    assert {line.ref: line.line_class.value for line in found.lines} == {
        near.ref: "human_twin",
        far.ref: "missing_remote",
    }


def test_suggestions_say_what_speaks_for_them() -> None:
    """INN, amount, nearest date, a number in the purpose: the likeliest first, on the line and on the payment."""
    client = Counterparty(id=GUIDS[0], name="ООО «Проба»", inn="7707083893")
    paper = document(contract=CONTRACTS[2], counterparty=client, number="УП-000777", date=DAY + dt.timedelta(days=20))
    stranger = RemotePayment(id=PaymentId(1), status=4, amount=Decimal(500), paid_on=DAY + dt.timedelta(days=20))
    likely = RemotePayment(
        id=PaymentId(2),
        status=4,
        amount=Decimal(500),
        paid_on=DAY,
        payer_inn="7707083893",
        description="Оплата по п/п 777",
    )
    found = reconcile([paper], [stranger, likely])
    missing = next(line for line in found.lines if line.line_class == "missing_remote")
    assert [(one.payment_id, one.score) for one in missing.suggestions] == [(2, 85), (1, 50)]
    assert missing.suggestions[0].reasons == ("same amount", "same INN 7707083893", "names the number 777")
    extra = next(line for line in found.lines if line.payment_id == 2)
    assert extra.suggestions == missing.suggestions[:1]
    assert found.suggestions == missing.suggestions
    assert classes(found) == {"missing_remote": 1, "extra_remote": 2}  # nothing was acted on


def test_wrong_amount_of_the_same_client_is_suggested() -> None:
    """A payment typed in with another sum is suggested where number, INN and day speak for it."""
    client = Counterparty(id=GUIDS[0], name="ООО «Проба»", inn="7707083893")
    paper = document(amount="5000.00", counterparty=client)
    typed = RemotePayment(
        id=PaymentId(2), status=4, amount=Decimal(500), paid_on=DAY, payer_inn="7707083893", document_number="123"
    )
    (suggestion,) = reconcile([paper], [typed]).suggestions
    assert (suggestion.score, "same amount" in suggestion.reasons) == (55, False)


@pytest.mark.parametrize("what", ["document", "payment", "link"])
def test_what_comes_twice_and_differs_is_no_input(what: str) -> None:
    """The same thing twice is one thing; two states of one thing cannot both be now."""
    paper = document()
    money, link = payment(of=paper), (paper.ref, paper.lines[0].contract.id, PaymentId(1))
    assert classes(reconcile([paper, paper], [money, money], links=[link, link])) == {"ok": 1}
    documents, payments, links = [paper], [money], [link]
    if what == "document":
        documents.append(document(amount="7.00"))
    elif what == "payment":
        payments.append(attrs.evolve(money, amount=Decimal(7)))
    else:
        links.append((*link[:2], PaymentId(2)))
    for order in (1, -1):
        with pytest.raises(ValueError, match=f"{what} .*comes twice"):
            reconcile(documents[::order], payments[::order], links=links[::order])


def test_sums_are_exact_whatever_the_decimal_context() -> None:
    """A program that works with six digits gets sums to the kopeck all the same."""
    papers = [document(guid, "12345678.91") for guid in GUIDS]
    with localcontext(prec=6):
        found = reconcile(papers, [payment(n, "12345678.91", of=one) for n, one in enumerate(papers[:2], 1)])
        assert found.totals["ok"]["RUB"].billmanager == Decimal("24691357.82")
        assert found.totals["missing_remote"]["RUB"].onec == Decimal("24691357.82")


def test_hashes_of_another_process_make_no_difference() -> None:
    """Two interpreters with other hash seeds write the same bytes."""
    script = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_reconcile import *
papers = [document(guid, contract=one) for guid in GUIDS for one in CONTRACTS[:1]]
moneys = [payment(n, subaccount_id=11, document_number=str(n)) for n in range(1, 9)]
print(reconcile(papers, moneys + [payment(20 + n, 3, of=one) for n, one in enumerate(papers[:2])]).to_json(ok=True))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    assert b"human_twin" in outputs.pop()


# --------------------------------------------------------------------------------------------------------- linear


def test_work_grows_with_the_input_and_not_with_its_square() -> None:
    """Eight times the lines, all of one client and one sum, take about eight times the calls."""

    def calls(count: int) -> int:
        papers = [_numbered(n) for n in range(count)]
        moneys = [payment(n + 1, of=one) for n, one in enumerate(papers[::2])]
        moneys += [payment(10**6 + n, subaccount_id=11, day=DAY + dt.timedelta(days=n % 20)) for n in range(count // 3)]
        made = 0

        def count_call(frame: object, event: str, argument: object) -> None:
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count_call)
        try:
            reconcile(papers, moneys)
        finally:
            sys.setprofile(None)
        return made

    assert calls(800) < 10 * calls(100)


def _numbered(number: int) -> PaymentDocument:
    return document(f"00000000-0000-4000-8000-{number:012x}", date=DAY + dt.timedelta(days=number % 30))
