"""Reading 1C: how many requests it takes, how much memory, and how fast it is beside another client."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
from bench_figures import Figure, Size, fastest, timed
from bench_wire import PASSWORDS, served_world, serving

from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import OneCSimulator
from billmanager_1c.testing.world import FIRST_DAY

USERNAME = "Обмен"
CLIENTS = 200


def adapter(url: str, transport: httpx.BaseTransport | None = None) -> ODataAdapter:
    """Return an adapter as an adopter makes it."""
    return ODataAdapter(
        url,
        username=USERNAME,
        password=PASSWORDS["onec"],
        configuration=UPP_1_3,
        timezone="Europe/Moscow",
        base="bench",
        transport=transport,
    )


def read_window(onec: ODataAdapter) -> int:
    """List everything since the first day and read it, and keep nothing; return how many documents came."""
    refs = [stamp.ref for batch in onec.changes_since(FIRST_DAY) for stamp in batch.stamps]
    return sum(1 for _ in onec.read(refs))


def read_by_key(simulator: OneCSimulator) -> tuple[int, int]:
    """Read all documents by key alone; return how many there are, and how many requests that took."""
    with adapter(simulator.url, simulator) as onec:
        refs = [stamp.ref for batch in onec.changes_since(FIRST_DAY) for stamp in batch.stamps]
    simulator.forget_requests()
    with adapter(simulator.url, simulator) as onec:
        found = sum(1 for _ in onec.read(refs))
    return found, len(simulator.requests)


# --------------------------------------------------------------------------------------------------- another client

_DOCUMENTS = {names.entity_set: names for names in UPP_1_3.documents.values()}
_CATALOGUES = {
    UPP_1_3.organizations.entity_set: ("Description", "ИНН", "КПП"),
    UPP_1_3.counterparties.entity_set: ("Code", "Description", "ИНН", "КПП", "ЮрФизЛицо"),
    UPP_1_3.contracts.entity_set: ("Description", UPP_1_3.contracts.subaccount),
    UPP_1_3.currencies: ("Code",),
    UPP_1_3.module.subaccounts: ("Code",),
}
_PAGE = 1000


def fields(entity_set: str) -> list[str]:
    """Return what an exchange needs of a document."""
    names = _DOCUMENTS[entity_set]
    wanted = ("Ref_Key", "DataVersion", "Number", "Date", "DeletionMark", "Posted", names.operation)
    more = (names.organization, names.counterparty, names.currency, names.amount, names.paid, names.paid_on)
    last = (names.incoming_number, names.incoming_date, names.purpose)
    lines = (f"{names.lines}/{names.line_contract}", f"{names.lines}/{names.line_amount}")
    return [name for name in (*wanted, *more, *last, *lines) if name]


def join(documents: list[tuple[str, dict[str, Any]]], catalogues: dict[str, dict[str, Any]]) -> int:
    """Put together what an exchange must know of each document: who paid, to which subaccount, how much."""
    organizations, counterparties, contracts, currencies, subaccounts = catalogues.values()
    count = 0
    for entity_set, row in documents:
        names = _DOCUMENTS[entity_set]
        row["organization"] = organizations.get(row[names.organization])
        row["counterparty"] = counterparties.get(row[names.counterparty])
        row["currency"] = currencies[row[names.currency]]["Code"].strip()
        row["amount"] = Decimal(str(row[names.amount]))
        row["lines"] = [
            (
                line[names.line_contract],
                subaccounts.get(contracts.get(line[names.line_contract], {}).get(UPP_1_3.contracts.subaccount)),
                Decimal(str(line[names.line_amount])),
            )
            for line in row[names.lines]
        ]
        count += 1
    return count


async def read_with_python_1c_odata(url: str, *, tuned: bool = True) -> int:
    """Read the same with python-1c-odata: three sets of documents, five catalogues, money as decimals.

    ``tuned`` asks for as large pages and as few fields as we do; else it is used as its README shows.
    """
    from python_1c_odata import Catalog, Document, Infobase

    root, _, publication = url.rpartition("/")
    async with Infobase(root, publication, USERNAME, PASSWORDS["onec"]) as infobase:
        catalogues = {}
        for entity_set, wanted in _CATALOGUES.items():
            catalogue = Catalog(infobase, entity_set.partition("_")[2])
            how = {"page_size": _PAGE, "select": ["Ref_Key", *wanted]} if tuned else {}
            rows = catalogue.iterate(orderby="Ref_Key", **how)
            catalogues[entity_set] = {row["Ref_Key"]: row async for row in rows}
        documents = []
        for entity_set in _DOCUMENTS:
            kind = Document(infobase, entity_set.partition("_")[2])
            where = f"Date ge datetime'{FIRST_DAY.isoformat()}T00:00:00'"
            how = {"page_size": _PAGE, "select": fields(entity_set)} if tuned else {}
            rows = kind.iterate(odata_filter=where, orderby="Ref_Key", **how)
            documents += [(entity_set, row) async for row in rows]
    return join(documents, catalogues)


def read_with_httpx(url: str) -> int:
    """Read the same with httpx and json: what stands in where python-1c-odata cannot be installed."""
    auth = httpx.BasicAuth(USERNAME.encode(), PASSWORDS["onec"].encode())
    with httpx.Client(auth=auth, timeout=60) as client:

        def rows(entity_set: str, wanted: list[str], where: str = "") -> Iterator[dict[str, Any]]:
            skip, left = 0, True
            while left:
                options = {"$format": "json", "$orderby": "Ref_Key", "$top": str(_PAGE), "$skip": str(skip)}
                options |= {"$select": ",".join(wanted)} | ({"$filter": where} if where else {})
                query = "&".join(f"{name}={urllib.parse.quote(value)}" for name, value in options.items())
                reply = client.get(f"{url}/odata/standard.odata/{urllib.parse.quote(entity_set)}?{query}")
                found = json.loads(reply.raise_for_status().content, parse_float=Decimal)["value"]
                yield from found
                skip, left = skip + _PAGE, len(found) == _PAGE

        catalogues = {
            entity_set: {row["Ref_Key"]: row for row in rows(entity_set, ["Ref_Key", *wanted])}
            for entity_set, wanted in _CATALOGUES.items()
        }
        where = f"Date ge datetime'{FIRST_DAY.isoformat()}T00:00:00'"
        documents = [(name, row) for name in _DOCUMENTS for row in rows(name, fields(name), where)]
    return join(documents, catalogues)


def competitor() -> tuple[str, Callable[[str], int]]:
    """Return the other client, and how it is called; a stand-in where it is not installed."""
    try:
        import python_1c_odata  # noqa: F401
    except ImportError:
        return "httpx and json (python-1c-odata is NOT installed)", read_with_httpx
    return "python-1c-odata", lambda url: asyncio.run(read_with_python_1c_odata(url))


# ---------------------------------------------------------------------------------------------------------- figures


def onec(size: Size) -> Iterator[Figure]:
    """Count requests, compare the rate with another client, and see what memory does."""
    yield from _requests()
    yield from _rate(size)
    yield from _memory(size)


def _requests() -> Iterator[Figure]:
    simulator = served_world(CLIENTS, 1000).onec
    with adapter(simulator.url, simulator) as client:
        simulator.forget_requests()
        found = read_window(client)
    window = len(simulator.requests) / (found / 1000)
    yield Figure(
        what="requests to read 1,000 documents of 1C, by window",
        measured=f"{len(simulator.requests)} for {found}",
        figure=window,
        at_most=12,
        note="the listing, the documents and whole catalogues beside them",
    )
    found, requests = read_by_key(simulator)
    yield Figure(
        what="requests to read 25 documents of 1C, by key",
        measured=f"{requests} for {found}",
        figure=requests / (found / 25),
        at_most=1,
        note="documents and catalogues, without a listing before",
    )


def _rate(size: Size) -> Iterator[Figure]:
    documents, rounds = size.of(5000, 1000), size.of(7, 3)
    name, read = competitor()
    with serving("onec", CLIENTS, documents) as server:
        counts = []

        def ours() -> float:
            # The session of 1C is given back outside: the other client keeps none.
            with adapter(server.url) as client, timed() as watch:
                counts.append(read_window(client))
            watches.append(watch.cpu)
            return watch.wall

        def theirs() -> float:
            with timed() as watch:
                counts.append(read(server.url))
            others.append(watch.cpu)
            return watch.wall

        watches: list[float] = []
        others: list[float] = []
        mine, other = fastest(rounds, ours, theirs)
        readme = _as_the_readme_shows(server.url)
    if len(set(counts)) != 1:
        raise AssertionError(f"not everybody read the same: {counts}")
    note = f"{counts[0]} documents with what their catalogues say of them, 1C in another process over loopback"
    yield Figure(
        what=f"reading 1C: rate beside {name}",
        measured=f"{counts[0] / mine:,.0f} documents/s",
        against=f"{counts[0] / other:,.0f} documents/s",
        figure=other / mine,
        at_least=size.bound(1),
        note=note,
    )
    if readme is not None:
        yield Figure(
            what=f"reading 1C: rate beside {name} as its README shows",
            measured=f"{counts[0] / mine:,.0f} documents/s",
            against=f"{counts[0] / readme:,.0f} documents/s",
            figure=readme / mine,
            note="pages of 100 whole objects, in place of pages of 1,000 with the fields that are wanted",
        )
    yield Figure(
        what=f"reading 1C: work of the client itself beside {name}",
        measured=f"{min(watches) / counts[0] * 1e6:.0f} µs/document",
        against=f"{min(others) / counts[0] * 1e6:.0f} µs/document",
        figure=min(others) / min(watches),
        note="CPU seconds; ours are typed values, checked field by field, theirs dictionaries",
    )


def _as_the_readme_shows(url: str) -> float | None:
    if competitor()[1] is read_with_httpx:
        return None
    return fastest(2, lambda: _seconds(lambda: asyncio.run(read_with_python_1c_odata(url, tuned=False))))[0]


def _seconds(work: Callable[[], object]) -> float:
    with timed() as watch:
        work()
    return watch.wall


def _memory(size: Size) -> Iterator[Figure]:
    few, many = size.of(2000, 1000), size.of(20_000, 4000)
    small, large = _peak(few), _peak(many)
    yield Figure(
        what=f"reading 1C: peak memory at {many:,} documents to that at {few:,}",
        measured=f"{large / 1e3:.1f} MB",
        against=f"{small / 1e3:.1f} MB",
        figure=large / small,
        at_most=size.bound(1.25),
        note="documents are taken as they come and kept by nobody; what remains is the list of their keys",
    )


def _peak(documents: int) -> int:
    """Return the kilobytes that a process which reads so many documents holds at its peak."""
    with serving("onec", CLIENTS, documents) as server:
        done = subprocess.run([sys.executable, __file__, server.url], capture_output=True, text=True, check=True)
    return int(done.stdout)


if __name__ == "__main__":
    with adapter(sys.argv[1]) as client:
        read_window(client)
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
