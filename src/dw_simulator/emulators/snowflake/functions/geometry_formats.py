"""Geospatial values as WKB and geohashes. Vendor page: "Geospatial functions"."""

from __future__ import annotations

import json
import struct
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.geometry import CATEGORY, Shape, points_of, shape_argument, srid
from dw_simulator.emulators.snowflake.functions.geospatial import canonical
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.casts import cast
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

_CODES = {"Point": 1, "LineString": 2, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5, "MultiPolygon": 6}
_SIMPLE = {4: "Point", 5: "LineString", 6: "Polygon"}


def to_wkb(shape: Shape) -> bytes:
    """Little-endian well-known binary."""
    if shape["type"] == "GeometryCollection":
        items = shape["geometries"]
        return struct.pack("<BII", 1, 7, len(items)) + b"".join(map(to_wkb, items))
    code, coordinates = _CODES[shape["type"]], shape["coordinates"]
    head = struct.pack("<BI", 1, code)
    if code == 1:
        return head + struct.pack("<2d", *coordinates[:2])
    if code in _SIMPLE:
        parts = [to_wkb({"type": _SIMPLE[code], "coordinates": item}) for item in coordinates]
        return head + struct.pack("<I", len(parts)) + b"".join(parts)
    lines = [coordinates] if code == 2 else coordinates
    body = b"".join(struct.pack("<I", len(line)) + b"".join(struct.pack("<2d", *p[:2]) for p in line) for line in lines)
    return head + body if code == 2 else head + struct.pack("<I", len(lines)) + body


class _WkbReader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def shape(self) -> Shape:
        order = "<" if self.take("B")[0] else ">"
        (code,) = self.take(order + "I")
        if code & 0x20000000:
            self.take(order + "I")
            code &= 0xFFFF
        if code == 1:
            return {"type": "Point", "coordinates": list(self.take(order + "2d"))}
        if code == 2:
            return {"type": "LineString", "coordinates": self.line(order)}
        (count,) = self.take(order + "I")
        if code == 3:
            return {"type": "Polygon", "coordinates": [self.line(order) for _ in range(count)]}
        shapes = [self.shape() for _ in range(count)]
        if code == 7:
            return {"type": "GeometryCollection", "geometries": shapes}
        return {"type": f"Multi{_SIMPLE[code]}", "coordinates": [shape["coordinates"] for shape in shapes]}

    def line(self, order: str) -> list[list[float]]:
        (count,) = self.take(order + "I")
        return [list(self.take(order + "2d")) for _ in range(count)]


@function("ST_ASWKB ST_ASBINARY ST_ASEWKB", CATEGORY, 1)
def as_wkb(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    prefix = srid(call).sql if call.name == "ST_ASEWKB" else "-1"
    return Typed(f"sf_geo_wkb({value.sql}, CAST({prefix} AS BIGINT))", m.binary())


@udf("sf_geo_wkb", "VARCHAR BIGINT", "BLOB")
def _wkb(text: str, number: int) -> bytes:
    data = to_wkb(json.loads(text))
    return data if number < 0 else ewkb(data, number)


def ewkb(data: bytes, number: int) -> bytes:
    """Well-known binary with the number of its reference system."""
    code = struct.unpack_from("<I", data, 1)[0] | 0x20000000
    return data[:1] + struct.pack("<II", code, number) + data[5:]


@function("ST_ASEWKT", CATEGORY, 1)
def as_ewkt(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    return Typed(f"('SRID=' || CAST({srid(call).sql} AS VARCHAR) || ';' || sf_geo_text({value.sql}))", m.text())


@function("ST_GEOGRAPHYFROMWKB ST_GEOGFROMWKB ST_GEOMETRYFROMWKB ST_GEOMFROMWKB", CATEGORY, 1, 2)
def from_wkb(call: FunctionCall) -> Typed:
    kind = m.geography() if "GEOG" in call.name else m.geometry()
    return Typed(f"sf_geo_from_wkb({call.sql(0, 'x')})", kind)


@udf("sf_geo_from_wkb", "BLOB", "VARCHAR")
def _from_wkb(data: bytes) -> str:
    return from_wkb_bytes(data)


def from_wkb_bytes(data: bytes) -> str:
    """Canonical GeoJSON of well-known binary. Raises 100205."""
    try:
        return canonical(_WkbReader(data).shape())
    except (struct.error, KeyError):
        raise errors.SnowflakeError(100205, "22023", f"Error parsing Geo input: {data.hex().upper()[:100]}") from None


@function(
    "TO_GEOMETRY TRY_TO_GEOMETRY ST_GEOMETRYFROMTEXT ST_GEOMETRYFROMWKT ST_GEOMFROMTEXT ST_GEOMFROMWKT", CATEGORY, 1, 3
)
def to_geometry(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if call.count > 1 and call.arg(1).kind != "BOOLEAN" and int(call.constant(1)) != 0:
        raise errors.UNSUPPORTED_FEATURE("GEOMETRY with an SRID other than 0")
    if value.kind == "BINARY":
        return Typed(f"sf_geo_from_wkb({value.sql})", m.geometry())
    return cast(value, m.geometry(), call.binder.env, safe=call.name.startswith("TRY_"))


_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"


@function("ST_GEOHASH", CATEGORY, 1, 2)
def geohash(call: FunctionCall) -> Typed:
    size = f"CAST({call.sql(1, 'i')} AS BIGINT)" if call.count > 1 else "20"
    return Typed(f"sf_geo_hash({shape_argument(call, 0).sql}, {size})", m.text())


@udf("sf_geo_hash", "VARCHAR BIGINT", "VARCHAR")
def _geohash(text: str, size: int) -> str:
    """Of a point, or of the middle of a shape's bounds."""
    points = points_of(json.loads(text))
    middle = [(min(p[axis] for p in points) + max(p[axis] for p in points)) / 2 for axis in (0, 1)]
    ranges, word = [[-180.0, 180.0], [-90.0, 90.0]], 0
    for bit in range(5 * size):
        span = ranges[bit % 2]
        half = (span[0] + span[1]) / 2
        above = middle[bit % 2] >= half
        span[0 if above else 1] = half
        word = word * 2 + above
    return "".join(_BASE32[word >> 5 * (size - 1 - index) & 31] for index in range(size))


@function("ST_GEOGPOINTFROMGEOHASH ST_GEOMPOINTFROMGEOHASH ST_GEOGFROMGEOHASH ST_GEOMFROMGEOHASH", CATEGORY, 1, 2)
def from_geohash(call: FunctionCall) -> Typed:
    kind = m.geography() if "GEOG" in call.name else m.geometry()
    size = f"CAST({call.sql(1, 'i')} AS BIGINT)" if call.count > 1 else "1000"
    point = str("POINT" in call.name).lower()
    return Typed(f"sf_geo_from_hash({call.sql(0, 't')}, {size}, {point})", kind)


@udf("sf_geo_from_hash", "VARCHAR BIGINT BOOLEAN", "VARCHAR")
def _from_geohash(text: str, size: int, point: bool) -> str:
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    bit = 0
    for sign in text.lower()[:size]:
        if sign not in _BASE32:
            raise errors.SnowflakeError(100205, "22023", f"Error parsing Geo input: {text[:100]}")
        for shift in (4, 3, 2, 1, 0):
            span = ranges[bit % 2]
            span[0 if _BASE32.index(sign) >> shift & 1 else 1] = (span[0] + span[1]) / 2
            bit += 1
    (left, right), (low, high) = ranges
    if point:
        return canonical({"type": "Point", "coordinates": [(left + right) / 2, (low + high) / 2]})
    ring = [[left, low], [right, low], [right, high], [left, high], [left, low]]
    return canonical({"type": "Polygon", "coordinates": [ring]})
