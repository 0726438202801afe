"""Spatial functions whose calls need another shape ("Spatial functions")."""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError
from dw_simulator.emulators.redshift.translation.functions import Call, function
from dw_simulator.emulators.redshift.translation.nodes import call, cast, function_name, is_string


@function("supportsbbox")
def _supports_bbox(this: Call) -> exp.Expr:
    """Shapes carry no bounding boxes here, so only what was said in the same breath can be told."""
    maker = function_name(this.arguments[0]) if len(this.arguments) == 1 else ""
    if maker not in ("addbbox", "dropbbox"):
        raise UnsupportedFeatureError("function SUPPORTSBBOX of anything but AddBBox and DropBBox")
    answer = exp.Boolean(this=maker == "addbbox")
    not_null = exp.Not(this=exp.Is(this=this.arguments[0], expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=not_null, true=answer)])


@function(
    *("st_astext", "st_asewkt", "st_asgeojson", "st_asbinary", "st_asewkb", "st_ashexwkb", "st_ashexewkb"),
    *("st_area", "st_length", "st_perimeter", "st_distance"),
)
def _of_shape(this: Call) -> exp.Expr | None:
    """NULL and EWKB in hexadecimal digits are a GEOMETRY where both kinds of shapes are possible ("CAST function")."""
    shapes = [
        cast(value, "geometry") if isinstance(value, exp.Null) or is_string(value) else value
        for value in this.arguments
    ]
    return call(this.name, *shapes) if shapes != this.arguments else None


def ordered_collect(node: exp.Expr, order: exp.Order) -> exp.Expr:
    """ST_Collect(g) WITHIN GROUP (ORDER BY …)."""
    return call("st_collect", exp.Order(this=node.expressions[0], expressions=order.expressions))
