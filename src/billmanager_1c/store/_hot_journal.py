"""Whether the rollback journal beside a store is whole (sqlite.org/fileformat2.html, §3).

A journal that was left by a crash undoes the last, unfinished transaction. SQLite undoes it as far as the journal
goes and says nothing if a part is missing, which then shows half a transaction as if it were whole. A crash leaves no
such journal: SQLite writes how many records there are only after they have reached the disk. A copy of the files, or
a disk that lies, does.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path

from ..errors import StoreFailed

_MAGIC = bytes.fromhex("d9d505f920a163d7")
_HEAD = struct.Struct(">8s5I")
_TO_THE_END = 0xFFFFFFFF
"""Stands for a count where SQLite trusts the disk to grow files only by what was written."""

_LOOKS = 3
_BETWEEN = 0.02
"""Another process may be writing while we read: a journal is cut if it stays the same for some looks, so far apart."""


def check_journal(path: Path) -> None:
    """Look at the journal of a store before SQLite does.

    Raises:
        StoreFailed: a part of it is missing or damaged; the store is untouched.
    """
    journal = path.with_name(f"{path.name}-journal")
    seen = None
    for look in range(_LOOKS):
        if look:
            time.sleep(_BETWEEN)
        try:
            content = journal.read_bytes()
        except FileNotFoundError:
            return
        if not is_cut(content) or seen not in (None, content):
            return
        seen = content
    raise StoreFailed(
        f"The store {path} was left in the middle of a transaction, and a part of {journal.name} is missing, so it "
        "cannot be undone; put back a backup and compare it with BILLmanager before exporting."
    )


def is_cut(journal: bytes) -> bool:
    """Say whether the journal lacks, or has damaged, a record that it says it has."""
    if len(journal) < _HEAD.size:
        return False
    *_, sector_size, page_size = _HEAD.unpack_from(journal)
    if sector_size < 32 or page_size < 512:
        return False  # SQLite heeds no such head
    place = 0
    while len(journal) >= place + _HEAD.size:
        magic, count, nonce, *_ = _HEAD.unpack_from(journal, place)
        if magic != _MAGIC or count == _TO_THE_END:
            return False
        place += sector_size
        for _ in range(count):
            page = journal[place + 4 : place + 4 + page_size]
            said = journal[place + 4 + page_size : place + 8 + page_size]
            if len(said) < 4 or int.from_bytes(said) != _checksum(page, nonce):
                return True
            place += page_size + 8
        if not count:
            return False  # what follows was not on the disk yet, so nothing of the database was overwritten
        place += -place % sector_size
    return False


def _checksum(page: bytes, nonce: int) -> int:
    return (nonce + sum(page[place] for place in range(len(page) - 200, 0, -200))) & 0xFFFFFFFF
