"""Everything that is returned can be looked at: as text, as a table, as data, as a picture."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sights import FIRST_DAY, Sights

from billmanager_1c.views import Table, display_width

THINGS = (
    "plan",
    "report",
    "explanation",
    "reconciliation",
    "quarantined",
    "unknown",
    "found",
    "suggestions",
    "accounts",
)


@pytest.fixture(scope="module")
def things(sights: Sights) -> dict[str, Any]:
    """What the verbs return, by name."""
    engine = sights.engine
    twin = next(one for one in sights.world.troubles if one.name == "limit exceeded")
    assert twin.ref is not None
    return {
        "plan": sights.before,
        "report": sights.first,
        "explanation": engine.explain(twin.ref),
        "reconciliation": engine.reconcile(FIRST_DAY),
        "quarantined": engine.quarantined(),
        "unknown": engine.unknown(),
        "found": engine.find(amount=Decimal(500)),
        "suggestions": engine.suggest_bindings(),
        "accounts": engine.load_accounts(),
    }


@pytest.mark.parametrize("name", THINGS)
def test_text_fits_a_terminal(name: str, things: dict[str, Any]) -> None:
    """No line is wider than a hundred columns, and no row is lost."""
    printed = str(things[name])
    assert [line for line in printed.splitlines() if display_width(line) > 100] == []
    assert len(printed.splitlines()) >= len(things[name].to_dicts())


@pytest.mark.parametrize("name", THINGS)
def test_notebook_shows_a_table(name: str, things: dict[str, Any]) -> None:
    """A notebook gets a table with as many rows as there are."""
    fragment = things[name]._repr_html_()
    assert fragment.count('<div class="bm1c"') == fragment.count("</div>")
    assert fragment.count("<tr>") >= len(things[name].to_dicts())


@pytest.mark.parametrize("name", THINGS)
def test_data_keeps_its_values(name: str, things: dict[str, Any]) -> None:
    """Dictionaries and frames have the same rows, and money stays exact."""
    rows = things[name].to_dicts()
    assert rows
    for row in rows:
        assert not any(isinstance(value, float) for value in row.values())
    pytest.importorskip("pandas", reason="NOT TRIED: pandas is not installed; the extra notebook has it")
    assert len(things[name].to_pandas()) == len(things[name].table().rows)


@pytest.mark.parametrize("name", ["plan", "report", "reconciliation"])
def test_pictures(name: str, things: dict[str, Any]) -> None:
    """What has money by day can be drawn, in the currency of most lines or in another."""
    pytest.importorskip("matplotlib", reason="NOT TRIED: matplotlib is not installed; the extra notebook has it")
    picture = things[name].plot()
    assert [axis.get_title(loc="left").partition(",")[0].split()[0] for axis in picture.figure.axes] == ["By", "By"]
    assert "RUB" in {axis.get_ylabel() for axis in picture.figure.axes}
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert "EUR" in {axis.get_ylabel() for axis in things[name].plot("EUR").figure.axes}


def test_the_answer_comes_first(things: dict[str, Any]) -> None:
    """An explanation begins with the document and how it stands, without saying the document's name again and again."""
    printed = str(things["explanation"])
    title, heads, _, first, *_ = printed.splitlines()
    assert "ООО «Наличные»" in title
    assert heads.startswith("state")
    assert first.startswith("✗ quarantined")
    assert printed.count("Приходный кассовый ордер 00000000002") == 1


def test_what_lost_has_rows_of_its_own(things: dict[str, Any]) -> None:
    """Below a choice stand the candidates that lost, each with its reasons."""
    table: Table = things["explanation"].choices()
    lost = [str(row[-1]) for row in table.rows if str(row[1]).endswith("lost")]
    assert len(lost) == 6
    assert sum("above its maximum" in why for why in lost) == 1


def test_lists_are_lists(sights: Sights) -> None:
    """A list that shows itself is still a list; an empty one says so."""
    refused = sights.engine.quarantined()
    assert isinstance(refused, list)
    assert refused == list(refused)
    nobody = sights.engine.find(inn="0000000000")
    assert nobody == []
    assert "There is none." in str(nobody)


def test_status_says_what_to_do(sights: Sights) -> None:
    """The exchange at a glance: whether it is on, what stands, what waits, each refusal with its sentence."""
    status = sights.engine.status()
    assert "✓ on" in str(status)
    assert "refused: no_payer" in str(status)
    assert "add or activate one in BILLmanager" in " ".join(str(status).split())
    sights.engine.pause("stock-taking")
    try:
        assert "✗ off" in str(sights.engine.status())
        assert "paused: stock-taking" in sights.engine.status()._repr_html_()
    finally:
        sights.engine.resume()
