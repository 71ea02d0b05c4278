"""The fixtures that adopters get with the package, in test files as they would write them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent

import pytest

import billmanager_1c
import billmanager_1c.onec
from billmanager_1c.testing import BILLMANAGER_FAULTS, ONEC_FAULTS, Fault, ready

# pytester forgets what was first imported inside a run, and a class imported twice is two classes.
LOADED_BEFORE = [billmanager_1c.onec, ready, *(getattr(billmanager_1c, name) for name in billmanager_1c.__all__)]

pytest_plugins = ["pytester"]

HEAVY = {"httpx", "attrs", "sqlite3", "asyncio", "billmanager_1c.client", "billmanager_1c.testing.billmanager"}

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a test file of an adopter in a pytest of its own; every warning is an error there, too."""

    def run(code: str, *options: str) -> pytest.RunResult:
        pytester.makepyprojecttoml('[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n')
        pytester.makepyfile(dedent(code))
        return pytester.runpytest_inprocess(*options, "-p", "no:cacheprovider")

    return run


def test_loading_it_costs_nothing() -> None:
    """A run of pytest that asks for no fixture of ours loads no network and no database for us."""
    code = "import sys, pytest; before = set(sys.modules); import billmanager_1c.testing.pytest_plugin as plugin; "
    code += f"print(plugin.__name__, sorted((set(sys.modules) - before) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["billmanager_1c.testing.pytest_plugin", "[]"]


@pytest.mark.parametrize(("options", "is_there"), [((), True), (("-p", "no:billmanager_1c"), False)])
def test_it_comes_with_the_package(pytester: pytest.Pytester, options: tuple[str, ...], is_there: bool) -> None:
    """A pytest that is started anew finds it without a word in a conftest, and leaves it out when told so."""
    pytester.makepyfile("def test_nothing(): pass")
    shown = pytester.runpytest_subprocess("--fixtures", *options)
    assert ("billmanager_simulator" in shown.stdout.str()) == is_there
    assert shown.ret == 0


def test_a_payment_is_exported(run: Run) -> None:
    """Whatever an adopter's test of the main job says with these fixtures holds, blocking and async."""
    run("""
        import asyncio
        from decimal import Decimal


        def test_blocking(billmanager_1c_engine, billmanager_1c_world):
            ref = billmanager_1c_world.pay("1500.00")
            billmanager_1c_engine.load_accounts()
            assert billmanager_1c_engine.export_payments().counts["exported"] == 1
            assert billmanager_1c_world.balance == Decimal("1500.00")
            assert billmanager_1c_engine.export_payments().counts["exported"] == 0
            assert billmanager_1c_world.credits == (Decimal("1500.00"),)
            assert "1500.00" in str(billmanager_1c_engine.explain(ref)).replace(" ", "")


        def test_async(billmanager_1c_async_engine, billmanager_1c_world):
            billmanager_1c_world.pay("99.10")

            async def work():
                await billmanager_1c_async_engine.load_accounts()
                return await billmanager_1c_async_engine.export_payments()

            assert asyncio.run(work()).counts["exported"] == 1
            assert billmanager_1c_world.balance == Decimal("99.10")
    """).assert_outcomes(passed=2)


def test_a_program_is_led_to_both_systems(run: Run) -> None:
    """A program that takes its settings from the environment works on served simulators, by its own clock."""
    run("""
        from datetime import timedelta
        from decimal import Decimal

        from billmanager_1c import MemoryStore, Policy, Settings, SyncEngine
        from billmanager_1c.models import DocumentKind


        def program(export_from):
            settings = Settings.from_env()
            with settings.billmanager() as billmanager, settings.onec() as onec:
                engine = SyncEngine(
                    onec=onec, billmanager=billmanager, store=MemoryStore(), policy=Policy(export_from=export_from)
                )
                engine.load_accounts()
                return engine.export_payments().counts["exported"]


        def test_program(billmanager_1c_environment, billmanager_1c_world, billmanager_1c_clock, billmanager_url):
            for kind in DocumentKind:
                billmanager_1c_world.pay("10.00", kind=kind)
            yesterday = billmanager_1c_clock.now().date() - timedelta(days=1)
            assert program(yesterday) == 3
            assert billmanager_1c_world.balance == Decimal("30.00")
            assert billmanager_1c_environment["BILLMANAGER_URL"] == billmanager_url
    """).assert_outcomes(passed=1)


def test_an_adapter_of_ones_own(run: Run) -> None:
    """The world gives documents to whatever adapter is tested, and the engine of the fixtures takes it."""
    run("""
        from decimal import Decimal

        import pytest

        from billmanager_1c.onec import MemoryAdapter


        @pytest.fixture
        def onec_adapter(billmanager_1c_world):
            return MemoryAdapter("mine", [billmanager_1c_world.document("77.00")])


        def test_it(billmanager_1c_engine, billmanager_1c_world):
            billmanager_1c_engine.load_accounts()
            assert billmanager_1c_engine.export_payments().counts["exported"] == 1
            assert billmanager_1c_world.credits == (Decimal("77.00"),)
    """).assert_outcomes(passed=1)


def test_time_passes_when_it_is_told(run: Run) -> None:
    """One clock moves the simulators, the adapter and the engine, so that a test waits for nothing."""
    run("""
        from datetime import timedelta


        def test_it(billmanager_1c_clock, billmanager_1c_engine, billmanager_simulator, onec_simulator):
            before = billmanager_simulator.now()
            billmanager_1c_engine.run_due()
            assert billmanager_1c_engine.run_due() == []
            billmanager_1c_clock.pass_by(timedelta(hours=2))
            assert len(billmanager_1c_engine.run_due()) == 1
            assert billmanager_simulator.now() - before >= timedelta(hours=2)
            assert abs(onec_simulator.now() - billmanager_simulator.now()) < timedelta(minutes=1)
    """).assert_outcomes(passed=1)


def test_a_fault_that_is_armed_is_seen(run: Run) -> None:
    """It happens as often as it was armed, and the ledger shows that the money came once all the same."""
    run("""
        from decimal import Decimal


        def test_it(billmanager_1c_engine, billmanager_1c_world, billmanager_faults, onec_faults):
            billmanager_1c_world.pay("1500.00")
            billmanager_1c_engine.load_accounts()
            billmanager_faults.arm("lost_answer", where="payment.setpaid")
            onec_faults.arm("onec_500", times=2)
            assert billmanager_1c_engine.export_payments().counts["exported"] == 1
            assert billmanager_faults.hits == {"lost_answer": 1}
            assert onec_faults.hits == {"onec_500": 2}
            assert billmanager_1c_world.credits == (Decimal("1500.00"),)
    """).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("fixture", "wrong", "known", "hint"),
    [
        ("billmanager_faults", "lost_anwser", BILLMANAGER_FAULTS, "lost_answer"),
        ("billmanager_faults", "onec_500", BILLMANAGER_FAULTS, ""),
        ("onec_faults", "onec_5000", ONEC_FAULTS, "onec_500"),
        ("onec_faults", "licence_error", ONEC_FAULTS, ""),
    ],
)
def test_a_fault_that_cannot_happen_is_refused(
    run: Run, fixture: str, wrong: str, known: frozenset[Fault], hint: str
) -> None:
    """A misspelt name, and one of the other system, fails with the list of those there are, and with the nearest."""
    result = run(f"def test_it({fixture}):\n    {fixture}.arm({wrong!r})\n")
    result.assert_outcomes(failed=1)
    told = next(line for line in result.outlines if line.startswith("E   "))
    assert wrong in told
    assert told.partition("There are: ")[2].rstrip(".").split(", ") == sorted(known)
    assert (f"Did you mean '{hint}'?" in told) == bool(hint)


def test_a_fault_that_met_nothing_fails(run: Run) -> None:
    """A test that armed a fault proves nothing where no request came to it; taken back, it is forgiven."""
    result = run("""
        def test_forgotten(billmanager_1c_engine, billmanager_faults):
            billmanager_faults.arm("licence_error", where="payment.add.pay")
            billmanager_1c_engine.load_accounts()


        def test_taken_back(billmanager_faults):
            billmanager_faults.arm("licence_error", times=None)
            billmanager_faults.disarm()
    """)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*never met by a request: licence_error (where='payment.add.pay', after=0)*"])


def test_the_suites_say_what_they_compared(pytester: pytest.Pytester) -> None:
    """An assert of a contract suite that fails shows both sides, with no word in the adopter's conftest."""
    pytester.makepyfile("""
        import pytest

        from billmanager_1c import MemoryStore
        from billmanager_1c.testing import StoreContract


        class Forgetful(MemoryStore):
            def open_documents(self):
                return ["a ghost"]


        class TestForgetful(StoreContract):
            @pytest.fixture
            def make_store(self):
                return Forgetful
    """)
    result = pytester.runpytest_subprocess("-k", "new_store_knows_nothing", "-W", "error", "--strict-markers")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * assert ?'a ghost'? == ??"])
