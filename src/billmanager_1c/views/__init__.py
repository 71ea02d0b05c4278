"""Tables for people: a value that the reports fill, and pure functions that draw it.

``text`` draws for a terminal, ``html`` for a notebook, ``to_dicts`` and ``data_frame`` hand the rows to a program,
``plot`` draws bars.
Nothing here reads a clock, a terminal or the environment.
"""

from ._cells import cell_text
from ._data import data_frame, to_dicts
from ._html import html
from ._plot import Bars, Picture, plot
from ._table import Cell, Column, Status, Table, Tone
from ._text import display_width, text

__all__ = [
    "Bars",
    "Cell",
    "Column",
    "Picture",
    "Status",
    "Table",
    "Tone",
    "cell_text",
    "data_frame",
    "display_width",
    "html",
    "plot",
    "text",
    "to_dicts",
]
