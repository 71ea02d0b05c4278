"""Tables as values and as data."""

import sys
from decimal import Decimal

import attrs
import pytest

from billmanager_1c.views import Column, Status, Table, Tone, data_frame, to_dicts

TABLE = Table(
    title="Exported",
    columns=("ref", Column("amount", "Сумма"), "action", "payment"),
    rows=[
        ("ПКО 1", Decimal("1234567.10"), Status("exported", Tone.GOOD), 1001),
        ("ПКО 2", None, Status("held", Tone.BAD), None),
    ],
    totals=("Total", Decimal("1234567.10"), None, None),
)


def test_dicts_by_key() -> None:
    """Rows are dictionaries by key; money stays ``Decimal``, a status is its word, totals are left out."""
    assert to_dicts(TABLE) == [
        {"ref": "ПКО 1", "amount": Decimal("1234567.10"), "action": "exported", "payment": 1001},
        {"ref": "ПКО 2", "amount": None, "action": "held", "payment": None},
    ]


def test_data_frame_keeps_values() -> None:
    """A frame holds the same values: no float is made of money, nor of ids where one is missing."""
    pandas = pytest.importorskip("pandas")
    frame = data_frame(TABLE)
    assert list(frame.columns) == ["ref", "amount", "action", "payment"]
    assert type(frame["amount"][0]) is Decimal
    assert type(frame["payment"][0]) is int
    assert isinstance(data_frame(Table(columns=["a", "b"])), pandas.DataFrame)
    assert list(data_frame(Table(columns=["a", "b"])).columns) == ["a", "b"]


def test_data_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pandas the error says what to install."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match=r"billmanager-1c\[notebook\]"):
        data_frame(TABLE)


def test_rows_have_as_many_cells_as_columns() -> None:
    """A row or totals of another length is refused at once, with the table's title."""
    with pytest.raises(ValueError, match=r'"Bills": 1 cells for 2 columns'):
        Table(title="Bills", columns=["a", "b"], rows=[("x",)])
    with pytest.raises(ValueError, match="3 cells for 2 columns"):
        Table(columns=["a", "b"], totals=("x", "y", "z"))
    with pytest.raises(ValueError, match="same key"):
        Table(columns=["a", "a"])


def test_a_table_is_a_value() -> None:
    """Lists given become tuples, generators are read once, equal tables are equal, and nothing changes one."""
    one = Table(columns=["a"], rows=([number] for number in range(3)), footnotes=["n"])
    assert one == Table(columns=(Column("a", "a"),), rows=((0,), (1,), (2,)), footnotes=("n",))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.title = "other"  # type: ignore[misc]  # forbidden on purpose
