"""How 1C and BILLmanager agree: line by line, in money, and in pictures."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from itertools import chain
from typing import TYPE_CHECKING

import attrs

from ..views import (
    Bars,
    Cell,
    Column,
    Picture,
    Status,
    Table,
    cell_text,
    data_frame,
    html,
    plot,
    text,
    to_dicts,
)
from ._reconciled import ClassTotal, DayTotal, LineClass, ReconciledLine, Suggestion

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 200
"""So many lines are printed or shown in a notebook; ``table()`` has all."""

_COLUMNS = (
    *("class", "number", "date", "who", "amount", "credited", "currency", "payment"),
    *("reason", "suggestion", "code", "document"),
)


@attrs.frozen(kw_only=True)
class Reconciliation:
    """1C beside BILLmanager. The same input gives the same bytes, in whatever order it comes."""

    #: the days of the documents that were compared; None where there was no bound
    since: dt.date | None = None
    until: dt.date | None = None
    #: everything that is not ``ok``, the gravest first
    lines: tuple[ReconciledLine, ...] = ()
    #: what agrees, by date; made line by line when it is asked for
    ok: Sequence[ReconciledLine] = attrs.field(default=(), repr=False)
    #: what agrees, by currency
    ok_totals: Mapping[str, ClassTotal] = attrs.field(factory=dict, repr=False)
    #: payments that are taken for none of this exchange: by a method that it never uses and like no line, with the
    #: mark of another infobase, or bills that nobody paid
    left_out: int = 0
    #: what a person should know besides, one sentence each
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are of which class: fourteen keys, always all of them."""
        counts = dict.fromkeys(map(str, sorted(LineClass)), 0)
        for line in self.lines:
            counts[line.line_class.value] += 1
        counts[LineClass.OK.value] = len(self.ok)
        return counts

    @property
    def totals(self) -> dict[str, dict[str, ClassTotal]]:
        """Lines and money by class and currency; classes and currencies that do not occur are left out."""
        found: dict[LineClass, dict[str, list[ReconciledLine]]] = {}
        for line in self.lines:
            found.setdefault(line.line_class, {}).setdefault(line.currency, []).append(line)
        totals = {
            line_class.value: {currency: _total(lines) for currency, lines in sorted(by_currency.items())}
            for line_class, by_currency in sorted(found.items())
        }
        if self.ok_totals:
            totals[LineClass.OK.value] = dict(sorted(self.ok_totals.items()))
        return dict(sorted(totals.items()))

    @property
    def agrees(self) -> bool:
        """True if everything is ``ok``."""
        return not self.lines

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Pairs of lines and payments that may belong together, the likeliest first. None was acted on."""
        found = {suggestion: None for line in self.lines for suggestion in line.suggestions}
        return tuple(sorted(found, key=lambda one: (-one.score, str(one.ref), one.contract_id, one.payment_id)))

    def of(self, *classes: LineClass | str) -> tuple[ReconciledLine, ...]:
        """Return the lines of these classes."""
        wanted = frozenset(map(LineClass, classes))
        ok = self.ok if LineClass.OK in wanted else ()
        return (*(line for line in self.lines if line.line_class in wanted), *ok)

    # -- as tables -----------------------------------------------------------------------------------------------

    def table(self, *classes: LineClass | str) -> Table:
        """Draw the lines up as a table: of these classes, or all that are not ``ok``."""
        return self._table(self.of(*classes) if classes else self.lines)

    def summary(self) -> Table:
        """Draw up how many lines and how much money are of which class."""
        rows: list[tuple[Cell, ...]] = [
            (Status(name, LineClass(name).tone), total.lines, currency, total.onec, total.billmanager, _apart(total))
            for name, by_currency in sorted(self.totals.items(), key=lambda item: _rank(item[0]))
            for currency, total in by_currency.items()
        ]
        days = [f"from {self.since}" if self.since else "", f"to {self.until}" if self.until else ""]
        return Table(
            title=" ".join(["1C and BILLmanager", *filter(None, days)]),
            columns=(
                "class",
                "lines",
                "currency",
                Column("onec", "1C"),
                Column("billmanager", "BILLmanager"),
                "difference",
            ),
            rows=rows,
            footnotes=tuple(self._notes()),
        )

    def to_dicts(self, *classes: LineClass | str) -> list[dict[str, Cell]]:
        """Return the rows of :meth:`table` as dictionaries."""
        return to_dicts(self.table(*classes))

    def to_pandas(self, *classes: LineClass | str) -> pd.DataFrame:
        """Return the rows of :meth:`table` as a pandas frame, with money as ``Decimal`` objects.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        return data_frame(self.table(*classes))

    def __str__(self) -> str:
        parts = [text(self.summary())]
        if self.lines:
            parts.append(text(self._shown()))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return html(self.summary()) + (html(self._shown()) if self.lines else "")

    def to_json(self, *, ok: bool = False) -> str:
        """Return all of it as JSON, byte for byte the same for the same input; money is text.

        Args:
            ok: with the lines that agree too; they may be many.
        """
        told = {
            "since": self.since,
            "until": self.until,
            "counts": self.counts,
            "totals": self.totals,
            "lines": [_line_as_json(line) for line in chain(self.lines, self.ok if ok else ())],
            "left_out": self.left_out,
            "warnings": self.warnings,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1, default=_as_json)

    # -- as pictures ---------------------------------------------------------------------------------------------

    def days(self, currency: str | None = None) -> tuple[DayTotal, ...]:
        """Return the money of each day on both sides, in one currency: by default that of most money."""
        currency = self._main_currency() if currency is None else currency
        onec: dict[dt.date, list[Decimal]] = {}
        credited: dict[dt.date, list[Decimal]] = {}
        for line in chain(self.lines, self.ok):
            if line.currency != currency:
                continue
            if line.amount is not None and line.paid_on is not None:
                onec.setdefault(line.paid_on, []).append(line.amount)
            day = line.credited_on or line.paid_on
            if line.credited is not None and day is not None:
                credited.setdefault(day, []).append(line.credited)
        return tuple(
            DayTotal(day=day, onec=add(onec.get(day, ())), billmanager=add(credited.get(day, ())))
            for day in sorted({*onec, *credited})
        )

    def plot(self, currency: str | None = None) -> Picture:
        """Draw 1C against BILLmanager by day, and money by class, in one currency.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        currency = self._main_currency() if currency is None else currency
        days = self.days(currency)
        totals = {
            name: by_currency[currency]
            for name, by_currency in sorted(self.totals.items(), key=lambda item: _rank(item[0]))
            if currency in by_currency
        }
        title = "By class"
        if len(totals) > 1 and (ok := totals.pop(LineClass.OK.value, None)) is not None:
            title = f"By class, without {cell_text(ok.onec)} {currency} that agree"  # they would dwarf the rest
        by_day = {"1C": [day.onec for day in days], "BILLmanager": [day.billmanager for day in days]}
        by_class = {
            "1C": [total.onec for total in totals.values()],
            "BILLmanager": [total.billmanager for total in totals.values()],
        }
        dates = [day.day.isoformat() for day in days]
        return plot(
            [
                Bars(title="By day", labels=dates, series=by_day, unit=currency),
                Bars(title=title, labels=totals, series=by_class, unit=currency, lying=True),
            ]
        )

    # -- inside --------------------------------------------------------------------------------------------------

    def _main_currency(self) -> str:
        money: dict[str, list[Decimal]] = {}
        for by_currency in self.totals.values():
            for currency, total in by_currency.items():
                money.setdefault(currency, []).extend((total.onec, total.billmanager))
        return max(sorted(money), key=lambda currency: add(money[currency]), default="")

    def _shown(self) -> Table:
        hidden = len(self.lines) - SHOWN
        note = (f"{hidden} more lines are not shown; table() has all of them.",) if hidden > 0 else ()
        return self._table(self.lines[:SHOWN], note)

    def _table(self, lines: Iterable[ReconciledLine], footnotes: Collection[str] = ()) -> Table:
        return Table(columns=_COLUMNS, rows=[_row(line) for line in lines], footnotes=footnotes)

    def _notes(self) -> Iterator[str]:
        if self.agrees:
            yield "Everything agrees." if self.ok else "There was nothing to compare."
        if self.left_out:
            yield (
                f"{self.left_out} payments are none of this exchange (by a method it never uses, with the mark of "
                "another infobase, or bills that nobody paid) and were left out."
            )
        yield from self.warnings


def add(amounts: Iterable[Decimal]) -> Decimal:
    """Add up exactly, whatever the context of the moment would round to."""
    with localcontext(Context(prec=100)):
        return sum(amounts, Decimal("0.00"))


def _total(lines: Collection[ReconciledLine]) -> ClassTotal:
    return ClassTotal(
        lines=len(lines),
        onec=add(line.amount for line in lines if line.amount is not None),
        billmanager=add(line.credited for line in lines if line.credited is not None),
    )


def _apart(total: ClassTotal) -> Decimal:
    return add((total.billmanager, total.onec.copy_negate()))


def _rank(name: str) -> int:
    return list(LineClass).index(LineClass(name))


def _row(line: ReconciledLine) -> tuple[Cell, ...]:
    ids = ", ".join(map(str, line.payment_ids))
    return (
        Status(line.line_class.value, line.line_class.tone),
        line.number,
        line.date,
        line.who,
        line.amount,
        line.credited,
        line.currency,
        line.payment_id if not line.other_ids else ids,
        line.reason,
        "; ".join(map(str, line.suggestions)),
        line.code.value if line.code else "",
        line.ref.kind.title if line.ref else "",
    )


def _line_as_json(line: ReconciledLine) -> dict[str, object]:
    told = {field.name: getattr(line, field.name) for field in attrs.fields(ReconciledLine)}
    return {name: value for name, value in told.items() if value not in (None, "", ())}


def _as_json(value: object) -> object:
    match value:
        case Suggestion() | ClassTotal():
            return attrs.asdict(value, recurse=False)
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)
