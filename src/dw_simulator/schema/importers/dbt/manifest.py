"""``manifest.json``: the same as property files say, rendered, with what packages and configurations add.

Versions 1 to 12 differ in nothing that is read here, but that tests of version 8 on name the node they are attached to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.dbt import types
from dw_simulator.schema.importers.dbt.nodes import (
    Collected,
    Kind,
    Node,
    NodeColumn,
    Test,
    ref_key,
    source_key,
    target_of,
)
from dw_simulator.schema.importers.dbt.properties import constraints_of, plain_test_name
from dw_simulator.schema.importers.entities import Fields, Site
from dw_simulator.schema.model import DataType

_KINDS: dict[str, Kind] = {"seed": "seed", "model": "model"}


def is_manifest(data: object) -> bool:
    """Whether a document is dbt's ``manifest.json``."""
    if not isinstance(data, Mapping) or not isinstance(data.get("metadata"), Mapping):
        return False
    version = data["metadata"].get("dbt_schema_version")
    return isinstance(version, str) and "/manifest/" in version


def read_manifest(data: Fields, catalog: Fields | None = None) -> Collected:
    """The relations and tests of a manifest; types that it lacks come from ``catalog``, a ``catalog.json``.

    Raises:
        ImportSchemaError: a node is not what dbt writes.
    """
    metadata = data["metadata"]
    collected = Collected(_text(metadata.get("project_name")), _text(metadata.get("adapter_type")))
    nodes = {**_mapping(data, "sources"), **_mapping(data, "nodes")}
    by_id = {key: _node(str(key), given) for key, given in nodes.items() if _is_relation(given)}
    collected.nodes = list(by_id.values())
    add_catalog(collected.nodes, catalog)
    by_key = {key: node for node in collected.nodes for key in node.keys}
    for given in nodes.values():
        metadata = given.get("test_metadata") if isinstance(given, Mapping) else None
        if isinstance(metadata, Mapping):
            owner = by_id.get(_tested(given)) or by_key.get(_key_in(metadata) or "")
            test = _test(given, metadata)
            if owner is not None and test is not None:
                owner.tests.append(test)
    return collected


def _nowhere() -> Site:
    """For parts whose problems nobody needs: dbt wrote them."""
    return Site((), []).at("constraints")


def _mapping(data: Fields, key: str) -> Fields:
    found = data.get(key, {})
    if not isinstance(found, Mapping):
        raise ImportSchemaError(
            Problem(f"{key} of the manifest is not an object", path=key, hint="write it anew with: dbt parse")
        )
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_relation(given: object) -> bool:
    if not isinstance(given, Mapping):
        return False
    return given.get("resource_type") in ("source", *_KINDS) and isinstance(given.get("name"), str)


def _node(unique_id: str, given: Fields) -> Node:
    name = str(given["name"])
    comment = (_text(given.get("description")) or "").strip() or None
    if given["resource_type"] == "source":
        source = str(given.get("source_name"))
        title = f"source '{source}.{name}'"
        node = Node("source", (source_key(source, name),), str(given.get("identifier") or name), title, comment=comment)
        quoting = given.get("quoting")
        node.quoted = isinstance(quoting, Mapping) and quoting.get("identifier") is True
    else:
        kind = _KINDS[given["resource_type"]]
        version = given.get("version")
        keys = [ref_key(name, version)]
        if version is not None and version == given.get("latest_version"):
            keys.append(ref_key(name))
        title = f"{kind} '{name}'" + (f" (version {version})" if version is not None else "")
        node = Node(kind, tuple(keys), str(given.get("alias") or name), title, comment=comment)
    node.unique_id = unique_id
    _add_columns(given, node)
    node.constraints += constraints_of(given.get("constraints") or [], (), _nowhere())
    return node


def _add_columns(given: Fields, node: Node) -> None:
    columns = given.get("columns")
    for each in columns.values() if isinstance(columns, Mapping) else ():
        if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
            continue
        comment = (_text(each.get("description")) or "").strip() or None
        node.add_column(NodeColumn(each["name"], _text(each.get("data_type")), comment, each.get("quote") is True))
        node.constraints += constraints_of(each.get("constraints") or [], (each["name"],), _nowhere())
    config = given.get("config")
    given_types = config.get("column_types") if isinstance(config, Mapping) else None
    for name, data_type in given_types.items() if isinstance(given_types, Mapping) else ():
        _add_type(node, str(name), data_type)


def _add_type(node: Node, name: str, data_type: object) -> None:
    column = node.add_column(NodeColumn(name))
    column.data_type = column.data_type or _text(data_type)


def add_catalog(nodes: Iterable[Node], catalog: Fields | None, project: str = "") -> None:
    """Give columns the types that the warehouse had when ``catalog.json`` was written, and add those not described.

    ``project`` is for nodes that know no id of their own.
    """
    for node in nodes:
        for name, data_type in _catalog_types(node.unique_id or _id_in(node, project), catalog):
            if str(data_type).upper() in _UNSCALED:
                node.add_column(NodeColumn(name)).plain_type = _number(name)
            else:
                _add_type(node, name, data_type)


_UNSCALED = frozenset(("NUMBER", "DECIMAL", "NUMERIC"))
"""What a catalog of Snowflake says of every exact number: how many digits come after the point is lost."""


def _number(name: str) -> dict[str, Any]:
    guessed = types.by_name(name)
    return (
        guessed if DataType(guessed["data_type"]).is_number else {"data_type": "DECIMAL", "precision": 38, "scale": 0}
    )


def _id_in(node: Node, project: str) -> str:
    """``model.shop.orders``, ``model.shop.orders.v2``, ``source.shop.raw.orders``"""
    name = node.keys[0].partition(" ")[2].replace(" ", ".")
    return f"{node.kind}.{project}.{name}"


def _catalog_types(unique_id: str, catalog: Fields | None) -> list[tuple[str, object]]:
    """The columns of a relation in their order, in lower case: Snowflake's come in upper case, and are plain names."""
    for section in ("nodes", "sources"):
        relations = (catalog or {}).get(section)
        relation = relations.get(unique_id) if isinstance(relations, Mapping) else None
        columns = relation.get("columns") if isinstance(relation, Mapping) else None
        if isinstance(columns, Mapping):
            found = [each for each in columns.values() if isinstance(each, Mapping)]
            return [(str(each.get("name")).lower(), each.get("type")) for each in sorted(found, key=_index)]
    return []


def _index(column: Fields) -> int:
    index = column.get("index")
    return index if isinstance(index, int) else 0


# --- tests -------------------------------------------------------------------------------------------
def _tested(given: Fields) -> str:
    """The unique id of the node under test; empty where the manifest is too old to name it."""
    attached = given.get("attached_node")
    return attached if isinstance(attached, str) else ""


def _key_in(metadata: Fields) -> str | None:
    """Manifests before version 8: the node within ``{{ get_where_subquery(ref('orders')) }}``."""
    arguments = metadata.get("kwargs")
    model = arguments.get("model") if isinstance(arguments, Mapping) else None
    return target_of(model) if isinstance(model, str) else None


def _test(given: Fields, metadata: Fields) -> Test | None:
    config = given.get("config")
    if isinstance(config, Mapping) and config.get("enabled") is False:
        return None
    arguments = metadata.get("kwargs")
    kept: dict[str, Any] = dict(arguments) if isinstance(arguments, Mapping) else {}
    kept.pop("model", None)
    nested = kept.pop("arguments", None)
    if isinstance(nested, Mapping):
        kept |= nested
    column = kept.pop("column_name", None) or given.get("column_name")
    return Test(plain_test_name(str(metadata.get("name"))), _text(column), kept)
