"""Which payer of a client stands for a counterparty of 1C."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import attrs

from ..errors import SettingsError
from ..models import Counterparty, Payer, QuarantineCode
from ._answer import Lost, Refusal, facts_of, inn_notes, label
from ._payer_index import PayerIndex

PayerFallback: TypeAlias = Literal["last_active", "refuse"]
"""What to do where neither INN nor code finds a payer: take the last active one, or none."""


class PayerRule(enum.Enum):
    """What decided."""

    INN = "INN"
    INN_KPP = "INN, then KPP"
    INN_CODE = "INN, then accounting code"
    INN_LAST = "INN, then the last"
    ACCOUNTING_CODE = "accounting code"
    ACCOUNTING_CODE_LAST = "accounting code, then the last"
    LAST_ACTIVE = "the last active payer"


@attrs.frozen(kw_only=True)
class PayerMatch:
    """The payer that stands for the counterparty. ``str()`` gives the sentence."""

    payer: Payer
    rule: PayerRule
    #: payers with the same INN or code that were not chosen; where nothing matched, all the other payers
    lost: tuple[Lost[Payer], ...] = ()
    #: why this one, for people
    sentence: str
    #: what a person should know though it stops nothing, such as a wrong check digit
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence


@attrs.frozen(kw_only=True)
class PayerRefusal(Refusal):
    """No payer can be taken."""

    code: Literal[QuarantineCode.NO_PAYER, QuarantineCode.PAYER_INACTIVE]
    #: payers that were looked at, each with the reason
    lost: tuple[Lost[Payer], ...] = ()
    notes: tuple[str, ...] = ()


PayerAnswer: TypeAlias = PayerMatch | PayerRefusal
"""What :func:`resolve_payer` returns."""

_INACTIVE = "it is inactive"
_NOT_LAST = "it is not the last: another one has a greater id"


def resolve_payer(
    counterparty: Counterparty | None, payers: Iterable[Payer], *, fallback: PayerFallback = "last_active"
) -> PayerAnswer:
    """Choose the payer of a client for a counterparty, by the rules of design.md §5.

    The answer does not depend on the order of ``payers``.

    Args:
        counterparty: None where the document names none, which is refused.
        payers: all payers, active and inactive, of the client who owns the subaccount, and of nobody else. A
            :class:`PayerIndex` made of them answers many counterparties faster.
        fallback: ``"refuse"`` takes no payer when neither INN nor accounting code finds one.

    Raises:
        SettingsError: ``fallback`` is neither of the two.
    """
    if fallback not in ("last_active", "refuse"):
        raise SettingsError(f'The payer fallback is {fallback!r}; set it to "last_active" or "refuse".')
    if counterparty is None:
        return PayerRefusal(
            code=QuarantineCode.NO_PAYER, message="The document names no counterparty; fill it in in 1C."
        )
    index = payers if isinstance(payers, PayerIndex) else PayerIndex(payers)
    search = _Search(counterparty, index)
    if search.active_by_inn:
        return search.by_inn()
    if search.active_by_code:
        return search.by_code()
    if search.found:
        return search.only_inactive()
    if fallback == "refuse" or index.last_active is None:
        return search.nobody()
    return search.last_active(index.last_active)


class _Search:
    """One counterparty among the payers of one client, and an answer for each case."""

    def __init__(self, counterparty: Counterparty, index: PayerIndex) -> None:
        self.counterparty = counterparty
        self.index = index
        # "A person's INN is not asked": many clients' payers may have been typed in with one person's number.
        inn_found = () if counterparty.is_person else index.with_inn(counterparty.inn)
        code_found = index.with_code(counterparty.code)
        self.active_by_inn = [payer for payer in inn_found if payer.active]
        self.active_by_code = [payer for payer in code_found if payer.active]
        #: everyone who matched by either, by id
        self.found = [payer for _, payer in sorted({payer.id: payer for payer in (*inn_found, *code_found)}.items())]
        self.whose = f'the counterparty "{counterparty.name}"'
        self.notes = () if counterparty.is_person else inn_notes(counterparty.inn, self.whose)

    def by_inn(self) -> PayerMatch:
        counterparty, inn = self.counterparty, self.counterparty.inn
        left: Sequence[Payer] = self.active_by_inn
        why: dict[int, str] = {}
        rule = PayerRule.INN
        steps: tuple[tuple[PayerRule, str, str, Callable[[Payer], str]], ...] = (
            (PayerRule.INN_KPP, "KPP", counterparty.kpp, lambda payer: payer.kpp),
            (PayerRule.INN_CODE, "accounting code", counterparty.code, lambda payer: payer.accounting_code),
        )
        for step, name, wanted, value in steps:
            same = [payer for payer in left if wanted and value(payer) == wanted]
            if len(left) > 1 and same:
                why |= {payer.id: f"its {name} is not {wanted}" for payer in left if value(payer) != wanted}
                left, rule = same, step
        payer = left[-1]
        if len(left) > 1:
            rule = PayerRule.INN_LAST
        reason = {
            PayerRule.INN: f"has the INN {inn}",
            PayerRule.INN_KPP: f"has the INN {inn} and, alone among those, the KPP {counterparty.kpp}",
            PayerRule.INN_CODE: f"has the INN {inn} and, alone among those, the accounting code {counterparty.code}",
            PayerRule.INN_LAST: f"has the INN {inn} and is the last one that fits",
        }[rule]
        why |= {other.id: _NOT_LAST for other in left}
        return self._match(payer, rule, reason, why, otherwise="only its accounting code agrees; the INN comes first")

    def by_code(self) -> PayerMatch:
        payer = self.active_by_code[-1]
        alone = len(self.active_by_code) == 1
        rule = PayerRule.ACCOUNTING_CODE if alone else PayerRule.ACCOUNTING_CODE_LAST
        reason = f"has the accounting code {self.counterparty.code}" + (
            "" if alone else " and is the last one that has"
        )
        return self._match(payer, rule, reason, {}, otherwise=_NOT_LAST)

    def last_active(self, payer: Payer) -> PayerMatch:
        return PayerMatch(
            payer=payer,
            rule=PayerRule.LAST_ACTIVE,
            lost=self.index.lost_to_last_active,
            sentence=f"Nothing of the client's payers agrees with {self._wanted()}, so the last active one"
            f" was taken: {label(payer)}.",
            notes=self.notes,
        )

    def only_inactive(self) -> PayerRefusal:
        lost = tuple(Lost(candidate=payer, reasons=(_INACTIVE,)) for payer in self.found)
        who = ", ".join(label(payer) for payer in self.found)
        return PayerRefusal(
            code=QuarantineCode.PAYER_INACTIVE,
            message=f"The payer that corresponds to {self.whose} is inactive: {who}; activate it in BILLmanager.",
            facts=(self._wanted(), *facts_of(lost)),
            lost=lost,
            notes=self.notes,
        )

    def nobody(self) -> PayerRefusal:
        if self.index.last_active is None:
            lost = self.index.lost_to_last_active
            message = f"The client has no active payer for {self.whose}; add or activate one in BILLmanager."
        else:
            lost = ()
            message = (
                f"None of the client's payers agrees with {self._wanted()}; enter the INN or the accounting code in the"
                ' payer in BILLmanager, or let the payer fallback be "last_active".'
            )
        return PayerRefusal(
            code=QuarantineCode.NO_PAYER,
            message=message,
            facts=(self._wanted(), f"payers of the client: {len(self.index)}", *facts_of(lost)),
            lost=lost,
            notes=self.notes,
        )

    def _match(self, payer: Payer, rule: PayerRule, reason: str, why: dict[int, str], *, otherwise: str) -> PayerMatch:
        lost = tuple(
            Lost(candidate=other, reasons=(why.get(other.id, otherwise) if other.active else _INACTIVE,))
            for other in self.found
            if other.id != payer.id
        )
        sentence = f"The payer {label(payer)} {reason} of {self.whose}."
        return PayerMatch(payer=payer, rule=rule, lost=lost, sentence=sentence, notes=self.notes)

    def _wanted(self) -> str:
        code = f"accounting code {self.counterparty.code or '(empty)'}"
        inn = "a person, INN not asked" if self.counterparty.is_person else f"INN {self.counterparty.inn or '(empty)'}"
        return f"{self.whose} ({inn}, {code})"
