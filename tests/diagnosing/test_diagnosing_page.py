"""The page about diagnosis is true: its snippets run, and it speaks of every area."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import billmanager_1c
import billmanager_1c.onec
from billmanager_1c.testing.world import make_world

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "diagnosing.md").read_text(encoding="utf-8")


def test_the_snippets_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, in one program, which reaches the simulators wherever it believes to go."""
    world = make_world(clients=6, documents=12)
    world.billmanager.change_employee("1c", password="…")
    world.onec.change_password("…")
    client = partial(billmanager_1c.BillManagerClient, transport=world.billmanager)
    monkeypatch.setattr(billmanager_1c, "BillManagerClient", client)
    adapter = partial(billmanager_1c.onec.ODataAdapter, transport=world.onec)
    monkeypatch.setattr(billmanager_1c.onec, "ODataAdapter", adapter)
    names: dict[str, Any] = {}
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(snippet, names)
    assert "The client's dialect fits" in capsys.readouterr().out
    assert names["diagnosis"].ok
    areas = {check.area for check in names["diagnosis"].checks}
    assert areas == set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## What is asked")[2], re.MULTILINE))
    names["client"].close()
    names["onec"].close()
