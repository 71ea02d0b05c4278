"""Run a contract suite, and tell its failures in short."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_GUID = r"\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"

REWRITE = "the page shows something else; REWRITE_DOCS=1 pytest tests/tutorial writes it anew"


def summary(suite: type[Any], folder: Path) -> str:
    """Run a suite that needs no fixtures: a failed test is told by what it says, keys shortened."""
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
    return "".join(failures) + f"{len(failures)} failed\n"


def promises(file: Path, suite: type[Any]) -> str:
    """Run a file with a suite: a failed test is told by its docstring, the promise that was broken."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=no",
        "-rf",
        "-p",
        "no:cacheprovider",
        "-k",
        "not model",
        str(file),
    ]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"COLUMNS": "300"}, check=False)
    names = sorted(re.findall(r"^FAILED \S+::(\w+)", run.stdout, flags=re.MULTILINE))
    told = [f"FAILED {name}\n  {getattr(suite, name).__doc__}\n" for name in names]
    return "".join(told) + f"{len(told)} failed\n"


def is_shown(file: Path, text: str) -> bool:
    """Whether the page shows this text; with ``REWRITE_DOCS=1`` in the environment it will."""
    if os.environ.get("REWRITE_DOCS"):
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8") == text
