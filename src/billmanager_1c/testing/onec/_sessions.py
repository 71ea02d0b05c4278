"""Sessions of the infobase: each request opens one, unless its cookie names one that is open (1c-odata.md §1.9)."""

from __future__ import annotations

import datetime as dt
import random

import attrs

from ._errors import ServerError, no_session, stale_session


@attrs.define
class Sessions:
    """The sessions that clients started with ``IBSession: start`` and did not finish."""

    ids: random.Random
    #: when each was last used
    _used: dict[str, dt.datetime] = attrs.field(factory=dict, init=False)
    #: how many were ever started
    started: int = attrs.field(default=0, init=False)

    @property
    def open(self) -> int:
        """How many are open: each holds a licence."""
        return len(self._used)

    def enter(self, cookie: str | None, *, now: dt.datetime, max_age: float | None, limit: int | None) -> None:
        """Let a request in: into its own session, or into a new one for as long as it lasts.

        Raises:
            ServerError: the session is gone (404), or no further one may be started (406).
        """
        if max_age is not None:
            oldest = now - dt.timedelta(seconds=max_age)
            self._used = {name: used for name, used in self._used.items() if used >= oldest}
        if cookie is not None:
            if cookie not in self._used:
                raise ServerError(stale_session())
            self._used[cookie] = now
        elif limit is not None and self.open >= limit:
            raise ServerError(no_session())

    def start(self, now: dt.datetime) -> str:
        """Start a session that outlives its request; return its id."""
        name = f"{self.ids.getrandbits(128):032x}"
        self._used[name] = now
        self.started += 1
        return name

    def finish(self, cookie: str) -> None:
        """Close a session."""
        self._used.pop(cookie, None)

    def end_all(self) -> None:
        """End all sessions, as an administrator does."""
        self._used.clear()
