"""The page for the tests of adopters: its files pass as they stand, its tables have every fixture and every fault."""

from __future__ import annotations

import re
import runpy
from collections.abc import Mapping
from pathlib import Path

import pytest
from docs_pages import rows, snippets

import billmanager_1c
from billmanager_1c.testing import BILLMANAGER_FAULTS, ONEC_FAULTS, Fault, pytest_plugin, ready

pytest_plugins = ["pytester"]

# pytester forgets what was first imported inside a run, and a class imported twice is two classes.
LOADED_BEFORE = [ready, *(getattr(billmanager_1c, name) for name in billmanager_1c.__all__)]

PAGE = "testing-your-integration.md"
FILES = {snippet.code.partition("\n")[0].removeprefix("# "): snippet.code for snippet in snippets(f"docs/{PAGE}")}
"""What the page shows, by the name in the first line."""


def test_every_file_has_a_name() -> None:
    """A snippet is a file, and says which."""
    assert all(re.fullmatch(r"\w+\.py", name) for name in FILES)
    assert len(FILES) == len(snippets(f"docs/{PAGE}"))


def test_its_tests_pass(pytester: pytest.Pytester) -> None:
    """All of them together in one folder, every warning an error."""
    for name, code in FILES.items():
        (pytester.path / name).write_text(code, encoding="utf-8")
    pytester.syspathinsert()
    tests = sum(code.count("\ndef test_") for code in FILES.values())
    pytester.runpytest_inprocess("-W", "error", "--strict-markers").assert_outcomes(passed=tests)


def test_it_works_by_hand(tmp_path: Path) -> None:
    """What is shown for those without pytest runs without it."""
    script = tmp_path / "by_hand.py"
    script.write_text(FILES[script.name], encoding="utf-8")
    assert "world" in runpy.run_path(str(script))


def test_every_fixture_is_told() -> None:
    """The table has all fixtures of the plugin, in its order."""
    fixtures = [
        f"`{name}`" for name, value in vars(pytest_plugin).items() if isinstance(value, type(pytest_plugin.onec_url))
    ]
    assert [row[0] for row in rows(PAGE) if row[0] in fixtures] == fixtures
    assert [row[0] for row in rows(PAGE) if len(row) == 2][2:] == fixtures


def test_every_fault_is_told_with_its_options() -> None:
    """The table has all faults by name, the system they are of, their sentence and their options with the defaults."""
    told = [row for row in rows(PAGE) if len(row) == 4][2:]
    assert told == [[f"`{fault}`", _at(fault), fault.sentence, _options(fault.defaults)] for fault in Fault]


def _at(fault: Fault) -> str:
    known = {"BILLmanager": BILLMANAGER_FAULTS, "1C": ONEC_FAULTS}
    return " and ".join(system for system, faults in known.items() if fault in faults)


def _options(defaults: Mapping[str, object]) -> str:
    plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in defaults.items()}
    return ", ".join(f"`{name}={value!r}`" for name, value in plain.items())
