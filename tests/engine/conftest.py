"""What the tests of the engine share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package: helpers beside them are found by name

from stages import Colour, Stage, make_world


@pytest.fixture(params=["blocking", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    """Each of the two engines: whatever a test of this folder says holds for both."""
    colour: Colour = request.param
    return colour


@pytest.fixture
def stage(colour: Colour) -> Iterator[Stage]:
    """A world of a dozen clients."""
    with ExitStack() as stack:
        yield Stage(make_world(clients=12, documents=18), stack, colour=colour)
