"""One seed: a world, two workers, people, faults; three days in a fraction of a second, the same each time."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Generator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
from sim_adapter import BooksAdapter
from sim_bank import Bank, Line
from sim_books import Agreement, Books, Paper, make_ref
from sim_choices import Choices, Decision
from sim_faults import Fault, Hits
from sim_invariants import Invariants, Violation
from sim_people import People
from sim_store import StoreFile, make_template
from sim_time import HOUR, MINUTE, Timeline
from sim_weather import Weather, fault_of
from sim_wire import Network
from sim_worker import Process, Worker

from billmanager_1c.errors import BillManager1CError, BreakerTripped, StoreTooNew
from billmanager_1c.ledger import AttemptOp, AttemptOutcome, Link, LinkState, Perform, Terms, Verdict
from billmanager_1c.models import ContractId, DocumentKind, DocumentRef
from billmanager_1c.plans.effects import Consult, Now, ask
from billmanager_1c.plans.export import export, is_due
from billmanager_1c.plans.prepare import load_accounts
from billmanager_1c.plans.run import Breaker, Run
from billmanager_1c.testing.billmanager import Installation

DOCUMENTS = 12
ARRIVALS_END = 8 * HOUR
STORM_END = 14 * HOUR
END = 72 * HOUR
CYCLE = HOUR
LEASE = dt.timedelta(minutes=5)
SETTLE = dt.timedelta(minutes=15)
SLACK = 10 * MINUTE
"""What a run of a dozen documents may take."""

_KINDS = tuple(DocumentKind)


@attrs.define
class Result:
    """What a seed came to."""

    seed: int
    violations: list[Violation] = attrs.field(factory=list)
    hits: Hits = attrs.field(factory=Hits)
    digest: str = ""
    events: int = 0
    hours: float = 0.0
    #: of the whole, and of what the simulators themselves worked
    seconds: float = 0.0
    simulator_seconds: float = 0.0
    requests: int = 0
    decisions: list[Decision] = attrs.field(factory=list)
    #: the story for a person to read; empty where all went well
    story: str = ""
    #: after how many events the first promise was broken
    broken_after: int = 0

    def violate(self, invariant: str, what: str) -> None:
        """Note a promise that the seed as a whole has broken."""
        self.violations.append(Violation(invariant, what))


@attrs.define
class Place:
    """A store and who works on it."""

    file: StoreFile
    books: Books
    workers: list[Worker]


class Simulation:
    """One run of one seed."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        template: Path,
        *,
        only: Collection[Decision] | None = None,
        own: Fault | None = None,
        also: Collection[Fault] = (),
        calm: bool = False,
        keep_story: bool = False,
    ) -> None:
        self._keep_story = keep_story
        self.choices = Choices(seed, only=only)
        own = own or fault_of(seed)
        self.weather = Weather(self.choices, own, also=also, calm=calm)
        self.hits = Hits()
        self.violations: list[Violation] = []
        self.timezone = "Europe/Berlin" if Fault.CALENDAR_EDGE in self.weather else "Europe/Moscow"
        start = dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC)
        if Fault.CALENDAR_EDGE in self.weather:
            start = dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC)  # the clocks go back in the night that follows
        self.first_day = dt.date(2025, 1, 1)
        self.timeline = Timeline(start)
        self.auth = self.choices.among("auth", ("authinfo", "session"))
        if Fault.SESSION_EXPIRES in self.weather:
            self.auth = "session"
        self.bank = Bank(self.timeline.now, timezone=self.timezone, installation=self._installation())
        self.invariants = Invariants(self)
        self.bank.watch = self.invariants.on_money
        self.bank.watch_numbers = self.invariants.on_number_again
        self.bank.deletes_nothing = self.choices.happens("deletes nothing", 0.3)
        self.network = Network(self)
        self.now_or_never = self.choices.happens("cron", 0.5)
        self.match_bills = self.choices.happens("match bills", 0.6)
        #: when a payment was made
        self.born: dict[int, float] = {}
        self._lines: dict[Line, tuple[Books, DocumentRef, ContractId]] = {}
        self.all_books: list[Books] = []
        self.stores: dict[str, Place] = {}
        self._folder = folder
        self._template = template
        self.storm = True
        self.drops_fields = self.choices.happens("drops fields", 0.3)
        self._settle_world()
        self.people = People(self)
        #: the greatest id that was ever given
        self._newest = 0

    # -------------------------------------------------------------------------------------------------- the world

    def _installation(self) -> Installation:
        choices = self.choices
        return Installation(
            resets_paydate=choices.happens("resets paydate", 0.2),
            form_shows_subaccount=choices.happens("form shows subaccount", 0.5),
            payers_show_account_id=choices.happens("payers show account", 0.5),
            dead_session=choices.among("dead session", ("access", "auth")),
            delete_refusal=choices.among("delete refusal", ("value", "access")),
            spent_refusal=choices.among("spent refusal", ("value", "access")),
        )

    def _settle_world(self) -> None:
        books = self.add_books("upp")
        self.add_place("first", books, ("w1", "w2"))
        for number in range(1, DOCUMENTS + 1):
            if self.choices.happens(f"document {number}", 1.0):
                at = self.choices.between(f"document {number} comes", 0, ARRIVALS_END)
                self.timeline.at(at, lambda number=number: self._arrives(books, number))

    def add_books(self, base: str) -> Books:
        """Open the books of another infobase."""
        books = Books(base, self.bank.clients, lambda: self.timeline.time)
        self.all_books.append(books)
        return books

    def add_place(self, name: str, books: Books, workers: tuple[str, ...]) -> Place:
        """Install the library once: a store, and workers on it."""
        place = Place(StoreFile(self._folder / f"{name}.db", self._template), books, [])
        window = self.choices.happens(f"window {name}", 0.5)
        adapter = BooksAdapter(books, lambda fault: self._in_1c(fault, name), window=window)
        for worker_name in workers:
            worker = Worker(
                self,
                worker_name,
                place.file,
                adapter,
                books,
                concurrency=self.choices.among("concurrency", (1, 2, 3, 4)),
            )
            worker.on_death = lambda worker=worker: self._wake_later(worker, MINUTE, 20 * MINUTE)
            place.workers.append(worker)
            self._wake_later(worker, 0, 30 * MINUTE)
        self.stores[name] = place
        return place

    def _in_1c(self, fault: Fault, name: str) -> bool:
        if not self.fault(fault, name, weight=3.0):
            return False
        self.hit(fault)
        self.tell("1c", f"answers with trouble [{fault.title}]")
        return True

    def _arrives(self, books: Books, number: int) -> None:
        paper = self.new_paper(books, number)
        self.write(books, paper, "writes")

    def new_paper(self, books: Books, number: int) -> Paper:
        """Make up a document."""
        choices, name = self.choices, f"{books.base} paper {number}"
        kind = _KINDS[number % len(_KINDS)]
        agreements = [each for each in books.agreements.values() if each.subaccount is not None]
        count = 2 if choices.happens(f"{name} two lines", 0.3) else 1
        lines = []
        for place in range(count):
            agreement = choices.among(f"{name} contract", agreements)
            amount = Decimal(int(choices.between(f"{name} amount {place}", 10_000, 900_000))) / 100
            lines.append((agreement.id, amount))
        purpose = f"Оплата по счёту № {number}"
        if choices.happens(f"{name} names a bill", 0.4):
            lines[0], purpose = self.people.clerk.make_bill(books, kind, number % 2, lines[0], name)
        local = self.timeline.now().astimezone(self.bank.zone).replace(tzinfo=None)
        return Paper(
            ref=make_ref(number, kind),
            number=f"{books.base.upper()}-{number:05d}",
            at=local,
            lines=tuple(lines),
            organization=number % 2,
            purpose=purpose,
            incoming_number=str(100 + number) if choices.happens(f"{name} incoming", 0.5) else "",
        )

    def write(self, books: Books, paper: Paper, how: str) -> Paper:
        """Let an accountant write a document."""
        for contract in paper.wanted():
            self._lines[Line.of(books.base, paper.ref, contract)] = (books, paper.ref, contract)
        is_new = paper.ref not in books.papers
        paper = books.write(paper)
        lines = ", ".join(f"{amount} to {contract and contract[-2:]}" for contract, amount in paper.lines)
        self.tell("accountant", f"{how} {paper.title}: {lines}")
        if is_new:
            self.people.see_new_paper(books, paper)
        return paper

    def line(self, books: Books, ref: DocumentRef, contract: ContractId) -> Line:
        """Return the line of a contract of a document."""
        return Line.of(books.base, ref, contract)

    def agreement(self, base: str, contract: ContractId) -> Agreement:
        """Return a contract of one of the infobases."""
        return next(books for books in self.all_books if books.base == base).agreements[contract]

    # --------------------------------------------------------------------------------------------------- the workers

    def _wake_later(self, worker: Worker, low: float, high: float) -> None:
        life = worker.lives
        wait = self.choices.between(f"wait {worker.name}", low, high)
        self.timeline.after(wait, lambda: self.wake(worker, life))

    def wake(self, worker: Worker, life: int | None = None) -> None:
        """Let a worker do what is due, as cron would."""
        if (
            worker.retired
            or life not in (None, worker.lives)
            or (worker.process is not None and worker.process.run is not None)
        ):
            return
        if worker.asleep_until > self.timeline.time:
            self._wake_later(worker, MINUTE, 5 * MINUTE)
            return
        try:
            process = worker.process or worker.start()
            process.store.claim_base(worker.adapter.base)
        except BillManager1CError as error:
            self.hear(error)
            if isinstance(error, StoreTooNew):
                self.hit(Fault.NEWER_SCHEMA)
            worker.stop()
            self.tell(worker.name, f"cannot open the store: {type(error).__name__}")
            self._sleep_until_next(worker)
            return
        process.run = self.make_run(process, now_or_never=self.now_or_never)
        process.began = self.timeline.time
        process.begun = set()
        before, hits = self.bank.asked, len(self.choices.made)
        process.drive(self._cycle(process.run), lambda report, error: self._ended(process, report, error, before, hits))

    def wake_others(self, worker: Worker, seconds: float) -> None:
        """Let the other workers of a store come to the same documents, too."""
        for place in self.stores.values():
            for other in place.workers:
                if other is not worker and other.file is worker.file:
                    self.timeline.after(seconds, lambda other=other: self.wake(other))

    def make_run(self, process: Process, *, now_or_never: bool) -> Run:
        """Make a run as the engine does."""
        worker = process.worker
        return Run(
            terms=Terms(
                base=worker.adapter.base,
                owner=f"{worker.name}:{worker.lives}:{self.timeline.events}",
                lease=LEASE,
                settle=SETTLE,
                retry_first=dt.timedelta(minutes=1),
                retry_last=dt.timedelta(hours=1),
            ),
            export_from=self.first_day,
            now_or_never=now_or_never,
            has_history=True,
            match_bills=self.match_bills,
            patience=max(3, worker.concurrency),
            breaker=Breaker(documents=3) if Fault.MANY_VANISH in self.weather else Breaker(),
        )

    @staticmethod
    def _cycle(run: Run) -> Generator[Any, Any, Any]:
        """Do what ``run_due`` does: accounts once a day, and the export."""
        now = yield from ask(Now())
        if (yield from is_due("accounts", dt.timedelta(days=1), now)):
            yield from ask(Consult(lambda store: store.job_started("accounts", now)))
            yield from load_accounts(now)
            yield from ask(Consult(lambda store: store.job_succeeded("accounts", now)))
        return (yield from export(run))

    def _ended(self, process: Process, report: Any, error: BaseException | None, before: int, hits: int) -> None:
        run, process.run = process.run, None
        assert run is not None
        requests = self.bank.asked - before
        if sum(1 for worker in process.worker_mates() if worker.process and worker.process.run) == 0:
            self.invariants.after_run(process, requests)
        out_of_the_ordinary = [one for one in self.choices.made[hits:] if not one.name.startswith("restart")]
        # What another installation has just made is in doubt here, whatever this one does.
        if run.stopping and len(out_of_the_ordinary) == 1 and not self.hits[Fault.TWO_INSTALLATIONS]:
            self._is_drained(process, run)
        if error is not None:
            self.hear(error)
            self.tell(process.name, f"ends with {type(error).__name__}: {error}"[:160])
        else:
            self.invariants.canary.look("a report", repr(report))
            self.invariants.after_report(process, run, report)
            counts = {name: count for name, count in report.counts.items() if count}
            self.tell(process.name, f"ends: {counts}")
        if isinstance(error, BreakerTripped):
            self.hit(Fault.MANY_VANISH)
            process.worker.tripped = True
            self.timeline.after(30 * MINUTE, self.people.operator.answer_all)
        if self.choices.happens(f"restart {process.name}", 0.3):
            process.worker.stop()
        self._sleep_until_next(process.worker)

    def _sleep_until_next(self, worker: Worker) -> None:
        if self.storm or self.timeline.time < self.calm_until:
            self._wake_later(worker, 20 * MINUTE, CYCLE)
        elif self.timeline.time < END - 4 * HOUR:
            self._wake_later(worker, 10 * HOUR, 14 * HOUR)
        else:
            self._wake_later(worker, 50 * MINUTE, CYCLE)

    def _is_drained(self, process: Process, run: Run) -> None:
        with process.store._transactions.read() as connection:
            leased = connection.execute("SELECT 1 FROM links WHERE lease_owner = ?", (run.terms.owner,)).fetchall()
            # That BILLmanager knows a number is no new doubt: an earlier create ended in it, and is looked for again.
            open_attempts = connection.execute(
                "SELECT id FROM attempts WHERE resolved_by IS NULL AND outcome IS NOT ?",
                (AttemptOutcome.REJECTED.value,),
            ).fetchall()
        left = len(leased) + sum(id in process.begun for (id,) in open_attempts)
        if left:
            self.violation("I4", f"{process.name} was asked to stop and left {left} lines in doubt")

    # -------------------------------------------------------------------------------------------- hooks of the others

    def fault(self, fault: Fault, *where: str, weight: float = 1.0) -> bool:
        """Decide whether a fault happens here and now."""
        return self.storm and self.weather.strikes(fault, " ".join(where), weight)

    def hit(self, fault: Fault) -> None:
        """Count a fault that took effect."""
        self.hits[fault] += 1

    def tell(self, who: str, what: str) -> None:
        """Write a line of the story."""
        self.timeline.tell(who, what.replace(str(self._folder), "…"))

    def hear(self, said: BaseException | str) -> None:
        """Listen to what is raised or said for the password."""
        text = said if isinstance(said, str) else f"{said} {said!r} {said.__dict__!r} {said.__cause__!r}"
        self.invariants.canary.look("an exception", text)

    def violation(self, invariant: str, what: str) -> None:
        """Note that a promise was broken, and stop."""
        self.violations.append(Violation(invariant, what))
        self.tell("!!!", f"{invariant} is broken: {what}")

    def after_transaction(self, process: Process, ref: DocumentRef, verdict: Verdict[Any]) -> None:
        """Look at what was decided, and let the world answer to it."""
        step = verdict.result
        base = process.worker.adapter.base
        if isinstance(step, Perform):
            attempt = step.attempt
            line = Line.of(base, ref, attempt.contract_id)
            if attempt.random_number:
                self.bank.numbers.setdefault(attempt.random_number, line)
            self.tell(
                process.name, f"intends to {attempt.op.value} {self.invariants.name(line)} {attempt.payment_id or ''}"
            )
            if attempt.op is AttemptOp.CREATE:
                self.invariants.before_create(line)
            self.people.see_intent(process, ref, attempt)
        self.invariants.after_transaction(process, ref, verdict.dossier)

    def see_new_payment(self) -> None:
        """Note when the newest payment came to be, and whether its id was given before."""
        newest = self.bank.tables.payments._last_id
        if newest != self._newest:
            if newest in self.born:
                self.hit(Fault.IDS_REUSED)
            self.born[newest] = self.timeline.time
            self._newest = newest

    def take_ids_back(self) -> None:
        """Note that the ids given last will be given again."""
        self._newest = self.bank.tables.payments._last_id

    def after_request(self, who: str, asked: Any) -> None:
        """Note new payments; let whoever asked be killed before the answer comes."""
        if not asked.writes:
            return
        self.see_new_payment()
        for place in self.stores.values():
            for worker in place.workers:
                process = worker.process
                here = worker.name == who and process is not None and process.alive
                if here and self.fault(Fault.KILLED_AFTER_SERVER_COMMIT, who, asked.func, weight=2.0):
                    self.hit(Fault.KILLED_AFTER_SERVER_COMMIT)
                    self.tell(who, f"is killed [{Fault.KILLED_AFTER_SERVER_COMMIT.title}]")
                    process.die()

    # ------------------------------------------------------------------------------------------------ what is asked

    def ref_of(self, line: Line) -> tuple[Books, DocumentRef] | None:
        """Return which document a line is of."""
        found = self._lines.get(line)
        return None if found is None else found[:2]

    def contract_of(self, line: Line) -> ContractId | None:
        """Return the contract of a line."""
        found = self._lines.get(line)
        return None if found is None else found[2]

    def links_of(self, base: str, ref: DocumentRef, contract: ContractId) -> list[Link]:
        """Return what each store of the base remembers of a line."""
        return [link for link in self.all_links_of(base, ref) if link.contract_id == contract]

    def all_links_of(self, base: str, ref: DocumentRef) -> list[Link]:
        """Return what each store of the base remembers of a document."""
        found: list[Link] = []
        for place in self.stores.values():
            if place.books.base == base:
                with place.file.open() as store:
                    found += store.dossier(ref).links.values()
        return found

    def state_of(self, base: str, ref: DocumentRef, contract: ContractId) -> str:
        """Tell where a line stands."""
        links = self.links_of(base, ref, contract)
        return "; ".join(f"{link.state.value} ({link.code}, {link.reason})" for link in links) or "unknown to the store"

    def is_left_to_a_person(self, books: Books, ref: DocumentRef, contract: ContractId) -> bool:
        """Say whether a line rightly waits for a person: one had hands on it."""
        line, people = Line.of(books.base, ref, contract), self.people
        handled = people.clerk.handled.get(line)
        # What a person did to the payment of one installation, and answered there, the other one does not know.
        shared = handled is not None and self.hits[Fault.TWO_INSTALLATIONS] > 0
        told = handled is None or (people.operator.asked.get(line, 0.0) > handled and not shared)
        if self.hits[Fault.IDS_REUSED] and not all(
            link.state in (LinkState.SYNCED, LinkState.ABSENT) for link in self.links_of(books.base, ref, contract)
        ):
            return True  # whose a payment is whose id was given twice, only a person can say
        if line in people.operator.abandoned or line in people.clerk.lost or not told:
            return True
        # What stands for an abandoned line is money of the document: its sisters wait until a person settles it.
        return any(link.abandoned and link.applied for link in self.all_links_of(books.base, ref))

    def excuses(self, line: Line) -> bool:
        """Say whether a person asked for what was done to this line."""
        return line in self.people.operator.asked

    # ------------------------------------------------------------------------------------------------------- the run

    calm_until = 0.0
    storm_end = STORM_END

    def run(self) -> Result:
        """Let three days pass."""
        begun = time.perf_counter()
        logger = logging.getLogger("billmanager_1c")
        logger.addHandler(self.invariants.canary)
        level = logger.level
        logger.setLevel(logging.INFO)
        try:
            self._pass()
        except Exception as crash:  # noqa: BLE001 (a mistake in the program is what is looked for)
            self.violation("crash", "".join(traceback.format_exception(crash)[-4:]))
        finally:
            logger.setLevel(level)
            logger.removeHandler(self.invariants.canary)
            for place in self.stores.values():
                for worker in place.workers:
                    worker.stop()
        return Result(
            seed=self.choices.seed,
            violations=self.violations,
            hits=self.hits,
            digest=self.timeline.digest,
            events=self.timeline.events,
            hours=self.timeline.time / HOUR,
            seconds=time.perf_counter() - begun,
            simulator_seconds=self.bank.seconds,
            requests=self.bank.asked,
            decisions=list(self.choices.made),
            story=self.timeline.story() if self.violations or self._keep_story else "",
            broken_after=self.timeline.events,
        )

    def _pass(self) -> None:
        due = 0.0 if self.now_or_never else HOUR
        # What a node was told to forget, and the store forgot too, is seen when everything is asked for once a day.
        settled = STORM_END + HOUR + (LEASE + SETTLE).total_seconds() + due + 2 * CYCLE + SLACK
        self.calm_until = settled
        stages: list[tuple[float, Callable[[], None]]] = [
            (STORM_END, self._clear_up),
            (settled, lambda: None if self._has_forgotten() else self.invariants.settled()),
            (END, self._finish),
        ]
        for until, then in stages:
            while not self.violations and self.timeline.step(until):
                pass
            if self.violations:
                return
            then()

    def _has_forgotten(self) -> bool:
        nodes = any(place.workers[0].adapter.has_node for place in self.stores.values())
        return nodes and bool(self.hits[Fault.STORE_FROM_YESTERDAY])

    def _clear_up(self) -> None:
        """Let the faults stop, and people mend what they broke."""
        self.storm = False
        self.network.down_until = self.network.stranger_until = 0.0
        self.network.has_proxy = False
        self.bank.faults.disarm()
        self.tell("everybody", "the storm is over")
        self.people.mend()

    def _finish(self) -> None:
        self.invariants.settled()
        self.invariants.no_strays()
        self.invariants.bills_as_they_were()
        self.invariants.at_end()


def simulate(
    seed: int,
    *,
    only: Collection[Decision] | None = None,
    own: Fault | None = None,
    also: Collection[Fault] = (),
    calm: bool = False,
    keep_story: bool = False,
) -> Result:
    """Run a seed from beginning to end."""
    folder = Path(tempfile.mkdtemp(prefix="sim-", dir=_memory()))
    try:
        return Simulation(
            seed, folder, _template(), only=only, own=own, also=also, calm=calm, keep_story=keep_story
        ).run()
    finally:
        shutil.rmtree(folder)


_kept: list[Path] = []


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _template() -> Path:
    if not _kept:
        folder = Path(tempfile.mkdtemp(prefix="sim-template-", dir=_memory()))
        _kept.append(make_template(folder / "empty.db"))
    return _kept[0]
