"""Faults by name, as they come over the wire to 1C (the list is ``Fault``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import attrs

from .._faults import Fault, FaultInjector
from .._wire import CutBody, Outcome, Refused, Reply, Reset, Silence, Slow
from ._errors import locked, no_session, page, platform_failure, unauthorized
from ._request import Request

Work = Callable[[], Reply]


def with_faults(faults: FaultInjector, subject: str, request: Request, publication: str, work: Work) -> Outcome:
    """Do the work of a request, with the troubles that are armed for it."""
    if not faults.armed:
        return work()

    def fire(fault: Fault) -> Mapping[str, object] | None:
        return faults.fire(fault, subject, request)

    instead = _instead(fire, subject, request, publication)
    if instead is not None:
        return instead
    reply = work()
    if request.method == "GET" and fire(Fault.PROXY_REPEATS_GET) is not None:
        reply = work()
    return _after(fire, reply)


_Fire = Callable[[Fault], "Mapping[str, object] | None"]


def _instead(fire: _Fire, subject: str, request: Request, publication: str) -> Outcome | None:
    """Return what comes although nothing is done."""
    outcomes: tuple[tuple[Fault, Callable[[], Outcome]], ...] = (
        (Fault.DOWN, Refused),
        (Fault.TIMEOUT_BEFORE_COMMIT, Silence),
        (Fault.RESET, Reset),
        (Fault.PROXY_502_BEFORE, lambda: page(502, "502 Bad Gateway", "The proxy got no answer.")),
        (Fault.ONEC_UNAUTHORIZED, lambda: unauthorized(publication)),
        (Fault.ONEC_NO_SESSION, no_session),
        (Fault.ONEC_LOCKED, lambda: locked("Ведутся технические работы", request.method, subject)),
        (Fault.ONEC_500, lambda: platform_failure("Недостаточно памяти для получения результата запроса")),
        (Fault.ONEC_HTML, _log_in_page),
        (Fault.HTML_200, _log_in_page),
    )
    for fault, outcome in outcomes:
        if fire(fault) is not None:
            return outcome()
    if (options := fire(Fault.REDIRECT)) is not None:
        status = cast(int, options["status"])
        return page(status, "Moved", "The document has moved.", ("Location", str(options["location"])))
    return None


def _log_in_page() -> Reply:
    return page(200, "Вход", "Введите имя пользователя и пароль.")


def _after(fire: _Fire, reply: Reply) -> Outcome:
    """Return what becomes of the answer."""
    if fire(Fault.LOST_ANSWER) is not None:
        return Silence()
    if fire(Fault.PROXY_502_AFTER_COMMIT) is not None:
        return page(502, "502 Bad Gateway", "The proxy lost the answer.")
    if fire(Fault.EMPTY_200) is not None:
        return attrs.evolve(reply, status=200, body=b"")
    if (options := fire(Fault.RESET_AFTER_HEADERS)) is not None:
        return CutBody(reply, cast(int, options["at"]))
    for fault in (Fault.ONEC_TRUNCATED, Fault.TRUNCATED_JSON):
        if (options := fire(fault)) is not None:
            at = cast("int | None", options["at"])
            return attrs.evolve(reply, body=reply.body[: len(reply.body) // 2 if at is None else at])
    for fault in (Fault.ONEC_SLOW, Fault.SLOW_ANSWER):
        if (options := fire(fault)) is not None:
            return Slow(reply, cast(float, options["seconds"]))
    return reply
