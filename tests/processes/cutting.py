"""The campaign of cuts: a busy store is copied at random instants, and the copies are damaged as a power cut would."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import attrs
from cut_writer import CONTRACT, make, pair
from images import HEAD, Image, Phase, Writer, cut, damage_wal, lose_pages, phase_of, read_wal
from watch import check_file

from billmanager_1c.errors import StoreError
from billmanager_1c.ledger import JournalEntry, replay
from billmanager_1c.store import SQLiteStore

PAIRS = 3


@attrs.define
class Result:
    """What the cuts came to."""

    seed: int
    images: int = 0
    cuts: int = 0
    violations: list[str] = attrs.field(factory=list)
    #: how far the transaction of each image had come
    phases: Counter[str] = attrs.field(factory=Counter)
    #: what became of stores that had lost what was synced, which no power cut does
    beyond_promise: Counter[str] = attrs.field(factory=Counter)


@attrs.frozen
class Found:
    """What a copy shows."""

    problems: list[str]
    #: it could not be opened or read, and said so
    refused: str = ""
    journal: tuple[JournalEntry, ...] = ()


def run(mode: str, *, seed: int, images: int, cuts: int) -> Result:
    """Take images of a store in one journal mode and damage each so many times."""
    result, chance = Result(seed), Random(f"{seed}/{mode}")
    with tempfile.TemporaryDirectory(prefix="cut-") as name:
        folder = Path(name)
        (folder / "live").mkdir()
        make(folder / "live" / "sync.db", PAIRS)
        with Writer(folder / "live" / "sync.db", mode, PAIRS) as writer:
            for number in range(images):
                image = writer.image(folder / f"{number}", after=chance.uniform(0, 0.03))
                result.images += 1
                for turn in range(cuts):
                    damage = _damage_wal if mode == "wal" else _damage_journal
                    damage(image, folder / "copy", Random(f"{seed}/{mode}/{number}/{turn}"), result)
                if result.violations:
                    result.violations.insert(0, f"image {number} of seed {seed}, {mode}:")
                    break
                shutil.rmtree(image.folder)
    return result


def _damage_journal(image: Image, folder: Path, chance: Random, result: Result) -> None:
    phase, copy = phase_of(image), image.copy(folder)
    result.phases[phase] += 1
    result.cuts += 1
    if phase is Phase.REST:
        _judge(look(copy), "nothing was under way", result)
    elif phase is Phase.JOURNAL:
        _judge(look(copy), f"{phase}: {cut(copy.journal, chance)[1]}", result)
    elif phase is Phase.DATABASE and chance.random() < 0.5:
        damage = lose_pages(copy, chance)
        _judge(look(copy), f"{phase}: {damage}", result)
    else:
        _cut_what_was_synced(copy, phase, chance, result)


def _cut_what_was_synced(copy: Image, phase: Phase, chance: Random, result: Result) -> None:
    """No power cut does this: the store says so, or has everything; but for a head that is gone."""
    at, damage = cut(copy.journal, chance)
    found = look(copy)
    result.beyond_promise["said" if found.refused else "half_a_transaction" if found.problems else "whole"] += 1
    if phase is Phase.SYNCED or at >= HEAD:
        _judge(attrs.evolve(found, refused=""), f"{phase}: {damage}", result)


def _damage_wal(image: Image, folder: Path, chance: Random, result: Result) -> None:
    wal, copy = read_wal(image), image.copy(folder)
    result.cuts += 1
    result.phases["no_wal" if wal is None else "wal"] += 1
    if wal is None:
        _judge(look(copy), "the WAL is empty", result)
        return
    at, damage = damage_wal(copy, wal, chance)
    found = look(copy, promised=at >= wal.committed)
    whole = look(image.copy(folder))
    if found.journal != whole.journal[: len(found.journal)]:
        found.problems.append(f"{len(found.journal)} entries of the journal are no beginning of {len(whole.journal)}")
    _judge(found, damage, result)


def _judge(found: Found, damage: str, result: Result) -> None:
    problems = [found.refused] if found.refused else found.problems
    if problems:
        result.violations += [damage, *problems]


def look(image: Image, *, promised: bool = True) -> Found:
    """Open a copy as the library does and see whether it is whole, and has everything that was promised."""
    problems: list[str] = []
    try:
        with SQLiteStore(image.database) as store:
            entries = tuple(store.journal())
            for number in range(PAIRS):
                kept = [store.dossier(ref) for ref in pair(number)]
                turns = [dossier.links[CONTRACT].fence if CONTRACT in dossier.links else -1 for dossier in kept]
                if turns[0] != turns[1]:
                    problems.append(f"half a transaction of writer {number} is there: turns {turns}")
                if promised and min(turns) < image.promised.get(number, 0):
                    problems.append(f"writer {number} was promised turn {image.promised[number]} and finds {turns}")
                problems += [
                    f"the journal of {dossier.ref} does not replay to what is remembered of it"
                    for dossier in kept
                    if replay(dossier.ref, [entry for entry in entries if entry.ref == dossier.ref]) != dossier
                ]
        problems += check_file(str(image.database))
    except (StoreError, sqlite3.Error) as error:
        return Found([], refused=f"{type(error).__name__}: {error}")
    return Found(problems, journal=entries)
