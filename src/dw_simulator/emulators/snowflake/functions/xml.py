"""XML in VARIANT. Vendor pages: "PARSE_XML", "CHECK_XML", "TO_XML", "XMLGET".

An element is an object: ``@`` its tag, ``$`` its content (a value, an element, or an array of them), ``@name`` its
attributes; content with elements also says by each child's tag at which place of the content the first one is.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, TypeGuard
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import (
    DEFAULT_STYLE,
    UNDEFINED,
    Tagged,
    dumps,
    float_text,
    loads,
    tagged_text,
)
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Semi-structured and structured data"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")


class _Reader:
    """Builds the value of a document from expat's events; refuses entities of its own."""

    def __init__(self, convert: bool) -> None:
        self.convert = convert
        self.stack: list[tuple[dict[str, Any], list[Any]]] = []
        self.root: dict[str, Any] | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.EntityDeclHandler = self.refuse

    def refuse(self, name: str, *_: Any) -> None:
        raise errors.SnowflakeError(100100, "22P02", f"Error parsing XML: entity declarations are not allowed: {name}")

    def scalar(self, text: str) -> Any:
        if not self.convert or not _NUMBER.fullmatch(text):
            return text
        if "e" in text.lower():
            return float(text)
        return Decimal(text) if "." in text else int(text)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = {"@": tag, **{f"@{name}": self.scalar(value) for name, value in attributes.items()}}
        self.stack.append((element, []))

    def text(self, data: str) -> None:
        if data.strip():
            self.stack[-1][1].append(self.scalar(data.strip()))

    def end(self, _tag: str) -> None:
        element, content = self.stack.pop()
        element["$"] = "" if not content else content[0] if len(content) == 1 else content
        if len(content) > 1 or (content and isinstance(content[0], dict)):
            for index, item in enumerate(content):
                if isinstance(item, dict):
                    element.setdefault(item["@"], index)
        if self.stack:
            self.stack[-1][1].append(element)
        else:
            self.root = element


def _problem(text: str, error: expat.ExpatError, reader: _Reader) -> str:
    """What is wrong with a document. Vendor page: "CHECK_XML", and Snowpark's "check_xml"."""
    data, at = text.encode(), reader.parser.ErrorByteIndex
    message = expat.errors.messages[error.code]
    closing = re.compile(rb"</[^>]*>").search(data, max(0, data.rfind(b"</", 0, at + 2)))
    if message == expat.errors.XML_ERROR_TAG_MISMATCH and closing is not None:
        return f"no opening tag for {closing.group().decode()}, pos {closing.end()}"
    if message == expat.errors.XML_ERROR_NO_ELEMENTS and reader.stack:
        missing = "".join(f"</{element['@']}>" for element, _ in reversed(reader.stack))
        return f"missing closing tags: {missing}, pos {len(text)}"
    opened = text.rfind("<", 0, error.offset)
    if re.fullmatch(r"<[^\s<>/]+", text[opened : error.offset]) and text[error.offset : error.offset + 1] == "<":
        return f"bad character in XML tag name: '<', pos {error.offset + 1}"
    return f"{message}, pos {error.offset}"


def parse(text: str, convert: bool = True) -> dict[str, Any]:
    """The value of an XML document. Raises 100100."""
    reader = _Reader(convert)
    try:
        reader.parser.Parse(text.strip(), True)
    except expat.ExpatError as error:
        raise errors.SnowflakeError(
            100100, "22P02", f"Error parsing XML: {_problem(text.strip(), error, reader)}"
        ) from None
    assert reader.root is not None
    return reader.root


@function("PARSE_XML TRY_PARSE_XML", CATEGORY, 1, 2)
def parse_xml(call: FunctionCall) -> Typed:
    keep = call.sql(1, "b") if call.count > 1 else "false"
    return Typed(f"sf_parse_xml({call.sql(0, 't')}, {keep}, {str(call.name == 'TRY_PARSE_XML').lower()})", m.object_())


@udf("sf_parse_xml", "VARCHAR BOOLEAN BOOLEAN", "VARCHAR")
def _parse_xml(text: str, keep_text: bool, safe: bool) -> str | None:
    if not text.strip():
        return None
    try:
        return dumps(parse(text, not keep_text))
    except errors.SnowflakeError:
        if safe:
            return None
        raise


@function("CHECK_XML", CATEGORY, 1, 2)
def check_xml(call: FunctionCall) -> Typed:
    return Typed(f"sf_check_xml({call.sql(0, 't')})", m.text())


@udf("sf_check_xml", "VARCHAR", "VARCHAR")
def _check_xml(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        parse(text)
    except errors.SnowflakeError as error:
        return error.message.removeprefix("Error parsing XML: ")
    return None


# --- to text ----------------------------------------------------------------------------------------------------------
@function("TO_XML", "Conversion", 1)
def to_xml(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "TEXT":
        raise call.wrong_types()
    return Typed(f"sf_to_xml({call.sql(0, 'v')})", m.text())


@udf("sf_to_xml", "VARCHAR", "VARCHAR")
def _to_xml(text: str) -> str:
    value = loads(text)
    return compact(value) if is_element(value) else _typed("SnowflakeData", value)


def is_element(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and isinstance(value.get("@"), str) and "$" in value


def compact(element: dict[str, Any]) -> str:
    """An element on one line, attributes by name."""
    content = element["$"]
    items = content if isinstance(content, list) else [content]
    inner = "".join(compact(item) if is_element(item) else escape(_plain(item)) for item in items)
    return f"{_opening(element)}{inner}</{element['@']}>"


def _opening(element: dict[str, Any]) -> str:
    attributes = "".join(
        f" {name[1:]}={quoteattr(_plain(value))}"
        for name, value in sorted(element.items())
        if name.startswith("@") and name != "@"
    )
    return f"<{element['@']}{attributes}>"


def pretty(element: dict[str, Any], depth: int = 0) -> str:
    """An element as results show it: content that has elements on lines of its own."""
    content = element["$"]
    items = content if isinstance(content, list) else [content]
    if not any(is_element(item) for item in items):
        return compact(element)
    inner, outer = "  " * (depth + 1), "  " * depth
    lines = [inner + (pretty(item, depth + 1) if is_element(item) else escape(_plain(item))) for item in items]
    return f"{_opening(element)}\n" + "\n".join(lines) + f"\n{outer}</{element['@']}>"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, Tagged):
        return tagged_text(value, DEFAULT_STYLE)
    return dumps(value).strip('"')


_NAMES = {bool: "BOOLEAN", int: "INTEGER", Decimal: "DECIMAL", float: "DOUBLE", str: "VARCHAR"}
_LETTERS = {"D": "DATE", "t": "TIME", "N": "TIMESTAMP_NTZ", "L": "TIMESTAMP_LTZ", "Z": "TIMESTAMP_TZ", "B": "BINARY"}


def _typed(tag: str, value: Any) -> str:
    """A value that is no XML, in elements that name its types."""
    if value is None or value is UNDEFINED:
        return f'<{tag} type="NULL_VALUE" xsi:nil="true"/>'
    if is_element(value):
        return f'<{tag} type="XML">{compact(value)}</{tag}>'
    if isinstance(value, dict):
        kind, inner = "OBJECT", "".join(_typed(key, item) for key, item in value.items())
    elif isinstance(value, list):
        kind, inner = "ARRAY", "".join(_typed("e", item) for item in value)
    elif isinstance(value, Tagged):
        kind, inner = _LETTERS[value.letter], escape(_plain(value))
    else:
        kind, inner = _NAMES[type(value)], escape(_plain(value))
    return f'<{tag} type="{kind}">{inner}</{tag}>'


# --- XMLGET -----------------------------------------------------------------------------------------------------------
@function("XMLGET", CATEGORY, 2, 3)
def xmlget(call: FunctionCall) -> Typed:
    index = f"CAST({call.sql(2, 'i')} AS BIGINT)" if call.count > 2 else "0"
    if call.arg(0).kind == "TEXT":
        raise call.wrong_types()
    return Typed(f"sf_xmlget({call.sql(0, 'v')}, {call.sql(1, 't')}, {index})", m.object_())


@udf("sf_xmlget", "VARCHAR VARCHAR BIGINT", "VARCHAR")
def _xmlget(text: str, tag: str, index: int) -> str | None:
    value: Any = loads(text)
    content: Any = value["$"] if is_element(value) else None
    items = content if isinstance(content, list) else [content]
    found = [item for item in items if is_element(item) and item["@"] == tag]
    return dumps(found[index]) if 0 <= index < len(found) else None
