"""“Why is this payment not in BILLmanager?” in one call."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from stages import FIRST_DAY, Stage, add_one

from billmanager_1c.errors import UnknownDocument
from billmanager_1c.models import DocumentId, DocumentRef
from billmanager_1c.testing import Fault


def test_the_whole_story(stage: Stage) -> None:
    """From the first sight in 1C through every attempt to the last reading, in words."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.setpaid")
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    stage.onec.change_document(ref.id, amount=Decimal(700), lines=[(outcome.contract_id, Decimal(700))])
    stage.engine.export_payments([ref])
    stage.onec.unpost(ref.id)
    stage.engine.export_payments([ref])
    story = stage.engine.explain(ref)
    told = [event.text for event in story.events]
    in_order = [
        "Seen in 1C for the first time",
        "Asked BILLmanager to create a payment of 500.00",
        f"BILLmanager made payment {outcome.payment_id}",
        f"Asked BILLmanager to credit payment {outcome.payment_id}",
        "Nobody knows yet how that ended",
        "Looked it up: ",
        "Changed in 1C: amount 500.00 → 700.00",
        f"Asked BILLmanager to change payment {outcome.payment_id}: 700.00",
        "shows the change",
        "posted yes → no",
        f"Asked BILLmanager to take payment {outcome.payment_id} back",
        "is cancelled",
    ]
    places = [next((i for i, text in enumerate(told) if part in text), -1) for part in in_order]
    assert -1 not in places, (in_order[places.index(-1)], told)
    assert places == sorted(places), told
    assert all(event.at.tzinfo is not None for event in story.events)
    assert "Nothing stands in BILLmanager" in story.answer
    assert "ООО «Проба»" in str(story)
    assert "ООО «Проба»" in story._repr_html_()
    assert story.to_dicts()[0]["text"].startswith("Seen in 1C")


def test_refusal_is_explained_with_what_lost(stage: Stage) -> None:
    """A refused line says why, what was looked at, and what happens next."""
    ref, subaccount = add_one(stage)
    account = next(row.account_id for row in stage.bill.subaccounts() if row.id == subaccount)
    (payer,) = [row.id for row in stage.bill.tables.payers.rows.values() if row.account_id == account]
    stage.bill.change_payer(payer, active=False)
    stage.engine.load_accounts()
    stage.engine.export_payments([ref])
    story = stage.engine.explain(ref)
    (line,) = story.lines
    assert line.code == "payer_inactive"
    assert line.next == "Each run looks whether the cause is gone."
    (choice,) = [choice for action in story.planned for choice in action.choices if choice.what == "payer"]
    assert choice.lost
    assert "inactive" in choice.lost[0]


def test_document_never_seen_is_read_at_once(stage: Stage) -> None:
    """Documents never seen are read from 1C at once, and nothing is written anywhere."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    writes, told = stage.bill.writes, list(stage.store.journal())
    story = stage.engine.explain(ref)
    assert story.document is not None
    assert (story.document.ref, story.document.amount) == (ref, Decimal("500.00"))
    (line,) = story.lines
    assert line.next == "The next export creates and credits it."
    assert (stage.bill.writes, list(stage.store.journal())) == (writes, told)
    nobody = DocumentRef(ref.kind, DocumentId("00000000-0000-4000-8000-000000000001"))
    assert "no such document" in stage.engine.explain(nobody).answer


def test_what_no_export_notices(stage: Stage) -> None:
    """A contract got another subaccount, and its document was not written again: nothing is promised of an export.

    What is to be done is said, and it is true: after that the money moves.
    """
    ref, first = add_one(stage)
    _, second = add_one(stage, "70.00")
    stage.engine.load_accounts()
    stage.engine.export_payments()
    (line,) = stage.engine.explain(ref).lines
    stage.onec.change_contract(line.contract_id, subaccount_id=second)
    for _ in range(2):
        stage.clock.pass_by(dt.timedelta(hours=25))
        stage.engine.export_payments()
        (line,) = stage.engine.explain(ref).lines
        assert (
            line.standing == f"It is credited as payment {line.payment_id}, as 1C said when the document was last read."
        )
        assert "no export notices" in line.next
        assert "Call engine.record_change(ref)" in line.next
        assert "then the next export takes it back" in line.next
    assert (stage.bill.balance(first), stage.bill.balance(second)) == (500, 70)
    stage.engine.record_change(ref)
    (line,) = stage.engine.explain(ref).lines
    assert line.next == "The next export takes it back."
    stage.engine.export_payments()
    (line,) = stage.engine.explain(ref).lines
    assert (line.standing, line.next) == (f"It is credited as payment {line.payment_id}, as 1C says.", "")
    assert (stage.bill.balance(first), stage.bill.balance(second)) == (0, 570)


def test_what_the_next_export_notices(stage: Stage) -> None:
    """A document that was written again is read by itself, whatever else changed with it."""
    ref, _ = add_one(stage)
    _, other = add_one(stage)
    stage.engine.load_accounts()
    stage.engine.export_payments()
    (line,) = stage.engine.explain(ref).lines
    stage.onec.change_contract(line.contract_id, subaccount_id=other)
    stage.onec.repost(ref.id)
    (line,) = stage.engine.explain(ref).lines
    assert line.next == "The next export takes it back."


def test_find(stage: Stage) -> None:
    """By number and date, by INN and amount, by payment id."""
    ref, _ = add_one(stage, "512.34")
    stage.engine.load_accounts()
    (found,) = stage.engine.find(amount="512.34", inn="7707083893")
    assert found.ref == ref
    assert stage.engine.find(amount="512.34", inn="7707083894") == []
    (by_number,) = [one for one in stage.engine.find(number=found.number, date=FIRST_DAY) if one.ref == ref]
    assert by_number == found
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    (paid,) = stage.engine.find(payment_id=outcome.payment_id)
    assert (paid.ref, paid.payment_ids) == (ref, (outcome.payment_id,))
    assert stage.engine.explain(payment_id=outcome.payment_id).ref == ref
    with pytest.raises(UnknownDocument, match="999"):
        stage.engine.explain(payment_id=999)


def test_day_with_a_time_and_a_day_that_is_text(stage: Stage) -> None:
    """A day may come with a time; text is refused, with what is wanted, before anything is asked."""
    ref, _ = add_one(stage)
    noon = dt.datetime.combine(FIRST_DAY, dt.time(12))
    assert ref in [one.ref for one in stage.engine.find(date=noon)]
    for call in (
        lambda: stage.engine.find(date="2026-11-05"),  # type: ignore[arg-type]
        lambda: stage.engine.reconcile("2026-11-05"),  # type: ignore[arg-type]
        lambda: stage.engine.recover_links("2026-11-05"),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError, match=r"such as datetime\.date\(2026, 11, 14\)"):
            call()
