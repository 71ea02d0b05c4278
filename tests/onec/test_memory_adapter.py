"""The infobase in memory, beyond the contract."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest

from billmanager_1c.errors import SettingsError
from billmanager_1c.models import DocumentKind, DocumentRef, PaymentDocument, Subaccount
from billmanager_1c.onec import AccountsSink, History, MemoryAdapter, OneCAdapter, RivalModule


def document(number: int, version: str = "1") -> PaymentDocument:
    """Return a document."""
    return PaymentDocument(
        ref=DocumentRef(DocumentKind.CARD_PAYMENT, f"00000000-0000-4000-8000-{number:012}"),
        version=version,
        number=str(number),
        date=dt.date(2026, 11, 24),
        posted=True,
        amount=Decimal(1),
    )


def test_it_can_everything() -> None:
    """The model implementation has every capability of the port."""
    with MemoryAdapter() as onec:
        for port in (OneCAdapter, AccountsSink, History, RivalModule):
            assert isinstance(onec, port)
    assert onec.base == "memory"


def test_the_cursor_grows() -> None:
    """Each change is shown once after the cursor of the one before; the last state of a document only."""
    onec = MemoryAdapter(documents=[document(1), document(2)])
    (first,) = onec.changes(None)
    assert first.cursor is not None
    assert list(onec.changes(first.cursor)) == []
    onec.put(document(1, "2"))
    onec.put(document(1, "3"))
    onec.remove(document(2).ref)
    (second,) = onec.changes(first.cursor)
    assert [(stamp.ref, stamp.version) for stamp in second.stamps] == [(document(1).ref, "3"), (document(2).ref, "")]


def test_a_cursor_of_another_life_shows_everything() -> None:
    """A store outlives an adapter in memory; what its cursor would hide is shown again."""
    cursor = list(MemoryAdapter(documents=[document(number) for number in range(9)]).changes(None))[-1].cursor
    onec = MemoryAdapter(documents=[document(1)])
    assert [stamp.ref for batch in onec.changes(cursor) for stamp in batch.stamps] == [document(1).ref]


def test_a_deletion_is_forgotten_only_when_acknowledged() -> None:
    """Until then it is shown again and again."""
    onec = MemoryAdapter(documents=[document(1)])
    onec.remove(document(1).ref)
    (batch,) = onec.changes(None)
    assert len(batch.stamps) == 1
    assert batch.cursor is not None
    onec.acknowledge(batch.cursor)
    assert list(onec.changes(None)) == []
    assert onec.acknowledged == batch.cursor


def test_batches_are_bounded() -> None:
    """A batch has at most ``batch_size`` stamps, and the cursor of its own last one."""
    onec = MemoryAdapter(documents=[document(number) for number in range(5)], batch_size=2)
    batches = list(onec.changes(None))
    assert [len(batch.stamps) for batch in batches] == [2, 2, 1]
    assert [len(batch.stamps) for batch in onec.changes(batches[0].cursor)] == [2, 1]


def test_what_it_keeps_can_be_looked_at() -> None:
    """Documents, accounts and the rival module's traces are there for a test to see, and not to change."""
    onec = MemoryAdapter("upp", documents=[document(1)])
    account = Subaccount(
        id=7, account_id=1, account="Клиент", provider_id=1, provider="Хостинг", currency_id=126, currency="RUB"
    )
    onec.save_accounts([account])
    onec.save_accounts([attrs.evolve(account, account="Другой")])
    assert onec.accounts[7].account == "Другой"
    onec.set_module_address("https://bill.test")
    onec.add_module_payment(document(1).ref, 5)
    assert (onec.module_address(), list(onec.module_payments())) == ("https://bill.test", [(document(1).ref, 5)])
    with pytest.raises(TypeError):
        onec.documents[document(2).ref] = document(2)  # type: ignore[index]  # it must not work
    assert "upp" in repr(onec)


def test_an_infobase_has_a_name() -> None:
    """An empty base would make every mark the same as another's."""
    with pytest.raises(SettingsError):
        MemoryAdapter("")
