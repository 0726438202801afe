"""Full-text search in values. Vendor pages: "SEARCH", "SEARCH_IP"."""

from __future__ import annotations

import ipaddress
import re

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "String & binary"
_SPLIT = re.compile(r"[^\w]+|_", re.U)
ANALYZERS = ("DEFAULT_ANALYZER", "UNICODE_ANALYZER", "NO_OP_ANALYZER", "ENTITY_ANALYZER")
MODES = ("OR", "AND", "PHRASE", "EXACT")


def _texts(call: FunctionCall) -> str:
    """SQL of the list of texts that the first argument stands for: a value, or a row of values."""
    node = call.node.args[0]
    if isinstance(node, n.Row):
        values = [call.binder.expression(item) for item in node.items]
    elif isinstance(node, n.Star):
        columns = call.binder.star_columns(node)
        values = [Typed(column.sql, column.type) for column in columns if column.type.name in ("TEXT", "VARIANT")]
    else:
        values = [call.arg(0)]
    for value in values:
        if value.kind not in ("TEXT", "VARIANT", "OBJECT", "ARRAY", "NULL"):
            raise call.wrong_types()
    parts = [value.sql if value.kind != "NULL" else "CAST(NULL AS VARCHAR)" for value in values]
    return "[" + ", ".join(parts) + "]"


def _option(call: FunctionCall, name: str, position: int, allowed: tuple[str, ...]) -> str:
    node = call.node.named.get(name)
    value = call.binder.expression(node).const if node is not None else call.constant(position, allowed[0])
    word = str(value).upper()
    if word not in allowed:
        raise errors.INVALID_PARAMETER_VALUE(word, name)
    return word


@function("SEARCH", CATEGORY, 2, 4)
def search(call: FunctionCall) -> Typed:
    """Whether the words of the second argument are among those of the first: any of them, all, or in a row."""
    analyzer = _option(call, "ANALYZER", 2, ANALYZERS)
    mode = _option(call, "SEARCH_MODE", 3, MODES)
    return Typed(
        f"sf_search({_texts(call)}, {call.sql(1, 't')}, {literal(analyzer)}, {literal(mode)})",
        m.boolean(),
    )


def _words(text: str, analyzer: str) -> list[str]:
    if analyzer == "NO_OP_ANALYZER":
        return [text]
    return [word for word in _SPLIT.split(text.lower()) if word]


@udf("sf_search", "VARCHAR[] VARCHAR VARCHAR VARCHAR", "BOOLEAN")
def _search(texts: list[str | None], query: str, analyzer: str, mode: str) -> bool | None:
    rows = [_words(text, analyzer) for text in texts if text is not None]
    if not rows:
        return None
    wanted = _words(query, analyzer)
    if mode in ("PHRASE", "EXACT"):
        size = len(wanted)
        return any(row[at : at + size] == wanted for row in rows for at in range(len(row) - size + 1))
    there = {word for row in rows for word in row}
    return bool(wanted) and (any if mode == "OR" else all)(word in there for word in wanted)


@function("SEARCH_IP", CATEGORY, 2)
def search_ip(call: FunctionCall) -> Typed:
    return Typed(f"sf_search_ip({_texts(call)}, {call.sql(1, 't')})", m.boolean())


_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{3,45}")


@udf("sf_search_ip", "VARCHAR[] VARCHAR", "BOOLEAN")
def _search_ip(texts: list[str | None], query: str) -> bool | None:
    there = [text for text in texts if text is not None]
    if not there:
        return None
    try:
        if "-" in query:
            low, high = (ipaddress.ip_address(part.strip()) for part in query.split("-"))
        else:
            network = ipaddress.ip_network(query.strip(), strict=False)
            low, high = network[0], network[-1]
    except ValueError:
        raise errors.SnowflakeError(100050, "22023", f"Invalid IP address '{query}'") from None
    return any(int(low) <= int(ip) <= int(high) for ip in _addresses(there) if ip.version == low.version)


def _addresses(texts: list[str]) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = []
    for text in texts:
        for match in _ADDRESS.findall(text):
            try:
                found.append(ipaddress.ip_address(match.strip(".")))
            except ValueError:
                continue
    return found
