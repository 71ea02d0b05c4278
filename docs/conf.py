"""How the docs are built: ``nox -s docs``."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.napoleon.docstring import GoogleDocstring

project = "billmanager_1c"
author = "the billmanager_1c authors"
copyright = f"2026, {author}"
release = version = version_of("billmanager-1c")

sys.path.append(str(Path(__file__).parent))
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
extensions += ["public_names", "internal_links"]  # ours
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True  # a default is shown as it is written, not as the world of values behind it
autodoc_default_options = {"members": True}
autoclass_content = "class"
napoleon_numpy_docstring = False

# A reference that leads nowhere is an error (nox -s docs). These lead out of the project, or say less than nothing:
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(collections|dt|datetime|decimal|enum|os|pathlib|ssl|uuid)\..*"),
    (r"py:.*", r"(attrs|httpx|pd|psycopg|pytest)\..*"),
    (r"py:.*", r"(.*\.)?(R|T|R_co|T_co)"),  # type variables
    # What a parameter or an answer is, where nobody has to name it:
    (r"py:class", r"billmanager_1c\.engine\._(async_driver|diagnose|driver)\.\w*Client"),
    (r"py:class", r"billmanager_1c\.(matching\._answer\.Named|plans\.reconcile\._inputs\.LinkLike)"),
    (
        r"py:class",
        r"billmanager_1c\.testing\.(_wire|billmanager\._state|onec\._errors|onec\._foundation|onec\._schema)\..*",
    ),
    (r"py:class", r"AsyncTransport|BlockingTransport|Verify"),
]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_js_files = ["pages.js"]
html_title = "billmanager_1c"


def whole_comment(self: GoogleDocstring) -> list[str]:
    """Take the comment of a field as it stands; napoleon would make a type of what is before the first colon."""
    return list(self._consume_to_end())


GoogleDocstring._parse_attribute_docstring = whole_comment


def end_with_text(app: Sphinx, doctree: nodes.document) -> None:
    """Leave out the empty lines below a class that is shown out of the middle of a file."""
    for block in doctree.findall(nodes.literal_block):
        if block.rawsource == block.astext():  # else it has markup in it
            block.rawsource = block.rawsource.rstrip()
            block[:] = [nodes.Text(block.rawsource)]


def setup(app: Sphinx) -> None:
    """Tell Sphinx of it."""
    app.connect("doctree-read", end_with_text)
