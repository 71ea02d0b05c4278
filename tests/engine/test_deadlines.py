"""A worker that slept past its lease sends nothing, whatever the clocks of its machine say (protocol.md §3, 13, 14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from stages import Stage

from billmanager_1c import MemoryStore
from billmanager_1c.ledger import AttemptOp, Perform

MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
NEVER = dt.timedelta(0)


class Machine:
    """The two clocks of a machine: the one on the wall, which hands may set, and the one that never goes back."""

    def __init__(self, start: dt.datetime) -> None:
        self.wall = start
        self.steady = NEVER

    def now(self) -> dt.datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady.total_seconds()

    def sleep(self, seconds: float) -> None:
        self.wall += dt.timedelta(seconds=seconds)
        self.steady += dt.timedelta(seconds=seconds)


class Interrupted(MemoryStore):
    """A store after whose word to create a payment the machine stands still; it may have a clock of its own."""

    def __init__(self, machine: Machine, *, wall: dt.timedelta, steady: dt.timedelta, ahead: dt.timedelta) -> None:
        super().__init__()
        self._machine, self._wall, self._steady, self._ahead = machine, wall, steady, ahead

    def transact(self, ref: Any, decide: Any, *, actor: str, at: dt.datetime) -> Any:
        result = super().transact(ref, decide, actor=actor, at=at + self._ahead)
        if isinstance(result, Perform) and result.attempt.op is AttemptOp.CREATE:
            self._machine.wall += self._wall
            self._machine.steady += self._steady
        return result


@pytest.mark.parametrize("ahead", [NEVER, HOUR, -HOUR], ids=["one clock", "store ahead", "store behind"])
@pytest.mark.parametrize(
    ("wall", "steady", "sent"),
    [
        (6 * MINUTE, 6 * MINUTE, False),
        (6 * MINUTE, NEVER, False),
        (NEVER, 6 * MINUTE, False),
        (-HOUR, 6 * MINUTE, False),
        (MINUTE, MINUTE, True),
    ],
    ids=["it slept", "it was suspended", "its wall clock stood", "its wall clock was set back", "it was quick"],
)
def test_nothing_is_sent_past_the_lease(
    stage: Stage, wall: dt.timedelta, steady: dt.timedelta, sent: bool, ahead: dt.timedelta
) -> None:
    """“Settle and ``send_by`` self-fence”: deadlines go by the store's time and by whichever clock went further."""
    stage.engine.load_accounts()
    accounts = stage.store.subaccounts().values()
    machine = Machine(stage.clock.now())
    store = Interrupted(machine, wall=wall, steady=steady, ahead=ahead)
    store.save_subaccounts(accounts)
    # One after the other: the pause of one document would be one of all that are under way.
    engine = stage.make_engine(store=store, clock=machine, policy=attrs.evolve(stage.policy, concurrency=1))
    engine.export_payments()
    assert bool(list(stage.bill.payments())) is sent
    assert stage.is_exact() is sent


def test_deadline_is_asked_when_the_turn_has_come(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """“Not sent after this moment”: who waits for his turn longer than his lease lasts has lost it."""
    stage.engine.load_accounts()
    machine = Machine(stage.clock.now())

    async def sleep(seconds: float) -> None:
        machine.sleep(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    slower_than_the_lease = 1 / (stage.policy.lease + MINUTE).total_seconds()
    policy = attrs.evolve(stage.policy, concurrency=1, max_requests_per_second=slower_than_the_lease)
    report = stage.make_engine(clock=machine, policy=policy).export_payments()
    assert report.counts["postponed"]
    assert not list(stage.bill.payments())
