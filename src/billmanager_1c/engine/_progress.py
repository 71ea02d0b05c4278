"""Showing that something moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Progress:
    """How far a long verb is."""

    done: int
    total: int
    #: what is happening now
    what: str = ""


Report = Callable[[Progress], None]


class Bar:
    """A tqdm bar where it is asked for and installed; a caller's own function; or nothing."""

    def __init__(self, progress: bool | Report, what: str) -> None:
        self._report = progress if callable(progress) else None
        self._what = what
        self._done = self._total = 0
        self._bar: Any = None
        self._lock = threading.Lock()
        if progress is True:
            try:
                from tqdm.auto import tqdm
            except ModuleNotFoundError:
                return  # a bar is a comfort; the work goes on without it
            self._bar = tqdm(total=0, desc=what, unit="document")

    def advance(self, *, expected: int = 0, done: int = 0) -> None:
        """Add to what is to be done, and to what is done. Safe to call from several threads."""
        with self._lock:
            self._total += expected
            self._done += done
            progress = Progress(done=self._done, total=self._total, what=self._what)
            if self._bar is not None:
                self._bar.total = self._total
                self._bar.update(done)
            if self._report is not None and done:
                self._report(progress)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
