"""The doors and what comes through them are modules: tables of tests are built before any fixture."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
