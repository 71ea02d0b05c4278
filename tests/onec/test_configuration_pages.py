"""What the pages about configurations and about noticing changes show is run."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from textwrap import dedent

import pytest
from onec_servers import Upp

from billmanager_1c.models import DocumentKind

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["configurations.md", "noticing-changes.md"])
def test_snippets_run(page: str) -> None:
    """One after the other, each with the names of those before it."""
    names: dict[str, object] = {}
    snippets = [dedent(match[2]) for match in BLOCK.finditer((DOCS / page).read_text("utf-8"))]
    assert snippets
    for snippet in snippets:
        exec(compile(snippet, page, "exec"), names)


def test_a_document_is_shown(upp: Upp, capsys: pytest.CaptureFixture[str]) -> None:
    """The function of the page prints what was understood of a document."""
    look = runpy.run_path(str(DOCS / "configurations" / "look.py"))["look"]
    ref = upp.add()
    with upp.adapter() as onec:
        look(onec, DocumentKind.CASH_RECEIPT, ref.id)
    assert "ООО Ромашка" in capsys.readouterr().out
