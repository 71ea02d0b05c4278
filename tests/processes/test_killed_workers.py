"""Killed at the worst moments, run again: every exportable line ends with exactly one credited payment."""

from __future__ import annotations

from pathlib import Path

import pytest
from campaign import Terms, run


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_killed_workers_cost_no_rouble(tmp_path: Path, seed: int) -> None:
    """SIGKILL before, in and after requests, while 1C changes and the wire fails: nothing is lost or stands twice."""
    result = run(Terms(store=str(tmp_path / "sync.db"), seed=seed, kills=6, crew=2))
    assert result.violations == 0, "\n".join(result.story)
    assert result.kills == 6
    assert result.payments > 0
