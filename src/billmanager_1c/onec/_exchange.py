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

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from ..errors import NoAnswer, OneCFailed, OneCRefused, OversizeAnswer, UnreadableAnswer
from ..models import DocumentId, DocumentRef
from ..ports.onec import ChangeBatch, Stamp
from ._connection import Connection
from ._exchange_node import ExchangeNode
from ._feed import Change, read_message
from ._stamps import changed_stamp
from ._values import id_in
from .configuration import Configuration
from .exchange_plan import ExchangePlan

_log = logging.getLogger("billmanager_1c")

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
        node, _, text = (cursor or "").partition("/")
        number = id_in(text)
        return cls() if number is None else cls(node, number)


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
        self._node = ExchangeNode(connection, strategy)

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what is registered for the node.

        Raises:
            OneCObjectMissing: there is no such node.
            WireError, OneCError: it could not be read, nor could the window.
        """
        kept, received = _Place.read(cursor), self._node.received()
        number, is_anew = received + 1, kept.node not in ("", self._node.key) or received < kept.number
        place = str(_Place(self._node.key, number))
        if is_anew:
            _log.warning(
                "The node %s of the exchange plan was made anew, and what was written meanwhile is registered nowhere: "
                "looking at the last %s days as well.",
                self._node.key,
                self._strategy.fallback.days,
            )
            yield from self._window()
            yield ChangeBatch(cursor=str(_Place(self._node.key, received)))  # from here on it is the one we know
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

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show the window instead, which 1C does not write down.

        It does write down under which number it showed what, and deletes that when the number is acknowledged: whoever
        only looks would take from an export under way what was written meanwhile.
        """
        return self._window()

    def acknowledge(self, cursor: str) -> None:
        """Let 1C forget the message that a cursor stands for.

        Raises:
            WireError, OneCError: whether it has is not known; acknowledging once more is harmless.
        """
        place = _Place.read(cursor)
        if place.node != self._node.key:  # a cursor of another strategy, or of a node before
            return
        # Less: a node made anew, which has nothing to forget and must not look as if it had received so much. More: it
        # was acknowledged before.
        if self._node.received() == place.number - 1:
            self._connection.call("NotifyChangesReceived", self._node.message(place.number))

    # --------------------------------------------------------------------------------------------------- messages

    def _message(self, number: int) -> tuple[Change, ...]:
        reply = self._connection.call("SelectChanges", self._node.message(number))
        return read_message(reply, "SelectChanges")

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
        moment = change.row.moment("Date") if "Date" in change.row else None
        ref = DocumentRef(kind, DocumentId(change.row.own_key()))
        return changed_stamp(ref, self._today() if moment is None else moment.date())
