"""Payer (design.md §5): which payer of the client stands for the counterparty."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.errors import SettingsError
from billmanager_1c.matching import PayerIndex, PayerMatch, PayerRefusal, PayerRule, resolve_payer
from billmanager_1c.models import Counterparty, Inn, Payer, PayerId, QuarantineCode

INN, OTHER = "7707083893", "7736050003"
GUID = "11111111-2222-3333-4444-555555555555"


def payer(id: int, inn: str = "", kpp: str = "", code: str = "", *, active: bool = True) -> Payer:
    """Make a payer of the client."""
    return Payer(id=PayerId(id), name=f"Payer {id}", inn=Inn(inn), kpp=kpp, accounting_code=code, active=active)


def firm(inn: str = INN, kpp: str = "", code: str = "", *, person: bool = False) -> Counterparty:
    """Make a counterparty of 1C, by default a legal entity."""
    return Counterparty(id=GUID, name="Ромашка", inn=Inn(inn), kpp=kpp, code=code, is_person=person)


def person(code: str = "", inn: str = INN) -> Counterparty:
    """Make a counterparty that is a person (ФизЛицо)."""
    return firm(inn, code=code, person=True)


inns = st.sampled_from(["", INN, OTHER])
kpps = st.sampled_from(["", "770101001", "780101001"])
codes = st.sampled_from(["", "01", "1"])
payers = st.lists(
    st.builds(payer, st.integers(1, 12), inns, kpps, codes, active=st.booleans()),
    max_size=8,
    unique_by=lambda one: one.id,
)
counterparties = st.builds(firm, inns, kpps, codes, person=st.booleans())


def chosen(counterparty: Counterparty, known: list[Payer], **options: Any) -> tuple[int, PayerRule]:
    """Resolve, insist on a match, and return the id and the rule."""
    answer = resolve_payer(counterparty, known, **options)
    assert isinstance(answer, PayerMatch), str(answer)
    assert f"#{answer.payer.id} " in answer.sentence
    return answer.payer.id, answer.rule


def refused(counterparty: Counterparty, known: list[Payer], **options: Any) -> PayerRefusal:
    """Resolve, and insist on a refusal."""
    answer = resolve_payer(counterparty, known, **options)
    assert isinstance(answer, PayerRefusal), str(answer)
    return answer


# ------------------------------------------------------------------------------------------------------- persons


def test_person_by_code() -> None:
    """“a person (ФизЛицо): the payer whose accounting code equals the counterparty's code”."""
    assert chosen(person("01"), [payer(1, code="01"), payer(2)]) == (1, PayerRule.ACCOUNTING_CODE)


def test_persons_inn_is_not_asked() -> None:
    """“(a person's INN is not asked)”: neither to choose a payer nor to find that it is inactive, nor to report it."""
    assert chosen(person("01"), [payer(1, code="01"), payer(2, INN)]) == (1, PayerRule.ACCOUNTING_CODE)
    assert chosen(person("01"), [payer(1, INN), payer(2)]) == (2, PayerRule.LAST_ACTIVE)
    assert chosen(person("01"), [payer(1), payer(2, INN, active=False)]) == (1, PayerRule.LAST_ACTIVE)
    answer = resolve_payer(person("01", inn="123"), [payer(1)])
    assert isinstance(answer, PayerMatch)
    assert answer.notes == ()


def test_person_else_last_active() -> None:
    """“… else the last active payer”."""
    assert chosen(person("77"), [payer(3), payer(2, code="01"), payer(4, active=False)]) == (3, PayerRule.LAST_ACTIVE)


# ---------------------------------------------------------------------------------------------------- anyone else


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([payer(1, INN), payer(2, OTHER)], (1, PayerRule.INN)),
        ([payer(1, INN, "8"), payer(2)], (1, PayerRule.INN)),
        ([payer(1, INN, "7", "01"), payer(2)], (1, PayerRule.INN)),
        ([payer(1, INN, "7"), payer(2, INN, "8"), payer(3, INN)], (1, PayerRule.INN_KPP)),
        ([payer(1, INN, "8", "01"), payer(2, INN, "9", "02")], (1, PayerRule.INN_CODE)),
        ([payer(1, INN, "7", "01"), payer(2, INN, "7"), payer(3, INN, "8", "01")], (1, PayerRule.INN_CODE)),
        ([payer(1, INN, "7", "09"), payer(2, INN, "8", "01")], (1, PayerRule.INN_KPP)),
        ([payer(1, INN), payer(2, INN), payer(3, OTHER)], (2, PayerRule.INN_LAST)),
        ([payer(1, INN, "7"), payer(2, INN, "7"), payer(3, INN)], (2, PayerRule.INN_LAST)),
        ([payer(1, INN, "7", active=False), payer(2, INN)], (2, PayerRule.INN)),
    ],
    ids=[
        "one with the INN",
        "one with the INN and another KPP",
        "one with the INN, whose KPP and code decide nothing",
        "the same KPP",
        "no KPP agrees, then the code",
        "the same KPP, then the code among those",
        "KPP before code",
        "the last",
        "the last of those with the KPP",
        "an inactive one is not of the several",
    ],
)
def test_inn_then_kpp_then_code_then_last(known: list[Payer], expected: tuple[int, PayerRule]) -> None:
    """“anyone else: INN (of several active, same KPP, then same code, then the last)”."""
    assert chosen(firm(kpp="7", code="01"), known) == expected


def test_inn_comes_before_code() -> None:
    """“INN before code is our choice where ISPsystem's page says ‘or’”; the loser is named with the reason."""
    answer = resolve_payer(firm(code="01"), [payer(1, INN), payer(2, OTHER, code="01")])
    assert isinstance(answer, PayerMatch)
    assert (answer.payer.id, answer.rule) == (1, PayerRule.INN)
    assert [(lost.candidate.id, lost.why) for lost in answer.lost] == [
        (2, "only its accounting code agrees; the INN comes first")
    ]


def test_else_code_else_last_active() -> None:
    """“else accounting code; else the last active payer”."""
    known = [payer(1, OTHER, code="01"), payer(2, OTHER)]
    assert chosen(firm(code="01"), known) == (1, PayerRule.ACCOUNTING_CODE)
    assert chosen(firm(code="02"), known) == (2, PayerRule.LAST_ACTIVE)


@given(payers)
def test_empty_matches_nothing(known: list[Payer]) -> None:
    """“An empty INN matches nothing”, and so does an empty code: payers without either are never found by them."""
    known = [*known, payer(50), payer(51, active=False)]
    assert chosen(firm("", code=""), known) == (50, PayerRule.LAST_ACTIVE)


def test_empty_kpp_and_code_narrow_nothing() -> None:
    """A counterparty without KPP or code is not asked for them: of several payers with its INN the last is taken."""
    assert chosen(firm(), [payer(1, INN), payer(2, INN, "8", "01")]) == (2, PayerRule.INN_LAST)
    assert chosen(firm(kpp="7"), [payer(1, INN, "7"), payer(2, INN, "7", "01")]) == (2, PayerRule.INN_LAST)


def test_compared_as_text() -> None:
    """“codes and INN are compared as text without outer spaces, leading zeros kept”."""
    assert chosen(firm("", code=" 01\u00a0"), [payer(1, code="01 "), payer(2)]) == (1, PayerRule.ACCOUNTING_CODE)
    assert chosen(firm("", code="1"), [payer(1, code="01"), payer(2)]) == (2, PayerRule.LAST_ACTIVE)
    assert chosen(firm(f" {INN} "), [payer(1, f"{INN}  "), payer(2)]) == (1, PayerRule.INN)
    assert chosen(firm("12123456"), [payer(1, "0012123456"), payer(2)]) == (2, PayerRule.LAST_ACTIVE)


def test_last_is_the_greatest_number() -> None:
    """“‘last’ is the greatest id, compared as a number”.

    “… it also decides between several active payers with one code.”
    """
    assert chosen(firm(""), [payer(10), payer(9)]) == (10, PayerRule.LAST_ACTIVE)
    known = [payer(10, code="01"), payer(9, code="01"), payer(11, code="01", active=False), payer(12)]
    assert chosen(person("01"), known) == (10, PayerRule.ACCOUNTING_CODE_LAST)
    assert chosen(firm("", code="01"), known) == (10, PayerRule.ACCOUNTING_CODE_LAST)


# ------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("counterparty", "known"),
    [
        (firm(), [payer(1, INN, active=False), payer(2)]),
        (firm(code="01"), [payer(1, code="01", active=False), payer(2)]),
        (person("01"), [payer(1, code="01", active=False), payer(2)]),
        (firm(), [payer(1, INN, active=False)]),
    ],
    ids=["by INN", "by code", "a person by code", "the only payer"],
)
@pytest.mark.parametrize("fallback", ["last_active", "refuse"])
def test_only_inactive_matches_are_refused(counterparty: Counterparty, known: list[Payer], fallback: str) -> None:
    """“If the only matches by INN or code are inactive: refused, ``payer_inactive``”.

    “… the last-active rule serves only when nothing matched.”
    """
    refusal = refused(counterparty, known, fallback=fallback)
    assert refusal.code is QuarantineCode.PAYER_INACTIVE
    assert '#1 "Payer 1"' in refusal.message
    assert "activate it" in refusal.message
    assert [(lost.candidate.id, lost.why) for lost in refusal.lost] == [(1, "it is inactive")]


def test_active_code_match_beats_inactive_inn_match() -> None:
    """“If the *only* matches … are inactive”: an active match by code is a match, and the inactive one is named."""
    answer = resolve_payer(firm(code="01"), [payer(1, INN, active=False), payer(2, code="01"), payer(3)])
    assert isinstance(answer, PayerMatch)
    assert (answer.payer.id, answer.rule) == (2, PayerRule.ACCOUNTING_CODE)
    assert [(lost.candidate.id, lost.why) for lost in answer.lost] == [(1, "it is inactive")]


@pytest.mark.parametrize("known", [[], [payer(1, OTHER, active=False)]], ids=["no payer", "none active"])
def test_none_active_is_refused(known: list[Payer]) -> None:
    """“None active: refused.”"""
    refusal = refused(firm(), known)
    assert refusal.code is QuarantineCode.NO_PAYER
    assert "Ромашка" in refusal.message
    assert "BILLmanager" in refusal.message
    assert len(refusal.lost) == len(known)


def test_fallback_refuse() -> None:
    """“``fallback="refuse"`` turns the last-active rule off”, and nothing else."""
    refusal = refused(firm(code="01"), [payer(1)], fallback="refuse")
    assert refusal.code is QuarantineCode.NO_PAYER
    assert INN in refusal.message
    assert "01" in refusal.message
    assert chosen(firm(), [payer(1, INN), payer(2)], fallback="refuse") == (1, PayerRule.INN)


def test_unknown_fallback() -> None:
    """A misspelt setting is refused loudly; it must not turn a guess on."""
    with pytest.raises(SettingsError, match="refuze"):
        resolve_payer(firm(), [payer(1)], fallback="refuze")  # type: ignore[arg-type]  # the misspelling is the point


def test_no_counterparty_is_refused() -> None:
    """A document that names no counterparty is refused even where the client has an active payer."""
    answer = resolve_payer(None, [payer(1)])
    assert isinstance(answer, PayerRefusal)
    assert answer.code is QuarantineCode.NO_PAYER


# ---------------------------------------------------------------------------------------------------- properties


@given(counterparties, payers)
def test_answer_names_rule_and_losers(counterparty: Counterparty, known: list[Payer]) -> None:
    """“The answer names the rule that chose and the candidates that lost”: everyone who agreed, or else everyone."""
    answer = resolve_payer(counterparty, known)
    inn = "" if counterparty.is_person else counterparty.inn
    agree = {
        one.id
        for one in known
        if (inn and one.inn == inn) or (counterparty.code and one.accounting_code == counterparty.code)
    }
    lost = {one.candidate.id for one in answer.lost}
    assert all(one.reasons for one in answer.lost)
    match answer:
        case PayerMatch():
            assert answer.payer.active
            assert lost == (agree or {one.id for one in known}) - {answer.payer.id}
            assert (answer.rule is PayerRule.LAST_ACTIVE) == (not agree)
        case PayerRefusal():
            assert lost == (agree or {one.id for one in known})
            assert (answer.code is QuarantineCode.PAYER_INACTIVE) == bool(agree)
            assert not any(one.active for one in known if one.id in agree or not agree)
            assert answer.code.waits_for == "data"


@given(counterparties, payers)
def test_the_rules_in_order(counterparty: Counterparty, known: list[Payer]) -> None:
    """The choice equals the one that the rules give when each is written down as a filter."""
    active = sorted((one for one in known if one.active), key=lambda one: one.id)
    same_inn = [one for one in active if one.inn == counterparty.inn != ""] if not counterparty.is_person else []
    same_kpp = [one for one in same_inn if one.kpp == counterparty.kpp != ""] or same_inn
    same_both = [one for one in same_kpp if one.accounting_code == counterparty.code != ""] or same_kpp
    same_code = [one for one in active if one.accounting_code == counterparty.code != ""]
    match resolve_payer(counterparty, known):
        case PayerMatch() as answer:
            assert answer.payer == (same_both or same_code or active)[-1]
        case PayerRefusal():
            assert not same_inn
            assert not same_code


@given(counterparties, payers, st.integers(0, 2**32), st.sampled_from(["last_active", "refuse"]))
def test_payer_order_is_irrelevant(counterparty: Counterparty, known: list[Payer], seed: int, fallback: Any) -> None:
    """The answer is the same in whatever order, and however often, the payers come."""
    shuffled = [*known, *known]
    Random(seed).shuffle(shuffled)
    assert resolve_payer(counterparty, shuffled, fallback=fallback) == resolve_payer(
        counterparty, known, fallback=fallback
    )


@given(counterparties, payers, st.sampled_from(["last_active", "refuse"]))
def test_index_answers_alike(counterparty: Counterparty, known: list[Payer], fallback: Any) -> None:
    """An index of the payers gives the answer that the payers give, each time it is asked."""
    index = PayerIndex(known)
    assert list(index) == sorted(known, key=lambda one: one.id)
    for _ in range(2):
        assert resolve_payer(counterparty, index, fallback=fallback) == resolve_payer(
            counterparty, known, fallback=fallback
        )


def test_one_payer_in_two_states() -> None:
    """A payer that a list shows twice, changed in between, does not make the answer depend on the order."""
    twice = [payer(1, INN), payer(1, INN, active=False), payer(1, OTHER)]
    answers = {str(resolve_payer(firm(), order)) for order in (twice, twice[::-1], twice[1:] + twice[:1])}
    assert len(answers) == 1


def test_payer_wrong_inn_is_reported() -> None:
    """“a wrong check digit is reported, never fatal.”"""
    answer = resolve_payer(firm("7707083894"), [payer(1, "7707083894")])
    assert isinstance(answer, PayerMatch)
    assert "7707083894" in answer.notes[0]
    assert "check digit" in answer.notes[0]
