"""What the tests of the async engine share: the stage of the engine's tests."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "engine")]  # tests are no package: helpers are found by name
