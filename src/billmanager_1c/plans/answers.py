"""What an exception of a client means: an answer to the core, and what concerns the whole run told to the run."""

from __future__ import annotations

from typing import TypeVar

from ..errors import (
    AccessDenied,
    BillManager1CError,
    BillManagerError,
    BreakerTripped,
    LicenseProblem,
    LoginFailed,
    NotSaved,
    NotSent,
    ObjectExists,
    ObjectMissing,
    PaymentAlreadyMade,
    Repeat,
    SessionExpired,
    SlowDown,
    UnknownFunction,
    WireError,
)
from ..ledger import Answer, Failed, LinkState, Refused, Trouble
from ..models import QuarantineCode
from .effects import Plan
from .run import Run


def explain(error: BillManager1CError, run: Run, *, created: bool = True) -> Answer:
    """Turn an exception of a client into an answer to the core; what concerns the whole run is told to the run."""
    if isinstance(error, WireError):
        run.silence += 1
        if error.repeat is Repeat.NEVER:
            run.fatal = error
        trouble = Trouble.NOT_SENT if isinstance(error, NotSent) else Trouble.UNKNOWN
        return Failed(trouble=trouble, reason=error.message)
    if isinstance(error, SlowDown | LicenseProblem | SessionExpired):
        run.silence += 1
        return Failed(trouble=Trouble.LATER, reason=error.message)
    if isinstance(error, AccessDenied) and not is_about_right(error):
        return Refused(reason=error.message)
    if isinstance(error, LoginFailed | AccessDenied | UnknownFunction):
        run.fatal = error
        return Failed(trouble=Trouble.LATER, reason=error.message)
    if isinstance(error, NotSaved):
        # A form came back. It may be the answer to the reading before, and the write may have been done.
        return Failed(trouble=Trouble.UNKNOWN, reason=error.message)
    if isinstance(error, PaymentAlreadyMade) or (isinstance(error, ObjectExists) and not created):
        # Which of the two is answered to a number that is known is assumed (billmanager-api.md §8, 24).
        return Failed(trouble=Trouble.EXISTS, reason=error.message)
    if isinstance(error, ObjectMissing) and created and is_payment(error):
        note_vanished(run)
        return Refused(
            state=LinkState.REMOTE_MISSING,
            code=QuarantineCode.REMOTE_MISSING,
            reason=f"Somebody deleted our payment in BILLmanager. Decide what to do with it. ({error.message})",
        )
    if isinstance(error, BillManagerError):
        return Refused(reason=error.message)
    raise error


_NO_PAYMENT = frozenset(
    {
        *("profile", "paymethod", "company", "account", "project", "subaccount", "currency"),
        *("sender", "recipient"),  # so the form of a payment calls payer and company
    }
)


def is_payment(error: ObjectMissing) -> bool:
    """Say whether it is the payment that is missing, and not something that it was to refer to."""
    return error.object not in _NO_PAYMENT


def is_about_right(error: AccessDenied) -> bool:
    """Say whether a right is missing: the same type is said of one client's object too (billmanager-api.md §8, 23)."""
    return error.object not in {*_NO_PAYMENT, "payment"}


def note_vanished(run: Run) -> None:
    """Count a payment of ours that somebody else deleted; many at once stop the run."""
    run.vanished += 1
    if run.fatal is None and run.breaker is not None and run.breaker.trips(run.vanished, run.linked):
        run.fatal = BreakerTripped(
            f"{run.vanished} of our payments are gone from BILLmanager, and it was not us: it may have been restored "
            "from a backup. Find out; then have them made again with engine.retry(ref)."
        )


_R = TypeVar("_R", bound=Answer | None)


def in_doubt(rest: Plan[_R], run: Run) -> Plan[_R | Failed]:
    """Go on after a write: trouble from here on leaves the end unknown, whatever it says of the last call."""
    try:
        return (yield from rest)
    except ObjectMissing:
        raise
    except BillManager1CError as error:
        said = explain(error, run)
        reason = said.reason if isinstance(said, Failed | Refused) else error.message
        return Failed(trouble=Trouble.UNKNOWN, reason=reason)
