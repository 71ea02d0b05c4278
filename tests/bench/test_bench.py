"""The benchmark measures what it says: its competitors do the whole job, and a bound that does not hold is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench_figures import Figure, fastest, median_ratio
from bench_machine import machine
from bench_onec import adapter, competitor, read_window, read_with_httpx
from bench_page import PAGE, RECORD, with_table
from bench_plot import draw
from bench_script import Bill, OneC, Script
from bench_sqlite import Run, Statement, replay
from bench_wire import PASSWORDS, serving

from bench import SECTIONS, table, verdict
from billmanager_1c.testing.world import FIRST_DAY, make_world


def test_the_plain_script_does_the_whole_job(tmp_path: Path) -> None:
    """It exports what we export, to the same balances, and nothing a second time."""
    world = make_world(clients=12, documents=30)
    bill = Bill(world.billmanager.url, "1c", PASSWORDS["billmanager"], world.billmanager)
    script = Script(OneC(world.onec.url, "Обмен", PASSWORDS["onec"], world.onec), bill, tmp_path / "state.db")
    assert script.run(FIRST_DAY.isoformat()) == world.exportable
    assert {id: world.billmanager.balance(id) for id in world.expected} == world.expected
    assert script.run(FIRST_DAY.isoformat()) == 0


def test_the_other_clients_read_what_we_read() -> None:
    """All of them come to the same number of documents, each with what its catalogues say."""
    with serving("onec", 5, 40) as server, adapter(server.url) as onec:
        counts = {read_window(onec), read_with_httpx(server.url), competitor()[1](server.url)}
    assert counts == {50}  # ten of them are made to be refused


def test_bare_commits_write_what_the_engine_wrote() -> None:
    """Every transaction of the engine is among the statements that are written bare."""
    run, statements = Run(12), list[Statement]()
    run.seconds(statements)
    assert sum(query == "COMMIT" for query, _ in statements) == run.commits > 0
    assert sum("INSERT INTO journal" in query for query, _ in statements) >= 4 * run.documents
    replay(statements)  # or SQLite raises


@pytest.mark.parametrize(
    ("figure", "bound", "holds"),
    [
        (Figure(what="", measured="", figure=1.0, at_most=1), "≤ 1", True),
        (Figure(what="", measured="", figure=1.01, at_most=1), "≤ 1", False),
        (Figure(what="", measured="", figure=0.5, at_least=0.5), "≥ 0.5", True),
        (Figure(what="", measured="", figure=0.49, at_least=0.5), "≥ 0.5", False),
        (Figure(what="", measured="", figure=7.0), "", None),
    ],
)
def test_figure_and_its_bound(figure: Figure, bound: str, holds: bool | None) -> None:
    """A bound holds up to the very figure; what has none neither holds nor fails."""
    assert (figure.bound, figure.holds) == (bound, holds)


def test_what_does_not_hold_ends_in_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The program says what does not hold and which section failed, and its exit code says so too."""
    good = Figure(what="this", measured="1", figure=1, at_most=1).told()
    bad = Figure(what="that", measured="2", figure=2, at_most=1).told()
    assert verdict({"figures": [good], "failed": []}) == 0
    assert verdict({"figures": [good, bad], "failed": []}) == 1
    assert verdict({"figures": [good], "failed": ["postgres"]}) == 1
    said = capsys.readouterr().out
    assert "DOES NOT HOLD: that" in said and "FAILED: the section postgres" in said
    assert "DOES NOT" in table([good, bad])


def test_rounds_are_taken_in_turn() -> None:
    """Both sides of a ratio are measured in turn, so that whoever else uses the machine slows down both."""
    order: list[str] = []
    ours, theirs = iter((3.0, 1.0, 2.0)), iter((6.0, 1.0, 8.0))

    def take(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    assert fastest(3, lambda: take("a", next(ours)), lambda: take("b", next(theirs))) == [1.0, 1.0]
    assert order == ["a", "b"] * 3
    ours, theirs = iter((3.0, 1.0, 2.0)), iter((6.0, 1.0, 8.0))
    assert median_ratio(3, lambda: next(ours), lambda: next(theirs)) == (3.0, 6.0, 0.5)


def test_growth_is_drawn(tmp_path: Path) -> None:
    """Each series of the figures becomes a line of the picture."""
    pytest.importorskip("matplotlib", reason="the picture of growth is NOT tested: matplotlib is not installed")
    series = {"size": [1, 10], "requests": [4.0, 3.1]}
    draw([Figure(what="growth of clients: 1, 10", measured="", figure=1, series=series).told()], tmp_path / "g.png")
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")


def test_every_row_of_the_design_has_a_section() -> None:
    """The sections are generators of figures under their own names, in modules that are there."""
    from importlib import import_module

    assert all(callable(getattr(import_module(module), name)) for name, module in SECTIONS.items())
    assert {"requests", "latency", "sqlite", "memory", "postgres", "resolution", "onec"} < SECTIONS.keys()
    assert {"reconciliation", "imports", "simulation", "growth"} < SECTIONS.keys()


def test_the_machine_is_named() -> None:
    """Figures without the machine that they were measured on say nothing."""
    named = machine()
    assert named["cores"].isdecimal() and named["python"] and named["sqlite"] and named["httpx"]


def test_the_page_shows_the_run_of_record() -> None:
    """The table of the docs is that of the figures that were written down, row by row."""
    page, told = PAGE.read_text(encoding="utf-8"), json.loads(RECORD.read_text(encoding="utf-8"))
    assert with_table(page, told) == page
    assert not told["quick"] and not told["failed"]
    assert {figure["section"] for figure in told["figures"]} == set(SECTIONS)


def test_what_does_not_hold_is_explained() -> None:
    """The page has a word on every bound that the run of record did not meet."""
    told = json.loads(RECORD.read_text(encoding="utf-8"))
    broken = {figure["section"] for figure in told["figures"] if figure["holds"] is False}
    explained = {"onec": "**Reading 1C", "sqlite": "**The engine beside", "simulation": "**The simulation"}
    text = PAGE.read_text(encoding="utf-8")
    assert all(explained[section] in text for section in broken)
