"""Who asks, and whether he may (billmanager-api.md §1.2, §1.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from ._element import Element
from ._installation import Installation
from ._records import EmployeeRecord
from ._refusal import Refusal
from ._request import Request


class WrongStep(Exception):
    """The user has a second factor: every function but one answers with the way to it."""


@attrs.define
class _Session:
    username: str
    last_used: datetime


class Access:
    """Log-ins and sessions."""

    def __init__(self, employees: Mapping[str, EmployeeRecord], installation: Installation) -> None:
        self._employees = employees
        self._installation = installation
        self._sessions: dict[str, _Session] = {}
        self._issued = 0

    def identify(self, request: Request, now: datetime) -> EmployeeRecord:
        """Return who asks.

        Raises:
            Refusal: a wrong log-in, a dead session, or none.
            WrongStep: a second factor is wanted.
        """
        if authinfo := request.params.get("authinfo"):
            username, _, password = authinfo.partition(":")
            employee = self._check(username, password, request.ip)
        elif session_id := request.params.get("auth") or request.cookie:
            employee = self._resume(session_id, request, now)
        else:
            raise Refusal("auth")
        if employee.two_factor:
            raise WrongStep
        return self._acting_as(employee, request.params.get("su", ""))

    def log_in(self, request: Request, now: datetime) -> Element:
        """Answer ``func=auth``."""
        employee = self._check(request.params.get("username", ""), request.params.get("password", ""), request.ip)
        if employee.captcha:
            raise Refusal("captcha_verification_failed")
        self._issued += 1
        session_id = hashlib.sha256(f"session {self._issued} of {employee.username}".encode()).hexdigest()[:24]
        self._sessions[session_id] = _Session(employee.username, now)
        return Element(session_id, {"id": session_id, "level": str(employee.level)})

    def log_out(self, request: Request) -> None:
        """Answer ``func=logon``: the session ends."""
        self._sessions.pop(request.params.get("auth") or request.cookie, None)

    def end_sessions(self) -> None:
        """End all sessions."""
        self._sessions.clear()

    def _check(self, username: str, password: str, ip: str) -> EmployeeRecord:
        employee = self._employees.get(username)
        if employee is None or employee.password != password:
            raise Refusal("auth", "badpassword")
        if employee.allowed_ips and ip not in employee.allowed_ips:
            raise Refusal("auth", "badip", ip)
        return employee

    def _resume(self, session_id: str, request: Request, now: datetime) -> EmployeeRecord:
        session = self._sessions.get(session_id)
        life = timedelta(seconds=self._installation.session_lifetime)
        if session is None or now - session.last_used > life or session.username not in self._employees:
            self._sessions.pop(session_id, None)
            if self._installation.dead_session == "auth":
                raise Refusal("auth")
            raise Refusal("access", value=request.func)
        session.last_used = now
        return self._employees[session.username]

    def _acting_as(self, employee: EmployeeRecord, other: str) -> EmployeeRecord:
        if not other or other == employee.username:
            return employee
        if other not in self._employees:
            raise Refusal("missed", "user", other)
        if employee.level < 30:
            raise Refusal("access", value="su")
        return self._employees[other]


def check_right(employee: EmployeeRecord, func: str) -> None:
    """Check that the employee may call the function.

    Raises:
        Refusal: he may not.
    """
    if func in employee.denied:
        raise Refusal("access", value=func)
