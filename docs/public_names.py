"""A Sphinx extension: what a program may import is in the reference, or the build fails.

A package shows names that its rooms define. Autodoc looks for the comment of a value where the name is shown and not
where it is made, so the comments are carried over first.
"""

from __future__ import annotations

import enum
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

import attrs
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

PUBLIC = [
    "billmanager_1c",
    *(
        f"billmanager_1c.{room}"
        for room in ("api", "client", "engine", "errors", "ledger", "matching", "models", "onec")
    ),
    *(f"billmanager_1c.ports.{port}" for port in ("asynchronous", "clock", "onec", "store")),
    *("billmanager_1c.reports", "billmanager_1c.settings", "billmanager_1c.store", "billmanager_1c.store.postgres"),
    *("billmanager_1c.testing", "billmanager_1c.testing.billmanager", "billmanager_1c.testing.onec"),
    *(
        "billmanager_1c.testing.ready",
        "billmanager_1c.testing.troubled",
        "billmanager_1c.testing.world",
        "billmanager_1c.views",
    ),
]
"""The modules whose names are public."""

LONGEST = 80
"""Characters of a value that is shown."""


def names_of(module: ModuleType) -> list[str]:
    """Return the public names of a module: those it lists, else those it makes."""
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return listed
    made = inspect.getmembers(module, lambda value: getattr(value, "__module__", None) == module.__name__)
    return [name for name, value in made if not name.startswith("_") and not isinstance(value, TypeVar)]


def _rooms(name: str) -> Iterator[str]:
    """Yield the modules that a package may show names of, itself first."""
    yield name
    module = import_module(name)
    for info in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}."):
        if "postgres" not in info.name:  # it needs psycopg, and shows nothing of others
            yield info.name


def carry_comments(app: Sphinx) -> None:
    """Give each package the comments of the values that it shows."""
    for name in PUBLIC:
        analyzers = []
        for room in (*_rooms(name), *(["billmanager_1c.plans.run"] if name.endswith("engine") else [])):
            try:
                analyzer = ModuleAnalyzer.for_module(room)
                analyzer.analyze()
            except PycodeError:
                continue
            analyzers.append(analyzer)
        own, *others = analyzers
        module = import_module(name)
        for shown in names_of(module):
            setattr(module, shown, getattr(module, shown))  # autodoc does not ask for what comes when it is asked for
            found = next((other.attr_docs["", shown] for other in others if ("", shown) in other.attr_docs), None)
            if found and ("", shown) not in own.attr_docs:
                is_long = len(repr(getattr(module, shown))) > LONGEST
                own.attr_docs["", shown] = [*found, ":meta hide-value:", ""] if is_long else found


def check_names(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each public name that the reference has not, under this name or as the same thing under another."""
    documented: set[str] = set(env.domains.python_domain.objects)
    things = {id(thing) for name in documented if (thing := _thing(name)) is not None}
    for module in map(import_module, PUBLIC):
        for name in names_of(module):
            if f"{module.__name__}.{name}" not in documented and id(getattr(module, name)) not in things:
                logging.getLogger(__name__).warning("%s.%s is public and not in the reference", module.__name__, name)


def find_elsewhere(app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement) -> Any:
    """Lead a name to where the reference has the thing, or the one thing that a short name can mean."""
    if node.get("refdomain") != "py":
        return None
    target: str = node["reftarget"]
    documented = env.domains.python_domain.objects
    wanted = _thing(target)
    for name, entry in documented.items():
        same = wanted is not None and _thing(name) is wanted
        if same or (name.endswith(f".{target}") and _is_only(name, target, documented)):
            return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, shown, name)
    return None


def _is_only(name: str, target: str, documented: Iterable[str]) -> bool:
    ends = [other for other in documented if other.endswith(f".{target}")]
    return len(ends) == 1 or all(_thing(other) is _thing(name) for other in ends)


def tell_defaults(
    app: Sphinx, what: str, name: str, value: object, options: object, signature: str | None, answer: str | None
) -> tuple[str, str | None] | None:
    """Write the defaults of an attrs class as the class has them, and no constructor for what is never made."""
    if what == "class" and getattr(value, "_is_protocol", False):
        return "", None
    if what == "class" and isinstance(value, type) and attrs.has(value) and signature:
        fields = attrs.fields_dict(value)
        told = re.sub(r"attr_dict\['(\w+)'\]\.default", lambda match: _told(fields[match[1]].default), signature)
        return told.replace("= NOTHING", "= ..."), answer
    return None


def _told(default: object) -> str:
    if isinstance(default, enum.Enum):
        return str(default) if not isinstance(default, str) else f"{type(default).__name__}.{default.name}"
    text = repr(default)
    return text if len(text) <= LONGEST and "<" not in text else "..."  # a signature must be Python


def show_members(app: Sphinx, what: str, name: str, value: object, skip: bool, options: object) -> bool | None:
    """Show every member of an enumeration, also one whose name says it all."""
    return False if isinstance(value, enum.Enum) else None


def _thing(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(import_module(module), attribute, None)
    except (ImportError, ValueError):
        return None  # an attribute of a class, or a name without a module


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of it."""
    app.connect("builder-inited", carry_comments)
    app.connect("autodoc-skip-member", show_members)
    app.connect("env-check-consistency", check_names)
    app.connect("missing-reference", find_elsewhere)
    app.connect("autodoc-process-signature", tell_defaults)
    return {"parallel_read_safe": False}
