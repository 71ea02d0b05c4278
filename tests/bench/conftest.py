"""What the tests of the benchmark share."""

from __future__ import annotations

import sys
from pathlib import Path

for room in (Path(__file__).parent, Path(__file__).parents[1] / "load"):
    sys.path.append(str(room))  # tests are no package: helpers beside them are found by name
