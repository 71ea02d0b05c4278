"""Every Python snippet of the README and of the docs is run, page by page, as it stands."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path

import pytest
from docs_pages import ROOT, TESTED_ELSEWHERE, Snippet, pages, snippets
from docs_stage import set_stage

PAGES = {page: found for page in pages() if (found := snippets(page))}


@pytest.mark.parametrize("page", [page for page in PAGES if page not in TESTED_ELSEWHERE])
def test_snippets_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, each with the names of those before it."""
    names: dict[str, object] = {"__name__": "page"}
    with set_stage(tmp_path, monkeypatch) as stage:
        for snippet in PAGES[page]:
            names |= {name: stage.given(name) for name in snippet.given}
            _run(snippet, names)


def _run(snippet: Snippet, names: dict[str, object]) -> None:
    code = snippet.compiled(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    try:
        awaited = eval(code, names)
    except SystemExit as ended:
        if ended.code:
            raise
        return  # a script that went well
    if inspect.iscoroutine(awaited):
        asyncio.run(awaited)


@pytest.mark.parametrize(("page", "test"), TESTED_ELSEWHERE.items())
def test_pages_left_to_other_tests_are_run_by_them(page: str, test: str) -> None:
    """The test that has a page's snippets to run names the page."""
    assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


def test_all_python_is_found() -> None:
    """No Python hides in a directive, where it would not be run."""
    hidden = [page for page in pages() if "```{code-block} python" in (ROOT / page).read_text(encoding="utf-8")]
    assert hidden == []
