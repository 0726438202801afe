"""Constructors, accessors, measures and predicates of GEOGRAPHY and GEOMETRY. Vendor page: "Geospatial functions".

Shapes are GeoJSON objects. GEOGRAPHY is measured in metres on a sphere of the radius the vendor uses, GEOMETRY in the
plane. Predicates look at edges as straight lines in both.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.geospatial import canonical
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Geospatial"
RADIUS = 6_371_010.0
"""Of the earth, metres."""
Point = tuple[float, float]
Shape = dict[str, Any]
_DIMENSIONS = {"Point": 0, "MultiPoint": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2}


def shape_argument(call: FunctionCall, index: int) -> Typed:
    value = call.arg(index)
    if value.kind not in ("GEOGRAPHY", "GEOMETRY"):
        raise call.wrong_types()
    return value


def parts_of(shape: Shape) -> Iterator[Shape]:
    """The simple shapes of a collection or a multi-shape."""
    kind = shape["type"]
    if kind == "GeometryCollection":
        for item in shape["geometries"]:
            yield from parts_of(item)
    elif kind.startswith("Multi"):
        for item in shape["coordinates"]:
            yield {"type": kind.removeprefix("Multi"), "coordinates": item}
    else:
        yield shape


def _lines(shape: Shape) -> Iterator[list[Any]]:
    """The runs of points of a shape: rings of polygons, lines, single points."""
    for part in parts_of(shape):
        match part["type"]:
            case "Point":
                yield [part["coordinates"]]
            case "LineString":
                yield part["coordinates"]
            case "Polygon":
                yield from part["coordinates"]


def points_of(shape: Shape) -> list[Any]:
    return [point for line in _lines(shape) for point in line]


def _edges(line: list[Any]) -> Iterator[tuple[Any, Any]]:
    yield from itertools.pairwise(line)


# --- measures ---------------------------------------------------------------------------------------------------------
def _between(a: Any, b: Any, sphere: bool) -> float:
    if not sphere:
        return math.hypot(a[0] - b[0], a[1] - b[1])
    lon1, lat1, lon2, lat2 = (math.radians(number) for number in (a[0], a[1], b[0], b[1]))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * RADIUS * math.asin(min(1.0, math.sqrt(half)))


def _to_edge(point: Any, edge: tuple[Any, Any], sphere: bool) -> float:
    """From a point to the nearest point of an edge (found in a plane around the point)."""
    (ax, ay), (bx, by) = (end[:2] for end in edge)
    stretch = math.cos(math.radians(point[1])) if sphere else 1.0
    dx, dy = (bx - ax) * stretch, by - ay
    size = dx * dx + dy * dy
    share = 0.0 if size == 0 else ((point[0] - ax) * stretch * dx + (point[1] - ay) * dy) / size
    share = min(1.0, max(0.0, share))
    return _between(point, (ax + share * (bx - ax), ay + share * (by - ay)), sphere)


def _length(shape: Shape, sphere: bool) -> float:
    lines = (part["coordinates"] for part in parts_of(shape) if part["type"] == "LineString")
    return sum(_between(a, b, sphere) for line in lines for a, b in _edges(line))


def _perimeter(shape: Shape, sphere: bool) -> float:
    rings = (ring for part in parts_of(shape) if part["type"] == "Polygon" for ring in part["coordinates"])
    return sum(_between(a, b, sphere) for ring in rings for a, b in _edges(ring))


def _ring_area(ring: list[Any], sphere: bool) -> float:
    if not sphere:
        return float(abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _edges(ring)))) / 2
    total = 0.0
    for a, b in _edges(ring):
        half = math.tan(math.radians(b[0] - a[0]) / 2)
        p, q = math.tan(math.radians(a[1]) / 2), math.tan(math.radians(b[1]) / 2)
        total += 2 * math.atan2(half * (p + q), 1 + p * q)
    return abs(total) * RADIUS * RADIUS


def _area(shape: Shape, sphere: bool) -> float:
    return sum(
        _ring_area(ring, sphere) * (-1 if index else 1)
        for part in parts_of(shape)
        if part["type"] == "Polygon"
        for index, ring in enumerate(part["coordinates"])
    )


def _distance(a: Shape, b: Shape, sphere: bool) -> float:
    if intersects(a, b):
        return 0.0
    best = min(_between(p, q, sphere) for p in points_of(a) for q in points_of(b))
    for one, other in ((a, b), (b, a)):
        for line in _lines(other):
            for edge in _edges(line):
                best = min([best, *(_to_edge(point, edge, sphere) for point in points_of(one))])
    return best


_MEASURES = {"ST_LENGTH": _length, "ST_PERIMETER": _perimeter, "ST_AREA": _area}


# --- predicates -------------------------------------------------------------------------------------------------------
def _turn(a: Any, b: Any, c: Any) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _on_edge(point: Any, a: Any, b: Any) -> bool:
    return (
        abs(_turn(a, b, point)) < 1e-12
        and min(a[0], b[0]) <= point[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
    )


def _cross(a: Any, b: Any, c: Any, d: Any) -> bool:
    if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
        return True
    return _on_edge(c, a, b) or _on_edge(d, a, b) or _on_edge(a, c, d) or _on_edge(b, c, d)


def _place(point: Any, polygon: list[Any]) -> int:
    """1 inside, 0 on the boundary, -1 outside of a polygon with holes."""
    inside = False
    for ring in polygon:
        for a, b in _edges(ring):
            if _on_edge(point, a, b):
                return 0
            if (a[1] > point[1]) != (b[1] > point[1]):
                inside ^= point[0] < (b[0] - a[0]) * (point[1] - a[1]) / (b[1] - a[1]) + a[0]
    return 1 if inside else -1


def _covers_point(shape: Shape, point: Any) -> bool:
    for part in parts_of(shape):
        if part["type"] == "Polygon":
            if _place(point, part["coordinates"]) >= 0:
                return True
        elif any(_on_edge(point, a, b) for line in _lines(part) for a, b in _edges(line)) or (
            part["type"] == "Point" and list(part["coordinates"][:2]) == list(point[:2])
        ):
            return True
    return False


def intersects(a: Shape, b: Shape) -> bool:
    if any(_covers_point(a, point) for point in points_of(b)) or any(_covers_point(b, point) for point in points_of(a)):
        return True
    edges = [edge for line in _lines(b) for edge in _edges(line)]
    return any(_cross(p, q, r, s) for line in _lines(a) for p, q in _edges(line) for r, s in edges)


def _covers(a: Shape, b: Shape) -> bool:
    """No point of ``b`` outside of ``a``: looked at in the corners and the middles of the edges."""
    points = points_of(b)
    points += [[(p[0] + q[0]) / 2, (p[1] + q[1]) / 2] for line in _lines(b) for p, q in _edges(line)]
    return all(_covers_point(a, point) for point in points)


def _contains(a: Shape, b: Shape) -> bool:
    """Covers it, and not with the boundary alone."""
    if not _covers(a, b):
        return False
    polygons = [part["coordinates"] for part in parts_of(a) if part["type"] == "Polygon"]
    if not polygons or any(part["type"] == "Polygon" for part in parts_of(b)):
        return True
    points = points_of(b) + [[(p[0] + q[0]) / 2, (p[1] + q[1]) / 2] for line in _lines(b) for p, q in _edges(line)]
    return any(_place(point, polygon) > 0 for point in points for polygon in polygons)


_PREDICATES: dict[str, Callable[[Shape, Shape], bool]] = {
    "ST_CONTAINS": _contains,
    "ST_WITHIN": lambda a, b: _contains(b, a),
    "ST_COVERS": _covers,
    "ST_COVEREDBY": lambda a, b: _covers(b, a),
    "ST_INTERSECTS": intersects,
    "ST_DISJOINT": lambda a, b: not intersects(a, b),
}


@function(" ".join(_MEASURES), CATEGORY, 1)
def measure(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    return Typed(f"sf_geo_measure({value.sql}, '{call.name}', {str(value.kind == 'GEOGRAPHY').lower()})", m.real())


@udf("sf_geo_measure", "VARCHAR VARCHAR BOOLEAN", "DOUBLE")
def _measure(text: str, name: str, sphere: bool) -> float:
    return float(_MEASURES[name](json.loads(text), sphere))


def _pair(call: FunctionCall) -> tuple[Typed, Typed]:
    a, b = shape_argument(call, 0), shape_argument(call, 1)
    if a.kind != b.kind:
        raise call.wrong_types()
    return a, b


@function("ST_DISTANCE", CATEGORY, 2)
def distance(call: FunctionCall) -> Typed:
    a, b = _pair(call)
    return Typed(f"sf_geo_distance({a.sql}, {b.sql}, {str(a.kind == 'GEOGRAPHY').lower()})", m.real())


@udf("sf_geo_distance", "VARCHAR VARCHAR BOOLEAN", "DOUBLE")
def _distance_of(a: str, b: str, sphere: bool) -> float:
    return _distance(json.loads(a), json.loads(b), sphere)


@function("ST_DWITHIN", CATEGORY, 3)
def dwithin(call: FunctionCall) -> Typed:
    return Typed(f"({distance(call).sql} <= {call.sql(2, 'f')})", m.boolean())


@function(" ".join(_PREDICATES), CATEGORY, 2)
def predicate(call: FunctionCall) -> Typed:
    a, b = _pair(call)
    return Typed(f"sf_geo_predicate({a.sql}, {b.sql}, '{call.name}')", m.boolean())


@udf("sf_geo_predicate", "VARCHAR VARCHAR VARCHAR", "BOOLEAN")
def _predicate(a: str, b: str, name: str) -> bool:
    return _PREDICATES[name](json.loads(a), json.loads(b))


@function("ST_AZIMUTH", CATEGORY, 2)
def azimuth(call: FunctionCall) -> Typed:
    a, b = _pair(call)
    return Typed(f"sf_geo_azimuth({a.sql}, {b.sql}, {str(a.kind == 'GEOGRAPHY').lower()})", m.real())


@udf("sf_geo_azimuth", "VARCHAR VARCHAR BOOLEAN", "DOUBLE")
def _azimuth(a: str, b: str, sphere: bool) -> float | None:
    """The angle from north, clockwise, radians."""
    (x1, y1), (x2, y2) = (_point(json.loads(text), "ST_AZIMUTH")[:2] for text in (a, b))
    if (x1, y1) == (x2, y2):
        return None
    if sphere:
        lon, lat1, lat2 = math.radians(x2 - x1), math.radians(y1), math.radians(y2)
        east = math.sin(lon) * math.cos(lat2)
        north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(lon)
    else:
        east, north = x2 - x1, y2 - y1
    return math.atan2(east, north) % (2 * math.pi)


def _point(shape: Shape, name: str) -> Any:
    if shape["type"] != "Point":
        raise errors.SnowflakeError(
            100214, "22023", f"Invalid argument for {name}: a Point is needed, not {shape['type']}"
        )
    return shape["coordinates"]


# --- accessors --------------------------------------------------------------------------------------------------------
_BOUNDS = {"ST_XMIN": (0, min), "ST_XMAX": (0, max), "ST_YMIN": (1, min), "ST_YMAX": (1, max)}


@function(" ".join(_BOUNDS), CATEGORY, 1)
def bound(call: FunctionCall) -> Typed:
    """Vendor page: "ST_YMAX": edges of a GEOGRAPHY are arcs, which reach further to a pole than their ends."""
    shape = shape_argument(call, 0)
    return Typed(f"sf_geo_bound({shape.sql}, '{call.name}', {str(shape.kind == 'GEOGRAPHY').lower()})", m.real())


def _furthest(edge: tuple[Any, Any], choose: Callable[[Any], Any]) -> list[float]:
    """The latitude at which an arc turns back to the equator, if it does between its ends."""
    (lon1, lat1), (lon2, lat2) = (tuple(math.radians(number) for number in point[:2]) for point in edge)
    a = (math.cos(lat1) * math.cos(lon1), math.cos(lat1) * math.sin(lon1), math.sin(lat1))
    b = (math.cos(lat2) * math.cos(lon2), math.cos(lat2) * math.sin(lon2), math.sin(lat2))
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    size = math.hypot(x, y, z)
    if size < 1e-15 or math.hypot(x, y) < 1e-15:
        return []
    sign = 1 if choose((1, -1)) == 1 else -1
    turn = (-sign * x * z / size**2, -sign * y * z / size**2, sign * (x * x + y * y) / size**2)
    dot = sum(p * q for p, q in zip(a, b, strict=True))
    length = math.hypot(*turn)
    is_between = all(sum(p * q for p, q in zip(turn, end, strict=True)) / length >= dot for end in (a, b))
    return [math.degrees(math.asin(turn[2] / length))] if is_between else []


@udf("sf_geo_bound", "VARCHAR VARCHAR BOOLEAN", "DOUBLE")
def _bound(text: str, name: str, sphere: bool) -> float | None:
    axis, choose = _BOUNDS[name]
    shape = json.loads(text)
    numbers = [point[axis] for point in points_of(shape)]
    if sphere and axis == 1:
        edges = [edge for line in _lines(shape) for edge in _edges(line)]
        numbers += [latitude for edge in edges for latitude in _furthest(edge, choose)]
    return float(choose(numbers)) if numbers else None


@function("ST_NPOINTS ST_NUMPOINTS ST_DIMENSION", CATEGORY, 1)
def count(call: FunctionCall) -> Typed:
    what = "dimension" if call.name == "ST_DIMENSION" else "points"
    return Typed(f"sf_geo_count({shape_argument(call, 0).sql}, '{what}')", m.number(9, 0))


@udf("sf_geo_count", "VARCHAR VARCHAR", "BIGINT")
def _count(text: str, what: str) -> int:
    shape = json.loads(text)
    if what == "points":
        return len(points_of(shape))
    return max((_DIMENSIONS[part["type"]] for part in parts_of(shape)), default=0)


@function("ST_SRID", CATEGORY, 1)
def srid(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    number = 4326 if value.kind == "GEOGRAPHY" else 0
    own = f"coalesce(CAST(json_extract({value.sql}, '$.srid') AS BIGINT), {number})"
    return Typed(f"(CASE WHEN {value.sql} IS NOT NULL THEN {own} END)", m.number(9, 0))


@function("ST_ISVALID", CATEGORY, 1)
def is_valid(call: FunctionCall) -> Typed:
    return Typed(f"sf_geo_valid({shape_argument(call, 0).sql})", m.boolean())


@udf("sf_geo_valid", "VARCHAR", "BOOLEAN")
def _valid(text: str) -> bool:
    """Lines have two points, rings are closed and do not cross themselves."""
    for part in parts_of(json.loads(text)):
        if part["type"] == "LineString" and len(part["coordinates"]) < 2:
            return False
        if part["type"] == "Polygon" and not all(_valid_ring(ring) for ring in part["coordinates"]):
            return False
    return True


def _valid_ring(ring: list[Any]) -> bool:
    if len(ring) < 4 or ring[0] != ring[-1]:
        return False
    edges = list(_edges(ring))
    apart = ((i, j) for i in range(len(edges)) for j in range(i + 2, len(edges)) if (i, j) != (0, len(edges) - 1))
    return not any(_cross(*edges[i], *edges[j]) for i, j in apart)


@function("ST_STARTPOINT ST_ENDPOINT ST_CENTROID ST_ENVELOPE", CATEGORY, 1)
def derived(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    return Typed(f"sf_geo_derived({value.sql}, '{call.name}', 1)", m.SnowflakeType(value.kind))


@function("ST_POINTN", CATEGORY, 2)
def point_n(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    sql = f"sf_geo_derived({value.sql}, 'ST_POINTN', CAST({call.sql(1, 'i')} AS BIGINT))"
    return Typed(sql, m.SnowflakeType(value.kind))


@udf("sf_geo_derived", "VARCHAR VARCHAR BIGINT", "VARCHAR")
def _derived(text: str, name: str, index: int) -> str | None:
    shape = json.loads(text)
    if name == "ST_CENTROID":
        return canonical({"type": "Point", "coordinates": _centroid(shape)})
    if name == "ST_ENVELOPE":
        return canonical(_envelope(shape))
    if shape["type"] != "LineString":
        raise errors.SnowflakeError(100214, "22023", f"Invalid argument for {name}: a LineString is needed")
    at = {"ST_STARTPOINT": 0, "ST_ENDPOINT": -1}.get(name, index - 1 if index > 0 else index)
    line = shape["coordinates"]
    if index == 0 or not -len(line) <= at < len(line):
        raise errors.SnowflakeError(100214, "22023", f"Index {index} is out of range for {name}")
    return canonical({"type": "Point", "coordinates": line[at]})


def _envelope(shape: Shape) -> Shape:
    xs, ys = ([point[axis] for point in points_of(shape)] for axis in (0, 1))
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    if left == right and low == high:
        return {"type": "Point", "coordinates": [left, low]}
    ring = [[left, low], [right, low], [right, high], [left, high], [left, low]]
    return {"type": "Polygon", "coordinates": [ring]}


def _centroid(shape: Shape) -> list[float]:
    """Of the parts of the highest dimension, weighted by area, length or number."""
    parts = list(parts_of(shape))
    top = max(_DIMENSIONS[part["type"]] for part in parts)
    weighted: list[tuple[float, float, float]] = []
    for part in (item for item in parts if _DIMENSIONS[item["type"]] == top):
        if top == 0:
            weighted.append((1.0, part["coordinates"][0], part["coordinates"][1]))
        elif top == 1:
            weighted += [
                (_between(a, b, False), (a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in _edges(part["coordinates"])
            ]
        else:
            weighted += [_ring_centre(ring, -1 if index else 1) for index, ring in enumerate(part["coordinates"])]
    total = sum(weight for weight, _, _ in weighted) or 1.0
    return [sum(w * x for w, x, _ in weighted) / total, sum(w * y for w, _, y in weighted) / total]


def _ring_centre(ring: list[Any], sign: int) -> tuple[float, float, float]:
    crosses = [(a[0] * b[1] - b[0] * a[1], a, b) for a, b in _edges(ring)]
    twice = sum(cross for cross, _, _ in crosses)
    if twice == 0:
        return 0.0, ring[0][0], ring[0][1]
    x = sum(cross * (a[0] + b[0]) for cross, a, b in crosses) / (3 * twice)
    y = sum(cross * (a[1] + b[1]) for cross, a, b in crosses) / (3 * twice)
    return sign * abs(twice) / 2, x, y


# --- constructors -----------------------------------------------------------------------------------------------------
@function("ST_MAKEGEOMPOINT ST_GEOMPOINT ST_GEOM_POINT", CATEGORY, 2)
def make_point(call: FunctionCall) -> Typed:
    return Typed(f"sf_geo_point({call.sql(0, 'f')}, {call.sql(1, 'f')})", m.geometry())


@udf("sf_geo_point", "DOUBLE DOUBLE", "VARCHAR")
def _make_point(x: float, y: float) -> str:
    return canonical({"type": "Point", "coordinates": [x, y]})


@function("ST_MAKELINE", CATEGORY, 2)
def make_line(call: FunctionCall) -> Typed:
    a, b = _pair(call)
    return Typed(f"sf_geo_line({a.sql}, {b.sql})", m.SnowflakeType(a.kind))


@udf("sf_geo_line", "VARCHAR VARCHAR", "VARCHAR")
def _make_line(a: str, b: str) -> str:
    points = [point for text in (a, b) for point in points_of(json.loads(text))]
    return canonical({"type": "LineString", "coordinates": points})


@function("ST_MAKEPOLYGON ST_POLYGON ST_MAKEPOLYGONORIENTED", CATEGORY, 1)
def make_polygon(call: FunctionCall) -> Typed:
    value = shape_argument(call, 0)
    return Typed(f"sf_geo_polygon({value.sql})", m.SnowflakeType(value.kind))


@udf("sf_geo_polygon", "VARCHAR", "VARCHAR")
def _make_polygon(text: str) -> str:
    shape = json.loads(text)
    line = shape["coordinates"]
    if shape["type"] != "LineString" or len(line) < 4 or line[0] != line[-1]:
        raise errors.SnowflakeError(100214, "22023", "A polygon needs a closed LineString of at least four points")
    return canonical({"type": "Polygon", "coordinates": [line]})


@function("ST_COLLECT", CATEGORY, 2)
def collect(call: FunctionCall) -> Typed:
    a, b = _pair(call)
    return Typed(f"sf_geo_collect([{a.sql}, {b.sql}])", m.SnowflakeType(a.kind))


@function("ST_COLLECT", CATEGORY, 1, kind="aggregate")
def collect_rows(call: FunctionCall) -> Typed:
    from dw_simulator.emulators.snowflake.functions.aggregates import over

    value = shape_argument(call, 0)
    return Typed(f"sf_geo_collect(list({value.sql}){over(call)})", m.SnowflakeType(value.kind))


@udf("sf_geo_collect", "VARCHAR[]", "VARCHAR")
def _collect(texts: list[str | None]) -> str | None:
    shapes = [json.loads(text) for text in texts if text is not None]
    if not shapes:
        return None
    kinds = {shape["type"] for shape in shapes}
    if len(kinds) == 1 and (kind := kinds.pop()) in ("Point", "LineString", "Polygon"):
        return canonical({"type": f"Multi{kind}", "coordinates": [shape["coordinates"] for shape in shapes]})
    return canonical({"type": "GeometryCollection", "geometries": shapes})
