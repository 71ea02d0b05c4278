"""Which of our companies received the money."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Literal, TypeAlias

import attrs

from ..models import Company, Organization, QuarantineCode
from ._answer import Lost, Refusal, distinct, facts_of, inn_notes, label


class CompanyRule(enum.Enum):
    """What decided."""

    INN = "INN"
    INN_KPP = "INN and KPP"


@attrs.frozen(kw_only=True)
class CompanyMatch:
    """The company that corresponds to the organisation. ``str()`` gives the sentence."""

    company: Company
    rule: CompanyRule
    #: companies with the same INN that were not chosen
    lost: tuple[Lost[Company], ...] = ()
    #: why this one, for people
    sentence: str
    #: what a person should know though it stops nothing, such as a wrong check digit
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence


@attrs.frozen(kw_only=True)
class CompanyRefusal(Refusal):
    """No company corresponds to the organisation, or several do."""

    code: Literal[QuarantineCode.NO_COMPANY, QuarantineCode.COMPANY_AMBIGUOUS]
    #: companies with the organisation's INN, where there are several
    lost: tuple[Lost[Company], ...] = ()
    notes: tuple[str, ...] = ()


CompanyAnswer: TypeAlias = CompanyMatch | CompanyRefusal
"""What :func:`match_company` returns."""


def match_company(organization: Organization | None, companies: Iterable[Company]) -> CompanyAnswer:
    """Find the company whose INN equals the organisation's; of several, the one with the same KPP (design.md §5).

    An empty INN, like an empty KPP, equals nothing. The answer does not depend on the order of ``companies``.

    Args:
        organization: None where the document names none, which is refused.
        companies: all companies of BILLmanager, with their INN and KPP.
    """
    if organization is None:
        return CompanyRefusal(
            code=QuarantineCode.NO_COMPANY,
            message="The document names no organisation; fill it in in 1C.",
        )
    whose = f'the organisation "{organization.name}"'
    notes = inn_notes(organization.inn, whose)
    known = distinct(companies)
    same_inn = [company for company in known if organization.inn and company.inn == organization.inn]
    if not same_inn:
        inn = f"the INN {organization.inn}" if organization.inn else "an empty INN"
        advice = "enter it in the company in BILLmanager" if organization.inn else "enter its INN in 1C"
        return CompanyRefusal(
            code=QuarantineCode.NO_COMPANY,
            message=f"No company corresponds to {whose} with {inn}; {advice}.",
            facts=tuple(f"{label(company)}: its INN is {company.inn or 'empty'}" for company in known),
            notes=notes,
        )
    if len(same_inn) == 1:
        (company,) = same_inn
        return CompanyMatch(
            company=company,
            rule=CompanyRule.INN,
            sentence=f"The company {label(company)} has the INN {company.inn} of {whose}.",
            notes=notes,
        )
    same_kpp = [company for company in same_inn if organization.kpp and company.kpp == organization.kpp]
    if len(same_kpp) == 1:
        (company,) = same_kpp
        return CompanyMatch(
            company=company,
            rule=CompanyRule.INN_KPP,
            lost=_losers(other for other in same_inn if other is not company),
            sentence=f"Of {len(same_inn)} companies with the INN {company.inn}, {label(company)} has the KPP"
            f" {company.kpp} of {whose}.",
            notes=notes,
        )
    lost = _losers(same_inn)
    return CompanyRefusal(
        code=QuarantineCode.COMPANY_AMBIGUOUS,
        message=f"{len(same_inn)} companies have the INN {organization.inn} of {whose}, and {len(same_kpp) or 'none'}"
        f" of them its KPP {organization.kpp or '(empty)'}; make the KPP in BILLmanager or in 1C tell them apart.",
        facts=facts_of(lost),
        lost=lost,
        notes=notes,
    )


def _losers(companies: Iterable[Company]) -> tuple[Lost[Company], ...]:
    return tuple(Lost(candidate=one, reasons=(f"its KPP is {one.kpp or 'empty'}",)) for one in companies)
