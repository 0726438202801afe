# ruff: noqa: E501 - tables and SQL templates, one row an entry
"""SHOW. Vendor page: "SHOW <objects>".

A kind is a function that gives its rows; its columns are beside it, with a suffix for the type as in
``information_schema``. The frame applies LIKE, IN, STARTS WITH, LIMIT and FROM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.resolver import directory_of
from dw_simulator.emulators.snowflake.translation.text import like_pattern
from dw_simulator.emulators.snowflake.types import model as m


@dataclass(slots=True)
class Filter:
    """What a SHOW asks for. ``database`` and ``schema`` bound it; ``table`` only for columns and keys."""

    like: str | None = None
    database: str | None = None
    schema: str | None = None
    account: bool = False
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
    """Register SHOW kinds (separated by commas). One column must be ``name``, which filters look at."""

    def register(rows: Rows) -> Rows:
        for name in names.split(","):
            KINDS[name.strip()] = (columns, rows)
        return rows

    return register


@command("SHOW", "SHOW TERSE")
def show(run: Run) -> StatementResult:
    parser = run.parser
    words: list[str] = []
    while parser.token.kind == "word" and not parser.is_word(
        "LIKE", "IN", "FROM", "STARTS", "LIMIT", "HISTORY", "ON", "TO", "OF", "FOR"
    ):
        words.append(parser.next().value)
    name = " ".join(words)
    if name not in KINDS:
        raise errors.UNSUPPORTED_FEATURE(f"SHOW {name}")
    wanted = _filter(run, name)
    wanted.terse = "TERSE" in run.words
    columns, rows = KINDS[name]
    labels = [word.partition(":") for word in columns.split()]
    result_columns = [ResultColumn(label, _TYPES.get(suffix, m.text())) for label, _, suffix in labels]
    names = [label for label, _, _ in labels]
    at = (
        names.index("column_name")
        if "column_name" in names and name == "COLUMNS"
        else (names.index("name") if "name" in names else names.index("key") if "key" in names else 0)
    )
    found = _filtered(list(rows(run, wanted)), wanted, at)
    if wanted.terse and name in _TERSE:
        kept = [names.index(label) for label in _TERSE[name].split()]
        result_columns = [result_columns[index] for index in kept]
        found = [tuple(row[index] for index in kept) for row in found]
    return StatementResult.rows(result_columns, found, StatementType.SHOW)


def _filter(run: Run, name: str) -> Filter:
    parser = run.parser
    wanted = Filter()
    wanted.history = parser.accept("HISTORY")
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
    if not parser.at_end():
        parser.rest()
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
        return
    parts = ddl.object_name(run) if parser.is_identifier() and not parser.is_word("STARTS", "LIMIT", "LIKE") else ()
    if word in ("TABLE", "VIEW"):
        wanted.table = parts
    elif word == "SCHEMA" or (word is None and (len(parts) == 2 or name not in ("SCHEMAS", "COLUMNS"))):
        if word is None and len(parts) == 1 and run.engine.catalog.get("DATABASE", name=parts[0]) is not None:
            wanted.database = parts[0]
            return
        wanted.database = parts[0] if len(parts) == 2 else run.session.database
        wanted.schema = parts[-1] if parts else run.session.schema
        if wanted.database is None or not run.engine.catalog.has_schema(wanted.database, wanted.schema):
            raise errors.KIND_NOT_FOUND("Schema", ".".join(parts))
    elif word is None and name == "COLUMNS":
        wanted.table = parts
    else:
        wanted.database = parts[-1] if parts else run.session.database
        run.engine.catalog.database(wanted.database or "")


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
    "TABLES": "created_on name kind database_name schema_name",
    "VIEWS": "created_on name kind database_name schema_name",
    "SCHEMAS": "created_on name kind database_name schema_name",
    "DATABASES": "created_on name kind database_name schema_name",
    "OBJECTS": "created_on name kind database_name schema_name",
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


# --- kinds ------------------------------------------------------------------------------------------------------------
@kind(
    "DATABASES",
    "created_on:l name is_default is_current origin owner comment options retention_time kind owner_role_type "
    "database_name schema_name",
)
def _databases(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in visible_entries(run, "DATABASE"):
        current = yes_or_no(entry.name == run.session.database)
        options = "TRANSIENT" if entry.transient else ""
        yield (
            entry.created, entry.name, "N", current, "", entry.owner, entry.comment, options, _retention(run, entry),
            "STANDARD", "ROLE",
            None, None,
        )  # fmt: skip
    del wanted


@kind(
    "SCHEMAS",
    "created_on:l name is_default is_current database_name owner comment options retention_time owner_role_type "
    "kind schema_name",
)
def _schemas(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    databases = (
        [entry.name for entry in visible_entries(run, "DATABASE")]
        if wanted.account or wanted.database is None
        else [wanted.database]
    )
    for database in databases:
        made = run.engine.catalog.database(database).created
        names = [(entry.name, entry) for entry in visible_entries(run, "SCHEMA", database)]
        listed: list[tuple[str, Entry | None]] = [*names, ("INFORMATION_SCHEMA", None)]
        for name, entry in sorted(listed, key=lambda pair: pair[0]):
            current = yes_or_no((database, name) == (run.session.database, run.session.schema))
            yield (
                entry.created if entry else made, name, "N", current, database, entry.owner if entry else "",
                entry.comment if entry else "Views describing the contents of schemas in this database",
                "TRANSIENT" if entry and entry.transient else "", _retention(run, entry) if entry else "1",
                "ROLE" if entry else "", None, None,
            )  # fmt: skip


@kind(
    "TABLES",
    "created_on:l name database_name schema_name kind comment cluster_by rows:n bytes:n owner retention_time "
    "automatic_clustering change_tracking search_optimization search_optimization_progress "
    "search_optimization_bytes is_external enable_schema_evolution owner_role_type is_event budget is_hybrid "
    "is_iceberg is_dynamic is_immutable",
)
def _tables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    kinds = ("TABLE", "DYNAMIC TABLE", "EXTERNAL TABLE")
    for entry in [found for name in kinds for found in shown_entries(run, wanted, name)]:
        count = run.engine.catalog.row_count(entry) or 0
        yield (
            entry.created, entry.name, entry.database, entry.schema, _table_kind(entry), entry.comment,
            entry.properties.get("cluster_by", ""), count, count * 8, entry.owner, _retention(run, entry), "OFF",
            "ON" if entry.properties.get("change_tracking") else "OFF", "OFF", None, None,
            yes_or_no(entry.kind == "EXTERNAL TABLE"), yes_or_no(entry.properties.get("enable_schema_evolution")), "ROLE", "N",
            None, "N", "N", yes_or_no(entry.kind == "DYNAMIC TABLE"), "N",
        )  # fmt: skip


def _retention(run: Run, entry: Entry) -> str:
    """Days for which Time Travel reaches back."""
    days = versions.explicit_days(run.engine.catalog, entry)
    return str(versions.DEFAULT_DAYS if days is None else days)


def _table_kind(entry: Entry) -> str:
    return "TEMPORARY" if entry.temporary else "TRANSIENT" if entry.transient else "TABLE"


@kind(
    "VIEWS,MATERIALIZED VIEWS",
    "created_on:l name reserved database_name schema_name owner comment text is_secure is_materialized "
    "owner_role_type change_tracking kind",
)
def _views(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "VIEW"):
        yield (
            entry.created, entry.name, "", entry.database, entry.schema, entry.owner, entry.comment,
            entry.properties.get("statement", ""), str(bool(entry.properties.get("secure"))).lower(),
            str(bool(entry.properties.get("materialized"))).lower(), "ROLE", "OFF", "VIEW",
        )  # fmt: skip


@kind(
    "OBJECTS",
    "created_on:l name database_name schema_name kind comment cluster_by rows:n bytes:n owner retention_time "
    "owner_role_type budget is_hybrid is_dynamic is_iceberg is_interactive",
)
def _objects(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for name in ("TABLE", "VIEW", "DYNAMIC TABLE"):
        for entry in shown_entries(run, wanted, name):
            is_view = entry.kind == "VIEW"
            count = 0 if is_view else run.engine.catalog.row_count(entry) or 0
            yield (
                entry.created, entry.name, entry.database, entry.schema,
                # Unlike SHOW TABLES it tells no transient tables from others: dbt goes by that.
                name, entry.comment, entry.properties.get("cluster_by", ""), count,
                count * 8, entry.owner, "1", "ROLE", None, "N", "N", "N", "N",
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
        entries = [*shown_entries(run, wanted, "TABLE"), *shown_entries(run, wanted, "VIEW")]
    import json

    for entry in entries:
        for column in entry.columns:
            step = (
                f"IDENTITY START {column.identity[0]} INCREMENT {column.identity[1]} NOORDER" if column.identity else ""
            )
            yield (
                entry.name, entry.schema, column.name, json.dumps(_type_json(column.type), separators=(",", ":")),
                "true" if column.type.nullable else "NOT_NULL", column.default or "", "COLUMN", "",
                column.comment or "", entry.database, step, column.evolution,
            )  # fmt: skip


def _type_json(kind_: m.SnowflakeType) -> dict[str, Any]:
    data: dict[str, Any] = {"type": kind_.name}
    if kind_.name == "FIXED":
        data |= {"precision": kind_.precision, "scale": kind_.scale}
    elif kind_.name in ("TEXT", "BINARY"):
        data |= {"length": kind_.length, "byteLength": kind_.byte_length}
    elif kind_.scale is not None:
        data |= {"precision": 0, "scale": kind_.scale}
    data["nullable"] = kind_.nullable
    if kind_.name in ("TEXT", "BINARY"):
        data["fixed"] = False
    return data


@kind(
    "SEQUENCES",
    "name database_name schema_name next_value:n interval:n created_on:l owner comment owner_role_type ordered",
)
def _sequences(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "SEQUENCE"):
        rows = run.engine.system.run(
            f"SELECT coalesce(last_value + increment_by, start_value) FROM duckdb_sequences() "
            f"WHERE sequence_name = 's{entry.id}'"
        )
        following = int(rows[0][0]) if rows else entry.properties["start"]
        yield (
            entry.name, entry.database, entry.schema, following, entry.properties["increment"], entry.created,
            entry.owner, entry.comment, "ROLE", "N",
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
    import json

    for entry in shown_entries(run, wanted, "FILE FORMAT"):
        options = {str(key).upper(): value for key, value in entry.properties.items()}
        yield (
            entry.created, entry.name, entry.database, entry.schema, str(options.get("TYPE", "CSV")), entry.owner,
            entry.comment, json.dumps(options, default=str), "ROLE",
        )  # fmt: skip


@kind(
    "USER FUNCTIONS,FUNCTIONS",
    "created_on:l name schema_name is_builtin is_aggregate is_ansi min_num_arguments:n max_num_arguments:n arguments "
    "description catalog_name is_table_function valid_for_clustering is_secure is_external_function language is_memoizable",
)
def _functions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "FUNCTION"):
        count = len(entry.properties["arguments"])
        arguments = f"{entry.name} RETURN {entry.properties['result'].split('(')[0]}"
        yield (
            entry.created, entry.properties["base_name"], entry.schema, "N", "N", "N", count, count, arguments,
            entry.comment or "user-defined function", entry.database, yes_or_no(entry.properties["table"]), "N", "N", "N",
            entry.properties["language"], "N",
        )  # fmt: skip


@kind(
    "PROCEDURES,USER PROCEDURES",
    "created_on:l name schema_name is_builtin is_aggregate is_ansi min_num_arguments:n max_num_arguments:n arguments "
    "description catalog_name is_table_function valid_for_clustering is_secure secrets external_access_integrations",
)
def _procedures(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "PROCEDURE"):
        arguments = entry.properties["arguments"]
        least = sum(default is None for _, _, default in arguments)
        defaults = ", ".join(
            f"DEFAULT {part}" if default is not None else part
            for part, (_, _, default) in zip(
                entry.name.partition("(")[2].removesuffix(")").split(", "), arguments, strict=False
            )
        )
        result = entry.properties["result"]
        shown = result if result.startswith("TABLE") else result.split("(")[0]
        yield (
            entry.created, entry.properties["base_name"], entry.schema, "N", "N", "N", least, len(arguments),
            f"{entry.properties['base_name']}({defaults}) RETURN {shown}", entry.comment or "user-defined procedure",
            entry.database, yes_or_no(entry.properties["table"] is not None), "N", yes_or_no(entry.properties["secure"]),
            None, None,
        )  # fmt: skip


@kind(
    "WAREHOUSES",
    "name state type size min_cluster_count:n max_cluster_count:n started_clusters:n running:n queued:n is_default "
    "is_current auto_suspend:n auto_resume available provisioning quiescing other created_on:l resumed_on:l "
    "updated_on:l owner comment resource_monitor",
)
def _warehouses(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for entry in visible_entries(run, "WAREHOUSE"):
        properties = entry.properties
        size = str(properties.get("warehouse_size", properties.get("size", "X-Small")))
        yield (
            entry.name, properties.get("state", "STARTED"), "STANDARD", size, 1, 1, 1, 0, 0, "N",
            yes_or_no(entry.name == run.session.warehouse), int(properties.get("auto_suspend", 600) or 0), "true", "100", "",
            "", "", entry.created, entry.created, entry.created, entry.owner, entry.comment, "null",
        )  # fmt: skip


@kind(
    "USERS",
    "name created_on:l login_name display_name first_name last_name email disabled default_warehouse default_namespace default_role comment owner",
)
def _users(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for entry in visible_entries(run, "USER"):
        get = entry.properties.get
        yield (
            entry.name, entry.created, str(get("login_name", entry.name)), str(get("display_name", entry.name)),
            str(get("first_name", "")), str(get("last_name", "")), str(get("email", "")),
            str(get("disabled") is True).lower(),
            str(get("default_warehouse", "")), str(get("default_namespace", "")), str(get("default_role", "")),
            entry.comment, entry.owner,
        )  # fmt: skip


@kind("VARIABLES", "session_id created_on:l updated_on:l name value type comment")
def _variables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    from dw_simulator.emulators.snowflake.catalog.model import now

    for name, variable in sorted(run.session.variables.items()):
        yield str(run.session.id), now(), now(), name, str(variable.value), variable.type.name.lower(), ""


@kind("TRANSACTIONS,LOCKS", "id user session name started_on:l state")
def _transactions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    if run.session.in_transaction:
        from dw_simulator.emulators.snowflake.catalog.model import now

        ident = str(run.session.transaction_id)
        yield ident, run.session.user.upper(), str(run.session.id), ident, now(), "running"


def _keys(run: Run, wanted: Filter, name: str) -> Iterable[tuple[Entry, Any]]:
    if wanted.table is not None:
        entries: Iterable[Entry] = [ddl.catalog_of(run).require("TABLE", wanted.table, "DESCRIBE")]
    else:
        entries = shown_entries(run, wanted, "TABLE")
    for entry in entries:
        for constraint in entry.constraints:
            if constraint.kind == name:
                yield entry, constraint


_KEY_COLUMNS = (
    "created_on:l database_name schema_name table_name column_name key_sequence:n constraint_name rely comment"
)


@kind("PRIMARY KEYS", _KEY_COLUMNS)
def _primary_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    yield from _key_rows(run, wanted, "PRIMARY KEY")


@kind("UNIQUE KEYS", _KEY_COLUMNS)
def _unique_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    yield from _key_rows(run, wanted, "UNIQUE")


def _key_rows(run: Run, wanted: Filter, name: str) -> Iterable[tuple[Any, ...]]:
    for entry, constraint in _keys(run, wanted, name):
        for position, column in enumerate(constraint.columns, 1):
            yield (
                entry.created, entry.database, entry.schema, entry.name, column, position, constraint.name, "false",
                constraint.comment,
            )  # fmt: skip


@kind(
    "IMPORTED KEYS,EXPORTED KEYS",
    "created_on:l pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name fk_schema_name "
    "fk_table_name fk_column_name key_sequence:n update_rule delete_rule fk_name pk_name deferrability rely comment",
)
def _imported_keys(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry, constraint in _keys(run, wanted, "FOREIGN KEY"):
        assert constraint.references is not None
        target, columns = constraint.references
        parts = (entry.database, entry.schema, *target)[-3:]
        other = run.engine.catalog.get("TABLE", *parts)
        keys = [item for item in other.constraints if item.kind == "PRIMARY KEY"] if other else []
        named = columns or (keys[0].columns if keys else [])
        for position, (column, key) in enumerate(zip(constraint.columns, named, strict=False), 1):
            yield (
                entry.created, *parts, key, entry.database, entry.schema, entry.name, column, position, "NO ACTION",
                "NO ACTION", constraint.name, keys[0].name if keys else None, "NOT DEFERRABLE", "false",
                constraint.comment,
            )  # fmt: skip


_EMPTY = {
    "SHARES": "created_on:l kind owner_account name database_name to owner comment",
    "RESOURCE MONITORS": "name credit_quota used_credits remaining_credits level frequency created_on:l owner",
    "REGIONS": "region_group snowflake_region cloud region display_name name",
    "ICEBERG TABLES": "created_on:l name database_name schema_name owner external_volume_name catalog_name",
    "SECRETS": "created_on:l name schema_name database_name owner comment secret_type oauth_scopes owner_role_type",
}


def _nothing(_run: Run, _wanted: Filter) -> Iterable[tuple[Any, ...]]:
    return ()


for _name, _columns_text in _EMPTY.items():
    kind(_name, _columns_text)(_nothing)
