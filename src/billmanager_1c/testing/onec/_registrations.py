"""What is registered for the nodes of exchange plans: a row for a node and an object (1c-odata.md §2.1).

A write makes the row, or takes its message number away. Selecting for a message shows the rows without a number and
those of this very message, and gives them its number; acknowledging it deletes the rows up to it. So what was edited
after it was shown outlives the acknowledgement, and what is asked for under another number than before stays unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

import attrs

from ._schema import Value

Subject: TypeAlias = tuple[str, tuple[Value, ...]]
"""An object: its set and its key."""


@attrs.define
class _Node:
    #: the sets whose writes are registered for it
    composition: frozenset[str]
    #: the message in which each object was shown; None: in none yet
    rows: dict[Subject, int | None] = attrs.field(factory=dict)


class Registrations:
    """The rows of all nodes."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}

    def watch(self, node: str, composition: Collection[str]) -> None:
        """Begin to register writes for a node, with nothing registered."""
        self._nodes[node] = _Node(frozenset(composition))

    def renew(self, node: str) -> None:
        """Forget what is registered for a node."""
        self._nodes[node].rows.clear()

    def note(self, name: str, key: tuple[Value, ...]) -> None:
        """Register that an object was written or deleted."""
        for node in self._nodes.values():
            if name in node.composition:
                node.rows.pop((name, key), None)
                node.rows[(name, key)] = None

    def shown_in(self, node: str, message: int) -> list[Subject]:
        """Return what a message shows: rows without a number, and those of this message."""
        return [subject for subject, number in self._rows(node).items() if number in (None, message)]

    def stamp(self, node: str, subjects: Collection[Subject], message: int) -> None:
        """Note in which message the objects were shown."""
        self._nodes[node].rows.update(dict.fromkeys(subjects, message))

    def forget(self, node: str, message: int) -> None:
        """Delete the rows up to a message."""
        rows = self._rows(node)
        for subject in [each for each, number in rows.items() if number is not None and number <= message]:
            del rows[subject]

    def of(self, node: str) -> Mapping[Subject, int | None]:
        """Return the rows of a node: the message in which each object was shown."""
        return dict(self._rows(node))

    def _rows(self, node: str) -> dict[Subject, int | None]:
        return self._nodes[node].rows if node in self._nodes else {}
