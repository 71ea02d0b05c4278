"""How the docs are built: ``nox -s docs``."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.ext.napoleon.docstring import GoogleDocstring

project = "billmanager_1c"
author = "the billmanager_1c authors"
copyright = f"2026, {author}"
release = version = version_of("billmanager-1c")

sys.path.append(str(Path(__file__).parent))
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "public_names"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
autoclass_content = "class"
napoleon_numpy_docstring = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_js_files = ["pages.js"]
html_title = "billmanager_1c"


def whole_comment(self: GoogleDocstring) -> list[str]:
    """Take the comment of a field as it stands; napoleon would make a type of what is before the first colon."""
    return list(self._consume_to_end())


GoogleDocstring._parse_attribute_docstring = whole_comment
