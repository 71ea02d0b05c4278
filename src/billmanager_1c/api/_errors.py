"""Error documents: which leaf of the tree an ``error`` of BILLmanager is (billmanager-api.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from ..errors import (
    AccessDenied,
    AddressNotAllowed,
    BadPassword,
    BillManager1CError,
    BillManagerError,
    CaptchaRequired,
    InvalidValue,
    LicenseProblem,
    LoginFailed,
    MethodUnavailable,
    ObjectExists,
    ObjectMissing,
    PaymentAlreadyMade,
    RefusedByBillManager,
    SessionExpired,
    SlowDown,
    TwoFactorRequired,
    UnknownFunction,
)
from ._document import Document

#: BILLmanager's texts may be long, with stack traces
_MAX_TEXT = 500

_LEAVES: Final[Mapping[str, type[BillManagerError]]] = {
    "access": AccessDenied,
    "missed": ObjectMissing,
    "notfound": ObjectMissing,
    "exists": ObjectExists,
    "value": InvalidValue,
    "limit": SlowDown,
    "license": LicenseProblem,
    "licence": LicenseProblem,
    "extraconfirm": TwoFactorRequired,
    "payment_payd": PaymentAlreadyMade,
    "no_paymethod": MethodUnavailable,
    "not_available_paymethod": MethodUnavailable,
    # BILLmanager 4 had numbers (D12)
    "2": ObjectExists,
    "3": ObjectMissing,
    "4": InvalidValue,
    "5": SlowDown,
    "6": AccessDenied,
    "7": LicenseProblem,
}

#: labels of messages carry these before the type, and an installation may answer with the label
_LABELS = ("msg_error_", "error_")

#: what an unknown function, or one of a module that is not installed, is said to be; only the text tells
_NO_MODULE = ("управляющий модуль не загружен", "module is not loaded", "unknown function")


@attrs.frozen(kw_only=True)
class ErrorDocument:
    """An error as it came. Its texts do not show: BILLmanager may have echoed a secret into them."""

    #: ``error@type``, or the number of BILLmanager 4
    kind: str
    object: str = attrs.field(default="", repr=False)
    value: str = attrs.field(default="", repr=False)
    #: BILLmanager's own sentence
    text: str = attrs.field(default="", repr=False)

    @classmethod
    def of(cls, document: Document) -> ErrorDocument | None:
        """Find the error in a document, in whichever of its forms; None if there is none."""
        error = document.child("error")
        if error is None:
            return None
        params = {param.attribute("name") or param.text("name"): param.own_text for param in error.children("param")}
        return cls(
            kind=next(filter(None, _either(error, "type", "code")), ""),
            object=next(filter(None, [*_either(error, "object", "obj"), params.get("object", "")]), ""),
            value=next(filter(None, [params.get("value", ""), *_either(error, "value", "val")]), ""),
            text=" ".join((error.text("msg") or error.attribute("msg") or error.own_text).split()),
        )

    @property
    def is_about_login(self) -> bool:
        """True if nobody was let in, so that the answer may be signed by the log-in instead of the function."""
        return self.kind in {"auth", "access", "extraconfirm", "6"} or "captcha" in self.kind

    def leaf(self, function: str, *, session: bool) -> type[BillManagerError]:
        """Return the class of exception for it; ``session`` says that the call came with a session."""
        kind = self.kind.strip().casefold()
        for label in _LABELS:
            kind = kind.removeprefix(label)
        if "captcha" in kind:
            return CaptchaRequired
        if kind == "auth":
            return self._login_leaf(session)
        if any(text in self.text.casefold() for text in _NO_MODULE):
            return UnknownFunction
        # That an unknown function is "missed" is assumed; its object or value then names the function itself.
        if kind in {"missed", "notfound"} and (self.object in {"func", "function"} or self.value == function):
            return UnknownFunction
        return _LEAVES.get(kind, RefusedByBillManager)

    def _login_leaf(self, session: bool) -> type[BillManagerError]:
        about = f"{self.object} {self.value}".casefold()
        if "badip" in about:
            return AddressNotAllowed
        if "badpassword" in about:
            return BadPassword
        if session:
            return SessionExpired
        return LoginFailed if self.object else BadPassword

    def exception(self, function: str, *, session: bool, hide: Callable[[str], str]) -> BillManagerError:
        """Return the exception to raise; ``hide`` takes secrets out of text that BILLmanager echoed."""
        leaf = self.leaf(function, session=session)
        # Hidden before it is cut: the first half of a secret is a secret.
        kind, object, value, text = (_short(hide(said)) for said in (self.kind, self.object, self.value, self.text))
        about = ", ".join(f"{name} {part!r}" for name, part in (("object", object), ("value", value)) if part)
        details = [f"type {kind or 'none'!r}", *([about] if about else [])]
        said = f" BILLmanager says: {text}" if text else ""
        return leaf(
            f"{function}: {sentence(leaf)} ({', '.join(details)}){said}",
            function=function,
            type=kind,
            object=object,
            value=value,
        )


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def sentence(kind: type[BillManager1CError]) -> str:
    """Return what an exception says by itself; each also says what to do."""
    return (kind.__doc__ or kind.__name__).strip().partition("\n")[0].replace("`", "")


def _either(error: Document, *names: str) -> Iterator[str]:
    for name in names:
        yield error.attribute(name)
        yield error.text(name)
