"""The pages of the project, and the Python in them."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import attrs

ROOT = Path(__file__).resolve().parents[2]

#: pages whose snippets need a stage of their own, and the test that sets it
TESTED_ELSEWHERE = {
    "docs/configurations.md": "tests/onec/test_configuration_pages.py",
    "docs/noticing-changes.md": "tests/onec/test_configuration_pages.py",
    "docs/reconciling.md": "tests/reconciling/test_reconciliation_shown.py",
    "docs/testing-your-integration.md": "tests/docs/test_testing_page.py",
}

_BLOCK = re.compile(
    r"(?:^[ ]*<!-- given: (?P<said>[^\n]*?) -->\n(?:[ ]*\n)?)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)


@attrs.frozen(kw_only=True)
class Snippet:
    """A block of Python on a page."""

    page: str
    line: int
    code: str
    #: what the page takes for granted, such as ``engine``
    given: tuple[str, ...] = ()

    def compiled(self, flags: int) -> object:
        """Compile it so that a traceback names the page and its line."""
        return compile("\n" * self.line + self.code, self.page, "exec", flags)


def public_modules() -> list[str]:
    """Return the modules that the reference shows: what a program may import."""
    reference = [*(ROOT / "docs" / "reference").glob("*.md"), ROOT / "docs" / "errors.md"]
    texts = (page.read_text(encoding="utf-8") for page in reference)
    return sorted(name for text in texts for name in re.findall(r"^\.\. automodule:: (\S+)$", text, flags=re.MULTILINE))


def pages() -> list[str]:
    """Return the pages that are looked through, as paths from the root of the project."""
    found = [ROOT / "README.md", ROOT / "README.ru.md", *(ROOT / "docs").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found if "_build" not in path.parts)


def snippets(page: str) -> list[Snippet]:
    """Return the Python of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Snippet(
            page=page,
            line=text.count("\n", 0, match.start("code")),
            code=dedent(match["code"]),
            given=tuple(match["said"].split(", ")) if match["said"] else (),
        )
        for match in _BLOCK.finditer(text)
        if match["language"] == "python"
    ]


def rows(page: str) -> list[list[str]]:
    """Return the cells of all tables of a page of ``docs``."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
