"""What a simulator's core answers with: values without httpx. ``_serving`` brings them to the wire."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import attrs

R = TypeVar("R")


@attrs.frozen(kw_only=True)
class Reply:
    """An HTTP response as a value."""

    status: int = 200
    content_type: str = "application/json; charset=UTF-8"
    body: bytes = b""
    #: further headers
    headers: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Silence:
    """The request was read, and no answer will ever come."""


@attrs.frozen
class Reset:
    """The connection is reset before the first byte of an answer."""


@attrs.frozen
class Refused:
    """Nobody listens. Over a socket that is already open it can only look like :class:`Reset`."""


@attrs.frozen
class CutBody(Generic[R]):
    """The headers promise the whole body, ``at`` bytes of it come, and then the connection ends."""

    response: R
    at: int = 0
    #: True: with a reset, False: with an orderly close
    reset: bool = True


@attrs.frozen
class Slow(Generic[R]):
    """The response comes after so many seconds, to a client that has the patience."""

    response: R
    seconds: float


Outcome: TypeAlias = Reply | Silence | Reset | Refused | CutBody[Reply] | Slow[Reply]
"""What a core gives for a request."""
