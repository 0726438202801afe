"""Every setting by name: its place in the model, its environment variable, and the other names it goes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

PREFIX = "DW_SIMULATOR_"

Place = tuple[str, ...]
"""Where a setting stands in the model: ``("redshift", "port")``."""

ALIASES: dict[Place, tuple[str, ...]] = {
    ("redshift", "host"): ("DATA_WAREHOUSE_HOST",),
    ("redshift", "port"): ("DATA_WAREHOUSE_PORT",),
    ("redshift", "database"): ("DATA_WAREHOUSE_DATABASE",),
    ("redshift", "user"): ("DATA_WAREHOUSE_USER",),
    ("redshift", "password"): ("DATA_WAREHOUSE_PASSWORD",),
    ("snowflake", "account"): ("SNOWFLAKE_ACCOUNT",),
    ("snowflake", "host"): ("SNOWFLAKE_HOST",),
    ("snowflake", "port"): ("SNOWFLAKE_PORT",),
    ("snowflake", "user"): ("SNOWFLAKE_USER",),
    ("snowflake", "password"): ("SNOWFLAKE_PASSWORD",),
    ("snowflake", "role"): ("SNOWFLAKE_ROLE",),
    ("snowflake", "warehouse"): ("SNOWFLAKE_WAREHOUSE",),
    ("snowflake", "database"): ("SNOWFLAKE_DATABASE",),
    ("snowflake", "private_key_file"): ("SNOWFLAKE_PRIVATE_KEY_FILE",),
    ("snowflake", "private_key_passphrase"): ("SNOWFLAKE_PRIVATE_KEY_FILE_PWD",),
    ("snowflake", "token"): ("SNOWFLAKE_TOKEN",),
}
"""Names that other programs use too. They are read from the files of a project, and from the environment variables only
where a deployment environment is chosen: a variable that was set for another tool must not redirect a local stack."""


VARIABLES: dict[Place, str] = {("environment",): "DW_SIMULATOR_ENV"}
"""Environment variables that are not made from the setting's name."""


@dataclass(frozen=True)
class Setting:
    """One leaf of the settings model."""

    place: Place
    field: FieldInfo

    @property
    def name(self) -> str:
        return ".".join(self.place)

    @property
    def variable(self) -> str:
        return VARIABLES.get(self.place) or PREFIX + "_".join(self.place).upper()

    @property
    def aliases(self) -> tuple[str, ...]:
        return ALIASES.get(self.place, ())

    @cached_property
    def is_secret(self) -> bool:
        return SecretStr in _alternatives(self.field.annotation)

    @cached_property
    def is_list(self) -> bool:
        return any(get_origin(kind) is list for kind in _alternatives(self.field.annotation))

    @property
    def description(self) -> str:
        return self.field.description or ""


class Catalog:
    """The settings of a model, in its order."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.settings = tuple(_leaves(model, ()))
        self.by_place = {setting.place: setting for setting in self.settings}
        self.groups = {setting.place[0] for setting in self.settings if len(setting.place) > 1}
        self.by_variable = {setting.variable: setting for setting in self.settings}
        self.by_alias = {alias: setting for setting in self.settings for alias in setting.aliases}

    def find(self, name: str) -> Setting | None:
        """By dotted name, by environment variable or by alias."""
        return self.by_place.get(tuple(name.split("."))) or self.by_variable.get(name) or self.by_alias.get(name)

    @property
    def names(self) -> list[str]:
        return [setting.name for setting in self.settings]


def value_at(model: BaseModel, place: Place) -> Any:
    value: Any = model
    for part in place:
        value = getattr(value, part)
    return value


def _leaves(model: type[BaseModel], place: Place) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, (*place, name))
        else:
            yield Setting((*place, name), field)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
