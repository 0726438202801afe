"""Words that cannot be used as a plain (unquoted) name, by system.

Sources: Amazon Redshift Database Developer Guide, page "Reserved words"; Snowflake SQL reference, page "Reserved &
limited keywords" (a word there may be limited to tables or to columns); SQLite, page "SQLite Keywords" (only those that
its parser does not accept as a name); for ANSI the words of SQL-92 that no system takes as a plain name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dw_simulator.schema.model import Column, Experiment, Table

Kind = Literal["table", "column"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REDSHIFT = _words("""
    AES128 AES256 ALL ALLOWOVERWRITE ANALYSE ANALYZE AND ANY ARRAY AS ASC AUTHORIZATION AZ64 BACKUP BETWEEN
    BINARY BLANKSASNULL BOTH BYTEDICT BZIP2 CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE CREDENTIALS
    CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURRENT_USER_ID DEFAULT DEFERRABLE
    DEFLATE DEFRAG DELTA DELTA32K DESC DISABLE DISTINCT DO ELSE EMPTYASNULL ENABLE ENCODE ENCRYPT ENCRYPTION
    END EXCEPT EXPLICIT FALSE FOR FOREIGN FREEZE FROM FULL GLOBALDICT256 GLOBALDICT64K GRANT GROUP GZIP
    HAVING IDENTITY IGNORE ILIKE IN INITIALLY INNER INTERSECT INTERVAL INTO IS ISNULL JOIN LEADING LEFT LIKE
    LIMIT LOCALTIME LOCALTIMESTAMP LUN LUNS LZO LZOP MINUS MOSTLY16 MOSTLY32 MOSTLY8 NATURAL NEW NOT NOTNULL
    NULL NULLS OFF OFFLINE OFFSET OID OLD ON ONLY OPEN OR ORDER OUTER OVERLAPS PARALLEL PARTITION PERCENT
    PERMISSIONS PIVOT PLACING PRIMARY RAW READRATIO RECOVER REFERENCES REJECTLOG RESORT RESPECT RESTORE
    RIGHT SELECT SESSION_USER SIMILAR SNAPSHOT SOME SYSDATE SYSTEM TABLE TAG TDES TEXT255 TEXT32K THEN
    TIMESTAMP TO TOP TRAILING TRUE TRUNCATECOLUMNS UNION UNIQUE UNNEST UNPIVOT USER USING VERBOSE WALLET
    WHEN WHERE WITH WITHOUT
""")

_SNOWFLAKE_ANY = _words("""
    ALL ALTER AND ANY AS BETWEEN BY CHECK COLUMN CONNECT CREATE CURRENT DELETE DISTINCT DROP ELSE EXISTS
    FOLLOWING FOR FROM GRANT GROUP HAVING ILIKE IN INCREMENT INSERT INTERSECT INTO IS LIKE MINUS NOT NULL OF
    ON OR ORDER QUALIFY REGEXP REVOKE RLIKE ROW ROWS SAMPLE SELECT SET SOME START TABLE TABLESAMPLE THEN TO
    TRIGGER UNION UNIQUE UPDATE VALUES WHENEVER WHERE WITH
""")
_SNOWFLAKE_COLUMN = _words("""
    CASE CAST CONSTRAINT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER FALSE LOCALTIME
    LOCALTIMESTAMP TRUE TRY_CAST WHEN
""")
_SNOWFLAKE_TABLE = _words("CROSS FULL INNER JOIN LATERAL LEFT NATURAL RIGHT USING")

SNOWFLAKE: dict[Kind, frozenset[str]] = {
    "table": _SNOWFLAKE_ANY | _SNOWFLAKE_TABLE,
    "column": _SNOWFLAKE_ANY | _SNOWFLAKE_COLUMN,
}
"""Words limited to SHOW commands (ACCOUNT, CONNECTION, DATABASE, SCHEMA, VIEW …) are fine as table and column names."""

SQLITE = _words("""
    ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CAST CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT
    DEFERRABLE DELETE DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IF IN INDEX INSERT
    INTERSECT INTO IS ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY RAISE REFERENCES
    RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN WHERE
""")

ANSI = _words("""
    ALL AND AS BETWEEN CASE CAST CHECK COLUMN CONSTRAINT CREATE DEFAULT DISTINCT ELSE EXCEPT FOREIGN FROM
    GROUP HAVING IN INTERSECT INTO IS JOIN NOT NULL ON OR ORDER PRIMARY REFERENCES SELECT TABLE THEN TO
    UNION UNIQUE USING WHEN WHERE WITH
""")

SYSTEM_COLUMNS = _words("CMAX CMIN CTID DELETEXID INSERTXID TABLEOID XMAX XMIN")
"""Hidden columns that every Redshift table has: not available to users, not even in quotes."""

SYSTEM_TITLES = {"redshift": "Redshift", "snowflake": "Snowflake", "sqlite": "SQLite", "ansi": "SQL"}


def _listed(system: str, kind: Kind) -> frozenset[str]:
    if system == "snowflake":
        return SNOWFLAKE[kind]
    return {"redshift": REDSHIFT, "sqlite": SQLITE, "ansi": ANSI}[system]


def systems_of(experiment: Experiment) -> tuple[str, ...]:
    """The systems whose rules an experiment must meet: its dialect and its target warehouses."""
    named = [str(experiment.dialect), *(str(warehouse) for warehouse in experiment.target_warehouse)]
    return tuple(dict.fromkeys(named))


def reserved_in(name: str, kind: Kind, systems: Iterable[str]) -> list[str]:
    """The systems (``redshift``, ``snowflake``, ``sqlite``, ``ansi``) that do not take ``name`` without quotes."""
    return [system for system in systems if name.upper() in _listed(system, kind)]


def titles(systems: Iterable[str]) -> str:
    """``Redshift and Snowflake``; standard SQL is named only where it is alone."""
    named = list(systems)
    shown = [SYSTEM_TITLES[system] for system in named if system != "ansi" or len(named) == 1]
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]


def quote_reserved(experiment: Experiment, systems: Iterable[str] | None = None) -> Experiment:
    """Mark names that one of the systems reserves as quoted, so that they can be used there; a warning says so.

    Meant for schemas that were written for another system: a Redshift table with a column ``start``, which Snowflake
    reserves, becomes ``"START"`` in both. The name is put in upper case: that is how Snowflake stores plain names, and
    Redshift ignores the case. Without ``systems``, those of the experiment.
    """
    systems = systems_of(experiment) if systems is None else tuple(systems)
    renamed = {
        table.name: table.name.upper()
        for table in experiment.tables
        if not table.quoted and reserved_in(table.name, "table", systems)
    }
    tables = [_quote_table(table, systems) for table in experiment.tables]
    if renamed:
        tables = [_follow_renames(table, renamed) for table in tables]
    return experiment.model_copy(update={"tables": tables})


def _quote_table(table: Table, systems: tuple[str, ...]) -> Table:
    columns: list[Column] = []
    warnings = list(table.warnings)
    for column in table.columns:
        where = [] if column.quoted else reserved_in(column.name, "column", systems)
        if where:
            name = column.name.upper()
            warnings.append(_quoting_warning(f"column '{table.name}.{column.name}'", name, where))
            column = column.model_copy(update={"name": name, "quoted": True})
        columns.append(column)
    changes: dict[str, object] = {"columns": columns}
    where = [] if table.quoted else reserved_in(table.name, "table", systems)
    if where:
        name = table.name.upper()
        warnings.append(_quoting_warning(f"table '{table.name}'", name, where))
        changes |= {"name": name, "quoted": True}
    return table.model_copy(update={**changes, "warnings": warnings})


def _quoting_warning(what: str, name: str, systems: list[str]) -> str:
    return (
        f'The name of {what} is a reserved word in {titles(systems)}; it is created as "{name}". '
        f'Write it in double quotes in queries: "{name}".'
    )


def _follow_renames(table: Table, renamed: dict[str, str]) -> Table:
    """Foreign keys find their tables in any case; they are respelled so that the schema reads well."""
    columns = [
        column.model_copy(
            update={"foreign_key": column.foreign_key.model_copy(update={"table": renamed[column.foreign_key.table]})}
        )
        if column.foreign_key and column.foreign_key.table in renamed
        else column
        for column in table.columns
    ]
    composites = [key.model_copy(update={"table": renamed.get(key.table, key.table)}) for key in table.foreign_keys]
    return table.model_copy(update={"columns": columns, "foreign_keys": composites})
