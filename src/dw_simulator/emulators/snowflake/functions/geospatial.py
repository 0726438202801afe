# ruff: noqa: E501 - SQL and message templates
"""Geospatial basics: GEOGRAPHY values as GeoJSON text. Vendor page: "Geospatial functions"."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.geometry_text import WktReader, to_wkt
from dw_simulator.emulators.snowflake.functions.registry import rows
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Geospatial"


def to_geojson(text: str) -> str:
    """GeoJSON, WKT or WKB in hexadecimal as canonical GeoJSON. Raises 100205."""
    stripped = text.strip()
    if re.fullmatch(r"0[01](?:[0-9A-Fa-f]{2})+", stripped):
        from dw_simulator.emulators.snowflake.functions.geometry_formats import from_wkb_bytes

        return from_wkb_bytes(bytes.fromhex(stripped))
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


def check_globe(shape: dict[str, Any]) -> None:
    """Raises SnowflakeError 100205: a longitude is not in -180..180, or a latitude not in -90..90."""
    inner = [*shape.get("geometries", ()), *shape.get("features", ()), shape.get("geometry")]
    for part in inner:
        if isinstance(part, dict):
            check_globe(part)
    where = {"Polygon": "Polygon::Loop", "MultiPolygon": "Polygon::Loop"}.get(shape["type"], shape["type"])
    pending = [shape.get("coordinates")]
    while pending:
        item = pending.pop()
        if not isinstance(item, list) or not item:
            continue
        if isinstance(item[0], list):
            pending += item
        elif all(isinstance(number, int | float) for number in item) and (abs(item[0]) > 180 or abs(item[1]) > 90):
            message = f"GeoJSON::{where}: Invalid Lng/Lat pair '{item[0]:.6g},{item[1]:.6g}'"
            raise errors.SnowflakeError(100205, "22023", message)


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
    try:
        return WktReader(text).read()
    except ValueError:
        raise _bad(text) from None


@udf("sf_geo_text", "VARCHAR", "VARCHAR")
def _as_wkt(text: str) -> str:
    return to_wkt(json.loads(text))


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
