"""What one call of a verb comes to."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

from ..plans.effects import Plan
from ..plans.run import Run

R_co = TypeVar("R_co", covariant=True)

_PLANS = 3
"""So many plans are driven for each request that may be under way: while some wait for the disk, others ask."""


def plans_beside(requests: int) -> int:
    """Return how many plans keep so many requests under way; one after the other where requests are."""
    return 1 if requests == 1 else requests * _PLANS


@attrs.frozen(kw_only=True, eq=False)
class Errand(Generic[R_co]):
    """A plan, and how it is to be driven: the same for both engines."""

    run: Run
    plan: Plan[R_co]
    #: which verb it is, for whoever watches; empty where nobody need watch
    job: str = ""
    #: nothing may be written anywhere
    is_dry: bool = False
    #: requests to BILLmanager that are under way at the same time, at the most
    requests: int = 1
    #: seconds for a whole call to BILLmanager
    timeout: float

    @property
    def width(self) -> int:
        """Plans that are driven at the same time, at the most."""
        return plans_beside(self.requests)
