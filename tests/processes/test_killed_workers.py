"""Killed at the worst moments, run again: every exportable line ends with exactly one credited payment."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from campaign import Terms, run
from stores import fresh_store


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 6), ("postgres", 4)])
def test_killed_workers_cost_no_rouble(kind: str, kills: int) -> None:
    """SIGKILL before, in and after requests, while 1C changes and the wire fails: nothing is lost or stands twice."""
    with ExitStack() as stack:
        try:
            store = stack.enter_context(fresh_store(kind))
        except LookupError as missing:
            pytest.skip(str(missing))
        result = run(Terms(store=store.url, crash=store.crash, seed=1, kills=kills, crew=2))
    assert result.violations == 0, "\n".join(result.story)
    assert result.kills == kills
    assert result.payments > 0
