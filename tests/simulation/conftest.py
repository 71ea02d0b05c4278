"""The parts of the simulation are plain modules beside the tests, and a program of its own under nox."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
