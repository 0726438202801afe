"""Column definitions: name, type, and every attribute a column may have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dw_simulator.schema.importers.sql.drafts import ColumnDraft, ReferenceDraft, Report, TableDraft
from dw_simulator.schema.importers.sql.expressions import read_expression
from dw_simulator.schema.importers.sql.names import (
    check_not_reserved,
    needs_quotes,
    read_name,
    read_names,
    read_qualified,
)
from dw_simulator.schema.importers.sql.tokens import Stream
from dw_simulator.schema.importers.sql.types import read_type
from dw_simulator.schema.model import Dialect


@dataclass
class ColumnSite:
    """What a reader of an attribute works on."""

    stream: Stream
    table: TableDraft
    column: ColumnDraft
    report: Report


def read_column(stream: Stream, table: TableDraft, report: Report) -> ColumnDraft:
    """Read one column definition and add it to the table."""
    token = read_name(stream, "column")
    dialect = stream.source.dialect
    check_not_reserved(token, dialect, "column", report)
    column = ColumnDraft(token.text, token, quoted=needs_quotes(token, dialect, "column"))
    if table.column(column.name):
        report(f"column {column.name!r} is there twice in table {table.name!r}", token, "rename or remove one")
    read = read_type(stream, report)
    column.known_type = read.fields is not None
    column.fields |= read.fields or {"data_type": "INT"}
    if read.physical is not None:
        column.fields["physical_type"] = read.physical
    table.columns.append(column)
    site = ColumnSite(stream, table, column, report)
    while not (stream.at_end or stream.at_symbol(",") or stream.at_symbol(")")):
        _read_attribute(site)
    _finish_identity(column, read.physical or stream.source.slice(read.first, read.last))
    return column


def _read_attribute(site: ColumnSite) -> None:
    stream = site.stream
    if stream.accept("CONSTRAINT"):
        read_name(stream, "constraint")
        return
    for words, reader in ATTRIBUTES.items():
        if stream.accept(*words.split()):
            reader(site)
            return
    previous = stream.source.slice(stream.previous, stream.previous)
    stream.fail(f"expected , or ) or an attribute of column {site.column.name!r} after {previous[:40]!r}")


def _finish_identity(column: ColumnDraft, declared: str) -> None:
    """Identity values fit BIGINT, whatever number type the column was declared with (Snowflake: NUMBER(38,0))."""
    if "identity" in column.fields and column.fields["data_type"] == "DECIMAL" and not column.fields["scale"]:
        precision = column.fields.pop("precision")
        del column.fields["scale"]
        column.fields["data_type"] = "BIGINT" if precision > 9 else "INT"
        column.fields["physical_type"] = " ".join(declared.split())


# --- attributes -----------------------------------------------------------------------------------------------------
def _not_null(site: ColumnSite) -> None:
    site.column.fields["required"] = True


def _null(site: ColumnSite) -> None:
    if site.column.fields.get("required"):
        site.report(f"column {site.column.name!r} is NULL and NOT NULL", site.stream.previous, "keep one")


def _default(site: ColumnSite) -> None:
    token = site.stream.peek()
    text = read_expression(site.stream)
    if _SEQUENCE.search(text):
        site.column.fields["identity"] = {"by_default": True}
        note = (
            f"Column '{site.table.name}.{site.column.name}' took its default from a sequence ({text}); it is imported "
            "as an identity column that starts at 1."
        )
        site.table.notes.append((note, token))
    elif not text:
        site.stream.fail("expected the value of DEFAULT", at=token)
    else:
        site.column.fields["default"] = text


_SEQUENCE = re.compile(r"\bnextval\b", re.IGNORECASE)


def _primary_key(site: ColumnSite) -> None:
    if site.table.primary_key:
        site.report(f"table {site.table.name!r} has two primary keys", site.stream.previous, "name one")
    site.table.primary_key = [site.column.name]


def _unique(site: ColumnSite) -> None:
    site.stream.accept("KEY")
    site.column.fields["is_unique"] = True


def _foreign_key(site: ColumnSite) -> None:
    site.stream.expect("REFERENCES")
    _references(site)


def _references(site: ColumnSite) -> None:
    site.table.references.append(read_reference(site.stream, [site.column.name]))


def read_reference(stream: Stream, columns: list[str]) -> ReferenceDraft:
    """What follows REFERENCES: the table, its columns, and actions, which warehouses do not act on."""
    name = read_qualified(stream, "table")[-1]
    references = read_names(stream, "column") if stream.at_symbol("(") else []
    skip_constraint_properties(stream)
    return ReferenceDraft(columns, name.text, references, name)


_CONSTRAINT_PROPERTIES = (
    "NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE", "NOT ENFORCED", "ENFORCED",
    "ENABLE", "DISABLE", "NOVALIDATE", "VALIDATE", "NORELY", "RELY", "MATCH FULL", "MATCH PARTIAL",
    "MATCH SIMPLE", "ON DELETE CASCADE", "ON DELETE RESTRICT", "ON DELETE SET NULL", "ON DELETE SET DEFAULT",
    "ON DELETE NO ACTION", "ON UPDATE CASCADE", "ON UPDATE RESTRICT", "ON UPDATE SET NULL",
    "ON UPDATE SET DEFAULT", "ON UPDATE NO ACTION",
)  # fmt: skip
"""How a constraint would be enforced: neither warehouse enforces keys, so nothing is lost by leaving these out."""


def skip_constraint_properties(stream: Stream) -> None:
    while any(stream.accept(*words.split()) for words in _CONSTRAINT_PROPERTIES):
        pass


def _identity(site: ColumnSite) -> None:
    """``IDENTITY(1,1)``, ``AUTOINCREMENT START 1 INCREMENT 1``

    Snowflake takes a value that an INSERT gives for the column (page "CREATE TABLE", AUTOINCREMENT); Redshift does not.
    """
    _set_identity(site, by_default=site.stream.source.dialect is Dialect.SNOWFLAKE)


def _set_identity(site: ColumnSite, *, by_default: bool) -> None:
    stream = site.stream
    options: dict[str, int] = {}
    if stream.accept_symbol("("):
        if stream.peek().kind in ("number", "symbol"):
            options["seed"] = _integer(stream)
            if stream.accept_symbol(","):
                options["step"] = _integer(stream)
        else:
            _identity_options(stream, options, comma=True)
        stream.expect_symbol(")", "after the options of the identity")
    else:
        _identity_options(stream, options)
    site.column.fields["identity"] = options | ({"by_default": True} if by_default else {})


def _identity_options(stream: Stream, options: dict[str, int], *, comma: bool = False) -> None:
    while True:
        if stream.accept("START"):
            stream.accept("WITH")
            stream.accept_symbol("=")
            options["seed"] = _integer(stream)
        elif stream.accept("INCREMENT"):
            stream.accept("BY")
            stream.accept_symbol("=")
            options["step"] = _integer(stream)
        elif not (stream.accept("ORDER") or stream.accept("NOORDER") or (comma and stream.accept_symbol(","))):
            return


def _integer(stream: Stream) -> int:
    sign = -1 if stream.accept_symbol("-") else 1
    token = stream.take()
    if token.kind != "number" or not token.text.isdigit():
        stream.fail("expected a whole number", at=token)
    return sign * int(token.text)


def _generated(site: ColumnSite) -> None:
    stream = site.stream
    by_default = stream.accept("BY", "DEFAULT")
    if not by_default:
        stream.expect("ALWAYS")
    stream.expect("AS")
    if stream.accept("IDENTITY"):
        _set_identity(site, by_default=by_default)
    else:
        _computed(site)


def _computed(site: ColumnSite) -> None:
    site.report(
        f"column {site.column.name!r} is computed from other columns",
        site.stream.previous,
        "leave it out of the script, or declare it as an ordinary column",
    )
    site.stream.skip_balanced()
    site.stream.accept_any("STORED", "VIRTUAL", "PERSISTED")


def _encode(site: ColumnSite) -> None:
    site.column.fields["encode"] = read_name(site.stream, "encoding").text.upper()


def _dist_key(site: ColumnSite) -> None:
    if "dist_key" in site.table.fields:
        site.report(f"table {site.table.name!r} has two DISTKEYs", site.stream.previous, "a table has one")
    site.table.fields["dist_key"] = site.column.name


def _sort_key(site: ColumnSite) -> None:
    site.table.sort_columns.append(site.column.name)


def _comment(site: ColumnSite) -> None:
    site.column.fields["comment"] = read_string(site.stream, "the comment")


def read_string(stream: Stream, what: str) -> str:
    token = stream.take()
    if token.kind != "string":
        stream.fail(f"expected a text in quotes for {what}", at=token)
    return token.text


def _collate(site: ColumnSite) -> None:
    site.stream.take()
    _left_out(site, "COLLATE")


def _check(site: ColumnSite) -> None:
    site.stream.skip_balanced()
    _left_out(site, "CHECK")


def _policy(site: ColumnSite) -> None:
    site.stream.expect("POLICY")
    read_qualified(site.stream, "policy")
    if site.stream.accept("USING"):
        site.stream.skip_balanced()
    _left_out(site, "policy")


def _tag(site: ColumnSite) -> None:
    site.stream.skip_balanced()
    _left_out(site, "TAG")


def _left_out(site: ColumnSite, what: str) -> None:
    note = f"Column '{site.table.name}.{site.column.name}': {what} was left out."
    site.table.notes.append((note, site.stream.previous))


ATTRIBUTES: dict[str, Callable[[ColumnSite], None]] = {
    "NOT NULL": _not_null,
    "NULL": _null,
    "DEFAULT": _default,
    "PRIMARY KEY": _primary_key,
    "UNIQUE": _unique,
    "FOREIGN KEY REFERENCES": _references,
    "FOREIGN KEY": _foreign_key,
    "REFERENCES": _references,
    "IDENTITY": _identity,
    "AUTOINCREMENT": _identity,
    "AUTO_INCREMENT": _identity,
    "GENERATED": _generated,
    "AS": _computed,
    "ENCODE": _encode,
    "DISTKEY": _dist_key,
    "SORTKEY": _sort_key,
    "COMMENT": _comment,
    "COLLATE": _collate,
    "CHECK": _check,
    "WITH MASKING": _policy,
    "MASKING": _policy,
    "WITH PROJECTION": _policy,
    "PROJECTION": _policy,
    "WITH TAG": _tag,
    "TAG": _tag,
}
"""Attributes by their first words, the longer ones first."""
ATTRIBUTES |= {words: lambda site: None for words in _CONSTRAINT_PROPERTIES}  # noqa: ARG005
