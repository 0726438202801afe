"""CREATE TABLE, CREATE TABLE AS, ALTER TABLE ("CREATE TABLE", "CREATE TABLE AS", "ALTER TABLE")."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from dw_simulator.emulators.redshift.commands import attributes as attrs
from dw_simulator.emulators.redshift.commands.attributes import Attributes
from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names
from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError
from dw_simulator.emulators.redshift.translation.context import Columns, TableName
from dw_simulator.emulators.redshift.translation.types import (
    COLUMN_TYPES,
    INSENSITIVE,
    SENSITIVE,
    TypeName,
    backend_type,
    collated_type,
)

Translate = Callable[[str], str]
"""A query of Redshift to one of the backend."""

ColumnsOf = Callable[[TableName], Columns | None]
"""The columns of a table, None when there is none."""

_COLUMN_WORDS = (
    "default", "identity", "generated", "encode", "distkey", "sortkey", "collate", "not", "null", "unique", "primary",
    "references", "constraint",
)  # fmt: skip
_TYPE_SUFFIXES = {
    "double": (("precision",),),
    "character": (("varying",),),
    "binary": (("varying",),),
    "timestamp": (("with", "time", "zone"), ("without", "time", "zone")),
    "time": (("with", "time", "zone"), ("without", "time", "zone")),
    "interval": (("year", "to", "month"), ("day", "to", "second")),
}


@dataclass(slots=True)
class _Table:
    """What is read of a CREATE TABLE."""

    name: tuple[str, ...] = ()
    temporary: bool = False
    if_not_exists: bool = False
    items: list[str] = field(default_factory=list)
    attributes: Attributes = field(default_factory=dict)

    def constrain(self, kind: str, columns: list[str], name: str | None = None, **more: object) -> None:
        entry = {"type": kind, "columns": columns, **({"name": name} if name else {}), **more}
        self.attributes.setdefault("constraints", []).append(entry)


def create_table(sql: str, translate: Translate, *, case_sensitive: bool = False, database: str = "") -> str:
    """The backend's statement for a CREATE TABLE with columns or AS a query."""
    reader = Reader(sql, case_sensitive=case_sensitive, database=database)
    table = _head(reader)
    if reader.ahead("("):
        reader.take("(")
        _items(reader, table, translate)
    while attrs.table_attribute(reader, table.attributes):
        pass
    attrs.check(table.attributes)
    if reader.take("as"):
        return _create_as(reader, table, translate)
    reader.finish()
    if not table.items:
        raise reader.error()
    body = ", ".join([*table.items, attrs.constraint(table.attributes)])
    return f"CREATE {_words(table)} {quote_names(table.name)} ({body})"


def _words(table: _Table) -> str:
    kind = "TEMPORARY TABLE" if table.temporary else "TABLE"
    return f"{kind} IF NOT EXISTS" if table.if_not_exists else kind


def _head(reader: Reader) -> _Table:
    table = _Table()
    reader.expect("create")
    reader.take("local")
    table.temporary = bool(reader.take_any("temp", "temporary"))
    reader.expect("table")
    table.if_not_exists = reader.take("if", "not", "exists")
    table.name = reader.relation_name()
    if table.name[-1].startswith("#"):
        table.temporary = True
    return table


def _create_as(reader: Reader, table: _Table, translate: Translate) -> str:
    names = table.items
    query = reader.rest()
    columns = f" ({', '.join(names)})" if names else ""
    return (
        f"CREATE {_words(table)} {quote_names(table.name)}{columns} AS SELECT * FROM ({translate(query)}) AS _rs_query"
        f" WHERE {attrs.ctas_condition(table.attributes)}"
    )


# --- columns and constraints -----------------------------------------------------------------------------------------
def _items(reader: Reader, table: _Table, translate: Translate) -> None:
    while True:
        if not _table_item(reader, table):
            _column(reader, table, translate)
        if reader.take(")"):
            return
        reader.expect(",")


def _table_item(reader: Reader, table: _Table) -> bool:
    name = None
    if reader.ahead("constraint"):
        reader.take("constraint")
        name = reader.name()
    if reader.take("primary", "key"):
        table.constrain("p", reader.names(), name)
    elif reader.ahead("unique", "("):
        reader.take("unique")
        table.constrain("u", reader.names(), name)
    elif reader.take("foreign", "key"):
        columns = reader.names()
        reader.expect("references")
        _references(reader, table, columns, name)
    elif reader.take("like"):
        _like(reader, table)
    else:
        return False
    return True


def _references(reader: Reader, table: _Table, columns: list[str], name: str | None) -> None:
    target = reader.relation_name()
    referenced = reader.names() if reader.ahead("(") else []
    table.constrain("f", columns, name, table=list(target), referenced=referenced)


def _like(reader: Reader, table: _Table) -> None:
    source = reader.relation_name()
    defaults = ""
    while verb := reader.take_any("including", "excluding"):
        reader.expect("defaults")
        defaults = f" {verb.upper()} DEFAULTS"
    table.items.append(f"LIKE {quote_names(source)}{defaults}")
    table.attributes["like"] = list(source)


def _column(reader: Reader, table: _Table, translate: Translate) -> None:
    name = reader.name()
    if reader.ahead(",") or reader.ahead(")"):
        table.items.append(quote_name(name))  # a name of the column list before AS
        return
    kind = read_column_type(reader)
    if not kind.startswith(COLUMN_TYPES):
        raise RedshiftError(FEATURE_NOT_SUPPORTED, f'Column "{table.name[-1]}.{name}" has unsupported type "{kind}".')
    parts = [quote_name(name), kind]
    while _column_attribute(reader, name, table, parts, translate):
        pass
    if "NOT NULL" in parts and name in table.attributes.get("identity", {}):
        table.attributes["identity"][name].append(True)
    table.items.append(" ".join(parts))


def read_column_type(reader: Reader) -> str:
    """The backend's type for the type that comes next."""
    words = [reader.name()]
    for suffix in _TYPE_SUFFIXES.get(words[0], ()):
        if reader.take(*suffix):
            words += suffix
    arguments: tuple[str, ...] = ()
    if reader.ahead("("):
        arguments = tuple(part.strip().lower() for part in reader.parenthesised().split(","))
        for suffix in _TYPE_SUFFIXES.get(words[0], ()):
            if len(words) == 1 and reader.take(*suffix):
                words += suffix
    return backend_type(TypeName(" ".join(words), arguments), default_length=True)


def _column_attribute(reader: Reader, name: str, table: _Table, parts: list[str], translate: Translate) -> bool:
    attributes = table.attributes
    if reader.take("not", "null"):
        parts.append("NOT NULL")
    elif reader.take("null"):
        pass
    elif reader.take("default"):
        parts.append(f"DEFAULT {default_expression(reader, translate)}")
    elif reader.take("identity"):
        parts.append(_identity(reader, "ALWAYS", name, attributes))
    elif reader.take("generated", "by", "default", "as", "identity"):
        parts.append(_identity(reader, "BY DEFAULT", name, attributes))
    elif reader.take("encode"):
        attributes.setdefault("encodings", {})[name] = attrs.encoding(reader)
    elif reader.take("distkey"):
        attributes["distkey"] = name
    elif reader.take("sortkey"):
        attributes.setdefault("sortkeys", []).append(name)
        attributes["sortstyle"] = "compound"
    elif reader.take("collate"):
        parts[1] = _collated(reader, parts[1], name, attributes)
    elif reader.take("primary", "key"):
        table.constrain("p", [name])
    elif reader.take("unique"):
        table.constrain("u", [name])
    elif reader.take("references"):
        _references(reader, table, [name], None)
    else:
        return False
    return True


def default_expression(reader: Reader, translate: Translate) -> str:
    text = reader.until(*_COLUMN_WORDS)
    if text.lower() == "null" or not text:
        reader.take("null")
        return "NULL"
    return translate_expression(text, translate)


def translate_expression(text: str, translate: Translate) -> str:
    """One expression: translated as a select list of one, whose name is of no interest."""
    return translate(f"SELECT {text} AS dw_expression").removeprefix("SELECT ").removesuffix(" AS dw_expression")


_NUMBERS = re.compile(r"\s*([+-]?\s*\d+)\s*(?:,\s*([+-]?\s*\d+)\s*)?")


def _identity(reader: Reader, kind: str, name: str, attributes: Attributes) -> str:
    seed, step = 1, 1
    if reader.ahead("("):
        numbers = _NUMBERS.fullmatch(reader.parenthesised())
        if numbers is None:
            raise reader.error()
        seed, step = int(numbers[1].replace(" ", "")), int((numbers[2] or "1").replace(" ", ""))
    attributes.setdefault("identity", {})[name] = [seed, step, kind == "ALWAYS"]
    bound = f"MINVALUE {seed}" if step > 0 else f"MAXVALUE {seed}"
    return f"GENERATED {kind} AS IDENTITY (START WITH {seed} INCREMENT BY {step} {bound})"


def _collated(reader: Reader, kind: str, column: str, attributes: Attributes) -> str:
    """The type ``kind`` of a column with the collation whose name comes next."""
    name = reader.name()
    if name not in SENSITIVE | INSENSITIVE:
        raise RedshiftError("42704", f'collation "{name}" for encoding "UTF8" does not exist')
    collated = collated_type(kind, insensitive=name in INSENSITIVE)
    if name in SENSITIVE:
        attributes["case_sensitive"] = column
    if collated is None:
        raise RedshiftError("42804", f"collations are not supported by type {kind}")
    return collated


# --- ALTER TABLE -----------------------------------------------------------------------------------------------------
def alter_table(
    sql: str, translate: Translate, columns_of: ColumnsOf, *, case_sensitive: bool = False, database: str = ""
) -> str | None:
    """The backend's statement for an ALTER TABLE; None when it can take the statement as it is.

    Raises:
        CatalogNeeded: from ``columns_of``, when the table's columns decide and are not known yet.
    """
    reader = Reader(sql, case_sensitive=case_sensitive, database=database)
    reader.expect("alter", "table")
    table = _Table(name=reader.relation_name())
    name = quote_names(table.name)
    if reader.take("add"):
        return _alter_add(reader, name, table, translate)
    if reader.ahead("rename") or reader.ahead("drop"):
        return f"ALTER TABLE {name} {_renamed_or_dropped(reader)}"
    actions: list[str] = []
    while reader.take("alter"):
        actions += _alter(reader, table, columns_of)
        if not reader.take(","):
            break
    if not actions and not table.attributes:
        return None
    reader.finish()
    if table.attributes:
        actions.append(f"ADD {attrs.constraint({**table.attributes, 'alter': True})} NOT VALID")
    return f"ALTER TABLE {name} {', '.join(actions)}"


def altered_attributes(reader: Reader) -> Attributes:
    """``AUTO REFRESH …`` or ``ALTER {DISTSTYLE | DISTKEY | SORTKEY} …``, one or more ("ALTER MATERIALIZED VIEW")."""
    table = _Table()
    while True:
        if not reader.ahead("auto", "refresh"):
            reader.expect("alter")
        if reader.take("distkey"):
            table.attributes.update(diststyle="key", distkey=reader.name())
        elif not attrs.table_attribute(reader, table.attributes):
            raise reader.error()
        elif reader.take("distkey"):
            table.attributes["distkey"] = reader.name()
        if not reader.take(","):
            return table.attributes


def _renamed_or_dropped(reader: Reader) -> str:
    if reader.take("rename", "to"):
        text = f"RENAME TO {quote_name(reader.name())}"
    elif reader.take("rename"):
        reader.take("column")
        before = quote_name(reader.name())
        reader.expect("to")
        text = f"RENAME COLUMN {before} TO {quote_name(reader.name())}"
    else:
        reader.expect("drop")
        kind = "COLUMN" if reader.take("column") or not reader.take("constraint") else "CONSTRAINT"
        text = f"DROP {kind} {quote_name(reader.name())} {reader.take_any('cascade', 'restrict').upper()}".rstrip()
    reader.finish()
    return text


def _alter_add(reader: Reader, name: str, table: _Table, translate: Translate) -> str:
    actions: list[str] = []
    if not _table_item(reader, table):
        reader.take("column")
        _column(reader, table, translate)
        if " NOT NULL" in table.items[0] and not re.search(" DEFAULT | GENERATED ", table.items[0]):
            raise RedshiftError(
                FEATURE_NOT_SUPPORTED,
                "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
            )
        actions.append(f"ADD COLUMN {table.items[0]}")
    reader.finish()
    if table.attributes:
        actions.append(f"ADD {attrs.constraint({**table.attributes, 'alter': True})} NOT VALID")
    return f"ALTER TABLE {name} {', '.join(actions)}"


def _alter(reader: Reader, table: _Table, columns_of: ColumnsOf) -> list[str]:
    if reader.take("diststyle"):
        table.attributes["diststyle"] = reader.name()
        if reader.take("distkey"):
            table.attributes["distkey"] = reader.name()
    elif reader.take("distkey"):
        table.attributes.update(diststyle="key", distkey=reader.name())
    elif reader.ahead("sortkey") or reader.ahead("compound") or reader.ahead("interleaved"):
        attrs.table_attribute(reader, table.attributes)
    elif reader.take("encode", "auto"):
        table.attributes["encode"] = "auto"
    else:
        reader.take("column")
        return _alter_column(reader, table, columns_of)
    return []


def _alter_column(reader: Reader, table: _Table, columns_of: ColumnsOf) -> list[str]:
    name = reader.name()
    if reader.take("encode"):
        table.attributes.setdefault("encodings", {})[name] = attrs.encoding(reader)
        return []
    if reader.take("type"):
        kind = read_column_type(reader)
        if not kind.startswith("varchar"):
            raise RedshiftError(
                "42P16", f'cannot alter column "{name}" to type {kind}: only the size of VARCHAR columns can be altered'
            )
        if (columns_of(table.name) or {}).get(name, "").startswith("dw_ci"):
            kind = collated_type(kind, insensitive=True) or kind
        return [f"ALTER COLUMN {quote_name(name)} TYPE {kind}"]
    raise reader.error()
