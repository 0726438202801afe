# ruff: noqa: E501 - SQL and message templates
"""Geospatial basics: GEOGRAPHY values as GeoJSON text. Vendor page: "Geospatial functions"."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import rows
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Geospatial"
_TYPES = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
}  # fmt: skip


def to_geojson(text: str) -> str:
    """GeoJSON or WKT as canonical GeoJSON. Raises 100205."""
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            value: Any = json.loads(stripped)
        except ValueError:
            raise _bad(text) from None
        if not isinstance(value, dict) or "type" not in value:
            raise _bad(text)
        return canonical(value)
    return canonical(_from_wkt(stripped))


def canonical(value: dict[str, Any]) -> str:
    """JSON with sorted keys; coordinates are doubles, whole ones without a point."""
    return orjson.dumps(_whole(value), option=orjson.OPT_SORT_KEYS).decode()


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _bad(text: str) -> errors.SnowflakeError:
    return errors.SnowflakeError(
        100205, "22023", f"Error parsing Geo input: {text[:100]}. Did not recognize valid GeoJSON, (E)WKT or (E)WKB."
    )


def _from_wkt(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"(?:SRID=\d+;)?\s*([A-Z]+?)\s*(?:Z|M|ZM)?\s*(\(.*\))", text, re.S | re.I)
    if match is None or match.group(1).upper() not in _TYPES:
        raise _bad(text)
    number = r"-?[\d.]+(?:[eE][-+]?\d+)?"
    body = re.sub(rf"{number}(?:\s+{number})+", lambda found: f"[{','.join(found.group().split())}]", match.group(2))
    listed = body.replace("(", "[").replace(")", "]")
    try:
        coordinates: Any = json.loads(listed)
    except ValueError:
        raise _bad(text) from None
    name = _TYPES[match.group(1).upper()]
    return {"type": name, "coordinates": coordinates[0] if name == "Point" else coordinates}


@udf("sf_geo_text", "VARCHAR", "VARCHAR")
def _as_wkt(text: str) -> str:
    value = json.loads(text)

    def ring(points: Any) -> str:
        if points and isinstance(points[0], int | float):
            return " ".join(f"{number:g}" for number in points)
        return "(" + ",".join(ring(point) for point in points) + ")"

    body = ring(value["coordinates"])
    return str(value["type"]).upper() + (f"({body})" if value["type"] == "Point" else body)


rows(
    CATEGORY,
    [
        ("ST_ASWKT ST_ASTEXT", "g", m.text(), "sf_geo_text({0})"),
        ("ST_ASGEOJSON", "g", m.object_(), "{0}"),
        ("ST_X", "g", m.real(), "CAST(json_extract({0}, '$.coordinates[0]') AS DOUBLE)"),
        ("ST_Y", "g", m.real(), "CAST(json_extract({0}, '$.coordinates[1]') AS DOUBLE)"),
        (
            "ST_MAKEPOINT ST_POINT",
            "ff",
            m.geography(),
            "('{{\"coordinates\":[' || CAST({0} AS VARCHAR) || ',' || CAST({1} AS VARCHAR) || '],\"type\":\"Point\"}}')",
        ),
    ],
)
