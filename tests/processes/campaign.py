"""The campaign: workers on one store are killed again and again while a person changes 1C and the wire fails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random

import attrs
from crew import Crew, Moment, Snare
from town import Person, Town
from watch import Watch, Wrong

from billmanager_1c.testing import Fault

_SNARES = (
    Moment.ANYWHERE,
    Moment.ANYWHERE,
    Moment.LOST,
    Moment.ON_ITS_WAY,
    Moment.COMMITTED,
    Moment.COMMITTED,
    Moment.ANSWERED,
    Moment.ANSWERED,
    Moment.READING,
)
_WEATHER: tuple[tuple[Fault, dict[str, object]], ...] = (
    (Fault.LOST_ANSWER, {}),
    (Fault.LATE_COMMIT, {"delay": 0.5}),
    (Fault.PROXY_502_AFTER_COMMIT, {}),
    (Fault.PROXY_502_BEFORE, {}),
    (Fault.TIMEOUT_BEFORE_COMMIT, {}),
    (Fault.RESET, {}),
    (Fault.RESET_AFTER_HEADERS, {}),
    (Fault.TRUNCATED_JSON, {}),
    (Fault.HTML_200, {}),
    (Fault.EMPTY_200, {}),
    (Fault.FOREIGN_ANSWER, {}),
    (Fault.SLOW_DOWN, {}),
)
_WEATHER_IN_1C = (Fault.ONEC_500, Fault.ONEC_LOCKED, Fault.ONEC_NO_SESSION)
_PATIENCE = 4.0
"""Seconds that a snare waits; then its worker is killed where it stands."""


@attrs.define
class Result:
    """What a campaign came to."""

    seed: int
    kills: int = 0
    naps: int = 0
    crashes: int = 0
    violations: int = 0
    #: what happened, for people; empty where all is well
    story: list[str] = attrs.field(factory=list)
    moments: Counter[str] = attrs.field(factory=Counter)
    faults: Counter[str] = attrs.field(factory=Counter)
    documents: int = 0
    payments: int = 0
    writes: int = 0
    seconds: float = 0.0


@attrs.frozen(kw_only=True)
class Terms:
    """How a campaign is to be run. The same seed draws the same plan; the kernel's clock plays its own part."""

    store: str
    seed: int
    kills: int
    crew: int = 3
    clients: int = 6
    #: kills the database server and starts it again, where there is one
    crash: Callable[[], None] | None = None


def run(terms: Terms, tell: Callable[[Result], None] = lambda result: None) -> Result:
    """Run a campaign to its end, or to the first violation; ``tell`` is called after each kill."""
    result, began = Result(terms.seed), time.monotonic()
    with Crew(size=terms.crew, store=terms.store) as crew:
        town = Town(crew.bill, crew.onec, clients=terms.clients)
        person = Person(town)
        watch = Watch(town, person, terms.store)
        seen: dict[Wrong, None] = {}
        crew.after_write = lambda: seen.update(dict.fromkeys(watch.ledger()))
        with crew.engine() as engine:
            engine.load_accounts()
        for slot in range(terms.crew):
            crew.hire(slot)
        for number in range(terms.kills):
            chance = Random(f"{terms.seed}/{number}")
            moment = _kill_one(crew, person, chance, result)
            if terms.crash is not None and chance.random() < 0.1:
                terms.crash()  # workers lose their connections, some of them between COMMIT and its answer (20)
                result.crashes += 1
            tell(result)
            seen.update(dict.fromkeys([*watch.store(), *map(Wrong, crew.check())]))
            if seen:
                result.story = [f"Kill {number} of seed {terms.seed}, {moment}:", *watch.tell(list(seen))]
                break
        else:
            seen.update(dict.fromkeys(settle(crew, watch)))
            if seen:
                result.story = [f"After all {terms.kills} kills of seed {terms.seed}:", *watch.tell(list(seen))]
        result.violations = len(seen)
        result.faults = crew.bill.faults.hits + crew.onec.faults.hits
        result.documents, result.writes = len(person.papers), crew.bill.writes
        result.payments = sum(1 for payment in crew.bill.payments() if payment.credited)
    result.seconds = round(time.monotonic() - began, 1)
    return result


def _kill_one(crew: Crew, person: Person, chance: Random, result: Result) -> Moment:
    for _ in range(chance.randint(2, 5)):
        person.acts(chance)
    _blow(crew, chance)
    if chance.random() < 0.15:
        sleeper = Snare(Moment.ASLEEP, after=chance.randrange(3))
        crew.lay(slot := chance.randrange(crew.size), sleeper)
        sleeper.sprung.wait(_PATIENCE)
        result.naps += not crew.take(slot)
    slot = chance.randrange(crew.size)
    snare = Snare(chance.choice(_SNARES), after=chance.randrange(4), delay=chance.choice((0, 0.001, 0.003, 0.01, 0.03)))
    if snare.moment is Moment.ANYWHERE:
        time.sleep(chance.uniform(0, 0.8))
    else:
        crew.lay(slot, snare)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and not snare.sprung.wait(chance.uniform(0.05, 0.3)):
            person.acts(chance)  # a worker writes only where there is something to write
    sprung = snare.moment is not Moment.ANYWHERE and not crew.take(slot)
    if sprung:
        snare.sprung.wait(30)
    else:
        crew.strike(slot, Moment.ANYWHERE)
    moment = snare.moment if sprung else Moment.ANYWHERE
    result.moments[moment] += 1
    result.kills += 1
    crew.hire(slot)
    return moment


def _blow(crew: Crew, chance: Random) -> None:
    """Arm some faults of the wire for the next requests that fit."""
    if chance.random() < 0.5:
        fault, options = chance.choice(_WEATHER)
        crew.bill.faults.arm(fault, where=lambda request: request.writes, after=chance.randrange(3), **options)
    if chance.random() < 0.1:
        fault, options = chance.choice(_WEATHER)
        crew.bill.faults.arm(fault, after=chance.randrange(20), **options)
    if chance.random() < 0.1:
        crew.onec.faults.arm(chance.choice(_WEATHER_IN_1C), after=chance.randrange(10))
    if chance.random() < 0.1:
        crew.bill.faults.arm(Fault.STALE_LISTS, where="payment", seconds=5.0)


def settle(crew: Crew, watch: Watch) -> list[Wrong]:
    """No more kills and no more faults: what is left is carried to its end, and everything is counted."""
    crew.dismiss()
    crew.bill.faults.disarm()
    crew.onec.faults.disarm()
    crew.bill.settle()
    with crew.engine() as engine:
        for _ in range(60):
            report = engine.export_payments()
            if not report.problems and not report.counts["postponed"] and not engine.status().depth:
                break
            time.sleep(0.2)  # the lease of a killed worker is a fact of the wall clock
    return watch.end()
