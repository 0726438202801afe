"""Cost of every kind of defect, in nanoseconds of processor time a defect: putting it into batches of 131,072 rows, and
reporting it. What clean and dirty rows cost is measured in turn, and the least of several times is taken.

    python -m bench.defects
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from dw_simulator.generator import GenerationPlan, build_plan
from dw_simulator.generator.defects.report import report
from dw_simulator.schema.parse import parse_experiment

ROWS = 1_000_000
BATCH_ROWS = 131_072
TIMES = 3
RATES = (0.01, 0.1)

PARENTS = {
    "name": "shops",
    "target_rows": 100,
    "primary_key": "id",
    "columns": [{"name": "id", "data_type": "INT"}],
}
COLUMNS = [
    {"name": "id", "data_type": "INT"},
    {"name": "shop_id", "data_type": "INT", "foreign_key": "shops.id"},
    {"name": "email", "data_type": "VARCHAR(80)", "faker_rule": "email"},
    {"name": "city", "data_type": "VARCHAR(40)"},
    {"name": "first_name", "data_type": "VARCHAR(40)"},
    {"name": "last_name", "data_type": "VARCHAR(40)"},
    {"name": "price", "data_type": "DECIMAL(10,2)", "min_value": 0, "max_value": 500},
    {"name": "made", "data_type": "TIMESTAMP"},
]
DEFECTS: list[dict[str, Any]] = [
    {"kind": "null", "columns": "price"},
    {"kind": "invalid", "columns": "price"},
    {"kind": "invalid", "columns": "email"},
    {"kind": "outlier", "columns": "price"},
    {"kind": "whitespace", "columns": "city"},
    {"kind": "case", "columns": "city"},
    {"kind": "encoding", "columns": "city"},
    {"kind": "truncate", "columns": "city"},
    {"kind": "swap", "columns": ["first_name", "last_name"]},
    {"kind": "orphan", "columns": "shop_id"},
    {"kind": "drift", "columns": "price", "time_column": "made", "start": "2021-01-01", "factor": 2.0},
    {"kind": "late", "columns": "made"},
    {"kind": "duplicate"},
    {"kind": "duplicate", "columns": "city"},
]


def plan(*defects: dict[str, Any]) -> GenerationPlan:
    table = {"name": "t", "target_rows": ROWS, "primary_key": "id", "columns": COLUMNS, "defects": list(defects)}
    return build_plan(parse_experiment({"name": "dirty", "tables": [PARENTS, table]}), seed=1)


def generate(made: GenerationPlan) -> None:
    table = made.table("t")
    for lo in range(0, table.rows, BATCH_ROWS):
        table.batch(lo, min(lo + BATCH_ROWS, table.rows))


def tell(made: GenerationPlan) -> int:
    return sum(part.num_rows for part in report(made))


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measured() -> Iterator[str]:
    clean = plan()
    for defect in DEFECTS:
        for rate in RATES:
            dirty = plan({**defect, "rate": rate})
            pairs = [(seconds(partial(generate, clean)), seconds(partial(generate, dirty))) for _ in range(TIMES)]
            more = min(pair[1] for pair in pairs) - min(pair[0] for pair in pairs)
            count = tell(dirty)
            told = min(seconds(partial(tell, dirty)) for _ in range(TIMES))
            what = f"{defect['kind']} {defect.get('columns', '')}"
            yield f"{what:42} {rate:5} {count:9,} {more / count * 1e9:9,.0f} {told / count * 1e9:9,.0f}"


def main() -> None:
    print(f"{'defect':42} {'rate':>5} {'defects':>9} {'put ns':>9} {'report ns':>9}")
    for line in measured():
        print(line)


if __name__ == "__main__":
    main()
