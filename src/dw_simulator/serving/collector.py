"""Python's collector of cyclic garbage while a service starts.

Imports make hundreds of thousands of objects that stay: a collector that looks through them again and again costs a
tenth of the start. Afterwards they are put out of its sight, which shortens every later collection as well.
"""

from __future__ import annotations

import gc


def pause() -> None:
    """Collect nothing until :func:`resume`."""
    gc.disable()


def resume() -> None:
    """Collect again, but never look at what is there now."""
    gc.freeze()
    gc.enable()
