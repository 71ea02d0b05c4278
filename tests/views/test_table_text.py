"""Tables as plain text."""

import datetime as dt
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.models import Money
from billmanager_1c.views import Cell, Column, Status, Table, Tone, display_width, text

REPORT = Table(
    title="Выгрузка платежей",
    columns=("ref", Column("amount", "Сумма"), Column("action", "Что сделано"), "payment"),
    rows=[
        ("ПКО 00001", Decimal("1234567.5"), Status("exported", Tone.GOOD), 1001),
        ("Платёж 2", Decimal("-0.10"), Status("quarantined", Tone.BAD), None),
    ],
    totals=("Итого", Decimal("1234567.40"), None, None),
    footnotes=("Никого не ждём.",),
)


def test_the_whole_drawing() -> None:
    """Headings, a rule, rows, totals below a rule, footnotes; numbers to the right, thousands set apart."""
    assert text(REPORT).splitlines() == [
        "Выгрузка платежей",
        "ref               Сумма  Что сделано    payment",
        "─────────  ────────────  ─────────────  ───────",
        "ПКО 00001  1 234 567.50  ✓ exported        1001",
        "Платёж 2          -0.10  ✗ quarantined        –",
        "─────────  ────────────  ─────────────  ───────",
        "Итого      1 234 567.40",
        "Никого не ждём.",
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, "–"),
        ("", ""),
        (True, "yes"),
        (False, "no"),
        (1234567, "1234567"),
        (Decimal(5), "5.00"),
        (Decimal("1E+6"), "1 000 000.00"),
        (Decimal("0.125"), "0.125"),
        (Decimal("12345678901234567890123456789012.10"), "12 345 678 901 234 567 890 123 456 789 012.10"),
        (Decimal("NaN"), "NaN"),
        (Money(Decimal("1000.00"), "RUB"), "1 000.00 RUB"),
        (Money(Decimal(7)), "7.00"),
        (dt.date(2026, 11, 1), "2026-11-01"),
        (dt.datetime(2026, 11, 1, 12, 30, tzinfo=dt.UTC), "2026-11-01 12:30:00 UTC"),
        (Status("held", Tone.WAITING), "… held"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\x1b[31mred\x07", "[31mred"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_cells(cell: Cell, expected: str) -> None:
    """Each kind of value has one way to be written, on one line, without anything that could steer a terminal."""
    assert text(Table(columns=["x"], rows=[(cell,)])).split("\n")[2].strip() == expected


def test_money_of_a_column_is_aligned() -> None:
    """Money lines up at its point, and an absent amount does not make the column a text."""
    lines = text(Table(columns=["sum"], rows=[(Decimal(5),), (None,), (Decimal("1234.00"),)])).splitlines()
    assert lines[2:] == ["    5.00", "       –", "1 234.00"]


@pytest.mark.parametrize(
    ("line", "width"),
    [("Плательщик", 10), ("日本", 4), ("е\u0308", 1), ("и\u0306х", 2), ("a\u200bb", 2), ("", 0), ("ｆｕｌｌ", 8)],
)
def test_display_width(line: str, width: int) -> None:
    """Wide characters take two columns of a terminal, combining and invisible ones none."""
    assert display_width(line) == width


def test_columns_line_up_whatever_the_script() -> None:
    """The second column starts at one place below wide and combined characters."""
    rows = [("日本語", "|"), ("е\u0308лка", "|"), ("plain", "|")]
    lines = text(Table(columns=["name", "x"], rows=rows)).splitlines()[2:]
    assert {display_width(line.partition("|")[0]) for line in lines} == {8}


def test_wrapping() -> None:
    """In a narrow terminal the widest text is broken at spaces; numbers and short texts stay whole."""
    reason = "The client has no active payer; add one"
    table = Table(columns=["ref", "sum", "reason"], rows=[("ПКО 1", Decimal("1234567.00"), reason)])
    assert text(table, width=46).splitlines() == [
        "ref             sum  reason",
        "─────  ────────────  ─────────────────────────",
        "ПКО 1  1 234 567.00  The client has no active",
        "                     payer; add one",
    ]


def test_sentences_go_below_their_rows() -> None:
    """Where there is no room beside the other columns, sentences of the last columns have the whole width."""
    reason = "The client has no active payer; add or activate one in BILLmanager"
    table = Table(columns=["ref", Column("sum", "Сумма"), "reason"], rows=[("ПКО 1", Decimal(5), reason), ("2", 7, "")])
    assert text(table, width=50).splitlines() == [
        "ref    Сумма",
        "─────  ─────",
        "ПКО 1   5.00",
        "    The client has no active payer; add or",
        "    activate one in BILLmanager",
        "2          7",
    ]
    assert text(table, width=None).splitlines()[2] == f"ПКО 1   5.00  {reason}"


def test_several_sentences_are_named() -> None:
    """Below a row each sentence says which column it is of; the first column always stays in the row."""
    long = "a sentence that is longer than forty characters"
    table = Table(columns=["what", "why", "what lost"], rows=[(long, long, long)])
    assert text(table, width=60).splitlines()[2:] == [
        long,
        f"    why: {long}",
        "    what lost: a sentence that is longer than forty",
        "    characters",
    ]


@pytest.mark.parametrize("width", range(26, 43))
def test_all_the_width_is_used(width: int) -> None:
    """Columns give up exactly the room that is missing, the widest first and equal ones alike."""
    rule = text(Table(columns=["a", "b"], rows=[("x" * 20, "y" * 20)]), width=width).splitlines()[1]
    left, right = map(len, rule.split())
    assert left + 2 + right == width
    assert abs(left - right) <= 1


def test_long_words_are_cut_and_not_lost() -> None:
    """A word longer than its column goes on in the next line, and no letter loses its accent."""
    word = "е\u0308" * 30
    lines = text(Table(columns=["x"], rows=[(word,)]), width=12).splitlines()[2:]
    assert "".join(lines) == word
    assert all(display_width(line) <= 12 and not unicodedata.combining(line[0]) for line in lines)


def test_long_names_are_cut_behind_a_mark() -> None:
    """A code that is too long for its column is cut where it is put together."""
    lines = text(Table(columns=["x"], rows=[("company_ambiguous",), ("a_company_ambiguous",)]), width=12).splitlines()
    assert lines[2:] == ["company_", "ambiguous", "a_company_", "ambiguous"]


plain = st.text(st.characters(exclude_categories=["C", "M", "Z"]), min_size=1, max_size=30)
money = st.decimals(-(10**9), 10**9, allow_nan=False, places=2)


@given(st.lists(st.tuples(plain, money, plain), max_size=5))
def test_no_line_is_wider_and_nothing_is_lost(rows: list[tuple[str, Decimal, str]]) -> None:
    """Given room for its numbers, a table fits the width; every character of every cell is still there."""
    table = Table(columns=["a", "b", "c"], rows=rows)
    for width in (None, 40):
        lines = text(table, width=width).splitlines()
        assert width is None or all(display_width(line) <= width for line in lines)
        expected = "".join(f"{a}{b:f}{c}" for a, b, c in rows)
        assert sorted("".join(lines[2:]).replace(" ", "")) == sorted(expected)


def test_no_rows_and_no_columns() -> None:
    """An empty table is its headings; a table of nothing is its title."""
    assert text(Table(title="Nothing", columns=["a", "b"])).splitlines() == ["Nothing", "a  b", "─  ─"]
    assert text(Table(title="Nothing", columns=[])) == "Nothing"
    assert text(Table(columns=[])) == ""


@given(st.integers(-5, 200))
def test_any_width_is_drawn(width: int) -> None:
    """No width makes it fail or cut a number."""
    assert "1 234 567.50" in text(REPORT, width=width)
