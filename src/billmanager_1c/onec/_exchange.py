"""Asking an exchange plan what changed, so that nothing is lost whenever we are killed (1c-odata.md §2.1).

1C shows under a message number what has none and what it showed under this very number, and an acknowledgement deletes
what was shown up to it. So one number is asked for until it is acknowledged: what was shown under a number that nobody
acknowledges would stay unseen, and a later acknowledgement would delete it. The number is the one after the last that
the node has received, which an acknowledgement moves on. A node that has received less than our cursor says we have
kept is another one, made anew: what was written until then is registered nowhere.

A question whose answer was lost is not asked again at once. It may still be carried out, and would then mark, under
our number, what nobody has seen. The next run asks for the same number as long as it is not acknowledged.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

import attrs

from ..errors import (
    NoAnswer,
    OneCAccessDenied,
    OneCFailed,
    OneCObjectMissing,
    OneCRefused,
    OversizeAnswer,
    SettingsError,
    UnreadableAnswer,
)
from ..models import DocumentId, DocumentRef
from ..ports.onec import ChangeBatch, Stamp
from ._address import root_of
from ._connection import Connection
from ._feed import Change, read_message
from ._stamps import stamp_of, unknown_stamp
from ._values import MOST_ID_DIGITS, Row
from .configuration import Configuration
from .exchange_plan import ExchangePlan

_log = logging.getLogger("billmanager_1c")

_PLANS: Final = "ExchangePlan_"
#: what may be the fault of one document, or of too many of them; anything else would befall a window as well
_SPOILT: Final = (OneCRefused, OneCFailed, UnreadableAnswer, NoAnswer)


@attrs.frozen
class _Place:
    """A cursor: the messages of which node were kept, and up to which number."""

    node: str = ""
    number: int = 0

    def __str__(self) -> str:
        return f"{self.node}/{self.number}"

    @classmethod
    def read(cls, cursor: str | None) -> _Place:
        """Read a cursor; one of another strategy is no place."""
        node, _, number = (cursor or "").partition("/")
        is_number = number.isascii() and number.isdigit() and len(number) <= MOST_ID_DIGITS
        return cls(node, int(number)) if is_number else cls()


class ExchangeCapture:
    """The changes of one node."""

    def __init__(
        self,
        connection: Connection,
        configuration: Configuration,
        strategy: ExchangePlan,
        *,
        window: Callable[[], Iterator[ChangeBatch]],
        today: Callable[[], dt.date],
        batch_size: int,
    ) -> None:
        self._connection = connection
        self._configuration = configuration
        self._strategy = strategy
        self._window = window
        self._today = today
        self._batch_size = batch_size
        self._plan = strategy.plan

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what is registered for the node.

        Raises:
            OneCObjectMissing: there is no such node.
            WireError, OneCError: it could not be read, nor could the window.
        """
        kept, received = _Place.read(cursor), self._received()
        number, is_anew = received + 1, kept.node not in ("", self._strategy.node) or received < kept.number
        place = str(_Place(self._strategy.node, number))
        if is_anew:
            _log.warning(
                "The node %s of the exchange plan was made anew, and what was written meanwhile is registered nowhere: "
                "looking at the last %s days as well.",
                self._strategy.node,
                self._strategy.fallback.days,
            )
            yield from self._window()
        try:
            message = self._message(number)
            stamps = [each for change in message if (each := self._stamp(change)) is not None]
        except _SPOILT as error:
            _log.warning(
                "The exchange plan cannot tell what changed, so the last %s days are looked at instead: %s Until it "
                "can, an older document that is changed is noticed once a day.",
                self._strategy.fallback.days,
                error,
            )
            yield from self._window()
            if isinstance(error, OversizeAnswer):
                # It will only grow. What the window lacks is found by the daily look at everything.
                yield ChangeBatch(cursor=place)
            return
        if message:  # others than ours are acknowledged with ours, or they would come for ever
            yield from self._batches(stamps, place)

    def acknowledge(self, cursor: str) -> None:
        """Let 1C forget the message that a cursor stands for.

        Raises:
            WireError, OneCError: whether it has is not known; acknowledging once more is harmless.
        """
        place = _Place.read(cursor)
        if place.node != self._strategy.node:  # a cursor of another strategy, or of a node before
            return
        # A node made anew since has nothing to forget, and must not look as if it had received so much.
        if self._received() >= place.number - 1:
            self._connection.call("NotifyChangesReceived", self._parameters(place.number))

    # -------------------------------------------------------------------------------------------------------- node

    def _received(self) -> int:
        """Return the number of the last message that the node says was acknowledged."""
        text = self._node().text("ReceivedNo")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_ID_DIGITS else 0

    def _node(self) -> Row:
        for plan in [self._plan] if self._plan is not None else self._plans():
            # Nodes are few, and the list of them is what is known to work.
            for row in self._nodes(plan):
                if row.own_key() == self._strategy.node and "ReceivedNo" in row:
                    if "ThisNode" in row and row.flag("ThisNode"):
                        raise SettingsError(
                            f"The node {self._strategy.node} stands for the infobase itself; add one for us to {plan}."
                        )
                    self._plan = plan
                    return row
        raise OneCObjectMissing(
            f"No node with the key {self._strategy.node} is in {self._plan or 'any exchange plan that is published'}. "
            "If it was made anew, give its new key; if the plan is not published, publish it.",
            resource=self._plan or _PLANS,
        )

    def _nodes(self, plan: str) -> tuple[Row, ...]:
        with contextlib.suppress(*(() if self._plan is not None else (OneCAccessDenied,))):
            return self._connection.rows(plan)
        return ()

    def _plans(self) -> Iterator[str]:
        """Yield the exchange plans that are published."""
        for row in self._connection.rows(""):
            if (name := row.text_or_empty("name")).startswith(_PLANS):
                yield name

    # --------------------------------------------------------------------------------------------------- messages

    def _message(self, number: int) -> tuple[Change, ...]:
        reply = self._connection.call("SelectChanges", self._parameters(number))
        return read_message(reply, "SelectChanges")

    def _parameters(self, number: int) -> dict[str, str]:
        # The address is compared with what 1C believes to be its own, so it goes there as a person would write it.
        root = unquote(root_of(self._strategy.address) if self._strategy.address else self._connection.root)
        plan = self._plan
        assert plan is not None  # the node has been read
        return {"DataExchangePoint": f"'{root}/{plan}(guid'{self._strategy.node}')'", "MessageNo": str(number)}

    def _batches(self, stamps: list[Stamp], cursor: str) -> Iterator[ChangeBatch]:
        """Yield a message in batches. Only the last one moves the cursor: a message is acknowledged whole."""
        *starts, last = range(0, max(len(stamps), 1), self._batch_size)
        for start in starts:
            yield ChangeBatch(stamps=stamps[start : start + self._batch_size])
        yield ChangeBatch(stamps=stamps[last:], cursor=cursor)

    def _stamp(self, change: Change) -> Stamp | None:
        kind = self._configuration.kind_of(change.entity_set)
        if kind is None:
            if change.is_gone and not change.entity_set:
                _log.warning("1C tells of a deletion and not of what; the daily look at everything will find it.")
            return None
        if not change.is_gone and "DataVersion" in change.row and "Date" in change.row:
            found = stamp_of(kind, change.row)
            if found is not None and found.version:
                return found
        return unknown_stamp(DocumentRef(kind, DocumentId(change.row.own_key())), self._today())
