"""Tables as HTML."""

import re
from decimal import Decimal
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.views import Column, Status, Table, Tone, html

VOID = {"br", "hr", "img", "meta", "link", "input"}


class Reader(HTMLParser):
    """Collect tags and texts, and insist that every tag is closed in its turn."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(fragment)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Remember the text and the tag that it is in."""
        if data.strip():
            self.texts.append((self.open[-1], data))

    def within(self, tag: str) -> list[str]:
        """Return the texts directly in such a tag."""
        return [data for owner, data in self.texts if owner == tag]


TABLE = Table(
    title="Exported",
    columns=("ref", Column("amount", "Сумма"), "action"),
    rows=[("ПКО 1", Decimal("1234567.5"), Status("exported", Tone.GOOD)), ("ПКО 2", None, Status("held", Tone.BAD))],
    totals=("Total", Decimal("1234567.50"), None),
    footnotes=("One is held.",),
)


def test_structure() -> None:
    """A captioned table with headings, a body, totals at its foot and notes below."""
    page = Reader(html(TABLE))
    assert page.within("caption") == ["Exported"]
    assert page.within("button") == ["ref", "Сумма", "action"]
    assert page.within("p") == ["One is held."]
    assert [tag for tag, _ in page.tags if tag in ("thead", "tbody", "tfoot")] == ["thead", "tbody", "tfoot"]
    assert all(attrs["scope"] == "col" for tag, attrs in page.tags if tag == "th")


def test_money_is_set_to_the_right_and_not_broken() -> None:
    """Numbers are right-aligned, with a narrow space at which no line breaks."""
    assert '<td class="num" data-v="1234567.5">1\u202f234\u202f567.50</td>' in html(TABLE)
    assert '<th scope="col" class="num"><button type="button">Сумма</button></th>' in html(TABLE)


def test_status_has_sign_and_word() -> None:
    """No status is told by colour alone: each has its own sign, and its word."""
    assert len({tone.sign for tone in Tone}) == len(Tone)
    for tone in Tone:
        fragment = html(Table(columns=["x"], rows=[(Status("the word", tone),)]))
        assert f'<td class="status {tone.name.lower()}"><span class="sign" aria-hidden="true">{tone.sign}' in fragment
        assert "</span> the word</td>" in fragment


def test_light_and_dark_are_readable() -> None:
    """Every colour of a status stands out from a white and from a dark page by at least 4.5 to 1."""
    style = re.sub(r"\s", "", html(TABLE))
    light = dict(re.findall(r"--(\w+):(#\w{6})", style[style.index(".bm1c{") : style.index("@media")]))
    dark = dict(
        re.findall(r"--(\w+):(#\w{6})", style[style.index("@media(prefers-color-scheme:dark)") :].split("}")[0])
    )
    assert light.keys() == dark.keys() == {tone.name.lower() for tone in Tone}
    assert min(contrast(colour, "#ffffff") for colour in light.values()) >= 4.5
    assert min(contrast(colour, "#1e1e1e") for colour in dark.values()) >= 4.5


def contrast(one: str, other: str) -> float:
    """Work out the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_self_contained() -> None:
    """The fragment loads nothing, runs nothing but its own two handlers, and its style touches nothing outside."""
    fragment = html(TABLE)
    assert not re.search(r"<script|<link|@import|url\(|https?:", fragment)
    handlers = {name for _, attrs in Reader(fragment).tags for name in attrs if name.startswith("on")}
    assert handlers == {"onclick"}
    style = fragment.partition("<style>")[2].partition("</style>")[0]
    selectors = re.findall(r"(?:^|[{}])\s*([^{}@]+)\{", style)
    assert selectors
    assert all(".bm1c" in part for selector in selectors for part in selector.split(","))


def test_wide_tables_scroll() -> None:
    """A table wider than the page scrolls in its own frame, which the keyboard can reach."""
    (frame,) = [attrs for tag, attrs in Reader(html(TABLE)).tags if tag == "div"]
    assert (frame["tabindex"], frame["role"], frame["aria-label"]) == ("0", "region", "Exported")
    assert "overflow-x:auto" in html(TABLE)
    assert "overflow-wrap:anywhere" in html(TABLE)


@given(st.text(), st.text(), st.text(), st.text())
def test_everything_is_escaped(title: str, head: str, cell: str, note: str) -> None:
    """No text of a title, heading, cell, status or note becomes a tag or an attribute."""
    nasty = '<img src=x onerror="alert(1)">&amp;\'"'
    table = Table(
        title=title + nasty,
        columns=[Column("a", head + nasty), Column("b", "b")],
        rows=[(cell + nasty, Status(nasty + cell))],
        totals=(nasty, nasty),
        footnotes=[note + nasty],
    )
    page = Reader(html(table))
    assert {tag for tag, _ in page.tags} == {
        *("div", "style", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "button", "td", "span", "p")
    }
    handlers = {value for _, attrs in page.tags for name, value in attrs.items() if name.startswith("on")}
    assert handlers == {value for _, attrs in Reader(html(TABLE)).tags for n, value in attrs.items() if n == "onclick"}
    for tag in ("caption", "button", "td", "p"):
        assert any(nasty in data for data in page.within(tag))
    html(table).encode("utf-8")


def test_untitled_table() -> None:
    """A table without title and totals has neither caption nor foot, and its frame still has a name."""
    fragment = html(Table(columns=["x"]))
    assert "<caption" not in fragment
    assert "<tfoot" not in fragment
    assert 'aria-label="table"' in fragment


def test_long_table_can_be_filtered() -> None:
    """More rows than are seen at a glance have a field that filters them; a few have none."""
    tags = [tag for tag, _ in Reader(html(Table(columns=["x"], rows=[(str(n),) for n in range(20)]))).tags]
    assert tags.count("input") == 1
    assert "input" not in [tag for tag, _ in Reader(html(TABLE)).tags]


def test_columns_without_a_word_are_left_out() -> None:
    """What says nothing of any row takes no room; without rows all headings stand."""
    table = Table(columns=["a", "b", "c"], rows=[("", None, "x"), ("", "", "y")])
    assert Reader(html(table)).within("button") == ["a", "c"]
    assert Reader(html(Table(columns=["a", "b"]))).within("button") == ["a", "b"]
    kept = Table(columns=["a", "b"], rows=[("x", None)], totals=("", 1))
    assert Reader(html(kept)).within("button") == ["a", "b"]


def test_long_texts_may_be_broken() -> None:
    """Short cells stay on one line; sentences are broken, and get the more room the longer they are."""
    table = Table(columns=["short", "name", "reason"], rows=[("x" * 40, "n" * 41, "r" * 121), ("", "n", "r")])
    cells = [attrs.get("class") for tag, attrs in Reader(html(table)).tags if tag == "td"]
    assert cells == [None, "long", "long wide", "none", "long", "long wide"]


def test_long_tables_have_a_field_to_filter_by() -> None:
    """A table that is seen at a glance has none."""
    few, many = (Table(columns=["x"], rows=[(str(number),) for number in range(rows)]) for rows in (12, 13))
    assert "<input" not in html(few)
    assert html(many).count("<input") == 1
