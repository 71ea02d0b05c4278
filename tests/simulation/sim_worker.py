"""Workers: processes that drive the production plans, effect by effect, until they are done or dead."""

from __future__ import annotations

import datetime as dt
import traceback
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs
from sim_books import Books
from sim_client import Client, walking
from sim_faults import Fault
from sim_store import Disk, Killed, StoreFile

from billmanager_1c.errors import BillManager1CError, DeadlinePassed
from billmanager_1c.ledger import AttemptId, AttemptOp, Dossier, Finished, Perform, Tick, Verdict
from billmanager_1c.models import DocumentRef
from billmanager_1c.plans import effects
from billmanager_1c.plans.run import Run
from billmanager_1c.ports.store import Decision
from billmanager_1c.store import SQLiteStore

if TYPE_CHECKING:
    from simulation import Simulation

Then = Callable[[Any, BaseException | None], None]
WAITS = object()


class Task:
    """A plan under way in a process: a thread of it."""

    def __init__(self, process: Process, plan: Generator[Any, Any, Any], then: Then) -> None:
        self.process = process
        self._plan = plan
        self._then = then
        #: the write that is durable and not yet ended, and since when
        self.step: Perform | None = None
        self.since = 0.0

    def resume(self, answer: Any = None, error: BaseException | None = None) -> None:
        """Go on with an answer, through effects that take no time, to the next that does."""
        while True:
            try:
                effect = self._plan.send(answer) if error is None else self._plan.throw(error)
            except StopIteration as end:
                return self._then(end.value, None)
            except BillManager1CError as raised:
                return self._then(None, raised)
            except Killed:
                return self.process.die()
            except Exception as crash:  # noqa: BLE001 (a mistake in the program is what is looked for)
                self.process.simulation.violation("crash", "".join(traceback.format_exception(crash)[-6:]))
                return self.process.die()
            answer, error = None, None
            try:
                answer = self.process.do(self, effect)
            except BillManager1CError as raised:
                error = raised
            if answer is WAITS:
                return None


class Process:
    """One life of a worker: a store that is open, a client, a run, its tasks."""

    def __init__(self, simulation: Simulation, worker: Worker, store: SQLiteStore, disk: Disk) -> None:
        self.simulation = simulation
        self.worker = worker
        self.store = store
        self._file = store
        self.disk = disk
        self.alive = True
        self.client = Client(self)
        self.run: Run | None = None
        #: nothing is written, and 1C is told to forget nothing
        self.is_dry = False
        #: when the run began
        self.began = 0.0
        #: attempts that this run began
        self.begun: set[str] = set()
        self._attempts = 0
        self._listings: dict[int, Any] = {}
        self._last = (self.now(), self.monotonic(), self.now())
        self.name = worker.name

    # --------------------------------------------------------------------------------------------------------- time

    def now(self) -> dt.datetime:
        """Return what this machine takes for the present."""
        return self.simulation.timeline.now() + dt.timedelta(seconds=self.worker.offset)

    def monotonic(self) -> float:
        """Return seconds that never go back; those of a machine that stood still are missing."""
        return self.simulation.timeline.time - self.worker.lost

    def moment(self) -> dt.datetime:
        """Return the time of the store's last transaction, carried on by whichever clock went further.

        The one that never goes back stands still while a machine does; the other may be put back.
        """
        at, then, wall = self._last
        return at + max(dt.timedelta(seconds=self.monotonic() - then), self.now() - wall)

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Let something happen in this process, if it is still there; not while it sleeps."""

        def event() -> None:
            if not self.alive:
                return
            asleep = self.worker.asleep_until - self.simulation.timeline.time
            if asleep > 0:
                self.simulation.timeline.after(asleep, event)
                return
            try:
                what()
            except Killed:
                self.die()

        self.simulation.timeline.after(seconds, event)

    # --------------------------------------------------------------------------------------------------------- life

    def drive(self, plan: Generator[Any, Any, Any], then: Then) -> None:
        """Begin to drive a plan."""
        task = Task(self, plan, then)
        self.later(0.0, task.resume)

    def die(self) -> None:
        """Be gone, as by kill -9: nothing runs any more, not even a finally."""
        if self.alive:
            self.alive = False
            self.worker.died()
            self.close()

    def close(self) -> None:
        """Close the file, also under a store that keeps nothing."""
        self._file.close()

    def may_die(self, fault: Fault, where: str = "", weight: float = 1.0) -> None:
        """Be killed here, if it is so decided."""
        if self.simulation.fault(fault, self.name, where, weight=weight):
            self.simulation.hit(fault)
            self.simulation.tell(self.name, f"is killed [{fault.title}]")
            raise Killed

    def keep_nothing(self, overlay: Any) -> None:
        """Go on over a store that forgets everything: for a plan that is only made."""
        self.store = overlay
        self.is_dry = True

    def worker_mates(self) -> list[Worker]:
        """Return all other workers there are."""
        places = self.simulation.stores.values()
        return [worker for place in places for worker in place.workers if worker is not self.worker]

    # ------------------------------------------------------------------------------------------------------ effects

    def do(self, task: Task, effect: Any) -> Any:
        """Do an effect that takes no time and return its answer, or begin one that takes some."""
        choices = self.simulation.choices
        match effect:
            case effects.Consult(question=question):
                return question(self.store)
            case effects.Now():
                return self.now()
            case effects.Tell(warning=warning):
                if warning:
                    self.simulation.hear(warning)
                return None
            case effects.Transact():
                self.later(choices.between(f"commit {self.name}", 0.001, 0.02), lambda: self._transact(task, effect))
            case effects.TransactAll():
                self.later(
                    choices.between(f"commit {self.name}", 0.001, 0.02), lambda: self._transact_all(task, effect)
                )
            case effects.Send(operation=operation, send_by=send_by):
                self.later(
                    choices.between(f"begin {self.name}", 0.0, 0.005), lambda: self._send(task, operation, send_by)
                )
            case effects.Walk(listing=listing):
                Task(self, walking(listing, self.client.dialect), task.resume).resume()
            case effects.Together(plans=plans):
                _Together(self, list(plans), task)
            case _:
                self.later(choices.between(f"1c {self.name}", 0.05, 0.5), lambda: self._in_1c(task, effect))
        return WAITS

    def _send(self, task: Task, operation: Any, send_by: dt.datetime | None) -> None:
        if operation.writes and task.step is not None:
            self.may_die(Fault.KILLED_AFTER_INTENT, type(operation).__name__, 2.0)
            if self.simulation.fault(Fault.SLEEPS_PAST_LEASE, self.name, type(operation).__name__, weight=2.0):
                self._fall_asleep(task, operation, send_by)
                return
        if send_by is not None and self.moment() > send_by:
            self.simulation.tell(self.name, f"does not send {type(operation).__name__}: too late")
            task.resume(None, DeadlinePassed("The lease on the document ran out before the request could be sent."))
            return
        if operation.writes:
            self.simulation.invariants.before_write(self, operation, task.since)
        self.client.send(operation, lambda answer, error: self._answered(task, operation, answer, error))

    def _fall_asleep(self, task: Task, operation: Any, send_by: dt.datetime | None) -> None:
        simulation = self.simulation
        seconds = simulation.choices.between(f"sleep {self.name}", 400, 1500)
        self.worker.sleep(seconds, stands_still=simulation.choices.happens(f"stands still {self.name}", 0.5))
        simulation.hit(Fault.SLEEPS_PAST_LEASE)
        simulation.tell(self.name, f"falls asleep for {seconds / 60:.0f} minutes before {type(operation).__name__}")
        simulation.wake_others(self.worker, 330)
        self.later(seconds, lambda: self._send(task, operation, send_by))

    def _answered(self, task: Task, operation: Any, answer: Any, error: BaseException | None) -> None:
        if operation.writes and error is None:
            name = type(operation).__name__
            self.may_die(
                Fault.KILLED_AFTER_CREDIT_ANSWER if name == "SetPaid" else Fault.KILLED_AFTER_ANSWER, name, 2.0
            )
        if error is not None:
            self.simulation.hear(error)
        task.resume(answer, error)

    # ------------------------------------------------------------------------------------------------- transactions

    def _transact(self, task: Task, effect: effects.Transact[Any]) -> None:
        simulation = self.simulation
        if task.step is not None and simulation.fault(Fault.SLEEPS_PAST_LEASE, self.name, "answered"):
            task.step = None
            seconds = simulation.choices.between(f"sleep {self.name}", 400, 1500)
            self.worker.sleep(seconds, stands_still=False)
            simulation.hit(Fault.SLEEPS_PAST_LEASE)
            simulation.tell(self.name, f"falls asleep for {seconds / 60:.0f} minutes with an answer in its hand")
            simulation.wake_others(self.worker, 330)
            self.later(seconds, lambda: self._transact(task, effect))
            return
        seen: list[Verdict[Any]] = []
        tick = self._tick()

        def decide(dossier: Dossier, now: dt.datetime) -> Verdict[Any]:
            self._last = (now, self.monotonic(), self.now())
            verdict = effect.decide(dossier, attrs.evolve(tick, now=now))
            seen.append(verdict)
            if isinstance(verdict.result, Perform):
                self.may_die(Fault.KILLED_BEFORE_INTENT, verdict.result.attempt.op.value, 2.0)
            return verdict

        self._trouble_the_store()
        try:
            result = self.store.transact(effect.ref, decide, actor=self._actor(), at=tick.now)
        except BillManager1CError as error:
            simulation.tell(self.name, f"cannot commit: {type(error).__name__}")
            task.resume(None, error)
            return
        task.step = result if isinstance(result, Perform) else None
        task.since = simulation.timeline.time
        simulation.after_transaction(self, effect.ref, seen[-1])
        if isinstance(result, Finished) and result.busy:
            simulation.hit(Fault.TWO_CLAIM_AT_ONCE)
        if isinstance(result, Perform) and result.attempt.op in (AttemptOp.WRITE, AttemptOp.CREDIT):
            self.may_die(Fault.KILLED_BETWEEN_BIND_AND_CREDIT, result.attempt.op.value, 2.0)
        self.later(simulation.choices.between(f"wake {self.name}", 0.0, 0.005), lambda: task.resume(result))

    def _transact_all(self, task: Task, effect: effects.TransactAll) -> None:
        simulation = self.simulation
        seen: list[tuple[DocumentRef, Verdict[Any]]] = []
        tick = self._tick()

        def bound(ref: DocumentRef, decide: Any) -> Any:
            def run(dossier: Dossier, now: dt.datetime) -> Verdict[Any]:
                self._last = (now, self.monotonic(), self.now())
                verdict = decide(dossier, attrs.evolve(tick, now=now))
                seen.append((ref, verdict))
                return verdict

            return run

        self.may_die(Fault.KILLED_DURING_COLLECT, "commit")
        self._trouble_the_store()
        try:
            results = self.store.transact_all(
                [Decision(ref=ref, decide=bound(ref, decide)) for ref, decide in effect.decisions],
                actor=self._actor(),
                at=tick.now,
                adapter=self.worker.adapter.base if effect.cursor is not None else None,
                cursor=effect.cursor,
            )
        except BillManager1CError as error:
            simulation.tell(self.name, f"cannot commit: {type(error).__name__}")
            task.resume(None, error)
            return
        for ref, verdict in seen[-len(effect.decisions) :] if effect.decisions else []:
            simulation.after_transaction(self, ref, verdict)
        self.later(0.002, lambda: task.resume(results))

    def _trouble_the_store(self) -> None:
        simulation = self.simulation
        for fault in (Fault.DISK_FULL, Fault.DATABASE_BUSY, Fault.COMMIT_UNKNOWN, Fault.KILLED_DURING_COMMIT):
            if not simulation.fault(fault, self.name, "transact"):
                continue
            simulation.hit(fault)
            match fault:
                case Fault.DISK_FULL:
                    self.disk.full = True
                case Fault.DATABASE_BUSY:
                    self.disk.busy = True
                case Fault.COMMIT_UNKNOWN:
                    self.disk.astray = True
                case _:
                    self.disk.killed = simulation.choices.among(f"commit {fault.name}", ("before", "after"))
                    simulation.tell(self.name, f"is killed [{fault.title}], {self.disk.killed} it is durable")
            return

    def _tick(self) -> Tick:
        self._attempts += 1
        assert self.run is not None
        attempt_id = AttemptId(f"{self.name}-{self.worker.lives}-{self._attempts}")
        self.begun.add(attempt_id)
        return Tick(
            now=self.now(),
            attempt_id=attempt_id,
            high_water=self.run.high_water,
            jitter=self.simulation.choices.between(f"jitter {self.name}", 0.0, 1.0),
        )

    def _actor(self) -> str:
        assert self.run is not None
        return self.run.terms.owner

    # ----------------------------------------------------------------------------------------------------------- 1C

    def _in_1c(self, task: Task, effect: Any) -> None:
        try:
            answer = self._do_in_1c(effect)
        except BillManager1CError as error:
            self.simulation.hear(error)
            task.resume(None, error)
        else:
            task.resume(answer)

    def _do_in_1c(self, effect: Any) -> Any:
        adapter = self.worker.adapter
        match effect:
            case effects.FindRival():
                return adapter.module_address()
            case effects.OpenChanges(cursor=cursor, since=since):
                handle = len(self._listings)
                opened = adapter.changes(cursor) if since is None else adapter.changes_since(since)
                self._listings[handle] = iter(opened)
                return handle
            case effects.NextBatch(handle=handle):
                self.may_die(Fault.KILLED_DURING_COLLECT, "batch")
                return next(self._listings[handle], None)
            case effects.Acknowledge() | effects.SaveAccounts() if self.is_dry:
                return None
            case effects.Acknowledge(cursor=cursor):
                self.may_die(Fault.KILLED_BETWEEN_COLLECT_AND_ACK, "before", 4.0)
                adapter.acknowledge(cursor)
                self.may_die(Fault.KILLED_BETWEEN_COLLECT_AND_ACK, "after", 4.0)
                return None
            case effects.ReadDocuments(refs=refs):
                self.may_die(Fault.KILLED_DURING_COLLECT, "read")
                return list(adapter.read(refs))
            case effects.ListModulePayments():
                return list(adapter.module_payments())
            case effects.SaveAccounts(subaccounts=subaccounts):
                adapter.save_accounts(subaccounts)
                return True
        raise TypeError(f"a plan asked for {type(effect).__name__}, which nobody can do")


class _Together:
    """Several plans at a time, as many as the policy allows."""

    def __init__(self, process: Process, plans: list[Any], parent: Task) -> None:
        self._process = process
        self._parent = parent
        self._waiting = deque(enumerate(plans))
        self._results: list[Any] = [None] * len(plans)
        self._errors: dict[int, BaseException] = {}
        self._left = len(plans)
        if not plans:
            process.later(0.0, lambda: parent.resume([]))
        for _ in range(min(process.worker.concurrency, len(plans))):
            self._begin()

    def _begin(self) -> None:
        if self._waiting:
            place, plan = self._waiting.popleft()
            self._process.drive(plan, lambda answer, error: self._end(place, answer, error))

    def _end(self, place: int, answer: Any, error: BaseException | None) -> None:
        self._results[place] = answer
        if error is not None:
            self._errors[place] = error
        self._left -= 1
        self._begin()
        if not self._left:
            first = self._errors[min(self._errors)] if self._errors else None
            self._parent.resume(None if first else self._results, first)


class Worker:
    """A machine on which processes of ours come and go."""

    def __init__(
        self, simulation: Simulation, name: str, store: StoreFile, adapter: Any, books: Books, *, concurrency: int
    ) -> None:
        self.simulation = simulation
        self.name = name
        self.file = store
        self.adapter = adapter
        self.books = books
        self.concurrency = concurrency
        #: how far its clock is off, in seconds
        self.offset = 0.0
        #: seconds in which even the clock that never goes back stood still
        self.lost = 0.0
        self.asleep_until = 0.0
        #: somebody had hands on its clock
        self.was_set = False
        #: a breaker stopped its last run
        self.tripped = False
        #: nobody starts it again
        self.retired = False
        self.lives = 0
        self.process: Process | None = None
        #: what to do when a life has ended: the simulation lets another begin
        self.on_death: Callable[[], None] = lambda: None

    def start(self) -> Process:
        """Begin a life. Raises what the store raises when it is opened."""
        self.lives += 1
        disk = Disk()
        self.process = Process(self.simulation, self, self.file.open(disk), disk)
        return self.process

    def stop(self) -> None:
        """End a life in an orderly way."""
        process, self.process = self.process, None
        if process is not None:
            process.alive = False
            process.close()

    def died(self) -> None:
        """Take note that the process is gone."""
        self.process = None
        self.on_death()

    def sleep(self, seconds: float, *, stands_still: bool) -> None:
        """Let nothing happen here for so long: a paused machine, a laptop's lid, a SIGSTOP."""
        self.asleep_until = self.simulation.timeline.time + seconds
        if stands_still:
            self.lost += seconds
