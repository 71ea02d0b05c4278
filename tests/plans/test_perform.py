"""The writes: how what BILLmanager answers, and what a person did meanwhile, is told to the core."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from script import NOON, ONE, OURS, REF, TARGET, a_run, play, shown, to_do

from billmanager_1c.api import CancelPayment, DeletePayment, EditPayment, Operation, ReadPayment, UncreditPayment
from billmanager_1c.errors import (
    AccessDenied,
    AnswerTimedOut,
    BillManagerError,
    FieldsDropped,
    InvalidValue,
    LicenseProblem,
    LoginFailed,
    NotSaved,
    ObjectExists,
    ObjectMissing,
    PaymentAlreadyMade,
    RefusedByBillManager,
    SlowDown,
)
from billmanager_1c.ledger import (
    NOT_READ,
    AttemptOp,
    Done,
    Failed,
    Finding,
    LinkState,
    Looked,
    Refused,
    Trouble,
    make_mark,
)
from billmanager_1c.models import PaymentChanges, PaymentId, PaymentStatus, QuarantineCode
from billmanager_1c.plans.perform import perform

CREDITED = PaymentStatus.CREDITED
OTHER = {"amount": TARGET.amount + 1, "mark": ""}
"""What makes of our payment one that we never made."""


def kinds(called: list[Operation[Any]]) -> list[type]:
    """Say what was called."""
    return [type(operation) for operation in called]


# ------------------------------------------------------------------------------------------------------- creating


@pytest.mark.parametrize(("created", "is_ours"), [(59, False), (60, False), (61, True)])
def test_payment_that_existed_before_is_not_the_one_that_was_created(created: int, is_ours: bool) -> None:
    """“Someone else's id = unknown”: ours is newer than ``high_water``."""
    answer, _ = play(perform(to_do(AttemptOp.CREATE), a_run()), PaymentId(created))
    if is_ours:
        assert answer == Done(payment_id=PaymentId(created))
    else:
        assert isinstance(answer, Failed)
        assert answer.trouble is Trouble.UNKNOWN


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (PaymentAlreadyMade("the number is known"), Trouble.EXISTS),
        (ObjectExists("the number is known"), Trouble.EXISTS),
        (NotSaved("a form came back"), Trouble.UNKNOWN),
        (AnswerTimedOut("silence"), Trouble.UNKNOWN),
        (SlowDown("later"), Trouble.LATER),
    ],
    ids=lambda value: type(value).__name__,
)
def test_answer_that_is_no_payment(error: Exception, trouble: Trouble) -> None:
    """“``payment_payd`` means that the payment exists: look; everything else is unknown.”"""
    answer, _ = play(perform(to_do(AttemptOp.CREATE), a_run()), error)
    assert isinstance(answer, Failed)
    assert answer.trouble is trouble


def test_silence_ends_a_run_and_a_word_does_not() -> None:
    """“Down for 8 h: no storm”: after some calls in a row without an answer nothing more is begun."""
    run = a_run()
    for _ in range(run.patience - 1):
        play(perform(to_do(AttemptOp.WRITE), run), AnswerTimedOut("silence"))
    assert not run.is_over
    play(perform(to_do(AttemptOp.WRITE), run), None)
    for _ in range(run.patience):
        assert not run.is_over
        play(perform(to_do(AttemptOp.WRITE), run), AnswerTimedOut("silence"))
    assert run.is_over


def test_what_exists_when_fields_are_written_is_no_payment_of_ours() -> None:
    """Of an edit it says that some value is taken: there is nothing to be looked for."""
    answer, _ = play(perform(to_do(AttemptOp.WRITE), a_run()), ObjectExists("this number is taken"))
    assert isinstance(answer, Refused)


@pytest.mark.parametrize(
    ("missing", "state"),
    [("payment", LinkState.REMOTE_MISSING), ("", LinkState.REMOTE_MISSING), ("sender", LinkState.QUARANTINED)],
)
def test_payer_that_is_gone_is_no_payment_that_is_gone(missing: str, state: LinkState) -> None:
    """``REMOTE_MISSING`` says that our payment is gone, and not something that it was to refer to."""
    run = a_run()
    answer, _ = play(perform(to_do(AttemptOp.WRITE), run), ObjectMissing("missed", object=missing))
    assert isinstance(answer, Refused)
    assert answer.state is state
    assert run.vanished == (state is LinkState.REMOTE_MISSING)


# ---------------------------------------------------------------------------------------- an earlier turn's payment


@pytest.mark.parametrize("op", [AttemptOp.WRITE, AttemptOp.CREDIT])
@pytest.mark.parametrize(
    "found",
    [
        shown(CREDITED),
        shown(PaymentStatus.FRAUD),
        shown(PaymentStatus.CANCELLED),
        shown(**OTHER),
        shown(**{**OTHER, "mark": make_mark("other", REF, ONE, 1)}),
        shown(payer_id=9, mark=""),
        shown(method_id=9, mark=""),
    ],
)
def test_payment_that_a_person_had_in_his_hands_is_left_alone(op: AttemptOp, found: Any) -> None:
    """“What a person did is neither overwritten nor undone”; and ids come again after a restore of BILLmanager."""
    answer, called = play(perform(to_do(op, resumed=True), a_run()), found)
    assert isinstance(answer, Refused)
    assert answer.state is LinkState.REMOTE_CHANGED
    assert kinds(called) == [ReadPayment]


def test_late_credit_of_ours_is_taken_for_what_it_is() -> None:
    """“A late credit may still land”: a payment of ours that we may have credited is; that of somebody else is not."""
    step = to_do(AttemptOp.CREDIT, resumed=True, may_be_credited=True)
    answer, _ = play(perform(step, a_run()), shown(CREDITED))
    assert isinstance(answer, Looked)
    assert (answer.finding, answer.credited) == (Finding.TOOK_EFFECT, True)
    answer, _ = play(perform(step, a_run()), shown(CREDITED, **OTHER))
    assert isinstance(answer, Refused)


# ------------------------------------------------------------------------------------------------------- crediting


def test_one_payment_that_kept_its_day_proves_nothing() -> None:
    """It may have been credited by a clerk: whether crediting resets the date is believed of the second one."""
    run = a_run()
    run.proven = False
    longer_ago = attrs.evolve(TARGET, paid_on=NOON.date() - dt.timedelta(days=20))
    step = to_do(AttemptOp.CREDIT)
    step = attrs.evolve(step, attempt=attrs.evolve(step.attempt, target=longer_ago))
    kept = shown(CREDITED, paid_at=NOON - dt.timedelta(days=20), created_at=NOON)
    for _ in range(2):
        assert not run.date_proven
        answer, called = play(perform(step, run), None, kept)
        assert answer == Done()
        assert kinds(called)[-1] is ReadPayment
    assert run.date_proven
    play(perform(step, run), None)


def test_day_that_crediting_may_have_made_proves_nothing() -> None:
    """Midnight may lie between, or clocks disagree: a payment of yesterday tells nothing."""
    run = a_run()
    yesterday = NOON - dt.timedelta(days=1)
    step = to_do(AttemptOp.CREDIT)
    step = attrs.evolve(step, attempt=attrs.evolve(step.attempt, target=attrs.evolve(TARGET, paid_on=yesterday.date())))
    play(perform(step, run), None, shown(CREDITED, paid_at=yesterday, created_at=NOON))
    assert run.days_kept == 0


def test_first_payment_is_read_back() -> None:
    """“The first payment of each run is read back”: what BILLmanager dropped in silence stops the run."""
    run = a_run()
    run.proven = False
    answer, _ = play(perform(to_do(AttemptOp.CREDIT), run), None, shown(CREDITED, document_number="9"))
    assert isinstance(answer, Looked)
    assert answer.created is not None
    assert answer.created.document_number == "9"
    assert isinstance(run.fatal, FieldsDropped)


# -------------------------------------------------------------------------------------------------------- changing


def updated(**changes: Any) -> Any:
    """Return an update from ninety roubles to a hundred."""
    before = attrs.evolve(TARGET, amount=TARGET.amount - 10)
    return to_do(AttemptOp.UPDATE, before=before, known=(), **changes)


@pytest.mark.parametrize("trouble", [SlowDown("later"), AccessDenied("no right"), AnswerTimedOut("silence")])
def test_trouble_after_the_write_leaves_its_end_unknown(trouble: Exception) -> None:
    """The edit was accepted: whatever is said to the reading after it says nothing about the edit."""
    old = shown(CREDITED, amount=TARGET.amount - 10)
    answer, called = play(perform(updated(), a_run()), old, None, trouble)
    assert isinstance(answer, Failed)
    assert answer.trouble is Trouble.UNKNOWN
    assert kinds(called) == [ReadPayment, EditPayment, ReadPayment]


def test_what_we_may_have_sent_is_no_persons_change() -> None:
    """A payment may show any value that was ever sent to it."""
    sent = attrs.evolve(TARGET, amount=TARGET.amount + 7)
    step = attrs.evolve(updated(), known=(sent,))
    answer, _ = play(perform(step, a_run()), shown(CREDITED, amount=sent.amount), None, shown(CREDITED))
    assert answer == Done()
    answer, called = play(perform(updated(), a_run()), shown(CREDITED, amount=sent.amount))
    assert isinstance(answer, Refused)
    assert kinds(called) == [ReadPayment]


def test_change_that_was_done_in_part_is_no_refusal() -> None:
    """“Ok only if equal to the target”: what was accepted and does not show is neither the old nor the new."""
    old = shown(CREDITED, amount=TARGET.amount - 10)
    answer, _ = play(perform(updated(), a_run()), old, None, shown(CREDITED, document_number="9"))
    assert isinstance(answer, Refused)
    assert answer.partly


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (shown(PaymentStatus.NEW), OURS),
        (shown(PaymentStatus.CANCELLED), None),
        (ObjectMissing("missed", object="payment"), None),
    ],
)
def test_late_cancel_of_ours_is_no_persons_change(found: Any, left: PaymentId | None) -> None:
    """A cancel whose end nobody saw may have reached the payment: unpaid by us, it is paid again, or made anew."""
    answer, called = play(perform(updated(may_be_unpaid=True), a_run()), found)
    assert isinstance(answer, Looked)
    assert (answer.finding, answer.payment_id) == (Finding.UNPAID, left)
    assert kinds(called) == [ReadPayment]
    answer, _ = play(perform(updated(), a_run()), found)
    assert isinstance(answer, Refused)
    assert answer.state in (LinkState.REMOTE_CHANGED, LinkState.REMOTE_MISSING)


def test_late_cancel_of_ours_is_not_to_blame_for_a_payer_that_is_gone() -> None:
    """Only ``missed`` of the payment itself says that it is gone."""
    answer, _ = play(perform(updated(may_be_unpaid=True), a_run()), ObjectMissing("missed", object="sender"))
    assert isinstance(answer, Refused)
    assert answer.state is LinkState.QUARANTINED


# ------------------------------------------------------------------------------------------------------ cancelling


def cancelled(**changes: Any) -> Any:
    """Return a cancel of a payment that we credited."""
    return to_do(AttemptOp.CANCEL, before=TARGET, **changes)


@pytest.mark.parametrize(
    "found",
    [
        shown(CREDITED, amount=TARGET.amount + 1),
        shown(PaymentStatus.FRAUD),
        shown(PaymentStatus.REFUNDED),
        shown(PaymentStatus.AWAITS_REFUND),
        shown(**OTHER),
    ],
)
def test_payment_that_a_person_changed_is_not_cancelled(found: Any) -> None:
    """“What a person did is neither overwritten nor undone”: it is not deleted either."""
    answer, called = play(perform(cancelled(), a_run()), found)
    assert isinstance(answer, Refused)
    assert answer.state is LinkState.REMOTE_CHANGED
    assert kinds(called) == [ReadPayment]


def test_payment_that_may_be_the_clients_own_stays() -> None:
    """“It is reported and never deleted by itself (it may be the client's own)”, unless our mark is on it."""
    answer, called = play(perform(cancelled(guess=True), a_run()), shown(mark=""))
    assert (answer, kinds(called)) == (Done(), [ReadPayment])
    gone = ObjectMissing("missed", object="payment")
    answer, called = play(perform(cancelled(guess=True), a_run()), shown(), None, gone)
    assert (answer, kinds(called)) == (Done(), [ReadPayment, DeletePayment, ReadPayment])


def test_money_that_is_spent_is_a_matter_for_a_person() -> None:
    """``cancel_refused`` is for good where BILLmanager says no; a right that is missing may be given."""
    answer, _ = play(perform(cancelled(), a_run()), shown(CREDITED), RefusedByBillManager("no"), shown(CREDITED))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.final) == (QuarantineCode.CANCEL_REFUSED, True)
    spent = AccessDenied("not of this payment", object="payment")
    answer, _ = play(perform(cancelled(), a_run()), shown(CREDITED), spent, shown(CREDITED))
    assert isinstance(answer, Refused)
    assert answer.final
    answer, _ = play(perform(cancelled(), a_run()), shown(CREDITED), AccessDenied("no right"), shown(CREDITED))
    assert isinstance(answer, Failed | Refused)
    assert not (isinstance(answer, Refused) and answer.final)
    run = a_run()
    answer, _ = play(perform(cancelled(), run), shown(CREDITED), LoginFailed("no"))
    assert isinstance(answer, Failed)
    assert isinstance(run.fatal, LoginFailed)


@pytest.mark.parametrize("trouble", [SlowDown("wait"), LicenseProblem("no"), LoginFailed("no"), NotSaved("a form")])
def test_trouble_that_is_nobodys_word_on_a_cancel_ends_it(trouble: BillManagerError) -> None:
    """“Everything else = unknown”: what says nothing of this payment is no refusal that lets us try another way."""
    answer, called = play(perform(cancelled(), a_run()), shown(CREDITED), trouble)
    assert isinstance(answer, Failed)
    assert kinds(called) == [ReadPayment, UncreditPayment]
    answer, called = play(perform(cancelled(), a_run()), shown(CREDITED), None, trouble)
    assert isinstance(answer, Failed)
    assert answer.trouble is Trouble.UNKNOWN
    assert kinds(called) == [ReadPayment, UncreditPayment, DeletePayment]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(PaymentStatus.CANCELLED, Done(lingers=True)), (PaymentStatus.BEING_DELETED, Done(lingers=True))],
)
def test_delete_refused(status: int, answer: Done) -> None:
    """“Delete refused: status 9”, and the payment may still be reached by an old credit."""
    no = BillManagerError("no")
    ended, called = play(perform(cancelled(), a_run()), shown(CREDITED), None, no, None, shown(status))
    assert ended == answer
    assert kinds(called) == [ReadPayment, UncreditPayment, DeletePayment, CancelPayment, ReadPayment]


@pytest.mark.parametrize("error", [RefusedByBillManager("a handler failed"), AccessDenied("no right")])
def test_credit_taken_back_in_spite_of_an_error(error: BillManagerError) -> None:
    """An error may be that of a handler that runs after the change: a read says what stands, and the cancel goes on."""
    gone = ObjectMissing("", object="payment")
    answer, called = play(perform(cancelled(), a_run()), shown(CREDITED), error, shown(), None, gone)
    assert answer == Done()
    assert kinds(called) == [ReadPayment, UncreditPayment, ReadPayment, DeletePayment, ReadPayment]
    answer, _ = play(perform(cancelled(), a_run()), shown(CREDITED), error, AnswerTimedOut(""))
    assert isinstance(answer, Failed)
    assert answer.trouble is Trouble.UNKNOWN


def test_delete_is_not_believed() -> None:
    """“``ABSENT`` when a read says ``missed``”: a payment that still shows is not gone."""
    answer, _ = play(perform(cancelled(), a_run()), shown(CREDITED), None, None, shown(PaymentStatus.NEW))
    assert isinstance(answer, Failed)
    assert answer.trouble is Trouble.UNKNOWN


def test_status_that_is_dropped_in_silence() -> None:
    """What BILLmanager accepts and does not do is told to a person, and tried again: a field right may be missing."""
    answer, _ = play(perform(cancelled(), a_run()), shown(CREDITED), None, None, shown(CREDITED))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.final) == (QuarantineCode.CANCEL_REFUSED, False)
    assert "right to the field status" in answer.reason
    assert answer.partly


def test_bill_is_given_back_and_read() -> None:
    """A client's own bill is never deleted, and that it is unpaid again is not believed either."""
    answer, called = play(perform(cancelled(bill=True), a_run()), shown(CREDITED), None, None, shown())
    assert (answer, kinds(called)) == (Done(), [ReadPayment, UncreditPayment, EditPayment, ReadPayment])
    answer, _ = play(perform(cancelled(bill=True), a_run()), shown(CREDITED), None, None, shown(CREDITED))
    assert isinstance(answer, Failed)


def test_bill_is_given_back_as_it_was() -> None:
    """The client is asked for what he was asked for before; a day that he did not see cannot be taken away."""
    was = attrs.evolve(
        TARGET, amount=TARGET.amount + 1, description="Счёт", mark="", document_number="", document_date=NOT_READ
    )
    step = cancelled(bill=True, original=was)
    _, called = play(perform(step, a_run()), shown(CREDITED), None, None, shown())
    assert edits(called) == [PaymentChanges(amount=was.amount, description="Счёт", document_number="", mark="")]


def edits(called: list[Operation[Any]]) -> list[PaymentChanges]:
    """Say what was written."""
    return [operation.changes for operation in called if isinstance(operation, EditPayment)]


UNMARKED = PaymentChanges(mark="")
WAS = attrs.evolve(TARGET, amount=TARGET.amount + 1, mark="")
"""What a bill was before it was ours."""


@pytest.mark.parametrize(
    ("status", "changes", "given"),
    [
        (PaymentStatus.NEW, {}, PaymentChanges(amount=WAS.amount, mark="")),
        (PaymentStatus.NEW, {"amount": TARGET.amount + 50}, UNMARKED),
        (PaymentStatus.NEW, {"method_id": 9}, PaymentChanges(amount=WAS.amount, mark="")),
        (PaymentStatus.IN_PROGRESS, {}, UNMARKED),
    ],
    ids=["as we left it", "of another sum", "by another method", "being paid"],
)
def test_what_the_client_made_of_his_bill_stays(status: int, changes: dict[str, Any], given: PaymentChanges) -> None:
    """“What a person did in BILLmanager is neither overwritten nor undone”: only what is ours is taken off."""
    step = cancelled(bill=True, original=WAS, known=(WAS, TARGET))
    run = a_run()
    _, called = play(perform(step, run), shown(status, **changes), None, shown(mark="", amount=WAS.amount))
    assert edits(called) == [given]
    assert not run.warnings


def test_bill_on_which_something_of_ours_stays_is_told_of() -> None:
    """Money is back, and what rights on fields keep on the bill is for a person to take off."""
    run = a_run()
    answer, _ = play(
        perform(cancelled(bill=True, original=WAS, known=(WAS, TARGET)), run), shown(CREDITED), None, None, shown()
    )
    assert isinstance(answer, Done)
    assert any("amount, mark" in warning for warning in run.warnings)
    run = a_run()
    play(perform(cancelled(bill=True), run), shown(CREDITED), None, None, shown())
    assert any("our mark" in warning for warning in run.warnings)


def test_field_that_is_refused_keeps_no_mark_on_a_bill() -> None:
    """Nothing of a refused edit is written: our mark is taken off without the rest."""
    step = cancelled(bill=True, original=WAS, known=(WAS, TARGET))
    answer, called = play(perform(step, a_run()), shown(CREDITED), None, InvalidValue("a sum"), None, shown(mark=""))
    assert isinstance(answer, Done)
    assert edits(called) == [PaymentChanges(amount=WAS.amount, mark=""), UNMARKED]


@pytest.mark.parametrize("mark", ["", None], ids=["shown", "hidden"])
def test_bill_that_was_given_back_and_paid_by_its_client(mark: str | None) -> None:
    """A cancel that is made again must not take his own money: the bill has our mark no more, or reads as it was."""
    step = cancelled(bill=True, original=WAS, known=(WAS, TARGET))
    answer, called = play(perform(step, a_run()), shown(CREDITED, mark=mark, amount=WAS.amount))
    assert isinstance(answer, Refused)
    assert answer.state is LinkState.REMOTE_CHANGED
    assert kinds(called) == [ReadPayment]
    retried = attrs.evolve(step, before=WAS)  # what a person read when he said that it is this line's money
    found = shown(CREDITED, mark=mark, amount=WAS.amount)
    answer, called = play(perform(retried, a_run()), found, None, None, shown(mark="", amount=WAS.amount))
    assert answer == Done()
