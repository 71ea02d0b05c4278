"""What the tests of the engine share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package: helpers beside them are found by name

from stages import Stage, make_world


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A world of a dozen clients."""
    with ExitStack() as stack:
        yield Stage(make_world(clients=12, documents=18), stack)
