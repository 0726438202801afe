# ruff: noqa: E501 - tables and SQL templates, one row an entry
"""SHOW. Vendor page: "SHOW <objects>".

A kind is a function that gives its rows; its columns are beside it, with a suffix for the type as in
``information_schema``. The frame applies LIKE, IN, STARTS WITH, LIMIT and FROM.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import information_schema, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import directory_of
from dw_simulator.emulators.snowflake.translation.lexer import upper_words
from dw_simulator.emulators.snowflake.translation.text import like_pattern
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types import model as m


@dataclass(slots=True)
class Filter:
    """What a SHOW asks for. ``database`` and ``schema`` bound it; ``table`` only for columns and keys."""

    like: str | None = None
    database: str | None = None
    schema: str | None = None
    account: bool = False
    account_named: bool = False
    """Whether the statement says IN ACCOUNT."""
    inside: bool = False
    """Whether IN names (or means) a database or a schema."""
    table: tuple[str, ...] | None = None
    starts: str | None = None
    limit: int | None = None
    after: str | None = None
    terse: bool = False
    history: bool = False


Rows = Callable[[Run, Filter], Iterable[tuple[Any, ...]]]
KINDS: dict[str, tuple[str, Rows]] = {}
_TYPES = {"n": m.number(18, 0), "l": m.timestamp_ltz(6), "b": m.boolean()}


def kind(names: str, columns: str) -> Callable[[Rows], Rows]:
    """Register SHOW kinds (separated by commas). One column must be ``name``, which filters look at.

    A column whose name starts with ``+`` is shown with HISTORY only.
    """

    def register(rows: Rows) -> Rows:
        for name in names.split(","):
            KINDS[name.strip()] = (columns, rows)
        return rows

    return register


@command("SHOW", "SHOW TERSE")
def show(run: Run) -> StatementResult:
    name = _kind_of(run)
    wanted = _filter(run, name)
    wanted.terse = "TERSE" in run.words
    columns, rows = KINDS[name]
    labels = [word.partition(":") for word in columns.split()]
    result_columns = [ResultColumn(label.lstrip("+"), _TYPES.get(suffix, m.text())) for label, _, suffix in labels]
    names = [column.name for column in result_columns]
    at = (
        names.index("column_name")
        if "column_name" in names and name == "COLUMNS"
        else (names.index("name") if "name" in names else names.index("key") if "key" in names else 0)
    )
    found = _filtered(list(rows(run, wanted)), wanted, at)
    if wanted.terse and name in _TERSE:
        result_columns, found = _terse(_TERSE[name], result_columns, found)
    elif not wanted.history:
        kept = [index for index, (label, _, _) in enumerate(labels) if not label.startswith("+")]
        result_columns = [result_columns[index] for index in kept]
        found = [tuple(row[index] for index in kept) for row in found]
    return StatementResult.rows(result_columns, found, StatementType.SHOW)


def _kind_of(run: Run) -> str:
    """The kind whose name comes next. Raises 000002 for one that is not emulated."""
    parser = run.parser
    words: list[str] = []
    while parser.ahead(len(words)).kind == "word":
        words.append(parser.ahead(len(words)).value)
    for size in range(len(words), 0, -1):
        name = " ".join(words[:size])
        if name in KINDS:
            parser.at += size
            return name
    end = next((index for index, word in enumerate(words) if word in _FILTER_WORDS), len(words))
    raise errors.UNSUPPORTED_FEATURE(f"SHOW {' '.join(words[:end])}")


_FILTER_WORDS = ("LIKE", "IN", "FROM", "STARTS", "LIMIT", "HISTORY", "ON", "TO", "OF", "FOR", "WITH")


def _terse(
    text: str, columns: list[ResultColumn], rows: list[tuple[Any, ...]]
) -> tuple[list[ResultColumn], list[tuple[Any, ...]]]:
    """The columns that TERSE leaves; ``name=value`` is one with a value of its own."""
    names = [column.name for column in columns]
    parts = [word.partition("=") for word in text.split()]
    labels = [ResultColumn(label, m.text()) if fixed else columns[names.index(label)] for label, fixed, _ in parts]
    cells = [(names.index(label) if not fixed else None, value or None) for label, fixed, value in parts]
    return labels, [tuple(value if index is None else row[index] for index, value in cells) for row in rows]


def _filter(run: Run, name: str) -> Filter:
    parser = run.parser
    wanted = Filter()
    wanted.history = parser.accept("HISTORY")
    if wanted.history and "+dropped_on" not in KINDS[name][0]:
        raise errors.UNSUPPORTED_FEATURE(f"SHOW {name} HISTORY")
    if parser.accept("LIKE"):
        wanted.like = parser.string()
    if parser.accept("IN"):
        _scope(run, name, wanted)
    else:
        _default_scope(run, name, wanted)
    if parser.accept("STARTS", "WITH"):
        wanted.starts = parser.string()
    if parser.accept("LIMIT"):
        wanted.limit = parser.integer()
        if parser.accept("FROM"):
            wanted.after = parser.string()
    if parser.accept("WITH", "PRIVILEGES"):
        if run.engine.access(run.session, run.state) is not None:
            raise errors.UNSUPPORTED_FEATURE(f"SHOW {name} WITH PRIVILEGES where grants are enforced")
        parser.rest()  # every role has every privilege
    parser.expect_end()
    return wanted


def _default_scope(run: Run, name: str, wanted: Filter) -> None:
    """Without IN: the current schema, or the current database, or the account."""
    wanted.database = run.session.database
    if name != "SCHEMAS":
        wanted.schema = run.session.schema
    wanted.account = wanted.database is None


def _scope(run: Run, name: str, wanted: Filter) -> None:
    parser = run.parser
    word = parser.accept_any("ACCOUNT", "DATABASE", "SCHEMA", "TABLE", "VIEW", "SESSION")
    if word in ("ACCOUNT", "SESSION"):
        wanted.account = True
        wanted.account_named = word == "ACCOUNT"
        return
    wanted.inside = True
    named = parser.is_identifier() and not parser.is_word("STARTS", "LIMIT", "LIKE", "WITH")
    parts = ddl.object_name(run) if named else ()
    if word in ("TABLE", "VIEW"):
        if parts:
            wanted.table = parts
        else:
            _default_scope(run, name, wanted)
        return
    if word is None and name in _IN_TABLES and ddl.catalog_of(run).find("TABLE", parts) is not None:
        wanted.table = parts
        return
    database = run.engine.catalog.get("DATABASE", name=parts[0]) if len(parts) == 1 and word is None else None
    if word == "SCHEMA" or (word is None and name != "SCHEMAS" and database is None):
        wanted.database = parts[0] if len(parts) == 2 else run.session.database
        wanted.schema = parts[-1] if parts else run.session.schema
        wanted.account = wanted.database is None and not parts
        if parts and not run.engine.catalog.has_schema(wanted.database, wanted.schema):
            if word is None and name in _IN_TABLES:
                raise errors.OBJECT_NOT_FOUND(".".join(parts))
            raise errors.OPERATION_NOT_POSSIBLE()
    else:
        wanted.database = parts[-1] if parts else run.session.database
        wanted.account = wanted.database is None
        if wanted.database is not None and run.engine.catalog.get("DATABASE", name=wanted.database) is None:
            raise errors.OPERATION_NOT_POSSIBLE()


_IN_TABLES = ("COLUMNS", "PRIMARY KEYS", "UNIQUE KEYS", "IMPORTED KEYS", "EXPORTED KEYS", "INDEXES")
"""Kinds for which ``IN name`` is a table's name."""


def _filtered(rows: list[tuple[Any, ...]], wanted: Filter, at: int) -> list[tuple[Any, ...]]:
    if wanted.like is not None:
        pattern = like_pattern(wanted.like)
        rows = [row for row in rows if pattern.fullmatch(str(row[at]))]
    if wanted.starts is not None:
        rows = [row for row in rows if str(row[at]).startswith(wanted.starts)]
    if wanted.after is not None:
        rows = [row for row in rows if str(row[at]) > wanted.after]
    return rows[: wanted.limit] if wanted.limit is not None else rows


_TERSE = {
    **dict.fromkeys(("TABLES", "VIEWS", "OBJECTS"), "created_on name kind database_name schema_name"),
    "SCHEMAS": "created_on name kind= database_name schema_name=",
    "DATABASES": "created_on name kind database_name= schema_name=",
    "TASKS": "created_on name kind=TASK database_name schema_name schedule state",
    "ALERTS": "created_on name kind=ALERT database_name schema_name schedule state",
    "EXTERNAL TABLES": "created_on name kind=EXTERNAL_TABLE database_name schema_name",
    "DYNAMIC TABLES": "created_on name kind=DYNAMIC_TABLE database_name schema_name",
    "HYBRID TABLES": "created_on name kind=HYBRID_TABLE database_name schema_name",
    "INTERACTIVE TABLES": "created_on name kind=INTERACTIVE_TABLE database_name schema_name",
    "INDEXES": "created_on name kind database_name schema_name",
    "USERS": "name created_on display_name first_name last_name email org_identity= comment has_password "
    "has_rsa_public_key",
}


def yes_or_no(flag: object) -> str:
    return "Y" if flag else "N"


def visible_entries(run: Run, name: str, database: str | None = None) -> Iterable[Entry]:
    """Objects of a kind that the session may see."""
    return ddl.catalog_of(run).entries(name, database)


def shown_entries(run: Run, wanted: Filter, name: str) -> Iterable[Entry]:
    """Objects of a kind inside the bounds; temporary ones of this session too."""
    database, schema = (None, None) if wanted.account else (wanted.database, wanted.schema)
    yield from (entry for entry in visible_entries(run, name, database) if schema is None or entry.schema == schema)
    for entry in sorted(run.state.temporary.values(), key=lambda item: item.parts):
        inside = wanted.account or (wanted.database in (None, entry.database) and wanted.schema in (None, entry.schema))
        if name == entry.kind and inside:
            yield entry


def with_dropped(
    run: Run, wanted: Filter, names: tuple[str, ...], live: Iterable[Entry], database: str | None, schema: str | None
) -> Iterable[Entry]:
    """``live``, and with HISTORY those of these kinds that were dropped and can come back."""
    found = list(live)
    if wanted.history:
        access = run.engine.access(run.session, run.state)
        found += [
            entry
            for entry in run.engine.catalog.dropped_entries()
            if entry.kind in names
            and database in (None, entry.database)
            and schema in (None, entry.schema)
            and (access is None or access.privileges(entry))
        ]
    return sorted(found, key=lambda entry: entry.parts)


# --- kinds ------------------------------------------------------------------------------------------------------------
@kind(
    "DATABASES",
    "created_on:l name is_default is_current origin owner comment options retention_time +dropped_on:l kind "
    "budget owner_role_type object_visibility",
)
def _databases(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in with_dropped(run, wanted, ("DATABASE",), visible_entries(run, "DATABASE"), None, None):
        current = yes_or_no(entry.name == run.session.database and entry.dropped is None)
        options = "TRANSIENT" if entry.transient else ""
        yield (
            entry.created, entry.name, "N", current, "", entry.owner, entry.comment, options, _retention(run, entry),
            entry.dropped, "STANDARD", None, "ROLE", None,
        )  # fmt: skip


@kind(
    "SCHEMAS",
    "created_on:l name is_default is_current database_name owner comment options retention_time +dropped_on:l "
    "owner_role_type object_visibility",
)
def _schemas(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    databases = (
        [entry.name for entry in visible_entries(run, "DATABASE")]
        if wanted.account or wanted.database is None
        else [wanted.database]
    )
    for database in databases:
        made = run.engine.catalog.database(database).created
        found = with_dropped(run, wanted, ("SCHEMA",), visible_entries(run, "SCHEMA", database), database, None)
        listed: list[tuple[str, Entry | None]] = [
            *((entry.name, entry) for entry in found),
            ("INFORMATION_SCHEMA", None),
        ]
        for name, entry in sorted(listed, key=lambda pair: pair[0]):
            if entry is None:
                about = "Views describing the contents of schemas in this database"
                yield (
                    made,
                    name,
                    "N",
                    yes_or_no(_is_current(run, database, name)),
                    database,
                    "",
                    about,
                    "",
                    "1",
                    None,
                    "",
                    None,
                )
                continue
            words = (
                "TRANSIENT" if entry.transient else "",
                "MANAGED ACCESS" if entry.properties.get("managed_access") else "",
            )
            yield (
                entry.created, name, "N", yes_or_no(_is_current(run, database, name) and entry.dropped is None), database,
                entry.owner, entry.comment, ", ".join(word for word in words if word), _retention(run, entry), entry.dropped,
                "ROLE", None,
            )  # fmt: skip


def _is_current(run: Run, database: str, schema: str) -> bool:
    return (database, schema) == (run.session.database, run.session.schema)


TABLE_KINDS = ("TABLE", "DYNAMIC TABLE", "EXTERNAL TABLE")


@kind(
    "TABLES",
    "created_on:l name database_name schema_name kind comment cluster_by rows:n bytes:n owner retention_time +dropped_on:l "
    "automatic_clustering change_tracking search_optimization search_optimization_progress "
    "search_optimization_bytes is_external enable_schema_evolution owner_role_type is_event budget is_hybrid "
    "is_iceberg is_dynamic is_immutable",
)
def _tables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    live = [found for name in TABLE_KINDS for found in shown_entries(run, wanted, name)]
    database, schema = (None, None) if wanted.account else (wanted.database, wanted.schema)
    for entry in with_dropped(run, wanted, TABLE_KINDS, live, database, schema):
        external = entry.kind == "EXTERNAL TABLE"
        count = None if external else run.engine.catalog.row_count(entry) or 0
        optimized = bool(entry.properties.get("search_optimization"))
        clustered = entry.properties.get("cluster_by", "")
        yield (
            entry.created, entry.name, entry.database, entry.schema, _table_kind(entry), entry.comment, clustered, count,
            None if count is None else count * 8, entry.owner, _retention(run, entry), entry.dropped,
            "ON" if clustered and not entry.properties.get("recluster_suspended") else "OFF",
            "ON" if entry.properties.get("change_tracking") else "OFF", "ON" if optimized else "OFF",
            100 if optimized else None, 0 if optimized else None,
            yes_or_no(external), yes_or_no(entry.properties.get("enable_schema_evolution")), "ROLE", "N",
            None, yes_or_no(entry.properties.get("hybrid")), "N", yes_or_no(entry.kind == "DYNAMIC TABLE"), "N",
        )  # fmt: skip


def _retention(run: Run, entry: Entry) -> str:
    """Days for which Time Travel reaches back."""
    days = versions.explicit_days(run.engine.catalog, entry)
    return str(versions.DEFAULT_DAYS if days is None else days)


def _table_kind(entry: Entry) -> str:
    return "TEMPORARY" if entry.temporary else "TRANSIENT" if entry.transient else "TABLE"


@kind(
    "VIEWS",
    "created_on:l name reserved database_name schema_name owner comment text is_secure is_materialized "
    "owner_role_type change_tracking kind",
)
def _views(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in (*shown_entries(run, wanted, "VIEW"), *_own_views(run, wanted)):
        materialized = bool(entry.properties.get("materialized"))
        yield (
            entry.created, entry.name, "", entry.database, entry.schema, entry.owner, entry.comment,
            entry.properties.get("statement", ""), str(bool(entry.properties.get("secure"))).lower(),
            str(materialized).lower(), "ROLE", "ON" if entry.properties.get("change_tracking") else "OFF",
            "MATERIALIZED_VIEW" if materialized else "VIEW",
        )  # fmt: skip


def _own_views(run: Run, wanted: Filter) -> list[Entry]:
    """Those of INFORMATION_SCHEMA, where it is what is asked for."""
    if wanted.schema != "INFORMATION_SCHEMA" or wanted.account or wanted.database is None:
        return []
    return information_schema.own_views(ddl.catalog_of(run), wanted.database)


@kind(
    "MATERIALIZED VIEWS",
    "created_on:l name reserved database_name schema_name cluster_by rows:n bytes:n source_database_name "
    "source_schema_name source_table_name refreshed_on:l compacted_on:l owner invalid invalid_reason behind_by comment "
    "text is_secure automatic_clustering owner_role_type",
)
def _materialized_views(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """Counts need the view to be computed; it is computed when it is read, and so never behind."""
    for entry in shown_entries(run, wanted, "VIEW"):
        if not entry.properties.get("materialized"):
            continue
        source = entry.properties.get("source", (None, None, None))
        yield (
            entry.created, entry.name, "", entry.database, entry.schema, entry.properties.get("cluster_by", ""), None, None,
            *source, entry.created, None, entry.owner, "false", None, "0s", entry.comment,
            entry.properties.get("statement", ""), str(bool(entry.properties.get("secure"))).lower(), "OFF", "ROLE",
        )  # fmt: skip


@kind(
    "OBJECTS",
    "created_on:l name database_name schema_name kind comment cluster_by rows:n bytes:n owner retention_time "
    "owner_role_type budget is_hybrid is_dynamic is_iceberg is_interactive",
)
def _objects(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    found = [entry for name in (*TABLE_KINDS, "VIEW") for entry in shown_entries(run, wanted, name)]
    for entry in sorted(found, key=lambda item: item.parts):  # across the kinds: clients page with LIMIT … FROM
        is_view = entry.kind == "VIEW"
        count = 0 if is_view else run.engine.catalog.row_count(entry) or 0
        yield (
            entry.created, entry.name, entry.database, entry.schema,
            # Unlike SHOW TABLES it tells no transient and dynamic tables from others (is_dynamic does): dbt goes by that.
            "VIEW" if is_view else "TABLE", entry.comment, entry.properties.get("cluster_by", ""), count,
            count * 8, entry.owner, _retention(run, entry), "ROLE", None, yes_or_no(entry.properties.get("hybrid")),
            yes_or_no(entry.kind == "DYNAMIC TABLE"), "N", yes_or_no(entry.properties.get("interactive")),
        )  # fmt: skip


@kind(
    "COLUMNS",
    "table_name schema_name column_name data_type null? default kind expression comment database_name autoincrement "
    "schema_evolution_record",
)
def _columns(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    if wanted.table is not None:
        entries = [ddl.catalog_of(run).require("TABLE", wanted.table, "DESCRIBE")]
    else:
        entries = [entry for name in (*TABLE_KINDS, "VIEW") for entry in shown_entries(run, wanted, name)]
    for entry in sorted(entries, key=lambda item: item.parts):
        for column in entry.columns:
            yield (
                entry.name, entry.schema, column.name, json.dumps(_type_json(column), separators=(",", ":")),
                "true" if column.type.nullable else "NOT_NULL", upper_words(column.default or ""),
                "VIRTUAL_COLUMN" if column.computed else "COLUMN", column.computed or "", column.comment or "",
                entry.database, column.shown_identity or "", column.evolution,
            )  # fmt: skip


def _type_json(column: TableColumn) -> dict[str, Any]:
    kind_ = column.type
    data: dict[str, Any] = {"type": kind_.name}
    if kind_.name in interval.NAMES:
        data |= {"type": interval.plain_name(kind_), "precision": kind_.precision}
        data |= {"scale": kind_.scale} if kind_.scale is not None else {}
    elif kind_.name == "FIXED":
        data |= {"precision": kind_.precision, "scale": kind_.scale}
    elif kind_.name == "DECFLOAT":
        data |= {"precision": kind_.precision}
    elif kind_.name in ("TEXT", "BINARY"):
        data |= {"length": kind_.length, "byteLength": kind_.byte_length}
    elif kind_.scale is not None:
        data |= {"precision": 0, "scale": kind_.scale}
    data["nullable"] = kind_.nullable
    if kind_.name in ("TEXT", "BINARY"):
        data["fixed"] = (column.type_text or "").startswith("BINARY")
    if column.collation:
        data["collation"] = column.collation
    return data


_SEQUENCE_COLUMNS = (
    "name database_name schema_name next_value:n interval:n created_on:l owner comment owner_role_type ordered"
)


@kind("SEQUENCES", _SEQUENCE_COLUMNS)
def _sequences(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "SEQUENCE"):
        yield sequence_row(run, entry)[1]


def sequence_row(run: Run, entry: Entry) -> tuple[list[ResultColumn], tuple[Any, ...]]:
    """The columns of SHOW SEQUENCES and the row of one."""
    following = run.engine.next_value(entry)
    labels = [word.partition(":") for word in _SEQUENCE_COLUMNS.split()]
    columns = [ResultColumn(label, _TYPES.get(suffix, m.text())) for label, _, suffix in labels]
    return columns, (
        entry.name, entry.database, entry.schema, following, entry.properties["increment"], entry.created,
        entry.owner, entry.comment, "ROLE", yes_or_no(entry.properties.get("ordered")),
    )  # fmt: skip


@kind(
    "STAGES",
    "created_on:l name database_name schema_name url has_credentials has_encryption_key owner comment region type cloud notification_channel storage_integration endpoint owner_role_type directory_enabled",
)
def _stages(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "STAGE"):
        get = entry.properties.get
        url = get("URL") or ""
        yield (
            entry.created, entry.name, entry.database, entry.schema, url, yes_or_no(get("CREDENTIALS")),
            yes_or_no((get("ENCRYPTION") or {}).get("MASTER_KEY")), entry.owner, entry.comment, None,
            "EXTERNAL" if url else "INTERNAL", "AWS" if url else None, None, get("STORAGE_INTEGRATION"),
            get("ENDPOINT"), "ROLE", yes_or_no(directory_of(entry.properties)),
        )  # fmt: skip


@kind("FILE FORMATS", "created_on:l name database_name schema_name type owner comment format_options owner_role_type")
def _file_formats(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "FILE FORMAT"):
        chosen = FileFormat.from_dict(entry.properties)
        yield (
            entry.created, entry.name, entry.database, entry.schema, chosen.type, entry.owner, entry.comment,
            json.dumps(chosen.all_options(), separators=(",", ":")), "ROLE",
        )  # fmt: skip
