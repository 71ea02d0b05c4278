"""A table as a piece of HTML that needs nothing else, for notebooks and mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import attrs

from ..models import Money
from ._cells import EMPTY, cell_text, clean
from ._table import Cell, Status, Table, Tone

#: U+202F, a narrow space at which no line is broken
_THOUSANDS = "\u202f"

# Text keeps the colour of the page, light or dark; only the small sign is coloured. The colours are those of Okabe and
# Ito, which colour-blind people can tell apart, darkened or lightened until they stand out from the page.
_LIGHT = "{--good:#007a59;--changed:#0072b2;--waiting:#a06000;--bad:#c04a00;--quiet:#707070}"
_DARK = "{--good:#1fc79a;--changed:#56b4e9;--waiting:#e69f00;--bad:#ff8a4c;--quiet:#9a9a9a}"
# JupyterLab has a theme of its own beside the system's; where it says so, its word counts. Its tables are set to the
# right by a rule as strong as one class and one tag: ours name the class twice.
_STYLE = f"""
.bm1c{_LIGHT}
@media (prefers-color-scheme:dark){{.bm1c{_DARK}}}
[data-jp-theme-light="true"] .bm1c{_LIGHT}
[data-jp-theme-light="false"] .bm1c{_DARK}
.bm1c{{--line:rgba(128,128,128,.45);max-width:100%;overflow-x:auto;color:inherit}}
.bm1c.bm1c table{{border-collapse:collapse;margin:0;width:auto;table-layout:auto}}
.bm1c.bm1c caption{{text-align:left;font-weight:600;padding:.3em .6em;caption-side:top;color:inherit}}
.bm1c.bm1c th,.bm1c.bm1c td{{padding:.25em .6em;text-align:left;vertical-align:top;white-space:nowrap;border:0;
border-bottom:1px solid var(--line);background:none;max-width:none}}
.bm1c.bm1c td.long{{white-space:normal;overflow-wrap:anywhere;min-width:10em;max-width:50em}}
.bm1c.bm1c td.wide{{min-width:20em}}
.bm1c.bm1c thead th{{border-bottom-width:2px}}
.bm1c.bm1c tfoot td{{border-top:2px solid var(--line);border-bottom:0;font-weight:600}}
.bm1c.bm1c th.num,.bm1c.bm1c td.num{{text-align:right;font-variant-numeric:tabular-nums}}
.bm1c .sign{{display:inline-block;min-width:1.2em;font-weight:700}}
.bm1c thead button{{all:unset;cursor:pointer}}
.bm1c thead button:focus-visible,.bm1c input:focus-visible{{outline:2px solid var(--changed)}}
.bm1c th[aria-sort=ascending] button::after{{content:" ▲"}}
.bm1c th[aria-sort=descending] button::after{{content:" ▼"}}
.bm1c input{{display:block;font:inherit;font-weight:400;color:inherit;background:none;border:1px solid var(--line);
border-radius:3px;margin:.3em 0;padding:.15em .4em;width:min(24em,90%);box-sizing:border-box}}
.bm1c p{{margin:.3em .6em;max-width:60em;overflow-wrap:anywhere}}
""" + "".join(f".bm1c .{tone.name.lower()} .sign{{color:var(--{tone.name.lower()})}}\n" for tone in Tone)
# On a telephone a row is a paragraph: what is short side by side, what is long below it, what is empty left out.
_NARROW = """@media (max-width:700px){
.bm1c.bm1c table,.bm1c.bm1c caption,.bm1c.bm1c thead,.bm1c.bm1c tbody,.bm1c.bm1c tfoot{display:block;width:auto}
.bm1c.bm1c tr:not([hidden]){display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line);padding:.2em 0}
.bm1c.bm1c thead tr{border-bottom-width:2px}
.bm1c.bm1c th,.bm1c.bm1c td{border:0;padding:.1em .6em}
.bm1c.bm1c td.long{flex:1 0 100%;box-sizing:border-box;min-width:0;max-width:none}
.bm1c.bm1c td.none{display:none}
}
"""

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
    "var w=this.value.toLowerCase();Array.from(this.closest('table').tBodies[0].rows)"
    ".forEach(function(r){r.hidden=!r.textContent.toLowerCase().includes(w)})"
)
_FEW = 12
"""So many rows are seen at a glance and need no filter."""
_LONG, _WIDE = 40, 120
"""A longer text may be broken into lines; one that is longer still gets more room."""


def html(table: Table) -> str:
    """Draw the table as an HTML fragment with its own style. A click on a heading sorts, a field filters.

    Everything that comes from outside is escaped, and nothing is loaded from anywhere. Where a page forbids code, the
    table only stands still. A table wider than the page scrolls by itself; in a narrow window a row is a paragraph.
    """
    return "".join(_parts(table))


def _parts(table: Table) -> Iterator[str]:
    title = escape(clean(table.title))
    table = _without_empty_columns(table)
    looks = [_look(table, index) for index in range(len(table.columns))]
    # A region that scrolls must be reachable by keyboard and have a name.
    yield f'<div class="bm1c" role="region" tabindex="0" aria-label="{title or "table"}">'
    yield f"<style>{_STYLE}{_NARROW}</style>\n"
    yield "<table>\n"
    field = ""
    if len(table.rows) > _FEW:
        field = f'<input type="search" placeholder="filter" aria-label="filter the rows" oninput="{escape(_FILTER)}">'
    if title or field:
        yield f"<caption>{title}{field}</caption>\n"
    heads = (
        f'<th scope="col"{_class(look)}><button type="button">{escape(clean(column.title))}</button></th>'
        for column, look in zip(table.columns, looks, strict=True)
    )
    yield f'<thead onclick="{escape(_SORT)}"><tr>{"".join(heads)}</tr></thead>\n<tbody>\n'
    for row in table.rows:
        yield _row(row, looks)
    yield "</tbody>\n"
    if table.totals is not None:
        yield f"<tfoot>\n{_row(table.totals, looks, empty='')}</tfoot>\n"
    yield "</table>\n"
    for note in table.footnotes:
        yield f"<p>{escape(clean(note))}</p>\n"
    yield "</div>"


def _without_empty_columns(table: Table) -> Table:
    """Leave out the columns that say nothing of any row: a page is narrow. The first always stays."""
    rows = [*table.rows, *([table.totals] if table.totals is not None else [])]
    told = [i for i in range(len(table.columns)) if i == 0 or not rows or any(row[i] not in (None, "") for row in rows)]
    return attrs.evolve(
        table,
        columns=[table.columns[index] for index in told],
        rows=[[row[index] for index in told] for row in table.rows],
        totals=None if table.totals is None else [table.totals[index] for index in told],
    )


def _look(table: Table, index: int) -> str:
    """Say how a column is set."""
    if table.is_numeric(index):
        return "num"
    longest = max((len(cell_text(row[index])) for row in table.rows if isinstance(row[index], str)), default=0)
    return "long wide" if longest > _WIDE else "long" if longest > _LONG else ""


def _row(row: Sequence[Cell], looks: Sequence[str], empty: str = EMPTY) -> str:
    return f"<tr>{''.join(_cell(cell, look, empty) for cell, look in zip(row, looks, strict=True))}</tr>\n"


def _cell(cell: Cell, look: str, empty: str) -> str:
    if isinstance(cell, Status):
        sign = f'<span class="sign" aria-hidden="true">{cell.tone.sign}</span>'
        return f'<td class="status {cell.tone.name.lower()}">{sign} {escape(clean(cell.word))}</td>'
    value = f' data-v="{_number(cell)}"' if look == "num" and cell is not None else ""
    nothing = "none" if cell in (None, "") else ""
    shown = escape(cell_text(cell, thousands=_THOUSANDS, empty=empty))
    return f"<td{_class(look, nothing)}{value}>{shown}</td>"


def _number(cell: Cell) -> str:
    """Return what a column of numbers is sorted by."""
    return str(cell.amount if isinstance(cell, Money) else cell)


def _class(*names: str) -> str:
    text = " ".join(filter(None, names))
    return f' class="{text}"' if text else ""
