"""Accounts: what a list does not show is not closed before it was asked for."""

from __future__ import annotations

import attrs
import pytest
from script import ACCOUNT, NOON, play

from billmanager_1c import MemoryStore
from billmanager_1c.models import Subaccount, SubaccountId
from billmanager_1c.plans.prepare import load_accounts

SECOND = attrs.evolve(ACCOUNT, id=SubaccountId(2), account="ООО «Вторая»")


@pytest.mark.parametrize(
    ("shown", "asked_for", "open_after"),
    [
        ([], None, {1, 2}),  # an empty list closes nothing
        ([ACCOUNT], [SECOND], {1, 2}),  # a list that was cut, or filtered by a person
        ([ACCOUNT], [], {1}),
    ],
)
def test_what_is_closed(shown: list[Subaccount], asked_for: list[Subaccount] | None, open_after: set[int]) -> None:
    """“What BILLmanager no longer shows is closed, never deleted; an empty list closes nothing.”"""
    store = MemoryStore()
    store.save_subaccounts([ACCOUNT, SECOND])
    script = [shown] if asked_for is None else [shown, asked_for]
    play(load_accounts(NOON), *script, False, store=store)
    kept = store.subaccounts()
    assert set(kept) == {1, 2}
    assert {id for id, one in kept.items() if one.active} == open_after
