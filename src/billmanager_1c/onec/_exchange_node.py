"""Our node of an exchange plan: where it is, what it has received, and how it is addressed (1c-odata.md §2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from ..errors import OneCAccessDenied, OneCObjectMissing, SettingsError
from ._address import root_of
from ._connection import Connection
from ._values import Row, id_in
from .exchange_plan import ExchangePlan

_PLANS: Final = "ExchangePlan_"


class ExchangeNode:
    """The node that a strategy names."""

    def __init__(self, connection: Connection, strategy: ExchangePlan) -> None:
        self._connection = connection
        self._plan = strategy.plan
        # The address is compared with what 1C believes to be its own, so it is kept as a person would write it.
        self._root = unquote(root_of(strategy.address) if strategy.address else connection.root)
        self.key = strategy.node

    def received(self) -> int:
        """Return the number of the last message that was acknowledged.

        Raises:
            OneCObjectMissing: there is no such node.
            WireError, OneCError: the nodes could not be read.
        """
        return id_in(self._row().text_or_empty("ReceivedNo")) or 0

    def message(self, number: int) -> dict[str, str]:
        """Return the parameters of a service for a message; the node must have been read."""
        assert self._plan is not None
        return {"DataExchangePoint": f"'{self._root}/{self._plan}(guid'{self.key}')'", "MessageNo": str(number)}

    def _row(self) -> Row:
        if self._plan is None:
            self._plan, row = next(self._found(), (None, None))
        else:
            row = self._row_in(self._plan)
        if row is None:
            raise OneCObjectMissing(
                f"No node with the key {self.key} is in {self._plan or 'any exchange plan that is published'}. "
                "If it was made anew, give its new key; if the plan is not published, publish it.",
                resource=self._plan or _PLANS,
            )
        if "ThisNode" in row and row.flag("ThisNode"):
            raise SettingsError(f"The node {self.key} stands for the infobase itself; add one for us to {self._plan}.")
        return row

    def _row_in(self, plan: str) -> Row | None:
        # Nodes are few, and the list of them is what is known to work.
        return next((row for row in self._connection.rows(plan) if row.own_key() == self.key), None)

    def _found(self) -> Iterator[tuple[str, Row]]:
        """Look for the node in every exchange plan that is published and that we may read."""
        for each in self._connection.rows(""):
            plan = each.text_or_empty("name")
            if not plan.startswith(_PLANS):
                continue
            try:
                row = self._row_in(plan)
            except OneCAccessDenied:
                continue
            if row is not None and "ReceivedNo" in row:  # else it is a row of a tabular part of the node
                yield plan, row
