"""What an adapter can do besides what every adapter must is seen through a wrapper around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from stages import FIRST_DAY, Colour, Stage, make_world

from billmanager_1c import diagnose
from billmanager_1c.errors import ModuleStillActive, NotPublished
from billmanager_1c.onec import AccountsSink, ChangeBatch, History, Peek, RivalModule
from billmanager_1c.ports.capabilities import offers


class Wrapped:
    """An adapter with somebody's log around it: what it does not have itself it hands on."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Bare:
    """An adapter that can only what every adapter must."""

    base = "books"


@pytest.mark.parametrize("capability", [AccountsSink, History, Peek, RivalModule])
def test_a_wrapper_offers_what_is_inside(stage: Stage, capability: Any) -> None:
    """Neither more nor less, on every Python: since 3.12 ``isinstance`` would not look into it."""
    assert offers(Wrapped(stage.adapter), capability)
    assert not offers(Wrapped(Bare()), capability)


def test_a_wrapped_adapter_still_asks_for_the_rival(stage: Stage) -> None:
    """ISPsystem's module, switched on, stops an engine whose adapter somebody wrapped."""
    engine = stage.make_engine(onec=Wrapped(stage.adapter))
    stage.onec.set_module_address("https://billing.example/billmgr")
    with pytest.raises(ModuleStillActive, match=r"billing\.example"):
        engine.export_payments()


@pytest.mark.parametrize("colour", ["blocking", "async"])
def test_a_question_that_cannot_be_asked_is_no_answer(colour: Colour) -> None:
    """Only the adapter knows when the module is absent; an address without OData says nothing of it."""

    class Astray(Wrapped):
        def module_address(self) -> str | None:
            raise NotPublished("The web server knows no OData interface at this address (404).", resource="x")

    with ExitStack() as stack:
        stage = Stage(make_world(clients=2, documents=2), stack, colour=colour)
        engine = stage.make_engine(onec=Astray(stage.adapter))
        engine.load_accounts()
        with pytest.raises(NotPublished):
            engine.export_payments()
        assert not list(stage.bill.payments())


class Shy(Wrapped):
    """An adapter whose listing leaves a trace in 1C, and that can show the same without one."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.asked: list[str] = []

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """List them, and remember it."""
        self.asked.append("changes")
        return self._inner.changes(cursor)

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show them, and remember it."""
        self.asked.append("peek")
        return self._inner.changes(cursor)


@pytest.mark.parametrize("colour", ["blocking", "async"])
def test_who_only_looks_leaves_no_trace(colour: Colour) -> None:
    """What keeps nothing lists nothing that 1C would remember; an export must."""
    with ExitStack() as stack:
        stage = Stage(make_world(clients=2, documents=2), stack, colour=colour)
        onec = Shy(stage.adapter)
        engine = stage.make_engine(onec=onec)
        engine.load_accounts()
        assert engine.plan().actions
        assert engine.find(date=FIRST_DAY) is not None
        assert set(onec.asked) == {"peek"}
        onec.asked.clear()
        engine.export_payments()
        assert set(onec.asked) == {"changes"}


def test_a_diagnosis_leaves_no_trace(stage: Stage) -> None:
    """It reads a few documents, also of an adapter that cannot list them by day."""

    class Without(Shy):
        def __getattr__(self, name: str) -> Any:
            if name == "changes_since":
                raise AttributeError(name)
            return super().__getattr__(name)

    onec = Without(stage.adapter)
    diagnose(stage.client, onec)  # type: ignore[arg-type]
    assert onec.asked == ["peek"]
