"""What every store promises beside documents: accounts, bindings, jobs, the switch, the infobase."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest

from ..errors import StoreBelongsElsewhere
from ..models import (
    AccountId,
    CurrencyId,
    ProviderId,
    Subaccount,
    SubaccountId,
)
from ..ports.store import Job, Store, Switch
from ._lives import NOON, make_contract_id, make_ref

_DAY = dt.timedelta(days=1)
_CONTRACT = make_contract_id(1)


class BooksContract:
    """The part of the store's contract that knows no documents."""

    # -- the rest ----------------------------------------------------------------------------------------------

    def test_subaccounts_are_replaced_by_id(self, store: Store) -> None:
        """Saved ones replace those with their id, the others stay."""
        accounts = [
            Subaccount(
                id=SubaccountId(id),
                account_id=AccountId(id + 1),
                account=f"ООО «Клиент {id}»",
                provider_id=ProviderId(1),
                currency_id=CurrencyId(126),
                currency="RUB",
                balance=Decimal("-10.50") if id == 2 else None,
            )
            for id in (2, 1)
        ]
        store.save_subaccounts(iter(accounts))
        closed = attrs.evolve(accounts[0], active=False, balance=Decimal("0.00"))
        store.save_subaccounts([closed])
        assert store.subaccounts() == {SubaccountId(2): closed, SubaccountId(1): accounts[1]}
        assert store.summary().subaccounts == 2

    def test_books_are_seen_by_another_opening(self, store: Store, another: Store) -> None:
        """Subaccounts, and what was remembered or forgotten, are there when the store is opened again."""
        subaccount = Subaccount(
            id=SubaccountId(7),
            account_id=AccountId(8),
            account="ООО «Клиент»",
            provider_id=ProviderId(1),
            currency_id=CurrencyId(126),
            currency="RUB",
        )
        store.save_subaccounts([subaccount])
        store.remember("seen", "100")
        store.job_succeeded("accounts", NOON)
        assert another.subaccounts() == {SubaccountId(7): subaccount}
        assert another.recall("seen") == "100"
        assert another.job("accounts").last_success == NOON
        store.remember("seen", None)
        store.note_changed([make_ref(1)], at=NOON)
        another.forget_noted(another.noted())
        assert another.recall("seen") is None
        assert store.noted() == {}

    def test_binding_stands_until_it_is_removed(self, store: Store) -> None:
        """Bind again to change it, bind to None to remove it."""
        for contract, subaccount in ((1, 5), (2, 6), (1, 7), (2, None), (3, None)):
            chosen = None if subaccount is None else SubaccountId(subaccount)
            store.bind(make_contract_id(contract), chosen, actor="anna", at=NOON)
        assert store.bindings() == {make_contract_id(1): SubaccountId(7)}

    def test_jobs_remember_start_and_success(self, store: Store) -> None:
        """Each on its own: a job that started and has not ended shows it."""
        store.job_started("export", NOON)
        assert store.job("export") == Job(last_start=NOON)
        store.job_succeeded("export", NOON + _DAY)
        store.job_started("export", NOON + 2 * _DAY)
        assert store.job("export") == Job(last_start=NOON + 2 * _DAY, last_success=NOON + _DAY)
        assert store.job("accounts") == Job()

    def test_what_is_remembered_is_recalled(self, store: Store) -> None:
        """The last text under a name; None forgets it."""
        assert store.recall("swept") is None
        for text in ("раз", "", None, "два"):
            store.remember("swept", text)
            assert store.recall("swept") == text
        assert store.recall("other") is None

    def test_switch_is_kept(self, store: Store) -> None:
        """Enabled, paused and why."""
        for switch in (Switch(enabled=False), Switch(paused="перенос базы"), Switch()):
            store.set_switch(switch)
            assert store.switch() == switch

    def test_store_belongs_to_one_infobase(self, store: Store) -> None:
        """Fixed at first use; StoreBelongsElsewhere names both."""
        store.claim_base("upp")
        store.claim_base("upp")
        with pytest.raises(StoreBelongsElsewhere, match=r"upp.*zup"):
            store.claim_base("zup")
