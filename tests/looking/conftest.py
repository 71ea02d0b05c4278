"""What the tests of looking share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package: helpers beside them are found by name

from notebooks import NOTEBOOK, execute
from sights import Sights


@pytest.fixture(scope="module")
def sights() -> Iterator[Sights]:
    """The world with everything wrong in it, after all has gone wrong; it is only looked at."""
    with ExitStack() as stack:
        sights = Sights(stack)
        sights.engine.load_accounts()
        sights.before = sights.engine.plan()
        sights.first = sights.engine.export_payments()
        sights.world.go_on()
        sights.second = sights.engine.export_payments()
        yield sights


@pytest.fixture(scope="session")
def executed() -> Any:
    """The notebook of the docs, run."""
    return execute(NOTEBOOK)
