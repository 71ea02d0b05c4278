"""``engine.reconcile`` where 1C shows a document that cannot be read: it is not compared, and the others are."""

from __future__ import annotations

import attrs
import pytest
from exported import add_exported, export
from garbling import NONSENSE, Garbling
from stages import FIRST_DAY, Stage, add_one

from billmanager_1c.errors import BadReply
from billmanager_1c.models import DocumentRef
from billmanager_1c.reports import Reconciliation


def compared(stage: Stage, *garbled: DocumentRef) -> Reconciliation:
    """Reconcile while these documents cannot be read."""
    onec = Garbling(stage.adapter)
    onec.garbled = set(garbled)
    return stage.make_engine(onec=onec).reconcile(FIRST_DAY)


@pytest.mark.parametrize("knows", ["all", "the document", "its number", "nothing"])
def test_its_payment_is_not_extra(stage: Stage, knows: str) -> None:
    """“Nothing is concluded from it”, whatever the store knows of document and payment; a warning names it."""
    export(stage)
    ref, _, payment_id = add_exported(stage)
    if knows != "all":
        stage.begin_anew()
        stage.engine.load_accounts()
    if knows == "its number":  # and a person took away the mark
        stage.bill.person_edits_payment(payment_id, info="")
        stage.bill.installation = attrs.evolve(stage.bill.installation, form_shows_subaccount=True)
    if knows in ("the document", "its number"):
        stage.engine.export_payments([ref], limit=0)
    found = compared(stage, ref)
    assert found.counts["extra_remote"] == 0
    assert not [line for line in found.lines if line.ref == ref or payment_id in line.payment_ids]
    (warning,) = [warning for warning in found.warnings if ref.id in warning]
    assert NONSENSE in warning
    assert found.counts["ok"] == stage.world.exportable


def test_it_is_not_missing(stage: Stage) -> None:
    """Neither a line that was never exported, nor one whose payment is gone, nor a document that 1C lists no more."""
    export(stage)
    gone, _, payment_id = add_exported(stage)
    stage.bill.person_deletes_payment(payment_id)
    fresh, _ = add_one(stage)
    deleted, _, _ = add_exported(stage)
    stage.onec.delete(deleted.id)
    found = compared(stage, gone, fresh, deleted)
    assert not [line for line in found.lines if line.ref in (gone, fresh, deleted)]
    assert (found.counts["missing_remote"], found.counts["extra_remote"]) == (0, 0)
    assert len(found.warnings) == 3


def test_too_many_are_no_slip_of_a_pen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison without them would be none."""
    monkeypatch.setattr("billmanager_1c.plans.reconcile.gather.UNREAD", 1)
    refs = [add_exported(stage)[0] for _ in range(2)]
    assert compared(stage, refs[0]).warnings
    with pytest.raises(BadReply):
        compared(stage, *refs)
