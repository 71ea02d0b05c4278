"""The stage on which the snippets of the docs are run: the addresses of the pages lead to simulators.

The world is the troubled one, so that there is something to look at. No snippet is changed: what is behind httpx is.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import certifi
import httpx
import pytest

from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.engine._driver import SystemClock
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing.troubled import FIRST_DAY, TroubledWorld, make_troubled_world

BILLMANAGER = "https://billing.example/billmgr"
ONEC = "http://1c.example/upp"
PASSWORD = "…"

ENVIRONMENT = {
    "BILLMANAGER_URL": BILLMANAGER,
    "BILLMANAGER_USERNAME": "1c",
    "BILLMANAGER_PASSWORD": PASSWORD,
    "BILLMANAGER_TIMEZONE": "Europe/Moscow",
    "ONEC_URL": ONEC,
    "ONEC_USERNAME": "Обмен",
    "ONEC_PASSWORD": PASSWORD,
    "ONEC_TIMEZONE": "Europe/Moscow",
    "ONEC_BASE": "upp",
    "ONEC_CONFIGURATION": "UPP_1_3",
}


class Stage:
    """A world behind the addresses of the docs."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.world: TroubledWorld = make_troubled_world()
        self.world.billmanager.change_employee("1c", password=PASSWORD)
        self.world.onec.change_password(PASSWORD)
        self._stack = stack

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the host would that a page names."""
        onec = self.world.onec
        match request.url.host:
            case "billing.example":
                return self.world.billmanager.handle(request)
            case "1c.example":
                path = request.url.raw_path.replace(b"/upp/", f"/{onec.publication}/".encode(), 1)
                url = request.url.copy_with(raw_path=path)
                return onec.handle(_moved(request, url))
        raise httpx.ConnectError(f"no page may call {request.url.host}", request=request)

    def given(self, name: str) -> object:
        """Return what a page takes for granted."""
        match name:
            case "__name__":
                return "__main__"  # it is a script
            case "engine":
                return self._engine_after_a_day_of_trouble("given.db")
            case "sync.db":
                return self._engine_after_a_day_of_trouble(name)
        raise LookupError(f"The stage has no {name!r} to give.")

    def _engine_after_a_day_of_trouble(self, books: str) -> SyncEngine:
        client = BillManagerClient(BILLMANAGER, username="1c", password=PASSWORD, timezone="Europe/Moscow")
        onec = ODataAdapter(
            ONEC, username="Обмен", password=PASSWORD, configuration=UPP_1_3, timezone="Europe/Moscow", base="upp"
        )
        engine = SyncEngine(
            onec=self._stack.enter_context(onec),
            billmanager=self._stack.enter_context(client),
            store=self._stack.enter_context(SQLiteStore(self.folder / books)),
            policy=Policy(export_from=FIRST_DAY),
        )
        engine.load_accounts()
        engine.export_payments()
        self.world.go_on()
        engine.export_payments()
        return engine


def _moved(request: httpx.Request, url: httpx.URL) -> httpx.Request:
    return httpx.Request(request.method, url, headers=request.headers, content=request.read())


@contextmanager
def set_stage(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Lead what the pages call to a world of simulators, and what they write to a folder."""
    with ExitStack() as stack:
        stage = Stage(folder, stack)

        async def answer(transport: object, request: httpx.Request) -> httpx.Response:
            await request.aread()
            return stage.answer(request)

        def now(clock: object = None) -> dt.datetime:
            return stage.world.clock.now()

        patch.setattr(httpx.HTTPTransport, "handle_request", lambda transport, request: stage.answer(request))
        patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer)
        patch.setattr(SystemClock, "now", now)
        patch.setitem(ODataAdapter.__init__.__kwdefaults__, "clock", now)
        postgres = SimpleNamespace(PostgresStore=lambda address, **_: SQLiteStore(folder / "postgres.db"))
        patch.setitem(sys.modules, "billmanager_1c.store.postgres", postgres)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        shutil.copy(certifi.where(), folder / "our-ca.pem")
        yield stage
