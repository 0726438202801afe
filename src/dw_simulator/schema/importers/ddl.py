"""DDL scripts in the dialects of Redshift, Snowflake and standard SQL.

Read are CREATE TABLE, ALTER TABLE … ADD and COMMENT ON, with everything that both vendors' pages "CREATE TABLE" list.
Other statements are skipped with a warning; what cannot be imported is an error with line, column and way out.
"""

from __future__ import annotations

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.sql.assemble import assemble
from dw_simulator.schema.importers.sql.statements import read_script
from dw_simulator.schema.importers.sql.tokens import Source
from dw_simulator.schema.model import Dialect, Experiment


def read_ddl(sql: str, *, dialect: Dialect | str, name: str, surrogate_key: bool = True) -> Experiment:
    """Read the tables of a DDL script.

    A table with a primary key of several columns gets a first column ``_row_id`` that stands in for it, and a warning;
    with ``surrogate_key=False`` it stays as it is. The result still wants
    :func:`dw_simulator.schema.validation.check`.

    Raises:
        ImportSchemaError: with every problem: line, column, construct, what to do.
    """
    source = Source(sql.removeprefix("\ufeff"), Dialect(dialect))
    script, problems = read_script(source)
    if not script.tables and not problems:
        raise ImportSchemaError(
            Problem("the script has no CREATE TABLE", hint="it must create at least one table", construct="script")
        )
    experiment = assemble(script, source, problems, name=name, surrogate_key=surrogate_key)
    if experiment is None:
        raise ImportSchemaError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return experiment
