"""How a diagnosis asks: never a write, in whatever dialect it takes to be right, and a refusal is an answer too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Generic, Literal, TypeVar

import attrs

from ...api import Call, Dialect, Document, Operation, ReadShape, Shape
from ...errors import BillManager1CError
from ...ports.onec import Inspected
from ..effects import Effect, Plan, Send, ask
from ._notes import Notes

T = TypeVar("T")

#: rows of a list that are looked at
PAGE = 1000


@attrs.frozen
class Spoken(Operation[T], Generic[T]):
    """A reading in another dialect than the client's own."""

    operation: Operation[T] = attrs.field()
    dialect: Dialect

    @operation.validator
    def _only_reads(self, attribute: object, value: Operation[T]) -> None:
        if value.writes:
            raise ValueError(f"{type(value).__name__} would write")

    def call(self, dialect: Dialect) -> Call:
        """Return the call in the other dialect."""
        return self.operation.call(self.dialect)

    def read(self, document: Document, dialect: Dialect) -> T:
        """Read the answer in the other dialect."""
        return self.operation.read(document, self.dialect)


@attrs.frozen
class AskLead(Effect[dt.timedelta | None]):
    """How far the clock of a system was ahead of ours at its last answer; None where it did not say."""

    system: Literal["BILLmanager", "1C"]


@attrs.frozen
class Inspect(Effect[list[Inspected] | None]):
    """What of 1C can be read; None where the adapter cannot tell."""


def tried(effect: Effect[T]) -> Plan[T | BillManager1CError]:
    """Return the answer, or the refusal as a value."""
    try:
        return (yield from ask(effect))
    except BillManager1CError as error:
        return error


def read(notes: Notes, operation: Operation[T]) -> Plan[T | BillManager1CError]:
    """Read something in the dialect that was found to fit."""
    return (yield from tried(Send(Spoken(operation, notes.dialect))))


def shape(notes: Notes, func: str, params: Mapping[str, str] | None = None) -> Plan[Shape | BillManager1CError]:
    """Read what a form or a list is made of: its description where BILLmanager gives one, else its data."""
    params = params or {}
    if notes.described is not False:
        found = yield from tried(Send(ReadShape(func, params)))
        if isinstance(found, Shape) and found.is_described:
            notes.described = True
            return found
    plain = yield from tried(Send(ReadShape(func, params, described=False)))
    if isinstance(plain, Shape) and notes.described is None and (plain.fields or plain.total is not None):
        notes.described = False
    return plain


def page_of(
    fields: Mapping[str, str] | None = None, *, size: int = PAGE, number: int = 1, newest_first: bool = False
) -> dict[str, str]:
    """Return the parameters of a page of a list, with a filter of its own or none."""
    return {
        "filter": "on" if fields else "off",
        **(fields or {}),
        "p_num": str(number),
        "p_cnt": str(size),
        "p_sort": "id",
        "p_order": "desc" if newest_first else "asc",
    }
