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

Every field may say ``primary_key``, ``unique``, ``required`` (or ``nullable``), ``null_fraction``, ``pii`` (for people;
without effect here) and ``comment``. What else it may say depends on its type: see ``FIELD_KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from dw_simulator.errors import Problem
from dw_simulator.schema.model import INTEGER_RANGES, DataType, Experiment
from dw_simulator.schema.parse import Location, located_problems
from dw_simulator.schema.reserved import quote_reserved
from dw_simulator.schema.suggest import did_you_mean

Found = list[tuple[Problem, Location]]
Fields = Mapping[str, Any]

EXPERIMENT_KEYS = ("name", "description", "dialect", "target_warehouse", "seed", "schema")
ENTITY_KEYS = ("count", "fields", "primary_key", "unique", "quoted", "comment", "description")
COMMON_KEYS = (
    "type", "primary_key", "unique", "required", "nullable", "null_fraction", "pii", "comment", "description", "quoted",
)  # fmt: skip
NUMBER_KEYS = ("distribution", "min", "max", "range", "mean", "stddev", "mu", "sigma", "scale", "exponent")
VALUE_KEYS = ("values", "weights")
TEXT_KEYS = ("generator", "length", *VALUE_KEYS, "distribution", "exponent")
MOMENT_KEYS = ("distribution", "range", "start", "end", *VALUE_KEYS)


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
    """``tables, 0, columns, 1, …`` -> ``schema, Customer, fields, email``"""
    match location:
        case ("tables", int(table), "columns", int(column), *_):
            name = tables[table]["columns"][column]["name"]
            return ("schema", tables[table]["name"], "fields", name)
        case ("tables", int(table), *_):
            return ("schema", tables[table]["name"])
    return location


def _read_entity(name: str, value: object, site: Site) -> dict[str, Any]:
    entity = site.mapping(value, "an entity")
    site.only(entity, ENTITY_KEYS, "an entity")
    fields = site.at("fields").mapping(entity.get("fields", {}), "fields")
    if isinstance(value, Mapping) and not fields:
        site.report("the entity has no fields", "add fields: with at least one field")
    columns = [_read_field(str(key), body, site.at("fields").at(str(key))) for key, body in fields.items()]
    keys = [column["name"] for column in columns if column.pop("primary_key", False)]
    table: dict[str, Any] = {"name": name, "columns": columns, "primary_key": keys or entity.get("primary_key", [])}
    for key, target in (("count", "target_rows"), ("unique", "unique_keys"), ("quoted", "quoted")):
        if key in entity:
            table[target] = entity[key]
    comment = entity.get("comment", entity.get("description"))
    return table | ({"comment": comment} if comment is not None else {})


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
    return column | kind.read(given, site) | _common(given, site)


def _common(given: Fields, site: Site) -> Column:
    column: Column = {}
    for key, target in (("unique", "is_unique"), ("required", "required"), ("null_fraction", "null_fraction")):
        if key in given:
            column[target] = given[key]
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
    comment = given.get("comment", given.get("description"))
    extra = {"comment": comment, "quoted": given.get("quoted")}
    return column | {key: value for key, value in extra.items() if value is not None}


# --- kinds of fields ------------------------------------------------------------------------------------------------
def _serial(given: Fields, _: Site) -> Column:
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
        return column | _values(given, site) | _spread(given, site)

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
        return column | _values(given, site) | _spread(given, site)

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
        return column | _values(given, site) | _spread(given, site)

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


_PARAMETERS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "uniform": ("uniform", (), {}),
    "gaussian": ("normal", ("mean", "stddev"), {}),
    "normal": ("normal", ("mean", "stddev"), {}),
    "lognormal": ("lognormal", ("mu", "sigma"), {}),
    "exponential": ("exponential", ("scale",), {"mean": "scale"}),
    "zipf": ("zipf", (), {"exponent": "exponent"}),
}
"""name -> (distribution of the model, parameters it needs, others it may have and their name in the model)"""


def _spread(given: Fields, site: Site) -> Column:
    """The distribution with its parameters."""
    name = given.get("distribution")
    if name is None:
        for key in ("mean", "stddev", "mu", "sigma", "scale", "exponent"):
            if key in given:
                site.at(key).report(f"{key} belongs to a distribution, which is missing", "for example gaussian")
        return {}
    known = _PARAMETERS.get(str(name).lower())
    if known is None:
        site.at("distribution").report(
            f"unknown distribution {name!r}", did_you_mean(str(name), _PARAMETERS, "distributions are")
        )
        return {}
    if "values" in given:
        site.at("distribution").report("distribution contradicts values", "use weights to say how often each appears")
    kind, needed, optional = known
    said = {key: given[key] for key in needed if key in given}
    said |= {target: given[key] for key, target in optional.items() if key in given}
    for key in needed:
        if key not in said:
            site.at("distribution").report(f"distribution {name} needs {key}", f"add {key}")
    return {"distribution": {"type": kind} | said}


def _foreign_key(given: Fields, site: Site) -> Column:
    target = given.get("references")
    if not isinstance(target, str) or len(target.split(".")) != 2 or not all(target.split(".")):
        site.at("references").report(f"{target!r} does not say what the field refers to", "write Entity.field")
        return {}
    return {"foreign_key": target} | _spread(given, site)


FIELD_KINDS: dict[str, FieldKind] = {
    "serial": FieldKind(("start", "step", "big"), _serial),
    "unique": FieldKind(TEXT_KEYS, _unique),
    "categorical": FieldKind(TEXT_KEYS, _categorical),
    "string": FieldKind(TEXT_KEYS, _text("VARCHAR", 255)),
    "text": FieldKind(TEXT_KEYS, _text("VARCHAR")),
    "char": FieldKind(TEXT_KEYS, _text("CHAR", 1)),
    "foreign_key": FieldKind(("references", "distribution", "exponent"), _foreign_key),
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
            if "foreign_key" in column:
                place = site.at(table["name"]).at("fields").at(column["name"]).at("references")
                _copy_type(column, _origin(column, by_name, place))


def _origin(column: Column, tables: Tables, site: Site) -> Column | None:
    """The first column on the way of references that is not a foreign key."""
    seen: list[int] = []
    while "foreign_key" in column:
        if id(column) in seen:
            site.report("the references go round in a circle", "let one of the fields have a type of its own")
            return None
        seen.append(id(column))
        target = _target(column["foreign_key"], tables, site)
        if target is None:
            return None
        column = target
    return column


def _target(text: str, tables: Tables, site: Site) -> Column | None:
    """The column that ``Entity.field`` names; reports it if there is none."""
    entity, name = text.split(".")
    table = tables.get(entity.lower())
    if table is None:
        known = [other["name"] for other in tables.values()]
        site.report(f"refers to {text}: there is no such entity", did_you_mean(entity, known, "entities are"))
        return None
    found = next((column for column in table["columns"] if column["name"].lower() == name.lower()), None)
    if found is None:
        known = [column["name"] for column in table["columns"]]
        site.report(f"refers to {text}: there is no such field", did_you_mean(name, known, "its fields are"))
    return found


def _copy_type(column: Column, origin: Column | None) -> None:
    if origin is not None:
        for key in ("data_type", "precision", "scale", "varchar_length"):
            if origin.get(key) is not None:
                column[key] = origin[key]
