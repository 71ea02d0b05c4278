"""What should stand in BILLmanager for each line of a document: rules applied to a snapshot, nothing asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from ..ledger import Blocked, DocumentRecord, Dossier, Target, Unwanted, Want, amount_in
from ..matching import (
    CompanyAnswer,
    CompanyRefusal,
    MethodAnswer,
    MethodRefusal,
    PayerAnswer,
    PayerRefusal,
    Refusal,
    match_company,
    match_payment_method,
    resolve_payer,
)
from ..models import AccountId, ContractId, PaymentDocument, QuarantineCode, Subaccount, SubaccountId
from ..models.onec import NO_CONTRACT
from .run import Run

NUMBER_LENGTH = 64
"""BILLmanager keeps so many characters of a document's number (billmanager-api.md, D2)."""


def resolve(dossier: Dossier, run: Run) -> dict[ContractId, Want]:
    """Say for every line what should stand in BILLmanager, and why not where it cannot be said."""
    record = dossier.record
    assert record is not None
    if record.code is not None:
        blocked = Blocked(code=record.code, reason=record.reason)
        return dict.fromkeys(dossier.links, blocked)
    if not record.wanted:
        return dict.fromkeys(dossier.links, Unwanted(reason=record.reason))
    amounts = _amounts(record)
    gone = Unwanted(reason="the document no longer names this contract")
    wants: dict[ContractId, Want] = dict.fromkeys(dossier.links, gone)
    for contract_id in amounts:
        found = find_subaccount(record.document, contract_id, run)
        if isinstance(found, Subaccount) and found.currency != record.document.currency:
            # One line in another currency makes the sums of all of them doubtful.
            return dict.fromkeys(dossier.links, _other_currency(record.document, found))
        wants[contract_id] = resolve_line(record.document, contract_id, run).want
    return wants


def accounts_of(document: PaymentDocument, run: Run) -> set[AccountId]:
    """Return the clients whose payers are needed to resolve the document."""
    found = (find_subaccount(document, line.contract.id, run) for line in document.lines if line.contract)
    return {subaccount.account_id for subaccount in found if isinstance(subaccount, Subaccount)}


def subaccount_id_of(document: PaymentDocument, contract_id: ContractId, run: Run) -> SubaccountId | None:
    """Return the subaccount that the contract names in 1C, else the one bound to it in the store."""
    for line in document.lines:
        if line.contract and line.contract.id == contract_id and line.contract.subaccount_id is not None:
            return line.contract.subaccount_id
    return run.reference.bindings.get(contract_id)


def find_subaccount(document: PaymentDocument, contract_id: ContractId, run: Run) -> Subaccount | Blocked:
    """Find the open subaccount of a contract."""
    title = _title(document)
    if contract_id == NO_CONTRACT:
        return Blocked(code=QuarantineCode.NO_CONTRACT, reason=f"{title}: a line names no contract. Fill it in in 1C.")
    subaccount_id = subaccount_id_of(document, contract_id, run)
    names = [line.contract.name for line in document.lines if line.contract and line.contract.id == contract_id]
    contract = f"contract {names[0] or contract_id!r}" if names else f"contract {contract_id}"
    if subaccount_id is None:
        return Blocked(
            code=QuarantineCode.NO_SUBACCOUNT,
            reason=f"{title}: {contract} names no BILLmanager subaccount. Fill it in in 1C, or call engine.bind().",
        )
    subaccount = run.reference.subaccounts.get(subaccount_id)
    if subaccount is None:
        return Blocked(
            code=QuarantineCode.NO_SUBACCOUNT,
            reason=f"{title}: {contract} names subaccount {subaccount_id}, which BILLmanager has not. Correct it.",
        )
    if not subaccount.active:
        return Blocked(
            code=QuarantineCode.SUBACCOUNT_CLOSED,
            reason=f"{title}: subaccount {subaccount_id} of {contract} is closed. Name an open one in the contract.",
        )
    return subaccount


@attrs.frozen(kw_only=True)
class Resolved:
    """What should stand for one line, and all that chose it."""

    want: Target | Blocked
    subaccount: Subaccount | None = None
    company: CompanyAnswer | None = None
    payer: PayerAnswer | None = None
    method: MethodAnswer | None = None


def resolve_line(document: PaymentDocument, contract_id: ContractId, run: Run) -> Resolved:
    """Apply the rules to one line: subaccount, company, payer, method, in this order."""
    subaccount = find_subaccount(document, contract_id, run)
    if isinstance(subaccount, Blocked):
        return Resolved(want=subaccount)
    reference = run.reference
    if rivals := reference.rivals_of(subaccount):
        return Resolved(want=_several(document, subaccount, rivals), subaccount=subaccount)
    company = match_company(document.organization, reference.companies)
    found = Resolved(want=_blocked(document, company), subaccount=subaccount, company=company)
    if isinstance(company, CompanyRefusal):
        return found
    payers = reference.payers.get(subaccount.account_id, ())
    payer = resolve_payer(document.counterparty, payers, fallback=run.payer_fallback)
    found = attrs.evolve(found, want=_blocked(document, payer), payer=payer)
    if isinstance(payer, PayerRefusal):
        return found
    amount = amount_in(document, contract_id)
    method = match_payment_method(
        document.ref.kind,
        reference.methods,
        company=company.company,
        provider=subaccount.provider_id,
        currency=subaccount.currency_id,
        amount=amount,
        payer_type=payer.payer.legal_status,
        names=run.method_names,
    )
    found = attrs.evolve(found, want=_blocked(document, method), method=method)
    if isinstance(method, MethodRefusal):
        return found
    target = Target(
        account_id=subaccount.account_id,
        subaccount_id=subaccount.id,
        provider_id=subaccount.provider_id,
        currency_id=subaccount.currency_id,
        payer_id=payer.payer.id,
        company_id=company.company.id,
        method_id=method.method.id,
        amount=amount,
        paid_on=document.payment_date,
        document_number=(document.incoming_number.strip() or document.number.strip())[:NUMBER_LENGTH],
        document_date=document.incoming_date or document.date,
        description=document.purpose.strip(),
        mark="",
    )
    return attrs.evolve(found, want=target)


def _blocked(document: PaymentDocument, answer: CompanyAnswer | PayerAnswer | MethodAnswer) -> Blocked:
    code = answer.code if isinstance(answer, Refusal) else QuarantineCode.REJECTED
    return Blocked(code=code, reason=f"{_title(document)}: {answer}")


def _amounts(record: DocumentRecord) -> Mapping[ContractId, None]:
    return {line.contract.id if line.contract else NO_CONTRACT: None for line in record.document.lines}


def _several(document: PaymentDocument, subaccount: Subaccount, rivals: Sequence[Subaccount]) -> Blocked:
    ids = ", ".join(str(one.id) for one in (subaccount, *rivals))
    return Blocked(
        code=QuarantineCode.NO_SUBACCOUNT,
        reason=(
            f"{_title(document)}: client {subaccount.account_id} has several open subaccounts of one provider and "
            f"currency ({ids}), and BILLmanager cannot be told which to credit. Merge them, or close all but one."
        ),
    )


def _other_currency(document: PaymentDocument, subaccount: Subaccount) -> Blocked:
    return Blocked(
        code=QuarantineCode.CURRENCY_MISMATCH,
        reason=(
            f"{_title(document)}: the document is in {document.currency}, subaccount {subaccount.id} in "
            f"{subaccount.currency}. Correct the contract or the document in 1C."
        ),
    )


def _title(document: PaymentDocument) -> str:
    return f"{document.ref.kind.title} {document.number.strip()} of {document.date:%d.%m.%Y}"
