"""The suite that every adapter to 1C must pass: subclass it beside your adapter and run it with pytest."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol

import attrs

from ..models import (
    AccountId,
    Contract,
    Counterparty,
    CurrencyId,
    DocumentId,
    DocumentKind,
    DocumentRef,
    Inn,
    MissingDocument,
    OperationKind,
    Organization,
    PaymentDocument,
    PaymentLine,
    ProviderId,
    Subaccount,
    SubaccountId,
)
from ..ports.onec import AccountsSink, ChangeBatch, History, OneCAdapter, RivalModule, Stamp

_SPACE = uuid.UUID("1c000000-0000-4000-8000-000000000000")


class Infobase(Protocol):
    """What the suite needs of an infobase: the adapter under test, and a hand on the other side of it."""

    @property
    def adapter(self) -> OneCAdapter:
        """The adapter; a document dated today is among its changes."""
        ...

    @property
    def today(self) -> dt.date:
        """Today by the adapter's clock."""
        ...

    def put(self, document: PaymentDocument) -> None:
        """Write a document as an accountant would, with what it refers to: a new one, or one that is there."""
        ...

    def remove(self, ref: DocumentRef) -> None:
        """Delete a document for good."""
        ...


class OneCAdapterContract:
    """What :class:`~billmanager_1c.onec.OneCAdapter` promises. Subclass it as ``Test…`` and make an infobase.

    .. code-block:: python

        class TestMyAdapter(OneCAdapterContract):
            def make_infobase(self) -> Infobase:
                return MyEmptyInfobase()

    Each test asks for an infobase of its own. ``versions`` need not be kept: they are the infobase's own affair.
    """

    #: kinds that have a flag "paid", and that have a day on which the money came
    kinds_with_paid = frozenset({DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CASH_RECEIPT})
    kinds_with_paid_on = frozenset({DocumentKind.INCOMING_PAYMENT_ORDER})

    def make_infobase(self) -> Infobase:
        """Return an infobase without documents."""
        raise NotImplementedError

    def document(self, infobase: Infobase, name: str, kind: DocumentKind, **changes: Any) -> PaymentDocument:
        """Make up a document; the same name gives the same key."""
        paid_on = infobase.today if kind in self.kinds_with_paid_on else None
        document = PaymentDocument(
            ref=DocumentRef(kind, DocumentId(str(uuid.uuid5(_SPACE, name)))),
            version="1",
            number=f"УПП{len(name):08}",
            date=infobase.today,
            posted=True,
            paid=True if kind in self.kinds_with_paid else None,
            organization=Organization(
                id=uuid.uuid5(_SPACE, "organization"), name="ООО Хостинг", inn=Inn("7707083893"), kpp="770701001"
            ),
            counterparty=Counterparty(
                id=uuid.uuid5(_SPACE, "counterparty"), name="ООО Ромашка", code="000000017", inn=Inn("0012123456")
            ),
            amount=Decimal("100.10"),
            lines=[PaymentLine(contract=_contract("contract", 7), amount=Decimal("100.10"))],
            paid_on=paid_on,
        )
        return attrs.evolve(document, **changes)

    # ------------------------------------------------------------------------------------------------------ changes

    def test_it_is_an_adapter_with_a_name(self) -> None:
        """It has every method of the port, and the infobase has a name."""
        adapter = self.make_infobase().adapter
        assert isinstance(adapter, OneCAdapter)
        assert adapter.base

    def test_it_closes_itself(self) -> None:
        """It is a context manager, and hands itself out."""
        adapter = self.make_infobase().adapter
        enter, leave = type(adapter).__enter__, type(adapter).__exit__  # type: ignore[attr-defined]  # by convention
        assert enter(adapter) is adapter
        leave(adapter, None, None, None)

    def test_a_new_document_is_shown(self) -> None:
        """A document of each kind that was written is among the changes, with its date."""
        infobase = self.make_infobase()
        documents = [self.document(infobase, kind.value, kind) for kind in DocumentKind]
        for document in documents:
            infobase.put(document)
        shown = _stamps(infobase.adapter.changes(None))
        assert {ref: shown[ref].date for ref in shown} == {each.ref: each.date for each in documents}

    def test_a_stamp_has_the_version_of_the_document(self) -> None:
        """The version of a stamp equals that of the document read, so that an unchanged one need not be read."""
        infobase = self.make_infobase()
        document = self.document(infobase, "one", DocumentKind.CASH_RECEIPT)
        infobase.put(document)
        shown = _stamps(infobase.adapter.changes(None))
        (read,) = infobase.adapter.read([document.ref])
        assert isinstance(read, PaymentDocument)
        assert shown[document.ref].version == read.version != ""

    def test_a_changed_document_is_shown_after_the_cursor(self) -> None:
        """What changed after a cursor is shown from that cursor on, with another version."""
        infobase = self.make_infobase()
        document = self.document(infobase, "one", DocumentKind.INCOMING_PAYMENT_ORDER)
        infobase.put(document)
        batches = list(infobase.adapter.changes(None))
        before = _stamps(batches)[document.ref]
        infobase.put(attrs.evolve(document, version="2", posted=False, paid=False))
        after = _stamps(infobase.adapter.changes(batches[-1].cursor))[document.ref]
        assert after.version != before.version

    def test_changes_not_acknowledged_are_shown_again(self) -> None:
        """Whoever dies before the commit is shown the same again."""
        infobase = self.make_infobase()
        document = self.document(infobase, "one", DocumentKind.CARD_PAYMENT)
        infobase.put(document)
        assert document.ref in _stamps(infobase.adapter.changes(None))
        assert document.ref in _stamps(infobase.adapter.changes(None))

    def test_a_cursor_may_be_acknowledged_twice(self) -> None:
        """An acknowledgement whose answer was lost is made again, and later changes survive it."""
        infobase = self.make_infobase()
        first = self.document(infobase, "first", DocumentKind.CASH_RECEIPT)
        infobase.put(first)
        cursor = list(infobase.adapter.changes(None))[-1].cursor
        second = self.document(infobase, "second", DocumentKind.CASH_RECEIPT)
        infobase.put(second)
        if cursor is not None:
            infobase.adapter.acknowledge(cursor)
            infobase.adapter.acknowledge(cursor)
        assert second.ref in _stamps(infobase.adapter.changes(cursor))

    # ---------------------------------------------------------------------------------------------------------- read

    def test_documents_are_read_as_they_are(self) -> None:
        """Each field comes back as it stands in 1C; amounts to the last digit."""
        infobase = self.make_infobase()
        lines = [
            PaymentLine(contract=_contract("contract", 7), amount=Decimal("0.10")),
            PaymentLine(contract=_contract("other", 8), amount=Decimal("9999999999999.89")),
            PaymentLine(contract=None, amount=Decimal("0.01")),
        ]
        documents = [
            self.document(infobase, kind.value, kind, lines=lines, amount=Decimal("10000000000000.00"))
            for kind in DocumentKind
        ]
        for document in documents:
            infobase.put(document)
        read = {each.ref: each for each in infobase.adapter.read([document.ref for document in documents])}
        for document in documents:
            found = read[document.ref]
            assert isinstance(found, PaymentDocument)
            assert attrs.evolve(found, version="1") == document

    def test_states_are_read_as_they_are(self) -> None:
        """Not posted, marked for deletion, not paid, of another kind of operation: all of it is told."""
        infobase = self.make_infobase()
        kind = DocumentKind.CASH_RECEIPT
        states = [
            self.document(infobase, "draft", kind, posted=False, paid=False),
            self.document(infobase, "marked", kind, posted=False, deletion_mark=True),
            self.document(infobase, "planned", kind, paid=False),
            self.document(infobase, "other", kind, operation=OperationKind.OTHER),
            self.document(infobase, "refund", DocumentKind.CARD_PAYMENT, operation=OperationKind.CUSTOMER_REFUND),
        ]
        for document in states:
            infobase.put(document)
        found = {each.ref: each for each in infobase.adapter.read([each.ref for each in states])}
        assert {ref: _state(each) for ref, each in found.items()} == {each.ref: _state(each) for each in states}

    def test_each_document_is_yielded_once(self) -> None:
        """A reference asked for twice is answered once."""
        infobase = self.make_infobase()
        document = self.document(infobase, "one", DocumentKind.CASH_RECEIPT)
        infobase.put(document)
        assert [each.ref for each in infobase.adapter.read([document.ref, document.ref])] == [document.ref]

    def test_nothing_asked_nothing_answered(self) -> None:
        """No references, no documents."""
        assert list(self.make_infobase().adapter.read([])) == []

    def test_a_removed_document_is_missing(self) -> None:
        """A document that was deleted, and one that never was, are missing; their sisters are read."""
        infobase = self.make_infobase()
        kept, gone = (self.document(infobase, name, DocumentKind.CARD_PAYMENT) for name in ("kept", "gone"))
        never = self.document(infobase, "never", DocumentKind.INCOMING_PAYMENT_ORDER)
        infobase.put(kept)
        infobase.put(gone)
        infobase.remove(gone.ref)
        answers = {each.ref: type(each) for each in infobase.adapter.read([kept.ref, gone.ref, never.ref])}
        assert answers == {kept.ref: PaymentDocument, gone.ref: MissingDocument, never.ref: MissingDocument}

    def test_a_document_is_read_anew(self) -> None:
        """What was read before does not hide what stands in 1C now."""
        infobase = self.make_infobase()
        document = self.document(infobase, "one", DocumentKind.CASH_RECEIPT)
        infobase.put(document)
        list(infobase.adapter.read([document.ref]))
        lines = [PaymentLine(contract=_contract("contract", 99), amount=Decimal("100.10"))]
        infobase.put(attrs.evolve(document, version="2", lines=lines))
        (read,) = infobase.adapter.read([document.ref])
        assert isinstance(read, PaymentDocument)
        assert read.lines == tuple(lines)

    # -------------------------------------------------------------------------------------------------- capabilities

    def test_history_is_complete(self) -> None:
        """An adapter with history shows every document of the day and later, and says so on the last batch only."""
        infobase = self.make_infobase()
        if not isinstance(infobase.adapter, History):
            return
        day = infobase.today - dt.timedelta(days=40)
        documents = [
            self.document(infobase, f"{kind.value} {days}", kind, date=day + dt.timedelta(days=days))
            for kind in DocumentKind
            for days in (0, 1, 40)
        ]
        for document in documents:
            infobase.put(document)
        batches = list(infobase.adapter.changes_since(day))
        assert {each.ref for each in documents} <= set(_stamps(batches))
        assert [batch.complete_since for batch in batches] == [None] * (len(batches) - 1) + [day]

    def test_accounts_may_be_saved_again(self) -> None:
        """An adapter that keeps subaccounts takes the same ones twice, and a renamed one."""
        adapter = self.make_infobase().adapter
        if not isinstance(adapter, AccountsSink):
            return
        subaccounts = [_subaccount(number, f"Клиент {number}") for number in (1, 2, 30)]
        adapter.save_accounts(subaccounts)
        adapter.save_accounts(subaccounts)
        adapter.save_accounts([attrs.evolve(subaccounts[0], account="Клиент 1 бис")])
        adapter.save_accounts([])

    def test_no_rival_in_an_empty_infobase(self) -> None:
        """Where ISPsystem's module is not switched on there is neither an address nor a payment of its own."""
        adapter = self.make_infobase().adapter
        if not isinstance(adapter, RivalModule):
            return
        assert adapter.module_address() is None
        assert list(adapter.module_payments()) == []


def _contract(name: str, subaccount: int) -> Contract:
    return Contract(id=uuid.uuid5(_SPACE, name), name=name, subaccount_id=subaccount)


def _subaccount(number: int, account: str) -> Subaccount:
    return Subaccount(
        id=SubaccountId(number),
        account_id=AccountId(number),
        account=account,
        provider_id=ProviderId(1),
        provider="Хостинг",
        currency_id=CurrencyId(126),
        currency="RUB",
    )


def _stamps(batches: Iterable[ChangeBatch]) -> dict[DocumentRef, Stamp]:
    return {stamp.ref: stamp for batch in batches for stamp in batch.stamps}


def _state(document: PaymentDocument | MissingDocument) -> tuple[object, ...]:
    assert isinstance(document, PaymentDocument)
    return (document.posted, document.deletion_mark, document.paid, document.operation)
