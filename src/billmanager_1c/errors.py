"""Every exception this library raises, in one tree.

.. code-block:: text

    BillManager1CError
    ├── SettingsError                 NEVER       a setting is missing or wrong
    │   └── UnknownConfiguration      NEVER       no such 1C configuration is known
    ├── WireError                                 the conversation itself went wrong
    │   ├── NotSent                               nothing left this machine
    │   │   ├── ConnectionFailed      FREELY      refused, unreachable, no such host
    │   │   ├── CertificateRefused    NEVER       the server's certificate is not trusted
    │   │   └── DeadlinePassed        FREELY      our own deadline came before the first byte
    │   ├── RedirectRefused           NEVER       the server points elsewhere; we do not follow
    │   ├── NoAnswer                              sent, and then silence
    │   │   ├── AnswerTimedOut        LOOK_FIRST  no whole answer before the deadline
    │   │   └── ConnectionLost        LOOK_FIRST  closed or reset before the whole answer came
    │   └── UnreadableAnswer                      an answer came, and it does not say what happened
    │       ├── ServerFailed          LOOK_FIRST  an HTTP status of 5xx, or one nobody expects
    │       ├── HtmlAnswer            LOOK_FIRST  a page where data was expected
    │       ├── EmptyAnswer           LOOK_FIRST  no body
    │       ├── TruncatedAnswer       LOOK_FIRST  the body stops in the middle, or is no JSON
    │       ├── OversizeAnswer        LOOK_FIRST  the body is larger or deeper than we read
    │       ├── ForeignAnswer         LOOK_FIRST  the answer to somebody else's question
    │       └── BadReply              LOOK_FIRST  well-formed, but a required field is missing or wrong
    ├── BillManagerError                          BILLmanager read the request and said no
    │   ├── LoginFailed
    │   │   ├── BadPassword           NEVER       wrong user name or password
    │   │   ├── AddressNotAllowed     NEVER       this machine's IP is not on the employee's list
    │   │   ├── TwoFactorRequired     NEVER       the account asks for a one-time code
    │   │   ├── CaptchaRequired       NEVER       the login form is behind a captcha
    │   │   └── SessionExpired        FREELY      the session ended; nothing was done
    │   ├── AccessDenied              NEVER       no right to this function
    │   ├── UnknownFunction           NEVER       this installation has no such function
    │   ├── ObjectMissing             NEVER       no object with this id
    │   ├── ObjectExists              NEVER       the object is already there
    │   ├── InvalidValue              NEVER       a field has a value BILLmanager refuses
    │   ├── NotSaved                  NEVER       the form came back instead of ``ok``: nothing was saved
    │   ├── MethodUnavailable         NEVER       the payment method cannot be used here
    │   ├── PaymentAlreadyMade        LOOK_FIRST  a payment with this random number exists
    │   ├── SlowDown                  FREELY      too many requests, or a limit; come back later
    │   ├── LicenseProblem            FREELY      BILLmanager's own licence does not work now
    │   ├── ListTruncated             NEVER       a list was cut and cannot be read whole
    │   └── RefusedByBillManager      NEVER       any other error type, kept as it came
    ├── OneCError                                 1C answered and said no
    │   ├── OneCLoginFailed           NEVER       wrong user or password
    │   ├── OneCAccessDenied          NEVER       the user has no right, or RLS hides rows
    │   ├── NotPublished              NEVER       the object, or the whole interface, is not published
    │   ├── OneCObjectMissing         NEVER       no object with this key
    │   ├── BaseLocked                FREELY      the infobase is closed for maintenance
    │   ├── NoFreeSession             FREELY      no free licence or session
    │   ├── OneCFailed                FREELY      an error inside 1C while it was reading
    │   └── OneCRefused               NEVER       any other error code, kept as it came
    ├── StoreError
    │   ├── StoreTooNew               NEVER       written by a newer version of this library
    │   ├── StoreBelongsElsewhere     NEVER       the store keeps the books of another infobase
    │   ├── StoreBusy                 FREELY      another process holds the store
    │   ├── StoreReadOnly             NEVER       opened with ``read_only=True``
    │   ├── StoreFailed               LOOK_FIRST  the disk is full, the file is broken …
    │   └── PaymentTaken              NEVER       the payment is bound to another line
    └── EngineError
        ├── EngineDisabled            NEVER       switched off, or paused by a person
        ├── ModuleStillActive         NEVER       ISPsystem's own module is on in the same infobase
        ├── FieldsDropped             NEVER       BILLmanager silently ignores fields we write
        ├── BreakerTripped            NEVER       a run would change more than anybody expects
        ├── DecisionRefused           NEVER       what a person asked for cannot be done to this line
        └── UnknownDocument           NEVER       nothing is known of this document

The word in the middle is :attr:`BillManager1CError.repeat`. A *read* may be repeated whatever the word says,
except ``NEVER``; for a *write* the word is the law.
"""

from __future__ import annotations

import enum
from typing import ClassVar


class Repeat(enum.Enum):
    """Whether the call that raised may be made again."""

    FREELY = "freely"
    """Nothing was done. The same call may be made again, now or later."""

    LOOK_FIRST = "look first"
    """Perhaps it was done. Look at the other system before a write is made again."""

    NEVER = "never"
    """The same call will fail in the same way until a person changes something."""


class BillManager1CError(Exception):
    """Root of every exception raised by this library."""

    repeat: ClassVar[Repeat] = Repeat.NEVER
    """Whether the call that raised may be made again."""

    def __init__(self, message: str = "") -> None:
        text = message or (type(self).__doc__ or "").strip().partition("\n")[0]
        super().__init__(text)
        self.message = text
        """One sentence: what happened, to what, and what to do next. It holds no secret."""

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders (task queues pickle them); keyword-only fields would be lost by default.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(cls: type[BillManager1CError], args: tuple[object, ...], state: dict[str, object]) -> BillManager1CError:
    error = cls.__new__(cls, *args)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class SettingsError(BillManager1CError):
    """A setting is missing or has a wrong value."""


class UnknownConfiguration(SettingsError):
    """No 1C configuration of this name is known; pass a Configuration value instead."""


# ---------------------------------------------------------------------------------------------------------- wire


class WireError(BillManager1CError):
    """The conversation with the other system went wrong."""

    repeat = Repeat.LOOK_FIRST

    def __init__(self, message: str = "", *, system: str = "", function: str = "") -> None:
        super().__init__(message)
        self.system = system
        """``"BILLmanager"`` or ``"1C"``."""
        self.function = function
        """The function or resource that was asked for, without parameters."""


class NotSent(WireError):
    """Nothing left this machine."""

    repeat = Repeat.FREELY


class ConnectionFailed(NotSent):
    """No connection: the server refused it, or there is no way to it. Check the address and the network."""


class CertificateRefused(NotSent):
    """The server's certificate is not trusted. Check it, or give the client your own CA."""

    repeat = Repeat.NEVER


class DeadlinePassed(NotSent):
    """Our own deadline passed before the first byte was sent."""


class RedirectRefused(WireError):
    """The server answered with a redirect, which is never followed. Set the address it points to."""

    repeat = Repeat.NEVER


class NoAnswer(WireError):
    """The request was sent and no answer came."""


class AnswerTimedOut(NoAnswer):
    """No whole answer came before the deadline."""


class ConnectionLost(NoAnswer):
    """The connection was lost before the whole answer came."""


class UnreadableAnswer(WireError):
    """An answer came that does not tell what happened."""


class ServerFailed(UnreadableAnswer):
    """The server, or a proxy in front of it, answered with an error status."""

    def __init__(self, message: str = "", *, system: str = "", function: str = "", status: int = 0) -> None:
        super().__init__(message, system=system, function=function)
        self.status = status
        """The HTTP status."""


class HtmlAnswer(UnreadableAnswer):
    """A web page came where data was expected. Check the address; a proxy or a firewall may stand in between."""


class EmptyAnswer(UnreadableAnswer):
    """The answer has no body."""


class TruncatedAnswer(UnreadableAnswer):
    """The answer stops in the middle, or is not the format that was asked for."""


class OversizeAnswer(UnreadableAnswer):
    """The answer is larger, or nested deeper, than is ever read."""


class ForeignAnswer(UnreadableAnswer):
    """The answer belongs to another question: it names another function or another object."""


class BadReply(UnreadableAnswer):
    """The answer is well-formed, but fields in it are missing or have wrong values."""

    def __init__(self, message: str = "", *, system: str = "", function: str = "", paths: tuple[str, ...] = ()) -> None:
        super().__init__(message, system=system, function=function)
        self.paths = paths
        """What is wrong and where, such as ``required field missing @ $.elem[0].id``."""


# --------------------------------------------------------------------------------------------------- BILLmanager


class BillManagerError(BillManager1CError):
    """BILLmanager read the request and refused it; nothing was done."""

    def __init__(
        self, message: str = "", *, function: str = "", type: str = "", object: str = "", value: str = ""
    ) -> None:
        super().__init__(message)
        self.function = function
        """The function that was called."""
        self.type = type
        """``error@type`` as it came."""
        self.object = object
        """``error@object`` as it came: a field, a function or a table."""
        self.value = value
        """The parameter ``value`` of the error, as it came."""


class LoginFailed(BillManagerError):
    """BILLmanager does not let us in."""


class BadPassword(LoginFailed):
    """BILLmanager refused the user name or the password."""


class AddressNotAllowed(LoginFailed):
    """BILLmanager does not allow this user from this machine's IP address. Add the address to the employee's list."""


class TwoFactorRequired(LoginFailed):
    """The BILLmanager user has two-factor authentication. Use an employee without it for the exchange."""


class CaptchaRequired(LoginFailed):
    """BILLmanager asks for a captcha at log-in. Use ``auth="authinfo"``, or switch the captcha off for employees."""


class SessionExpired(LoginFailed):
    """The BILLmanager session has ended; nothing was done."""

    repeat = Repeat.FREELY


class AccessDenied(BillManagerError):
    """The BILLmanager user has no right to this function. Give the employee the right."""


class UnknownFunction(BillManagerError):
    """This BILLmanager has no such function. Check the Dialect and the product's version."""


class ObjectMissing(BillManagerError):
    """BILLmanager has no object with this id."""


class ObjectExists(BillManagerError):
    """BILLmanager already has this object."""


class InvalidValue(BillManagerError):
    """BILLmanager refuses the value of a field; ``object`` names the field."""


class NotSaved(BillManagerError):
    """BILLmanager returned the form instead of ``ok``: nothing was saved."""


class MethodUnavailable(BillManagerError):
    """The payment method cannot be used for this payment."""


class PaymentAlreadyMade(BillManagerError):
    """BILLmanager already has a payment with this random number. Look for it before creating another."""

    repeat = Repeat.LOOK_FIRST


class SlowDown(BillManagerError):
    """BILLmanager asks to come back later."""

    repeat = Repeat.FREELY


class LicenseProblem(BillManagerError):
    """BILLmanager's own licence does not work now."""

    repeat = Repeat.FREELY


class ListTruncated(BillManagerError):
    """BILLmanager cut the list at its row limit and it cannot be read whole. Narrow the filter."""


class RefusedByBillManager(BillManagerError):
    """BILLmanager answered with an error; ``type`` keeps its name."""


# ------------------------------------------------------------------------------------------------------------ 1C


class OneCError(BillManager1CError):
    """1C read the request and refused it."""

    def __init__(self, message: str = "", *, resource: str = "", code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.resource = resource
        """The entity set, catalogue or document that was asked for."""
        self.code = code
        """The code of ``odata.error`` as it came; empty where there was none."""
        self.status = status
        """The HTTP status."""


class OneCLoginFailed(OneCError):
    """1C refused the user name or the password."""


class OneCAccessDenied(OneCError):
    """The 1C user may not read this. Give the user the right, and use one without row-level restrictions."""


class NotPublished(OneCError):
    """1C does not publish this object over OData. Add it to the composition of the standard interface."""


class OneCObjectMissing(OneCError):
    """1C has no object with this key."""


class BaseLocked(OneCError):
    """The 1C infobase is closed for maintenance. It will be tried again by itself."""

    repeat = Repeat.FREELY


class NoFreeSession(OneCError):
    """1C has no free licence or session. It will be tried again by itself."""

    repeat = Repeat.FREELY


class OneCFailed(OneCError):
    """1C failed while it was reading."""

    repeat = Repeat.FREELY


class OneCRefused(OneCError):
    """1C answered with an error; ``code`` and ``status`` keep it as it came."""


# --------------------------------------------------------------------------------------------------------- store


class StoreError(BillManager1CError):
    """The store cannot do what was asked."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of this library. Upgrade the library; the store is untouched."""


class StoreBelongsElsewhere(StoreError):
    """The store keeps the books of another infobase. Give each infobase its own store."""


class StoreBusy(StoreError):
    """Another process holds the store for too long."""

    repeat = Repeat.FREELY


class StoreReadOnly(StoreError):
    """The store was opened read-only."""


class StoreFailed(StoreError):
    """The store could not be read or written."""

    repeat = Repeat.LOOK_FIRST


class PaymentTaken(StoreError):
    """The payment is already bound to another document line."""


# -------------------------------------------------------------------------------------------------------- engine


class EngineError(BillManager1CError):
    """The engine refuses to start."""


class EngineDisabled(EngineError):
    """The exchange is switched off or paused. Call ``enable()`` or ``resume()``."""


class ModuleStillActive(EngineError):
    """ISPsystem's own module is switched on in this infobase. Two exporters would credit every payment twice."""


class FieldsDropped(EngineError):
    """BILLmanager accepted a payment and silently dropped fields of it. Check the employee's field rights."""


class BreakerTripped(EngineError):
    """The run would change more payments than anybody expects; it stopped before its first write."""


class DecisionRefused(EngineError):
    """What was asked for cannot be done to this line; nothing was changed."""


class UnknownDocument(EngineError):
    """Nothing is known of this document."""
