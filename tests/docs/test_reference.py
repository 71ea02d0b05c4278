"""What a program may import has a description, and the reference shows it. The build of the docs checks each name."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

import pytest
from docs_pages import public_modules

MODULES = public_modules()


def public_things(module: ModuleType) -> list[tuple[str, object]]:
    """Return the classes and functions that a module shows."""
    made = inspect.isclass, inspect.isfunction
    names = getattr(module, "__all__", None) or [
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    ]
    things = [(name, getattr(module, name)) for name in names if not name.startswith("_")]
    return [(name, thing) for name, thing in things if any(is_made(thing) for is_made in made)]


def test_the_public_modules_are_in_the_reference() -> None:
    """Every module that the package means others to import has a place in the reference, once."""
    rooms = ("api", "client", "engine", "errors", "matching", "models", "onec", "reports", "settings", "store", "views")
    wanted = {f"billmanager_1c.{room}" for room in rooms}
    wanted |= {f"billmanager_1c.ports.{port}" for port in ("clock", "onec", "store")}
    wanted |= {"billmanager_1c.store.postgres", "billmanager_1c.testing"}
    assert wanted - set(MODULES) == set()
    assert len(set(MODULES)) == len(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_described(name: str) -> None:
    """Classes and functions, and the methods that a class makes itself, say what they are for."""
    things = public_things(import_module(name))
    silent = [thing for thing, value in things if not value.__doc__]
    for thing, value in things:
        if inspect.isclass(value):
            methods = {key: member for key, member in vars(value).items() if inspect.isfunction(member)}
            silent += [f"{thing}.{key}" for key, member in methods.items() if key[0] != "_" and not member.__doc__]
    assert silent == []
