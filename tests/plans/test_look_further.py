"""The looks, further: what is read, what is remembered of it, and what the run learns."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from script import ACCOUNT, MINUTE, NOON, ONE, OURS, REF, TARGET, a_run, holding, play, row, shown, to_find

from billmanager_1c.api import ListPayments, ReadPayment
from billmanager_1c.errors import AccessDenied, ObjectMissing
from billmanager_1c.ledger import Answer, AttemptOp, AttemptOutcome, Failed, Finding, Look, Looked, find_mark, make_mark
from billmanager_1c.models import AccountId, ContractId, PaymentId, PaymentStatus, SubaccountId
from billmanager_1c.plans.look import look

TWO = ContractId("00000000-0000-4000-8000-00000000000b")
BARE = shown(mark=None, random_number="")
TAKEN = to_find(AttemptOp.CREATE, outcome=AttemptOutcome.REJECTED)
"""A look for a payment that BILLmanager refused to create, because it knows the number."""


def bare(payment_id: int, **changes: Any) -> Any:
    """Return a payment of which nothing says whose it is."""
    return attrs.evolve(BARE, id=PaymentId(payment_id), **changes)


def bound(answer: Answer) -> PaymentId | None:
    """Return the payment that was found."""
    return answer.payment_id if isinstance(answer, Looked) else None


@pytest.mark.parametrize("by", ["form", "row"])
def test_payment_that_was_found_is_what_it_shows(by: str) -> None:
    """“It may have been made from another revision”: of another subaccount, and client, than is wanted now."""
    run = a_run()
    other = attrs.evolve(ACCOUNT, id=SubaccountId(2), account_id=AccountId(2), account="ООО «Другое»")
    run.reference.subaccounts = {ACCOUNT.id: ACCOUNT, other.id: other}
    form = shown(subaccount_id=other.id if by == "form" else None)
    answer, _ = play(look(to_find(AttemptOp.CREATE), run), [row(account_name=other.account)], form)
    assert isinstance(answer, Looked)
    assert answer.created is not None
    assert (answer.created.subaccount_id, answer.created.account_id) == (other.id, other.account_id)


@pytest.mark.parametrize(("step", "amount"), [(to_find(AttemptOp.CREATE), TARGET.amount), (TAKEN, None)])
def test_payment_with_our_number_may_be_of_another_sum(step: Look, amount: object) -> None:
    """“It may have been made from another revision, by a store that was lost”: all of the payer are read."""
    _, called = play(look(step, a_run()), [])
    assert called == [ListPayments(payer_id=TARGET.payer_id, amount_from=amount, amount_to=amount)]


@pytest.mark.parametrize(
    "mark", [make_mark("upp", REF, TWO, 1), make_mark("a copy", REF, ONE, 1)], ids=["contract", "infobase"]
)
def test_payment_that_is_marked_for_another_is_not_read_again(mark: str) -> None:
    """“Whose they are does not change”: what an earlier look of the run read is known."""
    run, known = a_run(), find_mark(mark)
    assert known is not None
    run.marked[OURS] = known
    answer, called = play(look(to_find(AttemptOp.CREATE), run), [row()])
    assert (bound(answer), len(called)) == (None, 1)


@pytest.mark.parametrize(("payment_id", "reads"), [(70, [70]), (50, [])], ids=["newer", "older"])
def test_what_is_newer_is_read_anew(payment_id: int, reads: list[int]) -> None:
    """A worker may have marked it since; of the older ones of a payer each is read once in a run."""
    run = a_run()
    run.unmarked[PaymentId(payment_id)] = bare(payment_id)
    marked = shown(id=PaymentId(payment_id))
    answer, called = play(look(TAKEN, run), [row(payment_id)], *[marked] * len(reads))
    assert [operation.id for operation in called if isinstance(operation, ReadPayment)] == reads
    assert bound(answer) == (payment_id if reads else None)


def test_of_those_that_may_have_our_number_the_newest_is_bound() -> None:
    """Where the number is taken older ones may be the client's bills; else the first one that came is ours."""
    rows, forms = [row(71), row(72)], [bare(71), bare(72)]
    assert bound(play(look(TAKEN, a_run()), rows, *forms)[0]) == 72
    assert bound(play(look(to_find(AttemptOp.CREATE), a_run()), rows, *forms)[0]) == 71


@pytest.mark.parametrize(
    ("payment_id", "changes", "is_ours"),
    [
        (70, {"mark": TARGET.mark}, True),
        (70, {"mark": None, "random_number": "abcdefghijkl", "status": PaymentStatus.CREDITED}, True),
        (70, {"mark": None}, True),
        (50, {"mark": None}, False),
        (70, {"mark": TARGET.mark, "status": PaymentStatus.CANCELLED}, False),
    ],
    ids=["mark", "number", "newer and alike", "older and alike", "cancelled"],
)
def test_payment_of_another_line_may_be_the_one_with_our_number(
    payment_id: int, changes: dict[str, Any], *, is_ours: bool
) -> None:
    """“BILLmanager may have been restored from a backup. Find out whose it is”: nothing is made meanwhile."""
    form = shown(id=PaymentId(payment_id), random_number="")
    form = attrs.evolve(form, **changes)
    late = NOON + 21 * MINUTE
    answer, _ = play(look(TAKEN, a_run()), [row(payment_id)], form, now=late, store=holding(payment_id))
    if is_ours:
        assert isinstance(answer, Failed)
        assert "another line has" in answer.reason
    else:
        assert isinstance(answer, Looked)
        assert answer.finding is Finding.NO_EFFECT


def test_newer_payment_that_is_free_is_ours_whatever_others_have() -> None:
    """What other lines have is asked only where nothing that came since the create was found."""
    answer, called = play(look(TAKEN, a_run()), [row(70), row(71)], bare(71), store=holding(70))
    assert (bound(answer), len(called)) == (71, 2)


def test_row_whose_sum_cannot_be_read_is_read_by_its_form() -> None:
    """“A single strange cell must neither hide its payment nor stop all others.”"""
    assert bound(play(look(to_find(AttemptOp.CREATE), a_run()), [row(amount=None)], BARE)[0]) == OURS


def test_run_learns_of_what_a_look_showed() -> None:
    """Payments that vanish are counted, a word ends the silence, and a right that is missing stops the run."""
    run = a_run(silence=3)
    play(look(to_find(AttemptOp.UPDATE), run), ObjectMissing("missed", object="payment"))
    assert (run.vanished, run.silence, run.fatal) == (1, 0, None)
    play(look(to_find(AttemptOp.UPDATE), run), AccessDenied("no right", function="payment.edit"))
    assert isinstance(run.fatal, AccessDenied)
