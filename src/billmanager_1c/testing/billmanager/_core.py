"""The simulated BILLmanager without a wire: a request in, an outcome out, faults on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import attrs

from .._faults import BILLMANAGER_FAULTS, Fault, FaultInjector
from .._wire import CutBody, Outcome, Refused, Reply, Reset, Silence, Slow
from ._element import to_html
from ._installation import Installation
from ._manager import HTML, Manager
from ._payments import Fire
from ._people import People
from ._refusal import Refusal
from ._request import Request, without_secrets
from ._state import LoggedRequest

#: longer answers are not kept to be given to others
_LONG = 100_000


class BillManagerCore(People):
    """State, rules and faults. :meth:`ask` is all that a wire, or a simulation without one, needs."""

    def __init__(
        self,
        *,
        username: str = "1c",
        password: str = "secret",
        timezone: str = "Europe/Moscow",
        clock: Callable[[], datetime] | None = None,
        installation: Installation | None = None,
    ) -> None:
        super().__init__(timezone=timezone, clock=clock, installation=installation or Installation())
        self.faults: FaultInjector = FaultInjector(BILLMANAGER_FAULTS)
        self._stock()
        self.add_employee(username, password)
        self._manager = Manager(self)
        self._late: list[tuple[datetime, Request]] = []
        self._given: deque[tuple[Request, Reply]] = deque(maxlen=32)

    @property
    def login(self) -> tuple[str, str]:
        """The name and the password of the employee it was made with."""
        first = next(iter(self.employees.values()))
        return first.username, first.password

    def ask(self, request: Request) -> Outcome:
        """Answer a request, or leave it without an answer."""
        with self._lock:
            self._commit_late(self.now())
            self._log.append(
                LoggedRequest(
                    method=request.method,
                    func=request.func,
                    params=without_secrets(request.params),
                    at=self.now(),
                    writes=request.writes,
                )
            )

            def fire(fault: Fault) -> Mapping[str, Any] | None:
                return self.faults.fire(fault, request.func, request)

            return self._before(request, fire) or self._after(request, fire)

    def settle(self) -> int:
        """Carry out now what was to be committed late; return how many requests that were."""
        with self._lock:
            return self._commit_late(None)

    # ------------------------------------------------------------------------------------------ faults of the wire

    def _before(self, request: Request, fire: Fire) -> Outcome | None:
        """Return an outcome if the request gets no further."""
        if fire(Fault.DOWN) is not None:
            return Refused()
        if fire(Fault.RESET) is not None:
            return Reset()
        if fire(Fault.TIMEOUT_BEFORE_COMMIT) is not None:
            return Silence()
        if (late := fire(Fault.LATE_COMMIT)) is not None:
            self._late.append((self.now() + timedelta(seconds=cast(float, late["delay"])), request))
            return Silence()
        if fire(Fault.PROXY_502_BEFORE) is not None:
            return _bad_gateway()
        if (redirect := fire(Fault.REDIRECT)) is not None:
            target = (("Location", str(redirect["location"])),)
            return Reply(status=cast(int, redirect["status"]), content_type=HTML, headers=target)
        if (slow := fire(Fault.SLOW_DOWN)) is not None and slow["status"] is not None:
            return Reply(status=cast(int, slow["status"]), content_type=HTML, body=to_html("Too many requests"))
        if slow is not None:
            return self._manager.refuse(Refusal("limit"), request)
        return None

    def _after(self, request: Request, fire: Fire) -> Outcome:
        """Carry the request out, and return what the client gets to see of the answer."""
        if (foreign := fire(Fault.FOREIGN_ANSWER)) is not None:
            self._carry_out_if(foreign, request, fire)
            return self._other(request, foreign["of"])
        if (page := fire(Fault.HTML_200)) is not None:
            self._carry_out_if(page, request, fire)
            return Reply(content_type=HTML, body=to_html("Please wait", "Your browser is being checked."))
        if (empty := fire(Fault.EMPTY_200)) is not None:
            self._carry_out_if(empty, request, fire)
            return Reply()
        if (cut := fire(Fault.TRUNCATED_JSON)) is not None:
            reply = self._carry_out_if(cut, request, fire)
            return attrs.evolve(reply, body=reply.body[: cast("int | None", cut["at"]) or len(reply.body) // 2])
        if (broken := fire(Fault.RESET_AFTER_HEADERS)) is not None:
            return CutBody(self._carry_out_if(broken, request, fire), cast(int, broken["at"]))
        if request.method == "GET" and fire(Fault.PROXY_REPEATS_GET) is not None:
            self._manager.carry_out(request, fire)
        reply = self._manager.carry_out(request, fire)
        if fire(Fault.LOST_ANSWER) is not None:
            return Silence()
        if fire(Fault.PROXY_502_AFTER_COMMIT) is not None:
            return _bad_gateway()
        if len(reply.body) < _LONG:
            self._given.append((request, reply))
        if (slow := fire(Fault.SLOW_ANSWER)) is not None:
            return Slow(reply, cast(float, slow["seconds"]))
        return reply

    def _carry_out_if(self, options: Mapping[str, object], request: Request, fire: Fire) -> Reply:
        """Carry the request out if the fault says so; else nothing happened, and its form is what a body shows."""
        if options["commit"]:
            return self._manager.carry_out(request, fire)
        return self._manager.acknowledge(request)

    def _other(self, request: Request, of: object) -> Reply:
        """Return the answer given last to a request that was another one; where there was none, to nobody's."""
        for asked, reply in reversed(self._given):
            if (asked.func, asked.params) != (request.func, request.params) and of in {None, asked.func}:
                return reply
        nobodys = Request(func=str(of or "keepalive"), params={"out": "json"})
        return self._manager.acknowledge(nobodys)

    def _commit_late(self, now: datetime | None) -> int:
        due = sorted((item for item in self._late if now is None or item[0] <= now), key=lambda item: item[0])
        self._late = [item for item in self._late if item not in due]
        for _, request in due:
            self._manager.carry_out(request, lambda fault: None)
        return len(due)


def _bad_gateway() -> Reply:
    return Reply(status=502, content_type=HTML, body=to_html("502 Bad Gateway"))
