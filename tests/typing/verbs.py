"""What type checkers must see of the engine: verbs, reports, events. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, assert_type

from billmanager_1c import (
    AsyncBillManagerClient,
    AsyncSyncEngine,
    BillManagerClient,
    MemoryStore,
    Policy,
    Schedule,
    Settings,
    SQLiteStore,
    SyncEngine,
    diagnose,
    engine,
    settings,
)
from billmanager_1c.engine import Breaker, EngineEvent, EngineStatus, EventKind, Progress
from billmanager_1c.ledger import AttemptOp, Dossier, JournalEntry, LinkState
from billmanager_1c.matching import BindingSuggestion
from billmanager_1c.models import ContractId, DocumentRef, PaymentId, QuarantineCode
from billmanager_1c.onec import ODataAdapter
from billmanager_1c.reports import (
    AccountsReport,
    Action,
    Check,
    CheckVerdict,
    Choice,
    ClassTotal,
    DayTotal,
    Diagnosis,
    DocumentSummary,
    Event,
    Explanation,
    ExportPlan,
    ExportReport,
    LineClass,
    LineStanding,
    Listing,
    Outcome,
    PlannedAction,
    ReconciledLine,
    Reconciliation,
    RecoveryReport,
    Refusal,
    Suggestion,
    UnknownOutcome,
    explain,
    found_documents,
    narrate,
    refusals,
    suggestions,
    unknown_outcomes,
)
from billmanager_1c.views import Cell, Picture, Table

SHOWN_AGAIN: list[type] = [
    *(engine.SyncEngine, engine.AsyncSyncEngine, engine.Policy, engine.Schedule, settings.Settings),
]
assert_type(engine.diagnose is diagnose, bool)


def from_the_environment(found: Settings, day: dt.date, path: str) -> SyncEngine:
    """Both ends from settings, and a store; a policy cannot do without its first day."""
    assert_type(Settings.from_env(), Settings)
    assert_type(found.billmanager(), BillManagerClient)
    assert_type(found.async_billmanager(), AsyncBillManagerClient)
    assert_type(found.onec(), ODataAdapter)
    Policy()  # type: ignore[call-arg]  # nothing older than a day that somebody named
    policy = Policy(export_from=day, concurrency=8, breaker=Breaker(documents=50, share=0.2))
    Policy(export_from=day, timeout=30)  # type: ignore[arg-type]  # seconds, minutes? a timedelta says
    return SyncEngine(
        onec=found.onec(),
        billmanager=found.billmanager(),
        store=SQLiteStore(path),
        policy=policy,
        schedule=Schedule(export=dt.timedelta(minutes=15)),
        on_event=watch,
    )


def blocking_needs_blocking(found: Settings, policy: Policy, client: AsyncBillManagerClient) -> AsyncSyncEngine:
    """The blocking engine takes the blocking client only; the other takes blocking ends besides."""
    ends: dict[str, Any] = {"onec": found.onec(), "store": MemoryStore(), "policy": policy}
    SyncEngine(billmanager=client, **ends)  # type: ignore[arg-type]  # its answers would have to be awaited
    return AsyncSyncEngine(billmanager=client, **ends)


def watch(event: EngineEvent) -> None:
    """One frozen value tells of everything."""
    if event.kind is EventKind.LINE:
        assert_type((event.ref, event.action), tuple[DocumentRef | None, Action | None])
        assert_type(event.code, QuarantineCode | None)
    assert_type(event.seconds, float | None)


def count(progress: Progress) -> None:
    """So does the progress of a long verb."""
    assert_type((progress.done, progress.total, progress.rate), tuple[int, int, float])


def the_two_jobs(sync: SyncEngine, now: dt.datetime) -> dict[str, int]:
    """Verbs return reports."""
    assert_type(sync.load_accounts(progress=True), AccountsReport)
    assert_type(sync.run_due(now), list[AccountsReport | ExportReport])
    report = sync.export_payments(limit=100, progress=count)
    assert_type(report.outcomes, Sequence[Outcome])
    assert_type(report.plot(), Picture)
    return report.counts


def before_it(sync: SyncEngine, ref: DocumentRef) -> ExportReport:
    """A plan is a value: to be read, kept, approved, applied."""
    plan = sync.plan([ref])
    assert_type(plan.actions, tuple[PlannedAction, ...])
    assert_type(plan.actions[0].choices, tuple[Choice, ...])
    assert_type(ExportPlan.from_json(plan.to_json()), ExportPlan)
    sync.approve(plan)
    return sync.apply(plan)


def why(sync: SyncEngine, ref: DocumentRef) -> str:
    """One call answers why, and its parts are values."""
    story = sync.explain(ref)
    assert_type(sync.explain(payment_id=5001), Explanation)
    assert_type((story.document, story.lines), tuple[DocumentSummary | None, tuple[LineStanding, ...]])
    assert_type([line.state for line in story.lines], list[LinkState])
    assert_type([line.payment_id for line in story.lines], list[PaymentId | None])
    assert_type((story.events, story.planned), tuple[tuple[Event, ...], tuple[PlannedAction, ...]])
    return story.answer


def what_waits(sync: SyncEngine, ref: DocumentRef, line: ContractId) -> None:
    """What waits for people is listed, and they decide."""
    refused, unknown = sync.quarantined(), sync.unknown()
    assert_type((refused, unknown), tuple[Listing[Refusal], Listing[UnknownOutcome]])
    assert_type(refused[0].waits_for, Literal["data", "person"])
    assert_type((unknown[0].op, unknown[0].age), tuple[AttemptOp, dt.timedelta])
    assert_type(sync.suggest_bindings(), Listing[BindingSuggestion])
    assert_type(sync.find(inn="7707083893", amount=Decimal("100.00")), Listing[DocumentSummary])
    sync.bind(line, 18)
    sync.record_change(ref)
    sync.retry(ref)
    sync.adopt(ref, 5001, line)
    sync.dismiss(ref, 5002)
    sync.abandon(ref, reason="paid in cash")
    sync.abandon(ref)  # type: ignore[call-arg]  # a reason is what is left of it
    sync.pause("stocktaking")
    sync.resume()
    assert_type(sync.status(), EngineStatus)


def do_both_sides_agree(sync: SyncEngine, day: dt.date) -> Mapping[str, ClassTotal]:
    """Line by line, by classes and by days, with what might belong together."""
    assert_type(sync.recover_links(day), RecoveryReport)
    found = sync.reconcile(day, day)
    assert_type(found, Reconciliation)
    assert_type(found.of(LineClass.HUMAN_TWIN), tuple[ReconciledLine, ...])
    assert_type(found.lines[0].suggestions, tuple[Suggestion, ...])
    assert_type(found.days("RUB"), tuple[DayTotal, ...])
    assert_type(found.table(), Table)
    return found.ok_totals


def is_it_well(client: BillManagerClient) -> list[Check]:
    """A diagnosis is a list of checks, each with a verdict."""
    found: Diagnosis = diagnose(client)
    return [check for check in found.checks if check.verdict is CheckVerdict.FAILS]


def from_a_store_alone(dossier: Dossier, journal: Sequence[JournalEntry]) -> Explanation:
    """What the verbs return can be made from what a store keeps, as another program may."""
    events = narrate(journal)
    assert_type(events, list[Event])
    assert_type(refusals([]), Listing[Refusal])
    assert_type(suggestions([]), Listing[BindingSuggestion])
    assert_type(unknown_outcomes([]), Listing[UnknownOutcome])
    assert_type(found_documents([]).to_dicts(), list[dict[str, Cell]])
    return explain(dossier, events, ())
