"""The standard job: five related tables of a small shop, 1,000,000 rows in all (times a factor).

| table | rows | columns |
|---|---|---|
| customers | 100,000 | id, first and last name, unique email, city, country, signup date, active flag (80 %) |
| products | 10,000 | id, name, category (12), price (lognormal, median 20), created at |
| orders | 300,000 | id, customer, moment, status (5, weighted), total (normal, 150 +- 50) |
| order_items | 550,000 | id, order, product (zipf: a few sell most), quantity, unit price, discount |
| stores | 40,000 | id, name, city, country, opened on |

The function `experiment` is the job for dw-simulator; `duckdb_statements` is the same job in SQL for DuckDB: same
tables, types, keys and distributions, zstd Parquet. The text pools of the SQL are made once before the clock starts, as
ours are.
"""

from __future__ import annotations

from typing import Any

from dw_simulator.schema.model import Experiment

ROWS = {"customers": 100_000, "products": 10_000, "orders": 300_000, "order_items": 550_000, "stores": 40_000}

CATEGORIES = [
    "Books",
    "Music",
    "Toys",
    "Garden",
    "Sports",
    "Office",
    "Tools",
    "Beauty",
    "Grocery",
    "Home",
    "Pets",
    "Art",
]
STATUSES = {"new": 5, "paid": 15, "shipped": 20, "delivered": 50, "returned": 10}


def _categorical(values: list[str], weights: list[int] | None = None) -> dict[str, Any]:
    return {"type": "categorical", "values": values, "weights": weights}


def experiment(factor: int = 1) -> Experiment:
    """The job's schema with ``factor`` times the rows."""
    text = {"data_type": "VARCHAR(100)", "required": True}
    key = {"name": "id", "data_type": "BIGINT", "required": True}
    money = {"data_type": "DECIMAL(10,2)", "required": True, "min_value": 0}
    columns: dict[str, list[dict[str, Any]]] = {
        "customers": [
            key,
            {"name": "first_name", **text},
            {"name": "last_name", **text},
            {"name": "email", **text, "is_unique": True},
            {"name": "city", **text},
            {"name": "country", **text},
            _dates("signup_date", "2020-01-01", "2025-12-30"),
            {
                "name": "is_active",
                "data_type": "BOOLEAN",
                "required": True,
                "distribution": {"type": "categorical", "values": [True, False], "weights": [8, 2]},
            },
        ],
        "products": [
            key,
            {"name": "name", **text, "faker_rule": "product_name"},
            {"name": "category", **text, "distribution": _categorical(CATEGORIES)},
            {"name": "price", **money, "distribution": {"type": "lognormal", "mu": 3.0, "sigma": 1.0}},
            _moments("created_at", "2020-01-01", "2024-12-31"),
        ],
        "orders": [
            key,
            _reference("customer_id", "customers.id"),
            _moments("order_ts", "2024-01-01", "2025-12-31"),
            {"name": "status", **text, "distribution": _categorical(list(STATUSES), list(STATUSES.values()))},
            {"name": "total", **money, "distribution": {"type": "normal", "mean": 150, "stddev": 50}},
        ],
        "order_items": [
            key,
            _reference("order_id", "orders.id"),
            _reference("product_id", "products.id") | {"distribution": {"type": "zipf", "exponent": 1.0}},
            {"name": "qty", "data_type": "INT", "required": True, "min_value": 1, "max_value": 10},
            {"name": "unit_price", **money, "min_value": 1, "max_value": 500},
            {"name": "discount", "data_type": "FLOAT", "required": True, "min_value": 0, "max_value": 0.5},
        ],
        "stores": [
            key,
            {"name": "name", **text, "faker_rule": "company"},
            {"name": "city", **text},
            {"name": "country", **text},
            _dates("opened_date", "2000-01-01", "2024-12-31"),
        ],
    }
    tables = [
        {"name": name, "target_rows": ROWS[name] * factor, "primary_key": ["id"], "columns": fields}
        for name, fields in columns.items()
    ]
    return Experiment.model_validate({"name": "standard_job", "tables": tables})


def _dates(name: str, start: str, end: str) -> dict[str, Any]:
    return {"name": name, "data_type": "DATE", "required": True, "date_start": start, "date_end": end}


def _moments(name: str, start: str, end: str) -> dict[str, Any]:
    return {"name": name, "data_type": "TIMESTAMP", "required": True, "date_start": start, "date_end": end}


def _reference(name: str, target: str) -> dict[str, Any]:
    return {"name": name, "data_type": "BIGINT", "required": True, "foreign_key": target}


def duckdb_setup(pools: dict[str, list[str]]) -> list[str]:
    """Statements that put the text pools into variables, as lists."""
    quoted = {
        name: ", ".join("'" + value.replace("'", "''") + "'" for value in values) for name, values in pools.items()
    }
    return [f"SET VARIABLE {name} = [{values}]" for name, values in quoted.items()]


def _pick(pool: str) -> str:
    return f"getvariable('{pool}')[1 + (random() * len(getvariable('{pool}')))::INT % len(getvariable('{pool}'))]"


_NORMAL = "sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())"


def duckdb_statements(folder: str, factor: int = 1) -> list[str]:
    """The job in SQL: one COPY a table, into ``folder``."""
    rows = {name: count * factor for name, count in ROWS.items()}
    bounds = [sum(list(STATUSES.values())[: place + 1]) / 100 for place in range(len(STATUSES))]
    status = " ".join(f"WHEN r < {bound} THEN '{name}'" for name, bound in zip(STATUSES, bounds, strict=True))
    selects = {
        "customers": f"""SELECT i + 1 AS id, f AS first_name, l AS last_name,
            lower(f) || '.' || lower(l) || (i + 1) || '@example.com' AS email, {_pick("city")} AS city,
            {_pick("country")} AS country, DATE '2020-01-01' + (random() * 2191)::INT AS signup_date,
            random() < 0.8 AS is_active
            FROM (SELECT i, {_pick("first")} AS f, {_pick("last")} AS l FROM range({rows["customers"]}) t(i))""",
        "products": f"""SELECT i + 1 AS id, {_pick("product")} AS name, {_pick("category")} AS category,
            exp(3 + {_NORMAL})::DECIMAL(10,2) AS price,
            TIMESTAMP '2020-01-01' + to_seconds((random() * 157766400)::BIGINT) AS created_at
            FROM range({rows["products"]}) t(i)""",
        "orders": f"""SELECT i + 1 AS id, 1 + (random() * {rows["customers"] - 1})::BIGINT AS customer_id,
            TIMESTAMP '2024-01-01' + to_seconds((random() * 63158400)::BIGINT) AS order_ts,
            CASE {status} ELSE 'returned' END AS status,
            greatest(0, 150 + 50 * {_NORMAL})::DECIMAL(10,2) AS total
            FROM (SELECT i, random() AS r FROM range({rows["orders"]}) t(i))""",
        "order_items": f"""SELECT i + 1 AS id, 1 + (random() * {rows["orders"] - 1})::BIGINT AS order_id,
            least(exp(random() * ln({rows["products"]} + 1))::BIGINT, {rows["products"]}) AS product_id,
            1 + (random() * 9)::INT AS qty, (1 + random() * 499)::DECIMAL(10,2) AS unit_price,
            random() * 0.5 AS discount FROM range({rows["order_items"]}) t(i)""",
        "stores": f"""SELECT i + 1 AS id, {_pick("company")} AS name, {_pick("city")} AS city,
            {_pick("country")} AS country, DATE '2000-01-01' + (random() * 9131)::INT AS opened_date
            FROM range({rows["stores"]}) t(i)""",
    }
    return [
        f"COPY ({select}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        for name, select in selects.items()
    ]
