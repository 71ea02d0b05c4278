"""A long queue: memory stays flat, storms are bounded, and the status shows where things stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from queues import run

from billmanager_1c.plans import outcomes


@pytest.mark.slow
def test_long_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcomes beyond a number are a view of the journal; while BILLmanager is down a run asks only a few times."""
    monkeypatch.setattr(outcomes, "KEPT", 100)
    seen = run(600, tmp_path)
    assert seen["counts"]["exported"] == seen["credited"] == seen["outcomes"] == 600
    assert seen["first"] == "exported"
    assert seen["depths"] == sorted(seen["depths"], reverse=True)
    assert seen["depths"][0] > seen["depths"][-1]
    assert seen["requests_while_down"] <= 10
    assert (seen["depth_while_down"], seen["oldest_while_down"]) == (600, True)
