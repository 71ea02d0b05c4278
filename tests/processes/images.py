"""What a disk holds at one instant, and what a power cut may make of it.

Only what was not synced may be lost, so each image is read before it is damaged:

*Rollback journal* (``TRUNCATE``). SQLite writes the old pages into the journal and syncs it, then writes the database
and syncs it, then empties the journal: that is the commit. While the database is untouched, nothing in the journal is
needed, and it may end or turn to zeros anywhere. As soon as a page of the database has changed, the journal is on the
disk for good, and what may still be lost or torn are the new pages. To cut the journal *then* takes away what was
synced: no power cut does that, and SQLite alone would show half a transaction without a word. The store refuses such
a file, as it refuses one whose journal is cut after it was synced and before the database was touched. It cannot if
the very head of the journal is gone: that looks like a journal that was never synced. Those are counted apart.

*WAL*. Frames are appended and synced with each commit; a frame counts if its checksum and those of all before it are
right. So a WAL that ends, or is damaged, anywhere gives all commits up to there and none after: a prefix. What a
checkpoint has begun to copy into the database was synced before, and is not cut.
"""

from __future__ import annotations

import enum
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Self

import attrs

MAGIC = bytes.fromhex("d9d505f920a163d7")
HEAD = 28
"""Bytes of the head of a journal."""

NAME = "sync.db"


@attrs.frozen
class Image:
    """The files of a store at one instant."""

    folder: Path
    #: the last turn that each writer was told is durable
    promised: dict[int, int]

    @property
    def database(self) -> Path:
        """The file itself."""
        return self.folder / NAME

    @property
    def journal(self) -> Path:
        """The rollback journal beside it."""
        return self.folder / f"{NAME}-journal"

    @property
    def wal(self) -> Path:
        """The write-ahead log beside it."""
        return self.folder / f"{NAME}-wal"

    def copy(self, folder: Path) -> Image:
        """Return a copy to be damaged. The shared memory is left behind: no power cut leaves any."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
        return Image(folder, self.promised)


class Writer:
    """The process that writes. It is held still but for the moments in which it is let go."""

    def __init__(self, path: Path, mode: str, threads: int) -> None:
        command = [sys.executable, str(Path(__file__).with_name("cut_writer.py")), str(path), mode, str(threads)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._said = self._process.stdout
        self._rest = b""
        self._path = path
        self._promised: dict[int, int] = {}
        self._hear(self._said.readline())
        os.set_blocking(self._said.fileno(), False)
        self._hold()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        self._said.close()

    def image(self, folder: Path, *, after: float) -> Image:
        """Let the writer go for so many seconds, then copy all its files as they are."""
        self._process.send_signal(signal.SIGCONT)
        time.sleep(after)
        self._hold()
        while said := self._said.read():
            self._hear(said)
        folder.mkdir()
        for file in self._path.parent.iterdir():
            shutil.copy(file, folder)
        return Image(folder, dict(self._promised))

    def _hold(self) -> None:
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def _hear(self, said: bytes) -> None:
        *lines, self._rest = (self._rest + said).split(b"\n")
        for line in lines:
            number, turn = map(int, line.split())
            self._promised[number] = turn


# ------------------------------------------------------------------------------------------------ rollback journal


class Phase(enum.StrEnum):
    """How far a transaction had come."""

    REST = "at_rest"
    """There is no journal: all is on the disk."""
    JOURNAL = "writing_the_journal"
    """Nothing is synced, and the database is untouched."""
    SYNCED = "journal_synced"
    """The journal is synced, and the database is untouched."""
    DATABASE = "writing_the_database"
    """The journal is synced, the database is not."""


@attrs.frozen
class Rollback:
    """A rollback journal, taken apart."""

    page_size: int
    #: where the records end of which it says how many they are, so they were synced; 0 where it says nothing
    synced: int
    #: pages of the database before the transaction
    pages: int
    #: what pages were, by number
    old: dict[int, bytes]


def read_journal(content: bytes) -> Rollback | None:
    """Take a journal apart (sqlite.org/fileformat2.html, §3); None where its head is not there yet."""
    if len(content) < HEAD or content[:8] != MAGIC:
        return None
    count, _, pages, sector, page_size = struct.unpack(">5I", content[8:HEAD])
    if not page_size:
        return None
    old = {}
    for start in range(sector, len(content) - page_size - 7, page_size + 8):
        number = int.from_bytes(content[start : start + 4])
        if number:
            old[number] = content[start + 4 : start + 4 + page_size]
    synced = sector + count * (page_size + 8) if count else 0
    return Rollback(page_size, synced, pages, old)


def phase_of(image: Image) -> Phase:
    """Say how far the transaction of an image had come."""
    content = image.journal.read_bytes() if image.journal.exists() else b""
    if not content:
        return Phase.REST
    journal, database = read_journal(content), image.database.read_bytes()
    if journal is None:
        return Phase.JOURNAL
    size = journal.page_size
    untouched = len(database) == journal.pages * size and all(
        database[(number - 1) * size : number * size] == page for number, page in journal.old.items()
    )
    if not untouched:
        return Phase.DATABASE
    return Phase.SYNCED if journal.synced else Phase.JOURNAL


def cut(file: Path, chance: Random) -> tuple[int, str]:
    """End a file at a random byte, or let it be zeros from there on, as a sector that never came; return where."""
    content = file.read_bytes()
    at = chance.randrange(len(content))
    zeros = chance.random() < 0.5
    file.write_bytes(content[:at] + bytes(len(content) - at if zeros else 0))
    return at, f"{file.name} of {len(content)} bytes {'is zeros from' if zeros else 'ends at'} byte {at}"


def lose_pages(image: Image, chance: Random) -> str:
    """Let a random choice of the database's new pages be lost, or be torn between two sectors."""
    journal = read_journal(image.journal.read_bytes())
    assert journal is not None
    size = journal.page_size
    database = bytearray(image.database.read_bytes())
    lost = []
    for number, old in journal.old.items():
        torn = chance.choice((0, 0, size, 512 * chance.randrange(1, size // 512)))  # 0: came, size: lost
        start = (number - 1) * size
        database[start : start + torn] = old[:torn]
        lost += [f"{number} to byte {torn}"] if torn else []
    if chance.random() < 0.5 and len(database) > journal.pages * size:
        del database[journal.pages * size + 512 * chance.randrange(1 + (len(database) - journal.pages * size) // 512) :]
        lost.append("the new end")
    image.database.write_bytes(database)
    return f"lost of the new pages: {', '.join(lost) or 'none'}"


# ------------------------------------------------------------------------------------------------------------- WAL


@attrs.frozen
class Wal:
    """Where a WAL may be cut."""

    #: what lies before has been, or is being, copied into the database
    copied: int
    #: the end of the last commit
    committed: int
    size: int


def read_wal(image: Image) -> Wal | None:
    """Take a WAL apart (sqlite.org/walformat.html); None where there is nothing in it."""
    content = image.wal.read_bytes() if image.wal.exists() else b""
    if len(content) < 32:
        return None
    page_size = int.from_bytes(content[8:12])
    salts, frame = content[16:24], 24 + page_size
    committed = place = 32
    while content[place + 8 : place + 16] == salts and place + frame <= len(content):
        place += frame
        if int.from_bytes(content[place - frame + 4 : place - frame + 8]):
            committed = place
    shared = (image.folder / f"{NAME}-shm").read_bytes()
    copied = int.from_bytes(shared[128:132], sys.byteorder)  # nBackfillAttempted
    return Wal(copied=32 + copied * frame if copied else 0, committed=committed, size=len(content))


def damage_wal(image: Image, wal: Wal, chance: Random) -> tuple[int, str]:
    """End the WAL, zero it, or turn over a bit, at a random byte not copied yet; return where, and the story."""
    content = bytearray(image.wal.read_bytes())
    after_commits = chance.random() < 0.3 and wal.committed < wal.size
    at = chance.randrange(wal.committed if after_commits else min(wal.copied, wal.size - 1), wal.size)
    match chance.randrange(3):
        case 0:
            del content[at:]
            how = "ends at"
        case 1:
            content[at:] = bytes(len(content) - at)
            how = "is zeros from"
        case _:
            content[at] ^= 1 << chance.randrange(8)
            how = "has one bit wrong in"
    image.wal.write_bytes(content)
    return at, f"the WAL of {wal.size} bytes (commits end at {wal.committed}) {how} byte {at}"
