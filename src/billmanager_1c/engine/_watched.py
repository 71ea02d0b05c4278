"""One call of a verb, told of from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from ..api import Operation
from ..errors import BillManager1CError
from ..plans.effects import Tell
from ..ports.clock import Clock
from ..reports import ExportReport, Reconciliation
from ._errand import Errand
from ._events import Emitter, EventKind, Watch
from ._progress import Bar, Report

T = TypeVar("T")

_BROKEN_OFF = "The run was broken off. What it had begun is looked up by the next one."


class Watched:
    """Tells who watches: events for runs that change something, and a bar for all that may take long."""

    def __init__(self, errand: Errand[Any], progress: bool | Report, watch: Watch | None, clock: Clock) -> None:
        self._job = errand.job
        self._progress = progress if errand.job else False
        self._clock = clock
        self._result: object = None
        self._emitter: Emitter | None = None
        if errand.job and not errand.is_dry:
            self._emitter = Emitter(watch, job=errand.job, run=errand.run.terms.owner, now=clock.now)

    def __enter__(self) -> Self:
        self._begun = self._clock.monotonic()
        self._emit(EventKind.RUN_STARTED)
        self._bar = Bar(self._progress, self._job, self._clock.monotonic)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()
        if self._emitter is None:
            return
        seconds = self._clock.monotonic() - self._begun
        if error is not None:
            message = error.message if isinstance(error, BillManager1CError) else _BROKEN_OFF
            self._emit(EventKind.RUN_FAILED, error=type(error).__name__, message=message, seconds=seconds)
            return
        counts = self._result.counts if isinstance(self._result, ExportReport | Reconciliation) else {}
        message = "" if counts else str(self._result)
        self._emit(EventKind.RUN_FINISHED, counts=counts, message=message, seconds=seconds)

    def came_to(self, result: T) -> T:
        """Take in what the run came to."""
        self._result = result
        return result

    def told(self, told: Tell) -> None:
        """Pass on what a plan tells."""
        if self._emitter is not None:
            if told.warning:
                self._emit(EventKind.WARNING, message=told.warning)
            for outcome in told.outcomes:
                self._emitter.line(outcome)
        self._bar.told(told)

    @contextmanager
    def request(self, operation: Operation[Any]) -> Iterator[None]:
        """Tell of a request when it has ended, well or not."""
        begun, error = self._clock.monotonic(), ""
        try:
            yield
        except BaseException as raised:
            error = type(raised).__name__
            raise
        finally:
            seconds = self._clock.monotonic() - begun
            self._emit(EventKind.REQUEST, operation=type(operation).__name__, seconds=seconds, error=error)

    def _emit(self, kind: EventKind, **fields: object) -> None:
        if self._emitter is not None:
            self._emitter.emit(kind, **fields)
