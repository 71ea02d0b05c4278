"""Several processes on one file, and processes that are killed."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from billmanager_1c.ledger import replay
from billmanager_1c.store import SQLiteStore
from billmanager_1c.testing._lives import NOON, always, make_contract_id, make_document, make_ref, see

_WORKER = """
import sys
from concurrent.futures import ThreadPoolExecutor
import attrs
from billmanager_1c.ledger import Verdict
from billmanager_1c.store import SQLiteStore
from billmanager_1c.testing._lives import NOON, make_contract_id, make_ref

path, turns, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def add(dossier, now):
    link = dossier.links[make_contract_id(1)]
    return Verdict(dossier.with_link(attrs.evolve(link, fence=link.fence + 1)), link.fence + 1)

def work(number):
    for _ in range(turns):
        fence = store.transact(make_ref(number), add, actor="worker", at=NOON)
        sys.stdout.write(f"{number} {fence}\\n")
        sys.stdout.flush()

with SQLiteStore(path) as store, ThreadPoolExecutor(threads) as pool:
    list(pool.map(work, range(threads)))
"""


def _make(path: Path, documents: int) -> None:
    with SQLiteStore(path) as store:
        for number in range(documents):
            store.transact(make_ref(number), always(see(make_document(number))), actor="test", at=NOON)


def _start(path: Path, *, turns: int, threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WORKER, str(path), str(turns), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("mode", ["truncate", "wal"])
def test_processes_do_not_lose_each_others_changes(tmp_path: Path, mode: str) -> None:
    """Two processes with two threads each add one to the same numbers; commits wait for each other."""
    path = tmp_path / "sync.db"
    _make(path, 2)
    if mode == "wal":  # as a newer SQLite would have left it; the workers bring it to what suits theirs
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = wal")
        connection.close()
    workers = [_start(path, turns=30, threads=2) for _ in range(2)]
    said = [worker.communicate(timeout=60)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert [len(words) for words in said] == [120, 120]
    with SQLiteStore(path, read_only=True) as store:
        assert [store.dossier(make_ref(id)).links[make_contract_id(1)].fence for id in (0, 1)] == [60, 60]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_process_keeps_what_it_was_promised(tmp_path: Path, seed: int) -> None:
    """After SIGKILL at any moment: what had returned is there, the file is whole, the journal replays (I7)."""
    path, chance = tmp_path / "sync.db", random.Random(seed)
    _make(path, 4)
    promised = dict.fromkeys(range(4), 0)
    for _ in range(3):
        worker = _start(path, turns=100_000, threads=4)
        assert worker.stdout is not None
        lines = [worker.stdout.readline() for _ in range(chance.randint(1, 60))]
        worker.kill()
        lines += worker.stdout.readlines()
        worker.stdout.close()
        worker.wait()
        for line in lines:
            if line.endswith("\n"):  # the last one may be torn, like its writer
                number, fence = map(int, line.split())
                promised[number] = max(promised[number], fence)
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
        with SQLiteStore(path) as store:
            for number, fence in promised.items():
                kept = store.dossier(make_ref(number))
                assert kept.links[make_contract_id(1)].fence >= fence
                assert replay(kept.ref, store.journal(kept.ref)) == kept
    assert sum(promised.values()) > 0
