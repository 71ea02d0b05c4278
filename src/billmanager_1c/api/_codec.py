"""BILLmanager's protocol on primitives: an operation in, a request out; a reply in, a value or an exception out.

Nothing here does I/O. A reply is looked at from the outside in: is it an answer at all, is it ours, is it an error,
and only then what the operation wants of it. The HTTP status is asked last: errors come under 200 (§2).
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Final, Literal, TypeAlias, TypeVar
from urllib.parse import quote, quote_plus, urlencode

import attrs

from ..errors import (
    EmptyAnswer,
    ForeignAnswer,
    HtmlAnswer,
    OversizeAnswer,
    ServerFailed,
    SlowDown,
    TruncatedAnswer,
    TwoFactorRequired,
    UnreadableAnswer,
)
from ..wirejson import DEPTH_LIMIT, Flaw, read_json
from ._dialect import Dialect
from ._document import Document
from ._errors import ErrorDocument, sentence
from ._operation import Call, Operation
from ._xml import read_xml

T = TypeVar("T")

Language: TypeAlias = Literal["ru", "en"]
"""The language of the texts that BILLmanager answers with."""

SYSTEM: Final = "BILLmanager"
"""Its name in errors of the wire."""

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a body that are read at most: a list of 5000 rows has some five megabytes."""

_ABSENT: Final = object()
_RESERVED = frozenset({"func", "out", "lang", "authinfo", "auth"})
#: parameters whose echo in ``tparams`` must be what we sent, else the answer is another call's
_IDENTITY = ("elid", "plid", "p_num")
#: who may sign an answer that lets nobody in
_LOGIN_FUNCTIONS = frozenset({"auth", "logon", "login", "totp.confirm"})
_XML = re.compile(rb"\s*<(?:\?xml|doc\b|error\b)", re.IGNORECASE)
_HTML = re.compile(rb"\s*<(?!\?xml|doc\b|error\b)", re.IGNORECASE)


@attrs.frozen
class AuthInfo:
    """The user and the password with every call (§1.2)."""

    username: str
    password: str = attrs.field(repr=False)


@attrs.frozen
class SessionId:
    """The id of a session; hidden wherever it is shown."""

    value: str = attrs.field(repr=False)


Credentials: TypeAlias = AuthInfo | SessionId | None
"""Who asks: a log-in, a session, or nobody."""


@attrs.frozen(kw_only=True)
class Request:
    """A request: the body of a POST. The address never has a query."""

    #: the function, for messages and logs
    function: str
    content_type: str = "application/x-www-form-urlencoded"
    body: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Reply:
    """What came back. The body is hidden: it may echo a session."""

    status: int = 200
    content_type: str = ""
    body: bytes = attrs.field(default=b"", repr=False)


def encode(
    operation: Operation[object], *, dialect: Dialect, credentials: Credentials, language: Language = "ru"
) -> Request:
    """Write the call as a form. Language is always sent: texts of lists depend on it (§1.5)."""
    call = operation.call(dialect)
    if taken := _RESERVED & call.params.keys():
        raise ValueError(f"{call.func}: the parameters {sorted(taken)} are the client's own and cannot be given")
    form = {"func": call.func, "out": call.out, "lang": language, **call.params}
    match credentials:
        case AuthInfo():
            form["authinfo"] = f"{credentials.username}:{credentials.password}"
        case SessionId():
            form["auth"] = credentials.value
        case None:
            pass
    return Request(function=call.func, body=urlencode(form, errors="replace").encode("ascii"))


def decode(
    operation: Operation[T],
    reply: Reply,
    *,
    dialect: Dialect,
    zone: dt.tzinfo,
    credentials: Credentials = None,
) -> T:
    """Read the answer to an operation.

    ``zone`` is that of BILLmanager's wall clock. The ``credentials`` are those that came with the call: an error
    means another thing with a session, and their secrets are taken out of texts that BILLmanager echoes.

    Raises:
        UnreadableAnswer: one of its leaves: the answer does not tell what happened.
        BillManagerError: one of its leaves: BILLmanager refused.
    """
    call = operation.call(dialect)
    document = _open(call, reply, zone)
    if document is None:
        raise _failure(call.func, reply)
    error = ErrorDocument.of(document)
    _check_signature(call, document, dialect, of_login=error is not None and error.is_about_login)
    if error is not None:
        session = isinstance(credentials, SessionId)
        raise error.exception(call.func, session=session, hide=_hider(credentials))
    if not 200 <= reply.status < 300:
        raise _failure(call.func, reply)
    if "totp.confirm" in document.text("ok") and call.func != "totp.confirm":
        raise TwoFactorRequired(f"{call.func}: {sentence(TwoFactorRequired)}", function=call.func)
    value = operation.read(document, dialect)
    document.check()
    return value


# ------------------------------------------------------------------------------------------------- is it an answer


def _open(call: Call, reply: Reply, zone: dt.tzinfo) -> Document | None:
    """Return the document in the body, or None if there is none: then the status and the kind of body say why.

    Raises:
        OversizeAnswer: there is too much of it.
    """
    function = call.func
    if len(reply.body) > BODY_LIMIT:
        raise OversizeAnswer(
            f"{function}: the answer is larger than {BODY_LIMIT} bytes; narrow the filter.",
            system=SYSTEM,
            function=function,
        )
    document = _parse(call, reply.body, zone)
    if document is Flaw.TOO_DEEP:
        raise OversizeAnswer(
            f"{function}: the answer is nested deeper than {DEPTH_LIMIT} levels.", system=SYSTEM, function=function
        )
    if document is None:
        empty = Document({}, function=function)
        empty.missing("doc")
        empty.check()
    return document if isinstance(document, Document) else None


def _parse(call: Call, body: bytes, zone: dt.tzinfo) -> Document | Flaw | None:
    """Return the document in the body, None if there is neither ``doc`` nor ``error`` in it, or why it is unreadable.

    It raises nothing: what was read must not stand in a traceback, for BILLmanager may have echoed a session.
    """
    # Numbers stay the text they were: money must never be a float, and an id of a thousand digits is no number.
    is_xml = call.out == "devel" and _XML.match(body[:1000].removeprefix(b"\xef\xbb\xbf"))
    root = read_xml(body) if is_xml else read_json(body, number=str, constant=str)
    if isinstance(root, Flaw):
        return root
    if not isinstance(root, dict):
        return Flaw.NOT_JSON
    node = root if "error" in root else root.get("doc", _ABSENT)
    return None if node is _ABSENT else Document(node, function=call.func, zone=zone)


def _failure(function: str, reply: Reply) -> UnreadableAnswer | SlowDown:
    """Return what to raise for an answer that holds no document, or one under a status that contradicts it."""
    if reply.status == 429:
        return SlowDown(f"{function}: the server asks for fewer requests (HTTP 429).", function=function)
    if not 200 <= reply.status < 300:
        return ServerFailed(
            f"{function}: HTTP status {reply.status}. {_advice(reply.status)}",
            system=SYSTEM,
            function=function,
            status=reply.status,
        )
    kind: type[UnreadableAnswer] = TruncatedAnswer
    if not reply.body.strip(b" \t\r\n\xef\xbb\xbf"):
        kind = EmptyAnswer
    elif "html" in reply.content_type.lower() or _HTML.match(reply.body[:1000].removeprefix(b"\xef\xbb\xbf")):
        kind = HtmlAnswer
    return kind(f"{function}: {sentence(kind)}", system=SYSTEM, function=function)


def _advice(status: int) -> str:
    if status in {401, 407}:
        return "A server in front of BILLmanager asks for a log-in of its own."
    if status in {403, 460}:
        return "A firewall or an anti-DDoS service in front of BILLmanager refuses this machine."
    if status == 404:
        return "BILLmanager is not at this address; it usually ends in /billmgr."
    if status >= 500:
        return "BILLmanager, or a proxy in front of it, failed or is restarting."
    return "BILLmanager itself always answers 200; something stands in front of it."


# ------------------------------------------------------------------------------------------------------ is it ours


def _check_signature(call: Call, document: Document, dialect: Dialect, *, of_login: bool) -> None:
    """Check that the document answers this call: its function, and the parameters that it echoes.

    Raises:
        ForeignAnswer: it answers another one.
    """
    echo = document.child("tparams")
    signed = document.attribute("func") or (echo.text("func") if echo else "")
    if not _may_sign(call, signed) and not (of_login and signed in _LOGIN_FUNCTIONS):
        raise _foreign(call.func, f"it is signed by {signed[:60]!r}")
    if call.family == "":
        return
    for name in (*_IDENTITY, dialect.random_number, dialect.account_filter, dialect.payment_payer_filter):
        asked = _id_list(call.params.get(name, ""))
        told = _id_list(echo.text(name) if echo else "")
        shown = _id_list(document.text(name)) if name == "elid" else ""
        if asked and any(found and found != asked for found in (told, shown)):
            raise _foreign(call.func, f"it is about another {name}")


def _may_sign(call: Call, signed: str) -> bool:
    if not signed or signed == call.func or call.family == "":
        return True
    return call.family is not None and f"{signed}.".startswith(f"{call.family}.")


def _id_list(text: str) -> str:
    return ",".join(part.strip() for part in text.split(","))


def _foreign(function: str, why: str) -> ForeignAnswer:
    return ForeignAnswer(
        f"{function}: the answer belongs to another question: {why}.", system=SYSTEM, function=function
    )


# --------------------------------------------------------------------------------------------------------- secrets


def _hider(credentials: Credentials) -> Callable[[str], str]:
    secret = ""
    if isinstance(credentials, AuthInfo):
        secret = credentials.password
    elif isinstance(credentials, SessionId):
        secret = credentials.value
    # As it is, as it travelled, and as it may have been written into a page or over several lines.
    forms = {secret, quote_plus(secret), quote(secret, safe=""), html.escape(secret), " ".join(secret.split())}
    ordered = sorted(filter(None, forms), key=len, reverse=True)

    def hide(text: str) -> str:
        for form in ordered:
            text = text.replace(form, "***")
        return text

    return hide
