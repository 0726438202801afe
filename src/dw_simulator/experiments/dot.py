"""Text for Graphviz. Its page "The DOT Language": names and labels may hold anything, so they are always written in
HTML-like strings, and nodes are named by us.
"""

from __future__ import annotations

import re
from html import escape

MEDIA_TYPE = "text/vnd.graphviz"

_NOT_XML = re.compile("[^\\t\\n\\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML text may hold, not even as a reference."""


def text(value: object) -> str:
    """Any text within an HTML-like label, on one line."""
    return escape(re.sub(r"\s", " ", _NOT_XML.sub("\ufffd", str(value))), quote=True)


def digraph(lines: list[str], *, defaults: str) -> str:
    """A graph from left to right."""
    body = "\n".join(f"  {line}" for line in ("rankdir=LR", defaults, *lines))
    return f"digraph {{\n{body}\n}}\n"
