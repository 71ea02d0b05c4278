"""The production transitions, called on dossiers of which only what matters is kept.

The transitions are those of :mod:`billmanager_1c.ledger`, never a copy. What is done here is to give two dossiers that
behave alike one form, so that there are finitely many of them:

- time stands still at ``NOW``: a moment is past or to come, and letting time pass is moving a moment into the past;
- a fence is the present one or an old one, a revision is the newest or an old one;
- what nobody reads again (how an ended attempt ended, sentences for people) is left out.

Each dossier and each step has a number, and each call is made once: the transitions are pure.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar

import attrs
from model_papers import NAMES, REF, Paper

from billmanager_1c import ledger
from billmanager_1c.ledger import (
    Answer,
    Attempt,
    AttemptId,
    AttemptOp,
    AttemptOutcome,
    Dossier,
    Failed,
    Finished,
    Link,
    Look,
    LookBack,
    LookedBack,
    Moved,
    Perform,
    ResolvedBy,
    Seen,
    Step,
    Terms,
    Tick,
    Trouble,
)
from billmanager_1c.models import ContractId, PaymentId

T = TypeVar("T", bound=Hashable)

NOW = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
PAST, FUTURE = NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1)
OWNERS = ("worker 1", "worker 2")
#: whoever was killed: his leases have run out, as there is nothing else that could happen to them
DEAD = "killed"
_FENCE = 1_000
_NEWEST, _OLD = 2, 1


def terms(owner: str) -> Terms:
    """The terms of a run."""
    minute = dt.timedelta(minutes=1)
    return Terms(
        base="upp", owner=owner, lease=5 * minute, settle=15 * minute, retry_first=minute, retry_last=60 * minute
    )


class Numbers(list[T]):
    """Values by number, and numbers by value."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Hashable, int] = {}

    def number(self, value: T, key: Hashable = None) -> int:
        """Return the number of a value, of which the key stands for all that matters."""
        key = value if key is None else key
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self)
            self.append(value)
        return number


class Turn(NamedTuple):
    """What a transition made."""

    dossier: int
    #: what the worker is to do; None where it is done
    step: int | None = None
    #: the lines that were taken over: what others still hold of them is of an old fence
    taken: frozenset[ContractId] = frozenset()
    #: what the transition must not do, and did
    problem: str = ""


class Core:
    """The production core over numbered dossiers."""

    def __init__(self) -> None:
        self.dossiers: Numbers[Dossier] = Numbers()
        self.steps: Numbers[Step] = Numbers()
        self._papers: dict[str, Dossier] = {}
        self._done: dict[Hashable, int] = {}
        self._turns: dict[Hashable, Turn] = {}
        self._unsettled: dict[int, dict[str, frozenset[AttemptId]]] = {}

    # -- transitions ---------------------------------------------------------------------------------------------

    def observe(self, dossier: int | None, paper: Paper) -> int:
        """Take in what 1C shows."""
        before = Dossier(ref=REF) if dossier is None else self.dossiers[dossier]
        verdict = ledger.observe(before, paper.sighting, paper.document, _tick(before, 0))
        return self._keep(verdict.dossier)

    def start(self, dossier: int, slot: int, paper: Paper, high_water: int) -> Turn:
        """Begin a run of a worker."""

        def call(before: Dossier) -> ledger.Verdict[Step]:
            wants, tick = paper.wants(before), _tick(before, high_water)
            return ledger.start(before, wants, _NEWEST, terms(OWNERS[slot]), tick, now_or_never=True)

        return self._turn(("start", dossier, slot, high_water), dossier, call)

    def tell(
        self, dossier: int, slot: int, step: int, paper: Paper, newest: bool, high_water: int, answer: object
    ) -> Turn:
        """Tell the core how a step went; ``newest`` says whether the paper is still what 1C says."""
        asked, revision = self.steps[step], _NEWEST if newest else _OLD

        def call(before: Dossier) -> ledger.Verdict[Step]:
            rest = (paper.wants(before), revision, terms(OWNERS[slot]), _tick(before, high_water))
            if isinstance(answer, LookedBack):
                return ledger.look_back(before, answer, *rest)
            if answer is None:  # it could not be read again: as plans.deliver has it, another run will
                return ledger.Verdict(before, Finished(dossier=before, busy=True))
            assert isinstance(asked, Perform | Look) and isinstance(answer, Answer)
            verdict = ledger.proceed(before, asked.attempt, answer, *rest)
            if _is_taken_twice(verdict.dossier):  # the store refuses it, and plans.deliver says this instead
                unknown = Failed(trouble=Trouble.UNKNOWN, reason="taken")
                verdict = ledger.proceed(before, asked.attempt, unknown, *rest)
            return verdict

        return self._turn((dossier, slot, step, paper.name, newest, high_water, answer), dossier, call)

    def _turn(self, key: Hashable, dossier: int, call: Callable[[Dossier], ledger.Verdict[Step]]) -> Turn:
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = self._make_turn(dossier, call)
        return turn

    def _make_turn(self, number: int, call: Callable[[Dossier], ledger.Verdict[Step]]) -> Turn:
        before = self.dossiers[number]
        try:
            verdict = call(before)
        except AssertionError as error:
            return Turn(number, problem=f"the core contradicts itself: {error!r}")
        after, step = verdict.dossier, verdict.result
        taken = frozenset(id for id, link in after.links.items() if id in before.links and link.fence > _FENCE)
        kept = self._keep(after)
        problem = _problem(after)
        if isinstance(step, Moved | Finished):
            return Turn(kept, None, taken, problem)
        if isinstance(step, Perform) and after.attempts.get(step.attempt.id) != step.attempt:
            problem = problem or f"{step.attempt.op.value} is to be sent, and no attempt of it is durable"
        return Turn(kept, self.steps.number(_normal_step(step, after)), taken, problem)

    # -- what a person decides ------------------------------------------------------------------------------------

    def abandon(self, dossier: int, contract: ContractId) -> Turn | None:
        """Take a line out of the exchange; None where that is refused."""
        return self._decided(dossier, lambda before: ledger.abandon(before, contract, "a reason", _tick(before, 0)))

    def retry(self, dossier: int, contract: ContractId, seen: Seen | None) -> Turn | None:
        """Have a line tried again; ``seen`` is its payment, just read. None where that is refused."""
        return self._decided(dossier, lambda before: ledger.retry(before, contract, seen, None, _tick(before, 0)))

    def _decided(self, number: int, call: Callable[[Dossier], ledger.Verdict[str]]) -> Turn | None:
        before = self.dossiers[number]
        verdict = call(before)
        if verdict.result:
            return None
        taken = frozenset(id for id, link in verdict.dossier.links.items() if link.fence > _FENCE)
        return Turn(self._keep(verdict.dossier), None, taken, _problem(verdict.dossier))

    # -- what befalls dossiers and steps ---------------------------------------------------------------------------

    def _once(self, key: Hashable, make: Callable[[], int]) -> int:
        number = self._done.get(key)
        if number is None:
            number = self._done[key] = make()
        return number

    def _with_links(self, dossier: int, change: Callable[[Link], Link]) -> int:
        known = self.dossiers[dossier]
        for link in known.links.values():
            known = known.with_link(change(link))
        return self._keep(known)

    def lapse(self, dossier: int, slot: int, *, killed: bool = False) -> int:
        """Let the leases of a worker run out; with ``killed`` he will never come back."""
        owner = OWNERS[slot]
        heir = DEAD if killed else owner

        def change(link: Link) -> Link:
            return attrs.evolve(link, lease_owner=heir, lease_until=PAST) if link.lease_owner == owner else link

        return self._once(("lapse", dossier, slot, killed), lambda: self._with_links(dossier, change))

    def swap(self, dossier: int) -> int:
        """Let the two workers change their names."""
        other = dict(zip(OWNERS, reversed(OWNERS), strict=True))

        def change(link: Link) -> Link:
            return attrs.evolve(link, lease_owner=other.get(link.lease_owner or "", link.lease_owner))

        return self._once(("swap", dossier), lambda: self._with_links(dossier, change))

    def unsettled(self, dossier: int) -> dict[str, frozenset[AttemptId]]:
        """Name the payments to which something may have been sent that can still take effect, and what was sent.

        Only what has ended, or is being looked for, is named: time never passes for what is just being sent. And only
        where something did not end well: nothing else is ever waited for.
        """
        found = self._unsettled.get(dossier)
        if found is None:
            found = self._unsettled[dossier] = _unsettled(self.dossiers[dossier])
        return found

    def settle(self, dossier: int, some: frozenset[AttemptId] | None = None) -> int:
        """Let the time pass after which these attempts, or all there are, can take effect no more."""

        def make() -> int:
            known = self.dossiers[dossier]
            attempts = known.attempts.keys() if some is None else some
            for id in attempts:
                known = known.with_attempt(attrs.evolve(known.attempts[id], send_by=PAST, settle_after=PAST))
            settled = {known.attempts[id].payment_id for id in attempts}
            for link in known.links.values():
                if link.lingering_id in settled:
                    known = known.with_link(attrs.evolve(link, lingering_until=PAST))
            return self._keep(known)

        return self._once(("settle", dossier, some), make)

    def step_of_old_fence(self, step: int, taken: frozenset[ContractId]) -> int:
        """Return a step as it is for one whose line was taken over by another."""
        known = self.steps[step]
        if isinstance(known, LookBack) or known.attempt.contract_id not in taken:
            return step
        return self._once(("taken", step), lambda: self._step(known, fence=0))

    def step_of_old_revision(self, step: int) -> int:
        """Return a step as it is for one that knows an earlier revision."""
        known = self.steps[step]
        if isinstance(known, LookBack):
            return step
        return self._once(("older", step), lambda: self._step(known, target_rev=_OLD))

    def step_too_late(self, step: int, ended: frozenset[AttemptId]) -> int:
        """Return a step as it is when nothing of these attempts may be sent any more."""
        known = self.steps[step]
        if isinstance(known, LookBack) or known.attempt.id not in ended:
            return step
        return self._once(("settled", step), lambda: self._step(known, send_by=PAST, settle_after=PAST))

    def _step(self, step: Perform | Look, **changes: object) -> int:
        attempt = attrs.evolve(step.attempt, **changes)
        link = attrs.evolve(step.link, fence=attempt.fence)
        return self.steps.number(attrs.evolve(step, attempt=attempt, link=link))

    # -- the one form ----------------------------------------------------------------------------------------------

    def _keep(self, dossier: Dossier) -> int:
        record = dossier.record
        assert record is not None
        newest = record.observed_rev
        links = {id: _normal_link(link, newest) for id, link in dossier.links.items()}
        attempts = {id: _normal_attempt(attempt, dossier) for id, attempt in dossier.attempts.items()}
        first = self._papers.setdefault(
            record.digest, attrs.evolve(dossier, record=attrs.evolve(record, observed_rev=_NEWEST))
        )
        kept = attrs.evolve(dossier, record=first.record, links=links, attempts=attempts)
        return self.dossiers.number(kept, (record.digest, tuple(links.values()), tuple(attempts.values())))


def _unsettled(dossier: Dossier) -> dict[str, frozenset[AttemptId]]:
    sent: dict[str, set[AttemptId]] = {}
    waited_for = {f"payment {link.lingering_id}" for link in dossier.links.values() if link.lingering_until == FUTURE}
    for attempt in dossier.attempts.values():
        # A create is looked for as long only where BILLmanager said that it knows it.
        known = attempt.op is not AttemptOp.CREATE or attempt.outcome is AttemptOutcome.REJECTED
        looked_for = attempt.is_open and known and dossier.links[attempt.contract_id].state.is_unknown
        if attempt.settle_after != FUTURE or (attempt.is_open and not looked_for):
            continue
        link = dossier.links[attempt.contract_id]
        name = f"payment {attempt.payment_id}" if attempt.payment_id else f"line {NAMES[link.contract_id]}"
        sent.setdefault(name, set()).add(attempt.id)
        in_doubt = attempt.outcome is not AttemptOutcome.OK and attempt.resolved_by is ResolvedBy.LOOKUP
        if looked_for or (in_doubt and attempt.payment_id is not None and attempt.payment_id == link.payment_id):
            waited_for.add(name)
    return {name: frozenset(sent[name]) for name in sorted(waited_for) if name in sent}


def _tick(dossier: Dossier, high_water: int) -> Tick:
    name = len(dossier.attempts) + 1
    extra = {"random_number": f"r{name:011d}"} if "random_number" in attrs.fields_dict(Tick) else {}
    return Tick(now=NOW, attempt_id=AttemptId(f"a{name}"), high_water=high_water, **extra)


def _normal_link(link: Link, newest: int) -> Link:
    refused = link.refused_rev
    return _with(
        link,
        fence=_FENCE,
        applied_rev=_NEWEST if link.applied_rev >= newest else 0,
        written_rev=_NEWEST if link.written_rev == newest else 0,
        refused_rev=None if refused is None else _NEWEST if refused >= newest else _OLD,
        failures=min(link.failures, 1),
        next_attempt_at=_normal(link.next_attempt_at),
        lease_until=_normal(link.lease_until),
        lingering_until=_normal(link.lingering_until),
        reason="",
    )


def _normal_attempt(attempt: Attempt, dossier: Dossier) -> Attempt:
    record, link = dossier.record, dossier.links[attempt.contract_id]
    assert record is not None
    fence = _FENCE if attempt.fence == link.fence else 0
    target_rev = _NEWEST if attempt.target_rev == record.observed_rev else _OLD
    return _with(
        attempt,
        started_at=NOW,
        send_by=_normal(attempt.send_by),
        settle_after=_normal(attempt.settle_after),
        detail="",
        # Of an ended attempt nobody asks under which fence it was made, nor from which revision.
        fence=fence if attempt.is_open else 0,
        target_rev=target_rev if attempt.is_open else 0,
    )


R = TypeVar("R", Link, Attempt)


def _with(record: R, **changes: object) -> R:
    """Evolve, but only where there is something to change: this is where the time of a search goes."""
    new = {name: value for name, value in changes.items() if getattr(record, name) != value}
    return attrs.evolve(record, **new) if new else record


def _normal_step(step: Perform | Look | LookBack, dossier: Dossier) -> Step:
    if isinstance(step, LookBack):
        return step
    record = dossier.record
    assert record is not None
    attempt = _normal_attempt(step.attempt, dossier)
    return attrs.evolve(step, attempt=attempt, link=_normal_link(step.link, record.observed_rev))


def _normal(moment: dt.datetime | None) -> dt.datetime | None:
    if moment is None:
        return None
    return FUTURE if moment > NOW else PAST


def _held(dossier: Dossier) -> Counter[PaymentId]:
    """Count the lines that have a payment, bound or lingering."""
    pairs = (id for link in dossier.links.values() for id in {link.payment_id, link.lingering_id})
    return Counter(id for id in pairs if id is not None)


def _is_taken_twice(dossier: Dossier) -> bool:
    return any(count > 1 for count in _held(dossier).values())


def _problem(dossier: Dossier) -> str:
    """Say what a dossier must never be."""
    opened = Counter(attempt.contract_id for attempt in dossier.attempts.values() if attempt.is_open)
    if any(count > 1 for count in opened.values()):
        return "a line has two open attempts"
    if _is_taken_twice(dossier):
        return "a payment is bound to two lines"
    return ""
