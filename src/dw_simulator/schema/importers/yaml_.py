"""YAML: the form of the model, entities with fields (see :mod:`.entities`), or a dbt property file."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.dbt.nodes import DbtOptions
from dw_simulator.schema.importers.document import Loader, Places, experiment_from
from dw_simulator.schema.model import Experiment


def read_yaml(
    text: str, *, name: str | None = None, default_name: str | None = None, dbt: DbtOptions | None = None
) -> Experiment:
    """Read an experiment from YAML text.

    ``name`` replaces the name in the text; ``default_name`` is used where the text has none.

    Raises:
        ImportSchemaError: not YAML, or not a schema; with every problem, its path, line and column.
    """
    data = load_yaml(text)
    return experiment_from(data, Places(text), name=name, default_name=default_name, dbt=dbt)


def load_yaml(text: str) -> object:
    """The plain data of a YAML document. Raises ImportSchemaError: not YAML, too large, or a key is there twice."""
    try:
        return _load(text)
    except yaml.MarkedYAMLError as error:
        raise ImportSchemaError(_syntax_problem(error)) from None
    except yaml.YAMLError as error:
        raise ImportSchemaError(Problem(f"not YAML: {error}", construct="YAML")) from None
    except RecursionError:
        raise ImportSchemaError("not a schema: nested too deeply") from None
    except ValueError as error:  # a scalar that looks like a date but is none, such as 2024-13-01
        raise ImportSchemaError(Problem(f"not YAML: {error}", hint="put dates in quotes", construct="YAML")) from None


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = ", ".join(part for part in (error.problem, error.context) if part)
    return Problem(
        f"not YAML: {message}",
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
        construct="YAML",
    )


DEEPEST = 100
"""Collections within collections; a schema has ten."""

MOST_NODES = 2_000_000
"""Values of a document, those of aliases counted wherever they stand."""


def _check_size(text: str) -> None:
    """Refuse what would take all stack or memory, before anything recursive sees it."""
    depth = 0
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            open_nodes.append((event.anchor, total))
            total += 1
            if depth > DEEPEST:
                raise _too_much(event, f"is nested more than {DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
        if total > MOST_NODES:
            raise _too_much(event, f"has more than {MOST_NODES:,} values, those of aliases included")


def _too_much(event: yaml.Event, what: str) -> ImportSchemaError:
    mark = event.start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
    return ImportSchemaError(Problem(f"the document {what}", line=line, column=column, construct="YAML"))


def _load(text: str) -> object:
    _check_size(text)
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        problems = list(_duplicates(node))
        if problems:
            raise ImportSchemaError(problems)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _duplicates(root: yaml.Node) -> Iterator[Problem]:
    """YAML would silently take the last of two equal keys."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))
            continue
        keys: set[object] = set()
        for key, _ in node.value:
            if isinstance(key.value, str) and key.value in keys:
                mark = key.start_mark
                yield Problem(
                    f"key {key.value!r} is there twice", line=mark.line + 1, column=mark.column + 1, construct="YAML"
                )
            keys.add(key.value if isinstance(key.value, str) else id(key))
        waiting.extend(value for _, value in reversed(node.value))
