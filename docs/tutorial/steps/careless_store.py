"""A store with three mistakes that only show when something goes wrong at the same time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from log_store import LogStore

from billmanager_1c.models import Subaccount
from billmanager_1c.store import Decision, Switch


# [begin: careless]
class CarelessStore(LogStore):
    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        results = [self.transact(one.ref, one.decide, actor=actor, at=at) for one in decisions]
        super().transact_all([], actor=actor, at=at, adapter=adapter, cursor=cursor)
        return results

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        self._memory.save_subaccounts(subaccounts)

    def set_switch(self, switch: Switch) -> None:
        if switch.enabled:
            super().set_switch(switch)


# [end: careless]
