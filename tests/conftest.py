"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The contract suites live in the package; without this their asserts would fail without saying what they compared.
pytest.register_assert_rewrite("billmanager_1c.testing")

# A shared machine is slow at times, and slowness is not a fault of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real replies of both systems, beside the repository; a test that needs them is skipped without them."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("no ../shared/samples")
    return folder
