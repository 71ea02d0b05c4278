"""The page of the docs on speed: its table is that of the last run of record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "speed.md"
PICTURE = ROOT / "docs" / "_static" / "growth.png"
RECORD = Path(__file__).with_name("results.json")

_BEGIN, _END = "<!-- figures of the last run of record: begin -->\n", "<!-- figures of the last run of record: end -->"
_HOLDS = {True: "holds", False: "**does not**", None: ""}


def with_table(page: str, told: Mapping[str, Any]) -> str:
    """Return the page with the figures in it."""
    head, _, rest = page.partition(_BEGIN)
    tail = rest.partition(_END)[2]
    return f"{head}{_BEGIN}\n{_machine(told)}\n\n{_table(told)}\n\n{_END}{tail}"


def _machine(told: Mapping[str, Any]) -> str:
    named = told["machine"]
    commits = ", ".join(dict.fromkeys(figure["commit"] for figure in told["figures"]))
    versions = ", ".join(f"{name} {named[name]}" for name in ("httpx", "psycopg", "pandas", "python-1c-odata"))
    return (
        f"Measured at commit {commits} on {named['processor']}, {named['cores']} cores, {named['system']}, "
        f"Python {named['python']}, SQLite {named['sqlite']}, {versions}."
    )


def _table(told: Mapping[str, Any]) -> str:
    lines = ["| what | measured | against | figure | bound | |", "|---|---|---|---|---|---|"]
    for one in told["figures"]:
        cells = (one["what"], one["measured"], one["against"], f"{one['figure']:.3g}", one["bound"])
        lines.append(f"| {' | '.join(cells)} | {_HOLDS[one['holds']]} |")
    return "\n".join(lines)
