"""Contracts that name no subaccount, and the subaccounts they may belong to."""

from __future__ import annotations

from ..api import ListPayers
from ..ledger import Dossier, LinkState
from ..matching import BindingSuggestion, suggest_subaccounts
from ..models import ContractId, Counterparty, Inn, PaymentDocument, QuarantineCode
from ..ports.store import Store
from .effects import Consult, Plan, Walk, ask

_PAGE = 500


def suggest_bindings() -> Plan[list[BindingSuggestion]]:
    """Suggest subaccounts for the contracts of refused lines; one request for each INN. Nothing is bound."""
    waiting: dict[ContractId, PaymentDocument] = {}
    after = 0
    while page := (yield from ask(_refused(after))):
        after = page[-1][0]
        for _, dossier in page:
            for link in dossier.links.values():
                if link.code is QuarantineCode.NO_SUBACCOUNT and dossier.record is not None:
                    waiting.setdefault(link.contract_id, dossier.record.document)
    subaccounts = yield from ask(Consult(lambda store: store.subaccounts()))
    by_inn: dict[Inn, frozenset[int]] = {}
    found: list[BindingSuggestion] = []
    for contract_id, document in waiting.items():
        contract = next(line.contract for line in document.lines if line.contract and line.contract.id == contract_id)
        inn = _inn(document.counterparty)
        if inn and inn not in by_inn:
            rows = yield from ask(Walk(ListPayers(vatnum=inn)))
            # The list names the client and may not show his id.
            names = {row.account for row in rows if row.inn in ("", inn)}
            by_inn[inn] = frozenset(one.account_id for one in subaccounts.values() if one.account in names)
        accounts = by_inn.get(inn, frozenset())
        found += suggest_subaccounts(contract, document.counterparty, document.currency, subaccounts.values(), accounts)
    return sorted(found, key=lambda one: (-one.score, one.contract_id, one.subaccount_id))


def _inn(counterparty: Counterparty | None) -> Inn:
    return counterparty.inn if counterparty is not None else Inn("")


def _refused(after: int) -> Consult[list[tuple[int, Dossier]]]:
    def question(store: Store) -> list[tuple[int, Dossier]]:
        page = store.documents_in([LinkState.QUARANTINED], after=after, limit=_PAGE)
        return [(place, store.dossier(ref)) for place, ref in page]

    return Consult(question)
