"""The page `/docs`: the OpenAPI document as plain HTML, which needs neither a network nor a script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
REFERENCE = "#/components/schemas/"

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d5d9de, #3b4148); --soft: light-dark(#f3f5f7, #22272d); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { padding: .4rem .7rem; cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.2rem; }
details > div { border-top: 1px solid var(--line); padding: .5rem .7rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
:target { background: var(--soft); }
"""


def page(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI 3.1 document."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    title = f"{document['info']['title']} {document['info']['version']}"
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: REST API</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{STYLE}</style></head><body><main><h1>REST API of {escape(title)}</h1>"
    yield '<p>The same as an OpenAPI document: <a href="/openapi.json">openapi.json</a>. '
    yield '<a href="/">To the web UI</a></p>'
    for tag, operations in _by_tag(document).items():
        yield f"<h2>{escape(tag)}</h2>"
        for method, path, operation in operations:
            yield from _operation(method, path, operation)
    yield "<h2>Schemas</h2>"
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        yield from _schema(name, schema)
    yield "</main></body></html>"


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Mapping[str, Any]]]]:
    found: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = next(iter(item[method].get("tags", ())), "other")
                found.setdefault(tag, []).append((method, path, item[method]))
    return found


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> "
    yield f"{escape(operation.get('summary', ''))}</summary><div>{_text(operation.get('description', ''))}"
    if rows := [_parameter(each) for each in operation.get("parameters", ())]:
        yield f"<table><tr><th>parameter<th>in<th>type<th>meaning</tr>{''.join(rows)}</table>"
    if body := operation.get("requestBody"):
        yield f"<p>Body: {_contents(body.get('content', {}))}</p>"
    answers = operation.get("responses", {}).items()
    rows = [
        f"<tr><td>{escape(status)}<td>{escape(answer.get('description', ''))}"
        f"<td>{_contents(answer.get('content', {}))}</tr>"
        for status, answer in answers
    ]
    yield f"<table><tr><th>status<th>meaning<th>answer</tr>{''.join(rows)}</table></div></details>"


def _parameter(parameter: Mapping[str, Any]) -> str:
    needed = " (required)" if parameter.get("required") else ""
    return (
        f"<tr><td><code>{escape(parameter['name'])}</code>{needed}<td>{escape(parameter['in'])}"
        f"<td>{_type(parameter.get('schema', {}))}<td>{escape(parameter.get('description', ''))}</tr>"
    )


def _contents(contents: Mapping[str, Any]) -> str:
    shown = (f"{_type(content.get('schema', {}))} ({escape(media)})" for media, content in contents.items())
    return ", ".join(shown)


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><div>'
    yield _text(schema.get("description", ""))
    fields = schema.get("properties", {})
    if not fields:
        yield f"<p>{_type({key: value for key, value in schema.items() if key != 'title'})}</p>"
    else:
        needed = schema.get("required", ())
        rows = (
            f"<tr><td><code>{escape(field)}</code>{' (required)' if field in needed else ''}<td>{_type(of)}"
            f"<td>{escape(of.get('description', ''))}</tr>"
            for field, of in fields.items()
        )
        yield f"<table><tr><th>field<th>type<th>meaning</tr>{''.join(rows)}</table>"
    yield "</div></details>"


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, with links to what it refers to."""
    if reference := schema.get("$ref", ""):
        name = escape(reference.removeprefix(REFERENCE))
        return f'<a href="#{name}">{name}</a>'
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(each) for each in schema[key])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_type(schema['additionalProperties'])}"
    form = f" ({schema['format']})" if "format" in schema else ""
    return escape(f"{schema.get('type', 'any')}{form}")


_CODE = re.compile(r"`([^`]*)`")


def _text(text: str) -> str:
    paragraphs = (_CODE.sub(r"<code>\1</code>", escape(each)) for each in re.split(r"\n\s*\n", text.strip()))
    return "".join(f"<p>{each}</p>" for each in paragraphs if each)
