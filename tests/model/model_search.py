"""The search: every state that two workers, late requests and a bookkeeper can reach with so many faults.

A *fault* is whatever does not happen by itself: a worker is killed, or sleeps past his lease; a request gets no answer
(and takes effect at once, late, or never); nothing leaves the machine; a write is refused, and was done or not; the
document is edited; a person abandons a line. What follows from a fault costs nothing: a late request takes effect
whenever it likes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import NamedTuple

import attrs
from model_bank import CREDITED, Bank, Habits, Reply, Request, listing, read, see, take_effect
from model_core import NOW, OWNERS, Core, Numbers, Turn
from model_papers import CEILING, NAMES, A, Paper
from model_worker import Broken, Read, Tell, Worker, Workers, Write, consult

from billmanager_1c.api import ListPayments
from billmanager_1c.ledger import MADE_SURE_OF, AttemptId, Perform
from billmanager_1c.models import ContractId, QuarantineCode
from billmanager_1c.plans.effects import Consult, Walk

_RUNS = 8
_STEPS = 60


@attrs.frozen(kw_only=True)
class Scenario:
    """What is tried."""

    name: str
    #: what 1C says at first, and what else it may say later
    papers: tuple[Paper, ...]
    habits: Habits = attrs.field(factory=Habits)
    #: begin where the first of them has been delivered in peace
    delivered: bool = False
    #: somebody may abandon a line, and have it tried again
    abandons: bool = False
    faults: int = 2


class State(NamedTuple):
    """Everything there is."""

    dossier: int
    bank: Bank
    #: sent, given up, and able to take effect at any time
    late: tuple[Request, ...]
    workers: tuple[Worker | None, Worker | None]
    #: how many faults are left
    faults: int


class Event(NamedTuple):
    """What happened, to or by whom (0 and 1 are the workers)."""

    who: int | None
    what: str
    detail: object = ""


class Violation(NamedTuple):
    """A state that must not be."""

    claim: str
    #: from the first event to the one that broke it
    events: tuple[Event, ...]
    state: State
    #: what follows when no more faults happen, where only that shows what is wrong
    ending: tuple[Event, ...]
    rest: State


@attrs.define
class Found:
    """What a search has seen."""

    scenario: Scenario
    states: int = 0
    transitions: int = 0
    #: dossiers that look different to the core
    dossiers: int = 0
    #: states in which every worker has died and every late request is lost, each driven to its end
    converged: int = 0
    #: by claim: the first of each, which is a shortest one
    violations: dict[str, Violation] = attrs.field(factory=dict)
    violating_states: int = 0
    #: the search was stopped before it had seen everything
    cut_short: bool = False


class Search:
    """Breadth first, so that the first story told is a shortest one.

    It ends when everything was seen, or a violation with the words ``stop_at``, or ``most_states``.
    """

    def __init__(self, scenario: Scenario, *, stop_at: str | None = None, most_states: int | None = None) -> None:
        self.scenario = scenario
        self.core = Core()
        self.workers = Workers(self.core)
        self._ranks: Numbers[Worker] = Numbers()
        self.papers = {paper.name: paper for paper in scenario.papers}
        self.found = Found(scenario)
        self._stop_at = stop_at
        self._most_states = most_states
        #: the latest undisturbed runs
        self._told: deque[tuple[Event, State]] = deque(maxlen=_STEPS)
        self._judged: dict[tuple[int, Bank], str] = {}
        self._ends: dict[tuple[int, Bank], str] = {}

    # -- breadth first ---------------------------------------------------------------------------------------------

    def run(self) -> Found:
        """Look at every state."""
        dossier, bank = self.core.observe(None, self.scenario.papers[0]), ()
        if self.scenario.delivered:
            dossier, bank, problem = self._whole_run(dossier, bank)
            assert not problem, problem
        first = State(dossier, bank, (), (None, None), self.scenario.faults)
        numbers = {first: 0}
        states: list[State] = [first]
        origins: list[tuple[int, Event, bool]] = [(0, Event(None, "start"), False)]
        place = 0
        while place < len(states):
            state = states[place]
            for event, after, problem in self._events(state):
                self.found.transitions += 1
                claim = problem or self._judge(after)
                if claim:
                    self._report(claim, states, origins, place, event, after)
                    continue
                after, swapped = self._canonical(after)
                if after not in numbers:
                    numbers[after] = len(states)
                    states.append(after)
                    origins.append((place, event, swapped))
            place += 1
            if self._stop_at is not None and any(self._stop_at in claim for claim in self.found.violations):
                break
            if self._most_states is not None and len(states) > self._most_states:
                self.found.cut_short = True
                break
        self.found.states = len(states)
        self.found.dossiers = len(self.core.dossiers)
        self.found.converged = len(self._ends)
        return self.found

    def _report(
        self,
        claim: str,
        states: list[State],
        origins: list[tuple[int, Event, bool]],
        place: int,
        event: Event,
        after: State,
    ) -> None:
        self.found.violating_states += 1
        if claim in self.found.violations:
            return
        way = [place]
        while way[-1]:
            way.append(origins[way[-1]][0])
        events, swapped = [], False
        for number in reversed(way[:-1]):
            events.append(_renamed(origins[number][1], swapped))
            swapped ^= origins[number][2]
        events.append(_renamed(event, swapped))
        rest, ending = after, ()
        if self._standing(after.dossier, after.bank) == "" and claim == self._judge(after):
            rest, ending = self._told_end(after)
        self.found.violations[claim] = Violation(claim, tuple(events), after, ending, rest)

    def _canonical(self, state: State) -> tuple[State, bool]:
        """The two workers are alike: of two states that differ by their names only, keep one."""
        one, two = (0 if worker is None else 1 + self._ranks.number(worker) for worker in state.workers)
        if one <= two:
            return state, False
        return state._replace(dossier=self.core.swap(state.dossier), workers=state.workers[::-1]), True

    # -- what may happen -------------------------------------------------------------------------------------------

    def _events(self, state: State) -> Iterator[tuple[Event, State, str]]:
        for slot, worker in enumerate(state.workers):
            if worker is None:
                yield self._turned(Event(slot, "runs"), state, slot, self._start(state, slot), None)
            else:
                yield from self._work(state, slot, worker)
        for request in dict.fromkeys(state.late):
            bank, _ = take_effect(state.bank, request, self.scenario.habits)
            late = _without(state.late, request)
            yield Event(None, "late", request), state._replace(bank=bank, late=late), ""
        for name, attempts in self.core.unsettled(state.dossier).items():
            yield Event(None, "settles", name), self._settled(state, attempts), ""
        if state.faults:
            yield from self._edits(state)
        if self.scenario.abandons:
            yield from self._decisions(state)

    def _work(self, state: State, slot: int, worker: Worker) -> Iterator[tuple[Event, State, str]]:
        habits = self.scenario.habits
        poorer = state._replace(faults=state.faults - 1)
        match self.workers.next_of(worker):
            case Tell() as tell:
                turn = self._tell(state.dossier, slot, worker, tell)
                yield self._turned(Event(slot, "tells", tell.answer), state, slot, turn, worker, tell)
                if state.faults:
                    yield Event(slot, "killed", "before telling the core"), self._killed(poorer, slot), ""
            case Broken(problem):
                yield Event(slot, "cannot go on"), state, problem
            case Write(request):
                too_late = self._is_late(state, slot, worker)
                if too_late is not None:
                    reply: Reply = "too late to send"
                    yield Event(slot, "does not send", request), _replied(state, slot, worker, reply), ""
                if too_late is True:
                    return
                problem = self._unfounded(state, worker, request)
                bank, reply = take_effect(state.bank, request, habits)
                done = _replied(state._replace(bank=bank), slot, worker, reply)
                yield Event(slot, "sends", (request, reply)), done, problem
                if state.faults:
                    under_way = poorer._replace(late=tuple(sorted((*state.late, request))))
                    yield Event(slot, "no answer", request), _replied(under_way, slot, worker, "no answer"), problem
                    yield Event(slot, "killed", request), self._killed(under_way, slot), problem
                    yield Event(slot, "cannot send", request), _replied(poorer, slot, worker, "not sent"), ""
                    if request[0] in ("delete", "uncredit") and reply == "ok":
                        yield Event(slot, "refused", request), _replied(poorer, slot, worker, "refused"), ""
                    if request[0] in ("edit", "uncredit") and reply == "ok":  # as by a handler that runs after it
                        answered = _replied(poorer._replace(bank=bank), slot, worker, "refused")
                        yield Event(slot, "done and refused", request), answered, problem
            case Read(effect):
                if isinstance(effect, Consult):
                    reply = consult(effect, self.core.dossiers[state.dossier])
                elif isinstance(effect, Walk):
                    assert isinstance(effect.listing, ListPayments)
                    reply = listing(state.bank)
                else:
                    reply = read(state.bank, effect.operation, habits)
                yield Event(slot, "reads", reply), _replied(state, slot, worker, reply), ""
                if state.faults and not isinstance(effect, Consult):
                    yield Event(slot, "cannot read"), _replied(poorer, slot, worker, "no answer"), ""
        if state.faults and self._holds_lease(state, slot):
            asleep = poorer._replace(dossier=self.core.lapse(state.dossier, slot))
            yield Event(slot, "sleeps"), asleep, ""

    def _start(self, state: State, slot: int) -> Turn:
        return self.core.start(state.dossier, slot, self._paper(state.dossier), len(state.bank))

    def _tell(self, dossier: int, slot: int, worker: Worker, tell: Tell) -> Turn:
        paper = self.papers[worker.paper]
        return self.core.tell(dossier, slot, worker.step, paper, worker.newest, tell.high_water, tell.answer)

    def _turned(
        self, event: Event, state: State, slot: int, turn: Turn, worker: Worker | None, tell: Tell | None = None
    ) -> tuple[Event, State, str]:
        """Give a worker what the core said, and let the other one's step grow old if his line was taken."""
        mine, dossier = None, turn.dossier
        if turn.step is None:
            # Whoever ends without giving back what he holds is as good as dead: the next run has another name.
            dossier = self.core.lapse(dossier, slot, killed=True)
        elif worker is None:
            paper = self._paper(state.dossier)
            mine = Worker(turn.step, paper.name, True, (), len(state.bank), False, False)
        else:
            assert tell is not None
            mine = worker._replace(step=turn.step, replies=(), **_run_of(tell))
        other = state.workers[1 - slot]
        if other is not None and turn.taken:
            other = other._replace(step=self.core.step_of_old_fence(other.step, turn.taken))
        workers = (mine, other) if slot == 0 else (other, mine)
        return event, state._replace(dossier=dossier, workers=workers), turn.problem

    def _edits(self, state: State) -> Iterator[tuple[Event, State, str]]:
        old = self._paper(state.dossier).name
        workers = tuple(
            worker and worker._replace(newest=False, step=self.core.step_of_old_revision(worker.step))
            for worker in state.workers
        )
        for paper in self.scenario.papers:
            if paper.name != old:
                dossier = self.core.observe(state.dossier, paper)
                edited = state._replace(dossier=dossier, workers=workers, faults=state.faults - 1)
                yield Event(None, "edited", paper.name), edited, ""

    def _decisions(self, state: State) -> Iterator[tuple[Event, State, str]]:
        for contract, link in self.core.dossiers[state.dossier].links.items():
            name = NAMES[contract]
            if link.abandoned:
                turn = self._retried(state.dossier, state.bank, contract)
                yield from self._decided(Event(None, "retried", name), state, turn)
            elif state.faults:
                turn = self.core.abandon(state.dossier, contract)
                yield from self._decided(Event(None, "abandoned", name), state._replace(faults=state.faults - 1), turn)

    def _decided(self, event: Event, state: State, turn: Turn | None) -> Iterator[tuple[Event, State, str]]:
        if turn is None:
            return
        one, two = (
            worker and worker._replace(step=self.core.step_of_old_fence(worker.step, turn.taken))
            for worker in state.workers
        )
        yield event, state._replace(dossier=turn.dossier, workers=(one, two)), turn.problem

    def _retried(self, dossier: int, bank: Bank, contract: ContractId) -> Turn | None:
        link = self.core.dossiers[dossier].links[contract]
        made_sure_of = link.payment_id is not None and link.state in MADE_SURE_OF
        seen = see(bank, link.payment_id) if made_sure_of and link.payment_id is not None else None
        return self.core.retry(dossier, contract, seen)

    def _settled(self, state: State, attempts: frozenset[AttemptId]) -> State:
        workers = tuple(
            worker and worker._replace(step=self.core.step_too_late(worker.step, attempts)) for worker in state.workers
        )
        late = tuple(request for request in state.late if request[-1] not in attempts)
        return state._replace(dossier=self.core.settle(state.dossier, attempts), late=late, workers=workers)

    def _killed(self, state: State, slot: int) -> State:
        workers = (None, state.workers[1]) if slot == 0 else (state.workers[0], None)
        return state._replace(dossier=self.core.lapse(state.dossier, slot, killed=True), workers=workers)

    def _paper(self, dossier: int) -> Paper:
        record = self.core.dossiers[dossier].record
        assert record is not None
        return self.papers[record.digest]

    def _holds_lease(self, state: State, slot: int) -> bool:
        links = self.core.dossiers[state.dossier].links.values()
        return any(link.lease_owner == OWNERS[slot] and link.lease_until and link.lease_until > NOW for link in links)

    def _is_late(self, state: State, slot: int, worker: Worker) -> bool | None:
        """Say whether a worker may (False) or must (True) find that his time to send is over; None if it is not."""
        step = self.core.steps[worker.step]
        assert isinstance(step, Perform)
        if step.attempt.send_by <= NOW:
            return True
        link = self.core.dossiers[state.dossier].links[step.attempt.contract_id]
        mine = link.lease_owner == OWNERS[slot] and link.lease_until is not None and link.lease_until > NOW
        return None if mine else False

    # -- what must hold --------------------------------------------------------------------------------------------

    def _unfounded(self, state: State, worker: Worker, request: Request) -> str:
        """Say what is wrong with sending this now."""
        step, dossier = self.core.steps[worker.step], self.core.dossiers[state.dossier]
        assert isinstance(step, Perform)
        link, kept = dossier.links[step.attempt.contract_id], dossier.attempts.get(step.attempt.id)
        if kept is None:
            return f"{request[0]} is sent, and no attempt of it is durable"
        overtaken = step.attempt.fence != link.fence
        if not overtaken and not kept.is_open:
            return f"{request[0]} is sent, and its attempt is over"
        if request[0] == "credit" and not overtaken and link.payment_id != request[1]:
            return "a payment is credited that is not bound"
        return ""

    def _judge(self, state: State) -> str:
        """Say what is wrong with a state: now, or in that it cannot come right."""
        key = (state.dossier, state.bank)
        claim = self._judged.get(key)
        if claim is None:
            claim = self._judged[key] = self._standing(*key) or self._end(*key)
        return claim

    def _standing(self, dossier: int, bank: Bank) -> str:
        credited = [(id, row) for id, row in enumerate(bank, 1) if row and row[0] == CREDITED]
        if not credited:
            return ""
        total = sum(row[1] for _, row in credited)
        if total > CEILING:
            return f"more stands credited than the document ever gave: {total}"
        lines: Counter[str] = Counter()
        for id, _ in credited:
            links = self.core.dossiers[dossier].links.values()
            holders = [link for link in links if id in (link.payment_id, link.lingering_id)]
            if not holders:
                return "a payment stands credited that no line knows"
            lines[holders[0].contract_id] += 1
        if any(count > 1 for count in lines.values()):
            return "two payments of one line stand credited"
        return ""

    def _end(self, dossier: int, bank: Bank) -> str:
        """Let everybody die and every late request be lost; then let one worker run until nothing changes."""
        for slot in (0, 1):
            dossier = self.core.lapse(dossier, slot, killed=True)
        key = (dossier, bank)
        end = self._ends.get(key)
        if end is None:
            end = self._ends[key] = self._come_right(dossier, bank)
        return end

    def _told_end(self, state: State) -> tuple[State, tuple[Event, ...]]:
        """Tell how it goes on when no more faults happen."""
        self._told.clear()
        dossier = state.dossier
        for slot in (0, 1):
            dossier = self.core.lapse(dossier, slot, killed=True)
        self._come_right(dossier, state.bank)
        return self._told[-1][1], tuple(event for event, _ in self._told)

    def _come_right(self, dossier: int, bank: Bank) -> str:
        paper = self._paper(dossier)
        for contract, link in self.core.dossiers[dossier].links.items():
            is_kept = link.code is QuarantineCode.CANCEL_REFUSED  # a person settles it with the client
            if (link.abandoned or is_kept) and (turn := self._retried(dossier, bank, contract)) is not None:
                dossier = turn.dossier
        for _ in range(_RUNS):
            before = (dossier, bank)
            dossier = self.core.settle(dossier)
            dossier, bank, problem = self._whole_run(dossier, bank)
            problem = problem or self._standing(dossier, bank)
            if problem:
                return f"after the faults have stopped: {problem}"
            if (dossier, bank) == before:
                break
        else:
            return "after the faults have stopped: it never comes to rest"
        return self._wrong(dossier, bank, paper)

    def _whole_run(self, dossier: int, bank: Bank) -> tuple[int, Bank, str]:
        state = State(dossier, bank, (), (None, None), 0)
        for _ in range(_STEPS):
            slot = 1 if state.workers[0] is None and state.workers[1] is not None else 0
            worker = state.workers[slot]
            if worker is None:
                event, state, problem = self._turned(Event(0, "runs"), state, slot, self._start(state, slot), None)
            else:
                event, state, problem = next(self._work(state, slot, worker))
            self._told.append((event, state))
            if problem or state.workers[slot] is None:
                return state.dossier, state.bank, problem
        return state.dossier, state.bank, "a run never ends"

    def _wrong(self, dossier: int, bank: Bank, paper: Paper) -> str:
        links = self.core.dossiers[dossier].links
        due = {line.contract: (line.amount, line.subaccount) for line in paper.lines}
        for contract, link in links.items():
            row = bank[link.payment_id - 1] if link.payment_id else None
            stands = row[1:3] if row and row[0] == CREDITED else None
            if stands != due.pop(contract, None):
                state = link.state.value
                return (
                    f"it cannot come right: at rest, line {NAMES.get(contract, A)} is {state} and BILLmanager "
                    f"shows {stands} where 1C says {paper.name}"
                )
        return f"it cannot come right: nobody knows of {due}" if due else ""


def _run_of(tell: Tell) -> dict[str, object]:
    return {"high_water": tell.high_water, "proven": tell.proven, "stopped": tell.stopped}


def _replied(state: State, slot: int, worker: Worker, reply: Reply) -> State:
    worker = worker._replace(replies=(*worker.replies, reply))
    return state._replace(workers=(worker, state.workers[1]) if slot == 0 else (state.workers[0], worker))


def _without(late: tuple[Request, ...], request: Request) -> tuple[Request, ...]:
    place = late.index(request)
    return late[:place] + late[place + 1 :]


def _renamed(event: Event, swapped: bool) -> Event:
    return event._replace(who=1 - event.who) if swapped and event.who is not None else event
