"""What loading the accounts did."""

from __future__ import annotations

from datetime import datetime

import attrs


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

    def __str__(self) -> str:
        text = (
            f"Subaccounts: {self.added} added, {self.changed} changed, {self.closed} closed, {self.unchanged} unchanged"
        )
        return f"{text}. {self.warning}".rstrip()
