"""Showing that something moves."""

from __future__ import annotations

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
        if progress is True:
            try:
                from tqdm.auto import tqdm
            except ModuleNotFoundError:
                return  # a bar is a comfort; the work goes on without it
            self._bar = tqdm(total=0, desc=what, unit="document")

    def expect(self, more: int) -> None:
        """Add to what is to be done."""
        self._total += more
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.refresh()

    def step(self) -> None:
        """Count one as done."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(1)
        if self._report is not None:
            self._report(Progress(done=self._done, total=self._total, what=self._what))

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
