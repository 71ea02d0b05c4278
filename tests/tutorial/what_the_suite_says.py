"""Run a contract suite as pytest does, and tell its failures as the short summary of pytest does, keys shortened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_GUID = r"\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"


def summary(suite: type[Any], folder: Path) -> str:
    """Return a line for each failed test, and how many failed and passed."""
    names = [name for base in reversed(suite.__mro__) for name in vars(base) if name.startswith("test_")]
    failures = []
    for number, name in enumerate(dict.fromkeys(names)):
        tests = suite()
        tests.folder = folder / str(number)
        tests.folder.mkdir()
        try:
            getattr(tests, name)()
        except AssertionError as error:
            message = re.sub(_GUID, r"\1…", str(error).partition("\n")[0])
            failures.append(f"FAILED {name}\n  {message}\n")
    passed = len(dict.fromkeys(names)) - len(failures)
    return "".join(failures) + f"{len(failures)} failed, {passed} passed\n"
