"""JSON as strangers send it: read within limits, and with nothing of it left in an exception.

Both systems answer in JSON, and both answers are read here. Of two members with one name the last one counts, as with
every reader of JSON. Numbers never become ``float``.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable
from typing import Final, NoReturn

DEPTH_LIMIT: Final = 64
"""Objects and lists within each other that are read at most; what either system sends has some six."""

_UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")


class Flaw(enum.Enum):
    """Why a text cannot be read."""

    NOT_JSON = "it stops in the middle, or is no JSON in UTF-8"
    TOO_DEEP = f"it is nested deeper than {DEPTH_LIMIT} levels"


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def read_json(
    text: str | bytes, *, number: Callable[[str], object], constant: Callable[[str], object] = _no_number
) -> object:
    """Return the value, or what is wrong with the text.

    Not an exception: the ones that ``json`` raises hold the whole text, and it may hold a session.

    Args:
        text: the text, or its bytes in UTF-8, with or without a byte order mark.
        number: makes a value of the digits of a number.
        constant: makes a value of ``NaN`` and ``Infinity``; without it they are no JSON, which is what the rules say.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value = json.loads(text, parse_int=number, parse_float=number, parse_constant=constant)
    except RecursionError:
        return Flaw.TOO_DEEP
    except ValueError:
        return Flaw.NOT_JSON
    return Flaw.TOO_DEEP if _is_deeper(value, DEPTH_LIMIT) else value


def writable(text: str) -> str:
    """Return the text with a question mark for what JSON allows and nobody can write down: lone surrogates and NUL."""
    if text.isascii() and "\0" not in text:  # nearly all of them
        return text
    return _UNWRITABLE.sub("?", text)


def _is_deeper(root: object, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
