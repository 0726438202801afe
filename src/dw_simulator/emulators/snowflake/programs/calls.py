"""Calls of functions that are not in SQL, as SQL of the engine underneath. Values go as exact texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.programs.workers import Programs
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, physical
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.backend import Backend
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
    from dw_simulator.emulators.snowflake.stages.resolver import Stages

SCALAR, AGGREGATE, TABLE = "sf_program", "sf_program_fold", "sf_program_rows"
"""The engine's functions: (key, arguments as texts, something that differs by row if the handler's result may)."""
SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")
HINT = "programs"


class SessionPrograms:
    """The programs of a session, for the binder."""

    def __init__(self, programs: Programs, stages: Stages, catalog: SessionCatalog, session_id: int, user: str) -> None:
        self.programs = programs
        self._stages, self._catalog, self._session_id, self._user = stages, catalog, session_id, user

    def key(self, entry: Entry) -> str:
        definition = definition_of(entry)
        digest = hashlib.sha1(json.dumps(definition).encode(), usedforsecurity=False).hexdigest()[:12]
        return self.programs.know(self._session_id, f"{entry.id}-{digest}", definition, self._fetch(entry))

    def _fetch(self, entry: Entry) -> Callable[[Path], list[str]]:
        catalog = self._catalog.at(entry.database, entry.schema, entry.owner)
        places = [self._stages.place(text, catalog, self._user) for text in entry.properties["imports"]]

        def fetch(folder: Path) -> list[str]:
            paths = []
            for place in places:
                file = place.storage.find(place.path)
                if file is None:
                    raise errors.FILE_NOT_FOUND(place.path)
                target = folder / PurePosixPath(place.path).name
                with place.storage.open(file) as source:
                    target.write_bytes(source.read())
                if target.suffix in (".zip", ".whl", ".egg"):
                    paths.append(str(target))
            return paths

        return fetch


def definition_of(entry: Entry) -> dict[str, Any]:
    """What the process of the handler is told."""
    values = entry.properties
    table = values["table"] if entry.kind == "FUNCTION" else None
    return {
        "language": values["language"],
        "name": values["base_name"],
        "handler": values["handler"],
        "code": entry.text or None,
        "names": [name for name, _, _ in values["arguments"]],
        "arguments": [kind for _, kind, _ in values["arguments"]],
        "returns": _shown(values["returns"]) if values["returns"] else None,
        "table": [{**_shown(kind), "name_of": name} for name, kind in table or ()],
        "packages": values["packages"],
        "procedure": entry.kind == "PROCEDURE",
    }


def _shown(kind: dict[str, Any]) -> dict[str, Any]:
    return {**kind, "shown": type_from_json(dict(kind)).sql_name()}


def install(backend: Backend, programs: Programs) -> None:
    """Let the engine underneath call handlers."""
    texts, rows = pa.string(), pa.list_(pa.list_(pa.string()))

    def scalars(keys: pa.Array, arguments: pa.Array, salt: pa.Array) -> pa.Array:  # noqa: ARG001 - makes it volatile
        return pa.array(programs.scalars(keys.to_pylist(), arguments.to_pylist()), type=texts)

    def tables(keys: pa.Array, partitions: pa.Array, salt: pa.Array) -> pa.Array:  # noqa: ARG001 - makes it volatile
        return pa.array(programs.tables(keys.to_pylist(), partitions.to_pylist()), type=rows)

    backend.add_function(SCALAR, scalars, ["VARCHAR", "VARCHAR[]", "DOUBLE"], "VARCHAR")

    def folded(keys: pa.Array, groups: pa.Array, salt: pa.Array) -> pa.Array:  # noqa: ARG001 - as the others
        return pa.array(programs.aggregates(keys.to_pylist(), groups.to_pylist()), type=texts)

    backend.add_function(AGGREGATE, folded, ["VARCHAR", "VARCHAR[][]", "DOUBLE"], "VARCHAR")
    backend.add_function(TABLE, tables, ["VARCHAR", "VARCHAR[][]", "DOUBLE"], "VARCHAR[][]")


# --- values -----------------------------------------------------------------------------------------------------------
def text_sql(value: Typed) -> str:
    """SQL of an argument's exact text."""
    match value.type.name:
        case "BINARY":
            return f"hex({value.sql})"
        case "TIMESTAMP_TZ":
            return f"CAST(({value.sql}).value AS VARCHAR) || '|' || CAST(({value.sql}).offset_minutes AS VARCHAR)"
        case name if name in SEMI:
            return f"sf.json_plain({value.sql})"
    return f"CAST({value.sql} AS VARCHAR)"


def value_sql(text: str, kind: SnowflakeType) -> str:
    """SQL of the value whose exact text the SQL ``text`` gives."""
    match kind.name:
        case "TEXT":
            return text
        case "BINARY":
            return f"unhex({text})"
        case "TIMESTAMP_TZ":
            moment = f"CAST(split_part({text}, '|', 1) AS TIMESTAMPTZ)"
            return f"sf.tz_at({moment}, CAST(split_part({text}, '|', 2) AS INTEGER))"
        case name if name in SEMI:
            return f"sf_parse_json({text})"
        case "FIXED":
            return f"CAST(CAST({text} AS DECIMAL(38, {kind.scale or 0})) AS {physical(kind)})"
    return f"CAST({text} AS {physical(kind)})"


# --- calls ------------------------------------------------------------------------------------------------------------
def scalar(entry: Entry, binder: Any, arguments: dict[str, Typed]) -> Typed:
    """A call of a scalar function with arguments of its types."""
    programs: SessionPrograms = binder.env.hints[HINT]
    binder.env.volatile = True
    kind = type_from_json(dict(entry.properties["returns"]))
    texts = ", ".join(text_sql(value) for value in arguments.values())
    salt = "0.0" if entry.properties["immutable"] else "random()"
    sql = value_sql(f"{SCALAR}({literal(programs.key(entry))}, CAST([{texts}] AS VARCHAR[]), {salt})", kind)
    if entry.properties["strict"] and arguments:
        missing = " OR ".join(f"{value.sql} IS NULL" for value in arguments.values())
        sql = f"CASE WHEN {missing} THEN NULL ELSE {sql} END"
    return Typed(sql, kind)


def aggregate(entry: Entry, binder: Any, arguments: dict[str, Typed]) -> Typed:
    """A call of an aggregate function: the handler gets all rows of a group."""
    programs: SessionPrograms = binder.env.hints[HINT]
    binder.env.volatile = True
    kind = type_from_json(dict(entry.properties["returns"]))
    texts = ", ".join(text_sql(value) for value in arguments.values())
    rows = f"CAST(coalesce(list([{texts}]), []) AS VARCHAR[][])"
    return Typed(value_sql(f"{AGGREGATE}({literal(programs.key(entry))}, {rows}, 0.0)", kind), kind)
