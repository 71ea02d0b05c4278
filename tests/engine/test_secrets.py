"""No secret in any log record, exception, repr, URL or report (protocol.md §4, I11)."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from typing import Literal

import pytest

from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.errors import BillManager1CError
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import BillManagerSimulator, Fault, OneCSimulator
from billmanager_1c.testing.world import FIRST_DAY, make_world

CANARY = "kanarejka-7f3a"
_BILL = [
    Fault.LOST_ANSWER,
    Fault.RESET,
    Fault.TRUNCATED_JSON,
    Fault.HTML_200,
    Fault.EMPTY_200,
    Fault.PROXY_502_AFTER_COMMIT,
    Fault.ACCESS_DENIED,
    Fault.REDIRECT,
    Fault.TWO_FACTOR,
    Fault.DOWN,
]


@pytest.mark.parametrize("fault", _BILL, ids=[fault.value for fault in _BILL])
@pytest.mark.parametrize("auth", ["authinfo", "session"])
def test_canary(
    fault: Fault, auth: Literal["authinfo", "session"], caplog: pytest.LogCaptureFixture, tmp_path: object
) -> None:
    """A password that is easy to find is found nowhere, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    world = make_world(clients=4, documents=4)
    bill, onec = world.billmanager, world.onec
    bill.change_employee("1c", password=CANARY)
    onec.change_password(CANARY)
    bill.faults.arm(fault, times=None, after=12)
    heard = _run(bill, onec, auth, f"{tmp_path}/sync.db")
    assert bill.faults.hits[fault]
    heard += [record.getMessage() for record in caplog.records] + [repr(record.args) for record in caplog.records]
    heard += [repr(request) for request in (*bill.requests, *onec.requests)]
    assert [text for text in heard if CANARY in text] == []


def _run(bill: BillManagerSimulator, onec: OneCSimulator, auth: Literal["authinfo", "session"], path: str) -> list[str]:
    heard = []
    with (
        BillManagerClient(
            bill.url, username="1c", password=CANARY, timezone="Europe/Moscow", auth=auth, transport=bill
        ) as client,
        ODataAdapter(
            onec.url,
            username="Обмен",
            password=CANARY,
            configuration=UPP_1_3,
            timezone="Europe/Moscow",
            base="upp",
            transport=onec,
        ) as adapter,
        SQLiteStore(path) as store,
    ):
        policy = Policy(export_from=FIRST_DAY, settle=dt.timedelta(0))
        engine = SyncEngine(onec=adapter, billmanager=client, store=store, policy=policy)
        heard += [repr(client), repr(adapter), repr(engine), repr(store)]
        for verb in (engine.load_accounts, engine.export_payments, engine.status):
            try:
                heard += [str(verb()), repr(verb())]
            except BillManager1CError as error:
                heard += [repr(error), repr(error.__dict__), "".join(traceback.format_exception(error))]
    return heard
