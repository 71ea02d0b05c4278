"""A list that can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from ..matching import BindingSuggestion
from ..views import Cell, Status, Table, Tone, data_frame, html, text, to_dicts
from ._explanation import DocumentSummary
from ._lines import Refusal, UnknownOutcome
from ._words import bare

T = TypeVar("T")


class Listing(list[T], Generic[T]):
    """A plain list of values, which prints as a table and shows itself in a notebook."""

    def __init__(self, items: Iterable[T] = (), *, title: str = "", columns: Mapping[str, Callable[[T], Cell]]) -> None:
        super().__init__(items)
        self._title = title
        self._columns = columns

    def table(self) -> Table:
        """Draw the items up as a table."""
        return Table(
            title=self._title,
            columns=tuple(self._columns),
            rows=[tuple(cell(item) for cell in self._columns.values()) for item in self],
            footnotes=() if self else ("There is none.",),
        )

    def to_dicts(self) -> list[dict[str, Cell]]:
        """Return the rows of :meth:`table` as dictionaries."""
        return to_dicts(self.table())

    def to_pandas(self) -> Any:
        """Return the rows of :meth:`table` as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self.table())

    def __str__(self) -> str:
        return text(self.table())

    def _repr_html_(self) -> str:
        return html(self.table())


def refusals(found: Iterable[Refusal]) -> Listing[Refusal]:
    """List lines that wait for data or for a person."""
    return Listing(
        found,
        title="Refused",
        columns={
            "code": lambda one: Status(one.code.value, Tone.BAD if one.waits_for == "person" else Tone.WAITING),
            "waits for": lambda one: one.waits_for,
            "document": lambda one: one.ref.kind.short,
            "number": lambda one: one.number,
            "date": lambda one: one.date,
            "amount": lambda one: one.amount,
            "currency": lambda one: one.currency,
            "payment": lambda one: one.payment_id,
            "reason": bare,
        },
    )


def unknown_outcomes(found: Iterable[UnknownOutcome]) -> Listing[UnknownOutcome]:
    """List writes whose end nobody knows."""
    return Listing(
        found,
        title="Writes whose end is not known",
        columns={
            "write": lambda one: Status(one.op.value, Tone.WAITING),
            "age": lambda one: str(one.age).partition(".")[0],
            "document": lambda one: one.ref.kind.short,
            "number": lambda one: one.number,
            "date": lambda one: one.date,
            "amount": lambda one: one.amount,
            "currency": lambda one: one.currency,
            "payment": lambda one: one.payment_id,
            "reason": lambda one: one.reason,
            "what happens next": lambda one: one.next,
        },
    )


def found_documents(found: Iterable[DocumentSummary]) -> Listing[DocumentSummary]:
    """List documents that were looked for."""
    return Listing(
        found,
        title="Found",
        columns={
            "document": lambda one: one.ref.kind.short,
            "number": lambda one: one.number,
            "date": lambda one: one.date,
            "amount": lambda one: one.amount,
            "currency": lambda one: one.currency,
            "payments": lambda one: ", ".join(map(str, one.payment_ids)),
            "INN": lambda one: one.inn,
            "counterparty": lambda one: one.counterparty,
        },
    )


def suggestions(found: Iterable[BindingSuggestion]) -> Listing[BindingSuggestion]:
    """List subaccounts that contracts may belong to."""
    return Listing(
        found,
        title="Nothing is bound until engine.bind(contract_id, subaccount_id) is called",
        columns={
            "score": lambda one: one.score,
            "contract": lambda one: one.contract,
            "counterparty": lambda one: one.counterparty,
            "subaccount": lambda one: one.subaccount_id,
            "client": lambda one: one.account,
            "currency": lambda one: one.currency,
            "why": lambda one: one.reason,
        },
    )
