"""What fails the build of the docs: a link that leads nowhere."""

from __future__ import annotations

import runpy
from pathlib import Path

from docs_pages import ROOT

dead_links = runpy.run_path(str(ROOT / "docs" / "internal_links.py"))["dead_links"]


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    """A missing page, a missing place and a missing file are each named with their page; good links are not."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.html").write_text(
        '<a href="sub/b.html#here">x</a><a href="#own">x</a><p id="own"><a href="https://far.example/#x">x</a>'
        '<a href="#">x</a><a href="gone.html">x</a><a href="sub/b.html#nowhere">x</a><img src="sub/none.png">'
    )
    (tmp_path / "sub" / "b.html").write_text('<h1 id="here"></h1><a href="../a.html#%6Fwn">x</a><a href="#lost">x</a>')
    assert sorted(dead_links(tmp_path)) == [
        "a.html: gone.html",
        "a.html: sub/b.html#nowhere",
        "a.html: sub/none.png",
        "sub/b.html: #lost",
    ]
