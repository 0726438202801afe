"""The fields of JSON documents: checked as columns of a table of their own."""

from __future__ import annotations

from collections.abc import Sequence

from dw_simulator.schema.checks import rules, values
from dw_simulator.schema.checks.context import Context, column_path
from dw_simulator.schema.distributions import Conditional, Markov
from dw_simulator.schema.model import Column, DocumentField, Experiment, Table

_NOT_IN_DOCUMENTS = ("identity", "foreign_key", "expression", "after", "rollup", "default", "encode", "physical_type")


def check_documents(context: Context) -> None:
    for table, column in context.each_column():
        if column.document is not None:
            if column.distribution is not None:
                place = column_path(table, column, "distribution")
                context.report(place, "distribution contradicts document, which already says every value", "remove it")
            _check_fields(context, column_path(table, column, "document"), column.document)


def _check_fields(context: Context, path: str, fields: Sequence[DocumentField]) -> None:
    names = [field.name for field in fields]
    for index, field in enumerate(fields):
        place = f"{path}.{field.name}"
        if field.name in names[:index]:
            context.report(place, f"there are two fields {field.name!r}", "rename one")
        for rule in _NOT_IN_DOCUMENTS:
            if getattr(field, rule) is not None:
                context.report(f"{place}.{rule}", f"a field of a document has no {rule}", "remove it")
        if field.is_unique:
            context.report(place, "a field of a document is not unique", "remove is_unique")
        if isinstance(field.distribution, Conditional | Markov):
            what = f"a field of a document does not follow a {field.distribution.type} distribution"
            context.report(f"{place}.distribution", what, "it knows no other columns")
        if field.document is not None:
            _check_fields(context, f"{place}.document", field.document)
    _check_as_columns(context, path, fields)


def _check_as_columns(context: Context, path: str, fields: Sequence[Column]) -> None:
    table = Table(name="document", columns=list(fields))
    inner = Context(Experiment(name="document", dialect=context.experiment.dialect, tables=[table]))
    for one in (*rules.CHECKS, *values.CHECKS):
        one(inner)
    for problem in inner.problems:
        place = (problem.path or "").removeprefix("tables.document.columns.")
        context.report(f"{path}.{place}", problem.message, problem.hint)


CHECKS = (check_documents,)
