"""XML as VARIANT: PARSE_XML, TO_XML, CHECK_XML. Vendor page: "Semi-structured and structured data functions"."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import rows
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import dumps, loads
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Semi-structured and structured data"
rows(
    CATEGORY,
    [
        ("PARSE_XML", "t", m.variant(), "sf_parse_xml({0})"),
        ("CHECK_XML", "t", m.text(), "sf_check_xml({0})"),
        ("TO_XML", "v", m.text(), "sf_to_xml({0})"),
    ],
)


def parse(text: str) -> dict[str, Any]:
    """An element as ``{"@": tag, "$": content, "@attribute": value}``. Raises 100100. Entities are not expanded."""
    stack: list[dict[str, Any]] = []
    root: list[dict[str, Any]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        stack.append({"@": tag, "$": [], **{f"@{key}": value for key, value in attributes.items()}})

    def end(_tag: str) -> None:
        element = stack.pop()
        content = element["$"]
        element["$"] = content[0] if len(content) == 1 else content or ""
        (stack[-1]["$"] if stack else root).append(element)

    def data(content: str) -> None:
        if stack and content.strip():
            stack[-1]["$"].append(_typed(content))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise errors.SnowflakeError(100100, "22P02", f"Error parsing XML: {error}") from None
    return root[0]


def _typed(content: str) -> Any:
    from decimal import Decimal, InvalidOperation

    text = content.strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return content
    return (int(number) if number == number.to_integral_value() else number) if number.is_finite() else content


@udf("sf_parse_xml", "VARCHAR", "VARCHAR")
def _parse_xml(text: str) -> str:
    return dumps(parse(text))


@udf("sf_check_xml", "VARCHAR", "VARCHAR")
def _check_xml(text: str) -> str | None:
    try:
        parse(text)
    except errors.SnowflakeError as error:
        return error.message.removeprefix("Error parsing XML: ")
    return None


@udf("sf_to_xml", "VARCHAR", "VARCHAR")
def _to_xml(text: str) -> str:
    return _render(loads(text))


def _render(value: Any) -> str:
    from xml.sax.saxutils import escape, quoteattr

    if isinstance(value, dict) and "@" in value:
        attributes = "".join(
            f" {key[1:]}={quoteattr(str(item))}" for key, item in value.items() if key[:1] == "@" and key != "@"
        )
        content = value.get("$", "")
        inner = "".join(_render(item) for item in content) if isinstance(content, list) else _render(content)
        return f"<{value['@']}{attributes}>{inner}</{value['@']}>"
    return escape(str(value))
