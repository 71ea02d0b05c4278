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

    def __str__(self) -> str:
        text = f"Links recovered: {self.by_mark} by their marks, {self.by_register} from the module's register"
        return ". ".join([text, *self.warnings])
