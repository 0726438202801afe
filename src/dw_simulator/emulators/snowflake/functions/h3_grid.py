"""The H3 grid of hexagons. Vendor pages: "H3_LATLNG_TO_CELL", "H3_COVERAGE", "H3_POLYGON_TO_CELLS" and their relatives.

The library of the grid's authors does the work; it comes with the extra ``h3``. A cell is a number or a text in
hexadecimal, and what a function gives is of the same kind, unless its name says otherwise. Here cells are texts between
the functions; ``whole`` says whether an array of them is shown as numbers.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.geometry import Shape, intersects, parts_of, points_of
from dw_simulator.emulators.snowflake.functions.geospatial import canonical
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, Lowering, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Geospatial"
MOST_CELLS = 1_000_000
"""How many cells an array may have here; the vendor's limit is not documented."""


def _needs_library(lowering: Lowering) -> Lowering:
    def checked(call: FunctionCall) -> Typed:
        if importlib.util.find_spec("h3") is None:
            raise errors.UNSUPPORTED_FEATURE(f"{call.name} without the extra [h3], which has the grid")
        return lowering(call)

    return checked


def _grid() -> Any:
    import h3

    return h3


def _failed(text: str) -> errors.SnowflakeError:
    return errors.SnowflakeError(100214, "22023", text)


def _asked(ask: Callable[..., Any], *values: Any) -> Any:
    """What the library answers. Raises 100214 with what it does not like."""
    try:
        return ask(*values)
    except (_grid().H3BaseException, ValueError) as failure:
        raise _failed(f"Invalid argument of an H3 function: {failure or type(failure).__name__}") from None


# --- arguments and results --------------------------------------------------------------------------------------------
def _cell(call: FunctionCall, index: int) -> tuple[str, bool]:
    """SQL of a cell as text, and whether it came as a number."""
    value = call.arg(index)
    if value.kind == "TEXT":
        return f"lower({value.sql})", False
    number = call.binder.coerce(value, m.number())
    return f"format('{{:x}}', CAST({number.sql} AS BIGINT))", True


def _number(sql: str) -> Typed:
    return Typed(f"CAST(sf_h3_number({sql}) AS HUGEINT)", m.number())


def _of_kind(sql: str, whole: bool) -> Typed:
    return _number(sql) if whole else Typed(sql, m.text())


def _array(name: str, *arguments: str, whole: bool) -> Typed:
    return Typed(f"{name}({', '.join((*arguments, str(whole).lower()))})", m.array())


def _shape(call: FunctionCall) -> str:
    value = call.arg(0)
    if value.kind != "GEOGRAPHY":
        raise call.wrong_types()
    return value.sql


def _integer(call: FunctionCall, index: int) -> str:
    return f"CAST({call.as_(index, m.number()).sql} AS BIGINT)"


def _json(cells: Iterable[str], whole: bool) -> str:
    return orjson.dumps([int(cell, 16) if whole else cell for cell in cells]).decode()


@udf("sf_h3_number", "VARCHAR", "BIGINT")
def _h3_number(cell: str) -> int:
    try:
        return int(cell, 16)
    except ValueError:
        raise _failed(f"'{cell[:40]}' is no H3 cell") from None


# --- cells ------------------------------------------------------------------------------------------------------------
@function("H3_STRING_TO_INT", CATEGORY, 1)
@_needs_library
def string_to_int(call: FunctionCall) -> Typed:
    return _number(call.sql(0, "t"))


@function("H3_INT_TO_STRING", CATEGORY, 1)
@_needs_library
def int_to_string(call: FunctionCall) -> Typed:
    return Typed(f"format('{{:x}}', {_integer(call, 0)})", m.text())


@function("H3_IS_VALID_CELL H3_IS_PENTAGON H3_GET_RESOLUTION", CATEGORY, 1)
@_needs_library
def about_cell(call: FunctionCall) -> Typed:
    cell, _ = _cell(call, 0)
    if call.name == "H3_GET_RESOLUTION":
        return Typed(f"CAST(sf_h3_get_resolution({cell}) AS HUGEINT)", m.number())
    return Typed(f"sf_{call.name.lower()}({cell})", m.boolean())


@udf("sf_h3_get_resolution", "VARCHAR", "BIGINT")
def _resolution(cell: str) -> int:
    return int(_asked(_grid().get_resolution, _valid(cell)))


@udf("sf_h3_is_valid_cell", "VARCHAR", "BOOLEAN")
def _is_valid(cell: str) -> bool:
    return bool(_grid().is_valid_cell(cell))


@udf("sf_h3_is_pentagon", "VARCHAR", "BOOLEAN")
def _is_pentagon(cell: str) -> bool:
    return bool(_asked(_grid().is_pentagon, _valid(cell)))


def _valid(cell: str) -> str:
    if not _grid().is_valid_cell(cell):
        raise _failed(f"'{cell[:40]}' is no H3 cell")
    return cell


@function("H3_CELL_TO_PARENT", CATEGORY, 2)
@_needs_library
def parent(call: FunctionCall) -> Typed:
    cell, whole = _cell(call, 0)
    return _of_kind(f"sf_h3_parent({cell}, {_integer(call, 1)})", whole)


@udf("sf_h3_parent", "VARCHAR BIGINT", "VARCHAR")
def _parent(cell: str, resolution: int) -> str:
    return str(_asked(_grid().cell_to_parent, _valid(cell), resolution))


@function("H3_CELL_TO_CHILDREN H3_CELL_TO_CHILDREN_STRING", CATEGORY, 2)
@_needs_library
def children(call: FunctionCall) -> Typed:
    cell, _ = _cell(call, 0)
    return _array("sf_h3_children", cell, _integer(call, 1), whole=not call.name.endswith("_STRING"))


@udf("sf_h3_children", "VARCHAR BIGINT BOOLEAN", "VARCHAR")
def _children(cell: str, resolution: int, whole: bool) -> str:
    own = _resolution(cell)
    if 0 <= own <= resolution <= 15:
        _few(7 ** (resolution - own))
    return _json(_asked(_grid().cell_to_children, cell, resolution), whole)


def _few(count: float) -> None:
    if count > MOST_CELLS:
        raise errors.UNSUPPORTED_FEATURE(f"more than {MOST_CELLS} H3 cells in an array")


# --- places -----------------------------------------------------------------------------------------------------------
@function("H3_LATLNG_TO_CELL H3_LATLNG_TO_CELL_STRING", CATEGORY, 3)
@_needs_library
def from_degrees(call: FunctionCall) -> Typed:
    cell = f"sf_h3_from_degrees({call.sql(0, 'f')}, {call.sql(1, 'f')}, {_integer(call, 2)})"
    return _of_kind(cell, not call.name.endswith("_STRING"))


@udf("sf_h3_from_degrees", "DOUBLE DOUBLE BIGINT", "VARCHAR")
def _from_degrees(latitude: float, longitude: float, resolution: int) -> str:
    return str(_asked(_grid().latlng_to_cell, latitude, longitude, resolution))


@function("H3_POINT_TO_CELL H3_POINT_TO_CELL_STRING", CATEGORY, 2)
@_needs_library
def from_point(call: FunctionCall) -> Typed:
    return _of_kind(f"sf_h3_from_point({_shape(call)}, {_integer(call, 1)})", not call.name.endswith("_STRING"))


@udf("sf_h3_from_point", "VARCHAR BIGINT", "VARCHAR")
def _from_point(text: str, resolution: int) -> str:
    shape = json.loads(text)
    if shape["type"] != "Point":
        raise _failed("H3_POINT_TO_CELL needs a Point")
    longitude, latitude, *_ = shape["coordinates"]
    return str(_asked(_grid().latlng_to_cell, latitude, longitude, resolution))


@function("H3_CELL_TO_POINT H3_CELL_TO_BOUNDARY", CATEGORY, 1)
@_needs_library
def to_shape(call: FunctionCall) -> Typed:
    return Typed(f"sf_{call.name.lower()}({_cell(call, 0)[0]})", m.geography())


@udf("sf_h3_cell_to_point", "VARCHAR", "VARCHAR")
def _to_point(cell: str) -> str:
    latitude, longitude = _grid().cell_to_latlng(_valid(cell))
    return canonical({"type": "Point", "coordinates": [longitude, latitude]})


@udf("sf_h3_cell_to_boundary", "VARCHAR", "VARCHAR")
def _to_boundary(cell: str) -> str:
    ring = [[longitude, latitude] for latitude, longitude in _grid().cell_to_boundary(_valid(cell))]
    return canonical({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


# --- neighbours -------------------------------------------------------------------------------------------------------
@function("H3_GRID_DISK", CATEGORY, 2)
@_needs_library
def disk(call: FunctionCall) -> Typed:
    cell, whole = _cell(call, 0)
    return _array("sf_h3_disk", cell, _integer(call, 1), whole=whole)


@udf("sf_h3_disk", "VARCHAR BIGINT BOOLEAN", "VARCHAR")
def _disk(cell: str, steps: int, whole: bool) -> str:
    if steps < 0:
        raise _failed("k_value of H3_GRID_DISK must not be negative")
    _few(3.0 * steps * (steps + 1) + 1)
    return _json(_asked(_grid().grid_disk, _valid(cell), steps), whole)


@function("H3_GRID_DISTANCE H3_TRY_GRID_DISTANCE", CATEGORY, 2)
@_needs_library
def distance(call: FunctionCall) -> Typed:
    tries = str("TRY" in call.name).lower()
    sql = f"sf_h3_distance({_cell(call, 0)[0]}, {_cell(call, 1)[0]}, {tries})"
    return Typed(f"CAST({sql} AS HUGEINT)", m.number())


@udf("sf_h3_distance", "VARCHAR VARCHAR BOOLEAN", "BIGINT")
def _distance(a: str, b: str, tries: bool) -> int | None:
    found: int | None = _tried(tries, lambda: int(_asked(_grid().grid_distance, _valid(a), _valid(b))))
    return found


def _tried(tries: bool, ask: Callable[[], Any]) -> Any:
    """None for what fails in a function with TRY in its name."""
    try:
        return ask()
    except errors.SnowflakeError as failure:
        if tries and failure.errno == 100214:
            return None
        raise


@function("H3_GRID_PATH H3_TRY_GRID_PATH", CATEGORY, 2)
@_needs_library
def path(call: FunctionCall) -> Typed:
    (a, whole), (b, _) = _cell(call, 0), _cell(call, 1)
    return _array("sf_h3_path", a, b, str("TRY" in call.name).lower(), whole=whole)


@udf("sf_h3_path", "VARCHAR VARCHAR BOOLEAN BOOLEAN", "VARCHAR")
def _path(a: str, b: str, tries: bool, whole: bool) -> str | None:
    found: str | None = _tried(tries, lambda: _json(_asked(_grid().grid_path_cells, _valid(a), _valid(b)), whole))
    return found


# --- sets of cells ----------------------------------------------------------------------------------------------------
@function("H3_COMPACT_CELLS", CATEGORY, 1)
@_needs_library
def compact(call: FunctionCall) -> Typed:
    return Typed(f"sf_h3_compact({call.as_(0, m.array()).sql})", m.array())


@function("H3_UNCOMPACT_CELLS", CATEGORY, 2)
@_needs_library
def uncompact(call: FunctionCall) -> Typed:
    return Typed(f"sf_h3_uncompact({call.as_(0, m.array()).sql}, {_integer(call, 1)})", m.array())


def _given(text: str) -> tuple[list[str], bool]:
    """Cells of an array, and whether they are numbers."""
    values = json.loads(text)
    whole = all(isinstance(value, int) for value in values)
    if not whole and not all(isinstance(value, str) for value in values):
        raise _failed("an array of H3 cells holds numbers or strings only")
    return [_valid(f"{value:x}" if whole else value.lower()) for value in values], whole


@udf("sf_h3_compact", "VARCHAR", "VARCHAR")
def _compact(text: str) -> str:
    cells, whole = _given(text)
    return _json(_asked(_grid().compact_cells, cells), whole)


@udf("sf_h3_uncompact", "VARCHAR BIGINT", "VARCHAR")
def _uncompact(text: str, resolution: int) -> str:
    cells, whole = _given(text)
    if 0 <= resolution <= 15:
        _few(sum(7.0 ** max(0, resolution - _resolution(cell)) for cell in cells))
    return _json(_asked(_grid().uncompact_cells, cells, resolution), whole)


# --- the cells of a shape ---------------------------------------------------------------------------------------------
_OF_SHAPES = (
    "H3_COVERAGE H3_COVERAGE_STRINGS H3_TRY_COVERAGE H3_TRY_COVERAGE_STRINGS "
    "H3_POLYGON_TO_CELLS H3_POLYGON_TO_CELLS_STRINGS H3_TRY_POLYGON_TO_CELLS H3_TRY_POLYGON_TO_CELLS_STRINGS"
)


@function(_OF_SHAPES, CATEGORY, 2)
@_needs_library
def of_shape(call: FunctionCall) -> Typed:
    name = "sf_h3_coverage" if "COVERAGE" in call.name else "sf_h3_polygon"
    tries = str("TRY" in call.name).lower()
    return _array(name, _shape(call), _integer(call, 1), tries, whole=not call.name.endswith("_STRINGS"))


@udf("sf_h3_polygon", "VARCHAR BIGINT BOOLEAN BOOLEAN", "VARCHAR")
def _polygon(text: str, resolution: int, tries: bool, whole: bool) -> str | None:
    """The cells whose centres are in a polygon, whose edges are straight in degrees."""
    shape = json.loads(text)

    def cells() -> str:
        if shape["type"] not in ("Polygon", "MultiPolygon"):
            raise _failed(f"H3_POLYGON_TO_CELLS needs a Polygon, not a {shape['type']}")
        return _json(_asked(_grid().geo_to_cells, shape, resolution), whole)

    found: str | None = _tried(tries, cells)
    return found


@udf("sf_h3_coverage", "VARCHAR BIGINT BOOLEAN BOOLEAN", "VARCHAR")
def _coverage(text: str, resolution: int, tries: bool, whole: bool) -> str | None:
    """The cells that a shape touches, whose edges are arcs of great circles; in order of their numbers."""
    shape = json.loads(text)

    def cells() -> str:
        if not 0 <= resolution <= 15:
            raise _failed(f"{resolution} is no resolution of H3")
        found = {cell for part in parts_of(shape) for cell in _touched(part, resolution)}
        return _json(sorted(found), whole)

    result: str | None = _tried(tries, cells)
    return result


def _touched(shape: Shape, resolution: int) -> set[str]:
    """Cells that a simple shape touches: from those of its corners on to neighbours, as it is connected.

    Both are looked at in a plane in which arcs of great circles are straight lines.
    """
    grid = _grid()
    seeds = {grid.latlng_to_cell(point[1], point[0], resolution) for point in points_of(shape)}
    if shape["type"] == "Point":
        return seeds
    plane = _Plane(points_of(shape))
    flat = {"type": shape["type"], "coordinates": plane.flat(shape["coordinates"])}
    found, seen, waiting = set[str](), set(seeds), list(seeds)
    while waiting:
        cell = waiting.pop()
        ring = [[longitude, latitude] for latitude, longitude in grid.cell_to_boundary(cell)]
        if cell in seeds or intersects(flat, {"type": "Polygon", "coordinates": [plane.flat([*ring, ring[0]])]}):
            found.add(cell)
            _few(len(found))
            fresh = set(grid.grid_disk(cell, 1)) - seen
            seen |= fresh
            waiting.extend(fresh)
    return found


class _Plane:
    """The gnomonic projection around the middle of some points."""

    def __init__(self, points: list[Any]) -> None:
        vectors = [_vector(point) for point in points]
        middle = [sum(vector[axis] for vector in vectors) for axis in range(3)]
        size = math.hypot(*middle)
        if size < 1e-9:
            raise errors.UNSUPPORTED_FEATURE("H3_COVERAGE of a shape around the globe")
        self.up = [value / size for value in middle]
        pole = [0.0, 0.0, 1.0] if abs(self.up[2]) < 0.9 else [1.0, 0.0, 0.0]
        east = _product(pole, self.up)
        self.east = [value / math.hypot(*east) for value in east]
        self.north = _product(self.up, self.east)

    def flat(self, coordinates: Any) -> Any:
        """Points at any depth of lists. Raises 000002 for those far from the middle."""
        if coordinates and isinstance(coordinates[0], list):
            return [self.flat(item) for item in coordinates]
        vector = _vector(coordinates)
        height = _dot(vector, self.up)
        if height < 0.1:
            raise errors.UNSUPPORTED_FEATURE("H3_COVERAGE of a shape as large as half of the globe")
        return [_dot(vector, self.east) / height, _dot(vector, self.north) / height]


def _vector(point: Any) -> list[float]:
    longitude, latitude = math.radians(point[0]), math.radians(point[1])
    return [math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)]


def _product(a: list[float], b: list[float]) -> list[float]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
