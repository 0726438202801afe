"""The syntax tree of queries and expressions. ``start`` and ``end`` are offsets into the statement's text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Node:
    start: int = field(default=0, kw_only=True)
    end: int = field(default=0, kw_only=True)


class Expr(Node):
    __slots__ = ()


# --- leaves -----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Literal(Expr):
    """``kind``: number, string, boolean, null, binary."""

    kind: str
    value: str = ""


@dataclass(slots=True)
class Name(Expr):
    """A possibly qualified name; parts are folded. ``quoted`` says which parts were written in double quotes."""

    parts: tuple[str, ...]
    quoted: tuple[bool, ...] = ()


@dataclass(slots=True)
class Positional(Expr):
    """``$1`` or ``t.$1``."""

    index: int
    table: str | None = None


@dataclass(slots=True)
class Variable(Expr):
    """``$name``, a session variable."""

    name: str


@dataclass(slots=True)
class BindRef(Expr):
    """``?`` (named by its position) or ``:1`` or ``:name``."""

    name: str


@dataclass(slots=True)
class Star(Expr):
    qualifier: tuple[str, ...] = ()
    ilike: str | None = None
    exclude: tuple[str, ...] = ()
    replace: tuple[tuple[str, Expr], ...] = ()
    rename: tuple[tuple[str, str], ...] = ()


# --- operators --------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Unary(Expr):
    op: str
    operand: Expr


@dataclass(slots=True)
class Binary(Expr):
    op: str
    left: Expr
    right: Expr


@dataclass(slots=True)
class Is(Expr):
    """``what``: NULL, TRUE, FALSE, DISTINCT FROM (then ``right`` is given)."""

    operand: Expr
    what: str
    negated: bool
    right: Expr | None = None


@dataclass(slots=True)
class Between(Expr):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(slots=True)
class In(Expr):
    operand: Expr
    values: list[Expr]
    query: Query | None
    negated: bool


@dataclass(slots=True)
class Like(Expr):
    """``op``: LIKE, ILIKE, RLIKE; ``quantifier``: ANY or ALL over ``patterns``."""

    op: str
    operand: Expr
    patterns: list[Expr]
    quantifier: str | None
    escape: Expr | None
    negated: bool


@dataclass(slots=True)
class Case(Expr):
    operand: Expr | None
    branches: list[tuple[Expr, Expr]]
    default: Expr | None


@dataclass(slots=True)
class Cast(Expr):
    """``changes``: RENAME and ADD, said of the fields of a structured OBJECT."""

    operand: Expr
    type: TypeRef
    safe: bool = False
    changes: tuple[str, ...] = ()


@dataclass(slots=True)
class TypeRef(Node):
    """A type as written: ``NUMBER(10,2)``, ``ARRAY(NUMBER NOT NULL)``, ``OBJECT(a INT)``, ``VECTOR(FLOAT, 3)``."""

    name: str
    params: list[int] = field(default_factory=list)
    fields: list[tuple[str, TypeRef]] = field(default_factory=list)
    not_null: bool = False


@dataclass(slots=True)
class Path(Expr):
    """``operand:a.b[0]``: steps are key names or index expressions; ``colon`` False for a bare ``operand[0]``."""

    operand: Expr
    steps: list[str | Expr]
    colon: bool = True


@dataclass(slots=True)
class ArrayLiteral(Expr):
    items: list[Expr]


@dataclass(slots=True)
class ObjectLiteral(Expr):
    items: list[tuple[Expr, Expr]]
    star: Star | None = None


@dataclass(slots=True)
class Interval(Expr):
    text: str


@dataclass(slots=True)
class Lambda(Expr):
    params: list[tuple[str, TypeRef | None]]
    body: Expr


@dataclass(slots=True)
class Collate(Expr):
    operand: Expr
    collation: str


@dataclass(slots=True)
class Row(Expr):
    items: list[Expr]


@dataclass(slots=True)
class ScalarQuery(Expr):
    query: Query


@dataclass(slots=True)
class Exists(Expr):
    query: Query


@dataclass(slots=True)
class Quantified(Expr):
    """``left op ANY|ALL (query)``."""

    op: str
    left: Expr
    quantifier: str
    query: Query


@dataclass(slots=True)
class OrderItem(Node):
    expr: Expr
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(slots=True)
class Frame(Node):
    unit: str
    low: tuple[str, Expr | None]
    high: tuple[str, Expr | None]


@dataclass(slots=True)
class Window(Node):
    name: str | None
    partition: list[Expr]
    order: list[OrderItem]
    frame: Frame | None


@dataclass(slots=True)
class Call(Expr):
    """A function call. ``named`` are ``name => value`` arguments; ``order`` is WITHIN GROUP's; ``semantics`` is
    FINAL or RUNNING in front of it, in MATCH_RECOGNIZE."""

    name: str
    args: list[Expr]
    named: dict[str, Expr] = field(default_factory=dict)
    distinct: bool = False
    order: list[OrderItem] = field(default_factory=list)
    ignore_nulls: bool = False
    from_last: bool = False
    window: Window | None = None
    qualifier: tuple[str, ...] = ()
    semantics: str = ""


@dataclass(slots=True)
class Spread(Expr):
    """``** array``: the array's values, in a list of values or arguments."""

    operand: Expr


@dataclass(slots=True)
class StarColumn(Expr):
    """A column of a relation (a ``Column`` of the scope) that the star of a call stands for."""

    column: object


@dataclass(slots=True)
class NamedByValue(Expr):
    """``IDENTIFIER(argument)``: a column, or the function that ``call`` calls."""

    argument: Expr
    call: Call | None = None


@dataclass(slots=True)
class RowKey(Expr):
    """The ids of the rows that a row of a query is made of; ``branch`` tells the queries of a UNION ALL apart."""

    branch: str


# --- queries ----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Cte(Node):
    name: str
    columns: list[str]
    query: Query


@dataclass(slots=True)
class Query(Node):
    """``body`` with its WITH, ORDER BY, LIMIT and OFFSET."""

    body: Body
    ctes: list[Cte] = field(default_factory=list)
    recursive: bool = False
    order: list[OrderItem] = field(default_factory=list)
    order_all: OrderItem | None = None
    limit: Expr | None = None
    offset: Expr | None = None


class Body(Node):
    __slots__ = ()


@dataclass(slots=True)
class SelectItem(Node):
    expr: Expr
    alias: str | None = None


@dataclass(slots=True)
class ConnectBy(Node):
    start_with: Expr | None
    condition: Expr
    nocycle: bool = False


@dataclass(slots=True)
class GroupBy(Node):
    """``sets`` are (kind, groups) with kind ROLLUP, CUBE or GROUPING SETS."""

    items: list[Expr]
    sets: list[tuple[str, list[list[Expr]]]]
    all: bool = False


@dataclass(slots=True)
class Select(Body):
    items: list[SelectItem]
    distinct: bool = False
    top: Expr | None = None
    source: Source | None = None
    where: Expr | None = None
    connect: ConnectBy | None = None
    group: GroupBy | None = None
    having: Expr | None = None
    windows: dict[str, Window] = field(default_factory=dict)
    qualify: Expr | None = None


@dataclass(slots=True)
class SetOperation(Body):
    op: str
    all: bool
    left: Query
    right: Query
    by_name: bool = False


@dataclass(slots=True)
class Values(Body):
    rows: list[list[Expr]]


# --- sources (FROM) ---------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Alias(Node):
    name: str
    columns: list[str] = field(default_factory=list)


class Source(Node):
    __slots__ = ()


@dataclass(slots=True)
class TableRef(Source):
    """A table, view or CTE by name; ``name`` may be an IDENTIFIER() argument."""

    parts: tuple[str, ...]
    alias: Alias | None = None
    identifier: Expr | None = None
    time_travel: tuple[str, str, Expr] | None = None
    """AT or BEFORE, what kind of moment, and the moment."""
    changes: str | None = None
    """CHANGES: DEFAULT or APPEND_ONLY."""
    until: tuple[str, str, Expr] | None = None
    """The moment up to which CHANGES are wanted."""


@dataclass(slots=True)
class StageRef(Source):
    """``@stage/path (FILE_FORMAT => ..., PATTERN => ...)``."""

    location: str
    options: dict[str, Expr] = field(default_factory=dict)
    alias: Alias | None = None


@dataclass(slots=True)
class PipeRef(Source):
    """``$1``: the result of the statement so many places before, in a chain of statements."""

    number: int
    alias: Alias | None = None


@dataclass(slots=True)
class Derived(Source):
    query: Query
    alias: Alias | None = None
    lateral: bool = False


@dataclass(slots=True)
class TableFunction(Source):
    call: Call
    alias: Alias | None = None
    lateral: bool = False


@dataclass(slots=True)
class Join(Source):
    """``kind``: INNER, LEFT, RIGHT, FULL, CROSS, ASOF; ``match`` is ASOF's MATCH_CONDITION."""

    left: Source
    right: Source
    kind: str
    on: Expr | None = None
    using: list[str] = field(default_factory=list)
    natural: bool = False
    match: Expr | None = None
    directed: bool = False


@dataclass(slots=True)
class Sample(Source):
    source: Source
    method: str
    amount: Expr
    rows: bool
    seed: Expr | None = None


@dataclass(slots=True)
class Pivot(Source):
    """``values``: literals with aliases, or ANY (``order`` may be given), or a subquery."""

    source: Source
    aggregates: list[SelectItem]
    column: Name
    values: list[SelectItem]
    any_order: list[OrderItem] | None = None
    query: Query | None = None
    default: Expr | None = None
    alias: Alias | None = None


@dataclass(slots=True)
class Unpivot(Source):
    source: Source
    value: str
    name: str
    columns: list[tuple[str, str | None]]
    include_nulls: bool = False
    alias: Alias | None = None


@dataclass(slots=True)
class Resample(Source):
    """``metadata``: (IS_GENERATED or BUCKET_START, the name of its column)."""

    source: Source
    column: Expr
    width: Expr
    partition: list[Expr] = field(default_factory=list)
    metadata: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class MatchRecognize(Source):
    source: Source
    partition: list[Expr]
    order: list[OrderItem]
    measures: list[SelectItem]
    all_rows: str | None
    after: tuple[str, str | None]
    pattern: PatternNode
    subsets: dict[str, list[str]]
    defines: dict[str, Expr]
    alias: Alias | None = None


@dataclass(slots=True)
class PatternNode(Node):
    """``kind``: symbol, seq, alt, permute, exclude, start, end, empty; ``low``/``high`` repeat it."""

    kind: str
    name: str = ""
    items: list[PatternNode] = field(default_factory=list)
    low: int = 1
    high: int | None = 1
    greedy: bool = True


def walk(node: object) -> Iterator[Node]:
    """A node and all nodes in it."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            yield item
            stack.extend(getattr(item, part.name) for part in fields(item))
        elif isinstance(item, list | tuple):
            stack.extend(item)
