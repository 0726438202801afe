"""The layers of the settings: each gives values to some settings, and knows under which name it has them.

Lowest first: defaults of the model, ``config/default.yml``, the running stack, ``deployment/<environment>.yml``,
``.env.local``, environment variables, the command line.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dw_simulator.config.catalog import PREFIX, Catalog, Place, Setting
from dw_simulator.errors import ConfigError

WRAPPER = "dw_simulator"
"""A file that other programs share keeps our settings under this key."""

ENVIRONMENT: Place = ("environment",)
CONFIG_DIR: Place = ("config_dir",)
NOT_IN_FILES = frozenset({ENVIRONMENT, CONFIG_DIR})
"""Settings that say which files are read."""

OTHER_VARIABLES = frozenset({"DW_SIMULATOR_DEBUG"})
"""Variables of ours that are no settings."""

FILE_SUFFIX = "_FILE"
LOCAL_ENVIRONMENT = "local"

_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(slots=True)
class Layer:
    """Values by place, as they were given; ``names`` has how each is called there. ``note`` says why it is empty."""

    origin: str
    values: dict[Place, Any] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)
    note: str = ""

    def set(self, setting: Setting, value: Any, name: str) -> None:
        self.values[setting.place] = value
        self.names[setting.place] = name

    def leave_hosts_of(self, higher: Iterable[Layer]) -> None:
        """Give up the whole address of a service whose host a higher layer sets: its port belongs to the host."""
        for service, part in [place for layer in higher for place in layer.values if place[-1] == "host"]:
            for place in ((service, part), (service, "port")):
                self.values.pop(place, None)

    def nested(self) -> dict[str, Any]:
        """The values as the model nests them."""
        found: dict[str, Any] = {}
        for place, value in self.values.items():
            target = found
            for part in place[:-1]:
                target = target.setdefault(part, {})
            target[place[-1]] = value
        return found


def environment_name(given: str | None) -> str:
    """The deployment environment; ``local`` if none is given.

    Raises:
        ConfigError: it is no plain name (it becomes part of a file's name).
    """
    name = given or LOCAL_ENVIRONMENT
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of an environment", hint="use letters, digits, '-', '_' and '.'")
    return name


# --- files --------------------------------------------------------------------------------------------------------
def default_file(folder: Path, catalog: Catalog, variables: Mapping[str, str]) -> Layer:
    """``config/default.yml``; one that has no setting of ours is taken for another program's."""
    return _yaml_layer(folder / "config" / "default.yml", "config/default.yml", catalog, variables, may_be_foreign=True)


def deployment_file(folder: Path, environment: str, catalog: Catalog, variables: Mapping[str, str]) -> Layer:
    """``deployment/<environment>.yml``. Only the environment ``local`` may do without.

    Raises:
        ConfigError: there is no such file.
    """
    origin = f"deployment/{environment}.yml"
    path = folder / origin
    if not path.exists() and environment != LOCAL_ENVIRONMENT:
        there = sorted(found.stem for found in (folder / "deployment").glob("*.yml"))
        known = f"there are: {', '.join(there)}" if there else "make it"
        raise ConfigError(
            f"the environment {environment!r} has no file {path}",
            hint=f"{known}; --config-dir or DW_SIMULATOR_CONFIG_DIR names the folder of another project",
        )
    return _yaml_layer(path, origin, catalog, variables)


def dotenv_file(folder: Path, catalog: Catalog) -> Layer:
    """``.env.local``: lines ``NAME=value``. Names that are not ours are left to others."""
    from dotenv import dotenv_values

    path = folder / ".env.local"
    layer = Layer(".env.local")
    try:
        with path.open(encoding="utf-8") as stream:
            values = {name: value for name, value in dotenv_values(stream=stream).items() if value is not None}
    except FileNotFoundError:
        layer.note = "not there"
        return layer
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    _take_variables(layer, values, catalog, aliases=True)
    return layer


def _yaml_layer(
    path: Path, origin: str, catalog: Catalog, variables: Mapping[str, str], *, may_be_foreign: bool = False
) -> Layer:
    layer = Layer(origin)
    document = _read_yaml(path)
    if document is None:
        layer.note = "not there" if not path.exists() else "empty"
        return layer
    if WRAPPER in document and isinstance(document[WRAPPER], dict):
        document = document[WRAPPER]
    elif may_be_foreign and not any(_is_known(str(key), catalog) for key in document):
        layer.note = "ignored: it has no setting of dw-simulator"
        return layer
    problems = []
    for name, value in _flat(document, catalog):
        setting = catalog.find(name)
        if setting is None:
            problems.append(f"{path}: unknown setting {name!r}{_suggestion(name, catalog.names)}")
        elif setting.place in NOT_IN_FILES:
            problems.append(f"{path}: {name} says which files are read: set {setting.variable} instead")
        elif value is not None:
            layer.set(setting, _expanded(value, variables, path, name), name)
    if problems:
        raise ConfigError("\n".join(problems), hint="`dw-sim config show` lists the settings")
    return layer


def _read_yaml(path: Path) -> dict[Any, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    if document is not None and not isinstance(document, dict):
        raise ConfigError(f"{path} must be a mapping of settings", hint="for example:\nredshift:\n  port: 5439")
    return document


def _is_known(key: str, catalog: Catalog) -> bool:
    return key in catalog.groups or catalog.find(key) is not None or key.startswith(PREFIX)


def _flat(document: Mapping[Any, Any], catalog: Catalog) -> Iterator[tuple[str, Any]]:
    """(name, value) of each entry; the groups of the model are opened. A group may be there with nothing in it."""
    for key, value in document.items():
        if str(key) in catalog.groups and value is None:
            continue
        if str(key) in catalog.groups and isinstance(value, dict):
            for inner, inner_value in value.items():
                yield f"{key}.{inner}", inner_value
        else:
            yield str(key), value


def _expanded(value: Any, variables: Mapping[str, str], path: Path, name: str) -> Any:
    """``${NAME}`` and ``${NAME:-default}`` in a text replaced by environment variables."""
    if not isinstance(value, str):
        return value

    def replace(found: re.Match[str]) -> str:
        variable, default = found["name"], found["default"]
        text = variables.get(variable) or default
        if text is None:
            raise ConfigError(
                f"{path}: setting {name} needs the environment variable {variable}, which is not set",
                hint=f"set it, or give a default: ${{{variable}:-value}}",
            )
        return text

    return _REFERENCE.sub(replace, value)


# --- variables ----------------------------------------------------------------------------------------------------
def environment_variables(variables: Mapping[str, str], catalog: Catalog, environment: str) -> Layer:
    """``DW_SIMULATOR_<GROUP>_<NAME>``; other programs' names only where an environment is chosen."""
    layer = Layer("environment")
    _take_variables(layer, variables, catalog, aliases=environment != LOCAL_ENVIRONMENT)
    return layer


def _take_variables(layer: Layer, variables: Mapping[str, str], catalog: Catalog, *, aliases: bool) -> None:
    """Own names win over aliases. ``<NAME>_FILE`` names a file that holds the value.

    Raises:
        ConfigError: a variable of a group of ours names no setting.
    """
    for alias, setting in catalog.by_alias.items() if aliases else ():
        _take(layer, variables, alias, setting)
    for variable, setting in catalog.by_variable.items():
        _take(layer, variables, variable, setting)
    unknown = unknown_variables(variables, catalog)
    strict = [name for name in unknown if _group_of(name, catalog)]
    if strict:
        lines = [f"{layer.origin}: {name} sets nothing{_suggestion(name, catalog.by_variable)}" for name in strict]
        raise ConfigError("\n".join(lines), hint="`dw-sim config show` lists the settings and their variables")


def _take(layer: Layer, variables: Mapping[str, str], variable: str, setting: Setting) -> None:
    value, file = variables.get(variable), variables.get(variable + FILE_SUFFIX)
    is_own_setting = setting.place[-1].endswith("_file")
    if value is not None and file is not None and not is_own_setting:
        raise ConfigError(f"{layer.origin}: both {variable} and {variable}{FILE_SUFFIX} are set", hint="unset one")
    if value is not None:
        layer.set(setting, [part.strip() for part in value.split(",")] if setting.is_list else value, variable)
    elif file is not None and setting.is_secret:
        layer.set(setting, f"file:{file}", variable + FILE_SUFFIX)


def unknown_variables(variables: Mapping[str, str], catalog: Catalog) -> list[str]:
    """Variables with our prefix that set nothing."""
    known = set(catalog.by_variable) | OTHER_VARIABLES
    known |= {setting.variable + FILE_SUFFIX for setting in catalog.settings if setting.is_secret}
    return sorted(name for name in variables if name.startswith(PREFIX) and name not in known)


def _group_of(variable: str, catalog: Catalog) -> str | None:
    rest = variable.removeprefix(PREFIX).lower()
    return next((group for group in catalog.groups if rest.startswith(f"{group}_")), None)


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f": did you mean {close[0]}?" if close else ""


# --- the running stack and the caller -----------------------------------------------------------------------------
def running_stack(home: Path, services: Iterable[str], catalog: Catalog) -> Layer:
    """The addresses that the supervisor of ``home`` wrote down, and whether its services serve TLS."""
    path = home / "run" / "stack.json"
    layer = Layer("running stack")
    try:
        state = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        layer.note = "not there"
        return layer
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}", hint="run: dw-sim down") from error
    for service in state.get("services", []):
        name = service.get("name")
        if name in services and service.get("port"):
            for part in ("host", "port"):
                setting = catalog.by_place[name, part]
                layer.set(setting, service[part], f"{path}")
    if state.get("tls_folder"):
        for part, value in (("enabled", True), ("folder", state["tls_folder"])):
            layer.set(catalog.by_place["tls", part], value, f"{path}")
    return layer


def given(overrides: Mapping[str, Any], catalog: Catalog) -> Layer:
    """What the caller sets: nested as in the model."""
    layer = Layer("command line")
    for key, value in overrides.items():
        for inner, inner_value in value.items() if key in catalog.groups else ((None, value),):
            place = (key,) if inner is None else (key, inner)
            setting = catalog.by_place.get(place)
            if setting is None:
                raise ConfigError(f"unknown setting {'.'.join(place)!r}{_suggestion('.'.join(place), catalog.names)}")
            layer.set(setting, inner_value, setting.name)
    return layer
