"""The house: its floors, the size of its rooms, and what may not lie about in them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import billmanager_1c

ROOT = Path(__file__).resolve().parents[2]
#: the package that is tested, which is the installed wheel where ``src`` is not
HOUSE = Path(billmanager_1c.__file__).parent
TEXTS = {path: path.read_text(encoding="utf-8") for path in sorted(HOUSE.rglob("*.py"))}
TEST_FILES = sorted((ROOT / "tests").rglob("test_*.py"))
#: a file is read in one go; a longer one is two files
LONGEST = 450


def name_of(path: Path) -> str:
    """Name a file as people do."""
    return str(path.relative_to(HOUSE.parent if path.is_relative_to(HOUSE) else ROOT))


def test_imports_go_down() -> None:
    """Every package stands on a floor and imports from floors below; floors 0-4 touch no clock, network or disk."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_file_can_be_read_in_one_go() -> None:
    """No file is long."""
    lengths = {name_of(path): len(text.splitlines()) for path, text in TEXTS.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_file_says_what_it_is_for() -> None:
    """A module begins with a docstring."""
    assert [name_of(path) for path, text in TEXTS.items() if not ast.get_docstring(ast.parse(text))] == []


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param(r"\b(?:TODO|FIXME|XXX|HACK)\b", id="left for later"),
        pytest.param(r"# noqa(?!: ?[A-Z]+\d)", id="noqa without a rule"),
        pytest.param(r"# type: ignore(?!\[)", id="type ignored without a code"),
        pytest.param(r"# pragma: no cover", id="hidden from coverage"),
    ],
)
def test_nothing_is_swept_under_the_carpet(mark: str) -> None:
    """Nothing is left for later, and what silences a check says which."""
    assert [name_of(path) for path, text in TEXTS.items() if re.search(mark, text)] == []


def test_every_test_states_the_behaviour_it_proves() -> None:
    """The docstring of a test says what is true of the library."""
    silent = [
        f"{name_of(path)}::{node.name}"
        for path in TEST_FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_names_of_test_files_are_unique() -> None:
    """Without packages below ``tests/``, two files of one name would be one module."""
    doubles = {name for name, count in Counter(path.name for path in TEST_FILES).items() if count > 1}
    assert doubles == set()


def test_types_are_shipped() -> None:
    """Type checkers of other programs believe our annotations."""
    assert (HOUSE / "py.typed").is_file()
