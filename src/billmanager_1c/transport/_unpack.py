"""Packed bodies. A few kilobytes can be made to unpack to as many gigabytes as somebody likes."""

from __future__ import annotations

import zlib
from typing import Final

_IDENTITY: Final = frozenset({"", "identity"})
_KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate"})
#: of zlib's ``wbits``: either header, and none at all, which some servers mean by ``deflate``
_ANY_HEADER, _NO_HEADER = 47, -15


class Unpacker:
    """Unpacks a body piece by piece, and never more of it than there is room for.

    What httpx does by itself knows no limit, and unpacks as often as the header asks: a body packed twice grows a
    million times. Here it is unpacked once, by a method that we say we know. Nothing here raises: the frames of an
    exception would hold a piece of the body.
    """

    def __init__(self, *, packed: bool = False) -> None:
        self._machine = zlib.decompressobj(_ANY_HEADER) if packed else None
        self._begun = False

    @classmethod
    def of(cls, encoding: str) -> Unpacker | None:
        """Return one for a Content-Encoding; None if it is not one that we asked for."""
        names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in _IDENTITY]
        return cls(packed=bool(names)) if len(names) < 2 and _KNOWN.issuperset(names) else None

    def unpack(self, piece: bytes, room: int) -> bytes | None:
        """Return what the piece unpacks to, of more than ``room`` one byte more than that; None for rubbish."""
        if self._machine is None:
            return piece
        out = self._try(piece, room)
        if out is None and not self._begun:
            self._machine = zlib.decompressobj(_NO_HEADER)
            out = self._try(piece, room)
        self._begun = True
        return out

    @property
    def is_complete(self) -> bool:
        """False if the end of what was packed is missing."""
        return self._machine is None or not self._begun or self._machine.eof

    def _try(self, piece: bytes, room: int) -> bytes | None:
        assert self._machine is not None
        if self._machine.eof:  # what follows the end is padding
            return b""
        try:
            return self._machine.decompress(piece, room + 1)
        except zlib.error:
            return None
