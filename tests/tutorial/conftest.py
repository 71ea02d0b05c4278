"""Let the tests import the code of the tutorials, which lies with the pages that show it."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

sys.path.extend([str(HERE), str(HERE.parents[1] / "docs" / "tutorial")])
