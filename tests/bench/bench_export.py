"""The whole export against two served systems: how many requests it takes, and how long where each takes its time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import httpx
from bench_figures import Figure, Size, timed
from bench_script import Bill, OneC, Script
from bench_wire import PASSWORDS, Recorder, serving

from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing.billmanager import Installation
from billmanager_1c.testing.world import FIRST_DAY, World, make_world

WIDTH = 8
ANSWER = 0.05
_PAYERS = ("profile", "profile.edit")


@contextmanager
def exchange(
    onec: str,
    billmanager: str,
    folder: Path,
    *,
    onec_wire: httpx.BaseTransport | None = None,
    billmanager_wire: httpx.BaseTransport | None = None,
    width: int = WIDTH,
) -> Iterator[tuple[SyncEngine, SQLiteStore]]:
    """Give an engine as an adopter makes it, and its store."""
    adapter = ODataAdapter(
        onec,
        username="Обмен",
        password=PASSWORDS["onec"],
        configuration=UPP_1_3,
        timezone="Europe/Moscow",
        base="bench",
        transport=onec_wire,
    )
    client = BillManagerClient(
        billmanager,
        username="1c",
        password=PASSWORDS["billmanager"],
        timezone="Europe/Moscow",
        transport=billmanager_wire,
    )
    with adapter, client, SQLiteStore(folder / "sync.db") as store:
        policy = Policy(export_from=FIRST_DAY, concurrency=width)
        yield SyncEngine(onec=adapter, billmanager=client, store=store, policy=policy), store


# ------------------------------------------------------------------------------------------------------- requests


@attrs.frozen
class Asked:
    """How often BILLmanager was asked in an export."""

    payments: int
    requests: int
    about_payers: int


def ask_for_all(world: World) -> Asked:
    """Export a world in process, and count."""
    bill = world.billmanager
    with (
        tempfile.TemporaryDirectory() as folder,
        exchange(world.onec.url, bill.url, Path(folder), onec_wire=world.onec, billmanager_wire=bill) as (engine, _),
    ):
        engine.load_accounts()
        before = len(bill.requests)
        exported = engine.export_payments().counts["exported"]
        asked = bill.requests[before:]
    wrong = {id for id, amount in world.expected.items() if bill.balance(id) != amount}
    if exported != world.exportable or wrong:
        raise AssertionError(f"{exported} of {world.exportable} were exported, {len(wrong)} balances are wrong")
    return Asked(exported, len(asked), sum(one.func in _PAYERS for one in asked))


def requests(size: Size) -> Iterator[Figure]:
    """Count requests per payment."""
    documents, clients = size.of(1000, 300), size.of(200, 60)
    told = f"{documents} documents of {clients} clients"
    for resets, more, title in ((False, 0, ""), (True, 2, ", crediting resets the date")):
        world = make_world(clients=clients, documents=documents)
        world.billmanager.installation = Installation(resets_paydate=resets)
        asked = ask_for_all(world)
        known, cold = (asked.requests - asked.about_payers) / asked.payments, asked.requests / asked.payments
        yield Figure(
            what=f"requests per new payment, payers known{title}",
            measured=f"{known:.3f}",
            figure=known,
            at_most=3.05 + more,
            note=f"{told}, {asked.payments} payments; the requests of that run without those about payers",
        )
        yield Figure(
            what=f"requests per new payment, cold{title}",
            measured=f"{cold:.3f}",
            figure=cold,
            at_most=3.5 + more,
            note=f"{told}, {asked.requests} requests for {asked.payments} payments",
        )


# -------------------------------------------------------------------------------------------------------- latency


def latency(size: Size) -> Iterator[Figure]:
    """Export where each answer of BILLmanager takes 50 ms, against the limit, the bare requests and a plain script."""
    documents, clients = size.of(1000, 16), size.of(200, 4)
    rounds = size.of(2, 1)
    sent, ours = min((_export(clients, documents) for _ in range(rounds)), key=lambda pair: pair[1])
    limit = len(sent) * ANSWER / WIDTH
    told = f"{documents} documents, {len(sent)} requests, BILLmanager in another process over loopback"
    yield Figure(
        what="50 ms answers, 8 at a time: times the limit",
        measured=f"{ours:.2f} s",
        against=f"{limit:.2f} s: requests × 50 ms / 8",
        figure=ours / limit,
        at_most=size.bound(1.15),
        note=f"{told}; reading 1C and loading nothing included",
    )
    bare = _replay(clients, documents, sent)
    yield Figure(
        what="50 ms answers: faster than the same requests in sequence",
        measured=f"{ours:.2f} s",
        against=f"{bare:.2f} s: a bare loop over httpx",
        figure=bare / ours,
        at_least=size.bound(6.5),
        note=told,
    )
    script = _plain_script(clients, documents)
    yield Figure(
        what="50 ms answers: faster than a plain script",
        measured=f"{ours:.2f} s",
        against=f"{script:.2f} s: tests/bench/bench_script.py",
        figure=script / ours,
        at_least=size.bound(7),
        note=told,
    )


def _export(clients: int, documents: int) -> tuple[list[bytes], float]:
    with (
        serving("onec", clients, documents) as onec,
        serving("billmanager", clients, documents, ANSWER) as billmanager,
        tempfile.TemporaryDirectory() as folder,
    ):
        wire = Recorder()
        with exchange(onec.url, billmanager.url, Path(folder), billmanager_wire=wire) as (engine, _):
            engine.load_accounts()
            wire.sent.clear()
            with timed() as watch:
                report = engine.export_payments()
        wire.close()
    exportable = make_world(clients=clients, documents=documents).exportable
    if report.counts["exported"] != exportable:
        raise AssertionError(f"{report.counts['exported']} of {exportable} were exported")
    return wire.sent, watch.wall


def _replay(clients: int, documents: int, sent: list[bytes]) -> float:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with (
        serving("billmanager", clients, documents, ANSWER) as billmanager,
        httpx.Client(headers=headers, timeout=30) as client,
        timed() as watch,
    ):
        for body in sent:
            client.post(billmanager.url, content=body).raise_for_status()
    return watch.wall


def _plain_script(clients: int, documents: int) -> float:
    with (
        serving("onec", clients, documents) as onec,
        serving("billmanager", clients, documents, ANSWER) as billmanager,
        tempfile.TemporaryDirectory() as folder,
    ):
        bill = Bill(billmanager.url, "1c", PASSWORDS["billmanager"])
        script = Script(OneC(onec.url, "Обмен", PASSWORDS["onec"]), bill, Path(folder) / "state.db")
        with timed() as watch:
            script.run(FIRST_DAY.isoformat())
        for client in (bill.client, script.onec.client):
            client.close()
    return watch.wall
