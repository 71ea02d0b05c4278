"""The configurations that the page about them fills in, loaded from where the page shows them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from billmanager_1c.onec import Configuration


def _trade() -> Any:
    """Load the code of the page about configurations."""
    path = Path(__file__).resolve().parents[2] / "docs" / "configurations" / "trade.py"
    spec = importlib.util.spec_from_file_location("trade", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


UT_11: Configuration = _trade().UT_11
ERP_2: Configuration = _trade().ERP_2
