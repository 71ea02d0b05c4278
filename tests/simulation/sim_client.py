"""The production client without waiting: its conversation is driven by events, over the simulated wire."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs
from sim_bank import CANARY, EMPLOYEE
from sim_faults import Fault

from billmanager_1c.api import Dialect, Listing, walk
from billmanager_1c.client._conversation import Conversation, OpenSession, Pause, Session
from billmanager_1c.errors import BillManager1CError
from billmanager_1c.plans.effects import Send
from billmanager_1c.transport import Deadline, WireRequest

if TYPE_CHECKING:
    from sim_worker import Process

TIMEOUT = 30.0
PAGE = 4
"""Rows of a page: few, so that lists have several."""

Then = Callable[[Any, BaseException | None], None]


class Client(Conversation):
    """What to send when is the conversation's; this one only waits in virtual time."""

    def __init__(self, process: Process) -> None:
        simulation = process.simulation
        super().__init__(
            "https://billing.example/billmgr",
            username=EMPLOYEE,
            password=CANARY,
            timezone=simulation.timezone,
            auth=simulation.auth,
            dialect=Dialect(),
            timeout=TIMEOUT,
            language="ru",
            read_retries=2,
        )
        self._process = process
        #: calls that wait for the one that logs in
        self._waiting: list[tuple[OpenSession, Callable[[Any, BaseException | None], None]]] = []
        self._logging_in = False

    def send(self, operation: Any, then: Then) -> None:
        """Send an operation; ``then`` is called with the answer or the error."""
        deadline = Deadline(TIMEOUT, self._process.monotonic)
        _Exchange(self, self._process, self._exchange(operation, deadline), deadline, operation, then).go()

    def open_session(self, wanted: OpenSession, deadline: Deadline, then: Then) -> None:
        """Give a session: the one that all share, or a new one, for which only one call logs in."""
        current = self._current_session(wanted)
        if current is not None:
            then(current, None)
        elif self._logging_in:
            self._waiting.append((wanted, then))
        else:
            self._logging_in = True
            operation = self._log_in()
            exchange = self._exchange(operation, deadline)
            _Exchange(self, self._process, exchange, deadline, operation, lambda *end: self._opened(end, then)).go()

    def _opened(self, end: tuple[Any, BaseException | None], then: Then) -> None:
        self._logging_in = False
        answer, error = end
        if error is None:
            self._session = answer
            then(Session(answer, is_new=True), None)
        else:
            then(None, error)
        waiting, self._waiting = self._waiting, []
        for wanted, other in waiting:
            self.open_session(wanted, Deadline(TIMEOUT, self._process.monotonic), other)


class _Exchange:
    """One exchange under way."""

    def __init__(
        self,
        client: Client,
        process: Process,
        steps: Generator[Any, Any, Any],
        deadline: Deadline,
        operation: Any,
        then: Then,
    ) -> None:
        self._client = client
        self._process = process
        self._steps = steps
        self._deadline = deadline
        self._operation = operation
        self._then = then

    def go(self, answer: Any = None, error: BaseException | None = None) -> None:
        """Take the next step."""
        try:
            effect = self._steps.send(answer) if error is None else self._steps.throw(error)
        except StopIteration as end:
            self._then(end.value, None)
            return
        except BillManager1CError as raised:
            self._then(None, raised)
            return
        process = self._process
        match effect:
            case WireRequest():
                simulation = process.simulation
                simulation.network.send(process.name, effect, max(self._deadline.left(), 0.01), self._came)
                if self._operation.writes:
                    process.may_die(Fault.KILLED_MID_REQUEST, effect.function, 2.0)
            case Pause(seconds=seconds):
                process.later(seconds, self.go)
            case OpenSession():
                self._client.open_session(effect, self._deadline, self.go)

    def _came(self, told: Any) -> None:
        process = self._process
        if isinstance(told, BillManager1CError):
            process.later(0.0, lambda: self.go(None, told))
        else:
            process.later(0.0, lambda: self.go(told))


def walking(listing: Listing[Any], dialect: Dialect) -> Generator[Any, Any, list[Any]]:
    """Read a list to its end, as a plan, in small pages."""
    steps, page, rows = walk(listing_in_small_pages(listing), dialect), None, []
    while True:
        try:
            step = steps.send(page)
        except StopIteration:
            return rows
        if isinstance(step, Listing):
            page = yield Send(step)
        else:
            page = None
            rows += step


def listing_in_small_pages(listing: Listing[Any]) -> Listing[Any]:
    """Return the same question with few rows to a page."""
    return attrs.evolve(listing, page_size=PAGE)
