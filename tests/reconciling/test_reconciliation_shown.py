"""A reconciliation is good to look at in a terminal, in a notebook, as data and as a picture."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from papers import CONTRACTS, DAY, GUIDS, document, payment

from billmanager_1c import reconcile
from billmanager_1c.models import Counterparty, PaymentId
from billmanager_1c.plans.reconcile import RemotePayment
from billmanager_1c.reports import LineClass, ReconciledLine, Reconciliation
from billmanager_1c.views import Bars, plot

LONG = "Общество с ограниченной ответственностью «Межрегиональное производственно-хостинговое объединение» " * 3


@pytest.fixture
def found() -> Reconciliation:
    """Four documents: one agrees, one differs, one is missing, and one has a long name and a stranger beside it."""
    client = Counterparty(id=GUIDS[0], name=LONG, inn="7707083893")
    papers = [document(guid, "1234567.50", counterparty=client) for guid in GUIDS]
    stranger = RemotePayment(
        id=PaymentId(9), status=4, amount=Decimal("1234567.50"), currency="RUB", paid_on=DAY, payer_name=LONG
    )
    moneys = [payment(1, "1234567.50", of=papers[0]), payment(2, "1.00", of=papers[1]), stranger]
    return reconcile(papers, moneys)


def test_terminal(found: Reconciliation) -> None:
    """First how much of which class, then the lines, aligned, with both sums and what may be done."""
    shown = str(found)
    summary, lines = shown.split("\n\n")
    assert "1 234 567.50" in summary
    assert "amount_diff" in lines
    assert "payment 9 (50: same amount, the same day)" in lines
    assert "✓ ok" in summary
    assert "✓ ok" not in lines
    assert "✓ ok" in repr_text(found, "ok")


def repr_text(found: Reconciliation, *classes: str) -> str:
    """The table of some classes as text."""
    from billmanager_1c.views import text

    return text(found.table(*classes))


def test_notebook(found: Reconciliation) -> None:
    """Two tables; names are escaped and wrapped, and no status is told by colour alone."""
    nasty = attrs.evolve(found, lines=(attrs.evolve(found.lines[0], who=f"<img src=x>{LONG}"), *found.lines[1:]))
    page = nasty._repr_html_()
    assert page.count("<table>") == 2
    assert "<img" not in page
    assert LONG.rsplit(maxsplit=1)[-1] in page
    assert 'class="sign"' in page
    assert "prefers-color-scheme:dark" in page


def test_a_notebook_is_not_drowned(found: Reconciliation) -> None:
    """Of thousands of lines some hundreds are shown, and the page says where the others are."""
    many = attrs.evolve(found, lines=tuple(attrs.evolve(found.lines[0], number=str(n)) for n in range(1000)))
    assert many._repr_html_().count("<tr>") < 250
    assert "800 more lines are not shown" in str(many)
    assert len(many.table().rows) == 1000


def test_data(found: Reconciliation) -> None:
    """Rows as dictionaries, with money as Decimal, chosen by class."""
    (row,) = found.to_dicts("amount_diff")
    assert (row["class"], row["amount"], row["credited"]) == ("amount_diff", Decimal("1234567.50"), Decimal("1.00"))
    assert len(found.to_dicts(*LineClass)) == 5
    with pytest.raises(ValueError, match="no_such_class"):
        found.table("no_such_class")


def test_json(found: Reconciliation) -> None:
    """JSON that any program reads: counts and totals always, money as text, lines that agree when asked for."""
    told = json.loads(found.to_json())
    assert told["counts"]["ok"] == 1
    assert told["totals"]["ok"]["RUB"] == {"lines": 1, "onec": "1234567.50", "billmanager": "1234567.50"}
    assert {line["line_class"] for line in told["lines"]} == {"amount_diff", "missing_remote", "extra_remote"}
    assert len(json.loads(found.to_json(ok=True))["lines"]) == 5
    assert told["lines"][0]["who"] == LONG


def test_lines_that_agree_are_a_sequence(found: Reconciliation) -> None:
    """They are made when they are asked for, in order, and compare by what they are."""
    papers = [document(guid, date=DAY - dt.timedelta(days=n)) for n, guid in enumerate(GUIDS)]
    moneys = [payment(n, of=one, day=one.date) for n, one in enumerate(papers, 1)]
    ok = reconcile(papers, moneys).ok
    assert [line.date for line in ok] == sorted(one.date for one in papers)
    assert ok[0] == ok[:1][0] == ok[-4]
    assert len(ok) == 4
    assert ok == tuple(ok)
    assert ok != found.ok
    assert isinstance(ok[0], ReconciledLine)


def test_days_show_both_sides(found: Reconciliation) -> None:
    """Each day has what 1C shows and what was credited; the main currency is the one of most money."""
    (day,) = found.days()
    assert (day.day, day.onec, day.billmanager) == (DAY, Decimal("4938270.00"), Decimal("2469136.00"))
    assert found.days("USD") == ()


def test_currencies_are_not_added_up() -> None:
    """Roubles and dollars have totals of their own."""
    papers = [document(), document(GUIDS[1], currency="USD", contract=CONTRACTS[2])]
    found = reconcile(papers, [payment(n, of=one) for n, one in enumerate(papers, 1)])
    assert {currency: total.lines for currency, total in found.totals["ok"].items()} == {"RUB": 1, "USD": 1}
    assert len(found.summary().rows) == 2


def test_data_frame(found: Reconciliation) -> None:
    """As a pandas frame, money stays what it is."""
    pytest.importorskip("pandas")
    frame = found.to_pandas()
    assert list(frame["class"].unique()) == ["extra_remote", "amount_diff", "missing_remote"]
    assert frame["amount"].dropna().map(type).eq(Decimal).all()


def test_picture(found: Reconciliation) -> None:
    """1C against BILLmanager by day, and money by class: drawn, and shown by a notebook without pyplot."""
    pytest.importorskip("matplotlib")
    picture = found.plot()
    days, by_class = picture.figure.axes
    assert [bar.get_height() for bar in days.patches] == [4938270.0, 2469136.0]
    labels = [label.get_text() for label in by_class.get_yticklabels()]
    assert labels == ["extra_remote", "amount_diff", "missing_remote"]
    assert by_class.get_title("left") == "By class, without 1 234 567.50 RUB that agree"
    assert picture._repr_png_().startswith(b"\x89PNG")
    reconcile([], []).plot()._repr_png_()


def test_bars_must_fit_their_labels() -> None:
    """A drawing whose series is too short is refused with its name, and dollar signs are no formula."""
    with pytest.raises(ValueError, match="1 values of 'x' for 2 labels"):
        Bars(title="t", labels=["a", "b"], series={"x": [Decimal(1)]})
    pytest.importorskip("matplotlib")
    plot([Bars(title="$x_", labels=["$1$_"], series={"$": [Decimal(1)]}, unit="$", lying=True)])._repr_png_()


def test_the_page_names_every_class_in_its_order() -> None:
    """The table of the docs has the fourteen classes, in the order in which they go before each other."""
    page = (Path(__file__).parents[2] / "docs" / "reconciling.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(LineClass)
