"""INN (design.md §5): text, normalised by its outer spaces only, with check digits that are reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.models import Company, CompanyId, Inn, InnProblem, check_inn, normalize_code, normalize_inn

digits9 = st.text("0123456789", min_size=9, max_size=9)
digits10 = st.text("0123456789", min_size=10, max_size=10)


def control(digits: str) -> str:
    """Work out the check digit that follows, from the right end, as the published table of weights may be read."""
    total = 0
    for place, weight in enumerate((8, 6, 4, 9, 5, 3, 10, 4, 2, 7, 3)[: len(digits)], 1):
        total += int(digits[-place]) * weight
    return str(total % 11)[-1]


@given(digits9)
def test_ten_digits(start: str) -> None:
    """Of the ten numbers that begin with nine given digits, exactly the one with the check digit is right."""
    right = {last for last in "0123456789" if check_inn(start + last) is None}
    assert right == {control(start)}
    assert check_inn(start + str((int(control(start)) + 1) % 10)) is InnProblem.CHECK_DIGIT


@given(digits10)
def test_twelve_digits(start: str) -> None:
    """Of the hundred numbers that begin with ten given digits, exactly one has both check digits."""
    first = control(start)
    right = {f"{last:02}" for last in range(100) if check_inn(f"{start}{last:02}") is None}
    assert right == {first + control(start + first)}


@pytest.mark.parametrize("inn", ["7707083893", "7736050003", "500100732259"])
def test_known_numbers_are_right(inn: str) -> None:
    """Published numbers of well-known taxpayers pass."""
    assert check_inn(inn) is None


@pytest.mark.parametrize(
    ("inn", "problem"),
    [
        ("1234567890", InnProblem.CHECK_DIGIT),
        ("0012123456", InnProblem.CHECK_DIGIT),
        ("500100732250", InnProblem.CHECK_DIGIT),
        ("500100732209", InnProblem.CHECK_DIGIT),
        ("", InnProblem.LENGTH),
        ("12345678", InnProblem.LENGTH),
        ("77070838931", InnProblem.LENGTH),
        ("7707083893000", InnProblem.LENGTH),
        ("770708389X", InnProblem.NOT_DIGITS),
        (" 7707083893", InnProblem.NOT_DIGITS),
        ("-707083893", InnProblem.NOT_DIGITS),
        ("٧٧٠٧٠٨٣٨٩٣", InnProblem.NOT_DIGITS),
        ("770708389²", InnProblem.NOT_DIGITS),
    ],
)
def test_problems(inn: str, problem: InnProblem) -> None:
    """What is wrong is said; digits of other scripts are no digits."""
    assert check_inn(inn) is problem


@given(st.text())
def test_check_is_total(text: str) -> None:
    """Any text gets an answer, and only ten or twelve digits can be right."""
    if check_inn(text) is None:
        assert text.isascii()
        assert text.isdigit()
        assert len(text) in (10, 12)


@given(st.text(), st.text(" \t\r\n\u00a0\u2007\u3000\ufeff\u200b"), st.text(" \t\r\n\u00a0\u2007\u3000\ufeff\u200b"))
def test_outer_space_is_all_that_goes(text: str, before: str, after: str) -> None:
    """“compared as text without outer spaces, leading zeros kept”: nothing inside changes, and once is enough."""
    code = normalize_code(text)
    assert normalize_code(before + text + after) == code
    assert normalize_code(code) == code
    assert code in text


def test_normalisation() -> None:
    """Zeros stay, padding goes, and an absent INN is an empty one."""
    assert normalize_inn("0012123456  ") == "0012123456"
    assert normalize_inn("0001") != normalize_inn("1")
    assert normalize_inn("12 34") == "12 34"
    assert normalize_inn(None) == normalize_inn("") == normalize_inn("  ") == ""


def test_models_normalise_on_entry() -> None:
    """A value holds INN and KPP in the form in which they are compared."""
    company = Company(id=CompanyId(1), name="Хостинг", inn=Inn(" 7707083893 "), kpp="770701001\u00a0")
    assert (company.inn, company.kpp) == ("7707083893", "770701001")
