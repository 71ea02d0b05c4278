"""The tables of the docs say the same as the code."""

from __future__ import annotations

import re
import sys

import pytest
from docs_pages import ROOT, rows

from billmanager_1c.errors import BillManager1CError
from billmanager_1c.models import QuarantineCode

sys.path.append(str(ROOT / "tests" / "simulation"))
from sim_faults import Fault


def test_every_fault_is_told() -> None:
    """The page on faults has all 75, in order, with the words of the simulation and what is done about each."""
    told = [row for row in rows("faults.md") if row[0].isdigit()]
    assert [(int(row[0]), row[1].lower()) for row in told] == [(one.number, one.sentence.lower()) for one in Fault]
    assert all(row[2] and row[3] for row in told)


@pytest.mark.parametrize(("page", "heading"), [("when-something-is-wrong.md", "code"), ("ru/errors.md", "код")])
def test_every_code_is_told(page: str, heading: str) -> None:
    """Both pages for operators have every code of a refusal, in the order of the enumeration, once."""
    told = [match[1] for row in rows(page) if (match := re.fullmatch(r"`(\w+)`", row[0]))]
    assert [code for code in told if code in set(QuarantineCode)] == list(QuarantineCode)
    assert heading in {row[0] for row in rows(page)}


def test_sentences_of_codes_are_those_of_the_library() -> None:
    """The English table has the sentence of each code, and who is awaited."""
    told = {row[0].strip("`"): row[1:3] for row in rows("when-something-is-wrong.md")}
    assert {code.value: told[code.value] for code in QuarantineCode} == {
        code.value: [code.sentence, code.waits_for] for code in QuarantineCode
    }


def test_russian_page_names_every_exception() -> None:
    """Each leaf of the tree of exceptions is on the Russian page."""

    def leaves(kind: type[BillManager1CError]) -> list[str]:
        # Others may have leaves of their own, such as the adapter of the tutorial.
        ours = [sub for sub in kind.__subclasses__() if sub.__module__ == kind.__module__]
        below = [name for sub in ours for name in leaves(sub)]
        return below or [kind.__name__]

    text = (ROOT / "docs" / "ru" / "errors.md").read_text(encoding="utf-8")
    assert [name for name in leaves(BillManager1CError) if f"`{name}`" not in text] == []
