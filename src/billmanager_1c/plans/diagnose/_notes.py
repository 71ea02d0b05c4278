"""What a diagnosis has found out so far."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from ...api import Dialect, Shape
from ...errors import BillManager1CError, BillManagerError, OneCError, Repeat
from ...reports import Check, CheckVerdict, Diagnosis

#: characters of somebody else's words, or of a list of names, that are shown
_LONGEST = 240
#: so many of several things are named
_NAMED = 5


@attrs.frozen(kw_only=True)
class ClientFacts:
    """What the client says of itself."""

    dialect: Dialect
    username: str
    #: ``authinfo`` or ``session``
    auth: str
    #: the address begins with https
    is_encrypted: bool


class Notes:
    """The checks in their order, the changes of the dialect, and what several checks look at."""

    def __init__(self, facts: ClientFacts) -> None:
        self.facts = facts
        self.area = "connection"
        #: what the lists are made of, by function, as far as they could be read
        self.lists: dict[str, Shape] = {}
        #: False once BILLmanager gives plain data but no description
        self.described: bool | None = None
        #: how far BILLmanager's clock is ahead of ours; None where it does not say
        self.lead: dt.timedelta | None = None
        self._checks: list[Check] = []
        self._changes: dict[str, Any] = {}

    @property
    def dialect(self) -> Dialect:
        """The client's dialect with what was found to differ."""
        return attrs.evolve(self.facts.dialect, **self._changes)

    def change(self, **names: object) -> None:
        """Note what the dialect should say instead."""
        self._changes |= names

    def holds(self, name: str, asked: str, seen: str, advice: str = "") -> None:
        """Note that it is as assumed."""
        self._note(name, CheckVerdict.HOLDS, asked, seen, advice)

    def fails(self, name: str, asked: str, seen: str, advice: str) -> None:
        """Note that it is not, and what to do."""
        self._note(name, CheckVerdict.FAILS, asked, seen, advice)

    def warns(self, name: str, asked: str, seen: str, advice: str) -> None:
        """Note what a person should know, and what to do."""
        self._note(name, CheckVerdict.WARNING, asked, seen, advice)

    def unknown(self, name: str, asked: str, seen: str, advice: str = "") -> None:
        """Note that it cannot be seen, and why."""
        self._note(name, CheckVerdict.UNKNOWN, asked, seen, advice)

    def refused(self, name: str, asked: str, error: BillManager1CError, advice: str) -> None:
        """Note that the answer was no; trouble on the way is no answer."""
        seen = said(error)
        if is_refusal(error):
            self.fails(name, asked, seen, advice)
        else:
            self.unknown(name, asked, seen, "Run the diagnosis again when the connection is well.")

    def diagnosis(self) -> Diagnosis:
        """Return all of it."""
        return Diagnosis(checks=tuple(self._checks), dialect=self.dialect, current=self.facts.dialect)

    def _note(self, name: str, verdict: CheckVerdict, asked: str, seen: str, advice: str) -> None:
        self._checks.append(Check(name=name, area=self.area, verdict=verdict, asked=asked, seen=seen, advice=advice))


def is_refusal(error: BillManager1CError) -> bool:
    """Tell a no from trouble that passes by itself."""
    return isinstance(error, (BillManagerError, OneCError)) and error.repeat is not Repeat.FREELY


def said(error: BillManager1CError) -> str:
    """Return what an exception says, shortened; it holds no secret."""
    return _short(f"{type(error).__name__}: {error.message}")


def named(things: list[str]) -> str:
    """Name some of several things, in their order."""
    rest = f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""
    return _short(", ".join(things[:_NAMED])) + rest


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
