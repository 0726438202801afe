# ruff: noqa: E501 - lists of words
"""The words of each dialect, for completion: made by generate_docs.py into src/dw_simulator/warehouses/words.

From what the project knows: the reserved words and types of the importers, the statements and functions of the
emulators, and the keywords that sqlglot adds for a dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from dw_simulator.schema import reserved
from dw_simulator.schema.importers.sql import types

COMMON = """
    ADD ALL ALTER AND AS ASC BEGIN BETWEEN BY CASCADE CASE CAST CHECK COLUMN COMMENT COMMIT CONSTRAINT CREATE CROSS
    CURRENT DATABASE DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT EXISTS EXPLAIN FALSE FETCH FIRST
    FOLLOWING FOREIGN FROM FULL FUNCTION GRANT GROUP GROUPING HAVING IF ILIKE IN INNER INSERT INTERSECT INTERVAL INTO IS
    JOIN KEY LAST LEFT LIKE LIMIT MATCHED MERGE MINUS NATURAL NEXT NOT NULL NULLS OF OFFSET ON ONLY OR ORDER OUTER OVER
    PARTITION PIVOT PRECEDING PRIMARY PROCEDURE QUALIFY RANGE RECURSIVE REFERENCES RENAME REPLACE RESTRICT REVOKE RIGHT
    ROLE ROLLBACK ROLLUP ROW ROWS SCHEMA SELECT SET SETS SHOW TABLE TEMPORARY THEN TO TRANSACTION TRUE TRUNCATE UNBOUNDED
    UNION UNIQUE UNPIVOT UPDATE USE USER USING VALUES VIEW WHEN WHERE WINDOW WITH WITHIN
"""
"""Words of queries and statements that Redshift and Snowflake share."""

REDSHIFT_MORE = """
    ACCEPTINVCHARS AUTO BACKUP COMPOUND COPY COMPUPDATE CSV DATEFORMAT DELIMITER DISTKEY DISTSTYLE ENCODE EVEN FORMAT
    HEADER IAM_ROLE IGNOREHEADER INTERLEAVED LATE BINDING MANIFEST MAXERROR ORC PARQUET SORTKEY STATUPDATE STORED TEMP
    TIMEFORMAT TRIMBLANKS UNLOAD
"""
"""Redshift guide, "COPY", "UNLOAD", "CREATE TABLE"."""

SNOWFLAKE_MORE = """
    ASOF CLONE CLUSTER COPY FILE_FORMAT FLATTEN FORCE LATERAL MATCH_BY_COLUMN_NAME MATCH_CONDITION MATCH_RECOGNIZE
    ON_ERROR OVERWRITE PATTERN PURGE RESULT SAMPLE SECURE STAGE STORAGE_INTEGRATION TABLESAMPLE TRANSIENT UNDROP
"""
"""Snowflake reference, "COPY INTO <table>", "SELECT", "CREATE TABLE"."""

SQLITE_KEYWORDS = """
    ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN BETWEEN BY CASCADE CASE
    CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP
    DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DESC DETACH DISTINCT DO DROP EACH ELSE END ESCAPE EXCEPT EXCLUDE EXCLUSIVE
    EXISTS EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP GROUPS HAVING IF IGNORE
    IMMEDIATE IN INDEX INDEXED INITIALLY INNER INSERT INSTEAD INTERSECT INTO IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT MATCH
    MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL NULLS OF OFFSET ON OR ORDER OTHERS OUTER OVER PARTITION PLAN PRAGMA
    PRECEDING PRIMARY QUERY RAISE RANGE RECURSIVE REFERENCES REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT RETURNING
    RIGHT ROLLBACK ROW ROWS SAVEPOINT SELECT SET TABLE TEMP TEMPORARY THEN TIES TO TRANSACTION TRIGGER UNBOUNDED UNION
    UNIQUE UPDATE USING VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH WITHOUT
"""
"""SQLite's page "SQLite Keywords"."""

SQLITE_FUNCTIONS = """
    ABS AVG CHANGES CHAR COALESCE COUNT CUME_DIST DATE DATETIME DENSE_RANK FIRST_VALUE FORMAT GLOB GROUP_CONCAT HEX IFNULL
    IIF INSTR JSON JSON_ARRAY JSON_ARRAY_LENGTH JSON_EACH JSON_EXTRACT JSON_GROUP_ARRAY JSON_GROUP_OBJECT JSON_INSERT
    JSON_OBJECT JSON_PATCH JSON_QUOTE JSON_REMOVE JSON_REPLACE JSON_SET JSON_TREE JSON_TYPE JSON_VALID JULIANDAY LAG
    LAST_INSERT_ROWID LAST_VALUE LEAD LENGTH LIKE LIKELIHOOD LIKELY LOWER LTRIM MAX MIN NTH_VALUE NTILE NULLIF
    PERCENT_RANK PRINTF QUOTE RANDOM RANDOMBLOB RANK REPLACE ROUND ROW_NUMBER RTRIM SIGN STRFTIME SUBSTR SUBSTRING SUM
    TIME TOTAL TOTAL_CHANGES TRIM TYPEOF UNICODE UNIXEPOCH UNLIKELY UPPER ZEROBLOB
"""
"""SQLite's pages "Built-In Scalar SQL Functions", "… Aggregate Functions", "Window Functions", "Date And Time
Functions", "JSON Functions And Operators": those that every build has."""

REDSHIFT_TYPES = "GEOGRAPHY GEOMETRY HLLSKETCH"
SNOWFLAKE_TYPES = "FILE GEOGRAPHY GEOMETRY MAP VECTOR"
"""Types of which nothing is generated."""

SQLITE_TYPES = "BLOB BOOLEAN CHAR DATE DATETIME DECIMAL INTEGER NUMERIC REAL TEXT TIMESTAMP VARCHAR"


def redshift() -> str:
    from sqlglot.dialects import Redshift

    from dw_simulator.emulators.redshift.documented import DOCUMENTED, status

    functions = [
        name.upper() for names in DOCUMENTED.values() for name in names if not status(name).startswith("refused")
    ]
    more = [*reserved.REDSHIFT, *_added(Redshift.Tokenizer.KEYWORDS), *REDSHIFT_MORE.split()]
    return _document([*COMMON.split(), *more], functions, [*types.REDSHIFT, *REDSHIFT_TYPES.split()])


def snowflake() -> str:
    from sqlglot.dialects import Snowflake

    from dw_simulator.emulators.snowflake import commands, functions
    from dw_simulator.emulators.snowflake.commands.registry import COMMANDS
    from dw_simulator.emulators.snowflake.functions import registry

    functions.load()
    commands.load()
    known = [name for name, entries in registry.FUNCTIONS.items() if entries[0].kind != "unsupported"]
    statements = [word for words in COMMANDS for word in words]
    words = [*(word for group in reserved.SNOWFLAKE.values() for word in group), *statements]
    more = [*words, *_added(Snowflake.Tokenizer.KEYWORDS), *SNOWFLAKE_MORE.split()]
    return _document(
        [*COMMON.split(), *more], [*known, *registry.TABLE_FUNCTIONS], [*types.SNOWFLAKE, *SNOWFLAKE_TYPES.split()]
    )


def sqlite() -> str:
    return _document(SQLITE_KEYWORDS.split(), SQLITE_FUNCTIONS.split(), SQLITE_TYPES.split())


def _added(keywords: Iterable[str]) -> list[str]:
    """What a dialect of sqlglot has besides the keywords that all of its dialects have."""
    from sqlglot.tokens import Tokenizer

    return [word for phrase in keywords if phrase not in Tokenizer.KEYWORDS for word in phrase.split()]


def _document(keywords: Iterable[str], functions: Iterable[str], kinds: Iterable[str]) -> str:
    """Every word once, in upper case; a word that is a type is no keyword as well."""
    names = {"keywords": keywords, "functions": functions, "types": kinds}
    found = {what: {word.upper() for word in words} for what, words in names.items()}
    found["keywords"] -= found["types"]
    plain = {
        what: sorted(word for word in words if re.fullmatch(r"[A-Z_][A-Z0-9_ ]*", word))
        for what, words in found.items()
    }
    return json.dumps(plain, indent=1) + "\n"
