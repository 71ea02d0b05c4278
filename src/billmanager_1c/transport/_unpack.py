"""Packed bodies. A few kilobytes can be made to unpack to as many gigabytes as somebody likes."""

from __future__ import annotations

import zlib
from typing import Final

_IDENTITY: Final = frozenset({"", "identity"})
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})
#: of zlib's ``wbits``: either header, and none at all, which some servers mean by ``deflate``
_ANY_HEADER, _NO_HEADER = 47, -15
#: bytes that tell which
_HEAD: Final = 2


class Unpacker:
    """Unpacks a body piece by piece, and never more of it than there is room for.

    What httpx does by itself knows no limit, and unpacks as often as the header asks: a body packed twice grows a
    million times. Here it is unpacked once, by a method that we say we know. Nothing here raises: the frames of an
    exception would hold a piece of the body.
    """

    def __init__(self, *, packed: bool = False) -> None:
        self._packed = packed
        #: what came before there was enough to tell how it is packed
        self._head = b""
        self._machine = zlib.decompressobj(_ANY_HEADER)

    @classmethod
    def of(cls, encoding: str) -> Unpacker | None:
        """Return one for a Content-Encoding; None if it is not one that we asked for."""
        names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in _IDENTITY]
        return cls(packed=bool(names)) if len(names) < 2 and _KNOWN.issuperset(names) else None

    def unpack(self, piece: bytes, room: int) -> bytes | None:
        """Return what the piece unpacks to, of more than ``room`` one byte more than that; None for rubbish."""
        if not self._packed:
            return piece
        if len(self._head) < _HEAD:
            self._head += piece
            if len(self._head) < _HEAD:
                return b""
            piece = self._head
            self._machine = zlib.decompressobj(_ANY_HEADER if _has_header(piece) else _NO_HEADER)
        if self._machine.eof:  # what follows the end is padding
            return b""
        try:
            return self._machine.decompress(piece, room + 1)
        except zlib.error:
            return None

    @property
    def is_complete(self) -> bool:
        """False if the end of what was packed is missing."""
        return not self._packed or not self._head or self._machine.eof


def _has_header(piece: bytes) -> bool:
    """Say whether it begins as gzip does, or as zlib does."""
    return piece[:2] == b"\x1f\x8b" or (piece[0] & 0x0F == zlib.DEFLATED and int.from_bytes(piece[:2], "big") % 31 == 0)
