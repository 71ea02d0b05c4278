"""What an export did, line by line."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import attrs

from ..errors import BillManager1CError
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode
from ..views import Cell, Column, Picture, Status, Table, Tone, data_frame, html, text, to_dicts
from ._drawn import plot_lines
from ._words import bare


class Action(enum.StrEnum):
    """What became of a line; the keys of :attr:`ExportReport.counts`."""

    EXPORTED = "exported"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    """Not a customer's money, or too old, and never exported."""
    POSTPONED = "postponed"
    """Will be tried again by itself."""
    QUARANTINED = "quarantined"
    """Waits for data or for a person; the code says for what."""


TONES = {
    Action.EXPORTED: Tone.GOOD,
    Action.UPDATED: Tone.CHANGED,
    Action.CANCELLED: Tone.CHANGED,
    Action.UNCHANGED: Tone.QUIET,
    Action.SKIPPED: Tone.QUIET,
    Action.POSTPONED: Tone.WAITING,
    Action.QUARANTINED: Tone.BAD,
}


@attrs.frozen(kw_only=True)
class Outcome:
    """How one document line ended."""

    ref: DocumentRef
    #: None where the document as a whole was looked at
    contract_id: ContractId | None = None
    action: Action
    payment_id: PaymentId | None = None
    #: in ``currency``
    amount: Decimal = Decimal(0)
    currency: str = ""
    #: the document's number and date, for people
    number: str = ""
    date: dt.date | None = None
    #: set where it is quarantined
    code: QuarantineCode | None = None
    #: one sentence; empty where there is nothing to say
    reason: str = ""


_SHOWN = 1000


@attrs.frozen(kw_only=True)
class ExportReport:
    """What one run of the export did."""

    #: aware
    started_at: dt.datetime
    finished_at: dt.datetime
    #: one for each line that was looked at. Those of a very long run are read from the store when they are asked for
    outcomes: Sequence[Outcome] = ()
    #: how many lines ended how: seven keys, always all of them
    counts: dict[str, int] = attrs.field()
    #: trouble that passes by itself, such as a locked infobase; the next run tries again
    problems: tuple[BillManager1CError, ...] = ()
    #: what a person should know besides, one sentence each
    warnings: tuple[str, ...] = ()

    @counts.default
    def _count(self) -> dict[str, int]:
        found = Counter(outcome.action for outcome in self.outcomes)
        return {action.value: found[action] for action in Action}

    def table(self, *actions: Action) -> Table:
        """Draw the outcomes up as a table: of these actions, or all."""
        rows = [
            (
                Status(outcome.action.value, TONES[outcome.action]),
                outcome.ref.kind.short,
                outcome.number,
                outcome.date,
                outcome.amount,
                outcome.currency,
                outcome.payment_id,
                outcome.code.value if outcome.code else "",
                bare(outcome),
            )
            for outcome in self.outcomes
            if not actions or outcome.action in actions
        ]
        names = ("action", "document", "number", "date", "amount", "currency", "payment", "code", "reason")
        return Table(columns=tuple(Column(name) for name in names), rows=tuple(rows), footnotes=(self._summary(),))

    def _summary(self) -> str:
        counted = ", ".join(f"{number} {name}" for name, number in self.counts.items() if number)
        troubles = "".join(f" Trouble: {problem.message}" for problem in self.problems)
        warnings = "".join(f" {warning}" for warning in self.warnings)
        return f"{counted or 'nothing to do'}.{troubles}{warnings}"

    def to_dicts(self) -> list[dict[str, Cell]]:
        """Return the outcomes as plain dictionaries, by the columns of :meth:`table`."""
        return to_dicts(self.table())

    def to_pandas(self) -> Any:
        """Return the table as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self.table())

    def plot(self, currency: str | None = None) -> Picture:
        """Draw money by the documents' days and by action, in one currency: by default that of most lines.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        return plot_lines(self.outcomes, Action, currency)

    def __str__(self) -> str:
        return text(self._shown())

    def _repr_html_(self) -> str:
        return html(self._shown())

    def _shown(self) -> Table:
        """Return as much of the table as a person reads; the whole of it is in :meth:`table`."""
        if len(self.outcomes) <= _SHOWN:
            return self.table()
        part = attrs.evolve(self, outcomes=tuple(islice(self.outcomes, _SHOWN)), counts=self.counts)
        rest = f"These are the first {_SHOWN} of {len(self.outcomes)} lines; report.table() has all of them."
        return attrs.evolve(part.table(), footnotes=(self._summary(), rest))
