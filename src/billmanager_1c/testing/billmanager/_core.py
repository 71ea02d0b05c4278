"""The simulated BILLmanager without a wire: a request in, an outcome out, faults on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import attrs

from .._faults import Fault, FaultInjector
from .._wire import CutBody, Outcome, Refused, Reply, Reset, Silence, Slow
from ._access import Access, WrongStep, check_right
from ._catalogues import catalogues
from ._element import Content, Element, to_html, to_json, to_xml
from ._forms import FORMS
from ._installation import Installation
from ._lists import Trouble, answer_list
from ._payments import Fire, PaymentDesk
from ._people import People
from ._records import EmployeeRecord
from ._refusal import Refusal
from ._request import Request, without_secrets
from ._state import LoggedRequest

#: longer answers are not kept to be given to others
_LONG = 100_000

_HTML = "text/html; charset=UTF-8"

#: names that are never fields of a filter
_NOT_FIELDS = frozenset({"func", "out", "lang", "auth", "authinfo", "su", "filter", "sok", "elid", "plid", "time"})


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
        self.faults = FaultInjector()
        self._stock()
        self.add_employee(username, password)
        self._access = Access(self._employees, self.installation)
        self._functions = PaymentDesk(self).functions()
        self._catalogues = catalogues(self.installation)
        self._late: list[tuple[datetime, Request]] = []
        self._given: deque[tuple[Request, Reply]] = deque(maxlen=32)

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
            return Reply(status=cast(int, redirect["status"]), content_type=_HTML, headers=target)
        if (slow := fire(Fault.SLOW_DOWN)) is not None and slow["status"] is not None:
            return Reply(status=cast(int, slow["status"]), content_type=_HTML, body=to_html("Too many requests"))
        if slow is not None:
            return self._write(request, self._refuse(Refusal("limit"), request))
        return None

    def _after(self, request: Request, fire: Fire) -> Outcome:
        """Carry the request out, and return what the client gets to see of the answer."""
        if (foreign := fire(Fault.FOREIGN_ANSWER)) is not None:
            self._carry_out_if(foreign, request, fire)
            return self._other(request, foreign["of"])
        if (page := fire(Fault.HTML_200)) is not None:
            self._carry_out_if(page, request, fire)
            return Reply(content_type=_HTML, body=to_html("Please wait", "Your browser is being checked."))
        if (empty := fire(Fault.EMPTY_200)) is not None:
            self._carry_out_if(empty, request, fire)
            return Reply()
        if (cut := fire(Fault.TRUNCATED_JSON)) is not None:
            reply = self._carry_out_if(cut, request, fire)
            return attrs.evolve(reply, body=reply.body[: cast("int | None", cut["at"]) or len(reply.body) // 2])
        if (broken := fire(Fault.RESET_AFTER_HEADERS)) is not None:
            return CutBody(self._carry_out_if(broken, request, fire), cast(int, broken["at"]))
        if request.method == "GET" and fire(Fault.PROXY_REPEATS_GET) is not None:
            self._carry_out(request, fire)
        reply = self._carry_out(request, fire)
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
            return self._carry_out(request, fire)
        return self._write(request, self._document(request, [("tparams", _tparams(request))]))

    def _other(self, request: Request, of: object) -> Reply:
        """Return the answer given last to a request that was another one; where there was none, to nobody's."""
        for asked, reply in reversed(self._given):
            if (asked.func, asked.params) != (request.func, request.params) and of in {None, asked.func}:
                return reply
        nobodys = Request(func=str(of or "keepalive"), params={"out": "json"})
        return self._write(nobodys, self._document(nobodys, [("ok", ""), ("tparams", _tparams(nobodys))]))

    def _commit_late(self, now: datetime | None) -> int:
        due = sorted((item for item in self._late if now is None or item[0] <= now), key=lambda item: item[0])
        self._late = [item for item in self._late if item not in due]
        for _, request in due:
            self._carry_out(request, lambda fault: None)
        return len(due)

    # ------------------------------------------------------------------------------------------------ the function

    def _carry_out(self, request: Request, fire: Fire) -> Reply:
        try:
            document = self._document(request, [*self._answer(request, fire), ("tparams", _tparams(request))])
        except WrongStep:
            document = self._document(request, [("ok", "func=totp.confirm"), ("tparams", _tparams(request))])
        except Refusal as refusal:
            return self._write(request, self._refuse(refusal, request))
        if request.writes and any(name == "ok" for name, _ in document.children):
            self._writes += 1
        return self._write(request, document)

    def _answer(self, request: Request, fire: Fire) -> list[tuple[str, Content]]:
        """Return the children of the document.

        Raises:
            Refusal: an error is the answer.
            WrongStep: a second factor is wanted first.
        """
        func = request.func
        if fire(Fault.LICENCE_ERROR) is not None:
            raise Refusal("license")
        if func == "auth":
            if fire(Fault.CAPTCHA) is not None:
                raise Refusal("captcha_verification_failed")
            return [("auth", self._access.log_in(request, self.now()))]
        if (request.params.get("auth") or request.cookie) and fire(Fault.SESSION_EXPIRES) is not None:
            self._access.end_sessions()
        employee = self._access.identify(request, self.now())
        if fire(Fault.TWO_FACTOR) is not None:
            raise WrongStep
        if fire(Fault.ACCESS_DENIED) is not None:
            raise Refusal("access", value=func)
        check_right(employee, func)
        if func in self._functions:
            return self._functions[func](request, employee, fire)
        if func in self._catalogues:
            return self._list(request, employee, fire)
        if func in FORMS:
            return self._form(request, employee)
        if func.endswith(".filter") and func.removesuffix(".filter") in self._catalogues:
            return self._set_filter(request, employee)
        return self._service(request, employee)

    def _service(self, request: Request, employee: EmployeeRecord) -> list[tuple[str, Content]]:
        match request.func:
            case "whoami":
                return self._who(employee, request)
            case "keepalive":
                return [("ok", "")]
            case "logon":
                self._access.log_out(request)
                return [("ok", "")]
        if self.installation.unknown_function == "missed":
            raise Refusal("missed", "func", request.func)
        raise Refusal("access", value=request.func)

    def _who(self, employee: EmployeeRecord, request: Request) -> list[tuple[str, Content]]:
        user = {
            "id": str(employee.id),
            "name": employee.username,
            "level": str(employee.level),
            "realname": employee.realname,
            "email": employee.email,
            "lang": request.lang,
        }
        return [
            ("user", Element("", user)),
            ("path", Element(str(employee.id), {"name": employee.username, "level": str(employee.level)})),
            ("mgr", Element("billmgr", {"version": self.installation.version})),
        ]

    def _form(self, request: Request, employee: EmployeeRecord) -> list[tuple[str, Content]]:
        elid = request.params.get("elid", "")
        if request.saves:
            raise Refusal("access", value=request.func, because="The simulator saves no reference data.")
        try:
            shown = FORMS[request.func](self.view(), int(elid), employee, self.installation)
        except (KeyError, ValueError):
            raise Refusal("missed", request.func.removesuffix(".edit"), elid) from None
        return [("elid", elid), *shown.items()]

    # ---------------------------------------------------------------------------------------------------- lists

    def _list(self, request: Request, employee: EmployeeRecord, fire: Fire) -> list[tuple[str, Content]]:
        key = (employee.username, request.func)
        if (left := fire(Fault.STICKY_FILTER)) is not None:
            self._filters[key] = dict(cast("Mapping[str, str]", left["fields"]))
        fields = self._fields(key, request)
        stale = fire(Fault.STALE_LISTS)
        view = self.view(cast(float, stale["seconds"]) if stale is not None else 0)
        shift = fire(Fault.ROWS_SHIFT) if request.params.get("p_num", "1") != "1" else None
        cut = fire(Fault.LIST_CUT)
        trouble = Trouble(
            shift=cast(int, shift["by"]) if shift is not None else 0,
            cut=cut is not None,
            rows=cast("int | None", cut["rows"]) if cut is not None else None,
        )
        listed = self._catalogues[request.func](view, request.lang, self.installation, self.wall().date())
        return answer_list(listed, fields, request.params, self.installation, trouble)

    def _fields(self, key: tuple[str, str], request: Request) -> dict[str, str]:
        """Return the filter that holds: the call's own, else the one that was left on the list."""
        state = request.params.get("filter")
        if state == "off":
            self._filters.pop(key, None)
            return {}
        own = _filter_fields(request)
        if state != "on" or not own:
            return self._filters.get(key, {})
        return own

    def _set_filter(self, request: Request, employee: EmployeeRecord) -> list[tuple[str, Content]]:
        if not request.saves:
            return []
        self._filters[employee.username, request.func.removesuffix(".filter")] = _filter_fields(request)
        return [("ok", "")]

    # ------------------------------------------------------------------------------------------------- documents

    def _document(self, request: Request, children: list[tuple[str, Content]]) -> Element:
        return Element(
            "",
            {
                "lang": request.lang,
                "func": request.func,
                "binary": "/billmgr",
                "host": request.host,
                "themename": "dragon",
                "features": "0f0e0d0c0b0a",
                "notify": "0",
                "theme": "/manimg/dragon/",
            },
            [*children, ("saved_filters", "")],
        )

    def _refuse(self, refusal: Refusal, request: Request) -> Element:
        return self._document(request, [("error", refusal.element(request.lang)), ("tparams", _tparams(request))])

    def _write(self, request: Request, document: Element) -> Reply:
        match request.params.get("out"):
            case "json":
                return Reply(body=to_json("doc", document))
            case "xml" | "devel":
                return Reply(content_type="text/xml; charset=UTF-8", body=to_xml("doc", document))
        return Reply(content_type=_HTML, body=to_html("BILLmanager", request.func))


def _filter_fields(request: Request) -> dict[str, str]:
    fields = {
        name: value
        for name, value in request.params.items()
        if value and name not in _NOT_FIELDS and not name.startswith("p_")
    }
    if fields.get("createdate") != "other":  # the two limits belong to that choice
        fields.pop("createdatestart", None)
        fields.pop("createdateend", None)
    return fields


def _tparams(request: Request) -> Element:
    """Return the echo of the parameters: without the log-in, but with the session."""
    return Element.of({name: value for name, value in request.params.items() if name not in {"authinfo", "password"}})


def _bad_gateway() -> Reply:
    return Reply(status=502, content_type=_HTML, body=to_html("502 Bad Gateway"))
