"""OBJECT_TRANSFORM(input KEEP path, … SET path, value, …): its words become markers among the arguments.

"OBJECT_TRANSFORM function". A path is a string of quoted names joined by dots: ``'"a"."b"'``.
"""

from __future__ import annotations

import json
import re

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation.functions import Call, as_super, function
from dw_simulator.emulators.redshift.translation.marks import KEEP_MARK, SET_MARK
from dw_simulator.emulators.redshift.translation.nodes import call, cast, is_string

_PATH = re.compile(r'"(?:[^"]|"")+"(?:\."(?:[^"]|"")+")*')
_PART = re.compile(r'"((?:[^"]|"")+)"')


def _path(node: exp.Expr) -> exp.Expr:
    """The names of a path as a string with a JSON array."""
    if not is_string(node) or not _PATH.fullmatch(node.name):
        raise RedshiftError("42601", "OBJECT_TRANSFORM expects constant strings of double-quoted path components")
    names = [name.replace('""', '"') for name in _PART.findall(node.name)]
    return exp.Literal.string(json.dumps(names, ensure_ascii=False))


def _array(items: list[exp.Expr], type_name: str) -> exp.Expr:
    return cast(exp.Array(expressions=items), f"{type_name}[]")


@function("object_transform")
def _object_transform(this: Call) -> exp.Expr:
    this.context.inspected_literal = True
    groups: dict[str, list[exp.Expr]] = {"": [], KEEP_MARK: [], SET_MARK: []}
    current = ""
    for argument in this.arguments:
        if is_string(argument) and argument.name in (KEEP_MARK, SET_MARK):
            current = argument.name
        else:
            groups[current].append(argument)
    if len(groups[""]) != 1 or len(groups[SET_MARK]) % 2:
        raise this.wrong()
    paths, values = groups[SET_MARK][::2], groups[SET_MARK][1::2]
    return call(
        "dw_object_transform",
        as_super(groups[""][0], this),
        _array([_path(node) for node in groups[KEEP_MARK]], "text"),
        _array([_path(node) for node in paths], "text"),
        _array([as_super(node, this) for node in values], "super"),
    )
