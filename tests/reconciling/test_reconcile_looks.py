"""``engine.reconcile`` looks twice, keeps to its days and its budget, writes nothing; read-only and lost stores."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from exported import add_exported, export, forms_read, line_of, type_in
from stages import FIRST_DAY, Stage, add_one

from billmanager_1c import SQLiteStore, SyncEngine
from billmanager_1c.api import ListSubaccounts
from billmanager_1c.errors import BillManager1CError
from billmanager_1c.testing import Fault


def test_stale_list_makes_nothing_missing(stage: Stage) -> None:
    """A list that does not show the newest payments yet: each is read by its id, and all is well."""
    stage.engine.load_accounts()
    stage.bill.faults.arm(Fault.STALE_LISTS, where="payment", times=None)
    stage.engine.export_payments()
    found = stage.engine.reconcile(FIRST_DAY)
    assert found.counts["missing_remote"] == 0
    assert found.counts["ok"] == stage.world.exportable


def test_what_comes_between_two_looks_is_not_missing(stage: Stage) -> None:
    """A line that another worker exports while we read is looked for again before it is called missing."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    begun = []

    class Meddler:
        """A client in whose shadow another worker exports, when the store and the list have been read."""

        def send(self, operation: object, **options: object) -> object:
            return stage.client.send(operation, **options)

        def iterate(self, listing: object) -> object:
            if isinstance(listing, ListSubaccounts) and not begun:
                begun.append(listing)
                stage.engine.export_payments([ref])
            return stage.client.iterate(listing)

    engine = SyncEngine(onec=stage.adapter, billmanager=Meddler(), store=stage.store, policy=stage.policy)
    assert line_of(engine.reconcile(FIRST_DAY), ref).line_class == "ok"
    assert begun


def test_failed_reading_concludes_nothing(stage: Stage) -> None:
    """What could not be read raises; it is never taken for absence."""
    export(stage)
    stage.bill.faults.arm(Fault.DOWN, where="payment", times=None)
    with pytest.raises(BillManager1CError):
        stage.engine.reconcile(FIRST_DAY)


def test_days(stage: Stage) -> None:
    """Only documents of the days asked for are compared; payments of other documents are not extra."""
    export(stage)
    first = stage.engine.reconcile(FIRST_DAY, FIRST_DAY + dt.timedelta(days=1))
    rest = stage.engine.reconcile(FIRST_DAY + dt.timedelta(days=2))
    assert first.counts["ok"] + rest.counts["ok"] == stage.world.exportable
    assert first.counts["extra_remote"] == rest.counts["extra_remote"] == 0
    assert all(line.date <= FIRST_DAY + dt.timedelta(days=1) for line in first.ok)
    assert (first.since, first.until) == (FIRST_DAY, FIRST_DAY + dt.timedelta(days=1))


def test_what_agrees_costs_no_form(stage: Stage) -> None:
    """One list, one list of methods, and a form only for what does not agree: once."""
    export(stage)
    counted = forms_read(stage, lambda: stage.engine.reconcile(FIRST_DAY))
    assert counted["payment.edit"] == 0
    assert counted["paymethod"] == 1
    _, _, payment_id = add_exported(stage)
    stage.bill.person_edits_payment(payment_id, amount=Decimal("1.00"))
    counted = forms_read(stage, lambda: stage.engine.reconcile(FIRST_DAY))
    assert counted["payment.edit"] == 1
    assert stage.bill.payment(payment_id).amount == Decimal("1.00")


def test_nothing_is_written_anywhere(stage: Stage) -> None:
    """No write to BILLmanager, and no entry in the journal."""
    export(stage)
    add_one(stage)
    writes, entries = stage.bill.writes, list(stage.store.journal())
    stage.engine.reconcile(FIRST_DAY)
    assert stage.bill.writes == writes
    assert list(stage.store.journal()) == entries


def test_two_runs_write_the_same_bytes(stage: Stage) -> None:
    """Nothing changed, nothing differs."""
    export(stage)
    add_one(stage)
    first, second = stage.engine.reconcile(FIRST_DAY), stage.engine.reconcile(FIRST_DAY)
    assert first.to_json(ok=True).encode() == second.to_json(ok=True).encode()
    assert str(first) == str(second)
    assert first._repr_html_() == second._repr_html_()


def test_read_only_store(stage: Stage, tmp_path: Path) -> None:
    """A store opened read-only will do, also while another one writes to the same file."""
    path = tmp_path / "store.db"
    with SQLiteStore(path) as store:
        parts = {"onec": stage.adapter, "billmanager": stage.client, "policy": stage.policy}
        engine = SyncEngine(store=store, **parts)
        engine.load_accounts()
        engine.export_payments()
        with SQLiteStore(path, read_only=True) as mirror:
            found = SyncEngine(store=mirror, **parts).reconcile(FIRST_DAY)
        assert found.counts["ok"] == stage.world.exportable
        assert found.to_json(ok=True) == engine.reconcile(FIRST_DAY).to_json(ok=True)


def test_lost_store(stage: Stage) -> None:
    """Without a word of what was exported, marks tell which payment is of which line."""
    export(stage)
    stage.begin_anew()
    found = stage.engine.reconcile(FIRST_DAY)
    assert found.counts["ok"] == stage.world.exportable
    assert found.counts["extra_remote"] == 0
    assert all("never exported" in line.reason for line in found.of("missing_remote"))


def test_payment_of_another_infobase(stage: Stage) -> None:
    """A payment with the mark of another infobase is that one's business."""
    _, subaccount, payment_id = add_exported(stage)
    mark = stage.bill.payment(payment_id).info
    type_in(stage, subaccount, info=mark.replace(mark[3:11], "0" * 8))
    found = stage.engine.reconcile(FIRST_DAY)
    assert (found.counts["extra_remote"], found.counts["duplicate_mark"], found.left_out) == (0, 0, 1)


def test_adapter_that_cannot_list(stage: Stage) -> None:
    """Without a listing by days, what the store knows is compared, and the report says so."""
    export(stage)

    class Narrow:
        base = stage.adapter.base
        changes, acknowledge, read = stage.adapter.changes, stage.adapter.acknowledge, stage.adapter.read

    engine = SyncEngine(onec=Narrow(), billmanager=stage.client, store=stage.store, policy=stage.policy)
    found = engine.reconcile(FIRST_DAY)
    assert found.counts["ok"] == stage.world.exportable
    assert "only what the store knows" in str(found)


def test_progress(stage: Stage) -> None:
    """A callable is told how far it is."""
    export(stage)
    seen: list[tuple[int, int]] = []
    stage.engine.reconcile(FIRST_DAY, progress=lambda told: seen.append((told.done, told.total)))
    assert seen
    assert seen[-1][0] == seen[-1][1]
