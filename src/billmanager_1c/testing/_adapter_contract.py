"""The suite that every adapter to 1C must pass: subclass it beside your adapter and run it with pytest."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from decimal import Decimal
from typing import Any

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
from ..ports.capabilities import offers
from ..ports.onec import UNKNOWN_VERSION, AccountsSink, History, Peek, RivalModule
from ._infobase import (
    METHODS,
    Infobase,
    differences,
    must_be,
    must_be_shown,
    names_of,
    put,
    read_all,
    read_one,
    stamps_of,
)

_SPACE = uuid.UUID("1c000000-0000-4000-8000-000000000000")


class OneCAdapterContract:
    """What :class:`~billmanager_1c.onec.OneCAdapter` promises. Subclass it as ``Test…`` and make an infobase.

    .. code-block:: python

        class TestMyAdapter(OneCAdapterContract):
            def make_infobase(self) -> Infobase:
                return MyEmptyInfobase()

    Each test asks for an infobase of its own. ``versions`` need not be kept: they are the infobase's own affair. A
    failure says what the adapter did, what the port promises instead, and which of its methods to look at.
    """

    #: kinds of document that the source has
    kinds: Collection[DocumentKind] = tuple(DocumentKind)
    #: False for a source whose documents are money or are not there: no drafts, no marks, no kinds of operation
    has_states = True
    #: kinds that have a flag "paid", and that have a day on which the money came
    kinds_with_paid: Collection[DocumentKind] = (DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CASH_RECEIPT)
    kinds_with_paid_on: Collection[DocumentKind] = (DocumentKind.INCOMING_PAYMENT_ORDER,)

    def make_infobase(self) -> Infobase:
        """Return an infobase without documents."""
        raise NotImplementedError

    def document(self, infobase: Infobase, name: str, kind: DocumentKind, **changes: Any) -> PaymentDocument:
        """Make up a document; the same name gives the same key."""
        paid_on = infobase.today if kind in self.kinds_with_paid_on else None
        document = PaymentDocument(
            ref=DocumentRef(kind, DocumentId(str(uuid.uuid5(_SPACE, name)))),
            version="1",
            number=f"УПП{uuid.uuid5(_SPACE, name).int % 10**8:08}",
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

    def change(self, document: PaymentDocument) -> PaymentDocument:
        """Return another state of a document, one that the source can have."""
        return attrs.evolve(document, posted=False, paid=None if document.paid is None else False)

    def _kind(self, wished: DocumentKind) -> DocumentKind:
        return wished if wished in self.kinds else next(iter(self.kinds))

    # ------------------------------------------------------------------------------------------------------ changes

    def test_it_is_an_adapter_with_a_name(self) -> None:
        """It has every method of the port, and the infobase has a name."""
        adapter = self.make_infobase().adapter
        lacking = [name for name in METHODS if not hasattr(adapter, name)]
        assert not lacking, f"{type(adapter).__name__} has no {', '.join(lacking)}; see ports.onec.OneCAdapter"
        assert isinstance(adapter.base, str) and adapter.base, (
            f"base is {adapter.base!r}; it must be the infobase's name, as a person chose it: every mark begins with it"
        )

    def test_it_closes_itself(self) -> None:
        """It is a context manager, and hands itself out."""
        adapter = self.make_infobase().adapter
        enter, leave = (getattr(type(adapter), name, None) for name in ("__enter__", "__exit__"))
        assert enter is not None and leave is not None, (
            f"{type(adapter).__name__} is no context manager; give it __enter__ and __exit__, to be used in 'with'"
        )
        entered = enter(adapter)
        assert entered is adapter, f"__enter__ returned {entered!r}; it must return the adapter itself"
        leave(adapter, None, None, None)

    def test_a_new_document_is_shown(self) -> None:
        """A document of each kind that was written is among the changes, with its date."""
        infobase = self.make_infobase()
        documents = [put(infobase, self.document(infobase, kind.value, kind)) for kind in self.kinds]
        shown = stamps_of(infobase.adapter.changes(None))
        for document in documents:
            must_be_shown(document.ref, shown, "changes(None) after it was written")
            must_be("the date of its stamp", shown[document.ref].date, document.date, document.ref)
        strangers = shown.keys() - {each.ref for each in documents}
        assert not strangers, (
            f"changes(None) showed {names_of(strangers)}, which nobody wrote; a document has one key for its whole life"
        )

    def test_a_stamp_has_the_version_of_the_document(self) -> None:
        """The version of a stamp equals that of the document read, so that an unchanged one need not be read."""
        infobase = self.make_infobase()
        document = put(infobase, self.document(infobase, "one", self._kind(DocumentKind.CASH_RECEIPT)))
        shown = stamps_of(infobase.adapter.changes(None))
        must_be_shown(document.ref, shown, "changes(None) after it was written")
        version = read_one(infobase, document.ref).version
        assert version, f"{document.ref}: read() gave it an empty version; an empty one means 'never read'"
        assert version != UNKNOWN_VERSION, f"{document.ref}: read() gave it the version of a stamp that knows none"
        if shown[document.ref].version != UNKNOWN_VERSION:
            must_be("the version of its stamp in changes()", shown[document.ref].version, version, document.ref)

    def test_a_changed_document_is_shown_after_the_cursor(self) -> None:
        """What changed after a cursor is shown from that cursor on, with another version."""
        infobase = self.make_infobase()
        kind = self._kind(DocumentKind.INCOMING_PAYMENT_ORDER)
        document = put(infobase, self.document(infobase, "one", kind))
        batches = list(infobase.adapter.changes(None))
        before = stamps_of(batches)
        must_be_shown(document.ref, before, "changes(None) after it was written")
        put(infobase, attrs.evolve(self.change(document), version="2"))
        cursor = batches[-1].cursor
        after = stamps_of(infobase.adapter.changes(cursor))
        must_be_shown(document.ref, after, f"changes({cursor!r}) after it was changed behind that cursor")
        version = after[document.ref].version
        assert version == UNKNOWN_VERSION or version != before[document.ref].version, (
            f"{document.ref} changed and kept its version {version!r}, so the engine would never "
            "read it again; make the version of all that read() tells"
        )

    def test_changes_not_acknowledged_are_shown_again(self) -> None:
        """Whoever dies before the commit is shown the same again."""
        infobase = self.make_infobase()
        document = put(infobase, self.document(infobase, "one", self._kind(DocumentKind.CARD_PAYMENT)))
        for time in ("first", "second"):
            shown = stamps_of(infobase.adapter.changes(None))
            must_be_shown(document.ref, shown, f"changes(None), the {time} time; only acknowledge() may make it forget")

    def test_a_cursor_may_be_acknowledged_twice(self) -> None:
        """An acknowledgement whose answer was lost is made again, and later changes survive it."""
        infobase = self.make_infobase()
        kind = self._kind(DocumentKind.CASH_RECEIPT)
        put(infobase, self.document(infobase, "first", kind))
        batches = list(infobase.adapter.changes(None))
        assert batches, "changes(None) yielded no batch although a document was written"
        cursor = batches[-1].cursor
        second = put(infobase, self.document(infobase, "second", kind))
        if cursor is not None:
            infobase.adapter.acknowledge(cursor)
            infobase.adapter.acknowledge(cursor)
        shown = stamps_of(infobase.adapter.changes(cursor))
        must_be_shown(
            second.ref, shown, f"changes({cursor!r}); it came behind that cursor, which was acknowledged twice"
        )

    # ---------------------------------------------------------------------------------------------------------- read

    def test_documents_are_read_as_they_are(self) -> None:
        """Each field comes back as it stands in 1C; amounts to the last digit."""
        infobase = self.make_infobase()
        lines = [
            PaymentLine(contract=_contract("contract", 7), amount=Decimal("0.10")),
            PaymentLine(contract=_contract("other", 8), amount=Decimal("9999999999999.89")),
            PaymentLine(contract=None, amount=Decimal("0.01")),
        ]
        amount = Decimal("10000000000000.00")
        documents = [
            put(infobase, self.document(infobase, kind.value, kind, lines=lines, amount=amount)) for kind in self.kinds
        ]
        read = read_all(infobase, [document.ref for document in documents])
        for document in documents:
            found = read[document.ref]
            assert isinstance(found, PaymentDocument), f"{document.ref} was written, and read() says that it is missing"
            wrong = differences(found, document)
            assert not wrong, f"read() tells {document.ref} otherwise than it was written:\n" + "\n".join(wrong)

    def test_money_is_decimal_and_days_are_days(self) -> None:
        """Amounts are ``Decimal``, days are ``date`` without a time, versions and numbers are text."""
        infobase = self.make_infobase()
        document = put(infobase, self.document(infobase, "one", self._kind(DocumentKind.INCOMING_PAYMENT_ORDER)))
        read = read_one(infobase, document.ref)
        values = [("amount", read.amount, Decimal), ("date", read.date, dt.date), ("number", read.number, str)]
        values += [(f"lines[{at}].amount", line.amount, Decimal) for at, line in enumerate(read.lines)]
        values += [("version", read.version, str), ("paid_on", read.paid_on or read.date, dt.date)]
        values += [
            ("a stamp's date", each.date, dt.date) for each in stamps_of(infobase.adapter.changes(None)).values()
        ]
        for name, value, wanted in values:
            assert type(value) is wanted, f"{name} is {value!r}, which is {type(value).__name__}, not {wanted.__name__}"

    def test_states_are_read_as_they_are(self) -> None:
        """Not posted, marked for deletion, not paid, of another kind of operation: all of it is told."""
        if not self.has_states:
            return
        infobase = self.make_infobase()
        kind, card = self._kind(DocumentKind.CASH_RECEIPT), self._kind(DocumentKind.CARD_PAYMENT)
        unpaid = False if kind in self.kinds_with_paid else None
        states = [
            self.document(infobase, "draft", kind, posted=False, paid=unpaid),
            self.document(infobase, "marked", kind, posted=False, deletion_mark=True),
            self.document(infobase, "planned", kind, paid=unpaid),
            self.document(infobase, "other", kind, operation=OperationKind.OTHER),
            self.document(infobase, "refund", card, operation=OperationKind.CUSTOMER_REFUND),
        ]
        states = [put(infobase, each) for each in states]
        found = read_all(infobase, [each.ref for each in states])
        for state in states:
            document = found[state.ref]
            assert isinstance(document, PaymentDocument), f"{state.ref} was written, and read() says that it is missing"
            for name in ("posted", "deletion_mark", "paid", "operation"):
                must_be(name, getattr(document, name), getattr(state, name), state.ref)

    def test_each_document_is_yielded_once(self) -> None:
        """A reference asked for twice is answered once."""
        infobase = self.make_infobase()
        ref = put(infobase, self.document(infobase, "one", self._kind(DocumentKind.CASH_RECEIPT))).ref
        answers = [each.ref for each in infobase.adapter.read([ref, ref])]
        assert answers == [ref], f"read() was asked twice for {ref} in one call and answered {len(answers)} times"

    def test_nothing_asked_nothing_answered(self) -> None:
        """No references, no documents."""
        answers = list(self.make_infobase().adapter.read([]))
        assert answers == [], f"read([]) yielded {len(answers)} documents nobody asked for"

    def test_a_removed_document_is_missing(self) -> None:
        """A document that was deleted, and one that never was, are missing; their sisters are read."""
        infobase = self.make_infobase()
        card, order = self._kind(DocumentKind.CARD_PAYMENT), self._kind(DocumentKind.INCOMING_PAYMENT_ORDER)
        kept, gone = (put(infobase, self.document(infobase, name, card)) for name in ("kept", "gone"))
        never = self.document(infobase, "never", order)
        infobase.remove(gone.ref)
        answers = read_all(infobase, [kept.ref, gone.ref, never.ref])
        assert isinstance(answers[kept.ref], PaymentDocument), f"read() calls {kept.ref} missing, which is there"
        for ref, fate in ((gone.ref, "was deleted"), (never.ref, "never was")):
            assert isinstance(answers[ref], MissingDocument), f"read() yields a document for {ref}, which {fate}"

    def test_a_document_is_read_anew(self) -> None:
        """What was read before does not hide what stands in 1C now."""
        infobase = self.make_infobase()
        document = put(infobase, self.document(infobase, "one", self._kind(DocumentKind.CASH_RECEIPT)))
        list(infobase.adapter.read([document.ref]))
        lines = [PaymentLine(contract=_contract("contract", 99), amount=Decimal("100.10"))]
        changed = put(infobase, attrs.evolve(document, version="2", lines=lines))
        read = read_one(infobase, document.ref)
        assert read.lines == changed.lines, (
            f"{document.ref}: read() gave {read.lines}; since it was read first, 1C has {changed.lines}. "
            "Keep no copy of what may change, the contract's subaccount among it"
        )

    # -------------------------------------------------------------------------------------------------- capabilities

    def test_history_is_complete(self) -> None:
        """An adapter with history shows every document of the day and later, and says so on the last batch only."""
        infobase = self.make_infobase()
        if not offers(infobase.adapter, History):
            return
        day = infobase.today - dt.timedelta(days=40)
        documents = [
            self.document(infobase, f"{kind.value} {days}", kind, date=day + dt.timedelta(days=days))
            for kind in self.kinds
            for days in (0, 1, 40)
        ]
        documents = [put(infobase, document) for document in documents]
        batches = list(infobase.adapter.changes_since(day))
        for document in documents:
            must_be_shown(document.ref, stamps_of(batches), f"changes_since({day}), and is dated {document.date}")
        said = [batch.complete_since for batch in batches]
        assert said == [None] * (len(batches) - 1) + [day], (
            f"the batches of changes_since({day}) have complete_since {said}; only the last one may say that the "
            "listing was complete, and for that very day"
        )

    def test_peeking_hides_nothing(self) -> None:
        """Whoever peeks while another exports is shown what changed, and the other one is shown it all the same."""
        infobase = self.make_infobase()
        adapter = infobase.adapter
        if not offers(adapter, Peek):
            return
        kind = self._kind(DocumentKind.CASH_RECEIPT)
        first = put(infobase, self.document(infobase, "first", kind))
        for time in ("first", "second"):
            must_be_shown(first.ref, stamps_of(adapter.peek(None)), f"peek(None), the {time} time")
        cursors = [batch.cursor for batch in adapter.changes(None)]
        second = put(infobase, self.document(infobase, "second", kind))
        must_be_shown(second.ref, stamps_of(adapter.peek(None)), "peek(None) after it was written")
        for cursor in cursors:
            if cursor is not None:
                adapter.acknowledge(cursor)
        where = (
            f"changes({cursors[-1]!r}); written behind a listing, shown by peek(), then the listing was acknowledged"
        )
        must_be_shown(second.ref, stamps_of(adapter.changes(cursors[-1])), where)

    def test_accounts_may_be_saved_again(self) -> None:
        """An adapter that keeps subaccounts takes the same ones twice, and a renamed one."""
        adapter = self.make_infobase().adapter
        if not offers(adapter, AccountsSink):
            return
        subaccounts = [_subaccount(number, f"Клиент {number}") for number in (1, 2, 30)]
        adapter.save_accounts(subaccounts)
        adapter.save_accounts(subaccounts)
        adapter.save_accounts([attrs.evolve(subaccounts[0], account="Клиент 1 бис")])
        adapter.save_accounts([])

    def test_no_rival_in_an_empty_infobase(self) -> None:
        """Where ISPsystem's module is not switched on there is neither an address nor a payment of its own."""
        adapter = self.make_infobase().adapter
        if not offers(adapter, RivalModule):
            return
        address, payments = adapter.module_address(), list(adapter.module_payments())
        assert address is None, f"module_address() is {address!r} where the module is off; it must be None"
        assert payments == [], f"module_payments() yields {len(payments)} payments where the module never worked"


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
