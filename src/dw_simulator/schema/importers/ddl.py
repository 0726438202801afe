"""DDL scripts in the dialects of Redshift, Snowflake and standard SQL.

Read are CREATE TABLE, ALTER TABLE … ADD and COMMENT ON, with everything that both vendors' pages "CREATE TABLE" list.
Other statements are skipped with a warning; what cannot be imported is an error with line, column and way out.
"""

from __future__ import annotations

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.diagnostics import Imported
from dw_simulator.schema.importers.sql.assemble import assemble, diagnostics_of, places_of
from dw_simulator.schema.importers.sql.statements import read_script
from dw_simulator.schema.importers.sql.tokens import Source
from dw_simulator.schema.model import Dialect, Experiment

MOST_CHARACTERS = 3_000_000
"""Reading takes about ten seconds and a gigabyte for so many; a schema of two thousand tables is shorter."""


def read_ddl(sql: str, *, dialect: Dialect | str, name: str, surrogate_key: bool = True) -> Experiment:
    """As :func:`import_ddl`, without the places of the warnings."""
    return import_ddl(sql, dialect=dialect, name=name, surrogate_key=surrogate_key).experiment


def import_ddl(sql: str, *, dialect: Dialect | str, name: str, surrogate_key: bool = True) -> Imported:
    """Read the tables of a DDL script.

    A table with a primary key of several columns gets a first column ``_row_id`` that stands in for it, and a warning;
    with ``surrogate_key=False`` it stays as it is. The result still wants
    :func:`dw_simulator.schema.validation.check`.

    Raises:
        ImportSchemaError: with every problem: line, column, construct, what to do.
    """
    if len(sql) > MOST_CHARACTERS:
        raise ImportSchemaError(
            Problem(
                f"the script has {len(sql):,} characters, more than the {MOST_CHARACTERS:,} that are read",
                hint="leave out what does not create tables, such as INSERT, or import it in parts",
                construct="script",
            )
        )
    source = Source(sql.removeprefix("\ufeff"), Dialect(dialect))
    script, problems = read_script(source)
    if not script.tables and not problems:
        raise ImportSchemaError(
            Problem("the script has no CREATE TABLE", hint="it must create at least one table", construct="script")
        )
    experiment = assemble(script, source, problems, name=name, surrogate_key=surrogate_key)
    if experiment is None:
        raise ImportSchemaError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return Imported(experiment, tuple(diagnostics_of(script, source, experiment)), places_of(script, source))
