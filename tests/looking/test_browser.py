"""What a real browser makes of the notebook: nothing breaks the page, headings sort, the field filters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Page, browsing, find_browser
from notebooks import draw

pytestmark = pytest.mark.slow

#: a folder to keep the pictures in, for somebody to look at
SHOTS = os.environ.get("LOOKING_SHOTS")
PLAN = "document.querySelectorAll('.bm1c')[1]"


@pytest.fixture(scope="module")
def pages(executed: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The notebook as pages, light and dark."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for theme in ("light", "dark"):
        found[theme] = folder / f"{theme}.html"
        found[theme].write_text(draw(executed, theme), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of a browser."""
    program = find_browser()
    if program is None:
        pytest.skip("NOT TRIED: no Chromium; install it (Debian: apt-get install chromium) and run nox -s browser")
    with browsing(program) as page:
        yield page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 480])
def test_nothing_breaks_the_page(page: Page, pages: dict[str, Path], theme: Any, width: int) -> None:
    """On a wide page and on a narrow one, light and dark, nothing hangs out at the side and no code complains."""
    page.show(pages[theme], width=width, scheme=theme)
    if SHOTS:
        page.photograph(Path(SHOTS) / f"{theme}-{width}.png")
    assert page.ask("document.documentElement.scrollWidth") == width
    wide = f"[...document.querySelectorAll('.bm1c')].map(d => d.getBoundingClientRect().right).filter(r => r > {width})"
    assert page.ask(wide) == []
    assert page.complaints == []


def test_columns_are_set_as_they_should_be(page: Page, pages: dict[str, Path]) -> None:
    """Jupyter sets tables to the right; ours stand to the left, and numbers to the right."""
    page.show(pages["light"], width=1400)
    aligned = f"[...{PLAN}.querySelectorAll('tbody tr:first-child td')].map(c => getComputedStyle(c).textAlign)"
    assert page.ask(aligned) == ["left", "left", "left", "left", "right", "left", "left", "left"]
    cut = f"[...{PLAN}.querySelectorAll('td')].filter(c => c.scrollWidth > c.clientWidth + 1).length"
    assert page.ask(cut) == 0


def test_long_texts_are_read_without_scrolling(page: Page, pages: dict[str, Path]) -> None:
    """On a telephone a row is a paragraph: every sentence is on the screen."""
    page.show(pages["light"], width=480)
    right = f"Math.max(...[...{PLAN}.querySelectorAll('td')].map(c => c.getBoundingClientRect().right))"
    assert page.ask(right) <= 480


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signs_stand_out(page: Page, pages: dict[str, Path], theme: Any) -> None:
    """The colours of signs follow the theme of the page, and no two kinds of sign have one."""
    page.show(pages[theme], width=1400, scheme=theme)
    script = "[...document.querySelectorAll('.sign')].map(s => s.textContent + ' ' + getComputedStyle(s).color)"
    looks = sorted(set(page.ask(script)))
    assert (
        len(looks) == len({look.partition(" ")[0] for look in looks}) == len({look.partition(" ")[2] for look in looks})
    )
    expected = {"light": "✓ rgb(0, 122, 89)", "dark": "✓ rgb(31, 199, 154)"}
    assert expected[theme] in looks


def column(page: Page, index: int) -> list[str]:
    """Read a column of the plan as it is shown."""
    rows = f"[...{PLAN}.querySelectorAll('tbody tr')].filter(r => r.offsetParent !== null)"
    found: list[str] = page.ask(f"{rows}.map(r => r.cells[{index}].dataset.v || r.cells[{index}].textContent)")
    return found


def test_a_click_on_a_heading_sorts(page: Page, pages: dict[str, Path]) -> None:
    """Money is sorted as money, once up and once down; the heading says which way, also to a screen reader."""
    page.show(pages["light"], width=1400)
    before = column(page, 4)
    amount = f"{PLAN}.querySelectorAll('th button')[4]"
    page.click(amount)
    assert column(page, 4) == sorted(before, key=float)
    assert page.ask(f"{amount}.parentNode.getAttribute('aria-sort')") == "ascending"
    page.click(amount)
    assert column(page, 4) == sorted(before, key=float, reverse=True)
    assert page.ask(f"getComputedStyle({amount}, '::after').content") == '" ▼"'
    page.click(f"{PLAN}.querySelectorAll('th button')[0]")
    assert column(page, 0) == sorted(column(page, 0))
    assert page.ask(f"{amount}.parentNode.getAttribute('aria-sort')") is None
    if SHOTS:
        page.photograph(Path(SHOTS) / "sorted.png", PLAN)


def test_the_field_filters(page: Page, pages: dict[str, Path]) -> None:
    """What is typed leaves the rows that contain it, in whatever case; an empty field shows all again."""
    page.show(pages["light"], width=1400)
    every = column(page, 6)
    page.click(f"{PLAN}.querySelector('input')")
    page.type("NO_METHOD")
    assert set(column(page, 6)) == {"no_method"}
    assert 0 < len(column(page, 6)) < len(every)
    if SHOTS:
        page.photograph(Path(SHOTS) / "filtered.png", PLAN)
    page.ask(f"{PLAN}.querySelector('input').select()")
    page.type("запад")
    assert len(column(page, 6)) in (0, 1, 2)
    page.ask(
        f"{PLAN}.querySelector('input').value = ''; {PLAN}.querySelector('input').dispatchEvent(new Event('input'))"
    )
    assert column(page, 6) == every
    others = (
        "[...document.querySelectorAll('.bm1c')].slice(2).flatMap(d => [...d.querySelectorAll('tr[hidden]')]).length"
    )
    assert page.ask(others) == 0


def test_a_keyboard_is_enough(page: Page, pages: dict[str, Path]) -> None:
    """Headings can be reached and pressed without a mouse."""
    page.show(pages["light"], width=1400)
    button = f"{PLAN}.querySelectorAll('th button')[2]"
    page.ask(f"{button}.focus()")
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    assert column(page, 2) == sorted(column(page, 2), key=int)
