"""Reconciliation as one would do it with pencil and paper: every line beside every payment. For small inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from billmanager_1c.ledger import LinkState, make_mark
from billmanager_1c.models import OperationKind, Payment, PaymentDocument
from billmanager_1c.models.onec import NO_CONTRACT
from billmanager_1c.plans.reconcile import KnownLine

CREDITED, INERT, BEING_DELETED = 4, (1, 2, 8), 100
ORDER = (
    *(
        "duplicate_mark",
        "extra_remote",
        "unresolved_unknown",
        "status_diff",
        "account_diff",
        "amount_diff",
        "date_diff",
    ),
    *("payer_diff", "method_diff", "human_twin", "quarantined", "missing_remote", "orphan_inert", "ok"),
)

Told = dict[object, tuple[str, tuple[int, ...]]]


def oracle(documents: Sequence[PaymentDocument], payments: Sequence[Payment], links: Sequence[KnownLine]) -> Told:
    """Say of each line, and of each payment alone, which class it has and which payments."""
    links_by_key = {(link.ref, link.contract_id): link for link in links}
    lines = {}
    for document in documents:
        for contract_id, amount in shares(document).items():
            lines[document.ref, contract_id] = (document, amount if is_money(document) else None)
    for key in links_by_key:
        lines.setdefault(key, (next((one for one in documents if one.ref == key[0]), None), None))
    keys = sorted(lines, key=lambda key: (str(key[0]), key[1]))

    owner = {payment.id: find_owner(payment, keys, lines, links_by_key) for payment in payments}
    own = {key: [one for one in payments if owner[one.id] == key and one.status != BEING_DELETED] for key in keys}
    free = [one for one in payments if owner[one.id] is None]
    twins = find_twins(keys, lines, own, free, links_by_key)

    told: Told = {}
    for key in keys:
        document, amount = lines[key]
        classes = classes_of(document, key[1], amount, own[key], twins.get(key), links_by_key.get(key))
        standing = [one.id for one in own[key] if one.status == CREDITED]
        if classes:
            first = min(classes, key=ORDER.index)
            told[key] = (first, tuple(sorted({*standing, *([twins[key].id] if key in twins else [])})))
        main = None if standing or not classes else main_payment(own[key], links_by_key.get(key))
        for one in own[key]:
            if one.status in INERT and one.id != main:
                told[one.id] = ("orphan_inert", ())
    held = {one.id for one in twins.values()}
    for one in free:
        if one.id not in held and one.status == CREDITED:
            told[one.id] = ("extra_remote", (one.id,))
        if one.status in INERT:
            told[one.id] = ("orphan_inert", ())
    return told


def shares(document: PaymentDocument) -> dict[str, Decimal]:
    """Add up the lines of each contract; a document without lines names none."""
    if not document.lines and is_money(document):
        return {NO_CONTRACT: document.amount}
    found: dict[str, Decimal] = {}
    for line in document.lines:
        contract_id = line.contract.id if line.contract else NO_CONTRACT
        found[contract_id] = found.get(contract_id, Decimal(0)) + line.amount
    return found


def is_money(document: PaymentDocument) -> bool:
    """A customer's money, however wrong its figures are."""
    is_payment = document.operation is OperationKind.CUSTOMER_PAYMENT
    return document.posted and not document.deletion_mark and document.paid is not False and is_payment


def find_owner(payment, keys, lines, links):
    """The line that a link names it for, else the one whose mark it carries; of two, the one that is money."""
    linked = [key for key in keys if key in links and links[key].payment_id == payment.id]
    if linked:
        return linked[0]
    marked = [
        key
        for key in keys
        if payment.mark is not None
        and any(make_mark("upp", key[0], key[1], gen) in payment.mark for gen in (1, 2))
        and not (key in links and payment.id in links[key].dismissed)
    ]
    marked.sort(key=lambda key: lines[key][1] is None)
    return marked[0] if marked else None


def find_twins(keys, lines, own, free, links):
    """The nearest pairs first; what the store holds already goes before."""
    twins = {}
    loose = [
        one for one in free if one.status == CREDITED and not re.search(r"1c:\w{8}:\w{32}:\w{8}:g\d", one.mark or "")
    ]
    for key in keys:
        link = links.get(key)
        if link is not None and link.state is LinkState.HELD and lines[key][1] is not None and not own[key]:
            for one in loose:
                if one.id == link.twin_id and one not in twins.values():
                    twins[key] = one
    pairs = []
    for place, key in enumerate(keys):
        document, amount = lines[key]
        link = links.get(key)
        unfit = link is not None and (link.abandoned or is_open(link))
        if amount is None or own[key] or key in twins or unfit:
            continue
        named = contract_subaccount(document, key[1])
        for one in loose:
            days = 7 if one.paid_at is None else abs((one.paid_at.date() - (document.paid_on or document.date)).days)
            number = (one.document_number or "").strip()
            if (
                one.amount == amount
                and named is not None
                and one.subaccount_id == named
                and number in ("", document.incoming_number.strip() or document.number.strip())
                and days <= 7
                and not (link is not None and one.id in link.dismissed)
            ):
                pairs.append((days, place, one.id, key, one))
    for _, _, _, key, one in sorted(pairs, key=lambda pair: pair[:3]):
        if key not in twins and one not in twins.values():
            twins[key] = one
    return twins


def is_open(link: KnownLine) -> bool:
    """The end of the last write is not known."""
    return link.state is not None and link.state.value.endswith(("_intent", "_unknown"))


def contract_subaccount(document, contract_id):
    """The subaccount that the contract names."""
    for line in document.lines:
        if line.contract and line.contract.id == contract_id and line.contract.subaccount_id is not None:
            return line.contract.subaccount_id
    return None


def main_payment(payments, link):
    """Of payments that credit nobody, the one that its line tells of."""
    bound = link.payment_id if link else None
    ordered = sorted(payments, key=lambda one: (one.id != bound, one.status not in INERT, one.id))
    return ordered[0].id if ordered else None


def classes_of(document, contract_id, amount, own, twin, link):
    """All classes that apply to a line."""
    standing = [one for one in own if one.status == CREDITED]
    found = set()
    if len(standing) > 1:
        found.add("duplicate_mark")
    if standing and amount is None:
        found.add("extra_remote")
    if link is not None and is_open(link):
        found.add("unresolved_unknown")
    if amount is not None and not standing:
        found.add("status_diff" if own else "missing_remote")
        if twin:
            found.add("human_twin")
    if amount is not None and len(standing) == 1:
        (one,) = standing
        named = contract_subaccount(document, contract_id)
        if named is not None and one.subaccount_id is not None and one.subaccount_id != named:
            found.add("account_diff")
        if one.amount != amount:
            found.add("amount_diff")
        if one.paid_at is not None and one.paid_at.date() != (document.paid_on or document.date):
            found.add("date_diff")
    waits = (LinkState.QUARANTINED, LinkState.HELD, LinkState.REMOTE_CHANGED)
    refused = link is not None and link.state in waits
    if document is not None and is_money(document) and has_wrong_figures(document):
        refused = True
    if refused and (amount is not None or standing):
        found.add("quarantined")
    if amount is None and not standing and any(one.status in INERT for one in own):
        found.add("orphan_inert")
    return found or ({"ok"} if standing else set())


def has_wrong_figures(document: PaymentDocument) -> bool:
    """The lines do not add up, or something is not a sum of money."""
    figures = [document.amount, *(line.amount for line in document.lines)]
    wrong = not document.lines or any(figure <= 0 or figure != figure.quantize(Decimal("0.01")) for figure in figures)
    return wrong or sum((line.amount for line in document.lines), Decimal(0)) != document.amount


def totals(documents: Sequence[PaymentDocument], payments: Sequence[Payment]) -> tuple[Decimal, Decimal]:
    """What there is on both sides, whoever it belongs to."""
    onec = sum((sum(shares(one).values(), Decimal(0)) for one in documents if is_money(one)), Decimal(0))
    return onec, sum((one.amount for one in payments if one.status == CREDITED), Decimal(0))
