"""What only looks: 1C is told to forget nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stages import FIRST_DAY, Stage

from billmanager_1c.onec import ChangeBatch


class Forgetful:
    """An adapter with a cursor, behind which 1C forgets what it is told to."""

    base = "upp"

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.forgotten: list[str] = []

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show everything, as one message."""
        stamps = [stamp for batch in self._inner.changes_since(FIRST_DAY) for stamp in batch.stamps]
        yield ChangeBatch(stamps=stamps, cursor="a message")

    def acknowledge(self, cursor: str) -> None:
        """Forget it."""
        self.forgotten.append(cursor)

    def read(self, refs: Any) -> Any:
        """Read."""
        return self._inner.read(refs)


def test_what_only_looks_acknowledges_nothing(stage: Stage) -> None:
    """“Nothing is written anywhere”: what 1C forgot and nobody kept would never be exported."""
    adapter = Forgetful(stage.adapter)
    engine = stage.make_engine(onec=adapter)
    engine.load_accounts()
    assert engine.plan().counts["exported"]
    assert not engine.find(amount="-1")
    assert adapter.forgotten == []
    assert stage.store.place(adapter.base).cursor is None
    engine.export_payments()
    assert adapter.forgotten == ["a message"]
    assert stage.is_exact()
