"""The entity form: what a table holds, said by meaning instead of by SQL type.

    schema:
      Customer:
        count: 10000
        fields:
          customer_id: {type: serial, primary_key: true}
          email: {type: unique, generator: faker.email}
      Order:
        fields:
          customer_id: {type: foreign_key, references: Customer.customer_id}
          order_total: {type: numerical, distribution: gaussian, mean: 150, stddev: 50}

An experiment, an entity and a field may say everything that the model's may, in the model's words; the keys are taken
from the model, so there is none that this form lacks. For some it has shorter words (``WORDS_OF_ENTITIES``,
``WORDS_OF_FIELDS``), for fields of some types only (``FIELD_KINDS``). The parameters of a distribution may stand beside
its name. ``pii`` is for people and has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from dw_simulator.errors import Problem
from dw_simulator.schema import model
from dw_simulator.schema.distributions import DISTRIBUTIONS
from dw_simulator.schema.model import INTEGER_RANGES, DataType, Experiment
from dw_simulator.schema.parse import Location, located_problems
from dw_simulator.schema.reserved import quote_reserved
from dw_simulator.schema.suggest import did_you_mean

Found = list[tuple[Problem, Location]]
Fields = Mapping[str, Any]

WORDS_OF_ENTITIES = {"count": "target_rows", "unique": "unique_keys", "description": "comment"}
"""Words of an entity, and the keys of a table that they stand for."""

WORDS_OF_FIELDS = {
    "unique": "is_unique", "nullable": "required", "description": "comment", "generator": "faker_rule",
    "length": "varchar_length", "decimals": "scale", "min": "min_value", "max": "max_value", "start": "date_start",
    "end": "date_end", "range": "min_value", "references": "foreign_key", "values": "distribution",
}  # fmt: skip
"""Words of a field, and the keys of a column that they stand for."""

PARAMETERS = {name: tuple(key for key in model.model_fields if key != "type") for name, model in DISTRIBUTIONS.items()}
"""The parameters of each distribution."""

_OWN_MEANING = ("values", "weights", "start", "length")
"""Parameters that mean something else beside a field's type: there they are given within ``distribution: {…}``."""

FLAT_PARAMETERS = tuple(
    dict.fromkeys(key for keys in PARAMETERS.values() for key in keys if key not in _OWN_MEANING)
)  # fmt: skip
MODEL_KEYS = tuple(key for key in model.Column.model_fields if key not in ("name", "data_type", "scale"))
"""Keys of a column that a field takes as they are. The digits after the point are ``decimals``: ``scale`` is that of a
distribution."""

EXPERIMENT_KEYS = ("schema", *(key for key in Experiment.model_fields if key != "tables"))
TABLE_KEYS = tuple(key for key in model.Table.model_fields if key not in ("name", "columns"))
ENTITY_KEYS = ("fields", *WORDS_OF_ENTITIES, *TABLE_KEYS)
COMMON_KEYS = (
    "type", "primary_key", "unique", "nullable", "pii", "description", *MODEL_KEYS, *FLAT_PARAMETERS,
)  # fmt: skip
NUMBER_KEYS = ("min", "max", "range")
VALUE_KEYS = ("values", "weights")
TEXT_KEYS = ("generator", "length", *VALUE_KEYS)
MOMENT_KEYS = ("range", "start", "end", *VALUE_KEYS)
REFERENCE_KEYS = tuple(key for key in model.ForeignKey.model_fields if key not in ("table", "column"))


@dataclass
class Site:
    """One place in the data, and the list that problems go to."""

    location: Location
    found: Found
    names: tuple[str, ...] = ()

    def at(self, step: str | int) -> Site:
        return Site((*self.location, step), self.found, (*self.names, str(step)))

    def report(self, message: str, hint: str | None = None) -> None:
        self.found.append((Problem(message, path=".".join(self.names), hint=hint), self.location))

    def mapping(self, value: object, what: str) -> Fields:
        if isinstance(value, Mapping):
            return value
        self.report(f"{what} is an object with keys, got {value!r}")
        return {}

    def only(self, given: Fields, allowed: tuple[str, ...], what: str) -> None:
        for key in given:
            if key not in allowed:
                self.at(str(key)).report(f"unknown key {key!r}", did_you_mean(str(key), allowed, f"{what} may say"))


Column = dict[str, Any]
"""A column in the form of the model, before validation."""

FieldReader = Callable[[Fields, Site], Column]


@dataclass(frozen=True)
class FieldKind:
    keys: tuple[str, ...]
    read: FieldReader = field(repr=False)


def read_entities(data: Fields) -> tuple[Experiment | None, Found]:
    """Plain data of the entity form -> an experiment, or everything that is wrong."""
    found: Found = []
    top = Site((), found)
    top.only(data, EXPERIMENT_KEYS, "a schema")
    entities = top.at("schema").mapping(data["schema"], "schema")
    if not entities and not found:
        top.at("schema").report("there are no entities", "add at least one, with fields")
    tables = [_read_entity(str(name), value, top.at("schema").at(str(name))) for name, value in entities.items()]
    _resolve_references(tables, top.at("schema"))
    if found:
        return None, found
    given = {key: value for key, value in data.items() if key != "schema"} | {"tables": tables}
    try:
        experiment = Experiment.model_validate(given)
    except ValidationError as error:
        return None, [(problem, _place_in_entities(where, tables)) for problem, where in located_problems(error, given)]
    return quote_reserved(experiment, ("redshift", "snowflake", "sqlite")), []


def _place_in_entities(location: Location, tables: list[dict[str, Any]]) -> Location:
    """``tables, 0, columns, 1, …`` -> ``schema, Customer, fields, email, …``"""
    match location:
        case ("tables", int(table), "columns", int(column), *rest):
            name = tables[table]["columns"][column]["name"]
            return ("schema", tables[table]["name"], "fields", name, *rest)
        case ("tables", int(table), *rest):
            return ("schema", tables[table]["name"], *rest)
    return location


def _read_entity(name: str, value: object, site: Site) -> dict[str, Any]:
    entity = site.mapping(value, "an entity")
    site.only(entity, ENTITY_KEYS, "an entity")
    fields = site.at("fields").mapping(entity.get("fields", {}), "fields")
    if isinstance(value, Mapping) and not fields:
        site.report("the entity has no fields", "add fields: with at least one field")
    columns = [_read_field(str(key), body, site.at("fields").at(str(key))) for key, body in fields.items()]
    keys = [column["name"] for column in columns if column.pop("primary_key", False)]
    said = _in_own_words(entity, WORDS_OF_ENTITIES, site)
    table = said | {key: entity[key] for key in TABLE_KEYS if key in entity} | {"name": name, "columns": columns}
    return table | ({"primary_key": keys} if keys else {})


def _in_own_words(given: Fields, words: Mapping[str, str], site: Site) -> dict[str, Any]:
    """The keys of the model that words stand for; reports those that are there twice."""
    for word, key in words.items():
        if word in given and key in given:
            site.at(word).report(f"{word} and {key} say the same thing", "say one of them")
    return {key: given[word] for word, key in words.items() if word in given}


def _read_field(name: str, value: object, site: Site) -> Column:
    given = site.mapping(value, "a field")
    kind_name = given.get("type")
    column: Column = {"name": name, "data_type": "INT"}
    if not isinstance(value, Mapping):
        return column
    if not isinstance(kind_name, str):
        site.report("the field has no type", f"types are: {', '.join(FIELD_KINDS)}")
        return column
    kind = FIELD_KINDS.get(kind_name.lower())
    if kind is None:
        site.at("type").report(
            f"unknown type {kind_name!r}", did_you_mean(kind_name, FIELD_KINDS, "types of fields are")
        )
        return column
    site.only(given, COMMON_KEYS + kind.keys, f"a field of type {kind_name.lower()}")
    column |= kind.read(given, site)
    own = {
        word: key
        for word, key in WORDS_OF_FIELDS.items()
        if word in kind.keys and key in MODEL_KEYS and word != "values"
    }
    _in_own_words(given, own, site)
    taken = (*kind.keys, *(("distribution",) if isinstance(given.get("distribution"), str) else ()))
    column |= {key: given[key] for key in MODEL_KEYS if key in given and key not in taken}
    return column | _spread(given, site) | _common(given, site)


def _common(given: Fields, site: Site) -> Column:
    column = _in_own_words(given, {"unique": "is_unique", "description": "comment"}, site)
    if "nullable" in given:
        if "required" in given and given["required"] == given["nullable"]:
            site.at("nullable").report("nullable contradicts required", "say one of them")
        elif isinstance(given["nullable"], bool):
            column["required"] = not given["nullable"]
        else:
            site.at("nullable").report(f"{given['nullable']!r} is not true or false")
    if given.get("primary_key"):
        column |= {"primary_key": True, "required": True}
    for key in ("primary_key", "pii"):
        if not isinstance(given.get(key, False), bool):
            site.at(key).report(f"{given[key]!r} is not true or false")
    return column


# --- kinds of fields ------------------------------------------------------------------------------------------------
def _serial(given: Fields, site: Site) -> Column:
    if "identity" in given and ("start" in given or "step" in given):
        site.at("identity").report("identity contradicts start and step", "say one of them")
    start, step = given.get("start", 1), given.get("step", 1)
    return {
        "data_type": "BIGINT" if given.get("big") else "INT",
        "required": True,
        "is_unique": True,
        "identity": {"seed": start, "step": step, "by_default": True},
    }


def _text(data_type: str, default_length: int | None = None) -> FieldReader:
    def read(given: Fields, site: Site) -> Column:
        column: Column = {"data_type": data_type}
        length = given.get("length", default_length)
        if length is not None:
            column["varchar_length"] = length
        if (rule := _generator(given, site)) is not None:
            column["faker_rule"] = rule
        return column | _values(given, site)

    return read


def _generator(given: Fields, site: Site) -> str | None:
    """``faker.email`` -> ``email``"""
    rule = given.get("generator")
    if rule is None:
        return None
    if not isinstance(rule, str) or not rule.removeprefix("faker."):
        site.at("generator").report(f"{rule!r} is not a generator", "write for example faker.email")
        return None
    return rule.removeprefix("faker.")


def _unique(given: Fields, site: Site) -> Column:
    return _text("VARCHAR", 255)(given, site) | {"is_unique": True}


def _categorical(given: Fields, site: Site) -> Column:
    values = given.get("values")
    if values is None and "generator" not in given:
        site.report("a categorical field needs values or a generator", "for example values: [new, paid, sent]")
    if values is None or not isinstance(values, list) or not values:
        return _text("VARCHAR", 255)(given, site)
    column = _type_of_values(values, site.at("values"))
    if column["data_type"] == "VARCHAR" and "length" in given:
        column["varchar_length"] = given["length"]
    return column | _values(given, site)


def _type_of_values(values: list[object], site: Site) -> Column:
    kinds = {bool: "BOOLEAN", int: "INT", float: "FLOAT", str: "VARCHAR"}
    names = {kinds.get(type(value), type(value).__name__) for value in values}
    if names == {"INT", "FLOAT"}:
        names = {"FLOAT"}
    if len(names) > 1 or not names <= set(kinds.values()):
        site.report(f"values are of several types: {', '.join(sorted(names))}", "put them all in quotes")
        return {"data_type": "VARCHAR"}
    name = names.pop()
    if name == "VARCHAR":
        return {"data_type": name, "varchar_length": max(1, *(len(str(value).encode()) for value in values))}
    if name == "INT":
        low, high = INTEGER_RANGES[DataType.INT]
        return {"data_type": name if all(low <= int(str(value)) <= high for value in values) else "BIGINT"}
    return {"data_type": name}


def _values(given: Fields, site: Site) -> Column:
    if "values" not in given:
        if "weights" in given:
            site.at("weights").report("there are weights but no values", "add values")
        return {}
    if not isinstance(given["values"], list) or not given["values"]:
        site.at("values").report(f"{given['values']!r} is not a list of values")
        return {}
    distribution = {"type": "categorical", "values": given["values"], "weights": given.get("weights")}
    return {"distribution": distribution}


def _number(data_type: str) -> FieldReader:
    def read(given: Fields, site: Site) -> Column:
        low, high = _range(given, site, ("min", "max"))
        column: Column = {"data_type": data_type, "min_value": low, "max_value": high}
        return column | _values(given, site)

    return read


def _decimal(given: Fields, site: Site) -> Column:
    size = {"precision": given.get("precision", 18), "scale": given.get("decimals", 2)}
    return _number("DECIMAL")(given, site) | size


def _numerical(given: Fields, site: Site) -> Column:
    """A number of unknown type: FLOAT, or DECIMAL where it says how many digits it has."""
    exact = "precision" in given or "decimals" in given
    return _decimal(given, site) if exact else _number("FLOAT")(given, site)


def _moment(data_type: str) -> FieldReader:
    def read(given: Fields, site: Site) -> Column:
        start, end = _range(given, site, ("start", "end"))
        column: Column = {"data_type": data_type, "date_start": start, "date_end": end}
        return column | _values(given, site)

    return read


def _range(given: Fields, site: Site, names: tuple[str, str]) -> tuple[Any, Any]:
    """Bounds, written as ``range: [low, high]`` or by their names."""
    low, high = (given.get(name) for name in names)
    if "range" not in given:
        return low, high
    pair = given["range"]
    if low is not None or high is not None:
        site.at("range").report(f"range contradicts {names[0]} and {names[1]}", "say one of them")
    elif not isinstance(pair, list) or len(pair) != 2:
        site.at("range").report(f"{pair!r} is not a range", "write [first, last]")
    else:
        return pair[0], pair[1]
    return None, None


_OTHER_NAMES = {"gaussian": "normal"}
_OTHER_PARAMETERS = {"exponential": {"mean": "scale"}}
"""Parameters that have another name in the model."""


def _spread(given: Fields, site: Site) -> Column:
    """A distribution that is named by a text, with its parameters beside it. Written in full it is the model's."""
    name = given.get("distribution")
    beside = [key for key in FLAT_PARAMETERS if key in given and key not in MODEL_KEYS]
    if not isinstance(name, str):
        if name is not None and "values" in given:
            site.at("values").report("values contradicts distribution", "say one of them")
        for key in beside:
            hint = "the digits after the point are decimals" if key == "scale" else "for example gaussian"
            missing = f"{key} belongs to a distribution, which is missing"
            written = f"{key} stands beside a distribution that is written in full"
            site.at(key).report(*((missing, hint) if name is None else (written, "write it within distribution")))
        return {}
    kind = _OTHER_NAMES.get(name.lower(), name.lower())
    if kind not in PARAMETERS:
        known = (*PARAMETERS, *_OTHER_NAMES)
        site.at("distribution").report(f"unknown distribution {name!r}", did_you_mean(name, known, "distributions are"))
        return {}
    if any(key in _OWN_MEANING and key not in VALUE_KEYS for key in PARAMETERS[kind]):
        keys = ", ".join(f"{key}: …" for key in PARAMETERS[kind])
        place = site.at("distribution")
        place.report(f"distribution {name} is written in full", f"distribution: {{type: {kind}, {keys}}}")
        return {}
    return {"distribution": {"type": kind} | _parameters(name, kind, beside, given, site)}


def _parameters(name: str, kind: str, beside: list[str], given: Fields, site: Site) -> Column:
    if "values" in given and "values" not in PARAMETERS[kind]:
        site.at("distribution").report("distribution contradicts values", "use weights to say how often each appears")
    others = _OTHER_PARAMETERS.get(kind, {})
    said = {others.get(key, key): given[key] for key in (*beside, *VALUE_KEYS) if key in given}
    for key in beside:
        if others.get(key, key) not in PARAMETERS[kind]:
            takes = ", ".join((*others, *PARAMETERS[kind])) or "nothing"
            site.at(key).report(f"distribution {name} has no {key}", f"it takes: {takes}")
    for key, field_ in DISTRIBUTIONS[kind].model_fields.items():
        if field_.is_required() and key not in said:
            site.at("distribution").report(f"distribution {name} needs {key}", f"add {key}")
    return {key: value for key, value in said.items() if key in PARAMETERS[kind]}


def _foreign_key(given: Fields, site: Site) -> Column:
    more = {key: given[key] for key in REFERENCE_KEYS if key in given}
    if "references" not in given and "foreign_key" in given and not more:
        return {_INHERITS: True}
    target = given.get("references")
    if not isinstance(target, str) or len(target.split(".")) != 2 or not all(target.split(".")):
        site.at("references").report(f"{target!r} does not say what the field refers to", "write Entity.field")
        return {}
    table, column = target.split(".")
    return {"foreign_key": {"table": table, "column": column, **more}, _INHERITS: True}


_INHERITS = "inherits"
"""Marks a column that has the type of the one it refers to, until that is found."""

FIELD_KINDS: dict[str, FieldKind] = {
    "serial": FieldKind(("start", "step", "big"), _serial),
    "unique": FieldKind(TEXT_KEYS, _unique),
    "categorical": FieldKind(TEXT_KEYS, _categorical),
    "string": FieldKind(TEXT_KEYS, _text("VARCHAR", 255)),
    "text": FieldKind(TEXT_KEYS, _text("VARCHAR")),
    "char": FieldKind(TEXT_KEYS, _text("CHAR", 1)),
    "foreign_key": FieldKind(("references", *REFERENCE_KEYS), _foreign_key),
    "numerical": FieldKind((*NUMBER_KEYS, "precision", "decimals", *VALUE_KEYS), _numerical),
    "decimal": FieldKind((*NUMBER_KEYS, "precision", "decimals", *VALUE_KEYS), _decimal),
    "float": FieldKind((*NUMBER_KEYS, *VALUE_KEYS), _number("FLOAT")),
    "integer": FieldKind((*NUMBER_KEYS, *VALUE_KEYS), _number("INT")),
    "bigint": FieldKind((*NUMBER_KEYS, *VALUE_KEYS), _number("BIGINT")),
    "smallint": FieldKind((*NUMBER_KEYS, *VALUE_KEYS), _number("SMALLINT")),
    "boolean": FieldKind(VALUE_KEYS, lambda given, site: {"data_type": "BOOLEAN"} | _values(given, site)),
    "date": FieldKind(MOMENT_KEYS, _moment("DATE")),
    "datetime": FieldKind(MOMENT_KEYS, _moment("TIMESTAMP")),
    "timestamp": FieldKind(MOMENT_KEYS, _moment("TIMESTAMP")),
    "timestamp_tz": FieldKind(MOMENT_KEYS, _moment("TIMESTAMP_TZ")),
    "time": FieldKind(VALUE_KEYS, lambda given, site: {"data_type": "TIME"} | _values(given, site)),
    "json": FieldKind(VALUE_KEYS, lambda given, site: {"data_type": "JSON"} | _values(given, site)),
    "binary": FieldKind(("length",), lambda given, _: {"data_type": "BINARY", "varchar_length": given.get("length")}),
}
"""The types of fields: what each may say beyond the common keys, and how it becomes a column."""


# --- references -----------------------------------------------------------------------------------------------------
Tables = Mapping[str, dict[str, Any]]
"""tables in the form of the model, by name in lower case"""


def _resolve_references(tables: list[dict[str, Any]], site: Site) -> None:
    """A foreign key has the type of the field it refers to, which may itself be a foreign key."""
    by_name = {table["name"].lower(): table for table in tables}
    for table in tables:
        for column in table["columns"]:
            if _INHERITS in column:
                place = site.at(table["name"]).at("fields").at(column["name"]).at("references")
                _copy_type(column, _origin(column, by_name, place))
    for table in tables:
        for column in table["columns"]:
            column.pop(_INHERITS, None)


def _origin(column: Column, tables: Tables, site: Site) -> Column | None:
    """The first column on the way of references that has a type of its own."""
    seen: list[int] = []
    while _INHERITS in column:
        if id(column) in seen:
            site.report("the references go round in a circle", "let one of the fields have a type of its own")
            return None
        seen.append(id(column))
        target = _target(column["foreign_key"], tables, site)
        if target is None:
            return None
        column = target
    return column


def _target(reference: object, tables: Tables, site: Site) -> Column | None:
    """The column that a foreign key names; reports it if there is none."""
    try:
        key = model.ForeignKey.model_validate(reference)
    except ValidationError:
        return None  # reported when the whole is read
    table = tables.get(key.table.lower())
    if table is None:
        known = [other["name"] for other in tables.values()]
        text = f"refers to {key.table}.{key.column}: there is no such entity"
        site.report(text, did_you_mean(key.table, known, "entities are"))
        return None
    found = next((column for column in table["columns"] if column["name"].lower() == key.column.lower()), None)
    if found is None:
        known = [column["name"] for column in table["columns"]]
        text = f"refers to {key.table}.{key.column}: there is no such field"
        site.report(text, did_you_mean(key.column, known, "its fields are"))
    return found


def _copy_type(column: Column, origin: Column | None) -> None:
    if origin is not None:
        for key in ("data_type", "precision", "scale", "varchar_length"):
            if origin.get(key) is not None:
                column[key] = origin[key]
