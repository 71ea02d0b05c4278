"""A table as a piece of HTML that needs nothing else, for notebooks and mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ..models import Money
from ._cells import EMPTY, cell_text, clean
from ._table import Cell, Status, Table, Tone

#: U+202F, a narrow space at which no line is broken
_THOUSANDS = "\u202f"

# Text keeps the colour of the page, light or dark; only the small sign is coloured. The colours are those of Okabe and
# Ito, which colour-blind people can tell apart, darkened or lightened until they stand out from the page.
_LIGHT = "{--good:#007a59;--changed:#0072b2;--waiting:#a06000;--bad:#c04a00;--quiet:#707070}"
_DARK = "{--good:#1fc79a;--changed:#56b4e9;--waiting:#e69f00;--bad:#ff8a4c;--quiet:#9a9a9a}"
# JupyterLab has a theme of its own beside the system's; where it says so, its word counts.
_STYLE = f"""
.bm1c{_LIGHT}
@media (prefers-color-scheme:dark){{.bm1c{_DARK}}}
[data-jp-theme-light="true"] .bm1c{_LIGHT}
[data-jp-theme-light="false"] .bm1c{_DARK}
.bm1c{{--line:rgba(128,128,128,.45);max-width:100%;overflow-x:auto;color:inherit}}
.bm1c table{{border-collapse:collapse;margin:0;width:max-content}}
.bm1c caption{{text-align:left;font-weight:600;padding:.3em .6em}}
.bm1c th,.bm1c td{{padding:.25em .6em;text-align:left;vertical-align:top;max-width:40em;overflow-wrap:anywhere;
white-space:normal;border:0;border-bottom:1px solid var(--line);background:none}}
.bm1c thead th{{border-bottom-width:2px}}
.bm1c tfoot td{{border-top:2px solid var(--line);border-bottom:0;font-weight:600}}
.bm1c th.num,.bm1c td.num{{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}}
.bm1c td.status{{white-space:nowrap}}
.bm1c .sign{{display:inline-block;min-width:1.2em;font-weight:700}}
.bm1c thead button{{all:unset;cursor:pointer}}
.bm1c thead button:focus-visible,.bm1c input:focus-visible{{outline:2px solid var(--changed)}}
.bm1c th[aria-sort=ascending] button::after{{content:" ▲"}}
.bm1c th[aria-sort=descending] button::after{{content:" ▼"}}
.bm1c input{{font:inherit;color:inherit;background:none;border:1px solid var(--line);border-radius:3px;
margin:.3em .6em;padding:.15em .4em;width:min(24em,90%)}}
.bm1c p{{margin:.3em .6em;max-width:60em;overflow-wrap:anywhere}}
""" + "".join(f".bm1c .{tone.name.lower()} .sign{{color:var(--{tone.name.lower()})}}\n" for tone in Tone)

# The code stands in attributes: a notebook keeps it with the table, and nothing gets a name that others could see.
_SORT = (
    "var h=event.target.closest('th');if(h){var b=h.closest('table').tBodies[0],i=h.cellIndex,"
    "d=h.getAttribute('aria-sort')==='ascending'?-1:1,"
    "v=function(r){var c=r.cells[i];return c.dataset.v||c.textContent};"
    "Array.from(h.parentNode.cells).forEach(function(c){c.removeAttribute('aria-sort')});"
    "h.setAttribute('aria-sort',d>0?'ascending':'descending');"
    "Array.from(b.rows).sort(function(x,y){var p=v(x),q=v(y);return d*(isNaN(p)||isNaN(q)?p.localeCompare(q):p-q)})"
    ".forEach(function(r){b.appendChild(r)})}"
)
_FILTER = (
    "var w=this.value.toLowerCase();Array.from(this.parentNode.querySelector('table').tBodies[0].rows)"
    ".forEach(function(r){r.hidden=!r.textContent.toLowerCase().includes(w)})"
)
_FEW = 8
"""So many rows are seen at a glance and need no filter."""


def html(table: Table) -> str:
    """Draw the table as an HTML fragment with its own style. A click on a heading sorts, a field filters.

    Everything that comes from outside is escaped, and nothing is loaded from anywhere. Where a page forbids code, the
    table only stands still. A table wider than the page scrolls by itself.
    """
    return "".join(_parts(table))


def _parts(table: Table) -> Iterator[str]:
    title = escape(clean(table.title))
    numeric = [table.is_numeric(index) for index in range(len(table.columns))]
    # A region that scrolls must be reachable by keyboard and have a name.
    yield f'<div class="bm1c" role="region" tabindex="0" aria-label="{title or "table"}">'
    yield f"<style>{_STYLE}</style>\n"
    if len(table.rows) > _FEW:
        yield f'<input type="search" placeholder="filter" aria-label="filter the rows" oninput="{escape(_FILTER)}">\n'
    yield "<table>\n"
    if title:
        yield f"<caption>{title}</caption>\n"
    heads = (
        f'<th scope="col"{_class("num" if right else "")}><button type="button">{escape(clean(column.title))}'
        "</button></th>"
        for column, right in zip(table.columns, numeric, strict=True)
    )
    yield f'<thead onclick="{escape(_SORT)}"><tr>{"".join(heads)}</tr></thead>\n<tbody>\n'
    for row in table.rows:
        yield _row(row, numeric)
    yield "</tbody>\n"
    if table.totals is not None:
        yield f"<tfoot>\n{_row(table.totals, numeric, empty='')}</tfoot>\n"
    yield "</table>\n"
    for note in table.footnotes:
        yield f"<p>{escape(clean(note))}</p>\n"
    yield "</div>"


def _row(row: Sequence[Cell], numeric: Sequence[bool], empty: str = EMPTY) -> str:
    return f"<tr>{''.join(_cell(cell, right, empty) for cell, right in zip(row, numeric, strict=True))}</tr>\n"


def _cell(cell: Cell, right: bool, empty: str) -> str:
    if isinstance(cell, Status):
        sign = f'<span class="sign" aria-hidden="true">{cell.tone.sign}</span>'
        return f'<td class="status {cell.tone.name.lower()}">{sign}{escape(clean(cell.word))}</td>'
    value = f' data-v="{_number(cell)}"' if right and cell is not None else ""
    shown = escape(cell_text(cell, thousands=_THOUSANDS, empty=empty))
    return f"<td{_class('num' if right else '')}{value}>{shown}</td>"


def _number(cell: Cell) -> str:
    """Return what a column of numbers is sorted by."""
    return str(cell.amount if isinstance(cell, Money) else cell)


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
