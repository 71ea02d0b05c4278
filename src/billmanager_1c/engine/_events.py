"""What the engine tells those who watch it: one frozen object for each thing that happens, and the log made of them."""

from __future__ import annotations

import datetime as dt
import enum
import logging
from collections.abc import Callable, Mapping

import attrs

from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode
from ..reports import Action, Outcome

logger = logging.getLogger("billmanager_1c")


class EventKind(enum.StrEnum):
    """What happened."""

    RUN_STARTED = "run_started"
    RUN_FINISHED = "run_finished"
    RUN_FAILED = "run_failed"
    REQUEST = "request"
    """A request to BILLmanager has ended, well or not."""
    LINE = "line"
    """A document line was looked at."""
    WARNING = "warning"


@attrs.frozen(kw_only=True)
class EngineEvent:
    """Something that happened. Fields that say nothing of an event have their defaults; more may come."""

    kind: EventKind
    #: aware
    at: dt.datetime
    #: which verb of the engine: ``export``, ``accounts`` …
    job: str
    #: the same for all events of a run; the journal has it as the actor
    run: str
    #: of a line
    ref: DocumentRef | None = None
    contract_id: ContractId | None = None
    action: Action | None = None
    payment_id: PaymentId | None = None
    code: QuarantineCode | None = None
    #: of a request: the operation, such as ``CreatePayment``
    operation: str = ""
    #: of a request or a run
    seconds: float | None = None
    #: of a request or a run that failed: the name of the exception's class
    error: str = ""
    #: of a finished export: the seven counts
    counts: Mapping[str, int] = attrs.field(factory=dict)
    #: one sentence for people, without a secret
    message: str = ""


Watch = Callable[[EngineEvent], None]


class Emitter:
    """Makes the events of one run, logs them, and hands them on. What a watcher raises is logged and stops nothing."""

    def __init__(self, watch: Watch | None, *, job: str, run: str, now: Callable[[], dt.datetime]) -> None:
        self._watch = watch
        self._job = job
        self._run = run
        self._now = now

    def emit(self, kind: EventKind, **fields: object) -> None:
        """Tell of something."""
        if self._watch is None and not logger.isEnabledFor(_level(kind, fields)):
            return
        event = EngineEvent(kind=kind, at=self._now(), job=self._job, run=self._run, **fields)  # type: ignore[arg-type]
        log(event)
        if self._watch is not None:
            try:
                self._watch(event)
            except Exception:
                logger.exception("on_event raised; the run goes on")

    def line(self, outcome: Outcome) -> None:
        """Tell how a line ended."""
        self.emit(
            EventKind.LINE,
            ref=outcome.ref,
            contract_id=outcome.contract_id,
            action=outcome.action,
            payment_id=outcome.payment_id,
            code=outcome.code,
            message=_told(outcome),
        )


def log(event: EngineEvent) -> None:
    """Write an event to the log: what changes something at INFO, what a person must see at WARNING, else DEBUG."""
    level = _level(event.kind, {"action": event.action})
    match event.kind:
        case EventKind.REQUEST:
            logger.log(level, "%s: %s in %.3f s", event.operation, event.error or "answered", event.seconds or 0)
        case EventKind.RUN_FINISHED:
            logger.log(level, "%s: %s", event.job, event.message or dict(event.counts))
        case EventKind.RUN_FAILED:
            logger.log(level, "%s failed: %s", event.job, event.message)
        case EventKind.RUN_STARTED:
            logger.log(level, "%s: begins as %s", event.job, event.run)
        case _:
            logger.log(level, "%s", event.message)


_LEVELS = {
    EventKind.RUN_STARTED: logging.DEBUG,
    EventKind.RUN_FINISHED: logging.INFO,
    EventKind.RUN_FAILED: logging.ERROR,
    EventKind.REQUEST: logging.DEBUG,
    EventKind.WARNING: logging.WARNING,
}
_QUIET = (Action.UNCHANGED, Action.SKIPPED)


def _level(kind: EventKind, fields: Mapping[str, object]) -> int:
    if kind is EventKind.LINE:
        return logging.DEBUG if fields.get("action") in _QUIET else logging.INFO
    return _LEVELS[kind]


def _told(outcome: Outcome) -> str:
    title = (
        f"{outcome.ref.kind.title} {outcome.number} of {outcome.date:%d.%m.%Y}" if outcome.date else str(outcome.ref)
    )
    paid = f", payment {outcome.payment_id}" if outcome.payment_id else ""
    reason = f": {outcome.reason.removeprefix(f'{title}: ')}" if outcome.reason else ""
    return f"{outcome.action.value}: {title}, {outcome.amount} {outcome.currency}{paid}{reason}"


__all__ = ["Emitter", "EngineEvent", "EventKind", "Watch", "log"]
