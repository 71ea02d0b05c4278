"""What the tests of reconciliation share: the stage of the engine's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "engine")]  # tests are no package: helpers are found by name

from stages import Stage, make_world  # noqa: E402 (found by the line above)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A world of a few clients."""
    with ExitStack() as stack:
        yield Stage(make_world(clients=4, documents=6), stack)
