"""Let the tests of the project read the pages as the tests of the docs do."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "docs"))
