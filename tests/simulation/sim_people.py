"""People: what they do to both systems at bad moments, what they mend, and what they answer when they are asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim_accountant import Accountant
from sim_bank import Line
from sim_clerk import Clerk
from sim_faults import Fault
from sim_operator import Operator
from sim_time import HOUR, MINUTE

from billmanager_1c.ledger import Attempt, AttemptOp
from billmanager_1c.models import DocumentRef

if TYPE_CHECKING:
    from sim_books import Books, Paper
    from sim_worker import Process

    from simulation import Simulation


#: counted when they take effect, which is later than when they are done
_HIT_LATER = frozenset(
    {
        Fault.MANY_VANISH,
        Fault.STALE_PLAN,
        Fault.DOWN_FOR_HOURS,
        Fault.PROXY_RESENDS_GETS,
        Fault.CERTIFICATE_CHANGED,
        Fault.STORE_FROM_YESTERDAY,
        Fault.IDS_REUSED,
        Fault.NEWER_SCHEMA,
    }
)


class People:
    """Everybody who is not a worker."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.accountant = Accountant(simulation)
        self.clerk = Clerk(simulation)
        self.operator = Operator(simulation, self.clerk)
        acts: dict[Fault, Callable[[], bool]] = {
            **self.accountant.acts(),
            **self.clerk.acts(),
            **self.operator.acts(),
        }
        for fault, act in acts.items():
            if fault in simulation.weather:
                self._plan(fault, act)

    def _plan(self, fault: Fault, act: Callable[[], bool]) -> None:
        simulation = self._simulation
        for number in range(3):
            own = fault is simulation.weather.own and number == 0
            if simulation.choices.happens(f"act {fault.name} {number}", 1.0 if own else 0.4):
                at = simulation.choices.between(f"act {fault.name} at {number}", HOUR, 9 * HOUR)
                simulation.timeline.at(at, lambda: self._try(fault, act))

    def _try(self, fault: Fault, act: Callable[[], bool]) -> None:
        simulation = self._simulation
        if not simulation.storm:
            return
        if act():
            if fault not in _HIT_LATER:
                simulation.hit(fault)
        else:  # there is nothing yet to do it to
            simulation.timeline.after(20 * MINUTE, lambda: self._try(fault, act))

    # ------------------------------------------------------------------------------------------- at the worst moment

    def see_intent(self, process: Process, ref: DocumentRef, attempt: Attempt) -> None:
        """Do something while a write is about to be made."""
        simulation = self._simulation
        books = process.worker.books
        where = attempt.op.value
        if attempt.op is AttemptOp.CREATE and simulation.fault(Fault.UNPOSTED_DURING_CREATE, where, weight=2.0):
            self.accountant.unpost(books, ref)
            simulation.hit(Fault.UNPOSTED_DURING_CREATE)
            simulation.wake_others(process.worker, 0.05)
        elif simulation.fault(Fault.CHANGED_WHILE_EXPORTED, where, weight=2.0):
            self.accountant.change(books, ref)
            simulation.hit(Fault.CHANGED_WHILE_EXPORTED)
            simulation.wake_others(process.worker, 0.05)
        elif simulation.fault(Fault.TWO_CLAIM_AT_ONCE, where):
            simulation.wake_others(process.worker, 0.0)
        if attempt.op is AttemptOp.CREATE and simulation.fault(Fault.PAYER_SUSPENDED, where, weight=2.0):
            assert attempt.target is not None
            self.clerk.suspend(attempt.target.payer_id)
            simulation.hit(Fault.PAYER_SUSPENDED)
        inert = attempt.op in (AttemptOp.WRITE, AttemptOp.CREDIT) and attempt.payment_id is not None
        if inert and simulation.fault(Fault.INERT_PAYMENT_TOUCHED, where, weight=2.0):
            assert attempt.payment_id is not None
            if self.clerk.touch_inert(attempt.payment_id, Line.of(books.base, ref, attempt.contract_id)):
                simulation.hit(Fault.INERT_PAYMENT_TOUCHED)
        if simulation.fault(Fault.SIGTERM_IN_BATCH, process.name) and process.run is not None:
            process.run.stopping = True
            simulation.hit(Fault.SIGTERM_IN_BATCH)
            simulation.tell(process.name, "is asked to stop [11 sigterm in batch]")

    def see_new_paper(self, books: Books, paper: Paper) -> None:
        """Type a payment in by hand before the exchange comes to it."""
        simulation = self._simulation
        for contract, amount in paper.wanted().items():
            if simulation.fault(Fault.TYPED_IN_BEFORE, paper.ref.id[-2:], weight=3.0):
                self.clerk.type_in(books, paper, contract, amount)
                simulation.hit(Fault.TYPED_IN_BEFORE)

    # ------------------------------------------------------------------------------------------------------ afterwards

    def mend(self) -> None:
        """Mend what was broken, and answer what was asked, more than once: some answers raise further questions.

        Others are raised a day later, when everything is asked for that a store put back from a backup had forgotten.
        """
        simulation = self._simulation
        self.clerk.mend()
        self.operator.mend()
        for hours in (0.0, 0.5, 1.0, 26.0):
            simulation.timeline.after(hours * HOUR + MINUTE, self.operator.answer_all)
