"""What a 1CClientBankExchange file of version 1.01, 1.02 or 1.03 says, and the proof that it says all of it.

A file is taken whole or not at all. It is whole if every section is closed, ``КонецФайла`` stands at its end, and the
money that came is, in total, what the bank declares. Some bank clients forget ``КонецФайла``: such a file is taken if
its balances prove that nothing was cut off (:func:`_refuse_unproven`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import attrs

from .sections import END, Section, Sections, read_sections
from .text import decode

VERSIONS = ("1.01", "1.02", "1.03")


@attrs.frozen(kw_only=True)
class Balance:
    """СекцияРасчСчет: what the bank says of one account over some days."""

    account: str
    since: dt.date | None
    until: dt.date | None
    #: ВсегоПоступило and ВсегоСписано; None where the bank does not say
    received: Decimal | None
    spent: Decimal | None

    def is_part_of(self, other: Balance) -> bool:
        """Whether its days are some of the other's days, so that the other's totals count its money already."""
        if self.since is None or self.until is None or other.since is None or other.until is None:
            return False
        if self.account != other.account or (self.since, self.until) == (other.since, other.until):
            return False
        return other.since <= self.since and self.until <= other.until


@attrs.frozen(kw_only=True)
class Statement:
    """One file, whole."""

    file: str
    #: when the bank made it, as text that sorts: of two files the later one is believed
    made: str
    #: whose statement it is: the accounts of the header and of the balances
    accounts: frozenset[str]
    balances: tuple[Balance, ...]
    #: the payments, in and out
    payments: tuple[Section, ...]
    #: whether the bank declares how much came, so that no section can be missing or doubled
    is_proven: bool

    def came(self, payment: Section) -> bool:
        """Whether it is money that came to one of the accounts: the bank names the day, and the receiver is ours."""
        return bool(payment.text("ДатаПоступило")) and receiver(payment, self.accounts) != ""

    def went(self, payment: Section) -> bool:
        """Whether it is money that left one of the accounts."""
        return bool(payment.text("ДатаСписано")) and (
            receiver(payment, self.accounts) == "" or payment.text(*PAYER) in self.accounts
        )


PAYER = ("ПлательщикСчет", "ПлательщикРасчСчет")


def receiver(payment: Section, accounts: frozenset[str]) -> str:
    """Return which of our accounts the money is for; empty where it is for none."""
    named = (payment.text("ПолучательСчет"), payment.text("ПолучательРасчСчет"))
    return next((account for account in named if account in accounts), "")


def read_statement(data: bytes, file: str) -> Statement:
    """Read a file; its name is for messages.

    Raises:
        StatementRefused: it is not whole, or something in it cannot be read or contradicts itself.
    """
    parts = read_sections(decode(data, file), file)
    version = parts.header.text("ВерсияФормата")
    if version not in VERSIONS:
        raise parts.header.refuse(f"the format has version {version!r}, none of {', '.join(VERSIONS)}")
    balances = tuple(map(_balance, parts.balances))
    made = parts.header.day("ДатаСоздания") or dt.date.min
    statement = Statement(
        file=file,
        made=f"{made.isoformat()} {parts.header.text('ВремяСоздания'):0>8}",
        accounts=frozenset(filter(None, (*parts.accounts, *(each.account for each in balances)))),
        balances=balances,
        payments=parts.documents,
        is_proven=_total(balances, "received") is not None,
    )
    for payment in statement.payments:
        _refuse_vague(payment, statement)
    _refuse_other_total(statement, parts, "received")
    if not parts.is_terminated:
        _refuse_unproven(statement, parts)
    return statement


def _balance(section: Section) -> Balance:
    account = section.text("РасчСчет")
    if not account:
        raise section.refuse("the balance does not say of which account it is (РасчСчет)")
    return Balance(
        account=account,
        since=section.day("ДатаНачала"),
        until=section.day("ДатаКонца"),
        received=section.amount("ВсегоПоступило"),
        spent=section.amount("ВсегоСписано"),
    )


def _refuse_vague(payment: Section, statement: Statement) -> None:
    needed = ["Сумма"]
    if statement.came(payment):
        needed += ["Номер", "Дата"]
        payment.day("ДатаПоступило")
        payment.day("Дата")
    elif (
        payment.text("ДатаПоступило") and not statement.went(payment) and payment.text(*PAYER) not in statement.accounts
    ):
        raise payment.refuse("money came to an account that is not one of this statement's (РасчСчет)")
    for name in needed:
        if not payment.text(name):
            raise payment.refuse(f"{name} is empty")
    payment.amount("Сумма")


# --------------------------------------------------------------------------------------------------------- the proof


def _total(balances: Iterable[Balance], side: str) -> Decimal | None:
    """Add up what the balances declare, days that two of them cover once; None where one does not declare it."""
    different = list(dict.fromkeys(balances))
    whole = [each for each in different if not any(each.is_part_of(other) for other in different)]
    amounts = [getattr(each, side) for each in whole]
    return sum(amounts, Decimal(0)) if amounts and None not in amounts else None


def _sum(statement: Statement, side: str) -> Decimal:
    counts = statement.came if side == "received" else statement.went
    return sum((each.amount("Сумма") or Decimal(0) for each in statement.payments if counts(each)), Decimal(0))


def _refuse_other_total(statement: Statement, parts: Sections, side: str) -> None:
    """Refuse a file whose sections are not the money that its balances declare: some are lost, or there twice.

    All accounts of the file are counted together: a bank may show a transfer between two of them once or twice.
    """
    declared, found = _total(statement.balances, side), _sum(statement, side)
    if declared is not None and declared != found:
        name = {"received": "ВсегоПоступило", "spent": "ВсегоСписано"}[side]
        raise parts.header.refuse(
            f"the bank declares {name}={declared}, and the payments of the file add up to {found}. Some are missing "
            "or stand there twice: the file is damaged, or not all payments of these days were exported"
        )


def _refuse_unproven(statement: Statement, parts: Sections) -> None:
    """Refuse a file without its end, unless nothing can be missing.

    Every account of the header has balances, they reach from the first day of the file to its last, and both totals are
    declared and right. A file that was cut off anywhere lacks one of these, or lacks no payment.
    """
    for side in ("received", "spent"):
        _refuse_other_total(statement, parts, side)
    first, last = parts.header.day("ДатаНачала"), parts.header.day("ДатаКонца")
    is_declared = all(_total(statement.balances, side) is not None for side in ("received", "spent"))
    if is_declared and parts.accounts and first and last:
        begun = {each.account for each in statement.balances if each.since and each.since <= first}
        ended = {each.account for each in statement.balances if each.until and each.until >= last}
        if begun & ended >= set(parts.accounts):
            return
    raise parts.header.refuse(
        f"{END} is missing, and the balances do not prove that nothing was cut off. "
        "If the bank client is still writing the file, wait"
    )
