"""People: an accountant, a person in BILLmanager, an operator, whoever puts backups back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim_bank import Line

from billmanager_1c.ledger import Attempt
from billmanager_1c.models import DocumentRef

if TYPE_CHECKING:
    from sim_worker import Process

    from simulation import Simulation


class People:
    """Everybody who is not a worker."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        #: lines whose payments a restore has taken away
        self.lost: set[Line] = set()
        #: lines of which a person asked something of the engine
        self.asked: set[Line] = set()

    def see_intent(self, process: Process, ref: DocumentRef, attempt: Attempt) -> None:
        """Do something at the worst moment."""

    def notice_pause(self) -> None:
        """End a pause."""

    def mend(self) -> None:
        """Mend what was broken."""
