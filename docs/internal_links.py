"""A Sphinx extension: a link within the docs leads to a page that is there, and to a place that is on it.

Sphinx resolves what it knows as references. What is left, such as the links of included files, the anchors that a theme
adds and the files behind downloads, is looked up in what was built.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: anchors that scripts of the theme make or take
_OF_SCRIPTS = {"", "top"}


class _Page(HTMLParser):
    """The places of a page, and where it leads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: set[str] = set(_OF_SCRIPTS)
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places |= {place for name in ("id", "name") if (place := given.get(name))}
        wanted = given.get("href") if tag in {"a", "link"} else given.get("src")
        if wanted and not urlsplit(wanted).scheme and not urlsplit(wanted).netloc:
            self.links.append(wanted)


def dead_links(folder: Path) -> list[str]:
    """Return the links that lead nowhere, each after its page."""
    pages = {path: _Page(path) for path in folder.resolve().rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            is_there = target.is_file()
            if is_there and target in pages and parts.fragment:
                is_there = unquote(parts.fragment) in pages[target].places
            if not is_there:
                dead.append(f"{path.relative_to(folder.resolve())}: {link}")
    return dead


def check_links(app: Sphinx, error: Exception | None) -> None:
    """Warn of each link that leads nowhere."""
    from sphinx.util import logging

    if error is None and app.builder.format == "html":
        for link in dead_links(Path(app.outdir)):
            logging.getLogger(__name__).warning("a link leads nowhere: %s", link)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of it."""
    app.connect("build-finished", check_links)
    return {"parallel_read_safe": True}
