"""``python -m billmanager_1c demo``: the main job, on two simulators served over loopback."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .client import BillManagerClient
from .engine import Policy, SyncEngine
from .onec import UPP_1_3, ODataAdapter
from .reports import Action
from .store import SQLiteStore
from .testing.world import FIRST_DAY, make_world
from .views import Table, text

_PASSWORDS = {"billmanager": "secret", "onec": "пароль"}  # of the simulators, which anybody may read


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m billmanager_1c", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="export a made-up world from a simulated 1C to a simulated BILLmanager")
    demo.add_argument("--clients", type=int, default=200)
    demo.add_argument("--documents", type=int, default=240)
    options = parser.parse_args(arguments)
    return _demo(options.clients, options.documents)


def _demo(clients: int, documents: int) -> int:
    world = make_world(clients=clients, documents=documents)
    with world.billmanager.serve() as billmanager_url, world.onec.serve() as onec_url:
        print(f"BILLmanager (simulated): {billmanager_url}\n1C (simulated):          {onec_url}\n")
        billmanager = BillManagerClient(
            billmanager_url, username="1c", password=_PASSWORDS["billmanager"], timezone="Europe/Moscow"
        )
        onec = ODataAdapter(
            onec_url,
            username="Обмен",
            password=_PASSWORDS["onec"],
            configuration=UPP_1_3,
            timezone="Europe/Moscow",
            base="demo",
        )
        folder = tempfile.TemporaryDirectory(prefix="billmanager-1c-")
        with folder as path, billmanager, onec, SQLiteStore(Path(path) / "sync.db") as store:
            policy = Policy(export_from=FIRST_DAY, concurrency=8)
            engine = SyncEngine(onec=onec, billmanager=billmanager, store=store, policy=policy)
            print(engine.load_accounts(), end="\n\n")
            first = engine.export_payments(progress=True)
            print("\nRefused or skipped, and why:\n")
            print(text(first.table(Action.QUARANTINED, Action.SKIPPED, Action.POSTPONED)), end="\n\n")
            writes = world.billmanager.writes
            second = engine.export_payments()
            rows = [(name, first.counts[name], second.counts[name]) for name in first.counts]
            print(text(Table(columns=("lines", "first pass", "second pass"), rows=tuple(rows))))
            written = world.billmanager.writes - writes
    wrong = {id for id, amount in world.expected.items() if world.billmanager.balance(id) != amount}
    print(f"\nWrites of the second pass: {written}. Subaccounts whose balance is wrong: {len(wrong)}.")
    return 1 if written or wrong or first.counts["exported"] != world.exportable else 0


if __name__ == "__main__":
    sys.exit(main())
