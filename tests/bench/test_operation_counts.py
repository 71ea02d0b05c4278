"""The gate against slowness: the hot paths take as many operations as they did, on whatever machine this is."""

from __future__ import annotations

import json
import os

import pytest
from bench_counts import BASELINE, Counts, measure

REWRITE = "the count is another one; if that is meant, REWRITE_COUNTS=1 pytest tests/bench writes it anew"
NARROW = 0.03
"""By so much a number of calls may differ: Python's versions do not agree on every last one."""


@pytest.fixture(scope="module")
def measured() -> dict[str, Counts]:
    """What is counted now; with ``REWRITE_COUNTS=1`` in the environment it becomes what is compared with."""
    counts = measure()
    if os.environ.get("REWRITE_COUNTS"):
        BASELINE.write_text(json.dumps(counts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return counts


@pytest.fixture(scope="module")
def recorded() -> dict[str, Counts]:
    """What was counted when somebody looked at it last."""
    kept: dict[str, Counts] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return kept


@pytest.mark.parametrize("path", ["requests per payment", "SQLite per payment"])
def test_requests_and_statements(measured: dict[str, Counts], recorded: dict[str, Counts], path: str) -> None:
    """One more payment takes just as many requests, commits, statements and rows as it is recorded to take."""
    assert measured[path] == recorded[path], REWRITE


def test_calls(measured: dict[str, Counts], recorded: dict[str, Counts]) -> None:
    """Our own functions are called as often as recorded: neither more, nor less without anybody having noticed."""
    assert measured["calls"] == pytest.approx(recorded["calls"], rel=NARROW), REWRITE


def test_the_record_keeps_the_bounds(recorded: dict[str, Counts]) -> None:
    """Whoever writes the record anew does not write a bound of the design away."""
    assert sum(recorded["requests per payment"].values()) <= 3.05
    # Eight at a time share a commit, so that one payment takes five eighths of one at the most.
    assert recorded["SQLite per payment"]["COMMIT"] <= 5
