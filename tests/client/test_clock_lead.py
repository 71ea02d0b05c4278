"""What the server's clock says, out of a header that every answer has."""

from __future__ import annotations

import datetime as dt

import pytest

from billmanager_1c.api import Whoami
from billmanager_1c.testing import BillManagerSimulator
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.transport import WireReply

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Tue, 24 Nov 2026 12:00:00 GMT", NOON),
        ("Tue, 24 Nov 2026 15:00:00 +0300", NOON),
        ("Tue, 24 Nov 2026 12:00:00 -0000", NOON),
        ("yesterday", None),
        ("Tue, 99 Nov 2026 12:00:00 GMT", None),
        ("", None),
    ],
)
def test_the_date_header(header: str, moment: dt.datetime | None) -> None:
    """It is aware, and nonsense is nothing."""
    told = WireReply(status=200, headers={"date": header}).date
    assert told == moment
    assert told is None or told.tzinfo is not None
    assert WireReply(status=200).date is None


def test_the_client_knows_how_far_the_clocks_are_apart() -> None:
    """After an answer, not before."""
    simulator = BillManagerSimulator(clock=lambda: dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30))
    with settings_for(simulator).billmanager(transport=simulator) as client:
        assert client.clock_lead is None
        client.send(Whoami())
        assert client.clock_lead is not None
        assert abs(client.clock_lead + dt.timedelta(minutes=30)) < dt.timedelta(minutes=1)
