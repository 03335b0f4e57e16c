"""Sphinx configuration. Reference pages are written from the installed program, so they cannot say anything else."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
os.environ.setdefault("NO_COLOR", "1")

import rivalry  # noqa: E402 - the paths above come first

project = "Rivalry"
author = "The Rivalry maintainers"
copyright = author
release = version = rivalry.__version__

extensions = ["myst_parser", "rivalry_reference"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext", "_static"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "dollarmath"]
nitpicky = True

html_theme = "furo"
html_title = "Rivalry"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sphinx = False
