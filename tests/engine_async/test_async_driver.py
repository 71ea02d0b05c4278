"""Plans beside each other, and the pace of requests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest
from stages import Colour, Stage, make_world

from billmanager_1c.api import ReadPayment, SetPaid
from billmanager_1c.errors import AnswerTimedOut, BaseLocked, ConnectionFailed, NoFreeSession, StoreBusy
from billmanager_1c.models import PaymentId
from billmanager_1c.onec import ChangeBatch
from billmanager_1c.plans.effects import Consult, Effect, Plan, ReadDocuments, Send, Together, ask
from billmanager_1c.ports.store import Store


@pytest.fixture(params=["blocking", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    """Each of the two engines."""
    colour: Colour = request.param
    return colour


@pytest.fixture
def stage(colour: Colour) -> Iterator[Stage]:
    """A small world."""
    with ExitStack() as stack:
        yield Stage(make_world(clients=2, documents=2), stack, colour=colour)


def carry_out(stage: Stage, plan: Plan[object]) -> object:
    """Drive a plan of the test's own as a verb does."""
    engine = stage.engine
    return engine._carry_out(engine._errand(plan))


class Counter:
    """Counts how many are at it at the same time."""

    def __init__(self, most: int) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()
        #: as many as may be there at once meet here, so that the most is reached for certain
        self.meeting = threading.Barrier(most)

    def meet(self, store: Store) -> None:
        """Wait for the others."""
        self.meeting.wait(30)

    def add(self, number: int) -> None:
        """Count one who comes, or goes."""
        with self._lock:
            self.now += number
            self.most = max(self.most, self.now)


class Crowd:
    """A client whose requests wait for each other, as many as are let through at once."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def send(self, operation: object, *, timeout: float | None = None) -> int:
        """Meet the others."""
        self._counter.add(1)
        self._counter.meeting.wait(30)
        self._counter.add(-1)
        return 0


class AsyncCrowd:
    """The same for async code."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._full = asyncio.Event()

    async def send(self, operation: object, *, timeout: float | None = None) -> int:  # noqa: ASYNC109 -- as the client
        """Meet the others."""
        self._counter.add(1)
        if self._counter.now == self._counter.meeting.parties:
            self._full.set()
        async with asyncio.timeout(30):
            await self._full.wait()
        self._counter.add(-1)
        return 0


def test_a_few_at_a_time(stage: Stage) -> None:
    """Three plans are driven at once for each request of ``concurrency``; answers come in the order of the plans."""
    counter = Counter(12)

    def one(number: int) -> Plan[int]:
        counter.add(1)
        yield from ask(Consult(counter.meet))
        counter.add(-1)
        return number

    def all_of_them() -> Plan[list[int]]:
        return (yield from ask(Together([one(number) for number in range(24)])))

    assert carry_out(stage, all_of_them()) == list(range(24))
    assert counter.most == 12


def test_requests_at_a_time(stage: Stage, colour: Colour) -> None:
    """``concurrency`` requests are under way at once, no more and no fewer, however many plans want to send."""
    counter = Counter(4)
    if colour == "blocking":
        stage.engine._client = Crowd(counter)
    else:
        stage.engine._engine._client = AsyncCrowd(counter)

    def one() -> Plan[object]:
        return (yield from ask(Send(ReadPayment(id=PaymentId(1)))))

    def all_of_them() -> Plan[list[object]]:
        return (yield from ask(Together([one() for _ in range(24)])))

    assert carry_out(stage, all_of_them()) == [0] * 24
    assert counter.most == 4


class Silent:
    """A client that gets no answer."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, operation: object, *, timeout: float | None = None) -> object:
        """Wait for nothing."""
        self.sent += 1
        raise AnswerTimedOut("No answer.", system="BILLmanager", function="payment.setpaid")


class AsyncSilent(Silent):
    """The same for async code."""

    async def send(self, operation: object, *, timeout: float | None = None) -> object:  # noqa: ASYNC109 -- as the client
        """Wait for nothing."""
        return super().send(operation, timeout=timeout)


def test_nobody_knocks_where_nobody_answers(stage: Stage, colour: Colour) -> None:
    """Once so many writes in a row got no answer, those that waited for their turn are not sent: nothing is unknown."""
    client = Silent() if colour == "blocking" else AsyncSilent()
    (stage.engine if colour == "blocking" else stage.engine._engine)._client = client
    run = stage.engine._run()
    refused: list[ConnectionFailed] = []

    def one() -> Plan[None]:
        try:
            yield from ask(Send(SetPaid(id=PaymentId(1))))
        except ConnectionFailed as error:
            refused.append(error)
        except AnswerTimedOut:
            run.silence += 1

    def all_of_them() -> Plan[None]:
        yield from ask(Together([one() for _ in range(24)]))

    stage.engine._carry_out(stage.engine._errand(all_of_them(), run))
    # Four in a row are enough, and three may be under way beside the fourth.
    assert 4 <= client.sent <= 7
    assert len(refused) == 24 - client.sent


def test_one_after_the_other(stage: Stage) -> None:
    """With a concurrency of 1 no plan begins before the one before it has ended."""
    stage.begin_anew(concurrency=1)
    counter = Counter(1)

    def one() -> Plan[None]:
        counter.add(1)
        yield from ask(Consult(counter.meet))
        counter.add(-1)

    def all_of_them() -> Plan[list[None]]:
        return (yield from ask(Together([one() for _ in range(6)])))

    carry_out(stage, all_of_them())
    assert counter.most == 1


def test_the_others_are_run_to_their_ends(stage: Stage) -> None:
    """If plans raise, the rest is finished all the same, and the first of them in order is what is raised."""
    ended: list[int] = []

    def one(number: int) -> Plan[None]:
        yield from ask(Consult(lambda store: store.switch()))
        if number == 1:
            raise BaseLocked
        if number == 0:
            for _ in range(5):
                yield from ask(Consult(lambda store: store.switch()))
            raise NoFreeSession
        for _ in range(10):
            yield from ask(Consult(lambda store: store.switch()))
        ended.append(number)

    def all_of_them() -> Plan[str]:
        try:
            yield from ask(Together([one(number) for number in range(6)]))
        except NoFreeSession:
            return "the first in order"
        return "nothing was raised"

    assert carry_out(stage, all_of_them()) == "the first in order"
    assert sorted(ended) == [2, 3, 4, 5]


def test_trouble_is_thrown_in_where_it_was_asked(stage: Stage) -> None:
    """A plan may catch what its effect raised, and go on; what it does not catch leaves the verb."""

    def busy(store: Store) -> None:
        raise StoreBusy("Somebody else has it.")

    def stubborn() -> Plan[str]:
        try:
            yield from ask(Consult(busy))
        except StoreBusy as error:
            return error.message
        return ""

    assert carry_out(stage, stubborn()) == "Somebody else has it."
    with pytest.raises(StoreBusy, match="Somebody"):
        carry_out(stage, ask(Consult(busy)))


def test_an_effect_that_nobody_knows_is_a_mistake(stage: Stage) -> None:
    """It is no trouble of the wire that would be tried again."""

    class Juggle(Effect[None]):
        pass

    with pytest.raises(TypeError, match="Juggle"):
        carry_out(stage, ask(Juggle()))


def test_a_dry_plan_writes_nothing(stage: Stage) -> None:
    """A plan that is to look only, and would write, is stopped before it is heard."""
    engine = stage.engine
    engine.load_accounts()

    def looks() -> Plan[int]:
        return len((yield from ask(ReadDocuments(()))))

    assert engine._carry_out(engine._errand(looks(), is_dry=True)) == 0
    run = engine._exporting()
    dry = engine._errand(run.plan, run.run, is_dry=True)
    with pytest.raises(AssertionError, match="must not write"):
        engine._carry_out(dry)
    assert stage.bill.writes == 0


def test_requests_keep_their_distance(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """``max_requests_per_second`` holds for all requests of an engine together, whoever sends them."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def pause_in_loop(seconds: float) -> None:
        pause(seconds)
        await sleep(0)

    monkeypatch.setattr(stage.clock, "sleep", pause)
    monkeypatch.setattr(stage.clock, "monotonic", lambda: 1000.0)  # time stands still: turns only get farther away
    monkeypatch.setattr("billmanager_1c.engine._async_driver.asyncio.sleep", pause_in_loop)
    engine = stage.begin_anew(max_requests_per_second=50)
    engine.load_accounts()
    before = len(stage.bill.requests)
    pauses.clear()
    engine.export_payments()
    sent = len(stage.bill.requests) - before
    waited = sorted(pauses)
    # Lists of several pages are one turn; the world is small, and each list has one page.
    assert sent == len(waited) > 10
    gaps = {round(later - earlier, 6) for earlier, later in pairwise(waited)}
    assert gaps == {0.02}


def test_the_adapter_shows_nothing(stage: Stage) -> None:
    """An infobase without documents is no trouble."""

    class Empty:
        base = "upp"

        def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
            return iter(())

        def acknowledge(self, cursor: str) -> None:
            raise AssertionError

        def read(self, refs: object) -> Iterator[object]:
            return iter(())

    report = stage.make_engine(onec=Empty()).export_payments()
    assert set(report.counts.values()) == {0}
