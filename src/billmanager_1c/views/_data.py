"""A table as data: plain dictionaries, or a pandas frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._table import Cell, Status, Table

if TYPE_CHECKING:
    import pandas as pd


def to_dicts(table: Table) -> list[dict[str, Cell]]:
    """Return each row as a dictionary by column key.

    Values stay what they are (money stays ``Decimal``); a status becomes its word. Totals and footnotes are left out.
    """
    keys = [column.key for column in table.columns]
    return [
        {key: cell.word if isinstance(cell, Status) else cell for key, cell in zip(keys, row, strict=True)}
        for row in table.rows
    ]


def data_frame(table: Table) -> pd.DataFrame:
    """Return the rows as a pandas frame, with money as ``Decimal`` objects.

    Raises:
        ModuleNotFoundError: pandas is not installed; it comes with the extra ``notebook``.
    """
    try:
        import pandas as pd
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'A data frame needs pandas; install it with: pip install "billmanager-1c[notebook]"', name=error.name
        ) from error
    # dtype=object: pandas would otherwise guess, and a guess makes floats of ids that are missing in one row.
    return pd.DataFrame(to_dicts(table), columns=[column.key for column in table.columns], dtype=object)
