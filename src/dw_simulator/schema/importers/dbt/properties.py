"""Property files (``schema.yml``): sources, seeds and models with their columns, tests and constraints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dw_simulator.schema.importers.dbt.nodes import (
    Collected,
    Constraint,
    Kind,
    Node,
    NodeColumn,
    Test,
    has_jinja,
    ref_key,
    source_key,
)
from dw_simulator.schema.importers.entities import Fields, Site

SECTIONS: dict[str, Kind] = {"seeds": "seed", "models": "model"}
_OTHER_SECTIONS = (
    "snapshots", "exposures", "macros", "analyses", "metrics", "semantic_models", "saved_queries", "groups",
    "unit_tests", "functions",
)  # fmt: skip
_CONFIG_KEYS = frozenset(
    ("config", "severity", "where", "enabled", "limit", "error_if", "warn_if", "fail_calc", "store_failures", "tags",
     "name", "test_name", "description", "meta")
)  # fmt: skip
"""Keys of a test that are settings of dbt, not arguments of the test."""


def is_properties(data: object) -> bool:
    """Whether a document is a dbt property file: lists of sources, models or the like, and no tables of ours."""
    if not isinstance(data, Mapping) or "tables" in data or "schema" in data:
        return False
    return any(isinstance(data.get(key), list) for key in ("sources", *SECTIONS, *_OTHER_SECTIONS))


def read_properties(data: Fields, collected: Collected, site: Site, origin: str = "") -> None:
    """Add what a property file declares. ``origin``: the file's name, for messages. Problems go to ``site``."""
    where = f" of {origin}" if origin else ""
    for source, place in _items(data.get("sources"), site.at("sources")):
        _read_source(source, collected, place, where)
    for section, kind in SECTIONS.items():
        for entry, place in _items(data.get(section), site.at(section)):
            for node in _entry_nodes(kind, entry, collected, place, where):
                _merge(node, collected)


def _items(value: object, site: Site) -> Iterator[tuple[Fields, Site]]:
    """The entries of a list that have a name; what has none is a problem."""
    for entry, place in _mappings(value, site):
        if isinstance(entry.get("name"), str | int):
            yield entry, place
        else:
            place.report("the entry has no name", "add name:")


def _mappings(value: object, site: Site) -> Iterator[tuple[Fields, Site]]:
    if value is None:
        return
    if not isinstance(value, list):
        site.report(f"{site.names[-1]} is a list, got {value!r}")
        return
    for index, entry in enumerate(value):
        place = site.at(index)
        found = place.mapping(entry, "an entry")
        if found:
            yield found, place


def _enabled(entry: Fields) -> bool:
    config = entry.get("config")
    return not (isinstance(config, Mapping) and config.get("enabled") is False) and entry.get("enabled") is not False


def _merge(node: Node, collected: Collected) -> None:
    """A relation may be found before its properties (a seed's file), or described in two files."""
    for known in collected.nodes:
        if known.kind == node.kind and known.keys == node.keys:
            for name, column in node.columns.items():
                seen = known.columns.get(name)
                known.columns[name] = replace(column, plain_type=seen.plain_type) if seen else column
            known.tests += node.tests
            known.constraints += node.constraints
            known.comment = known.comment or node.comment
            return
    collected.nodes.append(node)


# --- relations ---------------------------------------------------------------------------------------
def _read_source(source: Fields, collected: Collected, site: Site, where: str) -> None:
    if not _enabled(source):
        return
    for table, place in _items(source.get("tables"), site.at("tables")):
        if not _enabled(table):
            continue
        title = f"source '{source['name']}.{table['name']}'{where}"
        name = str(table.get("identifier") or table["name"])
        if has_jinja(name) or has_jinja(source["name"]) or has_jinja(table["name"]):
            collected.warnings.append(_jinja_name(title, name))
            continue
        node = Node("source", (source_key(str(source["name"]), str(table["name"])),), name, title)
        quoting = table.get("quoting")
        node.quoted = isinstance(quoting, Mapping) and quoting.get("identifier") is True
        _read_relation(table, node, place)
        _merge(node, collected)


def _jinja_name(title: str, name: str) -> str:
    return (
        f"{title} was left out: its name {name!r} is only known once dbt has rendered it. "
        "Run `dbt parse` and import target/manifest.json."
    )


def _entry_nodes(kind: Kind, entry: Fields, collected: Collected, site: Site, where: str) -> Iterator[Node]:
    """The relation of a seed or model, or one for each version of a model."""
    if not _enabled(entry):
        return
    config = entry.get("config")
    alias = config.get("alias") if isinstance(config, Mapping) else None
    name = str(entry["name"])
    title = f"{kind} '{name}'{where}"
    table = str(alias or name)
    if has_jinja(table) or has_jinja(name):
        collected.warnings.append(_jinja_name(title, table))
        return
    base = Node(kind, (ref_key(name),), table, title)
    _read_relation(entry, base, site)
    if isinstance(config, Mapping):
        _column_types(config.get("column_types"), base)
    versions = list(_mappings(entry.get("versions"), site.at("versions")))
    if not versions:
        yield base
        return
    latest = entry.get("latest_version", versions[-1][0].get("v"))
    for version, place in versions:
        yield _version(base, name, version, latest, alias, place)


def _version(base: Node, name: str, version: Fields, latest: object, alias: object, site: Site) -> Node:
    """A version has its own columns, or those of the model but some. Page "Model versions"."""
    number = version.get("v")
    keys = (ref_key(name, number),) + ((ref_key(name),) if number == latest else ())
    own_alias = version.get("alias") or alias
    node = replace(
        base, keys=keys, name=str(own_alias or f"{name}_v{number}"), title=f"{base.title} (version {number})"
    )
    if "columns" not in version:
        return node
    included: set[str] = set()
    for entry, _ in _mappings(version["columns"], site.at("columns")):
        if entry.get("include") in ("all", "*"):
            dropped = {str(each).lower() for each in entry.get("exclude") or ()}
            included |= {column for column in base.columns if column not in dropped}
        elif isinstance(entry.get("include"), list):
            included |= {str(each).lower() for each in entry["include"]}
    node.columns = {key: column for key, column in base.columns.items() if key in included}
    node.tests = [test for test in base.tests if test.column is None or test.column.lower() in included]
    named = [entry for entry in version["columns"] if isinstance(entry, Mapping) and "name" in entry]
    _read_relation({**version, "columns": named}, node, site)
    return node


def _column_types(types: object, node: Node) -> None:
    """``column_types`` of a seed."""
    if isinstance(types, Mapping):
        for name, data_type in types.items():
            column = node.add_column(NodeColumn(str(name)))
            column.data_type = column.data_type or (data_type if isinstance(data_type, str) else None)


def _read_relation(entry: Fields, node: Node, site: Site) -> None:
    if isinstance(entry.get("description"), str) and not has_jinja(entry["description"]):
        node.comment = entry["description"].strip() or None
    node.columns, node.tests, node.constraints = dict(node.columns), list(node.tests), list(node.constraints)
    for column, place in _items(entry.get("columns"), site.at("columns")):
        _read_column(column, node, place)
    node.tests += tests_of(entry, None, site)
    node.constraints += constraints_of(entry.get("constraints"), (), site.at("constraints"))


def _read_column(given: Fields, node: Node, site: Site) -> None:
    name = str(given["name"])
    data_type = given.get("data_type")
    comment = given.get("description")
    node.columns[name.lower()] = NodeColumn(
        name,
        data_type if isinstance(data_type, str) else None,
        comment.strip() or None if isinstance(comment, str) and not has_jinja(comment) else None,
        given.get("quote") is True,
    )
    node.tests += tests_of(given, name, site)
    node.constraints += constraints_of(given.get("constraints"), (name,), site.at("constraints"))


# --- tests and constraints ---------------------------------------------------------------------------
def tests_of(entry: Fields, column: str | None, site: Site) -> list[Test]:
    """The tests of a relation or column: under ``data_tests`` or, as before dbt 1.8, ``tests``."""
    found: list[Test] = []
    for key in ("data_tests", "tests"):
        given = entry.get(key)
        if given is None:
            continue
        if not isinstance(given, list):
            site.at(key).report(f"{key} is a list, got {given!r}")
            continue
        for index, written in enumerate(given):
            test = _test(written, column, site.at(key).at(index))
            if test is not None:
                found.append(test)
    return found


def _test(written: object, column: str | None, site: Site) -> Test | None:
    """``unique``, ``{accepted_values: {values: […]}}``, or ``{name: …, test_name: accepted_values, values: […]}``."""
    if isinstance(written, str):
        return Test(plain_test_name(written), column)
    if not isinstance(written, Mapping) or not written:
        site.report(f"a test is a name or an object, got {written!r}")
        return None
    if isinstance(written.get("test_name"), str):
        name, body = written["test_name"], written
    else:
        name, body = next(iter(written.items()))
        body = {**(body if isinstance(body, Mapping) else {}), **{k: v for k, v in written.items() if k != name}}
    if not _enabled(body):
        return None
    given = body.get("arguments")
    arguments = {**body, **(given if isinstance(given, Mapping) else {})}
    kept = {key: value for key, value in arguments.items() if key not in _CONFIG_KEYS and key != "arguments"}
    own = kept.pop("column_name", None)
    return Test(plain_test_name(str(name)), column or (str(own) if own else None), kept)


def plain_test_name(name: str) -> str:
    """``dbt_utils.accepted_range`` -> ``accepted_range``"""
    return name.rpartition(".")[2]


def constraints_of(value: object, columns: tuple[str, ...], site: Site) -> list[Constraint]:
    """Constraints of a relation, or of the column given. Page "Constraints"."""
    found: list[Constraint] = []
    for given, _ in _mappings(value, site):
        found.append(
            Constraint(
                str(given.get("type", "")).lower(),
                columns or _texts(given.get("columns")),
                _text(given.get("to")),
                _texts(given.get("to_columns")),
                _text(given.get("expression")),
            )
        )
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
