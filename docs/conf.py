"""How the user guide is built: ``make docs`` writes it to ``site/``."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "dw-simulator"
author = "the dw-simulator maintainers"
version = release = installed_version("dw-simulator")
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "dw-simulator"
html_static_path = ["images"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
pygments_style = "default"
pygments_dark_style = "github-dark"
