"""Writes the reference pages that are made from the code: the schema format, the settings, the commands.

``python scripts/generate_docs.py`` writes them, ``--check`` says which are out of date (the tests run that).
"""

from __future__ import annotations

import argparse
import enum
import importlib
import json
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dw_simulator.config.catalog import Setting
from dw_simulator.config.settings import CATALOG
from dw_simulator.schema import defects, distributions, history, model, rules
from dw_simulator.schema.expressions import FUNCTIONS
from dw_simulator.schema.importers import entities
from dw_simulator.schema.json_schema import json_schema_text

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- made by scripts/generate_docs.py: edit the code, not this page -->"
TYPE_NAMES = {
    "str": "text",
    "int": "integer",
    "Decimal": "number",
    "float": "number",
    "bool": "true or false",
    "datetime": "timestamp",
    "SecretStr": "text (secret)",
    "Path": "path",
}


def _type_name(annotation: Any) -> str:
    """A type as a reader of JSON knows it."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        names = [_type_name(part) for part in typing.get_args(annotation) if part is not type(None)]
        return " or ".join(dict.fromkeys(names))
    if origin is typing.Literal:
        return " \\| ".join(f"`{value}`" for value in typing.get_args(annotation))
    if origin is list:
        return f"list of {_type_name(typing.get_args(annotation)[0])}"
    if origin is typing.Annotated:
        return _type_name(typing.get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " \\| ".join(f"`{member.value}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    name = getattr(annotation, "__name__", str(annotation))
    return TYPE_NAMES.get(name, name)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or value in ("", [], {}):
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _rows(kind: type[BaseModel]) -> Iterator[str]:
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in kind.model_fields.items():
        yield f"| `{name}` | {_type_name(field.annotation)} | {_default(field)} | {field.description or ''} |"


def _section(kind: type[BaseModel]) -> Iterator[str]:
    yield f"\n## {kind.__name__}\n"
    own = kind.__dict__.get("__doc__")
    if own:
        yield " ".join(own.split()) + "\n"
    yield from _rows(kind)


def schema_page() -> str:
    kinds: list[type[BaseModel]] = [
        model.Experiment, model.Table, model.Column, model.ForeignKey, model.CompositeForeignKey, model.Identity,
        model.SortKey, model.DocumentField, model.ArraySize, rules.Correlation, rules.After, rules.Lookup, rules.FanOut,
        rules.Hierarchy, rules.Rollup, rules.Growth, history.History, history.Cdc, history.Operations,
        *distributions.DISTRIBUTIONS.values(), distributions.MixtureComponent,
        distributions.Case, distributions.BusinessHours, distributions.Burst,
        *defects.DEFECTS.values(),
    ]  # fmt: skip
    lines = [
        MADE,
        "# Schema reference\n",
        "The fields of an experiment, as JSON or YAML. Its JSON Schema: `schema.json`.",
    ]
    for kind in kinds:
        lines += _section(kind)
    return "\n".join([*lines, *_entity_form()]) + "\n"


ENTITIES = """
## Entities

The same schema in words of people, where `schema` stands in place of `tables`:

```yaml
name: shop
schema:
  Customer:
    count: 10000
    fields:
      customer_id: {type: serial, primary_key: true}
      email: {type: unique, generator: faker.email}
      income: {type: decimal, distribution: gamma, shape: 2, scale: 1500}
  Order:
    count: 50000
    fields:
      customer: {type: foreign_key, references: Customer.customer_id, fan_out: {max: 40}}
      total: {type: decimal, decimals: 2, min: 1, max: 900}
      vat: {type: decimal, decimals: 2, expression: total * 0.19}
```

An entity may also say every key of a [Table](#table), a field every key of a [Column](#column); a field of type
`foreign_key` has the type of the field that it refers to, and may say `fan_out` and `hierarchy`. Parameters of a
distribution stand beside its name (`distribution: gamma, shape: 2`), or all of it is written in full
(`distribution: {type: gamma, shape: 2}`). `scale` is that of a distribution; the digits after the point are `decimals`.
Words of their own stand for keys:"""


def _entity_form() -> Iterator[str]:
    yield ENTITIES
    yield "\n| word of an entity | key of a table |"
    yield "|---|---|"
    yield from (f"| `{word}` | `{key}` |" for word, key in entities.WORDS_OF_ENTITIES.items())
    yield "\n| word of a field | key of a column |"
    yield "|---|---|"
    yield from (f"| `{word}` | `{key}` |" for word, key in entities.WORDS_OF_FIELDS.items())
    yield "\n| type of a field | words of this type |"
    yield "|---|---|"
    for name, kind in entities.FIELD_KINDS.items():
        yield f"| `{name}` | {', '.join(f'`{key}`' for key in kind.keys)} |"


EXPRESSIONS = """# Expressions

An `expression` computes a column from others; `when` of a conditional distribution is a condition on them.

```yaml
- {name: total, data_type: 'DECIMAL(12,2)', expression: 'qty * price - coalesce(discount, 0)'}
- {name: country, data_type: CHAR(2), expression: customer_id.country}
- name: label
  data_type: VARCHAR(40)
  expression: "upper(left(city, 3)) || '-' || lpad(id, 8, '0')"
```

The language is a part of SQL's. A name is a column of the row, in any case; `fk_column.parent_column` is a column of
the row that a foreign key refers to. Texts stand in `'…'`, names with special characters in `"…"`; constants are also
`date '2024-12-31'`, `timestamp '2024-12-31 23:59:59'` and `interval '1 day 2 hours'`. NULL passes through as in SQL.
Integers and decimals are exact to 18 digits (more is an error, never a wrong value); a result is rounded to the digits
of its column, halves away from zero. Types are checked, circles are found and texts that would not fit are named before
anything is generated. `dw-sim verify` compares in the warehouse, where its SQL can say the same.

| written | gives |
|---|---|"""


def expressions_page() -> str:
    lines = [MADE, EXPRESSIONS]
    for function in FUNCTIONS.values():
        syntax = function.syntax.replace("|", "\\|")
        lines.append(f"| `{syntax}` | {function.description.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    lines = [
        MADE,
        "# Settings\n",
        "Priority, lowest first: default, `config/default.yml`, address of the running stack,",
        "`deployment/<environment>.yml`, `.env.local`, environment variable, command line. How the layers work, and",
        "references to secrets: [configuration.md](configuration.md). `dw-sim config show` prints what is in force.\n",
        "| setting | environment variable | type | default | meaning |",
        "|---|---|---|---|---|",
        *(_setting(setting) for setting in CATALOG.settings),
        "\n## Other names\n",
        "Names that the files of a project may use too; in the environment they count only with `--env` or",
        "`DW_SIMULATOR_ENV`. A secret can also come from a file: add `_FILE` to its variable.\n",
        "| name | setting |",
        "|---|---|",
        *(f"| `{alias}` | `{setting.name}` |" for alias, setting in CATALOG.by_alias.items()),
    ]
    return "\n".join(lines) + "\n"


DEFAULTS_OF_THE_MACHINE = {"home": "the platform's user data folder", "config_dir": "the current folder"}


def _setting(setting: Setting) -> str:
    shown = DEFAULTS_OF_THE_MACHINE.get(setting.name) or _default(setting.field)
    kind = _type_name(setting.field.annotation)
    return f"| `{setting.name}` | `{setting.variable}` | {kind} | {shown} | {setting.description} |"


def default_file() -> str:
    """``config/default.yml``: every setting with its default; those without one are there as comments."""
    lines = [
        "# The defaults of dw-simulator, made by scripts/generate_docs.py: edit the code, not this file.",
        "# Copy it into your project and keep what you change. Meaning of each: docs/settings.md.",
    ]
    group = ""
    for setting in CATALOG.settings:
        if len(setting.place) == 1:
            continue
        if setting.place[0] != group:
            group = setting.place[0]
            lines.append(f"{group}:")
        value = setting.field.get_default(call_default_factory=True, validated_data={})
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        name = setting.place[-1]
        lines.append(f"  # {name}:" if value is None else f"  {name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    from typer.main import get_command

    from dw_simulator.cli.main import build_app

    root = get_command(build_app())
    lines = [MADE, "# Commands\n"]
    lines += _command(root, "dw-sim")
    return "\n".join(lines) + "\n"


def _command(command: Any, path: str) -> Iterator[str]:
    if command.hidden:
        return
    yield f"\n## {path}\n"
    yield _paragraphs(command.help or "")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    is_group = hasattr(command, "list_commands")
    if not is_group:
        usage = " ".join(
            [path, *("[OPTIONS]" for _ in options[:1]), *((a.metavar or a.name).upper() for a in arguments)]
        )
        yield f"\n    {usage}\n"
    if options:
        yield "\n| option | meaning |\n|---|---|"
        for option in options:
            names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
            yield f"| {names} | {' '.join((option.help or '').split())} |"
    if is_group:
        for name in command.list_commands(None):
            yield from _command(command.get_command(None, name), f"{path} {name}")


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.replace("\b", "").split("\n\n"))


METRIC_MODULES = (
    ("Every service", "observability.metrics"),
    ("Statements", "observability.statements"),
    ("The API: generation, loads, services", "api.metrics"),
    ("S3", "emulators.s3.metrics"),
    ("The loader job, while it watches", "loader.metrics"),
)


def metrics_page() -> str:
    lines = [
        MADE,
        "# Metrics\n",
        "What `/metrics` shows (`/_dw/metrics` of the S3 store), besides the `process_*` and `python_*` that every",
        "Python program shows to Prometheus.",
    ]
    for title, name in METRIC_MODULES:
        lines += [f"\n## {title}\n", "| metric | type | labels | meaning |", "|---|---|---|---|"]
        for metric in importlib.import_module(f"dw_simulator.{name}").METRICS:
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"


def snowflake_functions_page() -> str:
    from dw_simulator.emulators.snowflake import functions
    from dw_simulator.emulators.snowflake.functions import registry

    functions.load()
    found = {name: (entries[0].category, entries[0].kind) for name, entries in registry.FUNCTIONS.items()}
    found |= {name: ("Table", "table") for name in registry.TABLE_FUNCTIONS if name[0].isalpha()}
    refused = {name for name, (_, kind) in found.items() if kind == "unsupported"}
    lines = [
        MADE,
        "# Functions of the Snowflake emulator\n",
        f"{len(found) - len(refused)} functions are emulated; {len(refused)} are known and refused by name",
        "(error 000002, with the reason). Anything else is an unknown function (002140).\n",
        "| category | emulated | refused |",
        "|---|---|---|",
    ]
    by_category: dict[str, list[str]] = {}
    for name, (category, _) in sorted(found.items()):
        by_category.setdefault(category, []).append(name)
    for category, names in sorted(by_category.items()):
        gone = len(refused.intersection(names))
        lines.append(f"| {category} | {len(names) - gone} | {gone or ''} |")
    for category, names in sorted(by_category.items()):
        lines += [f"\n## {category}\n", "| function | kind | state |", "|---|---|---|"]
        for name in names:
            kind = found[name][1]
            lines.append(
                f"| `{name}` | {'' if name in refused else kind} | {'refused' if name in refused else 'emulated'} |"
            )
    return "\n".join(lines) + "\n"


def redshift_functions_page() -> str:
    from dw_simulator.emulators.redshift.documented import DOCUMENTED, status

    states = {name: status(name) for names in DOCUMENTED.values() for name in names}
    refused = {name for name, state in states.items() if state.startswith("refused")}
    lines = [
        MADE,
        "# Functions of the Redshift emulator\n",
        f"{len(states) - len(refused)} documented functions are emulated; {len(refused)} are refused by name.",
        "Installed functions are made in PostgreSQL, translated ones have another shape there, the rest is its own.",
        "Functions that PostgreSQL has and Redshift does not (`STRING_AGG`, `WIDTH_BUCKET`, …) do not exist",
        "here either, except in queries of the catalog.\n",
        "| category | emulated | refused |",
        "|---|---|---|",
    ]
    for category, names in sorted(DOCUMENTED.items()):
        gone = len(refused.intersection(names))
        lines.append(f"| {category} | {len(names) - gone} | {gone or ''} |")
    for category, names in sorted(DOCUMENTED.items()):
        lines += [f"\n## {category}\n", "| function | state |", "|---|---|"]
        lines += [f"| `{name.upper().replace('AT_TIME_ZONE', 'AT TIME ZONE')}` | {states[name]} |" for name in names]
    return "\n".join(lines) + "\n"


def openapi_document() -> str:
    """The API's contract, from which the web UI's types are made (`make generate`)."""
    from dw_simulator.api.app import create_app
    from dw_simulator.config.settings import Settings

    return json.dumps(create_app(Settings()).openapi(), indent=2) + "\n"


def words_file(warehouse: str) -> str:
    """The words of a warehouse's SQL, for completion."""
    sys.path.insert(0, str(DOCS.parent))  # run as a script, its own folder is on the path
    from scripts import words

    makers: dict[str, Callable[[], str]] = {
        "redshift": words.redshift,
        "snowflake": words.snowflake,
        "sqlite": words.sqlite,
    }
    return makers[warehouse]()


PAGES: dict[str, Callable[[], str]] = {
    "../config/default.yml": default_file,
    "../services/web-ui/openapi.json": openapi_document,
    "schema.md": schema_page,
    "expressions.md": expressions_page,
    "schema.json": json_schema_text,
    "settings.md": settings_page,
    "cli.md": cli_page,
    "metrics.md": metrics_page,
    "coverage/snowflake-functions.md": snowflake_functions_page,
    "coverage/redshift-functions.md": redshift_functions_page,
    "../src/dw_simulator/warehouses/words/redshift.json": lambda: words_file("redshift"),
    "../src/dw_simulator/warehouses/words/snowflake.json": lambda: words_file("snowflake"),
    "../src/dw_simulator/warehouses/words/sqlite.json": lambda: words_file("sqlite"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args().check
    stale = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if check and (not path.exists() or path.read_text() != text):
            stale.append(name)
        elif not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for name in stale:
        sys.stderr.write(f"docs/{name} is out of date: run python scripts/generate_docs.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
