"""A thin reader over the decoded JSON of an answer (billmanager-api.md §1.6).

Text stands under ``$``, an attribute under ``$name``, a child under its name. A child that occurs once is an object,
several times an array, an empty one ``{}``. The reader bears all of it, and plain strings too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

from ..errors import BadReply
from ..models import Money, parse_money
from ..wirejson import writable

T = TypeVar("T")

Node = object
"""A decoded JSON value whose numbers are still text."""

#: more broken fields than this say nothing new
_MAX_PROBLEMS = 20

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?", re.ASCII)
_NO_DAY = "0000-00-00"
_LEADING_NUMBER = re.compile(r"\d{1,18}(?=_|\Z)", re.ASCII)
#: what a list of ids says for none
_NONE = frozenset({"", "null"})


class Document:
    """An element of an answer: the document itself, or a row, or any child.

    Typed readers note what is missing or wrong and return a stand-in; :meth:`check` raises for all of it at once.
    Times come in BILLmanager's zone. Nothing here shows in ``repr``: an answer may echo a session (§1.6).
    """

    __slots__ = ("_node", "_path", "_problems", "function", "zone")

    def __init__(
        self,
        node: Node,
        *,
        function: str = "",
        zone: dt.tzinfo = dt.UTC,
        path: str = "$",
        problems: list[str] | None = None,
    ) -> None:
        self._node: Mapping[str, Node] = node if isinstance(node, dict) else {"$": node}
        self._path = path
        self._problems: list[str] = [] if problems is None else problems
        self.function: str = function
        """The function that was asked, for messages."""
        self.zone: dt.tzinfo = zone
        """The zone of BILLmanager's wall clock."""

    def __repr__(self) -> str:
        return f"Document({self._path} of {self.function or '?'})"

    # -- what is there

    def __contains__(self, name: object) -> bool:
        return name in self._node

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the children."""
        return (name for name in self._node if not name.startswith("$"))

    @property
    def own_text(self) -> str:
        """The text of this element itself."""
        return _text(self._node)

    def attribute(self, name: str) -> str:
        """Return an attribute of this element, empty if there is none."""
        return _text(self._node.get(f"${name}"))

    def children(self, name: str) -> tuple[Document, ...]:
        """Return the children of that name: none, one or several."""
        nodes = self._node.get(name)
        if nodes is None:
            return ()
        if isinstance(nodes, list):
            return tuple(self._child(node, f".{name}[{place}]") for place, node in enumerate(nodes))
        return (self._child(nodes, f".{name}"),)

    def child(self, name: str) -> Document | None:
        """Return the first child of that name."""
        return next(iter(self.children(name)), None)

    def rows(self, name: str = "elem") -> tuple[Document, ...]:
        """Return the rows of a list: a single one may come as an object, and none as nothing at all (§1.6)."""
        nodes = self._node.get(name)
        if nodes is None or nodes == {}:
            return ()
        rows = nodes if isinstance(nodes, list) else [nodes]
        return tuple(self._child(row, f".{name}[{place}]") for place, row in enumerate(rows))

    @property
    def lenient(self) -> Document:
        """The same element, of which whatever cannot be read is not there: for what is a courtesy."""
        return Document(self._node, function=self.function, zone=self.zone, path=self._path)

    # -- text

    def text(self, name: str) -> str:
        """Return the text of a child, empty if it has none or is not there. Of several, the first that has any."""
        return next((text for text in self._texts(name) if text), "")

    def shown_text(self, name: str) -> str | None:
        """Return the text of a child, or None if this BILLmanager did not show it."""
        return self.text(name) if name in self._node else None

    def code(self, name: str) -> str:
        """Return the raw value of a child: ``$orig`` where the text is a translation of it (§1.6)."""
        return next((code for code in self._codes(name) if code), "")

    # -- values

    def integer(self, name: str) -> int:
        """Return a number that must be there. ``1_postpaid`` is status 1 with a label of its own (§4.8)."""
        return self._required(name, self.shown_integer(name), 0)

    def shown_integer(self, name: str) -> int | None:
        """Return a number, or None if the child is empty or not there."""
        return self._first(name, self._codes(name), _integer, "not a whole number")

    def link(self, name: str) -> int | None:
        """Return the id of another object; ``0`` and ``null`` are none."""
        codes = [code for code in self._codes(name) if code not in _NONE]
        return self._first(name, codes, _integer, "not an id") or None

    def links(self, name: str) -> frozenset[int]:
        """Return a comma list of ids."""
        found = set()
        for text in self._codes(name):
            for part in text.split(","):
                if (code := part.strip()) in _NONE:
                    continue
                if (number := _integer(code)) is None:
                    self.note(f"not a list of ids @ {self._path}.{name}")
                else:
                    found.add(number)
        return frozenset(found)

    def money(self, name: str) -> Money:
        """Return an amount with its unit that must be there, such as ``10.00 RUB`` (§3)."""
        return self._required(name, self._first(name, self._texts(name), _money, "not an amount"), Money(Decimal(0)))

    def amount(self, name: str) -> Decimal:
        """Return an amount that must be there."""
        return self.money(name).amount

    def shown_money(self, name: str) -> Money | None:
        """Return an amount with its unit, or None if the child is empty, not there, or no amount: a courtesy."""
        return next((money for text in self._texts(name) if (money := _money(text)) is not None), None)

    def shown_amount(self, name: str) -> Decimal | None:
        """Return an amount, or None if the child is empty or not there."""
        money = self._first(name, self._texts(name), _money, "not an amount")
        return None if money is None else money.amount

    def active(self, name: str, inactive: frozenset[str]) -> bool:
        """Return False if the child says one of the words for inactive; one that is not there says nothing."""
        return self.code(name).strip().casefold() not in inactive

    def day(self, name: str) -> dt.date | None:
        """Return a date; of a date with time, its date on BILLmanager's wall clock."""
        moment = self._moment(name)
        return None if moment is None else moment.date()

    def moment(self, name: str) -> dt.datetime | None:
        """Return a date with time, aware; it has no zone on the wire and means BILLmanager's wall clock (§5)."""
        moment = self._moment(name)
        return None if moment is None else moment.replace(tzinfo=self.zone)

    # -- what is wrong

    def note(self, problem: str) -> None:
        """Remember that something is wrong with the answer."""
        if len(self._problems) < _MAX_PROBLEMS:
            self._problems.append(problem)

    def missing(self, name: str) -> None:
        """Remember that a field that must be there is not."""
        self.note(f"required field missing @ {self._path}.{name}")

    def check(self) -> None:
        """Raise if something was noted.

        Raises:
            BadReply: with everything that was noted.
        """
        if self._problems:
            raise BadReply(
                f"{self.function}: BILLmanager's answer lacks what it must have: {self._problems[0]}"
                f"{f' and {len(self._problems) - 1} more' if len(self._problems) > 1 else ''}. "
                "Check the employee's rights on fields, and the Dialect.",
                system="BILLmanager",
                function=self.function,
                paths=tuple(self._problems),
            )

    # -- inside

    def _child(self, node: Node, step: str) -> Document:
        return Document(node, function=self.function, zone=self.zone, path=self._path + step, problems=self._problems)

    def _texts(self, name: str) -> list[str]:
        nodes = self._node.get(name)
        return [_text(node) for node in (nodes if isinstance(nodes, list) else [nodes])]

    def _codes(self, name: str) -> list[str]:
        nodes = self._node.get(name)
        return [
            (_text(node.get("$orig")) or _text(node)) if isinstance(node, dict) else _text(node)
            for node in (nodes if isinstance(nodes, list) else [nodes])
        ]

    def _first(self, name: str, texts: list[str], read: Callable[[str], T | None], complaint: str) -> T | None:
        """Return what can be read first: a column that occurs twice shows a raw value and a translated one (§1.6)."""
        seen = False
        for text in texts:
            if not text.strip():
                continue
            seen = True
            if (value := read(text.strip())) is not None:
                return value
        if seen:
            self.note(f"{complaint} @ {self._path}.{name}")
        return None

    def _moment(self, name: str) -> dt.datetime | None:
        texts = [text for text in self._texts(name) if not text.startswith(_NO_DAY)]
        return self._first(name, texts, _moment, "not a date")

    def _required(self, name: str, value: T | None, stand_in: T) -> T:
        if value is not None:
            return value
        if not any(text.strip() for text in self._texts(name)):  # else it was noted as wrong
            self.missing(name)
        return stand_in


def _text(node: Node) -> str:
    if isinstance(node, dict):
        node = node.get("$")
    if node is True:
        return "on"
    if node is False:
        return "off"
    return writable(node).strip() if isinstance(node, str) else ""


def _integer(text: str) -> int | None:
    match = _LEADING_NUMBER.match(text)
    return int(match[0]) if match else None


def _money(text: str) -> Money | None:
    try:
        return parse_money(text)
    except ValueError:
        return None


def _moment(text: str) -> dt.datetime | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return dt.datetime.fromisoformat(f"{match[1]} {match[2] or '00:00'}")
    except ValueError:
        return None
