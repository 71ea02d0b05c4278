"""The recipes of the page on watching make the spans and the metrics that the page promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs_pages import snippets
from docs_stage import Stage, set_stage
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from billmanager_1c import SyncEngine
from billmanager_1c.errors import EngineDisabled
from billmanager_1c.testing import Fault


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The world behind the page."""
    with set_stage(tmp_path, monkeypatch) as stage:
        yield stage


@pytest.fixture
def page(stage: Stage) -> dict[str, Any]:
    """The names that the page's snippets leave behind."""
    names: dict[str, Any] = {"__name__": "page"}
    for snippet in snippets("docs/watching.md"):
        exec(snippet.compiled(0), names)  # type: ignore[arg-type]  # a code object
    return names


def watched(stage: Stage, on_event: Any) -> SyncEngine:
    """Return an engine that has done a day's work, and tells what it does from now on."""
    engine = stage.given("engine")
    assert isinstance(engine, SyncEngine)
    engine._on_event = on_event
    return engine


def test_spans_of_a_run(stage: Stage, page: dict[str, Any]) -> None:
    """One trace for the run, with its counts; a span below it for each request, the failed one with its error."""
    provider, memory = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    engine = watched(stage, page["Traces"](provider.get_tracer("test")))
    stage.world.billmanager.faults.arm(Fault.LOST_ANSWER, where="company")
    report = engine.export_payments()
    *requests, run = memory.get_finished_spans()
    assert run.name == "billmanager_1c.export"
    assert run.attributes is not None
    assert {name: run.attributes[f"billmanager_1c.{name}"] for name in report.counts} == report.counts
    assert requests
    assert {span.parent.span_id for span in requests if span.parent} == {run.get_span_context().span_id}
    assert all(run.start_time <= span.start_time <= span.end_time <= run.end_time for span in requests)
    provider.shutdown()


def test_span_of_a_run_that_fails(stage: Stage, page: dict[str, Any]) -> None:
    """A run that raises ends its span with the exception's name and sentence."""
    provider, memory = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    engine = watched(stage, page["Traces"](provider.get_tracer("test")))
    engine.pause("inventory")
    with pytest.raises(EngineDisabled):
        engine.export_payments()
    (run,) = memory.get_finished_spans()
    assert run.attributes is not None
    assert run.attributes["error.type"] == "EngineDisabled"
    assert "inventory" in (run.status.description or "")
    provider.shutdown()


@pytest.mark.usefixtures("page")
def test_metrics_of_a_run(stage: Stage) -> None:
    """The textfile of the script has lines by action, requests by operation, and what waits, by code and for whom."""
    text = (stage.folder / "billmanager_1c.prom").read_text(encoding="utf-8")
    assert 'billmanager_1c_runs_total{error="",job="export"} 1.0' in text
    assert 'billmanager_1c_lines_total{action="unchanged"}' in text
    assert "billmanager_1c_on 1.0" in text
    assert "billmanager_1c_open " in text
    assert 'billmanager_1c_quarantined{code="possible_twin",waits_for="person"} ' in text
    assert 'billmanager_1c_request_seconds_count{error="",operation="' in text


def test_status_counts_what_is_listed(stage: Stage) -> None:
    """What ``status()`` counts by code is what ``quarantined()`` lists, also what waits for a person."""
    engine = watched(stage, None)
    assert engine.status().quarantined == Counter(refusal.code for refusal in engine.quarantined())
