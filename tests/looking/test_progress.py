"""Every long verb tells how far it is: done, total, rate, and what is happening."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sights import FIRST_DAY, Sights

from billmanager_1c.engine import Progress
from billmanager_1c.engine._progress import Bar


@pytest.fixture(scope="module")
def busy() -> Iterator[Sights]:
    """A world on which each verb is tried."""
    with ExitStack() as stack:
        yield Sights(stack)


VERBS: dict[str, tuple[Callable[[Any, Any], object], list[str]]] = {
    "load_accounts": (lambda engine, told: engine.load_accounts(progress=told), ["loading subaccounts"]),
    "plan": (lambda engine, told: engine.plan(progress=told), ["reading 1C", "reading payers", "planning"]),
    "apply": (lambda engine, told: engine.apply(engine.plan(), progress=told), ["reading 1C", "exporting"]),
    "export_payments": (lambda engine, told: engine.export_payments(progress=told), ["reading 1C", "exporting"]),
    "find": (lambda engine, told: engine.find(inn="7707083890", progress=told), ["reading 1C", "searching"]),
    "recover_links": (
        lambda engine, told: engine.recover_links(FIRST_DAY, progress=told),
        ["reading companies and methods", "looking for our own payments", "reading the module's register"],
    ),
    "reconcile": (
        lambda engine, told: engine.reconcile(FIRST_DAY, progress=told),
        ["reading 1C", "listing payments", "comparing", "reading payments"],
    ),
    "run_due": (lambda engine, told: engine.run_due(progress=told), ["exporting"]),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_long_verb_tells(verb: str, busy: Sights) -> None:
    """What is counted comes to its end in every stage, and never goes back; the stages come in their order."""
    call, stages = VERBS[verb]
    told: list[Progress] = []
    if verb == "run_due":  # of the export alone, whatever was run before
        busy.engine.run_due()
        busy.world.clock.pass_by(busy.engine.schedule.export)
    call(busy.engine, told.append)
    seen = list(dict.fromkeys(one.what for one in told))
    assert [stage for stage in seen if stage in stages] == stages, seen
    for stage in seen:
        counted = [one for one in told if one.what == stage]
        assert [one.done for one in counted] == sorted(one.done for one in counted)
        assert all(0 <= one.done <= one.total and one.rate >= 0 for one in counted)
        assert counted[-1].done == counted[-1].total, counted[-1]


def test_who_is_told_stops_nothing(busy: Sights, caplog: pytest.LogCaptureFixture) -> None:
    """A function that raises is logged, and the verb comes to its end."""

    def fail(progress: Progress) -> None:
        raise ValueError("the screen is broken")

    report = busy.engine.load_accounts(progress=fail)
    assert report.unchanged == 30
    assert "the screen is broken" in caplog.text


def test_rate_is_that_of_the_stage() -> None:
    """Things per second, over the time that was spent in their own stage; a stage goes on where it was left."""
    now = [0.0]
    told: list[Progress] = []
    with Bar(told.append, "export", lambda: now[0]) as bar:
        bar.advance(what="reading 1C", expected=100)
        now[0] = 10.0
        bar.advance(done=100)
        bar.advance(what="exporting", expected=20)
        now[0] = 15.0
        bar.advance(what="exporting", done=10)
        bar.advance(what="reading payers", expected=1, done=1)
        now[0] = 100.0
        bar.advance(what="exporting")
        now[0] = 105.0
        bar.advance(what="exporting", done=10)
    rates = {str(one) for one in told}
    assert "reading 1C: 100 of 100, 10.0/s" in rates
    assert "exporting: 10 of 20, 2.0/s" in rates
    assert "exporting: 20 of 20, 2.0/s" in rates
    assert "reading 1C: 0 of 100" in rates


def test_tqdm_bar_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """``True`` draws a bar that says what is happening; it starts anew with each stage."""
    pytest.importorskip("tqdm", reason="NOT TRIED: tqdm is not installed; the extra notebook has it")
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with Bar(True, "export") as bar:
        bar.advance(what="reading 1C", expected=3)
        bar.advance(done=3)
        bar.advance(what="exporting", expected=2)
        bar.advance(done=1)
        bar.advance(what="exporting", expected=2)
        bar.advance(done=3)
    drawn = screen.getvalue()
    assert "reading 1C:   0%" in drawn
    assert "exporting: 100%" in drawn
    assert "4/4" in drawn.splitlines()[-1]


def test_without_tqdm_the_work_goes_on(busy: Sights, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is a comfort."""
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert busy.engine.load_accounts(progress=True).unchanged == 30
