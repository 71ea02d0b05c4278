"""How the docs are built: ``nox -s docs``."""

from importlib.metadata import version as version_of

project = "billmanager_1c"
author = "the billmanager_1c authors"
copyright = f"2026, {author}"
release = version = version_of("billmanager-1c")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
autoclass_content = "class"
napoleon_numpy_docstring = False
# A field is told by the comment above it; the constructor's signature names it once more.
napoleon_use_ivar = True

html_theme = "furo"
html_title = "billmanager_1c"
