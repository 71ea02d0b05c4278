"""Loading, running and drawing the notebook of the docs. What is not installed is said loudly."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook" / "reconciliation.ipynb"


def need(*modules: str) -> None:
    """Skip what cannot be tried here."""
    if missing := [name for name in modules if find_spec(name) is None]:
        pytest.skip(f"NOT TRIED: {', '.join(missing)} not installed; the dependency groups tests and browser have it")


def load(path: Path) -> Any:
    """Read a notebook."""
    need("nbformat")
    import nbformat

    return nbformat.read(path, as_version=4)


def execute(path: Path) -> Any:
    """Run a notebook from its first cell to its last."""
    need("nbclient", "ipykernel", "pandas", "matplotlib")
    from nbclient import NotebookClient

    notebook = load(path)
    return NotebookClient(notebook, kernel_name="python3", timeout=300).execute()


def draw(notebook: Any, theme: str) -> str:
    """Make the page that JupyterLab would show."""
    need("nbconvert")
    from nbconvert import HTMLExporter

    page: str
    page, _ = HTMLExporter(template_name="lab", theme=theme).from_notebook_node(notebook)
    return page
