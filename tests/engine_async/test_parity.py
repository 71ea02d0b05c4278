"""The two engines, and the two kinds of ports, are the same but for waiting."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_type_hints

import pytest

from billmanager_1c import AsyncSyncEngine, SyncEngine
from billmanager_1c.ports import asynchronous, onec, store


def verbs(thing: type) -> dict[str, Any]:
    """Return the public methods of a class."""
    return {name: method for name, method in inspect.getmembers(thing, inspect.isfunction) if not name.startswith("_")}


VERBS = sorted(verbs(SyncEngine))

PORTS = [
    (onec.OneCAdapter, asynchronous.AsyncOneCAdapter),
    (onec.AccountsSink, asynchronous.AsyncAccountsSink),
    (onec.History, asynchronous.AsyncHistory),
    (onec.RivalModule, asynchronous.AsyncRivalModule),
    (store.Store, asynchronous.AsyncStore),
]


def raised(method: Any) -> str:
    """Return what a docstring says of exceptions."""
    doc = inspect.getdoc(method) or ""
    found = re.search(r"^Raises:\n(?:[ ]+.*\n?)+", doc, re.MULTILINE) or re.search(r"Raises as :meth:`\w+`", doc)
    return found.group().rstrip() if found else ""


def test_both_engines_have_the_same_verbs() -> None:
    """No verb is missing, and none is there twice under another name."""
    assert sorted(verbs(AsyncSyncEngine)) == VERBS
    assert {"export_payments", "load_accounts", "plan", "explain", "reconcile", "stop"} <= set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_takes_and_gives_the_same(name: str) -> None:
    """Same parameters in the same order with the same defaults and types, same report; only awaited."""
    blocking, awaited = getattr(SyncEngine, name), getattr(AsyncSyncEngine, name)
    assert inspect.signature(awaited) == inspect.signature(blocking)
    assert get_type_hints(awaited) == get_type_hints(blocking)
    # To stop is to set a flag: a signal handler calls it.
    assert inspect.iscoroutinefunction(awaited) == (name != "stop")
    assert not inspect.iscoroutinefunction(blocking)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_says_the_same_of_itself(name: str) -> None:
    """Same first line, same exceptions."""
    blocking, awaited = getattr(SyncEngine, name), getattr(AsyncSyncEngine, name)
    first, *_ = (inspect.getdoc(awaited) or "").splitlines()
    assert first == (inspect.getdoc(blocking) or "").splitlines()[0]
    assert raised(awaited) == raised(blocking)


def test_both_engines_are_made_of_the_same_parts() -> None:
    """Same names, same defaults; an async client, and adapters and stores of either kind, besides."""
    blocking = inspect.signature(SyncEngine.__init__).parameters
    awaited = inspect.signature(AsyncSyncEngine.__init__).parameters
    assert [(p.name, p.default, p.kind) for p in awaited.values()] == [
        (p.name, p.default, p.kind) for p in blocking.values()
    ]


@pytest.mark.parametrize(("blocking", "awaited"), PORTS, ids=lambda port: port.__name__)
def test_ports_are_the_same_but_for_waiting(blocking: type, awaited: type) -> None:
    """Each method of a port has its async twin, with the same parameters; what was iterated is iterated async."""
    assert verbs(awaited).keys() == verbs(blocking).keys()
    for name, method in verbs(blocking).items():
        twin = verbs(awaited)[name]
        assert inspect.signature(twin).parameters == inspect.signature(method).parameters, name
        given, returned = get_type_hints(twin)["return"], get_type_hints(method)["return"]
        if getattr(returned, "__origin__", None) is Iterator:
            assert given == AsyncIterator[returned.__args__], name
            assert not inspect.iscoroutinefunction(twin), name
        else:
            assert str(given) == str(returned), name  # each module has a TypeVar of its own
            assert inspect.iscoroutinefunction(twin), name
    assert {name for name, _ in inspect.getmembers(awaited, lambda member: isinstance(member, property))} == {
        name for name, _ in inspect.getmembers(blocking, lambda member: isinstance(member, property))
    }
