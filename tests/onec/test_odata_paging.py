"""Listings by date lose nothing, whatever happens between two pages (1c-odata.md §1.5)."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onec_servers import Server, collection, make_adapter, options_of, resource_of

from billmanager_1c.errors import BadReply
from billmanager_1c.models import DocumentKind
from billmanager_1c.onec import UPP_1_3

CARDS = UPP_1_3.documents[DocumentKind.CARD_PAYMENT].entity_set
DAY = dt.date(2026, 11, 1)
Table = dict[str, dt.datetime]


def key(number: int) -> str:
    """Return a GUID."""
    return f"00000000-0000-4000-8000-{number:012}"


class Cards:
    """One set of documents that keeps to ``$filter``, ``$orderby``, ``$top`` and ``$skip``, and changes meanwhile.

    Documents of one second come ordered by key, as 1C orders them by number.
    """

    def __init__(self, table: Table, meanwhile: Callable[[Table], None] = lambda table: None) -> None:
        self.table = table
        self._meanwhile = meanwhile

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if resource_of(request) != CARDS:
            return collection([])
        options = options_of(request)
        since = re.search(r"Date ge datetime'([^']+)'", options["$filter"])
        assert since is not None
        assert options["$orderby"] == "Date,Ref_Key"
        rows = sorted((date, ref) for ref, date in self.table.items() if date >= dt.datetime.fromisoformat(since[1]))
        skip, top = int(options.get("$skip", "0")), int(options["$top"])
        self._meanwhile(self.table)
        return collection(
            [
                {"Ref_Key": ref, "DataVersion": "AAAAAAAAAAE=", "Date": date.isoformat(timespec="seconds")}
                for date, ref in rows[skip : skip + top]
            ]
        )


def shown(cards: Cards, page_size: int) -> list[str]:
    """List everything since the day."""
    with make_adapter(Server(cards).transport, page_size=page_size) as onec:
        return [stamp.ref.id for batch in onec.changes_since(DAY) for stamp in batch.stamps]


seconds = st.integers(0, 6).map(lambda second: dt.datetime.combine(DAY, dt.time(0, 0, second)))
tables = st.lists(seconds, max_size=25).map(lambda dates: {key(number): date for number, date in enumerate(dates)})


@pytest.mark.property
@given(table=tables, page_size=st.integers(2, 7))
def test_each_document_is_shown_once(table: Table, page_size: int) -> None:
    """Whole, without repetition, also where one second holds more documents than a page."""
    listed = shown(Cards(table), page_size)
    assert sorted(listed) == sorted(table)


@pytest.mark.property
@given(table=tables, page_size=st.integers(2, 7), seed=st.integers(0, 2**32))
def test_rows_that_shift_hide_none(table: Table, page_size: int, seed: int) -> None:
    """Documents deleted and added anywhere between the pages hide none of those that stay."""
    chance = random.Random(seed)

    def meanwhile(now: Table) -> None:
        if now and chance.random() < 0.5:
            del now[chance.choice(sorted(now))]
        if chance.random() < 0.5 and len(now) < 40:
            # One that is entered late gets a later number, and may get an earlier time.
            second = chance.randrange(7)
            now[key(1000 + len(now) + chance.randrange(10**6))] = dt.datetime.combine(DAY, dt.time(0, 0, second))

    # Within one second rows are skipped by number, where only one may shift per page; see the head of _listing.
    spread = {ref: date + dt.timedelta(minutes=index) for index, (ref, date) in enumerate(sorted(table.items()))}
    cards = Cards(dict(spread), meanwhile)
    listed = shown(cards, page_size)
    assert {ref for ref in spread if ref in cards.table} <= set(listed)


def test_row_that_goes_from_a_crowded_second_hides_none() -> None:
    """Within one second rows are skipped by number “with one row of overlap”: one may go between two pages."""
    table = {key(number): dt.datetime.combine(DAY, dt.time.min) for number in range(8)}

    def first_goes(now: Table) -> None:
        now.pop(key(0), None)

    assert sorted(shown(Cards(dict(table), first_goes), page_size=3)) == sorted(table)


def test_an_order_that_is_not_kept_is_noticed() -> None:
    """A server that answers in its own order would lose documents between pages: it is refused."""
    rows = [
        {"Ref_Key": key(number), "DataVersion": "x", "Date": f"2026-11-0{day}T00:00:00"}
        for number, day in enumerate((3, 2, 4))
    ]
    with (
        make_adapter(Server(lambda request: collection(rows)).transport) as onec,
        pytest.raises(BadReply, match="orderby"),
    ):
        list(onec.changes_since(DAY))


def test_a_filter_that_is_not_kept_is_noticed() -> None:
    """A list that reaches behind the day asked for is not the list asked for."""
    rows = [{"Ref_Key": key(1), "DataVersion": "x", "Date": "2026-10-31T23:59:59"}]
    with make_adapter(Server(lambda request: collection(rows)).transport) as onec, pytest.raises(BadReply):
        list(onec.changes_since(DAY))


def test_a_server_that_does_not_know_top_sends_everything() -> None:
    """More rows than asked for are all rows: no further page is asked for."""
    rows = [{"Ref_Key": key(number), "DataVersion": "x", "Date": "2026-11-02T00:00:00"} for number in range(5)]
    server = Server(lambda request: collection(rows if resource_of(request) == CARDS else []))
    with make_adapter(server.transport, page_size=2) as onec:
        stamps = [stamp for batch in onec.changes_since(DAY) for stamp in batch.stamps]
    assert len(stamps) == 5
    assert server.resources().count(CARDS) == 1


def test_one_row_where_a_list_is_expected() -> None:
    """A single object is a list of one."""
    row = {"Ref_Key": key(1), "DataVersion": "x", "Date": "2026-11-02T00:00:00"}
    server = Server(lambda request: collection(row if resource_of(request) == CARDS else []))  # type: ignore[arg-type]
    with make_adapter(server.transport) as onec:
        assert [stamp.ref.id for batch in onec.changes_since(DAY) for stamp in batch.stamps] == [key(1)]


@pytest.mark.parametrize(
    ("now", "zone", "first"),
    [
        ("2026-11-24T20:59:59+00:00", "Europe/Moscow", "2026-11-10"),
        ("2026-11-24T21:00:00+00:00", "Europe/Moscow", "2026-11-11"),
        ("2026-03-01T09:00:00+00:00", "Asia/Vladivostok", "2026-02-15"),
    ],
)
def test_the_window_begins_by_the_calendar_of_the_infobase(now: str, zone: str, first: str) -> None:
    """Today is what the clock on the wall of the infobase says; a window of 14 days begins 14 days before it."""
    server = Server(lambda request: collection([]))
    with make_adapter(server.transport, clock=lambda: dt.datetime.fromisoformat(now), timezone=zone) as onec:
        (last,) = onec.changes(None)
    assert last.complete_since == dt.date.fromisoformat(first)
    assert {options_of(request)["$filter"] for request in server.requests[:3]} == {
        f"Date ge datetime'{first}T00:00:00'"
    }


def test_a_listing_that_fails_is_not_complete() -> None:
    """Nothing says "complete" before every kind was listed to its end."""

    def answer(request: httpx.Request) -> httpx.Response:
        return collection([], 200 if resource_of(request) != CARDS else 404)

    seen = []
    with make_adapter(Server(answer).transport) as onec, pytest.raises(Exception, match="404"):
        seen.extend(onec.changes(None))
    assert [batch.complete_since for batch in seen] == []
