"""The PostgreSQL store, four workers, beside a bare ``SKIP LOCKED`` loop that writes the same rows.

Both write what an engine wrote: the transactions of its deliveries are taken from a run in memory. The store locks the
document, reads its dossier, finds out what changed and writes that; the loop takes the next open row, reads what
belongs to it, and is handed the rows to write. Workers are processes, as on several hosts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from bench_figures import Figure, Size, median_ratio

from billmanager_1c import MemoryStore, Policy, SyncEngine
from billmanager_1c.ledger import Dossier, Verdict
from billmanager_1c.models import DocumentRef
from billmanager_1c.ports.store import Decide, Decision
from billmanager_1c.store._change import Change
from billmanager_1c.store._rows import ATTEMPTS, JOURNAL, LINKS

sys.path += [str(Path(__file__).parents[1] / room) for room in ("load", "store")]
from postgres_cluster import MISSING, Cluster, find_programs, running_cluster
from queues import DAY, EndlessOneC, ForgetfulBillManager

WORKERS = 4
_ACTOR = "bench"
_SCHEMA = "billmanager_1c"


@attrs.frozen
class Written:
    """What one transaction did to one document."""

    before: Dossier
    verdict: Verdict[Any]


class Witness(MemoryStore):
    """A store that remembers the transactions of deliveries."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[DocumentRef, list[Written]] = {}

    def transact(self, ref: DocumentRef, decide: Decide[Any], *, actor: str, at: Any) -> Any:
        """Decide, and remember."""

        def watched(dossier: Dossier, now: Any) -> Verdict[Any]:
            verdict = decide(dossier, now)
            self.written.setdefault(ref, []).append(Written(dossier, verdict))
            return verdict

        return super().transact(ref, watched, actor=actor, at=at)


def deliveries(documents: int) -> dict[DocumentRef, list[Written]]:
    """Return the transactions that deliver so many documents, each with what there was before."""
    store = Witness()
    policy = Policy(export_from=DAY, concurrency=1)
    engine = SyncEngine(onec=EndlessOneC(documents), billmanager=ForgetfulBillManager(), store=store, policy=policy)
    engine.load_accounts()
    engine.export_payments()
    return store.written


# ---------------------------------------------------------------------------------------------------- the two loops


def write_by_store(address: str, share: Mapping[DocumentRef, Sequence[Written]]) -> Iterator[None]:
    """Make the transactions through the store; the first step opens it."""
    from billmanager_1c.store.postgres import PostgresStore

    with PostgresStore(address) as store:
        store.summary()
        yield
        for ref, steps in share.items():
            for step in steps:
                at = next(iter(step.verdict.dossier.attempts.values())).started_at
                store.transact(ref, lambda dossier, now, step=step: step.verdict, actor=_ACTOR, at=at)


def write_bare(address: str, everything: Mapping[DocumentRef, Sequence[Written]]) -> Iterator[None]:
    """Take the next open document that nobody has, and write the same rows; the first step connects."""
    import psycopg

    by_guid = {ref.id: [_rows(step) for step in steps] for ref, steps in everything.items()}
    with psycopg.connect(address, options=f"-c search_path={_SCHEMA}") as connection:
        connection.execute("SELECT 1")
        connection.commit()
        yield
        while True:
            taken = connection.execute(_NEXT).fetchone()
            if taken is None:
                connection.commit()
                return
            id, guid = taken
            for number, rows in enumerate(by_guid[guid]):
                if number:
                    connection.execute(_LOCK, (id,)).fetchone()
                connection.execute(_READ_LINKS, (id,)).fetchall()
                connection.execute(_READ_ATTEMPTS, (id,)).fetchall()
                for query, values in rows:
                    connection.execute(query, [id, *values])
                # A worker's own: nobody else takes it in the meantime.
                connection.execute(_HOLD, (id,))
                connection.commit()


def _marked(query: str) -> str:
    return query.replace("?", "%s")


_NEXT = "SELECT id, guid FROM documents WHERE open AND due IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
_LOCK = "SELECT * FROM documents WHERE id = %s FOR UPDATE"
_READ_LINKS = _marked(LINKS.select + " WHERE document_id = ?")
_READ_ATTEMPTS = _marked(ATTEMPTS.select + " WHERE document_id = ?")
_HOLD = "UPDATE documents SET due = now() + interval '5 minutes' WHERE id = %s"
_TAKE = "INSERT INTO holdings (document_id, payment_id, contract_id) VALUES (%s, %s, %s)"


def _rows(step: Written) -> list[tuple[str, tuple[Any, ...]]]:
    at = step.before.record.changed_at if step.before.record is not None else None
    assert at is not None
    change = Change.between(step.before, step.verdict, actor=_ACTOR, at=at)
    if change is None:
        return []
    held = {payment_id: link.contract_id for link in change.links for payment_id in link.holds}
    attempts = sorted(change.attempts, key=lambda attempt: attempt.is_open)
    return [
        *((_TAKE, (payment_id, held[payment_id])) for payment_id in change.taken),
        *((_marked(LINKS.upsert), LINKS.row(link)) for link in change.links),
        *((_marked(ATTEMPTS.upsert), ATTEMPTS.row(attempt)) for attempt in attempts),
        *((_marked(JOURNAL.insert), JOURNAL.row(entry)) for entry in change.entries),
    ]


# --------------------------------------------------------------------------------------------------------- figures


def postgres(size: Size) -> Iterator[Figure]:
    """Compare the rates of transactions."""
    documents = size.of(600, 60)
    if find_programs() is None:
        raise LookupError(MISSING)
    written = deliveries(documents)
    steps = sum(map(len, written.values()))
    with running_cluster(fsync=True) as cluster:
        ours, bare, ratio = median_ratio(
            size.of(3, 1),
            lambda: _race(cluster, "store", documents, written),
            lambda: _race(cluster, "bare", documents, written),
        )
    yield Figure(
        what="PostgreSQL store, 4 workers: part of the rate of a bare SKIP LOCKED loop",
        measured=f"{steps / ours:,.0f} transactions/s",
        against=f"{steps / bare:,.0f} transactions/s",
        figure=1 / ratio,
        at_least=size.bound(0.5),
        note=f"{steps} transactions that deliver {documents} documents; fsync on; workers and server share the machine",
    )


_names = iter(range(1_000_000))


def _race(cluster: Cluster, kind: str, documents: int, written: Mapping[DocumentRef, Sequence[Written]]) -> float:
    """Let four workers do all of it in a new database; return the seconds from the signal to the last one's end."""
    import psycopg

    from billmanager_1c.store.postgres import PostgresStore

    name = f"bench{next(_names)}"
    with psycopg.connect(cluster.address(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address = cluster.address(name)
    with PostgresStore(address) as store:
        at = next(iter(written.values()))[0].before.record.changed_at
        seen = [
            Decision(ref=ref, decide=lambda dossier, now, first=steps[0].before: Verdict(first, None))
            for ref, steps in written.items()
        ]
        for start in range(0, len(seen), 500):
            store.transact_all(seen[start : start + 500], actor=_ACTOR, at=at)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    command = [sys.executable, __file__, kind, address, str(documents)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*command, str(number)], **pipes) for number in range(WORKERS)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.stdout.readline() == "done\n"
    seconds = time.perf_counter() - begun
    for worker in workers:
        worker.communicate()
    with psycopg.connect(address) as connection:
        query = f"SELECT count(*) FROM {_SCHEMA}.links WHERE state = 'synced'"
        [(synced,)] = connection.execute(query).fetchall()
    if synced != documents:
        raise AssertionError(f"{kind}: {synced} of {documents} lines were delivered")
    return seconds


def _work(kind: str, address: str, documents: str, number: str) -> None:
    written = deliveries(int(documents))
    if kind == "store":
        names = list(written)[int(number) :: WORKERS]
        loop = write_by_store(address, {ref: written[ref] for ref in names})
    else:
        loop = write_bare(address, written)
    next(loop)
    for word, then in (("ready", sys.stdin.readline), ("done", str)):
        if word == "done":
            for _ in loop:
                pass
        sys.stdout.write(f"{word}\n")
        sys.stdout.flush()
        then()


if __name__ == "__main__":
    _work(*sys.argv[1:])
