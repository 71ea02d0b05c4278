"""The notebook of the docs: it runs from its first cell to its last, and shows tables and pictures."""

from __future__ import annotations

import re
from typing import Any

from notebooks import NOTEBOOK, load

from billmanager_1c.testing.troubled import LONG_NAME


def outputs(notebook: Any) -> list[Any]:
    """Return what all cells have put out."""
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def shown(notebook: Any, kind: str) -> list[str]:
    """Return what was shown as this kind."""
    return [output.data[kind] for output in outputs(notebook) if kind in output.get("data", {})]


def test_it_is_kept_without_outputs() -> None:
    """What a run puts out is made anew each time, and never kept with the text."""
    notebook = load(NOTEBOOK)
    assert outputs(notebook) == []
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"].count(None) == len(
        [cell for cell in notebook.cells if cell.cell_type == "code"]
    )


def test_it_runs_without_a_complaint(executed: Any) -> None:
    """No cell raises, warns, or writes to the error channel."""
    assert [output for output in outputs(executed) if output.output_type == "error"] == []
    assert [output.text for output in outputs(executed) if output.get("name") == "stderr"] == []


def test_it_shows_tables_and_pictures(executed: Any) -> None:
    """Reports, plans, explanations, lists, the status and the reconciliation are tables; what can be drawn is drawn."""
    tables = [text for text in shown(executed, "text/html") if 'class="bm1c"' in text]
    assert len(tables) >= 11
    assert len(shown(executed, "image/png")) == 2
    every = "".join(tables)
    for word in ("exported", "quarantined", "What happened", "What would be chosen now", "extra_remote", "Refused"):
        assert word in every


def test_names_are_text_and_not_markup(executed: Any) -> None:
    """A client's name with tags and quotes in it stands on the page as it is."""
    every = "".join(shown(executed, "text/html"))
    assert "<b>жирных</b>" in LONG_NAME
    assert "&lt;b&gt;жирных&lt;/b&gt;" in every
    assert "<b>жирных" not in every


def test_it_tells_of_progress(executed: Any) -> None:
    """The stages of the export are told, each with its own count."""
    told = "".join(shown(executed, "text/plain"))
    assert re.search(r"'reading 1C': '(\d+) of \1'", told)
    assert re.search(r"'exporting': '(\d+) of \1'", told)


def test_every_trouble_is_told(executed: Any) -> None:
    """The last cell says of each trouble, in a call of its own, what is the matter."""
    last = "".join(output.text for output in executed.cells[-1].outputs)
    paragraphs = [paragraph for paragraph in last.split("\n\n") if paragraph.strip()]
    assert len(paragraphs) >= 45
    assert all(re.fullmatch(r"[^:]+: .*[.)]", paragraph.strip(), re.DOTALL) for paragraph in paragraphs), paragraphs
