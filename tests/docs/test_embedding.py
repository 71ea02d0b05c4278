"""What the docs put into other people's schedulers, queues and services does its work there."""

from __future__ import annotations

import asyncio
import configparser
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import dramatiq
import httpx
import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from docs_pages import ROOT, snippets
from docs_stage import Stage, set_stage

from billmanager_1c import Policy, SyncEngine
from billmanager_1c.errors import BadPassword, BillManager1CError, NoAnswer, Repeat
from billmanager_1c.testing import Fault, SmallWorld
from billmanager_1c.testing.billmanager import PaymentRecord

UNITS = dict(
    re.findall(
        r"^```ini\n# /etc/systemd/system/([\w.-]+)\n(.*?)^```$",
        (ROOT / "docs" / "operating.md").read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The world behind the pages."""
    with set_stage(tmp_path, monkeypatch) as stage:
        yield stage


def names_of(page: str, *wanted: str) -> dict[str, Any]:
    """Return the names that the definitions of a page leave behind; what would run at once is left out."""
    names: dict[str, Any] = {"__name__": "page"}
    for snippet in snippets(page):
        if any(word in snippet.code for word in wanted):
            exec(snippet.compiled(0), names)  # type: ignore[arg-type]  # a code object
    return names


@pytest.fixture
def operating(
    billmanager_1c_environment: Mapping[str, str],
    billmanager_1c_policy: Policy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """What the page on running it defines, in a folder of its own, with terms that fit today's documents."""
    monkeypatch.chdir(tmp_path)
    assert billmanager_1c_environment
    names = names_of("docs/operating.md", "POLICY = ", "def plan_jobs", "def run_once", "Celery(", "dramatiq.actor")
    return names | {"POLICY": billmanager_1c_policy}


# ------------------------------------------------------------------------------------------------------ schedulers


def test_apscheduler_has_both_jobs(operating: dict[str, Any], billmanager_1c_engine: SyncEngine) -> None:
    """Each job does its work when its time comes, and never twice at once."""
    scheduler = BackgroundScheduler(timezone="Europe/Moscow")
    operating["plan_jobs"](scheduler, billmanager_1c_engine)
    jobs = scheduler.get_jobs()
    assert [type(job.func()).__name__ for job in jobs] == ["ExportReport", "AccountsReport"]
    assert [str(job.trigger) for job in jobs] == ["interval[1:00:00]", "cron[hour='6']"]


def test_apscheduler_keeps_time(
    operating: dict[str, Any], billmanager_1c_world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program of the page starts its scheduler with both jobs and everything open."""

    def start(scheduler: BlockingScheduler) -> None:
        for job in reversed(scheduler.get_jobs()):
            job.func()

    monkeypatch.setattr(BlockingScheduler, "start", start)
    billmanager_1c_world.pay("100.00")
    operating["keep_time"]()
    assert billmanager_1c_world.credits == (Decimal("100.00"),)


# ---------------------------------------------------------------------------------------------------------- queues


def test_celery_exports(operating: dict[str, Any], billmanager_1c_world: SmallWorld) -> None:
    """The task does the work, and tells its counts; delivered again, it pays nothing twice."""
    billmanager_1c_world.pay("100.00")
    exported = [operating["export"].apply().get()["exported"] for _ in range(2)]
    assert exported == [1, 0]
    assert billmanager_1c_world.credits == (Decimal("100.00"),)


def test_celery_leaves_alone_what_a_person_must_change(
    operating: dict[str, Any], billmanager_1c_world: SmallWorld
) -> None:
    """A wrong password is not tried again by the queue."""
    billmanager_1c_world.billmanager.change_employee("1c", password="another")
    billmanager_1c_world.pay("100.00")
    result = operating["export"].apply()
    assert isinstance(result.result, BillManager1CError) and result.result.repeat is Repeat.NEVER
    assert billmanager_1c_world.onec.started_sessions == 1  # one for each attempt


def test_celery_tries_again_what_may_pass(operating: dict[str, Any]) -> None:
    """Five times, whatever failed; what says NEVER, not once."""
    again = operating["may_come_again"]
    assert [again(attempts, NoAnswer("…")) for attempts in (0, 4, 5)] == [True, True, False]
    assert [again(0, OSError()), again(0, BadPassword("…"))] == [True, False]


def test_dramatiq_exports(operating: dict[str, Any], billmanager_1c_world: SmallWorld) -> None:
    """A message that is sent is worked off by a worker of the queue."""
    billmanager_1c_world.pay("100.00")
    broker = dramatiq.get_broker()
    worker = dramatiq.Worker(broker, worker_timeout=10)
    worker.start()
    try:
        operating["export_later"].send()
        broker.join(operating["export_later"].queue_name)
        worker.join()
    finally:
        worker.stop()
    assert billmanager_1c_world.credits == (Decimal("100.00"),)


# --------------------------------------------------------------------------------------------------------- systemd


def test_units_are_units() -> None:
    """Each has the sections that its kind has."""
    assert set(UNITS) == {"exchange.service", "exchange-run.service", "exchange-run.timer"}
    for name, text in UNITS.items():
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]  # as systemd, by the letter
        unit.read_string(text)
        assert unit["Unit"]["Description"]
        assert ("Timer" in unit) == name.endswith(".timer") != ("Service" in unit)


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """``systemd-analyze verify`` says nothing of the units, but for the program, which is not installed here."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("units are NOT tested with systemd: no systemd-analyze")
    for name, text in UNITS.items():
        # The program and the user are the reader's; what stands for them here exists.
        here = text.replace("/srv/exchange/.venv/bin/python", "/bin/true").replace("User=exchange", "User=root")
        (tmp_path / name).write_text(here)
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


# -------------------------------------------------------------------------------------------------------- services


def credited(stage: Stage) -> list[PaymentRecord]:
    """Our payments that stand credited: those with a mark."""
    bill = stage.world.billmanager
    return [payment for payment in bill.payments() if payment.info and bill.credited(payment.id)]


@asynccontextmanager
async def service() -> AsyncIterator[httpx.AsyncClient]:
    """The service of the page, from its start to its end, and one who asks it."""
    app = names_of("docs/async-services.md", "def exchange", "def lifespan", "FastAPI(")["app"]
    transport = httpx.ASGITransport(app)
    async with (
        asyncio.timeout(60),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service.example") as client,
    ):
        yield client


async def until(happened: Callable[[], object]) -> None:
    """Wait for it; the service ends the test where it never comes."""
    while not happened():  # noqa: ASYNC110 -- it is seen from outside, as people see it
        await asyncio.sleep(0.01)


def test_fastapi_keeps_exchanging(stage: Stage) -> None:
    """The service exports from its start, says meanwhile what became of a payment and a document, and ends in order."""

    async def work() -> None:
        async with service() as client:
            assert (await client.get("/health")).json()["on"] is True
            await until(lambda: credited(stage))
            payment = credited(stage)[0]
            told = (await client.get(f"/payments/{payment.id}")).json()
            assert str(payment.id) in told["answer"]
            number = payment.document_number
            found = (await client.get("/documents", params={"number": number})).json()
            assert [str(payment.id) in one["answer"] for one in found] == [True]
            assert (await client.get("/payments/999999")).status_code == 404

    asyncio.run(work())


def test_fastapi_lives_through_trouble(stage: Stage) -> None:
    """A BILLmanager that refuses us stops the exchange and not the service."""
    faults = stage.world.billmanager.faults
    faults.arm(Fault.ACCESS_DENIED, times=None)

    async def work() -> None:
        async with service() as client:
            await until(lambda: faults.hits[Fault.ACCESS_DENIED])
            assert (await client.get("/health")).status_code == 200

    asyncio.run(work())
    assert credited(stage) == []
