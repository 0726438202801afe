"""Did you mean …?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 40


def did_you_mean(name: str, known: Iterable[str], listing: str) -> str:
    """``did you mean 'total'? its columns are: id, total``; only the listing where nothing is similar."""
    names = list(known)
    by_lower = {other.lower(): other for other in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    shown = ", ".join(names[:MOST_LISTED]) + (", …" if len(names) > MOST_LISTED else "")
    guess = f"did you mean {by_lower[close[0]]!r}? " if close else ""
    return f"{guess}{listing}: {shown}"
