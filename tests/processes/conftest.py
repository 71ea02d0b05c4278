"""The parts of the campaigns are plain modules beside the tests, and programs of their own under nox."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
