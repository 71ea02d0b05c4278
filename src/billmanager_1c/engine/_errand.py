"""What one call of a verb comes to."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

from ..plans.effects import Plan
from ..plans.run import Run

R_co = TypeVar("R_co", covariant=True)


@attrs.frozen(kw_only=True, eq=False)
class Errand(Generic[R_co]):
    """A plan, and how it is to be driven: the same for both engines."""

    run: Run
    plan: Plan[R_co]
    #: which verb it is, for whoever watches; empty where nobody need watch
    job: str = ""
    #: nothing may be written anywhere
    is_dry: bool = False
    #: plans that are driven at the same time, at the most
    width: int = 1
    #: seconds for a whole call to BILLmanager
    timeout: float
