"""Phase "names": identifiers as the backend has them.

Redshift folds quoted identifiers to lower case too unless ``enable_case_sensitive_identifier`` is on ("Names and
identifiers"); words that only PostgreSQL reserves get quotes; ``#name`` is a temporary table.
"""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.dialect import MARK
from dw_simulator.emulators.redshift.translation.nodes import function_name
from dw_simulator.emulators.redshift.translation.types import unknown_type

RESERVED = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "concurrently",
        "constraint",
        "create",
        "cross",
        "deferrable",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "fetch",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "in",
        "initially",
        "inner",
        "intersect",
        "into",
        "is",
        "isnull",
        "join",
        "lateral",
        "leading",
        "left",
        "limit",
        "natural",
        "not",
        "notnull",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "overlaps",
        "placing",
        "primary",
        "references",
        "returning",
        "right",
        "select",
        "similar",
        "some",
        "symmetric",
        "system_user",
        "table",
        "tablesample",
        "then",
        "to",
        "trailing",
        "union",
        "unique",
        "using",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
    ]
)


def fix_identifier(node: exp.Identifier, context: Context) -> None:
    text: str = node.this
    if text.startswith(MARK):
        text = text.removeprefix(MARK)
    if node.args.get("quoted"):
        text = text if context.case_sensitive else text.lower()
    elif text.lower() in RESERVED or text.startswith("#") or text.endswith("#"):
        text = text.lower()
        node.set("quoted", True)
    node.set("this", text)


_KEYWORD_FUNCTIONS = frozenset(["current_aws_account", "current_namespace", "current_user_id", "current_session_arn"])
_DATE_PART_FIRST = frozenset(["dateadd", "date_add", "datediff", "date_diff", "date_part", "pgdate_part", "date_trunc"])


def _fix_date_part(node: exp.Anonymous) -> None:
    """A date part is a word, not a column, whatever columns and aliases there are."""
    if function_name(node) in _DATE_PART_FIRST and node.expressions:
        first = node.expressions[0]
        if isinstance(first, exp.Column) and first.args.get("table") is None and not first.this.args.get("quoted"):
            first.replace(exp.Var(this=first.name))


_OLD_TYPES = frozenset(['"char"', "aclitem"])
"""Types of the catalog that the parser does not know."""


def _check_type(node: exp.DataType) -> None:
    named = node.args.get("kind")
    if isinstance(named, exp.Expr) and (name := named.sql().replace(MARK, "")) not in _OLD_TYPES:
        raise unknown_type(name.replace('"', ""))


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    for node in tree.walk():
        if isinstance(node, exp.Identifier):
            fix_identifier(node, context)
        elif isinstance(node, exp.Anonymous) and not isinstance(node.this, exp.Expr):
            node.set("this", function_name(node))
            _fix_date_part(node)
        elif (
            isinstance(node, exp.Column) and node.args.get("table") is None and node.name.lower() in _KEYWORD_FUNCTIONS
        ):
            node.replace(exp.Anonymous(this=node.name.lower(), expressions=[]))
        elif isinstance(node, exp.DataType) and node.this == exp.DType.USERDEFINED:
            _check_type(node)
        elif isinstance(node, exp.Into) and node.this.name.startswith("#"):
            node.set("temporary", True)
    return tree
