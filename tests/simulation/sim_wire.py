"""The wire to BILLmanager: requests take their time, get lost, come late or twice; answers tell nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sim_faults import Fault
from sim_time import HOUR

from billmanager_1c.errors import (
    AnswerTimedOut,
    BillManager1CError,
    CertificateRefused,
    ConnectionFailed,
    ConnectionLost,
    RedirectRefused,
)
from billmanager_1c.testing import Fault as CoreFault
from billmanager_1c.testing._wire import CutBody, Outcome, Refused, Reply, Reset, Silence, Slow
from billmanager_1c.testing.billmanager._request import Request
from billmanager_1c.transport import WireReply, WireRequest

if TYPE_CHECKING:
    from simulation import Simulation

Resume = Callable[[WireReply | BillManager1CError], None]

#: what the simulator itself does with a request: its name there, and the options to choose among
_IN_CORE: Mapping[Fault, tuple[CoreFault, tuple[dict[str, object], ...]]] = {
    Fault.ANSWER_OF_ANOTHER: (CoreFault.FOREIGN_ANSWER, ({"commit": True}, {"commit": False})),
    Fault.RESET_AFTER_HEADERS: (CoreFault.RESET_AFTER_HEADERS, ({"commit": True}, {"at": 20}, {"commit": False})),
    Fault.TRUNCATED_JSON: (CoreFault.TRUNCATED_JSON, ({"commit": True}, {"commit": False})),
    Fault.HTML_200: (CoreFault.HTML_200, ({"commit": True}, {"commit": False})),
    Fault.EMPTY_200: (CoreFault.EMPTY_200, ({"commit": True}, {"commit": False})),
    Fault.PROXY_502_AFTER_COMMIT: (CoreFault.PROXY_502_AFTER_COMMIT, ({},)),
    Fault.SESSION_EXPIRES: (CoreFault.SESSION_EXPIRES, ({},)),
    Fault.LICENCE_ERROR: (CoreFault.LICENCE_ERROR, ({},)),
    Fault.ACCESS_DENIED: (CoreFault.ACCESS_DENIED, ({},)),
    Fault.SLOW_DOWN: (CoreFault.SLOW_DOWN, ({}, {"status": 429})),
    Fault.REDIRECTED: (CoreFault.REDIRECT, ({},)),
}
_IN_LISTS: Mapping[Fault, tuple[tuple[CoreFault, dict[str, object]], ...]] = {
    Fault.LISTS_STALE: ((CoreFault.STALE_LISTS, {"seconds": 60.0}),),
    Fault.ROWS_SHIFT: ((CoreFault.ROWS_SHIFT, {"by": 1}), (CoreFault.ROWS_SHIFT, {"by": -1})),
    Fault.LIST_CUT: ((CoreFault.LIST_CUT, {}), (CoreFault.STICKY_FILTER, {})),
}
_ON_THE_WAY = (Fault.TIMEOUT_BEFORE_COMMIT, Fault.TIMEOUT_AFTER_COMMIT, Fault.COMMIT_AFTER_WE_GAVE_UP)
_LISTS = frozenset({"payment", "profile", "company", "paymethod", "subaccount"})
CREDIT = "payment.setpaid"


class Network:
    """What lies between the workers and BILLmanager."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        #: nobody listens until then
        self.down_until = 0.0
        #: a stranger's certificate stands in the way until then
        self.stranger_until = 0.0
        #: a proxy that sends every GET twice
        self.has_proxy = False
        #: how often somebody knocked at a closed door
        self.refused = 0

    def send(self, who: str, request: WireRequest, patience: float, resume: Resume) -> None:
        """Send a request; ``resume`` is called once, with the answer or with what a client makes of the trouble."""
        simulation = self._simulation
        timeline, choices = simulation.timeline, simulation.choices
        function = request.function
        if timeline.time < self.down_until:
            self.refused += 1
            simulation.hit(Fault.DOWN_FOR_HOURS)
            timeline.after(0.1, lambda: resume(_error(ConnectionFailed, function)))
            return
        if timeline.time < self.stranger_until:
            simulation.hit(Fault.CERTIFICATE_CHANGED)
            timeline.after(0.1, lambda: resume(_error(CertificateRefused, function)))
            return
        asked = read_request(request)
        fault = self._fault(who, asked)
        way = choices.between(f"way {who}", 0.01, 0.2)
        answered = [False]

        def answer(told: WireReply | BillManager1CError) -> None:
            if not answered[0]:
                answered[0] = True
                resume(told)

        def arrive() -> None:
            outcome = self._arrive(who, asked, fault)
            delay, told = translate(outcome, function, patience)
            if fault is Fault.TIMEOUT_AFTER_COMMIT:
                simulation.hit(fault)
                return
            timeline.after(delay + choices.between(f"back {who}", 0.01, 0.2), lambda: answer(told))

        timeline.after(patience, lambda: answer(_error(AnswerTimedOut, function)))
        if fault is Fault.TIMEOUT_BEFORE_COMMIT:
            simulation.hit(fault)
            simulation.tell(who, f"{function}: lost on the way")
        elif fault is Fault.COMMIT_AFTER_WE_GAVE_UP:
            timeline.after(choices.between(f"late {who}", patience + 1, 600), arrive)
        else:
            timeline.after(way, arrive)

    def _fault(self, who: str, asked: Request) -> Fault | None:
        for fault in _ON_THE_WAY:
            if self._simulation.fault(fault, who, asked.func, weight=3.0 if asked.writes else 0.2):
                return fault
        if asked.func == CREDIT and self._simulation.fault(Fault.CREDIT_CALLED_TWICE, who, asked.func, weight=3.0):
            return Fault.CREDIT_CALLED_TWICE
        return None

    def _arrive(self, who: str, asked: Request, fault: Fault | None) -> Outcome:
        simulation = self._simulation
        bank = simulation.bank
        armed = self._arm(who, asked)
        before = bank.faults.hits
        if asked.writes and asked.method != "POST":
            simulation.violation("P5", f"{asked.func} went by {asked.method}: whoever stands in between may repeat it")
        outcome = bank.ask(asked)
        if asked.writes and self.has_proxy:
            simulation.hit(Fault.PROXY_RESENDS_GETS)
        if (asked.method == "GET" and self.has_proxy) or fault is Fault.CREDIT_CALLED_TWICE:
            if fault is Fault.CREDIT_CALLED_TWICE:
                simulation.hit(fault)
            outcome = bank.ask(asked)
        if armed is not None and bank.faults.hits != before:
            simulation.hit(armed)
        bank.faults.disarm()
        if fault is Fault.COMMIT_AFTER_WE_GAVE_UP:
            simulation.hit(fault)
        if asked.writes or fault or armed:
            trouble = fault or armed
            simulation.tell(
                "bank", f"{asked.func} {_subject(asked)} from {who}" + (f" [{trouble.title}]" if trouble else "")
            )
        simulation.after_request(who, asked)
        return outcome

    def _arm(self, who: str, asked: Request) -> Fault | None:
        simulation = self._simulation
        weight = 2.0 if asked.writes else 0.3
        for fault, (core, options) in _IN_CORE.items():
            if simulation.fault(fault, who, asked.func, weight=weight):
                simulation.bank.faults.arm(core, **simulation.choices.among(f"how {fault.name}", options))
                return fault
        if asked.func in _LISTS:
            for fault, ways in _IN_LISTS.items():
                if simulation.fault(fault, who, asked.func, weight=4.0):
                    core, chosen = simulation.choices.among(f"how {fault.name}", ways)
                    simulation.bank.faults.arm(core, **chosen)
                    return fault
        drops = simulation.drops_fields and simulation.storm and self._is_update(asked)
        if drops and simulation.choices.happens(f"fields dropped {who}", 0.3):
            simulation.bank.faults.arm(CoreFault.DROPS_FIELDS, fields=("amount", "documentnumber", "description"))
            simulation.tell("bank", "drops fields of the next edit without a word")
        return None

    def _is_update(self, asked: Request) -> bool:
        if asked.func != "payment.edit" or not asked.writes or "status" in asked.params:
            return False
        payment = self._simulation.bank.tables.payments.rows.get(int(asked.params.get("elid") or 0))
        return payment is not None and bool(payment.credited)

    def go_down(self, hours: float) -> None:
        """Let nobody through for so long."""
        self.down_until = self._simulation.timeline.time + hours * HOUR


def read_request(request: WireRequest) -> Request:
    """Read a request as the web server does."""
    params = dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True))
    return Request(func=params.get("func", ""), params=params, method=request.method)


def translate(outcome: Outcome, function: str, patience: float) -> tuple[float, WireReply | BillManager1CError]:
    """Say what a client makes of it, as ``transport`` does, and after how many seconds."""
    match outcome:
        case Silence():
            return patience, _error(AnswerTimedOut, function)
        case Reset() | CutBody():
            return 0.0, _error(ConnectionLost, function)
        case Refused():
            return 0.0, _error(ConnectionFailed, function)
        case Slow(response, seconds):
            return seconds, _reply(response, function)
        case Reply():
            return 0.0, _reply(outcome, function)
    raise AssertionError(outcome)


def _reply(reply: Reply, function: str) -> WireReply | BillManager1CError:
    if 300 <= reply.status < 400:
        return _error(RedirectRefused, function)
    headers = {"content-type": reply.content_type, **{name.lower(): value for name, value in reply.headers}}
    return WireReply(status=reply.status, headers=headers, body=reply.body)


def _error(leaf: Any, function: str) -> BillManager1CError:
    error: BillManager1CError = leaf("", system="BILLmanager", function=function)
    return error


def _subject(asked: Request) -> str:
    shown = {
        name: asked.params[name] for name in ("elid", "amount", "status", "randomnumber") if asked.params.get(name)
    }
    return " ".join(f"{name}={value}" for name, value in shown.items())
