"""Did you mean …?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 40
MOST_LISTED_BESIDES = 8


def did_you_mean(name: str, known: Iterable[str], listing: str) -> str:
    """``did you mean 'total'?``, and what there is: all of it where nothing is similar, else only if that is short."""
    names = list(known)
    by_lower = {other.lower(): other for other in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    if close and len(names) > MOST_LISTED_BESIDES:
        return f"did you mean {by_lower[close[0]]!r}?"
    shown = ", ".join(names[:MOST_LISTED]) + (", …" if len(names) > MOST_LISTED else "")
    guess = f"did you mean {by_lower[close[0]]!r}? " if close else ""
    return f"{guess}{listing}: {shown}"
