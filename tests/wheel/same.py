"""Compare what was built: ``python same.py WHEEL WHEEL`` holds two wheels equal to each other and to ``src``."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

SRC = Path(__file__).resolve().parents[2] / "src"


def contents(wheel: str) -> dict[str, bytes]:
    """Return the files of a wheel."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def source() -> dict[str, bytes]:
    """Return the files of the package as they stand in the repository."""
    files = (path for path in SRC.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SRC).as_posix(): path.read_bytes() for path in files}


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Return the names of the files that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


if __name__ == "__main__":
    from_sdist, from_tree = map(contents, sys.argv[1:])
    package = {name: data for name, data in from_tree.items() if ".dist-info/" not in name}
    if wrong := {*different(from_sdist, from_tree), *different(package, source())}:
        sys.exit(f"not the same: {', '.join(sorted(wrong))}")
    sys.stdout.write(f"{len(from_tree)} files, the same from the sdist, from the tree and in src\n")
