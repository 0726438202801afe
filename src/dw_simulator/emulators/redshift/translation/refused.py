"""Documented functions that are not emulated, and why: a call is refused by name."""

from __future__ import annotations

from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError

_OVERLAY = "it overlays shapes, which needs a geometry engine"
_GRID = "the grid of H3 is not there"
_MODEL = "there are no machine learning models"

REFUSED: dict[str, str] = {
    "explain_model": _MODEL,
    "h3_boundary": _GRID,
    "h3_center": _GRID,
    "h3_fromlonglat": _GRID,
    "h3_frompoint": _GRID,
    "h3_polyfill": _GRID,
    "st_angle": "its convention for degenerate angles is not documented",
    "st_buffer": _OVERLAY,
    "st_convexhull": "the order of the vertices is not documented",
    "st_geohash": "its precision for shapes other than points is not documented",
    "st_geomfromgeohash": "its rounding is not documented",
    "st_intersection": _OVERLAY,
    "st_isvalid": "it needs a geometry engine",
    "st_memsize": "Redshift's memory layout is not documented",
    "st_union": _OVERLAY,
    "reboot_cluster": "there is no cluster to start again",
}
"""Function in lower case to the reason that stands in the error."""


def refuse(name: str) -> None:
    """Raise for a function of the list.

    Raises:
        UnsupportedFeatureError: the function, with the reason.
    """
    reason = REFUSED.get(name)
    if reason is not None:
        raise UnsupportedFeatureError(f"function {name.upper()} ({reason})")
