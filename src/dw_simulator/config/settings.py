"""The settings model and how it is made from its layers.

Priority, lowest first: defaults here -> ``config/default.yml`` -> addresses of the running stack
(``<home>/run/stack.json``) -> ``deployment/<environment>.yml`` -> ``.env.local`` -> environment variables
``DW_SIMULATOR_<GROUP>_<NAME>`` -> values given by the caller (the command line).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import platformdirs
from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dw_simulator.config import layers
from dw_simulator.config.catalog import Catalog, Place, Setting
from dw_simulator.config.groups import (
    ApiSettings,
    GeneratorSettings,
    LoaderSettings,
    LogSettings,
    QuerySettings,
    RedshiftSettings,
    S3Settings,
    Service,
    SnowflakeSettings,
    StageSettings,
    TlsSettings,
    TracingSettings,
)
from dw_simulator.config.layers import Layer
from dw_simulator.errors import ConfigError

SERVICE_NAMES = ("s3", "snowflake", "redshift", "api")
"""In the order of their ports: with ``--port-base N`` they listen on N, N+1, N+2, N+3."""

LOOPBACK_NAMES = frozenset({"localhost", "::1", "0.0.0.0", "::"})  # noqa: S104 - compared, not listened on
"""Names of this machine besides 127.0.0.0/8; the last two are what a service in a container listens on."""


def default_home() -> Path:
    return Path(platformdirs.user_data_path("dw-simulator"))


_LAYERS = "layers"
"""How :func:`load` hands its layers to the model; no setting is called so."""


class _LayerSource(PydanticBaseSettingsSource):
    def __init__(self, settings_cls: type[BaseSettings], layer: Layer) -> None:
        super().__init__(settings_cls)
        self._layer = layer

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - interface
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._layer.nested()


class Settings(BaseSettings):
    """Everything that can be set. Read it once with :func:`load_settings` and pass the value (or a group) down."""

    model_config = SettingsConfigDict(extra="ignore")

    home: Path = Field(default_factory=default_home, description="folder that holds all state")
    environment: str = Field(
        layers.LOCAL_ENVIRONMENT, description="deployment environment: its file is `deployment/<environment>.yml`"
    )
    config_dir: Path = Field(
        default_factory=Path.cwd, description="folder with `config/`, `deployment/` and `.env.local` [the current one]"
    )
    s3: S3Settings = Field(default_factory=S3Settings)
    snowflake: SnowflakeSettings = Field(default_factory=SnowflakeSettings)
    redshift: RedshiftSettings = Field(default_factory=RedshiftSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    query: QuerySettings = Field(default_factory=QuerySettings)
    stage: StageSettings = Field(default_factory=StageSettings)
    generator: GeneratorSettings = Field(default_factory=GeneratorSettings)
    loader: LoaderSettings = Field(default_factory=LoaderSettings)
    tls: TlsSettings = Field(default_factory=TlsSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)
    local_hosts: list[str] = Field(
        default_factory=list,
        description="host names that count as this machine's own stack (in containers: the names of its services)",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - interface
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - interface
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - interface
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The layers that :func:`load` passes, else the values given and nothing of the environment."""
        found: list[Layer] | None = init_settings().get(_LAYERS)
        if found is None:
            return (init_settings,)
        return tuple(_LayerSource(settings_cls, layer) for layer in reversed(found))

    @model_validator(mode="after")
    def _with_tls(self) -> Self:
        self.tell_services_of_tls()
        return self

    def tell_services_of_tls(self) -> None:
        """With TLS each service of the local stack has a CA that clients trust. Call it after a change of folder."""
        ca_file = self.tls_dir / "ca.pem" if self.tls.enabled else None
        for name in SERVICE_NAMES:
            service = self.service(name)
            service.use_tls(ca_file if self.is_local(service.host) else None)

    def service(self, name: str) -> Service:
        if name not in SERVICE_NAMES:
            raise ConfigError(f"unknown service {name!r}", hint=f"services are: {', '.join(SERVICE_NAMES)}")
        service: Service = getattr(self, name)
        return service

    def is_local(self, host: str) -> bool:
        """Whether ``host`` belongs to a local stack: a loopback address, or one of ``local_hosts``."""
        return host in LOOPBACK_NAMES or host.startswith("127.") or host in self.local_hosts

    @property
    def file_variables(self) -> dict[str, str]:
        """Environment variables with which another process, in any folder, reads the same files."""
        return {"DW_SIMULATOR_CONFIG_DIR": str(self.config_dir), "DW_SIMULATOR_ENV": self.environment}

    # --- where things live under the home folder -------------------------------------------------------------
    @property
    def run_dir(self) -> Path:
        """Pid files and ``stack.json`` of the running stack."""
        return self.home / "run"

    @property
    def log_dir(self) -> Path:
        return self.home / "logs"

    def state_dir(self, service: str) -> Path:
        """The persistent state of one service: ``s3``, ``redshift``, ``snowflake``, ``api``, ``sqlite``."""
        return self.home / service

    @property
    def tls_dir(self) -> Path:
        """The certificates: ``ca.pem``, ``server.pem``, ``server-key.pem``."""
        folder = self.tls.folder
        return self.home / "tls" if folder is None else folder.expanduser().absolute()

    @property
    def metadata_path(self) -> Path:
        """The SQLite file with experiments and runs."""
        return self.home / "metadata.sqlite"


CATALOG = Catalog(Settings)
"""Every setting, by name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the layer, and the name it has there."""

    layer: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.layer} ({self.name})" if self.name else self.layer


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings with the layers they were made from, lowest first."""

    settings: Settings
    layers: tuple[Layer, ...]

    def origin(self, setting: Setting) -> Origin:
        return _origin(self.layers, setting.place)


def _origin(layers: Sequence[Layer], place: Place) -> Origin:
    for layer in reversed(layers):
        if place in layer.values:
            return Origin(layer.origin, layer.names[place])
    return DEFAULT


def load_settings(overrides: Mapping[str, Any] | None = None, *, use_running_stack: bool = True) -> Settings:
    """Read the settings from all layers, with ``overrides`` (nested, as in the model) on top.

    ``use_running_stack`` lets a running stack's addresses stand in for the default ports; a supervisor that is about
    to start a stack passes False.

    Raises:
        ConfigError: a value is not what the setting allows; the message names the setting and where the value is from.
    """
    return load(overrides, use_running_stack=use_running_stack).settings


def load(
    overrides: Mapping[str, Any] | None = None,
    *,
    use_running_stack: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Loaded:
    """As :func:`load_settings`, and tells where each value comes from. ``variables`` replace the environment's."""
    environ = dict(os.environ if variables is None else variables)
    caller = layers.given(overrides or {}, CATALOG)
    folder = Path(_first(layers.CONFIG_DIR, caller, environ) or Path.cwd()).expanduser().absolute()
    dotenv = layers.dotenv_file(folder, CATALOG)
    environment = _first(layers.ENVIRONMENT, caller, environ) or dotenv.values.get(layers.ENVIRONMENT)
    environment = layers.environment_name(environment)
    found = [
        layers.default_file(folder, CATALOG, environ),
        layers.deployment_file(folder, environment, CATALOG, environ),
        dotenv,
        layers.environment_variables(environ, CATALOG, environment),
        caller,
    ]
    if use_running_stack:
        # A local environment's own file describes the stack before it was started, perhaps with --port-base.
        place = 2 if environment == layers.LOCAL_ENVIRONMENT else 1
        stack = layers.running_stack(_home(found), SERVICE_NAMES, CATALOG)
        stack.leave_hosts_of(found[place:])
        found.insert(place, stack)
    try:
        settings = Settings(**{_LAYERS: found})  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigError("\n".join(_problem(found, problem) for problem in error.errors())) from error
    settings.environment, settings.config_dir = environment, folder
    settings.home = settings.home.expanduser().absolute()
    settings.tell_services_of_tls()
    return Loaded(settings, tuple(found))


def _first(place: Place, caller: Layer, environ: Mapping[str, str]) -> str | None:
    """What the caller or the environment says of a setting that must be known before the files are read."""
    value = caller.values.get(place) or environ.get(CATALOG.by_place[place].variable)
    return None if value is None else str(value)


def _home(found: Sequence[Layer]) -> Path:
    values = [layer.values["home",] for layer in found if ("home",) in layer.values]
    return Path(values[-1] if values else default_home()).expanduser()


def _problem(found: Sequence[Layer], problem: Any) -> str:
    """One line for one wrong value. A secret's value is not shown."""
    place = tuple(str(part) for part in problem["loc"])
    setting = CATALOG.by_place.get(place)
    given = "" if setting is not None and setting.is_secret else f", got {problem['input']!r}"
    return f"setting {'.'.join(place)} (from {_origin(found, place)}): {problem['msg']}{given}"
