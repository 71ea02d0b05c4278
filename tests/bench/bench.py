"""The program of ``nox -s bench``: every bound of design.md §9, measured beside what a user would otherwise have.

.. code-block:: text

    python tests/bench/bench.py [--quick] [--only requests latency …] [--json results.json] [--record]

Each section runs in a process of its own, so that none finds the memory of another. The exit code is 1 where a bound
does not hold, and where a section fails.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from bench_figures import Figure, Size
from bench_machine import machine
from bench_page import PAGE, PICTURE, RECORD, with_table
from bench_plot import draw

from billmanager_1c.views import Table, text

SECTIONS = {
    "requests": "bench_export",
    "latency": "bench_export",
    "sqlite": "bench_sqlite",
    "resolution": "bench_matching",
    "imports": "bench_import",
    "onec": "bench_onec",
    "reconciliation": "bench_reconcile",
    "postgres": "bench_postgres",
    "memory": "bench_memory",
    "simulation": "bench_simulation",
    "growth": "bench_growth",
}
"""In the order of the table; each is a generator of figures, of this name in this module."""

HERE = Path(__file__).parent

Section = Callable[[Size], Iterator[Figure]]


def main() -> int:
    """Measure, tell, and say whether all bounds hold."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, within a minute; no figures of record")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION")
    parser.add_argument("--json", type=Path, default=HERE / "results-latest.json", help="write the figures there")
    parser.add_argument("--record", action="store_true", help="make them those of the docs: table, picture, JSON")
    parser.add_argument("--section", choices=SECTIONS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.section is not None:
        return _measure(options.section, Size(quick=options.quick))
    told: dict[str, Any] = {"quick": options.quick, "machine": machine(), "figures": [], "failed": []}
    for section in options.only:
        _run(section, options.quick, told)
    say(table(told["figures"]))
    if options.quick:
        say("These figures are quick ones, of small sizes, and not the record: nox -s bench without --quick is.")
    options.json.write_text(as_json(told), encoding="utf-8")
    if options.record and not options.quick:
        record(told)
    return verdict(told)


def as_json(told: Mapping[str, Any]) -> str:
    """Write figures down."""
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def record(told: Mapping[str, Any]) -> None:
    """Make figures those of the docs; sections that were not measured keep the figures that they have there."""
    kept = json.loads(RECORD.read_text(encoding="utf-8"))["figures"] if RECORD.exists() else []
    measured = {figure["section"] for figure in told["figures"]}
    figures = [*told["figures"], *(figure for figure in kept if figure["section"] not in measured)]
    told = {**told, "figures": sorted(figures, key=lambda figure: list(SECTIONS).index(figure["section"]))}
    RECORD.write_text(as_json(told), encoding="utf-8")
    draw(told["figures"], PICTURE)
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), told), encoding="utf-8")


def verdict(told: Mapping[str, Any]) -> int:
    """Say how it ended; return the exit code."""
    broken = [figure["what"] for figure in told["figures"] if figure["holds"] is False]
    for what in broken:
        say(f"DOES NOT HOLD: {what}")
    for section in told["failed"]:
        say(f"FAILED: the section {section}")
    say(f"{len(told['figures'])} figures, {len(broken)} bounds that do not hold, {len(told['failed'])} failures.")
    return 1 if broken or told["failed"] else 0


def table(figures: list[dict[str, Any]]) -> str:
    """Return the figures as aligned text."""
    columns = ("what", "measured", "against", "figure", "bound", "holds")
    holds = {True: "holds", False: "DOES NOT", None: ""}
    rows = [
        (one["what"], one["measured"], one["against"], f"{one['figure']:.3g}", one["bound"], holds[one["holds"]])
        for one in figures
    ]
    return str(text(Table(columns=columns, rows=tuple(rows))))


def say(words: str) -> None:
    """Print words at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _run(section: str, quick: bool, told: dict[str, Any]) -> None:
    begun = time.perf_counter()
    command = [sys.executable, __file__, "--section", section, *(["--quick"] if quick else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    told["figures"] += [{"section": section, "commit": told["machine"]["commit"]} | figure for figure in figures]
    if done.returncode:
        told["failed"].append(section)
    sys.stderr.write(f"{section}: {len(figures)} figures in {time.perf_counter() - begun:.0f} s\n")


def _measure(section: str, size: Size) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    measure: Section = getattr(import_module(SECTIONS[section]), section)
    for figure in measure(size):
        say(json.dumps(figure.told(), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
