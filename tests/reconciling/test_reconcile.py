"""The pure function, example by example."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal, localcontext
from pathlib import Path

import attrs
import pytest
from papers import CONTRACTS, DAY, GUIDS, classes, document, payment

from billmanager_1c import reconcile
from billmanager_1c.models import (
    ContractId,
    Counterparty,
    DocumentRef,
    Money,
    PaymentDocument,
    PaymentId,
    PaymentRow,
)
from billmanager_1c.plans.reconcile import RemotePayment


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
    with pytest.raises(ValueError, match="row of payment 1 shows no amount"):
        reconcile([paper], [attrs.evolve(row, amount=None)], links=[link])
    dollars = attrs.evolve(row, amount=Money(Decimal("500.00"), "USD"))
    found = reconcile([paper], [dollars], links=[link])
    assert classes(found) == {"account_diff": 1}
    assert found.lines[0].reason == "Payment 1 is in USD; the document is in RUB."


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
from billmanager_1c import reconcile
from papers import *
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
