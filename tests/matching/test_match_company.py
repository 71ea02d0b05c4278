"""Company (design.md §5): which of our companies corresponds to the organisation of 1C."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.matching import CompanyMatch, CompanyRefusal, CompanyRule, match_company
from billmanager_1c.models import Company, CompanyId, Inn, Organization, QuarantineCode

INN = "7707083893"
GUID = "11111111-2222-3333-4444-555555555555"


def company(id: int, inn: str = INN, kpp: str = "") -> Company:
    """Make a company of BILLmanager."""
    return Company(id=CompanyId(id), name=f"Company {id}", inn=Inn(inn), kpp=kpp)


def organization(inn: str = INN, kpp: str = "") -> Organization:
    """Make an organisation of 1C."""
    return Organization(id=GUID, name="Хостинг", inn=Inn(inn), kpp=kpp)


numbers = st.sampled_from(["", INN, "0012123456", "12123456"])
companies = st.lists(
    st.builds(company, st.integers(1, 5), numbers, st.sampled_from(["", "770101001", "780101001"])), max_size=6
)
organizations = st.builds(organization, numbers, st.sampled_from(["", "770101001", "780101001"]))


@pytest.mark.parametrize(
    ("known", "wanted", "expected", "rule"),
    [
        ([company(1, "5001007322"), company(2)], organization(), 2, CompanyRule.INN),
        ([company(1, kpp="1")], organization(kpp="2"), 1, CompanyRule.INN),
        ([company(1, kpp="1"), company(2, kpp="2")], organization(kpp="2"), 2, CompanyRule.INN_KPP),
        ([company(1, f" {INN} ")], organization(f"{INN}  "), 1, CompanyRule.INN),
    ],
    ids=["the same INN", "one with the INN, another KPP", "of several the same KPP", "outer spaces"],
)
def test_company_by_inn_then_kpp(known: list[Company], wanted: Organization, expected: int, rule: CompanyRule) -> None:
    """“Organisation's INN equals the company's INN; of several, the one with the same KPP”."""
    match match_company(wanted, known):
        case CompanyMatch() as found:
            assert (found.company.id, found.rule) == (expected, rule)
            assert f"#{expected}" in found.sentence
            assert [lost.candidate.id for lost in found.lost] == [
                one.id for one in known if one.inn == wanted.inn and one.id != expected
            ]
        case refusal:
            pytest.fail(str(refusal))


@pytest.mark.parametrize(
    ("kpps", "wanted"),
    [(("1", "1"), "1"), (("1", "2"), "3"), (("", "1"), ""), (("", ""), "")],
    ids=["two with the KPP", "none with the KPP", "an empty KPP equals nothing", "no KPP at all"],
)
def test_several_companies_are_ambiguous(kpps: tuple[str, ...], wanted: str) -> None:
    """“… still several: ambiguous.” The refusal shows every company with its KPP."""
    known = [company(number, kpp=kpp) for number, kpp in enumerate(kpps, 1)]
    refusal = match_company(organization(kpp=wanted), known)
    assert isinstance(refusal, CompanyRefusal)
    assert refusal.code is QuarantineCode.COMPANY_AMBIGUOUS
    assert INN in refusal.message
    assert len(refusal.facts) == len(refusal.lost) == len(known)


@given(companies)
def test_empty_inn_matches_nothing(known: list[Company]) -> None:
    """“An empty INN matches nothing.”"""
    refusal = match_company(organization(inn=""), [*known, company(9, inn="")])
    assert isinstance(refusal, CompanyRefusal)
    assert refusal.code is QuarantineCode.NO_COMPANY


def test_inn_is_a_string() -> None:
    """“INN is a string”: leading zeros make another INN."""
    assert isinstance(match_company(organization("0012123456"), [company(1, "12123456")]), CompanyRefusal)


def test_wrong_check_digit_is_reported_and_never_fatal() -> None:
    """“… a wrong check digit is reported, never fatal.”"""
    found = match_company(organization("7707083894"), [company(1, "7707083894")])
    assert isinstance(found, CompanyMatch)
    assert "check digit" in found.notes[0]
    assert "7707083894" in found.notes[0]
    right = match_company(organization(), [company(1)])
    assert isinstance(right, CompanyMatch)
    assert right.notes == ()


def test_company_without_a_name_goes_by_its_number() -> None:
    """Where the form shows no name, sentences and facts have the id alone."""
    answer = match_company(organization(), [Company(id=CompanyId(7), name="", inn=Inn(INN)), company(1, "5001007322")])
    assert isinstance(answer, CompanyMatch)
    assert "#7" in answer.sentence
    assert '""' not in answer.sentence


def test_no_organization_is_refused() -> None:
    """A document that names no organisation is refused with a sentence and does not raise."""
    refusal = match_company(None, [company(1)])
    assert isinstance(refusal, CompanyRefusal)
    assert refusal.code is QuarantineCode.NO_COMPANY
    assert "1C" in refusal.message


@given(organizations, companies, st.integers(0, 2**32))
def test_company_order_is_irrelevant(wanted: Organization, known: list[Company], seed: int) -> None:
    """The answer is the same in whatever order, and however often, the companies come."""
    shuffled = [*known, *known]
    Random(seed).shuffle(shuffled)
    assert match_company(wanted, shuffled) == match_company(wanted, known)


@given(organizations, companies)
def test_company_is_never_another_ones(wanted: Organization, known: list[Company]) -> None:
    """“Organisation's INN equals the company's INN”: no other company is ever chosen, and a refusal is explained."""
    match match_company(wanted, known):
        case CompanyMatch() as found:
            assert found.company in known
            assert wanted.inn and found.company.inn == wanted.inn
        case refusal:
            assert refusal.message.endswith(".")
            assert refusal.code.waits_for == "data"
