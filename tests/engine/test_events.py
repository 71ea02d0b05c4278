"""What the engine tells those who watch it."""

from __future__ import annotations

import logging

import attrs
import pytest
from stages import Stage, add_one

from billmanager_1c import SyncEngine
from billmanager_1c.engine import EngineEvent, EventKind
from billmanager_1c.errors import EngineDisabled
from billmanager_1c.testing import Fault


def _watched(stage: Stage) -> tuple[SyncEngine, list[EngineEvent]]:
    events: list[EngineEvent] = []
    return stage.make_engine(on_event=events.append), events


def test_events_of_a_run(stage: Stage) -> None:
    """Begin and end, every request, every line with its outcome; all of one run by one name."""
    ref, _ = add_one(stage)
    engine, events = _watched(stage)
    engine.load_accounts()
    events.clear()
    stage.bill.faults.arm(Fault.LOST_ANSWER, where="payment.setpaid")
    report = engine.export_payments([ref])
    kinds = [event.kind for event in events]
    assert (kinds[0], kinds[-1]) == (EventKind.RUN_STARTED, EventKind.RUN_FINISHED)
    assert events[-1].counts == report.counts
    assert {(event.run, event.job) for event in events} == {(events[0].run, "export")}
    lines = [event for event in events if event.kind is EventKind.LINE]
    assert lines[-1].payment_id == report.outcomes[0].payment_id
    assert (lines[-1].ref, lines[-1].action) == (ref, "exported")
    failed = [event for event in events if event.kind is EventKind.REQUEST and event.error]
    assert [(event.operation, event.error) for event in failed] == [("SetPaid", "AnswerTimedOut")]
    assert all(event.at.tzinfo is not None for event in events)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        events[0].job = "other"  # type: ignore[misc]  # that is the point


def test_run_that_fails_is_told(stage: Stage) -> None:
    """A run that ends in an exception says so, in its words."""
    engine, events = _watched(stage)
    engine.pause("inventory")
    with pytest.raises(EngineDisabled):
        engine.export_payments()
    assert (events[-1].kind, events[-1].error) == (EventKind.RUN_FAILED, "EngineDisabled")
    assert "inventory" in events[-1].message


def test_watcher_that_fails_stops_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """What ``on_event`` raises is logged, and the run goes on."""

    def fail(event: EngineEvent) -> None:
        raise LookupError("no such metric")

    engine = stage.make_engine(on_event=fail)
    engine.load_accounts()
    engine.export_payments()
    assert stage.is_exact()
    assert "no such metric" in caplog.text


def test_log_can_be_followed(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO a person reads what changed and what is refused; requests are for DEBUG."""
    ref, _ = add_one(stage)
    stage.engine.load_accounts()
    with caplog.at_level(logging.INFO, logger="billmanager_1c"):
        (outcome,) = stage.engine.export_payments([ref]).outcomes
    text = caplog.text
    assert f"exported: Платёжное поручение входящее {outcome.number} of 01.11.2026, 500" in text
    assert f"payment {outcome.payment_id}" in text
    assert "CreatePayment" not in text
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="billmanager_1c"):
        stage.engine.export_payments([ref])
    assert "ListCompanies: answered" in caplog.text or "unchanged" in caplog.text
