"""The exchange at a glance."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import attrs

from ..ledger import LinkState
from ..models import QuarantineCode
from ..ports.store import Store
from ..views import Cell, Status, Table, Tone, html, text

#: states of their own that are refusals too
_FOR_PERSONS = {
    LinkState.HELD: QuarantineCode.POSSIBLE_TWIN,
    LinkState.DUPLICATE_FOUND: QuarantineCode.DUPLICATE,
    LinkState.REMOTE_MISSING: QuarantineCode.REMOTE_MISSING,
    LinkState.REMOTE_CHANGED: QuarantineCode.REMOTE_CHANGED,
}


_COUNTED = 1000
"""So many notes are counted: there may be very many after documents were recorded by the thousand."""


@attrs.frozen(kw_only=True)
class EngineStatus:
    """The exchange at a glance."""

    enabled: bool
    #: why a person paused it; None where nobody did
    paused: str | None
    #: documents that need work or attention
    depth: int
    #: when the one that waits longest changed in 1C
    oldest: dt.datetime | None
    #: documents still to be read from 1C: a run could not read them, or they were recorded since; counted up to 1,000
    unread: int
    #: lines whose last write nobody knows the end of
    unknown: int
    #: lines that wait for data or for a person, by code
    quarantined: Mapping[QuarantineCode, int]
    #: lines that stand in BILLmanager as they should
    synced: int

    def table(self) -> Table:
        """Draw it up as a table."""
        running = Status("on", Tone.GOOD) if self.enabled and self.paused is None else Status("off", Tone.BAD)
        why = "switched off; call enable()" if not self.enabled else self.paused and f"paused: {self.paused}"
        since = f"the oldest since {self.oldest:%d.%m.%Y %H:%M %Z}" if self.oldest else ""
        rows: list[tuple[Cell, Cell, Cell]] = [
            ("exchange", running, why or ""),
            ("lines that stand in BILLmanager", self.synced, ""),
            (
                "documents that need work or attention",
                self.depth,
                since,
            ),
            ("documents still to be read from 1C", self.unread, _why_unread(self.unread)),
            ("writes whose end is not known", self.unknown, "the next export finds it out" * bool(self.unknown)),
            *((f"refused: {code.value}", number, code.sentence) for code, number in sorted(self.quarantined.items())),
        ]
        return Table(columns=("what", "how many", "besides"), rows=rows)

    def __str__(self) -> str:
        return text(self.table())

    def _repr_html_(self) -> str:
        return html(self.table())

    @classmethod
    def of(cls, store: Store) -> EngineStatus:
        """Count what a store keeps."""
        switch, summary = store.switch(), store.summary()
        refused = Counter(summary.quarantined)
        refused.update({code: summary.links.get(state, 0) for state, code in _FOR_PERSONS.items()})
        return cls(
            enabled=switch.enabled,
            paused=switch.paused,
            depth=summary.open_documents,
            oldest=summary.oldest_open,
            unread=len(store.noted(limit=_COUNTED)),
            unknown=sum(n for state, n in summary.links.items() if state.is_intent or state.is_unknown),
            quarantined={code: number for code, number in refused.items() if number},
            synced=summary.links.get(LinkState.SYNCED, 0),
        )


def _why_unread(number: int) -> str:
    if not number:
        return ""
    why = "they cannot be read, as the warnings of the last export say, or were recorded after it"
    return f"or more; {why}" if number == _COUNTED else why
