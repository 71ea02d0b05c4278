"""What 1C says: JSON on a good day, and on a bad one an error in one of five shapes (1c-odata.md §1.8).

They are ``odata.error`` in JSON, ``m:error`` in XML, a platform exception in JSON behind a byte order mark, a page of
the platform («1C:Enterprise 8 application error … by reason»), and a page of the web server or of a proxy.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn, cast

import attrs

from ..errors import (
    BadReply,
    BaseLocked,
    BillManager1CError,
    EmptyAnswer,
    HtmlAnswer,
    NoFreeSession,
    NotPublished,
    OneCAccessDenied,
    OneCFailed,
    OneCLoginFailed,
    OneCObjectMissing,
    OneCRefused,
    OversizeAnswer,
    ServerFailed,
    TruncatedAnswer,
)
from ..transport import WireReply
from ..wirejson import DEPTH_LIMIT, Flaw, writable
from ..wirejson import read_json as read_any_json
from ._values import Json, Row, row_of

SYSTEM: Final = "1C"

#: codes of odata.error that we act on; the rest of the table is kept as it came
BAD_URL: Final = "6"
NO_PROPERTY: Final = "10"
NO_ENTITY_SET: Final = "8"
NO_INSTANCE: Final = "9"
NO_RIGHT: Final = "20"

#: characters of 1C's own words, and of its code, that stand in a message of ours
_QUOTE_LENGTH: Final = 300
_CODE_LENGTH: Final = 40
#: characters of a page in which its error is looked for: a longer one would make the patterns below slow
_PAGE_LENGTH: Final = 16_384
#: digits up to which a number is worth an ``int``
_INT_DIGITS: Final = 32
_DIGITS: Final = re.compile(r"-?[0-9]+", re.ASCII)
_XML_CODE = re.compile(r"<(?:\w+:)?code\b[^>]*>\s*(-?\d+)\s*</")
_XML_MESSAGE = re.compile(r"<(?:\w+:)?message\b[^>]*>(.*?)</(?:\w+:)?message\s*>", re.DOTALL)
_BY_REASON = re.compile(r"by reason:(.*?)</body>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@attrs.frozen(kw_only=True)
class Refusal:
    """What an answer says against the request; empty where it did not say it in a way known to us."""

    #: of ``odata.error``; empty where there was none
    code: str = ""
    message: str = ""
    #: the platform itself speaks, before OData is reached
    is_platform: bool = False


def text_of(reply: WireReply) -> str:
    """Return the body as UTF-8, whatever charset it declares; often it is behind a byte order mark (§1.4)."""
    return reply.body.decode("utf-8-sig", "replace").lstrip("\ufeff").strip()


def read_rows(answer: WireReply, resource: str) -> tuple[Row, ...]:
    """Read a collection; a single object is a collection of one.

    Raises:
        BillManager1CError: the answer is an error, or nothing that can be read.
    """
    payload = read_json(answer, resource)
    items = payload["value"] if isinstance(payload, dict) and "value" in payload else payload
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        raise BadReply(
            f"1C's answer about {resource} is not a list.",
            system=SYSTEM,
            function=resource,
            paths=("not a list @ $.value",),
        )
    return tuple(row_of(item, f"{resource}[{index}]") for index, item in enumerate(items))


def read_json(answer: WireReply, resource: str) -> Json:
    """Read the JSON of a good answer. Numbers are ``int`` and ``Decimal``, never ``float``.

    Raises:
        BillManager1CError: the answer is an error, or nothing that can be read.
    """
    text = text_of(answer)
    if not 200 <= answer.status < 300:
        raise trouble(answer, resource)
    if not text:
        raise EmptyAnswer(f"1C's answer about {resource} is empty.", system=SYSTEM, function=resource)
    if text.startswith("<"):
        _refuse_markup(answer, text, resource)
    payload = read_any_json(text, number=_number)
    if payload is Flaw.TOO_DEEP:
        raise OversizeAnswer(
            f"1C's answer about {resource} is nested deeper than {DEPTH_LIMIT} levels.",
            system=SYSTEM,
            function=resource,
        )
    if isinstance(payload, Flaw):
        raise TruncatedAnswer(
            f"1C's answer about {resource} stops in the middle, or is no JSON.", system=SYSTEM, function=resource
        )
    if isinstance(payload, dict) and _error_in(payload) is not None:
        raise trouble(answer, resource)  # an error under a good status
    return cast(Json, payload)


def _number(text: str) -> int | Decimal:
    """Read a number of JSON. One of absurd size makes one amount wrong and not the whole answer unreadable."""
    if len(text) <= _INT_DIGITS and _DIGITS.fullmatch(text):
        return int(text)
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no Decimal has
        return Decimal("NaN")


def _refuse_markup(answer: WireReply, text: str, resource: str) -> NoReturn:
    refusal = read_refusal(answer)
    if refusal.code or refusal.is_platform:
        raise trouble(answer, resource)
    if "<html" in text[:1000].lower():
        raise HtmlAnswer(
            f"A web page came instead of {resource}: a log-in form, a firewall or a proxy stands before 1C, "
            "or the address is not that of the publication.",
            system=SYSTEM,
            function=resource,
        )
    raise TruncatedAnswer(
        f"1C answered about {resource} in XML although JSON was asked for: a platform before 8.3.6 cannot do better.",
        system=SYSTEM,
        function=resource,
    )


# ------------------------------------------------------------------------------------------------------ refusals


def read_refusal(answer: WireReply) -> Refusal:
    """Find the error in an answer, in whichever of the shapes it comes."""
    text = text_of(answer)
    if text.startswith("{"):
        payload = read_any_json(text, number=str, constant=str)
        return _error_in(payload) or Refusal() if isinstance(payload, dict) else Refusal()
    page = text[:_PAGE_LENGTH]
    code, message = _XML_CODE.search(page), _XML_MESSAGE.search(page)
    if code is not None:
        return Refusal(code=code[1][:_CODE_LENGTH], message=_quoted(message[1]) if message else "")
    reason = _BY_REASON.search(page)
    if reason is not None or "1C:Enterprise" in page[:1000]:
        return Refusal(message=_quoted(reason[1]) if reason else "", is_platform=True)
    return Refusal()


def _error_in(payload: Mapping[str, object]) -> Refusal | None:
    error = payload.get("odata.error")
    if isinstance(error, dict):
        message = error.get("message")
        said = message.get("value") if isinstance(message, dict) else message
        return Refusal(code=_word(error.get("code")).strip()[:_CODE_LENGTH], message=_quoted(_word(said)))
    if "#exception" in payload:
        return Refusal(message=_quoted(_cause(payload.get("exception"))), is_platform=True)
    return None


def _cause(exception: object) -> str:
    """Return what happened: the outermost description only repeats the request, the inner ones lose the context."""
    said = []
    while isinstance(exception, dict):
        said.append(_word(exception.get("descr")))
        exception = exception.get("inner")
    return said[1] if len(said) > 1 else "".join(said)


def _word(value: object) -> str:
    """Return a text or a number as text; a list or an object where one was expected says nothing."""
    return str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""


def _quoted(text: str) -> str:
    """Return a stranger's text as it may stand in our sentence: one line, without tags, of a bounded length."""
    line = " ".join(html.unescape(_TAG.sub(" ", writable(text[:_PAGE_LENGTH]))).split())
    return line if len(line) <= _QUOTE_LENGTH else f"{line[:_QUOTE_LENGTH]}…"


def trouble(answer: WireReply, resource: str) -> BillManager1CError:
    """Return the exception that an answer amounts to."""
    refusal = read_refusal(answer)
    status = answer.status
    # What no code speaks for is told by the status alone.
    match status, refusal.code:
        case 401, "":
            message = "1C refused the user name or the password (401). Check both, and that the user may log in."
            return OneCLoginFailed(message, resource=resource, status=status)
        case (401 | 403, _) | (_, "20") if not refusal.is_platform:
            return _no_right(refusal, resource, status)
        case 403, _:
            message = f"The 1C infobase is closed for maintenance; it will be tried again by itself.{_said(refusal)}"
            return BaseLocked(message, resource=resource, status=status)
        case 404, "8":
            message = (
                f"1C does not publish {resource}. Add it to the composition of the standard OData interface, "
                f"or check that the Configuration fits this infobase.{_said(refusal)}"
            )
            return NotPublished(message, resource=resource, code=refusal.code, status=status)
        case 404, "9":
            message = f"1C has no object with this key in {resource}."
            return OneCObjectMissing(message, resource=resource, code=refusal.code, status=status)
        case 404, "":
            message = (
                "The web server knows no OData interface at this address (404). Check the name of the publication, "
                "and that the standard OData interface is published."
            )
            return NotPublished(message, resource=resource, status=status)
        case 406, _:
            message = f"1C has no free licence or session (406); it will be tried again by itself.{_said(refusal)}"
            return NoFreeSession(message, resource=resource, status=status)
    if status == 429 or status in (502, 503, 504) or (status >= 500 and not (refusal.code or refusal.is_platform)):
        message = f"The server before 1C failed to answer about {resource} ({status})."
        return ServerFailed(message, system=SYSTEM, function=resource, status=status)
    if (status >= 500 and status != 501) or refusal.code == "-1":
        message = f"1C failed while it was reading {resource} ({status}).{_said(refusal)}"
        return OneCFailed(message, resource=resource, code=refusal.code, status=status)
    coded = f", code {refusal.code}" if refusal.code else ""
    message = f"1C refuses the request for {resource} ({status}{coded}).{_said(refusal)}"
    return OneCRefused(message, resource=resource, code=refusal.code, status=status)


def _no_right(refusal: Refusal, resource: str, status: int) -> OneCAccessDenied:
    if not refusal.code:
        message = f"The web server before 1C forbids {resource} ({status}). Check its rules for this machine."
    else:
        message = (
            f"The 1C user has no right to all of {resource}. Give the user the right, and use one without restrictions "
            f"on the level of records.{_said(refusal)}"
        )
    return OneCAccessDenied(message, resource=resource, code=refusal.code, status=status)


def _said(refusal: Refusal) -> str:
    return f" 1C says: {refusal.message}" if refusal.message else ""
