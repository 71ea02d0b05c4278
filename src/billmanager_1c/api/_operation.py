"""A question to BILLmanager as a value.

An :class:`Operation` knows its function, its parameters and how to read the answer. It does not know who sends it,
when, or over what: both clients, the plans and the simulation send the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._dialect import Dialect
    from ._document import Document

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@attrs.frozen
class Call:
    """What goes over the wire: a function and its parameters, without credentials and output format."""

    func: str
    params: Mapping[str, str] = attrs.field(factory=dict)


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

        Raises:
            BadReply: a required field is missing or has a wrong value.
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


@attrs.frozen(kw_only=True)
class Listing(Operation["Page[T]"], Generic[T]):
    """A list, asked for page by page. ``client.iterate(listing)`` yields the rows of all pages."""

    #: number of the page, from 1
    page: int = 1
    #: rows per page
    page_size: int = 1000

    def at_page(self, number: int) -> Self:
        """Return the same question for another page."""
        return attrs.evolve(self, page=number)
