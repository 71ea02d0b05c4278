"""A small infobase behind the simulator, and an adapter to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from billmanager_1c.onec import ODataAdapter

# Tables of tests are built when a module is imported, before any fixture; so what builds them is a module, too.
sys.path.append(str(Path(__file__).parent))

from onec_servers import Upp  # the path comes first


@pytest.fixture
def upp() -> Upp:
    """An infobase of УПП 1.3."""
    return Upp()


@pytest.fixture
def onec(upp: Upp) -> Iterator[ODataAdapter]:
    """An adapter to it."""
    with upp.adapter() as adapter:
        yield adapter


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: tests do not wait."""
    monkeypatch.setattr("billmanager_1c.onec._connection._PAUSES", (0.0, 0.0))
