"""Killed at a random moment, run again: every exportable line ends with exactly one credited payment."""

from __future__ import annotations

import datetime as dt
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing.world import FIRST_DAY, World, make_world

WORKER = """
import datetime as dt, sys
from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.onec import ODataAdapter, UPP_1_3
bill, onec, path = sys.argv[1:]
second = dt.timedelta(seconds=1)
with (
    BillManagerClient(bill, username="1c", password="secret", timezone="Europe/Moscow") as client,
    ODataAdapter(onec, username="Обмен", password="пароль", configuration=UPP_1_3, timezone="Europe/Moscow",
                 base="upp") as adapter,
    SQLiteStore(path) as store,
):
    policy = Policy(export_from=dt.date(2026, 11, 1), concurrency=4, lease=second, settle=second)
    engine = SyncEngine(onec=adapter, billmanager=client, store=store, policy=policy)
    print("ready", flush=True)
    print(engine.export_payments().counts, flush=True)
"""


@contextmanager
def _engine(bill: str, onec: str, path: Path) -> Iterator[SyncEngine]:
    second = dt.timedelta(seconds=1)
    policy = Policy(export_from=FIRST_DAY, concurrency=4, lease=second, settle=second)
    with (
        BillManagerClient(bill, username="1c", password="secret", timezone="Europe/Moscow") as client,
        ODataAdapter(
            onec, username="Обмен", password="пароль", configuration=UPP_1_3, timezone="Europe/Moscow", base="upp"
        ) as adapter,
        SQLiteStore(path) as store,
    ):
        yield SyncEngine(onec=adapter, billmanager=client, store=store, policy=policy)


def _start(bill: str, onec: str, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, bill, onec, str(path)], stdout=subprocess.PIPE)


def _check(world: World, path: Path) -> None:
    wrong = {id for id, amount in world.expected.items() if world.billmanager.balance(id) != amount}
    assert wrong == set()
    credited = [p.info for p in world.billmanager.payments() if world.billmanager.credited(p.id)]
    assert len(credited) == len(set(credited)) == world.exportable
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _finish(bill: str, onec: str, path: Path, world: World) -> None:
    """Run until nothing is open but refusals; the leases of the dead run out within a second."""
    with _engine(bill, onec, path) as engine:
        for _ in range(10):
            counts = engine.export_payments().counts
            if not counts["postponed"]:
                break
            time.sleep(1.1)  # the lease of a killed worker is a fact of the wall clock
        assert counts["postponed"] == 0, counts


@pytest.mark.slow
def test_killed_at_random(tmp_path: Path) -> None:
    """SIGKILL at random moments of an export costs no rouble and doubles none."""
    world = make_world(clients=20, documents=60)
    path, chance = tmp_path / "sync.db", random.Random(7)
    with world.billmanager.serve() as bill, world.onec.serve() as onec:
        with _engine(bill, onec, path) as engine:
            engine.load_accounts()
        for _ in range(6):
            worker = _start(bill, onec, path)
            assert worker.stdout is not None
            with worker.stdout as said:
                assert said.readline() == b"ready\n"
                time.sleep(chance.uniform(0.05, 0.5))
                worker.send_signal(signal.SIGKILL)
                worker.wait()
        _finish(bill, onec, path, world)
        _check(world, path)


@pytest.mark.slow
def test_two_processes_on_one_file(tmp_path: Path) -> None:
    """Two engines on one store share the work and double nothing."""
    world = make_world(clients=20, documents=60)
    path = tmp_path / "sync.db"
    with world.billmanager.serve() as bill, world.onec.serve() as onec:
        with _engine(bill, onec, path) as engine:
            engine.load_accounts()
        workers = [_start(bill, onec, path) for _ in range(2)]
        for worker in workers:
            worker.communicate()
            assert worker.returncode == 0
        _finish(bill, onec, path, world)
        _check(world, path)
