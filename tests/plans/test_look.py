"""The looks: what BILLmanager must show before a write is taken for done, or for not done."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from script import MINUTE, NOON, ONE, OURS, REF, TARGET, a_run, holding, play, row, shown, to_find

from billmanager_1c.errors import AnswerTimedOut, ObjectMissing, SlowDown
from billmanager_1c.ledger import (
    Answer,
    AttemptOp,
    AttemptOutcome,
    Failed,
    Finding,
    LookBack,
    Looked,
    LookedBack,
    make_mark,
)
from billmanager_1c.models import ContractId, Money, PaymentId, PaymentStatus
from billmanager_1c.plans.look import look, read_again

BARE = shown(mark=None, random_number="")
"""A payment of which nothing says whose it is, but it is like ours."""


def found(answer: Answer) -> tuple[Finding, PaymentId | None]:
    """Say what a look showed."""
    assert isinstance(answer, Looked), answer
    return answer.finding, answer.payment_id


def bare(payment_id: int, **changes: Any) -> Any:
    """Return such a payment with another id."""
    return attrs.evolve(BARE, id=PaymentId(payment_id), **changes)


# -------------------------------------------------------------------------------------------------------- a create


@pytest.mark.parametrize(("payment_id", "finding"), [(59, "NO_EFFECT"), (60, "NO_EFFECT"), (61, "TOOK_EFFECT")])
def test_payment_like_ours_is_bound_if_it_is_newer(payment_id: int, finding: str) -> None:
    """“An unbound, unmarked payment of status 1 newer than ``high_water`` … is bound.”"""
    answer, _ = play(look(to_find(AttemptOp.CREATE), a_run()), [row(payment_id)], bare(payment_id))
    assert found(answer)[0] is Finding[finding]


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        (PaymentStatus.NEW, (Finding.TOOK_EFFECT, OURS)),
        (PaymentStatus.INITIATED, (Finding.TOOK_EFFECT, OURS)),
        (PaymentStatus.IN_PROGRESS, (Finding.NO_EFFECT, None)),
    ],
)
def test_fresh_payment_may_be_new_or_initiated(status: int, finding: tuple[Finding, PaymentId | None]) -> None:
    """Nobody knows which of the two a create makes. One in progress is being paid: that is other money on its way."""
    answer, _ = play(look(to_find(AttemptOp.CREATE), a_run()), [row()], bare(OURS, status=status))
    assert found(answer) == finding


def test_older_payment_that_was_initiated_is_not_ours() -> None:
    """Where our number is taken, the client's own attempt to pay, which he left, is not taken for what we made."""
    step = to_find(AttemptOp.CREATE, outcome=AttemptOutcome.REJECTED)
    answer, _ = play(look(step, a_run()), [row(50)], bare(50, status=PaymentStatus.INITIATED), now=NOON + 21 * MINUTE)
    assert found(answer) == (Finding.NO_EFFECT, None)


def test_older_payment_that_the_client_began_to_pay_is_let_go() -> None:
    """It is read once more before it is taken: what was a bill may be an attempt to pay by then."""
    step = to_find(AttemptOp.CREATE, outcome=AttemptOutcome.REJECTED)
    begun = bare(50, random_number=None, status=PaymentStatus.INITIATED)
    answer, _ = play(look(step, a_run()), [row(50)], bare(50, random_number=None), begun, now=NOON + 21 * MINUTE)
    assert isinstance(answer, Failed)


def test_of_two_payments_like_ours_the_older_is_bound() -> None:
    """The first that came after ours was asked for; the later one may be another line's."""
    answer, _ = play(look(to_find(AttemptOp.CREATE), a_run()), [row(71), row(72)], bare(71), bare(72))
    assert found(answer) == (Finding.TOOK_EFFECT, PaymentId(71))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": PaymentStatus.CREDITED},
        {"status": PaymentStatus.CANCELLED},
        {"amount": TARGET.amount + 1},
        {"payer_id": 9},
        {"method_id": 9},
        {"subaccount_id": 9},
        {"mark": make_mark("upp", REF, ONE, 2)},
        {"mark": make_mark("other", REF, ONE, 1)},
        {"random_number": "zzzzzzzzzzzz"},
    ],
    ids=str,
)
def test_payment_that_is_not_like_ours_is_not_bound(changes: dict[str, Any]) -> None:
    """“With the same subaccount, payer, method and amount”; one with another mark or number is another's."""
    answer, _ = play(look(to_find(AttemptOp.CREATE), a_run()), [row()], attrs.evolve(BARE, **changes))
    assert found(answer) == (Finding.NO_EFFECT, None)


def test_payment_that_another_line_has_is_not_bound() -> None:
    """“An unbound payment”: one that another line holds is not even read."""
    answer, called = play(look(to_find(AttemptOp.CREATE), a_run()), [row()], store=holding(OURS))
    assert found(answer) == (Finding.NO_EFFECT, None)
    assert len(called) == 1


@pytest.mark.parametrize(
    "changes",
    [{"amount": Money(TARGET.amount + 1, "RUB")}, {"payer_id": 9}],
    ids=str,
)
def test_filters_are_not_trusted(changes: dict[str, Any]) -> None:
    """“Every row is checked against what was asked”: what a filter should have kept away is not even read."""
    answer, called = play(look(to_find(AttemptOp.CREATE), a_run()), [row(**changes)])
    assert found(answer) == (Finding.NO_EFFECT, None)
    assert len(called) == 1


@pytest.mark.parametrize("changes", [{"account_name": "ООО «Чужие»"}, {"amount": Money(TARGET.amount, "EUR")}], ids=str)
def test_row_tells_whose_subaccount_it_is(changes: dict[str, Any]) -> None:
    """A form need not show the subaccount: then the row speaks against another client's payment."""
    answer, _ = play(look(to_find(AttemptOp.CREATE), a_run()), [row(**changes)], BARE)
    assert found(answer) == (Finding.NO_EFFECT, None)


@pytest.mark.parametrize("changes", [{}, {"mark": None, "random_number": "abcdefghijkl"}], ids=["mark", "number"])
def test_ours_is_found_by_mark_or_number(changes: dict[str, Any]) -> None:
    """“Ours by mark or ``randomnumber`` first”, also where it is credited by now; a cancelled one is over."""
    step = to_find(AttemptOp.CREATE)
    answer, _ = play(look(step, a_run()), [row()], shown(PaymentStatus.CREDITED, **changes))
    assert found(answer) == (Finding.TOOK_EFFECT, OURS)
    assert isinstance(answer, Looked)
    assert answer.credited
    answer, _ = play(look(step, a_run()), [row()], shown(PaymentStatus.CANCELLED, **changes))
    assert found(answer) == (Finding.NO_EFFECT, None)
    answer, _ = play(look(step, a_run()), [row()], shown(PaymentStatus.FRAUD, **changes))
    assert found(answer) == (Finding.CHANGED, OURS)


def test_number_is_taken_and_only_an_older_payment_shows() -> None:
    """It may be a bill of the client's own, and a late list may hide ours: it is believed when all has settled."""
    step = to_find(AttemptOp.CREATE, outcome=AttemptOutcome.REJECTED)
    assert step.attempt.number_taken
    hidden = bare(50, random_number=None)
    answer, _ = play(look(step, a_run()), [row(50)], hidden)
    assert isinstance(answer, Failed)
    answer, _ = play(look(step, a_run()), [row(50)], hidden, hidden, now=NOON + 21 * MINUTE)
    assert found(answer) == (Finding.TOOK_EFFECT, PaymentId(50))
    changed = attrs.evolve(hidden, amount=1)
    answer, _ = play(look(step, a_run()), [row(50)], hidden, changed, now=NOON + 21 * MINUTE)
    assert isinstance(answer, Failed)


def test_older_payment_that_shows_an_empty_number_is_the_clients() -> None:
    """Each create of ours has a number: where the form shows that there is none, nobody need guess."""
    step = to_find(AttemptOp.CREATE, outcome=AttemptOutcome.REJECTED)
    answer, _ = play(look(step, a_run()), [row(50)], bare(50), now=NOON + 21 * MINUTE)
    assert found(answer) == (Finding.NO_EFFECT, None)


@pytest.mark.parametrize("theirs", [True, False], ids=["marked for that line", "not marked"])
def test_number_on_the_payment_of_another_line(theirs: bool) -> None:
    """Money that 1C moved to another contract took its payment along, and the number with it: that one is spent.

    Without a mark nobody knows whose it is: BILLmanager may have been restored, and ids be given again.
    """
    other = ContractId("00000000-0000-4000-8000-00000000000b")
    step = to_find(AttemptOp.CREATE, outcome=AttemptOutcome.REJECTED)
    mark = make_mark("upp", REF, other, 2) if theirs else None
    has_it = shown(PaymentStatus.CREDITED, random_number="abcdefghijkl", mark=mark)
    answer, _ = play(look(step, a_run()), [row()], has_it, store=holding(OURS))
    if theirs:
        assert found(answer) == (Finding.NO_EFFECT, None)
    else:
        assert isinstance(answer, Failed)
        assert "another line has the payment" in answer.reason


def test_look_that_fails_says_nothing() -> None:
    """“Nothing is concluded from a failed read.”"""
    for trouble in (SlowDown("later"), AnswerTimedOut("silence")):
        answer, _ = play(look(to_find(AttemptOp.CREATE), a_run()), trouble)
        assert isinstance(answer, Failed)
        answer, _ = play(look(to_find(AttemptOp.CREDIT), a_run()), trouble)
        assert isinstance(answer, Failed)


# -------------------------------------------------------------------------------------------------- a known payment


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        (PaymentStatus.CREDITED, Finding.TOOK_EFFECT),
        (PaymentStatus.NEW, Finding.NO_EFFECT),
        (PaymentStatus.IN_PROGRESS, Finding.NO_EFFECT),
        (PaymentStatus.REFUNDED, Finding.CHANGED),
        (PaymentStatus.AWAITS_REFUND, Finding.CHANGED),
        (PaymentStatus.FRAUD, Finding.CHANGED),
        (PaymentStatus.CANCELLED, Finding.CHANGED),
    ],
)
def test_what_became_of_a_credit(status: int, finding: Finding) -> None:
    """“Read by id, credit again only if not credited”: money that a person took out is not put back."""
    answer, _ = play(look(to_find(AttemptOp.CREDIT), a_run()), shown(status))
    assert found(answer)[0] is finding


def test_credit_that_reset_the_date_says_so() -> None:
    """“A payment date that crediting reset makes the link dirty again.”"""
    answer, _ = play(
        look(to_find(AttemptOp.CREDIT), a_run()), shown(PaymentStatus.CREDITED, paid_at=NOON + 24 * 60 * MINUTE)
    )
    assert isinstance(answer, Looked)
    assert answer.shown_date == dt.date(2026, 11, 3)


def test_what_became_of_an_update() -> None:
    """The new values: done. Old ones of ours: not done. Anything else is a person's."""
    old = attrs.evolve(TARGET, amount=TARGET.amount - 10)
    step = attrs.evolve(to_find(AttemptOp.UPDATE), known=(old, TARGET))
    for amount, finding in (
        (TARGET.amount, Finding.TOOK_EFFECT),
        (old.amount, Finding.NO_EFFECT),
        (TARGET.amount + 1, Finding.CHANGED),
    ):
        answer, _ = play(look(step, a_run()), shown(PaymentStatus.CREDITED, amount=amount))
        assert found(answer)[0] is finding


def test_cancelled_payment_is_gone_only_if_it_is_read() -> None:
    """“``ABSENT`` when a read says ``missed``”: a reading that failed says nothing of a late credit."""
    step = LookBack(contract_id=ONE, payment_id=OURS)
    assert play(read_again(step), AnswerTimedOut("silence"))[0] is None
    assert play(read_again(step), ObjectMissing("missed"))[0] == LookedBack(contract_id=ONE, credited=False)
    seen = play(read_again(step), shown(PaymentStatus.CREDITED))[0]
    assert seen == LookedBack(contract_id=ONE, credited=True, mark=TARGET.mark)
