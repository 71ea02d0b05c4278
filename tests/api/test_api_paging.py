"""A list is read whole, each row once, or not at all, whatever the server does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.api import Dialect, ListAccounts, Listing, ListPayments, Page, walk
from billmanager_1c.errors import ListTruncated
from billmanager_1c.models import Account, AccountId, Money, PaymentId, PaymentRow

CAP = 40
DIALECT = Dialect(list_cap=CAP)


@attrs.define(kw_only=True, slots=False)
class Server:
    """A list and its ways."""

    rows: list
    #: rows of a page, whatever is asked for
    page_size: int | None = None
    #: always the first page
    ignores_page: bool = False
    ignores_filter: bool = False
    ignores_order: bool = False
    tells_total: bool = True
    #: rows that exist beyond the cap are cut off, as SQL does
    cap: int | None = CAP + 1
    #: True: p_elems counts what exists, not what is shown
    counts_all: bool = False
    #: called after each page, to change the rows
    meanwhile: object = None
    asked: list = attrs.field(factory=list)

    def answer(self, listing):
        """Answer one question."""
        self.asked.append(listing)
        found = sorted(
            (row for row in self.rows if self.ignores_filter or (listing.holds(row) and in_time(listing, row))),
            key=lambda row: row.id,
            reverse=listing.newest_first and not self.ignores_order,
        )
        total = len(found) if self.counts_all else len(found[: self.cap])
        found = found[: self.cap]
        size = self.page_size or listing.page_size
        number = 1 if self.ignores_page else listing.page
        shown = tuple(found[(number - 1) * size : number * size])
        if callable(self.meanwhile):
            self.meanwhile(self)
        return Page(shown, listing.page, total if self.tells_total else None)


def in_time(listing, row):
    """Keep to the days asked for: ``holds`` forgives one more on either side, and a server need not."""
    if not isinstance(listing, ListPayments):
        return True
    return (listing.created_from or dt.date.min) <= row.created_on <= (listing.created_to or dt.date.max)


def read(server, listing, limit=2000):
    """Read the whole list, and see that no row comes twice and that it ends."""
    steps = walk(listing, DIALECT)
    rows, page = [], None
    while True:
        try:
            step = steps.send(page)
        except StopIteration:
            break
        page = server.answer(step) if isinstance(step, Listing) else None
        if page is None:
            rows += step
        assert len(server.asked) < limit, "it does not end"
    ids = [row.id for row in rows]
    assert len(ids) == len(set(ids))
    return set(ids)


def accounts(*ids):
    """Return clients with these ids."""
    return [Account(id=AccountId(id), name=f"#{id}") for id in ids]


def payment(id, day):
    """Return a payment made so many days after the first of January."""
    created = dt.date(2026, 1, 1) + dt.timedelta(days=day)
    return PaymentRow(id=PaymentId(id), status=1, amount=Money(Decimal(1)), created_on=created)


def test_a_short_list_is_one_request():
    """Where BILLmanager counts the rows, nothing is asked that is known."""
    server = Server(rows=accounts(1, 2, 3))
    assert read(server, ListAccounts()) == {1, 2, 3}
    assert len(server.asked) == 1
    empty = Server(rows=[])
    assert read(empty, ListAccounts()) == set() and len(empty.asked) == 1


@pytest.mark.property
@given(
    ids=st.sets(st.integers(1, 10_000), max_size=CAP - 1),
    asked=st.integers(1, 50),
    given_size=st.none() | st.integers(1, 50),
    tells_total=st.booleans(),
)
def test_pages_of_any_size(ids, asked, given_size, tells_total):
    """Pages may be smaller or larger than asked for, and the count may be missing."""
    server = Server(rows=accounts(*ids), page_size=given_size, tells_total=tells_total)
    assert read(server, ListAccounts(page_size=asked)) == ids


@pytest.mark.parametrize("tells_total", [True, False])
def test_a_server_that_ignores_the_page(tells_total):
    """The same page again and again ends the reading: as whole if it may be, else with an error."""
    server = Server(rows=accounts(*range(1, 11)), ignores_page=True, tells_total=tells_total, page_size=5)
    if tells_total:
        with pytest.raises(ListTruncated, match="account: "):
            read(server, ListAccounts(), limit=10)
    else:
        assert read(server, ListAccounts(), limit=10) == {1, 2, 3, 4, 5}
    whole = Server(rows=accounts(*range(1, 11)), ignores_page=True, tells_total=tells_total, page_size=99)
    assert read(whole, ListAccounts(), limit=10) == set(range(1, 11))


def test_rows_that_go_meanwhile_hide_no_others():
    """A deletion moves later rows into a page that was read already; the list is read again."""
    server = Server(rows=accounts(*range(1, 21)))
    server.meanwhile = lambda server: server.rows.pop(0) if len(server.rows) == 20 else None
    assert read(server, ListAccounts(page_size=5)) == set(range(1, 21))


def test_rows_that_come_meanwhile():
    """New rows have the greatest ids and come last: they are read too and move nothing."""
    server = Server(rows=accounts(*range(1, 21)))
    server.meanwhile = lambda server: server.rows.extend(accounts(len(server.rows) + 1)) if len(server.rows) < 23 else 0
    assert read(server, ListAccounts(page_size=5)) == set(range(1, 24))


def test_a_list_that_never_rests():
    """A list that loses rows in each reading is not passed off as whole."""
    server = Server(rows=accounts(*range(1, 39)))
    server.meanwhile = lambda server: server.rows.pop(0)
    with pytest.raises(ListTruncated, match="changes faster"):
        read(server, ListAccounts(page_size=5))


@pytest.mark.parametrize("counts_all", [True, False])
@pytest.mark.parametrize("tells_total", [True, False])
@pytest.mark.parametrize("count", [CAP - 1, CAP, CAP + 1, CAP + 2, 5 * CAP])
def test_the_cap_is_overcome_by_days(count, tells_total, counts_all):
    """More payments than a list shows are read by ranges of days."""
    rows = [payment(id, id // 3) for id in range(1, count + 1)]
    server = Server(rows=rows, tells_total=tells_total, counts_all=counts_all)
    assert read(server, ListPayments(page_size=10)) == set(range(1, count + 1))


@pytest.mark.property
@given(
    days=st.lists(st.integers(0, 30), min_size=CAP, max_size=3 * CAP),
    page_size=st.integers(5, CAP * 2),
    newest=st.booleans(),
)
def test_the_cap_is_overcome_for_any_days(days, page_size, newest):
    """However the payments lie, even all on one day, all are read: a single day is read by ids."""
    rows = [payment(id, day) for id, day in enumerate(days, start=1)]
    found = read(Server(rows=rows), ListPayments(page_size=page_size, newest_first=newest))
    assert found == set(range(1, len(days) + 1))


def test_the_cap_is_overcome_by_ids():
    """A list without days is read by blocks of ids, up to the greatest and one block beyond."""
    ids = {*range(1, 100), 500}
    server = Server(rows=accounts(*ids))
    assert read(server, ListAccounts(page_size=10)) == ids
    # A server that sorts what it has cut shows a wrong end; a block beyond it shows the mistake.
    assert {listing.ids[0] for listing in server.asked if listing.ids} >= {1 + 12 * 39, 1 + 13 * 39}


def test_asked_ids_are_read_in_blocks():
    """Ids that were asked for, more than a list shows, are asked for in blocks."""
    server = Server(rows=accounts(*range(1, 200)))
    assert read(server, ListAccounts(ids=range(50, 150))) == set(range(50, 150))


@pytest.mark.parametrize("listing", [ListAccounts(), ListPayments(), ListAccounts(ids=[1, 2])])
def test_a_part_that_is_not_one_is_refused(listing):
    """A server that ignores the filter by which the parts are asked cannot be read whole, and that is said."""
    rows = [payment(id, id) for id in range(1, 100)] if isinstance(listing, ListPayments) else accounts(*range(1, 100))
    server = Server(rows=rows, ignores_filter=True)
    with pytest.raises(ListTruncated, match="cannot be read whole") as caught:
        read(server, listing)
    assert caught.value.function in {"account", "payment"}


def test_a_list_that_cannot_be_sorted_is_refused():
    """Without an order the greatest id is unknown, and with it the end of the list."""
    server = Server(rows=accounts(*range(1, 100)), ignores_order=True)
    with pytest.raises(ListTruncated, match="sorted"):
        read(server, ListAccounts())


def test_a_long_list_without_a_cap_is_paged():
    """A list that shows more rows than the cap has none, and is not asked for in parts."""
    server = Server(rows=accounts(*range(1, 101)), cap=None)
    assert read(server, ListAccounts(page_size=10)) == set(range(1, 101))
    assert len(server.asked) == 10


@pytest.mark.parametrize("listing", [ListAccounts(), ListPayments(), ListAccounts(ids=range(1, 90))])
def test_parts_that_show_nothing_are_refused(listing):
    """A server that does not understand the filter of the parts, and finds nothing, has not shown a whole list."""
    rows = [payment(id, id) for id in range(1, 100)] if isinstance(listing, ListPayments) else accounts(*range(1, 100))
    server = Server(rows=rows)
    whole, answer = listing, server.answer

    def literal(asked):
        page = answer(asked)
        plain = attrs.evolve(asked, page=1, page_size=1000, newest_first=False) == whole
        return page if plain or asked.newest_first else attrs.evolve(page, rows=(), total=0)

    server.answer = literal
    with pytest.raises(ListTruncated, match="showed before"):
        read(server, listing)
