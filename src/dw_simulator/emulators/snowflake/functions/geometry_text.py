"""Shapes as well-known text, and as the output formats show them. Vendor pages: "Geospatial data types",
"TO_GEOGRAPHY", "GEOGRAPHY_OUTPUT_FORMAT", "GEOMETRY_OUTPUT_FORMAT".

A shape is a GeoJSON object; it has a key ``srid`` where a number other than its type's own was set.
"""

from __future__ import annotations

import json
import re
from typing import Any

Shape = dict[str, Any]
NAMES = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon", "GEOMETRYCOLLECTION": "GeometryCollection",
}  # fmt: skip
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the points of a shape lie in lists."""
_TOKEN = re.compile(r"\s*([(),]|[A-Za-z]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_PREFIX = re.compile(r"\s*SRID\s*=\s*\d+\s*;", re.IGNORECASE)


class WktReader:
    """Reads one shape. ``read`` raises ValueError where the text is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        prefix = _PREFIX.match(text)
        self.at = prefix.end() if prefix is not None else 0

    def read(self) -> Shape:
        shape = self._shape()
        if self.text[self.at :].strip():
            raise ValueError(self.text)
        return shape

    def _peek(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        return found.group(1) if found is not None else ""

    def _take(self, wanted: str = "") -> str:
        found = _TOKEN.match(self.text, self.at)
        if found is None or (wanted and found.group(1) != wanted):
            raise ValueError(self.text)
        self.at = found.end()
        return found.group(1)

    def _shape(self) -> Shape:
        word = self._take().upper()
        name = NAMES.get(word) or NAMES.get(re.sub("(?:ZM|Z|M)$", "", word))
        if name is None:
            raise ValueError(self.text)
        if self._peek().upper() in ("Z", "M", "ZM"):
            self._take()
        if name == "GeometryCollection":
            return {"type": name, "geometries": self._list(self._shape)}
        if name == "Point":
            self._take("(")
            point = self._point()
            self._take(")")
            return {"type": name, "coordinates": point}
        return {"type": name, "coordinates": self._nested(_DEPTHS[name])}

    def _list(self, item: Any) -> list[Any]:
        if self._peek().upper() == "EMPTY":
            self._take()
            return []
        self._take("(")
        items = [item()]
        while self._peek() == ",":
            self._take()
            items.append(item())
        self._take(")")
        return items

    def _nested(self, depth: int) -> list[Any]:
        return self._list(self._point if depth == 1 else lambda: self._nested(depth - 1))

    def _point(self) -> list[float]:
        """Two or more numbers; the points of a multipoint may have parentheses of their own."""
        if self._peek() == "(":
            self._take()
            point = self._point()
            self._take(")")
            return point
        numbers = []
        while self._peek() not in ("", ",", "(", ")"):
            numbers.append(float(self._take()))
        if len(numbers) < 2:
            raise ValueError(self.text)
        return numbers


def to_wkt(shape: Shape) -> str:
    if shape["type"] == "GeometryCollection":
        return f"GEOMETRYCOLLECTION({','.join(to_wkt(item) for item in shape['geometries'])})"
    body = _points(shape["coordinates"])
    return str(shape["type"]).upper() + (f"({body})" if shape["type"] == "Point" else body)


def _points(points: Any) -> str:
    if points and isinstance(points[0], int | float):
        return " ".join(_number(number) for number in points)
    return "(" + ",".join(_points(point) for point in points) + ")"


def _number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def shown(text: str, kind: str, style: str) -> str | bytes:
    """A shape in the output format ``style``: text, or bytes for WKB and EWKB."""
    from dw_simulator.emulators.snowflake.functions.geometry_formats import ewkb, to_wkb

    shape = json.loads(text)
    number = int(shape.get("srid", 4326 if kind == "GEOGRAPHY" else 0))
    match style:
        case "WKT":
            return to_wkt(shape)
        case "EWKT":
            return f"SRID={number};{to_wkt(shape)}"
        case "WKB":
            return to_wkb(shape)
    return ewkb(to_wkb(shape), number)
