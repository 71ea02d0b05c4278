"""A question to BILLmanager as a value.

An :class:`Operation` knows its function, its parameters and how to read the answer. It does not know who sends it,
when, or over what: both clients, the plans and the simulation send the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from typing import Self

    from ._dialect import Dialect
    from ._document import Document


class Identified(Protocol):
    """What a row of a list must have."""

    @property
    def id(self) -> int:
        """The id: what makes two rows one."""
        ...


T = TypeVar("T")
R = TypeVar("R", bound=Identified)
T_co = TypeVar("T_co", covariant=True)


@attrs.frozen
class Call:
    """What goes over the wire: a function and its parameters, without credentials."""

    func: str
    #: hidden from ``repr``: the log-in function carries a password here
    params: Mapping[str, str] = attrs.field(factory=dict, repr=lambda params: f"<{', '.join(params)}>")
    #: the answer may be signed by any function of this family, such as the steps of a wizard, instead of ``func``;
    #: an empty text means: by anyone
    family: str | None = None
    #: the format of the answer; ``devel`` is XML with a description of the form or the list (§1.5)
    out: Literal["json", "devel"] = "json"


class Operation(Generic[T_co]):
    """One call of one BILLmanager function, with the type of its answer.

    Subclasses are frozen attrs classes whose fields are the domain's own values.
    """

    #: True if the call may change something. A write is never repeated by a client
    writes: ClassVar[bool] = False

    def call(self, dialect: Dialect) -> Call:
        """Return the function and the parameters as they go over the wire."""
        raise NotImplementedError

    def read(self, document: Document, dialect: Dialect) -> T_co:
        """Read the answer, in which no error was reported.

        Fields that are missing or wrong are noted in the document, which stands in for them; :func:`decode` then
        raises :class:`BadReply` with all of them, and the value made here is thrown away.

        Raises:
            NotSaved: the form came back instead of ``ok``.
        """
        raise NotImplementedError


@attrs.frozen
class Page(Generic[T]):
    """A part of a list."""

    rows: tuple[T, ...]
    #: number of this page, from 1
    number: int
    #: how many rows the whole list has, as BILLmanager says; None where it did not
    total: int | None


def _ids(values: Iterable[int] | None) -> tuple[int, ...] | None:
    return None if values is None else tuple(values)


@attrs.frozen(kw_only=True)
class Listing(Operation["Page[R]"], Generic[R]):
    """A list, asked for page by page. ``client.iterate(listing)`` yields the rows of all pages."""

    #: only rows with these ids; None asks for all, and no id at all is refused, for BILLmanager would take it as all
    ids: tuple[int, ...] | None = attrs.field(default=None, converter=_ids)
    #: number of the page, from 1
    page: int = 1
    #: rows per page
    page_size: int = 1000
    #: the greatest id first; else the smallest, so that new rows come last and shift nothing
    newest_first: bool = False

    @ids.validator
    def _some_ids(self, attribute: object, value: tuple[int, ...] | None) -> None:
        if value is not None and not value:
            raise ValueError("ids is empty: ask for at least one id, or for None to mean all")

    def at_page(self, number: int) -> Self:
        """Return the same question for another page."""
        return attrs.evolve(self, page=number)

    def split(self, last: R) -> tuple[Self, Self] | None:
        """Return the same question in two halves that overlap nowhere, or None where the list has no way to do it.

        ``last`` is the last row that a cut list showed: about there it should be split.
        """
        return None

    def holds(self, row: R) -> bool:
        """Say whether a row is among what was asked for; it shows that BILLmanager heeds the filter."""
        return self.ids is None or row.id in self.ids
