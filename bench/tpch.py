"""Tables of TPC-H's shape, and its 22 queries in the SQL that all engines here share.

Not dbgen: the same tables, keys, domains and row counts, with text of fewer words, so that every query finds something.
The same scale gives the same rows. ``python -m bench.tpch FOLDER [SCALE]`` writes a Parquet file a table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Ints = npt.NDArray[np.int64]

COLUMNS: dict[str, str] = {
    "region": "r_regionkey integer, r_name char(25), r_comment varchar(152)",
    "nation": "n_nationkey integer, n_name char(25), n_regionkey integer, n_comment varchar(152)",
    "supplier": "s_suppkey integer, s_name char(25), s_address varchar(40), s_nationkey integer, s_phone char(15),"
    " s_acctbal decimal(15,2), s_comment varchar(101)",
    "part": "p_partkey integer, p_name varchar(55), p_mfgr char(25), p_brand char(10), p_type varchar(25),"
    " p_size integer, p_container char(10), p_retailprice decimal(15,2), p_comment varchar(23)",
    "partsupp": "ps_partkey integer, ps_suppkey integer, ps_availqty integer, ps_supplycost decimal(15,2),"
    " ps_comment varchar(199)",
    "customer": "c_custkey integer, c_name varchar(25), c_address varchar(40), c_nationkey integer, c_phone char(15),"
    " c_acctbal decimal(15,2), c_mktsegment char(10), c_comment varchar(117)",
    "orders": "o_orderkey integer, o_custkey integer, o_orderstatus char(1), o_totalprice decimal(15,2),"
    " o_orderdate date, o_orderpriority char(15), o_clerk char(15), o_shippriority integer, o_comment varchar(79)",
    "lineitem": "l_orderkey integer, l_partkey integer, l_suppkey integer, l_linenumber integer,"
    " l_quantity decimal(15,2), l_extendedprice decimal(15,2), l_discount decimal(15,2), l_tax decimal(15,2),"
    " l_returnflag char(1), l_linestatus char(1), l_shipdate date, l_commitdate date, l_receiptdate date,"
    " l_shipinstruct char(25), l_shipmode char(10), l_comment varchar(44)",
}
"""Column definitions of each table."""

KEYS: dict[str, tuple[str, ...]] = {
    "region": ("r_regionkey",),
    "nation": ("n_nationkey",),
    "supplier": ("s_suppkey",),
    "part": ("p_partkey",),
    "partsupp": ("ps_partkey", "ps_suppkey"),
    "customer": ("c_custkey",),
    "orders": ("o_orderkey",),
    "lineitem": ("l_orderkey", "l_linenumber"),
}

_REGIONS = ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"]
_NATIONS = [
    ("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0), ("FRANCE", 3),
    ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4), ("JAPAN", 2), ("JORDAN", 4), ("KENYA", 0),
    ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1), ("CHINA", 2), ("ROMANIA", 3), ("SAUDI ARABIA", 4), ("VIETNAM", 2),
    ("RUSSIA", 3), ("UNITED KINGDOM", 3), ("UNITED STATES", 1),
]  # fmt: skip
_SEGMENTS = ["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"]
_PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"]
_MODES = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]
_INSTRUCTIONS = ["COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"]
_COLOURS = ["almond", "azure", "blue", "chocolate", "forest", "green", "ivory", "lime", "navy", "red", "rose", "white"]
_TYPES = [
    f"{first} {second} {third}"
    for first in ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO")
    for second in ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED")
    for third in ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER")
]
_CONTAINERS = [
    f"{size} {kind}"
    for size in ("SM", "LG", "MED", "JUMBO", "WRAP")
    for kind in ("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM")
]
_COMMENTS = [
    f"{first} {second} {third}"
    for first in ("special", "pending", "final", "quick", "even", "Customer")
    for second in ("packages", "requests", "deposits", "slow", "Complaints")
    for third in ("requests", "sleep", "haggle", "nag")
]
_FIRST_DAY = np.datetime64("1992-01-01", "D").astype(np.int64)
_ORDER_DAYS = 2406
"""Days in which orders are placed: to the 2nd of August 1998."""
_CURRENT = np.datetime64("1995-06-17", "D").astype(np.int64)
_CENT = Decimal("0.01")


def tables(scale: float) -> Iterator[tuple[str, pa.Table]]:
    """Name and rows of each of the eight tables; scale 1 has 6 million line items."""
    return _Maker(scale).all()


def write(folder: Path, scale: float) -> None:
    """Write ``folder/TABLE.parquet`` for each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables(scale):
        pq.write_table(table, folder / f"{name}.parquet")


class _Maker:
    def __init__(self, scale: float) -> None:
        self.rng = np.random.default_rng(19_92)
        self.suppliers, self.parts = max(int(10_000 * scale), 10), max(int(200_000 * scale), 40)
        self.customers, self.orders = max(int(150_000 * scale), 30), max(int(1_500_000 * scale), 100)

    def all(self) -> Iterator[tuple[str, pa.Table]]:
        yield "region", pa.table({"r_regionkey": _int(np.arange(5)), "r_name": _REGIONS, "r_comment": _REGIONS})
        names = [name for name, _ in _NATIONS]
        regions = _int(np.array([region for _, region in _NATIONS]))
        keys = _int(np.arange(len(names)))
        yield "nation", pa.table({"n_nationkey": keys, "n_name": names, "n_regionkey": regions, "n_comment": names})
        yield "supplier", self._supplier()
        yield "part", self._part()
        yield "partsupp", self._partsupp()
        yield "customer", self._customer()
        orders, lineitem = self._orders()
        yield "orders", orders
        yield "lineitem", lineitem

    def _integers(self, low: int, high: int, size: int) -> Ints:
        """From ``low`` to ``high``, both included."""
        return self.rng.integers(low, high + 1, size)

    def _pick(self, words: Sequence[str], size: int) -> pa.Array:
        return pa.array(words).take(pa.array(self.rng.integers(0, len(words), size)))

    def _phones(self, nations: Ints) -> pa.Array:
        local = self._integers(100_000_0000, 999_999_9999, len(nations))
        parts = [nations + 10, local // 10_000_000, local // 10_000 % 1000, local % 10_000]
        return pc.binary_join_element_wise(*(pa.array(part).cast(pa.string()) for part in parts), "-")

    def _supplier(self) -> pa.Table:
        size = self.suppliers
        nations = self._integers(0, len(_NATIONS) - 1, size)
        return pa.table(
            {
                "s_suppkey": _int(np.arange(1, size + 1)),
                "s_name": _numbered("Supplier#", np.arange(1, size + 1)),
                "s_address": _numbered("address ", self._integers(1, 9999, size)),
                "s_nationkey": _int(nations),
                "s_phone": self._phones(nations),
                "s_acctbal": _money(self._integers(-99_999, 999_999, size)),
                "s_comment": self._pick(_COMMENTS, size),
            }
        )

    def _part(self) -> pa.Table:
        size = self.parts
        keys = np.arange(1, size + 1)
        manufacturers = self._integers(1, 5, size)
        brands = manufacturers * 10 + self._integers(1, 5, size)
        return pa.table(
            {
                "p_partkey": _int(keys),
                "p_name": pc.binary_join_element_wise(self._pick(_COLOURS, size), self._pick(_COLOURS, size), " "),
                "p_mfgr": _numbered("Manufacturer#", manufacturers, 1),
                "p_brand": _numbered("Brand#", brands, 2),
                "p_type": self._pick(_TYPES, size),
                "p_size": _int(self._integers(1, 50, size)),
                "p_container": self._pick(_CONTAINERS, size),
                "p_retailprice": _money(_price(keys)),
                "p_comment": self._pick(_COLOURS, size),
            }
        )

    def _supplier_of(self, parts: Ints, number: Ints) -> Ints:
        """The supplier of a part, one of four: dbgen's formula."""
        return (parts + number * (self.suppliers // 4 + (parts - 1) // self.suppliers)) % self.suppliers + 1

    def _partsupp(self) -> pa.Table:
        parts, number = np.repeat(np.arange(1, self.parts + 1), 4), np.tile(np.arange(4), self.parts)
        size = len(parts)
        return pa.table(
            {
                "ps_partkey": _int(parts),
                "ps_suppkey": _int(self._supplier_of(parts, number)),
                "ps_availqty": _int(self._integers(1, 9999, size)),
                "ps_supplycost": _money(self._integers(100, 100_000, size)),
                "ps_comment": self._pick(_COMMENTS, size),
            }
        )

    def _customer(self) -> pa.Table:
        size = self.customers
        nations = self._integers(0, len(_NATIONS) - 1, size)
        return pa.table(
            {
                "c_custkey": _int(np.arange(1, size + 1)),
                "c_name": _numbered("Customer#", np.arange(1, size + 1)),
                "c_address": _numbered("address ", self._integers(1, 9999, size)),
                "c_nationkey": _int(nations),
                "c_phone": self._phones(nations),
                "c_acctbal": _money(self._integers(-99_999, 999_999, size)),
                "c_mktsegment": self._pick(_SEGMENTS, size),
                "c_comment": self._pick(_COMMENTS, size),
            }
        )

    def _orders(self) -> tuple[pa.Table, pa.Table]:
        size = self.orders
        # As in dbgen, eight keys of 32 are used, and a third of the customers never orders.
        keys = (np.arange(size) // 8) * 32 + np.arange(size) % 8 + 1
        customers = self._integers(0, self.customers // 3 - 1, size) * 3 + self._integers(1, 2, size)
        days = _FIRST_DAY + self.rng.integers(0, _ORDER_DAYS, size)
        lines = self._integers(1, 7, size)
        order = np.repeat(np.arange(size), lines)
        starts = np.cumsum(lines) - lines
        count = len(order)
        parts = self._integers(1, self.parts, count)
        quantity, discount, tax = (
            self._integers(1, 50, count),
            self._integers(0, 10, count),
            self._integers(0, 8, count),
        )
        price = quantity * _price(parts)
        shipped = days[order] + self._integers(1, 121, count)
        received = shipped + self._integers(1, 30, count)
        open_line = shipped > _CURRENT
        total = np.add.reduceat(price * (100 - discount) * (100 + tax) // 10_000, starts)
        still_open = np.add.reduceat(open_line.astype(np.int64), starts)
        status = np.where(still_open == lines, "O", np.where(still_open == 0, "F", "P"))
        returned = np.where(received > _CURRENT, "N", np.where(self._integers(0, 1, count) == 1, "R", "A"))
        orders = pa.table(
            {
                "o_orderkey": _int(keys),
                "o_custkey": _int(customers),
                "o_orderstatus": pa.array(status),
                "o_totalprice": _money(total),
                "o_orderdate": _date(days),
                "o_orderpriority": self._pick(_PRIORITIES, size),
                "o_clerk": _numbered("Clerk#", self._integers(1, 1000, size)),
                "o_shippriority": _int(np.zeros(size)),
                "o_comment": self._pick(_COMMENTS, size),
            }
        )
        lineitem = pa.table(
            {
                "l_orderkey": _int(keys[order]),
                "l_partkey": _int(parts),
                "l_suppkey": _int(self._supplier_of(parts, self._integers(0, 3, count))),
                "l_linenumber": _int(np.arange(count) - starts[order] + 1),
                "l_quantity": _money(quantity * 100),
                "l_extendedprice": _money(price),
                "l_discount": _money(discount),
                "l_tax": _money(tax),
                "l_returnflag": pa.array(returned),
                "l_linestatus": pa.array(np.where(open_line, "O", "F")),
                "l_shipdate": _date(shipped),
                "l_commitdate": _date(days[order] + self._integers(30, 90, count)),
                "l_receiptdate": _date(received),
                "l_shipinstruct": self._pick(_INSTRUCTIONS, count),
                "l_shipmode": self._pick(_MODES, count),
                "l_comment": self._pick(_COMMENTS, count),
            }
        )
        return orders, lineitem


def _int(values: npt.NDArray[np.generic]) -> pa.Array:
    return pa.array(values.astype(np.int32))


def _price(parts: Ints) -> Ints:
    """The retail price of a part in cents: dbgen's formula."""
    return 90_000 + (parts // 10) % 20_001 + 100 * (parts % 1000)


def _money(cents: Ints) -> pa.Array:
    whole = pa.array(cents).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, pa.scalar(_CENT)).cast(pa.decimal128(15, 2))


def _date(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _numbered(prefix: str, numbers: Ints, width: int = 9) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


QUERIES: dict[str, str] = {
    "q1": """
        select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
            sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
            sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge, avg(l_quantity) as avg_qty,
            avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order
        from lineitem where l_shipdate <= date '1998-09-02'
        group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus""",
    "q2": """
        select s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
        from part, supplier, partsupp, nation, region
        where p_partkey = ps_partkey and s_suppkey = ps_suppkey and p_size = 15 and p_type like '%BRASS'
            and s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'EUROPE'
            and ps_supplycost = (
                select min(ps_supplycost) from partsupp, supplier, nation, region
                where p_partkey = ps_partkey and s_suppkey = ps_suppkey and s_nationkey = n_nationkey
                    and n_regionkey = r_regionkey and r_name = 'EUROPE')
        order by s_acctbal desc, n_name, s_name, p_partkey limit 100""",
    "q3": """
        select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate, o_shippriority
        from customer, orders, lineitem
        where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
            and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
        group by l_orderkey, o_orderdate, o_shippriority order by revenue desc, o_orderdate limit 10""",
    "q4": """
        select o_orderpriority, count(*) as order_count from orders
        where o_orderdate >= date '1993-07-01' and o_orderdate < date '1993-10-01'
            and exists (select * from lineitem where l_orderkey = o_orderkey and l_commitdate < l_receiptdate)
        group by o_orderpriority order by o_orderpriority""",
    "q5": """
        select n_name, sum(l_extendedprice * (1 - l_discount)) as revenue
        from customer, orders, lineitem, supplier, nation, region
        where c_custkey = o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey and c_nationkey = s_nationkey
            and s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'ASIA'
            and o_orderdate >= date '1994-01-01' and o_orderdate < date '1995-01-01'
        group by n_name order by revenue desc""",
    "q6": """
        select sum(l_extendedprice * l_discount) as revenue from lineitem
        where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01' and l_discount between 0.05 and 0.07
            and l_quantity < 24""",
    "q7": """
        select supp_nation, cust_nation, l_year, sum(volume) as revenue from (
            select n1.n_name as supp_nation, n2.n_name as cust_nation, extract(year from l_shipdate) as l_year,
                l_extendedprice * (1 - l_discount) as volume
            from supplier, lineitem, orders, customer, nation n1, nation n2
            where s_suppkey = l_suppkey and o_orderkey = l_orderkey and c_custkey = o_custkey
                and s_nationkey = n1.n_nationkey and c_nationkey = n2.n_nationkey
                and ((n1.n_name = 'FRANCE' and n2.n_name = 'GERMANY')
                    or (n1.n_name = 'GERMANY' and n2.n_name = 'FRANCE'))
                and l_shipdate between date '1995-01-01' and date '1996-12-31') as shipping
        group by supp_nation, cust_nation, l_year order by supp_nation, cust_nation, l_year""",
    "q8": """
        select o_year, sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as mkt_share from (
            select extract(year from o_orderdate) as o_year, l_extendedprice * (1 - l_discount) as volume,
                n2.n_name as nation
            from part, supplier, lineitem, orders, customer, nation n1, nation n2, region
            where p_partkey = l_partkey and s_suppkey = l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey
                and c_nationkey = n1.n_nationkey and n1.n_regionkey = r_regionkey and r_name = 'AMERICA'
                and s_nationkey = n2.n_nationkey and o_orderdate between date '1995-01-01' and date '1996-12-31'
                and p_type = 'ECONOMY ANODIZED STEEL') as all_nations
        group by o_year order by o_year""",
    "q9": """
        select nation, o_year, sum(amount) as sum_profit from (
            select n_name as nation, extract(year from o_orderdate) as o_year,
                l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity as amount
            from part, supplier, lineitem, partsupp, orders, nation
            where s_suppkey = l_suppkey and ps_suppkey = l_suppkey and ps_partkey = l_partkey and p_partkey = l_partkey
                and o_orderkey = l_orderkey and s_nationkey = n_nationkey and p_name like '%green%') as profit
        group by nation, o_year order by nation, o_year desc""",
    "q10": """
        select c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) as revenue, c_acctbal, n_name, c_address,
            c_phone, c_comment
        from customer, orders, lineitem, nation
        where c_custkey = o_custkey and l_orderkey = o_orderkey and o_orderdate >= date '1993-10-01'
            and o_orderdate < date '1994-01-01' and l_returnflag = 'R' and c_nationkey = n_nationkey
        group by c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment
        order by revenue desc, c_custkey limit 20""",
    "q11": """
        select ps_partkey, sum(ps_supplycost * ps_availqty) as value from partsupp, supplier, nation
        where ps_suppkey = s_suppkey and s_nationkey = n_nationkey and n_name = 'GERMANY'
        group by ps_partkey having sum(ps_supplycost * ps_availqty) > (
            select sum(ps_supplycost * ps_availqty) * 0.0001 from partsupp, supplier, nation
            where ps_suppkey = s_suppkey and s_nationkey = n_nationkey and n_name = 'GERMANY')
        order by value desc, ps_partkey""",
    "q12": """
        select l_shipmode,
            sum(case when o_orderpriority = '1-URGENT' or o_orderpriority = '2-HIGH' then 1 else 0 end) as high_count,
            sum(case when o_orderpriority <> '1-URGENT' and o_orderpriority <> '2-HIGH' then 1 else 0 end) as low_count
        from orders, lineitem
        where o_orderkey = l_orderkey and l_shipmode in ('MAIL', 'SHIP') and l_commitdate < l_receiptdate
            and l_shipdate < l_commitdate and l_receiptdate >= date '1994-01-01' and l_receiptdate < date '1995-01-01'
        group by l_shipmode order by l_shipmode""",
    "q13": """
        select c_count, count(*) as custdist from (
            select c_custkey, count(o_orderkey) as c_count
            from customer left outer join orders
                on c_custkey = o_custkey and o_comment not like '%special%requests%'
            group by c_custkey) as c_orders
        group by c_count order by custdist desc, c_count desc""",
    "q14": """
        select 100.00 * sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else 0 end)
            / sum(l_extendedprice * (1 - l_discount)) as promo_revenue
        from lineitem, part
        where l_partkey = p_partkey and l_shipdate >= date '1995-09-01' and l_shipdate < date '1995-10-01'""",
    "q15": """
        with revenue as (
            select l_suppkey as supplier_no, sum(l_extendedprice * (1 - l_discount)) as total_revenue from lineitem
            where l_shipdate >= date '1996-01-01' and l_shipdate < date '1996-04-01' group by l_suppkey)
        select s_suppkey, s_name, s_address, s_phone, total_revenue from supplier, revenue
        where s_suppkey = supplier_no and total_revenue = (select max(total_revenue) from revenue)
        order by s_suppkey""",
    "q16": """
        select p_brand, p_type, p_size, count(distinct ps_suppkey) as supplier_cnt from partsupp, part
        where p_partkey = ps_partkey and p_brand <> 'Brand#45' and p_type not like 'MEDIUM POLISHED%'
            and p_size in (49, 14, 23, 45, 19, 3, 36, 9)
            and ps_suppkey not in (select s_suppkey from supplier where s_comment like '%Customer%Complaints%')
        group by p_brand, p_type, p_size order by supplier_cnt desc, p_brand, p_type, p_size""",
    "q17": """
        select sum(l_extendedprice) / 7.0 as avg_yearly from lineitem, part
        where p_partkey = l_partkey and p_brand = 'Brand#23' and p_container = 'MED BOX'
            and l_quantity < (select 0.2 * avg(l_quantity) from lineitem where l_partkey = p_partkey)""",
    "q18": """
        select c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) as total_quantity
        from customer, orders, lineitem
        where o_orderkey in (select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 300)
            and c_custkey = o_custkey and o_orderkey = l_orderkey
        group by c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice
        order by o_totalprice desc, o_orderdate, o_orderkey limit 100""",
    "q19": """
        select sum(l_extendedprice * (1 - l_discount)) as revenue from lineitem, part
        where (p_partkey = l_partkey and p_brand = 'Brand#12'
                and p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') and l_quantity between 1 and 11
                and p_size between 1 and 5 and l_shipmode in ('AIR', 'REG AIR')
                and l_shipinstruct = 'DELIVER IN PERSON')
            or (p_partkey = l_partkey and p_brand = 'Brand#23'
                and p_container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') and l_quantity between 10 and 20
                and p_size between 1 and 10 and l_shipmode in ('AIR', 'REG AIR')
                and l_shipinstruct = 'DELIVER IN PERSON')
            or (p_partkey = l_partkey and p_brand = 'Brand#34'
                and p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') and l_quantity between 20 and 30
                and p_size between 1 and 15 and l_shipmode in ('AIR', 'REG AIR')
                and l_shipinstruct = 'DELIVER IN PERSON')""",
    "q20": """
        select s_name, s_address from supplier, nation
        where s_suppkey in (
                select ps_suppkey from partsupp
                where ps_partkey in (select p_partkey from part where p_name like 'forest%')
                    and ps_availqty > (
                        select 0.5 * sum(l_quantity) from lineitem
                        where l_partkey = ps_partkey and l_suppkey = ps_suppkey
                            and l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'))
            and s_nationkey = n_nationkey and n_name = 'CANADA'
        order by s_name""",
    "q21": """
        select s_name, count(*) as numwait from supplier, lineitem l1, orders, nation
        where s_suppkey = l1.l_suppkey and o_orderkey = l1.l_orderkey and o_orderstatus = 'F'
            and l1.l_receiptdate > l1.l_commitdate
            and exists (select * from lineitem l2
                where l2.l_orderkey = l1.l_orderkey and l2.l_suppkey <> l1.l_suppkey)
            and not exists (select * from lineitem l3
                where l3.l_orderkey = l1.l_orderkey and l3.l_suppkey <> l1.l_suppkey
                    and l3.l_receiptdate > l3.l_commitdate)
            and s_nationkey = n_nationkey and n_name = 'SAUDI ARABIA'
        group by s_name order by numwait desc, s_name limit 100""",
    "q22": """
        select cntrycode, count(*) as numcust, sum(c_acctbal) as totacctbal from (
            select substring(c_phone, 1, 2) as cntrycode, c_acctbal from customer
            where substring(c_phone, 1, 2) in ('13', '31', '23', '29', '30', '18', '17')
                and c_acctbal > (
                    select avg(c_acctbal) from customer
                    where c_acctbal > 0.00 and substring(c_phone, 1, 2) in ('13', '31', '23', '29', '30', '18', '17'))
                and not exists (select * from orders where o_custkey = c_custkey)) as custsale
        group by cntrycode order by cntrycode""",
}
"""The 22 queries by name, with the parameters that the specification validates with."""


if __name__ == "__main__":
    write(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.1)
