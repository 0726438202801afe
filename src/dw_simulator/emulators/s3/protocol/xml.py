"""S3's XML: documents written from nested tuples, request bodies read into plain values."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from xml.sax.saxutils import escape

from dw_simulator.emulators.s3.protocol.errors import S3Error

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ENTITIES = {'"': "&quot;", "\r": "&#13;"}

Content = str | int | bool | None | Iterable["Element | None"]
Element = tuple[str, Content]
"""(tag, content): content is text, a number, or nested elements; elements that are None are left out."""


def document(tag: str, content: Content) -> bytes:
    return (_DECLARATION + _open(f'{tag} xmlns="{NAMESPACE}"', tag, content)).encode()


def error_document(code: str, message: str, details: Iterable[Element]) -> bytes:
    """An error has no namespace."""
    return (_DECLARATION + _open("Error", "Error", (("Code", code), ("Message", message), *details))).encode()


def _open(start: str, tag: str, content: Content) -> str:
    if content is None:
        return f"<{start}/>"
    if isinstance(content, bool):
        return f"<{start}>{str(content).lower()}</{tag}>"
    if isinstance(content, str | int):
        return f"<{start}>{escape(str(content), _ENTITIES)}</{tag}>"
    inner = "".join(_open(child[0], child[0], child[1]) for child in content if child is not None)
    return f"<{start}>{inner}</{tag}>"


def timestamp(nanoseconds: int) -> str:
    """Time since the epoch as ``2026-01-31T12:00:00.000Z``."""
    moment = dt.datetime.fromtimestamp(nanoseconds // 1_000_000 / 1000, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse(body: bytes, root_tag: str) -> ET.Element:
    """The root element, with namespaces taken off. Raises S3Error MalformedXML."""
    if not body:
        raise S3Error("MissingRequestBodyError")
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat limits entity expansion, and the sender is authenticated
    except ET.ParseError as error:
        raise S3Error("MalformedXML") from error
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    if root.tag != root_tag:
        raise S3Error("MalformedXML")
    return root


def text_of(node: ET.Element, tag: str) -> str:
    """The text of a child that must be there."""
    found = node.find(tag)
    if found is None:
        raise S3Error("MalformedXML")
    return found.text or ""
