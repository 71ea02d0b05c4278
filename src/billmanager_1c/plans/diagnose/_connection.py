"""Are we let in, as whom, by what, and do the clocks agree?"""

from __future__ import annotations

import datetime as dt

from ...api import AnyFunction, Document, Whoami
from ...errors import (
    AddressNotAllowed,
    BadPassword,
    BillManager1CError,
    CaptchaRequired,
    LoginFailed,
    TwoFactorRequired,
)
from ...models import Employee
from ..effects import Plan, Send, ask
from ._asking import AskLead, tried
from ._notes import Notes, said

_EMPLOYEE, _ROOT, _DEPARTMENT = 29, 30, 28
#: clocks further apart than this make a journal hard to read, and days differ around midnight
_APART = dt.timedelta(minutes=2)

_ADVICE: dict[type[BillManager1CError], str] = {
    BadPassword: "Correct the user name or the password of the client.",
    AddressNotAllowed: "Add this machine's address to the employee's list of allowed addresses in BILLmanager.",
    TwoFactorRequired: "Use an employee of the exchange's own, without two-factor authentication.",
    CaptchaRequired: 'Use auth="authinfo", or switch the captcha off for employees.',
    LoginFailed: (
        "Check the user name, and whether authinfo is restricted (Option RestrictAuthinfo); "
        'auth="session" is the other way in.'
    ),
}


def check_connection(notes: Notes) -> Plan[bool]:
    """Check the log-in; return whether there is any use in going on."""
    asked = "whoami"
    found = yield from tried(Send(Whoami()))
    if isinstance(found, BillManager1CError):
        default = "Check the address and the network; BILLmanager's address usually ends in /billmgr."
        advice = next((text for kind, text in _ADVICE.items() if isinstance(found, kind)), default)
        notes.fails("log_in", asked, said(found), advice)
        return False
    notes.holds("log_in", asked, f"{found.name} (employee {found.id}) is let in by {notes.facts.auth}")
    _check_level(notes, found)
    _check_address(notes)
    document = yield from tried(Send(AnyFunction("whoami", writes=False)))
    _check_versions(notes, found, document)
    notes.lead = yield from ask(AskLead("BILLmanager"))
    check_lead(notes, "clock", "BILLmanager", notes.lead)
    return True


def check_lead(notes: Notes, name: str, system: str, lead: dt.timedelta | None) -> None:
    """Compare a clock with ours. Whole minutes: the same world is told in the same words."""
    asked = f"the Date header of {system}'s answers"
    if lead is None:
        notes.unknown(name, asked, "the answers carry no time", "Compare the clocks by hand.")
    elif abs(lead) <= _APART:
        notes.holds(name, asked, "the clocks agree to within two minutes")
    else:
        minutes, side = round(abs(lead) / dt.timedelta(minutes=1)), "ahead of" if lead > dt.timedelta() else "behind"
        notes.warns(
            name,
            asked,
            f"{system}'s clock is about {minutes} minutes {side} this machine's",
            "Synchronise both clocks by NTP: a payment may get the day before or after.",
        )


def _check_level(notes: Notes, employee: Employee) -> None:
    name, asked = "level", "whoami: user@level"
    if employee.level >= _ROOT:
        notes.warns(
            name,
            asked,
            f"{employee.level}: root may do everything",
            "Make an employee of the exchange's own with the rights it needs.",
        )
    elif employee.level == _EMPLOYEE:
        notes.holds(name, asked, f"{employee.level}: an employee")
    elif employee.level == _DEPARTMENT:
        notes.warns(
            name, asked, f"{employee.level}: a department", "Use an employee, whose doings the history shows by name."
        )
    else:
        notes.fails(
            name,
            asked,
            f"{employee.level}: not on the provider's side",
            "Log in as an employee: a client sees neither other clients nor accounting codes.",
        )


def _check_address(notes: Notes) -> None:
    asked = "the client's address"
    if notes.facts.is_encrypted:
        notes.holds("encryption", asked, "https")
    else:
        notes.warns(
            "encryption", asked, "http: the password can be read on the way", "Use https unless it is a tunnel."
        )


def _check_versions(notes: Notes, employee: Employee, document: Document | BillManager1CError) -> None:
    product, core = employee.version, ""
    versions = document.child("version") if isinstance(document, Document) else None
    if versions is not None:
        core = versions.text("core")
    asked, seen = "whoami: mgr@version", f"BILLmanager {product or '?'} on COREmanager {core or '?'}"
    major = product.partition(".")[0]
    if not product:
        notes.unknown("version", asked, "BILLmanager does not say its version")
    elif major == "5":
        notes.warns("version", asked, seen, "BILLmanager 5 is no longer updated; try the exchange on a copy first.")
    elif major.isdigit() and int(major) < 5:
        notes.fails("version", asked, seen, "Upgrade BILLmanager: this version answers in another way.")
    else:
        notes.holds("version", asked, seen)
