"""CREATE TABLE and ALTER TABLE -> drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dw_simulator.schema.importers.sql.columns import (
    read_column,
    read_reference,
    read_string,
    skip_constraint_properties,
)
from dw_simulator.schema.importers.sql.drafts import Report, ScriptDraft, TableDraft
from dw_simulator.schema.importers.sql.names import (
    check_not_reserved,
    needs_quotes,
    read_name,
    read_names,
    read_qualified,
)
from dw_simulator.schema.importers.sql.tokens import Stream, Token


def create_table(stream: Stream, script: ScriptDraft, report: Report, *, replace: bool, modifiers: list[str]) -> None:
    """Read what follows CREATE … TABLE and add the table to the script. ``modifiers`` stood before TABLE."""
    keep_existing = stream.accept("IF", "NOT", "EXISTS")
    parts = read_qualified(stream, "table")
    token = parts[-1]
    dialect = stream.source.dialect
    check_not_reserved(token, dialect, "table", report)
    table = TableDraft(token.text, token, quoted=needs_quotes(token, dialect, "table"))
    if not _has_columns(stream, table, report):
        return
    _definitions(stream, table, report)
    _attributes(stream, table, report)
    _modify(table, modifiers)
    key = table.name.lower()
    existing = script.tables.get(key)
    if existing is not None and keep_existing:
        existing.notes.append((f"Table '{table.name}' is created a second time IF NOT EXISTS; the first stays.", token))
        return
    if existing is not None and not replace:
        line, _ = stream.source.place(existing.token.start)
        report(f"table {table.name!r} is created twice, first in line {line}", token, "remove one of them")
    script.tables.pop(key, None)
    script.tables[key] = table


def _modify(table: TableDraft, modifiers: list[str]) -> None:
    if "TRANSIENT" in modifiers:
        table.fields["transient"] = True
    for word in modifiers:
        if word in ("TEMP", "TEMPORARY", "VOLATILE", "HYBRID"):
            table.notes.append(
                (f"Table '{table.name}' is declared {word}; it is imported as an ordinary table.", table.token)
            )


def _has_columns(stream: Stream, table: TableDraft, report: Report) -> bool:
    """Whether a list of columns follows; reports the forms of CREATE TABLE that have none."""
    if stream.at_symbol("(") and not (stream.peek(1).upper == "LIKE" and stream.peek(2).kind in ("word", "quoted")):
        return True
    token = _origin_of_columns(stream)
    if token is None:
        stream.fail(f"expected ( and the columns of table {table.name!r}")
    form, what = _WITHOUT_COLUMNS[token.upper]
    report(
        f"{form}: {what}, which the importer cannot see",
        token,
        f"write CREATE TABLE {table.name} with its columns and types "
        "(Redshift: SHOW TABLE, Snowflake: SELECT GET_DDL('TABLE', …) print it)",
    )
    return False


_WITHOUT_COLUMNS = {
    "AS": ("CREATE TABLE AS", "the columns come from a query"),
    "LIKE": ("CREATE TABLE LIKE", "the columns come from another table"),
    "CLONE": ("CREATE TABLE CLONE", "the columns come from another table"),
    "TEMPLATE": ("CREATE TABLE USING TEMPLATE", "the columns come from files"),
}


def _origin_of_columns(stream: Stream) -> Token | None:
    """The word after the table's name, and maybe some attributes, that says where its columns come from."""
    depth = 0
    for token in stream.tokens[stream.index :]:
        if token.kind == "symbol":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.upper in _WITHOUT_COLUMNS and (depth == 0 or token.upper == "LIKE"):
            return token
    return None


def _definitions(stream: Stream, table: TableDraft, report: Report) -> None:
    stream.expect_symbol("(", "before the columns")
    while True:
        if not _table_constraint(stream, table, report):
            _column_or_stop(stream, table, report)
        if stream.accept_symbol(","):
            continue
        stream.expect_symbol(")", f"or , in the definition of table {table.name!r}")
        return


def _column_or_stop(stream: Stream, table: TableDraft, report: Report) -> None:
    if stream.at_symbol(")"):
        stream.fail(f"expected a column of table {table.name!r}")
    following = stream.peek(1)
    if following.kind == "symbol" and following.text in (",", ")"):
        report(
            f"column {stream.peek().text!r} has no type: the query that would give it is not read",
            stream.peek(),
            "write the type",
        )
        stream.take()
        return
    read_column(stream, table, report)


# --- constraints of the table ---------------------------------------------------------------------------------------
def _table_constraint(stream: Stream, table: TableDraft, report: Report) -> bool:
    """Read a table constraint if one is next."""
    if stream.accept("CONSTRAINT"):
        read_name(stream, "constraint")
        if not _constraint_body(stream, table, report):
            stream.fail("expected PRIMARY KEY, UNIQUE, FOREIGN KEY or CHECK")
        return True
    return _constraint_body(stream, table, report)


def _constraint_body(stream: Stream, table: TableDraft, report: Report) -> bool:
    if stream.accept("PRIMARY", "KEY"):
        token = stream.previous
        if table.primary_key:
            report(f"table {table.name!r} has two primary keys", token, "name one")
        table.primary_key = read_names(stream, "column")
    elif stream.looking_at("UNIQUE") and (stream.peek(1).text == "(" or stream.peek(1).upper == "KEY"):
        token = stream.take()
        stream.accept("KEY")
        table.unique.append((read_names(stream, "column"), token))
    elif stream.accept("FOREIGN", "KEY"):
        columns = read_names(stream, "column")
        stream.expect("REFERENCES")
        table.references.append(read_reference(stream, columns))
    elif stream.looking_at("CHECK") and stream.peek(1).text == "(":
        check = stream.take()
        stream.skip_balanced()
        table.notes.append(
            (f"Table '{table.name}': a CHECK constraint was left out; warehouses do not enforce it.", check)
        )
    else:
        return False
    skip_constraint_properties(stream)
    return True


# --- attributes of the table ----------------------------------------------------------------------------------------
@dataclass
class TableSite:
    stream: Stream
    table: TableDraft
    report: Report


def _attributes(stream: Stream, table: TableDraft, report: Report) -> None:
    site = TableSite(stream, table, report)
    while not stream.at_end:
        stream.accept_symbol(",")
        if stream.looking_at("AS"):
            table.notes.append(
                (f"Table '{table.name}': the query after AS was left out; the table is generated.", stream.peek())
            )
            stream.index = len(stream.tokens)
            return
        read_table_attribute(site)


def read_table_attribute(site: TableSite) -> None:
    for words, reader in TABLE_ATTRIBUTES.items():
        if site.stream.accept(*words.split()):
            reader(site)
            return
    if site.stream.peek().kind == "word" and site.stream.peek(1).text == "=":
        _ignored_property(site)
        return
    if site.stream.peek().upper in ("CREATE", "ALTER", "COMMENT", "INSERT", "DROP", "GRANT"):
        site.stream.fail("expected ; before the next statement")
    site.stream.fail(f"expected an attribute of table {site.table.name!r} or ;")


def _ignored_property(site: TableSite) -> None:
    """``DATA_RETENTION_TIME_IN_DAYS = 1``: how the service stores the table, not what is in it."""
    name = site.stream.take().upper
    site.stream.expect_symbol("=", f"after {name}")
    if site.stream.at_symbol("("):
        site.stream.skip_balanced()
    else:
        site.stream.take()
    if name not in _PROPERTIES:
        site.stream.index -= 3
        site.stream.fail(f"unknown property {name} of table {site.table.name!r}")
    site.table.notes.append((f"Table '{site.table.name}': {name} was left out.", site.stream.previous))


_PROPERTIES = frozenset({
    "BASE_LOCATION", "CATALOG", "CATALOG_SYNC", "CHANGE_TRACKING", "DATA_RETENTION_TIME_IN_DAYS",
    "DEFAULT_DDL_COLLATION", "ENABLE_SCHEMA_EVOLUTION", "ERROR_LOGGING", "EXTERNAL_VOLUME",
    "MAX_DATA_EXTENSION_TIME_IN_DAYS", "ROW_TIMESTAMP", "STAGE_COPY_OPTIONS", "STAGE_FILE_FORMAT",
    "STORAGE_SERIALIZATION_POLICY",
})  # fmt: skip


def _dist_style(site: TableSite) -> None:
    token = site.stream.peek()
    style = site.stream.accept_any("AUTO", "EVEN", "ALL", "KEY")
    if style is None:
        site.stream.fail("expected AUTO, EVEN, ALL or KEY after DISTSTYLE", at=token)
    site.table.fields["dist_style"] = style.lower()


def _dist_key(site: TableSite) -> None:
    token = site.stream.previous
    bracket = site.stream.accept_symbol("(")
    name = read_name(site.stream, "column").text
    if bracket:
        site.stream.expect_symbol(")", "after the column of DISTKEY; it takes one")
    if site.table.fields.get("dist_key", name).lower() != name.lower():
        site.report(f"table {site.table.name!r} has two DISTKEYs", token, "a table has one")
    site.table.fields["dist_key"] = name


def _sort_key(style: str) -> Callable[[TableSite], None]:
    def read(site: TableSite) -> None:
        if style == "compound" and site.stream.accept("AUTO"):
            site.table.fields["sort_key"] = {"style": "auto"}
            return
        site.table.fields["sort_key"] = {"style": style, "columns": read_names(site.stream, "column")}

    return read


def _cluster_by(site: TableSite) -> None:
    site.stream.accept("LINEAR")
    start, stop = site.stream.skip_balanced()
    site.table.fields["cluster_by"] = split_list(site.stream, start, stop)


def split_list(stream: Stream, start: int, stop: int) -> list[str]:
    """The source texts between commas that are not in brackets."""
    items, depth, first = [], 0, start
    for index in range(start, stop):
        text = stream.tokens[index].text if stream.tokens[index].kind == "symbol" else ""
        depth += {"(": 1, ")": -1}.get(text, 0)
        if text == "," and not depth:
            items.append(stream.text_of(first, index))
            first = index + 1
    return [*items, stream.text_of(first, stop)]


def _comment(site: TableSite) -> None:
    site.stream.accept_symbol("=")
    site.table.fields["comment"] = read_string(site.stream, "the comment")


def _left_out(what: str, *, operand: bool = False) -> Callable[[TableSite], None]:
    def read(site: TableSite) -> None:
        if operand:
            site.stream.take()
        elif site.stream.at_symbol("("):
            site.stream.skip_balanced()
        site.table.notes.append((f"Table '{site.table.name}': {what} was left out.", site.stream.previous))

    return read


def _row_policy(site: TableSite) -> None:
    read_qualified(site.stream, "policy")
    site.stream.expect("ON")
    site.stream.skip_balanced()
    site.table.notes.append((f"Table '{site.table.name}': the row access policy was left out.", site.stream.previous))


TABLE_ATTRIBUTES: dict[str, Callable[[TableSite], None]] = {
    "DISTSTYLE": _dist_style,
    "DISTKEY": _dist_key,
    "COMPOUND SORTKEY": _sort_key("compound"),
    "INTERLEAVED SORTKEY": _sort_key("interleaved"),
    "SORTKEY": _sort_key("compound"),
    "CLUSTER BY": _cluster_by,
    "COMMENT": _comment,
    "BACKUP": _left_out("BACKUP", operand=True),
    "ENCODE AUTO": _left_out("ENCODE AUTO"),
    "COPY GRANTS": _left_out("COPY GRANTS"),
    "COPY TAGS": _left_out("COPY TAGS"),
    "WITH TAG": _left_out("TAG"),
    "TAG": _left_out("TAG"),
    "WITH ROW ACCESS POLICY": _row_policy,
    "ROW ACCESS POLICY": _row_policy,
    "WITHOUT OIDS": _left_out("WITHOUT OIDS"),
}


# --- ALTER TABLE ----------------------------------------------------------------------------------------------------
def alter_table(stream: Stream, script: ScriptDraft, report: Report) -> bool:
    """Read what follows ALTER TABLE. False if the change does not concern the schema and can be left out."""
    optional = stream.accept("IF", "EXISTS")
    stream.accept("ONLY")
    token = read_qualified(stream, "table")[-1]
    table = script.tables.get(token.text.lower())
    verb = stream.peek()
    if verb.upper in _HARMLESS_CHANGES:
        return False
    if table is None:
        if not optional and not script.broken:
            report(
                f"ALTER TABLE {token.text}: the script creates no such table before this",
                token,
                "put its CREATE TABLE before",
            )
        return True
    if not _change(stream, table, report):
        report(
            f"ALTER TABLE … {verb.text} cannot be followed by the importer",
            verb,
            "change the CREATE TABLE itself",
        )
        return True
    if not stream.at_end:
        stream.fail("expected ; after the change of the table")
    return True


_HARMLESS_CHANGES = frozenset(
    {"OWNER", "APPEND", "SET", "UNSET", "ENABLE", "DISABLE", "SUSPEND", "RESUME", "RECLUSTER"}
)


def _change(stream: Stream, table: TableDraft, report: Report) -> bool:
    if stream.accept("ADD"):
        while True:
            if not _table_constraint(stream, table, report):
                stream.accept("COLUMN")
                stream.accept("IF", "NOT", "EXISTS")
                read_column(stream, table, report)
            if not stream.accept_symbol(","):
                return True
            stream.accept("ADD")
    if stream.accept("CLUSTER", "BY"):
        _cluster_by(TableSite(stream, table, report))
        return True
    if stream.accept("ALTER") or stream.accept("MODIFY"):
        return _alter_part(stream, table, report)
    return False


def _alter_part(stream: Stream, table: TableDraft, report: Report) -> bool:
    if stream.peek().upper in ("DISTKEY", "DISTSTYLE", "SORTKEY", "COMPOUND", "INTERLEAVED"):
        while not stream.at_end:
            stream.accept_symbol(",")
            stream.accept("ALTER")
            stream.accept("SORTKEY") if stream.looking_at("SORTKEY", "SORTKEY") else None
            read_table_attribute(TableSite(stream, table, report))
        return True
    stream.accept("COLUMN")
    token = read_name(stream, "column")
    column = table.column(token.text)
    if column is None:
        report(f"table {table.name!r} has no column {token.text!r}", token, None)
        stream.index = len(stream.tokens)
    elif stream.accept("SET", "NOT", "NULL") or stream.accept("NOT", "NULL"):
        column.fields["required"] = True
    elif stream.accept("DROP", "NOT", "NULL"):
        column.fields.pop("required", None)
    elif stream.accept("ENCODE"):
        column.fields["encode"] = read_name(stream, "encoding").text.upper()
    elif stream.accept("COMMENT"):
        column.fields["comment"] = read_string(stream, "the comment")
    else:
        return False
    return True


def comment_on(stream: Stream, script: ScriptDraft, report: Report) -> bool:
    """Read what follows COMMENT. False if it is on something else than a table or column."""
    optional = stream.accept("IF", "EXISTS")
    stream.expect("ON")
    kind = stream.accept_any("TABLE", "COLUMN")
    if kind is None:
        return False
    parts = read_qualified(stream, kind.lower())
    stream.expect("IS")
    text = None if stream.accept("NULL") else read_string(stream, "the comment")
    target = _commented(script, kind, parts)
    if target is not None:
        target["comment"] = text
    elif not optional and not script.broken:
        report(
            f"COMMENT ON {kind} {'.'.join(part.text for part in parts)}: the script creates no such {kind.lower()}",
            parts[0],
            None,
        )
    return True


def _commented(script: ScriptDraft, kind: str, parts: list[Token]) -> dict[str, object] | None:
    names = [part.text.lower() for part in parts]
    if kind == "TABLE":
        table = script.tables.get(names[-1])
        return table.fields if table else None
    owner = script.tables.get(names[-2]) if len(names) > 1 else None
    column = owner.column(names[-1]) if owner else None
    return column.fields if column else None
