"""A writer that never ends: ``cut_writer.py PATH truncate|wal THREADS``. It says what it was promised.

Each thread has a pair of documents and changes both in one transaction: a copy that shows one without the other
shows half a transaction.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from pathlib import Path

import attrs

from billmanager_1c.ledger import Dossier, Verdict
from billmanager_1c.models import DocumentRef
from billmanager_1c.ports.store import Decision
from billmanager_1c.store import SQLiteStore, _sqlite_file
from billmanager_1c.testing._lives import NOON, always, make_contract_id, make_document, make_ref, see

CONTRACT = make_contract_id(1)


def pair(number: int) -> tuple[DocumentRef, DocumentRef]:
    """Return the two documents that change together."""
    return make_ref(2 * number), make_ref(2 * number + 1)


def make(path: Path, pairs: int) -> None:
    """Make a store with the documents of so many writers."""
    with SQLiteStore(path) as store:
        for number in range(2 * pairs):
            store.transact(make_ref(number), always(see(make_document(number))), actor="test", at=NOON)


def put(turn: int) -> Callable[[Dossier, datetime], Verdict[object]]:
    """Return the decision of a turn. Its reason is long, so that the transaction spans several pages."""

    def decide(dossier: Dossier, now: datetime) -> Verdict[object]:
        link = attrs.evolve(dossier.links[CONTRACT], fence=turn, reason=f"turn {turn} " * (turn % 400))
        return Verdict(dossier.with_link(link), None)

    return decide


def main() -> None:
    """Write until killed."""
    path, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    _sqlite_file.journal_mode = lambda version: mode  # the one that another SQLite would have got

    def work(number: int) -> None:
        for turn in count(1):
            decisions = [Decision(ref=ref, decide=put(turn)) for ref in pair(number)]
            store.transact_all(decisions, actor="writer", at=NOON)
            sys.stdout.write(f"{number} {turn}\n")
            sys.stdout.flush()

    with SQLiteStore(path) as store, ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))


if __name__ == "__main__":
    main()
