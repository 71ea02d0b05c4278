"""The page about diagnosis is true: its snippets run, and it speaks of every area."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "diagnosing.md").read_text(encoding="utf-8")


def test_the_snippets_run(capsys: pytest.CaptureFixture[str]) -> None:
    """In their order, in one program."""
    names: dict[str, Any] = {}
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(snippet, names)
    assert "The client's dialect fits" in capsys.readouterr().out
    areas = {check.area for check in names["diagnosis"].checks}
    assert areas == set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## What is asked")[2], re.MULTILINE))
    names["client"].close()
    names["onec"].close()
