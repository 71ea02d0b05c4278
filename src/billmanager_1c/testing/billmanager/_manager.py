"""What BILLmanager does with a request that got through: who asks, which function, what document it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .._faults import Fault
from .._wire import Reply
from ._access import Access, WrongStep, check_right
from ._catalogues import catalogues
from ._description import describe_form, describe_list, may_further
from ._element import Content, Element, to_html, to_json, to_xml
from ._forms import FORMS
from ._lists import Trouble, answer_list
from ._naming import heard, names_of, spoken
from ._payments import Fire, PaymentDesk
from ._records import EmployeeRecord
from ._refusal import Refusal
from ._request import Request
from ._state import State

HTML = "text/html; charset=UTF-8"

#: names that are never fields of a filter
_NOT_FIELDS = frozenset({"func", "out", "lang", "auth", "authinfo", "su", "filter", "sok", "elid", "plid", "time"})


class Manager:
    """The functions over a state, and the documents they answer with."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._access = Access(state.employees, state.installation)
        self._functions = PaymentDesk(state).functions()
        self._catalogues = catalogues(state.installation)

    def carry_out(self, request: Request, fire: Fire) -> Reply:
        """Do what is asked, and write the answer."""
        try:
            answer = self._described(request, self._answer(heard(request, self._state.installation.names), fire))
            document = self._document(request, [*answer, ("tparams", _tparams(request))])
        except WrongStep:
            document = self._document(request, [("ok", "func=totp.confirm"), ("tparams", _tparams(request))])
        except Refusal as refusal:
            return self.refuse(refusal, request)
        if request.writes and any(name == "ok" for name, _ in document.children):
            self._state.note_write()
        return self.write(request, document)

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
            return [("auth", self._access.log_in(request, self._state.now()))]
        if (request.params.get("auth") or request.cookie) and fire(Fault.SESSION_EXPIRES) is not None:
            self._access.end_sessions()
        employee = self._access.identify(request, self._state.now())
        if fire(Fault.TWO_FACTOR) is not None:
            raise WrongStep
        if fire(Fault.ACCESS_DENIED) is not None:
            raise Refusal("access", value=func)
        check_right(employee, func)
        if request.params.get("out") == "devel" and self._state.installation.devel == "refused":
            raise Refusal("access", value="devel")
        if func in self._functions:
            return self._functions[func](request, employee, fire)
        if func in self._catalogues:
            return self._list(request, employee, fire)
        if func in FORMS:
            return self._form(request, employee)
        if func.endswith(".filter") and func.removesuffix(".filter") in self._catalogues:
            return self._set_filter(request, employee)
        return self._service(request, employee)

    def _described(self, request: Request, children: list[tuple[str, Content]]) -> list[tuple[str, Content]]:
        """Return the answer in the names of this installation, behind a description of it where one is asked for."""
        installation, func = self._state.installation, request.func
        said = spoken(children, func, installation.names)
        if request.params.get("out") != "devel" or installation.devel != "served" or request.saves:
            return said
        own = names_of(func, installation.names)
        if func in self._catalogues:
            employee = self._access.identify(request, self._state.now())
            about = describe_list(func, said, own, employee, request.lang, installation)
        elif func in FORMS or func in self._functions or func.endswith(".filter"):
            about = describe_form(func, said, own, request.lang, installation)
        else:
            about = []
        return [*about, *said]

    def _service(self, request: Request, employee: EmployeeRecord) -> list[tuple[str, Content]]:
        match request.func:
            case "whoami":
                return self._who(employee, request)
            case "employee" if may_further(employee, "employee"):
                return [("elem", Element.of(_staff(row))) for row in self._state.employees.values()]
            case "keepalive":
                return [("ok", "")]
            case "logon":
                self._access.log_out(request)
                return [("ok", "")]
        if self._state.installation.unknown_function == "missed":
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
            ("mgr", Element("billmgr", {"version": self._state.installation.version})),
            ("version", Element.of({"core": Element(self._state.installation.core_version, {"type": "release"})})),
        ]

    def _form(self, request: Request, employee: EmployeeRecord) -> list[tuple[str, Content]]:
        elid = request.params.get("elid", "")
        if request.saves:
            raise Refusal("access", value=request.func, because="The simulator saves no reference data.")
        try:
            shown = FORMS[request.func](self._state.view(), int(elid), employee, self._state.installation)
        except (KeyError, ValueError):
            raise Refusal("missed", request.func.removesuffix(".edit"), elid) from None
        return [("elid", elid), *shown.items()]

    # ---------------------------------------------------------------------------------------------------- lists

    def _list(self, request: Request, employee: EmployeeRecord, fire: Fire) -> list[tuple[str, Content]]:
        key = (employee.username, request.func)
        if (left := fire(Fault.STICKY_FILTER)) is not None:
            self._state.filters[key] = dict(cast("Mapping[str, str]", left["fields"]))
        fields = self._fields(key, request)
        stale = fire(Fault.STALE_LISTS)
        view = self._state.view(cast(float, stale["seconds"]) if stale is not None else 0)
        shift = fire(Fault.ROWS_SHIFT) if request.params.get("p_num", "1") != "1" else None
        cut = fire(Fault.LIST_CUT)
        trouble = Trouble(
            shift=cast(int, shift["by"]) if shift is not None else 0,
            cut=cut is not None,
            rows=cast("int | None", cut["rows"]) if cut is not None else None,
        )
        listed = self._catalogues[request.func](view, request.lang, self._state.installation, self._state.wall().date())
        return answer_list(listed, fields, request.params, self._state.installation, trouble)

    def _fields(self, key: tuple[str, str], request: Request) -> dict[str, str]:
        """Return the filter that holds: the call's own, else the one that was left on the list."""
        state = request.params.get("filter")
        if state == "off":
            self._state.filters.pop(key, None)
            return {}
        own = _filter_fields(request)
        if state != "on" or not own:
            return self._state.filters.get(key, {})
        return own

    def _set_filter(self, request: Request, employee: EmployeeRecord) -> list[tuple[str, Content]]:
        if not request.saves:
            listed = self._catalogues[request.func.removesuffix(".filter")]
            now = self._state.wall().date()
            fields = listed(self._state.view(), request.lang, self._state.installation, now).filters
            return [(name, "") for name in fields]
        self._state.filters[employee.username, request.func.removesuffix(".filter")] = _filter_fields(request)
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

    def refuse(self, refusal: Refusal, request: Request) -> Reply:
        """Write an error as the answer."""
        children: list[tuple[str, Content]] = [("error", refusal.element(request.lang)), ("tparams", _tparams(request))]
        return self.write(request, self._document(request, children))

    def acknowledge(self, request: Request) -> Reply:
        """Write an answer without doing anything: the document around no content."""
        return self.write(request, self._document(request, [("tparams", _tparams(request))]))

    def write(self, request: Request, document: Element) -> Reply:
        """Write the document in the format that was asked for."""
        match request.params.get("out"):
            case "json":
                return Reply(body=to_json("doc", document))
            case "xml" | "devel":
                return Reply(content_type="text/xml; charset=UTF-8", body=to_xml("doc", document))
        return Reply(content_type=HTML, body=to_html("BILLmanager", request.func))


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


def _staff(row: EmployeeRecord) -> dict[str, Content]:
    return {"id": str(row.id), "name": row.username, "realname": row.realname, "email": row.email}


def _tparams(request: Request) -> Element:
    """Return the echo of the parameters: without the log-in, but with the session."""
    return Element.of({name: value for name, value in request.params.items() if name not in {"authinfo", "password"}})
