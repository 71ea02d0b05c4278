"""What type checkers must see of tables and pictures. Checked by mypy, never run."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

import pandas as pd

from billmanager_1c.views import (
    Bars,
    Cell,
    Column,
    Picture,
    Status,
    Table,
    Tone,
    cell_text,
    data_frame,
    display_width,
    html,
    plot,
    text,
    to_dicts,
)


def a_table(amount: Decimal) -> Table:
    """A row is made of cells, which are what a report holds."""
    cells: list[Cell] = ["ООО «Проба»", amount, Status("held", Tone.WAITING), None]
    Table(columns=["who"], rows=[[object()]])  # type: ignore[list-item]  # not everything is a cell
    return Table(title="Payments", columns=[Column("who"), "amount", "state", "note"], rows=[cells])


def drawn(table: Table) -> None:
    """It is drawn for a terminal, for a page, for pandas."""
    assert_type((text(table, width=80), html(table)), tuple[str, str])
    assert_type(to_dicts(table), list[dict[str, Cell]])
    assert_type(data_frame(table), pd.DataFrame)
    assert_type((cell_text(Decimal("1000.00"), thousands=" "), display_width("счёт")), tuple[str, int])


def a_picture(amounts: list[Decimal]) -> Picture:
    """Bars are drawn from exact amounts."""
    return plot([Bars(title="Credited", labels=["1", "2"], series={"RUB": amounts}, unit="RUB")])
