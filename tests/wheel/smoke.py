"""Try the installed package where nothing else is: ``python -I smoke.py EXTRA …``, naming the extras that are there.

It needs the standard library only, and takes from the metadata of the package what to expect.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

NAME = "billmanager_1c"
DISTRIBUTION = distribution(NAME)
#: names of libraries as they are imported, where that is not how they are installed
IMPORTED_AS = {"typing-extensions": "typing_extensions"}
#: a contract suite for pytest is of no use without it
FOR_TESTS = {"pytest"}


def libraries(extra: str | None) -> set[str]:
    """Return what the package asks for, with an extra or without any, by the names that are imported."""
    found = set()
    for needed in DISTRIBUTION.requires or ():
        asked_by = re.search(r"""extra == ["'](\w+)["']""", needed)
        if (asked_by[1] if asked_by else None) == extra:
            name = re.split(r"[^\w.-]", needed)[0]
            found.add(IMPORTED_AS.get(name, name))
    return found


def check_place() -> None:
    """The package is the installed one, all of it, and knows its version."""
    package = import_module(NAME)
    assert Path(package.__file__ or "").is_relative_to(sys.prefix), package.__file__
    assert package.__version__ == DISTRIBUTION.version != "0.0.0", package.__version__
    files = [str(path) for path in DISTRIBUTION.files or ()]
    for needed in (r"py\.typed", r"store/migrations/\d+_\w+\.sql", r"licenses/LICENSE"):
        assert any(re.search(f"/{needed}$", name) for name in files), needed


def check_libraries(extras: set[str]) -> set[str]:
    """Return the libraries that are not there, which are exactly those of the extras that were not asked for."""
    offered = set(DISTRIBUTION.metadata.get_all("Provides-Extra") or ())
    assert extras <= offered, offered
    there = libraries(None).union(*map(libraries, extras))
    absent = set().union(*map(libraries, offered)) - there
    assert {name for name in there if find_spec(name) is None} == set()
    assert {name for name in absent if find_spec(name) is not None} == set()
    return absent


def missing(action: str, *names: str) -> Iterator[tuple[str, ImportError]]:
    """Import a module, or names of it; yield the library that it lacks, and how that is told."""
    try:
        module = import_module(action)
        for name in names or getattr(module, "__all__", ()):
            getattr(module, name)
    except ImportError as error:
        cause = error.__cause__ if isinstance(error.__cause__, ImportError) else error
        yield cause.name or "", error


def check_names(absent: set[str]) -> None:
    """Every module and every public name can be imported, but for those that need what is absent; those say so."""
    package = import_module(NAME)
    modules = [info.name for info in walk_packages(package.__path__, f"{NAME}.") if not info.name.endswith("__main__")]
    for module in (NAME, *modules):
        for library, error in missing(module):
            assert library in absent | FOR_TESTS, f"{module}: {error}"
    for library, error in missing(f"{NAME}.store.postgres", "PostgresStore"):
        assert library in absent and f"{NAME.replace('_', '-')}[postgres]" in str(error), error


def check_demo() -> None:
    """The demo carries every payment over once; its exit status says so."""
    demo = subprocess.run([sys.executable, "-I", "-m", NAME, "demo"], capture_output=True, text=True, check=False)
    assert demo.returncode == 0, demo.stdout + demo.stderr


if __name__ == "__main__":
    check_place()
    check_names(check_libraries(set(sys.argv[1:])))
    check_demo()
    extras = ", ".join(sys.argv[1:]) or "no extra"
    sys.stdout.write(f"{NAME} {DISTRIBUTION.version} with {extras}: everything is there and works\n")
