"""What was found out about a live BILLmanager, and 1C: what holds, what does not, and what to do."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable
from typing import Any

import attrs

from ..api import Dialect
from ..views import Column, Status, Table, Tone, data_frame, html, text, to_dicts


class CheckVerdict(enum.Enum):
    """How a check ended."""

    HOLDS = "holds"
    FAILS = "fails"
    """The exchange will not work, or not as it should, until it is mended."""

    WARNING = "warning"
    """The exchange works; something a person should know or change."""

    UNKNOWN = "unknown"
    """It cannot be seen without a write, or not now."""


_TONES = {
    CheckVerdict.HOLDS: Tone.GOOD,
    CheckVerdict.FAILS: Tone.BAD,
    CheckVerdict.WARNING: Tone.WAITING,
    CheckVerdict.UNKNOWN: Tone.QUIET,
}


@attrs.frozen(kw_only=True)
class Check:
    """One assumption, put to a live system."""

    #: which one, such as ``payer_inn``; with :attr:`area` before it, unique in a diagnosis
    name: str
    #: ``connection``, ``rights``, ``dialect``, ``lists``, ``reference`` or ``1c``
    area: str
    verdict: CheckVerdict
    #: what was asked
    asked: str
    #: what was seen
    seen: str
    #: one sentence on what to do; empty where nothing is to be done
    advice: str = ""

    def __str__(self) -> str:
        return ". ".join(filter(None, (f"{self.area}: {self.name} {self.verdict.value}: {self.seen}", self.advice)))


@attrs.frozen(kw_only=True)
class Diagnosis:
    """All checks, in an order that does not change, and the dialect that would fit."""

    checks: tuple[Check, ...] = ()
    #: the client's own dialect with every name changed that was found to differ
    dialect: Dialect = attrs.field(factory=Dialect)
    #: the client's own
    current: Dialect = attrs.field(factory=Dialect, repr=False)

    @property
    def ok(self) -> bool:
        """True if nothing fails; there may be warnings, and things that cannot be seen."""
        return not self.having(CheckVerdict.FAILS)

    @property
    def counts(self) -> dict[str, int]:
        """How many checks ended how: four keys, always all of them."""
        found = Counter(check.verdict for check in self.checks)
        return {verdict.value: found[verdict] for verdict in CheckVerdict}

    @property
    def dialect_code(self) -> str:
        """The dialect that would fit as Python: what to hand to the client as ``dialect=``."""
        stock = Dialect()
        changed = [
            f"{field.name}={_literal(getattr(self.dialect, field.name))}"
            for field in attrs.fields(Dialect)
            if getattr(self.dialect, field.name) != getattr(stock, field.name)
        ]
        return f"Dialect({', '.join(changed)})"

    def having(self, *verdicts: CheckVerdict) -> tuple[Check, ...]:
        """Return the checks that ended so."""
        return tuple(check for check in self.checks if check.verdict in verdicts)

    def __getitem__(self, name: str) -> Check:
        """Return the check of this name, or of ``area.name``.

        Raises:
            KeyError: there is none.
        """
        for check in self.checks:
            if name in (check.name, f"{check.area}.{check.name}"):
                return check
        raise KeyError(name)

    def table(self) -> Table:
        """Draw the checks up as a table, what fails on top."""
        order = (CheckVerdict.FAILS, CheckVerdict.WARNING, CheckVerdict.UNKNOWN, CheckVerdict.HOLDS)
        return self._drawn(sorted(self.checks, key=lambda check: order.index(check.verdict)))

    def _drawn(self, checks: Iterable[Check]) -> Table:
        rows = [
            (
                Status(check.verdict.value, _TONES[check.verdict]),
                check.area,
                check.name,
                check.asked,
                check.seen,
                check.advice,
            )
            for check in checks
        ]
        names = ("verdict", "area", "name", "asked", "seen", "advice")
        return Table(
            title="Diagnosis", columns=tuple(Column(name) for name in names), rows=tuple(rows), footnotes=self._notes()
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the checks as plain dictionaries, in their own order."""
        return list(to_dicts(self._drawn(self.checks)))

    def to_pandas(self) -> Any:
        """Return the checks as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self._drawn(self.checks))

    def _notes(self) -> tuple[str, ...]:
        counted = ", ".join(f"{number} {name}" for name, number in self.counts.items() if number)
        names = {field.name for field in attrs.fields(Dialect)}
        asked = [check for check in self.checks if check.name in names]
        lost = [
            check.name for check in asked if check.verdict is CheckVerdict.FAILS and not self._is_changed(check.name)
        ]
        fits = []
        if not asked:
            fits.append("The client's dialect could not be checked.")
        elif self.dialect != self.current:
            fits.append(f"Give the client dialect={self.dialect_code}.")
        elif not lost:
            fits.append("The client's dialect fits, as far as can be seen.")
        if lost:
            fits.append(f"Nothing was found in place of: {', '.join(lost)}.")
        return f"{counted or 'nothing was checked'}.", *fits

    def _is_changed(self, name: str) -> bool:
        return bool(getattr(self.dialect, name) != getattr(self.current, name))

    def __str__(self) -> str:
        return text(self.table(), width=160)

    def _repr_html_(self) -> str:
        return html(self.table())


def _literal(value: object) -> str:
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(repr, value)))}}}" if value else "()"
    return repr(value)
