"""The public face is written out as code that type checkers read: no public name is without a use there."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import pytest
from docs_pages import ROOT, public_modules

DOORS = ["billmanager_1c", *public_modules()]


def public_names(module: ModuleType) -> set[str]:
    """Return the names that a module lists, else those it makes."""
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return set(listed)
    made = inspect.getmembers(module, lambda value: getattr(value, "__module__", None) == module.__name__)
    return {name for name, value in made if not name.startswith("_") and not isinstance(value, TypeVar)}


def uses(file: Path) -> set[tuple[str, str]]:
    """Return the names of the package that a file does something with, each with the module it takes it from."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("billmanager_1c")
        for alias in node.names
    }
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    through = {
        (".".join(imported[node.value.id]), node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported
    }
    return {taken for name, taken in imported.items() if name in named} | through


@pytest.fixture(scope="module")
def used() -> set[tuple[str, str]]:
    """What is done in ``tests/typing``, which mypy checks and nobody runs."""
    return set().union(*map(uses, sorted((ROOT / "tests" / "typing").glob("*.py"))))


@pytest.mark.parametrize("door", DOORS)
def test_every_public_name_is_used_in_typed_code(door: str, used: set[tuple[str, str]]) -> None:
    """A name that changes its type, or is shown at a door for the first time, is seen by mypy there."""
    if door.endswith("postgres"):
        pytest.importorskip("psycopg")
    missing = public_names(import_module(door)) - {name for module, name in used if module == door}
    assert sorted(missing) == []
