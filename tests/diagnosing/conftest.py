"""Two simulators, and what looks at them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package: helpers beside them are found by name

from sickroom import Sickroom

from billmanager_1c.testing.billmanager import Installation


@pytest.fixture
def make_room() -> Iterator[Callable[[Installation | None], Sickroom]]:
    """Make a world whose BILLmanager is installed so."""
    with ExitStack() as stack:
        yield lambda installation=None: Sickroom(stack, installation)


@pytest.fixture
def room(make_room: Callable[[Installation | None], Sickroom]) -> Sickroom:
    """A world in which everything is as it should be."""
    return make_room(None)
