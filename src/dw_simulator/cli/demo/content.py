"""What the demo shows: the example schemas, how many rows each table gets, and the queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoQuery:
    title: str
    sql: str
    """Understood by Redshift and Snowflake alike; both run it."""


@dataclass(frozen=True, slots=True)
class DemoExperiment:
    name: str
    file: str
    dialect: str
    rows: Mapping[str, int]
    queries: tuple[DemoQuery, ...]


@dataclass(frozen=True, slots=True)
class _Share:
    """How rows fall on tables: ``fixed`` ones have a size of their own, the others share the rest in ``parts``."""

    fixed: Mapping[str, int]
    parts: Mapping[str, int]

    def of(self, total: int) -> dict[str, int]:
        """Rows by table, ``total`` in all; the last table takes what rounding leaves."""
        rest = total - sum(self.fixed.values())
        rows = {table: rest * part // sum(self.parts.values()) for table, part in self.parts.items()}
        rows[list(self.parts)[-1]] += rest - sum(rows.values())
        return {**self.fixed, **rows}


_TICKIT = _Share(
    fixed={"category": 11, "date": 365, "venue": 200},
    parts={"users": 10, "event": 2, "listing": 40, "sales": 48},
)

_SHOP = _Share(
    fixed={"products": 500, "stores": 40},
    parts={"customers": 8, "orders": 30, "order_items": 62},
)

_TICKIT_QUERIES = (
    DemoQuery(
        "TICKIT: revenue by category",
        """
        select c.catgroup, c.catname, count(*) as sales, sum(s.qtysold) as tickets, sum(s.pricepaid) as revenue
        from sales s
        join event e on e.eventid = s.eventid
        join category c on c.catid = e.catid
        group by c.catgroup, c.catname
        order by revenue desc
        limit 5
        """,
    ),
    DemoQuery(
        "TICKIT: the best-selling event of each state",
        """
        select venuestate, eventname, revenue
        from (
            select v.venuestate, e.eventname, sum(s.pricepaid) as revenue,
                   row_number() over (partition by v.venuestate order by sum(s.pricepaid) desc, e.eventname) as place
            from sales s
            join event e on e.eventid = s.eventid
            join venue v on v.venueid = e.venueid
            group by v.venuestate, e.eventname
        ) ranked
        where place = 1
        order by revenue desc, venuestate
        limit 5
        """,
    ),
)

_SHOP_QUERIES = (
    DemoQuery(
        "Shop: orders shipped by quarter, with the change and the running total",
        """
        select date_trunc('quarter', o.shipped_at)::date as quarter, count(distinct o.order_id) as orders,
               sum(i.quantity * i.unit_price) as revenue,
               count(distinct o.order_id) - lag(count(distinct o.order_id))
                   over (order by date_trunc('quarter', o.shipped_at)::date) as change,
               sum(sum(i.quantity * i.unit_price))
                   over (order by date_trunc('quarter', o.shipped_at)::date rows unbounded preceding) as running_total
        from orders o
        join order_items i on i.order_id = o.order_id
        where o.shipped_at is not null
        group by date_trunc('quarter', o.shipped_at)::date
        order by quarter desc
        limit 5
        """,
    ),
    DemoQuery(
        "Shop: the top customer of each country",
        """
        with spending as (
            select c.country, c.email, sum(i.quantity * i.unit_price) as spent,
                   rank() over (partition by c.country order by sum(i.quantity * i.unit_price) desc) as place
            from customers c
            join orders o on o.customer_id = c.customer_id
            join order_items i on i.order_id = o.order_id
            group by c.country, c.email
        )
        select country, email, spent from spending where place = 1 order by spent desc, email limit 5
        """,
    ),
)


def experiments(total_rows: int) -> tuple[DemoExperiment, ...]:
    """The experiments of the demo with ``total_rows`` rows in all, half of them each."""
    half = total_rows // 2
    return (
        DemoExperiment("tickit", "tickit/redshift.sql", "redshift", _TICKIT.of(half), _TICKIT_QUERIES),
        DemoExperiment("shop", "shop/snowflake.sql", "snowflake", _SHOP.of(total_rows - half), _SHOP_QUERIES),
    )
