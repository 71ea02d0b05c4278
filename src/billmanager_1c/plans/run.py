"""What the plans of one run know together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias

import attrs

from ..errors import BillManager1CError
from ..ledger import Mark, Suspected, Terms
from ..matching import METHOD_NAMES, MethodNames, PayerFallback, PayerIndex
from ..models import (
    AccountId,
    Company,
    ContractId,
    CurrencyId,
    DocumentKind,
    DocumentRef,
    Payer,
    PayerId,
    Payment,
    PaymentId,
    PaymentMethod,
    PaymentRow,
    ProviderId,
    Subaccount,
    SubaccountId,
)

_Key: TypeAlias = tuple[AccountId, ProviderId, CurrencyId]


@attrs.define(kw_only=True)
class Reference:
    """What BILLmanager knows that a payment rests on, as it was when the run asked.

    Payers are added client by client, when a document of that client comes up.
    """

    companies: list[Company] = attrs.field(factory=list)
    methods: list[PaymentMethod] = attrs.field(factory=list)
    subaccounts: Mapping[SubaccountId, Subaccount] = attrs.field(factory=dict)
    bindings: Mapping[ContractId, SubaccountId] = attrs.field(factory=dict)
    payers: dict[AccountId, PayerIndex] = attrs.field(factory=dict)
    _by_key: dict[_Key, list[Subaccount]] = attrs.field(factory=dict, init=False, repr=False)
    _by_name: dict[str, set[AccountId]] = attrs.field(factory=dict, init=False, repr=False)
    _keyed: Mapping[SubaccountId, Subaccount] | None = attrs.field(default=None, init=False, repr=False)

    def rivals_of(self, subaccount: Subaccount) -> list[Subaccount]:
        """Return the other open subaccounts of the same client, provider and currency.

        There should be none. Where clients were merged there may be, and BILLmanager cannot be told which to credit: a
        payment is created for client, provider and currency (billmanager-api.md, payment.add.pay).
        """
        self._index()
        return [one for one in self._by_key.get(_key(subaccount), ()) if one.id != subaccount.id]

    def may_belong(self, payer: Payer, account_id: AccountId, *, alone: bool) -> bool:
        """Say whether nothing that BILLmanager shows of a payer speaks against its being this client's.

        A list names the client by a name; one that nobody knows is believed where the list shows no other.
        """
        self._index()
        named = self._by_name.get(payer.account)
        is_known = alone if named is None else account_id in named
        return payer.account_id in (None, account_id) and (not payer.account or is_known)

    def _index(self) -> None:
        if self._keyed is self.subaccounts:
            return
        self._keyed, self._by_key, self._by_name = self.subaccounts, {}, {}
        for one in self.subaccounts.values():
            self._by_name.setdefault(one.account, set()).add(one.account_id)
            if one.active:
                self._by_key.setdefault(_key(one), []).append(one)


def _key(subaccount: Subaccount) -> _Key:
    return subaccount.account_id, subaccount.provider_id, subaccount.currency_id


@attrs.define
class Twins:
    """What a run knows of payments that may be twins."""

    #: the days of payment that :attr:`credited` covers
    first: date | None = None
    last: date | None = None
    #: and when they were listed
    listed_at: datetime | None = None
    #: credited payments by amount; under None those whose rows show none that can be read
    credited: dict[Decimal | None, list[PaymentRow]] = attrs.field(factory=dict)
    #: payments read for it; None for one that is gone
    read: dict[PaymentId, Payment | None] = attrs.field(factory=dict)
    #: documents that were checked, and at which revision
    checked: dict[DocumentRef, int] = attrs.field(factory=dict)
    suspected: dict[tuple[DocumentRef, ContractId], Suspected] = attrs.field(factory=dict)
    #: which line a payment is held against in this run
    held: dict[PaymentId, tuple[DocumentRef, ContractId]] = attrs.field(factory=dict)

    def credited_with(self, amount: Decimal) -> list[PaymentRow]:
        """Return the credited payments that have this amount, or may have it."""
        return [*self.credited.get(amount, ()), *self.credited.get(None, ())]

    def reopen(self, refs: Iterable[DocumentRef]) -> None:
        """Forget what was suspected of documents that are judged afresh."""
        again = frozenset(refs)
        self.suspected = {key: found for key, found in self.suspected.items() if key[0] not in again}
        self.held = {id: key for id, key in self.held.items() if key[0] not in again}

    def forget(self, refs: Iterable[DocumentRef]) -> None:
        """Drop what is known of documents that are done: a run may be long."""
        for ref in refs:
            self.checked.pop(ref, None)
        self.suspected = {key: found for key, found in self.suspected.items() if key[0] in self.checked}


@attrs.frozen(kw_only=True)
class Breaker:
    """How much a run may change at once: it trips when both numbers are exceeded."""

    documents: int = 10
    #: of the documents that are linked to payments
    share: float = 0.1

    def trips(self, changed: int, linked: int) -> bool:
        """Say whether so many changes are too many."""
        return changed > self.documents and changed > self.share * linked

    def __str__(self) -> str:
        return f"{self.documents} documents and {self.share:.0%} of the linked ones"


_NEVER = datetime.max.replace(tzinfo=UTC)


@attrs.define(kw_only=True, eq=False)
class Run:
    """One run of the engine: its terms, and what it has found out so far."""

    terms: Terms
    #: nothing dated before this day is exported unless it already was
    export_from: date
    payer_fallback: PayerFallback = "last_active"
    method_names: MethodNames = attrs.field(factory=lambda: dict(METHOD_NAMES))
    reference: Reference = attrs.field(factory=Reference)
    #: a client's own unpaid bill is credited where the purpose names it
    match_bills: bool = False
    #: failed lines are tried again whatever their pause
    now_or_never: bool = True
    #: the adapter can list everything since a day
    has_history: bool = False
    #: failures of the wire in a row after which it makes no sense to go on
    patience: int = 4
    #: what was written since then is known; before, the store may have been put back from a backup
    started_at: datetime = _NEVER
    #: the greatest payment id known to exist
    high_water: int = 0
    breaker: Breaker | None = attrs.field(factory=Breaker)
    #: payments that stand in BILLmanager for documents of this store
    linked: int = 0
    #: the subaccounts have been loaded in this run
    accounts_loaded: bool = False
    #: payments with our mark that a person has been told of
    told: set[int] = attrs.field(factory=set)
    #: payments that were bound to their lines again, by mark or by the register of ISPsystem's module
    rebound: int = 0
    #: payments of ours that were found deleted by somebody else
    vanished: int = 0
    #: the books of reference have been read
    prepared: bool = False
    #: what carries our mark has been looked for
    swept: bool = False
    twins: Twins = attrs.field(factory=Twins)
    #: deliver only what reads like this in 1C: digests by document; None means everything
    only: Mapping[DocumentRef, str] | None = None
    #: the first payment that was credited has been read back
    proven: bool = False
    #: payments read back that kept a day which crediting could not have given them
    days_kept: int = 0
    #: the day that it is in BILLmanager, as the first payment showed it
    today: date | None = None
    #: that reading showed that crediting sets the payment date to the present
    credit_resets_date: bool = False
    #: a person must change something before the run can go on
    fatal: BillManager1CError | None = None
    #: failures of the wire in a row, over all lines
    silence: int = 0
    #: what a person should know of the run, one sentence each
    warnings: list[str] = attrs.field(factory=list)
    #: what the payers of the documents in hand have in BILLmanager, where their bills are looked for
    payments_of: dict[PayerId, list[PaymentRow]] = attrs.field(factory=dict)
    #: payments that carry a mark, as far as lookups read them: whose they are does not change
    marked: dict[PaymentId, Mark] = attrs.field(factory=dict)
    #: and those that carried none when they were read
    unmarked: dict[PaymentId, Payment] = attrs.field(factory=dict)
    #: somebody asked to stop: what is begun is ended, nothing else is begun
    stopping: bool = False

    @property
    def date_proven(self) -> bool:
        """It is known whether crediting resets the date; one payment that kept it may have been credited by a clerk."""
        return self.credit_resets_date or self.days_kept > 1

    @property
    def is_over(self) -> bool:
        """True if nothing more is to be begun: a person is needed, or nobody answers."""
        return self.fatal is not None or self.stopping or self.is_silent

    @property
    def is_silent(self) -> bool:
        """So many calls in a row got no answer that others would get none either."""
        return self.silence >= self.patience

    @property
    def kinds(self) -> Sequence[DocumentKind]:
        """The document kinds whose methods are looked for."""
        return tuple(self.method_names)
