"""Showing that something moves."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import attrs

from ..plans.effects import Tell

logger = logging.getLogger("billmanager_1c")


@attrs.frozen(kw_only=True)
class Progress:
    """How far a long verb is. It works in stages, and each stage counts its own things."""

    #: of this stage
    done: int
    #: of this stage, as far as is known: it grows while more is found
    total: int
    #: done in a second, over the time that this stage has taken so far; 0 at its beginning
    rate: float = 0.0
    #: what is happening now, such as ``reading 1C`` or ``exporting``
    what: str = ""

    def __str__(self) -> str:
        counted = f": {self.done} of {self.total}" if self.total else ""
        return f"{self.what}{counted}{f', {self.rate:.1f}/s' if self.rate else ''}"


Report = Callable[[Progress], None]
"""Who is told. What it raises is logged and stops nothing."""


@attrs.define
class _Stage:
    done: int = 0
    total: int = 0
    #: spent in it before it was entered last
    seconds: float = 0.0


class Bar:
    """A tqdm bar where it is asked for and installed; a caller's own function; or nothing."""

    def __init__(self, progress: bool | Report, verb: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._report = progress if callable(progress) else None
        self._what = verb
        self._stages: dict[str, _Stage] = {}
        self._monotonic = monotonic
        self._entered = monotonic()
        self._bar = _tqdm(verb) if progress is True else None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def advance(self, *, expected: int = 0, done: int = 0, what: str = "") -> None:
        """Add to what is to be done, and to what is done. Safe to call from several threads.

        Another ``what`` than before enters that stage, which goes on counting where it was left.
        """
        with self._lock:
            now = self._monotonic()
            stage = self._stages.setdefault(self._what, _Stage())
            if what and what != self._what:
                stage.seconds += now - self._entered
                self._what, self._entered = what, now
                stage = self._stages.setdefault(what, _Stage())
            stage.total += expected
            stage.done += done
            seconds = stage.seconds + now - self._entered
            rate = stage.done / seconds if seconds > 0 else 0.0
            self._show(Progress(done=stage.done, total=stage.total, rate=rate, what=self._what))

    def told(self, told: Tell) -> None:
        """Take in what a plan tells; what says nothing of its progress is left out."""
        if told.what is not None or told.expected or told.done:
            self.advance(expected=told.expected, done=told.done, what=told.what.value if told.what else "")

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()

    def _show(self, progress: Progress) -> None:
        if self._bar is not None:
            self._bar.show(progress)
        if self._report is not None:
            try:
                self._report(progress)
            except Exception:
                logger.exception("progress raised; the work goes on")


class _Tqdm:
    """One bar for all stages: it starts anew with each."""

    def __init__(self, tqdm: Any, verb: str) -> None:
        # Without smoothing the rate is that of the stage, and not of the last moments of the one before.
        self._bar = tqdm(total=0, desc=verb, unit="", smoothing=0, dynamic_ncols=True)
        self._what = verb

    def show(self, progress: Progress) -> None:
        bar = self._bar
        if progress.what == self._what and progress.total == bar.total:
            bar.update(progress.done - bar.n)
            return
        start, initial = bar.start_t, bar.initial
        if progress.what != self._what:
            self._what, initial = progress.what, progress.done
            bar.set_description_str(progress.what, refresh=False)
            start = None
        # The bar of a notebook learns of another total only so.
        bar.reset(total=progress.total)
        bar.n, bar.initial, bar.start_t = progress.done, initial, start or bar.start_t
        bar.refresh()

    def close(self) -> None:
        self._bar.refresh()
        self._bar.close()


def _tqdm(verb: str) -> _Tqdm | None:
    """Make a bar for where we are, terminal or notebook; without tqdm the work goes on without one."""
    try:
        with warnings.catch_warnings():
            # A notebook without ipywidgets gets a bar of plain text, which is well.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ModuleNotFoundError:
        return None
    return _Tqdm(tqdm, verb)
