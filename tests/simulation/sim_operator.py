"""The operator: pauses, approves, answers what is asked, loses and restores stores, upgrades, installs twice."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs
from sim_bank import Line
from sim_clerk import Clerk
from sim_faults import Fault
from sim_time import HOUR, MINUTE
from sim_worker import Process, Worker

from billmanager_1c.api import Dialect
from billmanager_1c.engine._overlay import OverlayStore
from billmanager_1c.errors import BillManager1CError
from billmanager_1c.ledger import LinkState
from billmanager_1c.models import ContractId, DocumentRef, PaymentId, PaymentStatus, QuarantineCode
from billmanager_1c.plans.breaker import approve
from billmanager_1c.plans.decide import abandon_line, adopt_payment, dismiss_payment, list_refused, retry_line
from billmanager_1c.plans.export import export
from billmanager_1c.plans.foresee import make_plan
from billmanager_1c.plans.recover import recover_links
from billmanager_1c.reports import Refusal

if TYPE_CHECKING:
    from simulation import Place, Simulation

Then = Callable[[Any, BaseException | None], None]


class Operator:
    """Who looks after the exchange."""

    def __init__(self, simulation: Simulation, clerk: Clerk) -> None:
        self._simulation = simulation
        self._clerk = clerk
        #: lines of which something was asked, and when
        self.asked: dict[Line, float] = {}
        self.abandoned: set[Line] = set()
        #: payments that were held against a line, and said to be other money
        self.dismissed: set[int] = set()
        #: when the operator approved of a large change last
        self.approved = -1.0
        #: since when the exchange is paused
        self.paused_since: float | None = None
        self._count = 0

    def acts(self) -> dict[Fault, Callable[[], bool]]:
        """Return what may be done at any time: each says whether there was something to do it to."""
        return {
            Fault.CLOCK_JUMPS: self._set_clock,
            Fault.STORE_FROM_YESTERDAY: self._keep_backup,
            Fault.STORE_DELETED: self._delete_store,
            Fault.NEWER_SCHEMA: self._meet_newer_schema,
            Fault.PAUSED_WITH_UNKNOWN: self._pause,
            Fault.STALE_PLAN: self._apply_stale_plan,
            Fault.RETRY_TWICE: self._retry_twice,
            Fault.TWO_INSTALLATIONS: self._install_again,
            Fault.UPGRADED: self._upgrade,
        }

    @property
    def _place(self) -> Place:
        return self._simulation.stores["first"]

    # ------------------------------------------------------------------------------------------------------- verbs

    def do(
        self,
        place: Place,
        plan: Callable[[Process], Generator[Any, Any, Any]],
        then: Then | None = None,
        *,
        dry: bool = False,
    ) -> None:
        """Call a verb of the engine, in a process of its own."""
        self._count += 1
        simulation = self._simulation
        worker = Worker(
            simulation, f"op{self._count}", place.file, place.workers[0].adapter, place.books, concurrency=2
        )
        try:
            process = worker.start()
        except BillManager1CError as error:
            simulation.hear(error)
            return
        if dry:
            process.keep_nothing(OverlayStore(process.store))
        process.run = simulation.make_run(process, now_or_never=True)

        def end(answer: Any, error: BaseException | None) -> None:
            worker.stop()
            if error is not None:
                simulation.hear(error)
                simulation.tell(worker.name, f"is told: {type(error).__name__}: {error}"[:200])
            if then is not None:
                then(answer, error)

        process.drive(plan(process), end)

    def answer_all(self) -> None:
        """Answer everything that waits for a person."""
        for place in list(self._simulation.stores.values()):
            self.do(place, lambda process: list_refused(), lambda found, error, place=place: self._answer(place, found))
            for worker in place.workers:
                if worker.tripped:
                    worker.tripped = False
                    self._approve(place)

    def _answer(self, place: Place, found: list[Refusal] | None) -> None:
        for refusal in found or ():
            self._answer_one(place, refusal)

    def _answer_one(self, place: Place, refusal: Refusal) -> None:
        simulation, clerk = self._simulation, self._clerk
        ref, contract = refusal.ref, refusal.contract_id
        line = Line.of(place.books.base, ref, contract)
        if place.file.is_newer:
            return
        with place.file.open() as store:
            link = store.dossier(ref).links[contract]
        match refusal.code:
            case QuarantineCode.POSSIBLE_TWIN if link.twin_id is not None:
                twin = link.twin_id
                if clerk.typed.get(twin) == line:
                    self._ask(
                        place,
                        ref,
                        contract,
                        "adopts",
                        lambda run: adopt_payment(run, ref, contract, twin),
                        lambda answer, error: self._dismiss(place, ref, contract, twin) if error is not None else None,
                    )
                else:
                    self._dismiss(place, ref, contract, twin)
            case QuarantineCode.DUPLICATE if link.twin_id is not None and link.payment_id is None:
                self._settle_with_another_store(place, ref, contract, PaymentId(link.twin_id))
            case QuarantineCode.DUPLICATE if link.twin_id is not None:
                both = link.payment_id is not None and simulation.bank.credited(link.payment_id)
                if both and simulation.bank.credited(link.twin_id):
                    clerk.hands[link.twin_id] = simulation.timeline.time
                    simulation.bank.person_deletes_payment(PaymentId(link.twin_id))
                self._ask(place, ref, contract, "retries", lambda run: retry_line(run, ref, contract))
            case QuarantineCode.REMOTE_MISSING | QuarantineCode.REMOTE_CHANGED | QuarantineCode.CANCEL_REFUSED:
                if simulation.choices.happens(f"abandons {ref.id[-2:]}", 0.2):
                    self._abandon(place, ref, contract)
                else:
                    self._ask(
                        place,
                        ref,
                        contract,
                        "retries",
                        lambda run: retry_line(run, ref, contract),
                        lambda answer, error: self._abandon(place, ref, contract) if error is not None else None,
                    )
            case QuarantineCode.REJECTED:
                self._ask(place, ref, contract, "retries", lambda run: retry_line(run, ref, contract))
            case _:
                pass  # it waits for data

    def _settle_with_another_store(self, place: Place, ref: DocumentRef, contract: ContractId, twin: PaymentId) -> None:
        """Take what another store made, once it is credited; have the line tried again when it is over."""
        payment = self._simulation.bank.tables.payments.rows.get(twin)
        if payment is not None and payment.credited:
            self._ask(place, ref, contract, "adopts", lambda run: adopt_payment(run, ref, contract, twin))
        elif payment is None or payment.status == PaymentStatus.CANCELLED:
            self._ask(place, ref, contract, "retries", lambda run: retry_line(run, ref, contract))

    def _dismiss(self, place: Place, ref: DocumentRef, contract: ContractId, twin: PaymentId) -> None:
        self.dismissed.add(twin)
        self._ask(place, ref, contract, "dismisses", lambda run: dismiss_payment(ref, contract, twin))

    def _abandon(self, place: Place, ref: DocumentRef, contract: ContractId) -> None:
        line = Line.of(place.books.base, ref, contract)

        def abandoned(answer: Any, error: BaseException | None) -> None:
            if error is None:
                self.abandoned.add(line)

        self._ask(
            place, ref, contract, "abandons", lambda run: abandon_line(ref, contract, "settled by hand"), abandoned
        )

    def _ask(
        self,
        place: Place,
        ref: DocumentRef,
        contract: ContractId,
        what: str,
        plan: Callable[[Any], Generator[Any, Any, Any]],
        then: Then | None = None,
    ) -> None:
        simulation = self._simulation
        line = Line.of(place.books.base, ref, contract)
        self.asked[line] = simulation.timeline.time
        simulation.tell("operator", f"{what} {simulation.invariants.name(line)}")
        self.do(place, lambda process: plan(process.run), then)

    def _approve(self, place: Place) -> None:
        def planned(plan: Any, error: BaseException | None) -> None:
            if plan is not None:
                self.approved = self._simulation.timeline.time
                self._simulation.tell("operator", f"approves of {len(plan.documents())} documents")
                self.do(place, lambda process: approve(plan.documents().items()))

        self.do(place, lambda process: make_plan(process.run, Dialect()), planned, dry=True)

    # -------------------------------------------------------------------------------------------------------- the acts

    def _set_clock(self) -> bool:
        simulation = self._simulation
        worker = simulation.choices.among("whose clock", self._place.workers)
        worker.offset = simulation.choices.among("clock how", (HOUR, -HOUR, -10 * MINUTE))
        worker.was_set = True
        simulation.tell(worker.name, f"has a clock that is {worker.offset / 60:+.0f} minutes off")
        later = simulation.choices.between("clock right after", HOUR, 5 * HOUR)

        def set_right() -> None:
            worker.offset = 0.0
            simulation.tell(worker.name, "has its clock set right")

        simulation.timeline.after(later, set_right)
        return True

    def _stop_all(self, place: Place) -> None:
        for worker in place.workers:
            if worker.process is not None:
                worker.process.die()

    def _keep_backup(self) -> bool:
        """Copy the store now and put the copy back in some hours."""
        simulation, place = self._simulation, self._place
        backup = place.file.path.with_suffix(".backup")
        if place.file.is_newer:
            return False
        with place.file.open() as store:
            if not any(state.has_payment for state in store.summary().links):
                return False
        place.file.copy(backup)
        stood = {each.id: simulation.bank.line_of(each) for each in simulation.bank.payments() if each.credited}
        later = simulation.choices.between("store restored after", HOUR, 4 * HOUR)

        def put_back() -> None:
            if not simulation.storm:
                return
            self._stop_all(place)
            place.file.put_back(backup)
            simulation.hit(Fault.STORE_FROM_YESTERDAY)
            if simulation.hits[Fault.IDS_REUSED]:  # what it holds by an id may be another line's payment by now
                simulation.invariants.forget_bindings()
            simulation.tell("operator", "puts a backup of the store back")
            if not self._perhaps_recover(place):
                # Nobody asks whether what stood then stands now.
                gone = {line for id, line in stood.items() if line and not simulation.bank.credited(id)}
                self._clerk.lost |= gone

        simulation.timeline.after(later, put_back)
        return True

    def _delete_store(self) -> bool:
        simulation, place = self._simulation, self._place
        if place.file.is_newer:
            return False
        with place.file.open() as store:
            if not any(state.has_payment for state in store.summary().links):
                return False
        self._stop_all(place)
        place.file.make()
        self.paused_since = None  # that it was paused is lost, too
        simulation.tell("operator", "loses the store and begins a new one")
        self._perhaps_recover(place)
        return True

    def _perhaps_recover(self, place: Place) -> bool:
        """Recover the links, or leave it to the sweep; say which."""
        recovers = self._simulation.choices.happens("recovers links", 0.5)
        if recovers:
            self._recover(place)
        return recovers

    def _recover(self, place: Place) -> None:
        simulation = self._simulation

        def again(answer: Any, error: BaseException | None) -> None:
            if error is not None:
                simulation.timeline.after(10 * MINUTE, lambda: self._recover(place))

        simulation.tell("operator", "recovers links")
        if place.file.is_newer:
            simulation.timeline.after(HOUR, lambda: self._recover(place))
            return
        self.do(place, lambda process: recover_links(process.run, simulation.first_day), again)

    def _meet_newer_schema(self) -> bool:
        simulation, place = self._simulation, self._place
        self._stop_all(place)
        place.file.make_newer()
        simulation.tell("operator", "has a newer version of the library at work, for a while")
        for worker in place.workers:
            simulation.timeline.after(MINUTE, lambda worker=worker: simulation.wake(worker))

        def present() -> None:
            place.file.make_present()

        simulation.timeline.after(HOUR, present)
        return True

    def _pause(self) -> bool:
        simulation, place = self._simulation, self._place
        if place.file.is_newer:
            return False
        with place.file.open() as store:
            links = store.summary().links
            if not any(state.is_intent or state.is_unknown for state in links):
                return False
            store.set_switch(attrs.evolve(store.switch(), paused="inventory"))
        self.paused_since = simulation.timeline.time
        simulation.tell("operator", "pauses the exchange")

        def resume() -> None:
            if place.file.is_newer:
                simulation.timeline.after(HOUR, resume)
                return
            with place.file.open() as store:
                store.set_switch(attrs.evolve(store.switch(), paused=None))
            self.paused_since = None
            simulation.tell("operator", "resumes the exchange")

        simulation.timeline.after(simulation.choices.between("paused for", HOUR, 4 * HOUR), resume)
        return True

    def _apply_stale_plan(self) -> bool:
        """Make a plan, let an accountant change its documents, and apply it."""
        simulation, place = self._simulation, self._place

        def planned(plan: Any, error: BaseException | None) -> None:
            documents = {} if plan is None else plan.documents()
            if not documents:
                return
            ref = min(documents, key=str)
            simulation.people.accountant.change(place.books, ref)
            simulation.tell("operator", f"applies a plan of {len(documents)} documents")

            def apply(process: Process) -> Generator[Any, Any, Any]:
                assert process.run is not None
                process.run.only = documents
                return export(process.run, refs=tuple(documents))

            simulation.hit(Fault.STALE_PLAN)
            self.do(place, apply)

        self.do(place, lambda process: make_plan(process.run, Dialect()), planned, dry=True)
        return self._simulation.hits[Fault.STALE_PLAN] > 0

    def _retry_twice(self) -> bool:
        """Ask for a retry of some line, twice at once; perhaps of one that was out of the exchange for some hours."""
        simulation, place = self._simulation, self._place
        if simulation.choices.happens("takes a line out", 0.5) and not place.file.is_newer:
            return self._take_out()
        refs = sorted(place.books.papers, key=str)
        if not refs:
            return False
        ref = simulation.choices.among("retry which", refs)
        if place.file.is_newer:
            return False
        with place.file.open() as store:
            links = store.dossier(ref).links
        if not links:
            return False
        contract = min(links)
        self._retry(place, ref, contract)
        return True

    def _retry(self, place: Place, ref: DocumentRef, contract: ContractId) -> None:
        line = Line.of(place.books.base, ref, contract)

        def retried(answer: Any, error: BaseException | None) -> None:
            if error is None:
                self.abandoned.discard(line)

        for _ in range(2):
            self._ask(place, ref, contract, "retries", lambda run: retry_line(run, ref, contract), retried)

    def _take_out(self) -> bool:
        """Abandon a line whose payment stands while its money moves to another line; some hours later, retry it."""
        simulation, place = self._simulation, self._place
        with place.file.open() as store:
            links = [(ref, link) for ref in place.books.papers for link in store.dossier(ref).links.values()]
        standing = [(ref, link.contract_id) for ref, link in links if link.state is LinkState.SYNCED]
        if not standing:
            return False
        ref, contract = simulation.choices.among("takes out which", sorted(standing, key=str))
        self._abandon(place, ref, contract)
        simulation.timeline.after(10 * MINUTE, lambda: simulation.people.accountant.move(place.books, ref))
        later = simulation.choices.between("taken back after", HOUR, 4 * HOUR)
        simulation.timeline.after(later, lambda: None if place.file.is_newer else self._retry(place, ref, contract))
        return True

    def _install_again(self) -> bool:
        """Install the library a second time for the same base, with a store of its own."""
        simulation = self._simulation
        if "second" in simulation.stores or not self._place.books.papers:
            return False
        simulation.add_place("second", self._place.books, ("w3",))
        simulation.tell("operator", "installs the exchange a second time")
        return True

    def _upgrade(self) -> bool:
        """Stop at once, with open attempts; go on with a store as the version before kept it."""
        simulation, place = self._simulation, self._place
        if place.file.is_newer:
            return False
        with place.file.open() as store:
            if not any(state.is_intent or state.is_unknown for state in store.summary().links):
                return False
        self._stop_all(place)
        if not place.file.make_older():
            return False
        simulation.tell("operator", "upgrades the library, with attempts open")
        return True

    def mend(self) -> None:
        """End pauses, set clocks right, take away the second installation."""
        self.paused_since = None
        simulation = self._simulation
        for name, place in list(simulation.stores.items()):
            place.file.make_present()
            for worker in place.workers:
                worker.offset = 0.0
            with place.file.open() as store:
                store.set_switch(attrs.evolve(store.switch(), paused=None))
            if name == "second":
                for worker in place.workers:
                    worker.retired = True
