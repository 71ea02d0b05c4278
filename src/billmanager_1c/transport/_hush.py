"""httpcore logs the headers of answers at DEBUG, and a session of either system comes in a header."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar

_ours: ContextVar[bool] = ContextVar("billmanager_1c_exchange", default=False)

_EVENT = "receive_response_headers"


class _Hush(logging.Filter):
    """Takes headers out of what httpcore logs of our exchanges; those of other people are not touched."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _ours.get() and isinstance(record.msg, str) and record.msg.startswith(_EVENT):
            event, _, shown = record.msg.partition(" ")
            record.msg = f"{event} (not shown: headers may hold a session)" if shown else event
        return True


_hush = _Hush()


def hush() -> None:
    """Begin to listen to httpcore's records. May be called any number of times."""
    logging.getLogger("httpcore.http11").addFilter(_hush)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Mark what is logged in this block as ours."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)
