"""What loading the accounts did, and what recovering the links did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from ..views import Cell, Table, data_frame, html, to_dicts


@attrs.frozen(kw_only=True)
class AccountsReport:
    """How the subaccounts of BILLmanager came over."""

    #: aware
    at: datetime
    added: int
    changed: int
    #: no longer open in BILLmanager
    closed: int
    unchanged: int
    #: True if the adapter keeps them in a catalogue of 1C too
    saved_in_1c: bool = False
    warning: str = ""

    def table(self) -> Table:
        """Draw the counts up as a table of one row."""
        return Table(
            title="Subaccounts",
            columns=("at", "added", "changed", "closed", "unchanged", "saved in 1C"),
            rows=[(self.at, self.added, self.changed, self.closed, self.unchanged, _yes(self.saved_in_1c))],
            footnotes=(self.warning,) if self.warning else (),
        )

    def to_dicts(self) -> list[dict[str, Cell]]:
        """Return the row of :meth:`table` as a dictionary."""
        return to_dicts(self.table())

    def to_pandas(self) -> Any:
        """Return the table as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self.table())

    def __str__(self) -> str:
        text = (
            f"Subaccounts: {self.added} added, {self.changed} changed, {self.closed} closed, {self.unchanged} unchanged"
        )
        return f"{text}. {self.warning}".rstrip()

    def _repr_html_(self) -> str:
        return html(self.table())


@attrs.frozen(kw_only=True)
class RecoveryReport:
    """What became of the links of a store that was lost or restored."""

    #: aware
    at: datetime
    #: payments that carry our mark and were bound to their lines again
    by_mark: int
    #: payments that ISPsystem's module had made
    by_register: int = 0
    #: what a person should look at, one sentence each
    warnings: tuple[str, ...] = ()

    def table(self) -> Table:
        """Draw the counts up as a table of one row."""
        return Table(
            title="Links recovered",
            columns=("at", "by their marks", "from the module's register"),
            rows=[(self.at, self.by_mark, self.by_register)],
            footnotes=self.warnings,
        )

    def to_dicts(self) -> list[dict[str, Cell]]:
        """Return the row of :meth:`table` as a dictionary."""
        return to_dicts(self.table())

    def to_pandas(self) -> Any:
        """Return the table as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self.table())

    def __str__(self) -> str:
        text = f"Links recovered: {self.by_mark} by their marks, {self.by_register} from the module's register"
        return ". ".join([text, *self.warnings])

    def _repr_html_(self) -> str:
        return html(self.table())


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
