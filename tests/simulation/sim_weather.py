"""Which faults a seed has: a swarm drawn at random, and one that it must have."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sim_choices import Choices
from sim_faults import BY_NUMBER, Fault

SWARM = 12
"""So many faults a seed has on average besides its own."""

#: what would hide everything else if it happened often, and how often it may happen in one seed
_RARE: Mapping[Fault, int] = {
    Fault.ACCESS_DENIED: 3,
    Fault.REDIRECTED: 3,
    Fault.LICENCE_ERROR: 4,
    Fault.SLOW_DOWN: 4,
    Fault.SIGTERM_IN_BATCH: 3,
    Fault.SLEEPS_PAST_LEASE: 4,
    Fault.WRONG_ENCODING: 4,
    Fault.HALF_WRITTEN_FILE: 4,
    Fault.DISK_FULL: 4,
    Fault.DATABASE_BUSY: 4,
    Fault.COMMIT_UNKNOWN: 4,
}
_OFTEN = 8


class Weather:
    """The faults of one seed, how likely each is, and how often it may still happen."""

    def __init__(
        self, choices: Choices, own: Fault | None, *, also: Collection[Fault] = (), calm: bool = False
    ) -> None:
        self.own = own
        self._choices = choices
        self.chances: dict[Fault, float] = {}
        for fault in () if calm else Fault:
            if choices.happens(f"swarm {fault.name}", SWARM / len(Fault)):
                self.chances[fault] = choices.between(f"chance {fault.name}", 0.005, 0.05)
        if own is not None:
            self.chances[own] = 0.15
        self.chances |= dict.fromkeys(also, 0.15)
        self._left = {fault: _RARE.get(fault, _OFTEN) for fault in self.chances}

    @property
    def names(self) -> set[str]:
        """The faults that may happen, by name."""
        return {fault.name for fault in self.chances}

    def __contains__(self, fault: Fault) -> bool:
        return fault in self.chances

    def strikes(self, fault: Fault, where: str, weight: float) -> bool:
        """Decide whether a fault happens here and now."""
        chance = self.chances.get(fault)
        if chance is None or not self._left[fault]:
            return False
        if not self._choices.happens(f"{fault.name} {where}", min(chance * weight, 0.9)):
            return False
        self._left[fault] -= 1
        return True


def fault_of(seed: int) -> Fault:
    """Return the fault that a seed has whatever else it has: 75 seeds in a row have all."""
    return BY_NUMBER[seed % len(BY_NUMBER) + 1]
