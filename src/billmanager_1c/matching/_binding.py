"""Which subaccount a contract that names none may belong to: a suggestion, never a decision."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from decimal import Decimal

import attrs

from ..models import Contract, ContractId, Counterparty, Inn, Subaccount, SubaccountId

_INN = Decimal("0.6")
_SAME_NAME = Decimal("0.3")
_LIKE_NAME = Decimal("0.2")
_ALONE = Decimal("0.1")

_LEGAL_FORMS = re.compile(r"\b(ооо|оао|зао|пао|нао|ао|ип|чп|гуп|муп|фгуп|нко|ано|тоо|llc|ltd|inc|gmbh)\b")


@attrs.frozen(kw_only=True)
class BindingSuggestion:
    """That a contract may belong to a subaccount. ``engine.bind(contract_id, subaccount_id)`` accepts it."""

    contract_id: ContractId
    contract: str
    counterparty: str
    inn: Inn
    subaccount_id: SubaccountId
    #: the client's name in BILLmanager
    account: str
    currency: str
    #: from 0 to 1: 0.6 for the INN, up to 0.3 for the name, 0.1 if no other subaccount fits as well
    score: Decimal
    #: why, in words
    reason: str


def suggest_subaccounts(
    contract: Contract,
    counterparty: Counterparty | None,
    currency: str,
    subaccounts: Iterable[Subaccount],
    accounts_with_inn: Collection[int],
) -> list[BindingSuggestion]:
    """Rank the open subaccounts in the contract's currency that have its INN or its name; the best comes first.

    Args:
        contract: one that names no subaccount.
        counterparty: whose contract it is; None suggests nothing.
        currency: ISO code of the money that came under the contract.
        subaccounts: all subaccounts.
        accounts_with_inn: clients of whom some payer has the counterparty's INN.
    """
    if counterparty is None:
        return []
    ranked: list[tuple[Decimal, list[str], Subaccount]] = []
    for subaccount in subaccounts:
        if not subaccount.active or subaccount.currency != currency:
            continue
        score, reasons = Decimal(0), []
        if subaccount.account_id in accounts_with_inn:
            score, reasons = score + _INN, [f"a payer of the client has the INN {counterparty.inn}"]
        likeness = _likeness(counterparty.name, subaccount.account)
        if likeness:
            score += likeness
            reasons.append("the names are the same" if likeness == _SAME_NAME else "the names are alike")
        if reasons:
            ranked.append((score, reasons, subaccount))
    ranked.sort(key=lambda item: (-item[0], item[2].id))
    if len(ranked) == 1 or (len(ranked) > 1 and ranked[0][0] > ranked[1][0]):
        score, reasons, subaccount = ranked[0]
        ranked[0] = (score + _ALONE, [*reasons, f"no other subaccount in {currency} fits as well"], subaccount)
    return [
        BindingSuggestion(
            contract_id=contract.id,
            contract=contract.name,
            counterparty=counterparty.name,
            inn=counterparty.inn,
            subaccount_id=subaccount.id,
            account=subaccount.account,
            currency=currency,
            score=score,
            reason="; ".join(reasons),
        )
        for score, reasons, subaccount in ranked
    ]


def _likeness(one: str, other: str) -> Decimal:
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return Decimal(0)
    if mine == theirs:
        return _SAME_NAME
    common = len(mine & theirs)
    return _LIKE_NAME if common and common * 2 >= max(len(mine), len(theirs)) else Decimal(0)


def _words(name: str) -> frozenset[str]:
    """Return the words of a name without legal form, quotes and case."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    return frozenset(re.findall(r"\w+", _LEGAL_FORMS.sub(" ", folded)))
