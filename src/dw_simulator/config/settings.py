"""The settings model and where its values come from.

Priority, lowest first: defaults here -> addresses of the running stack (``<home>/run/stack.json``) -> environment
variables ``DW_SIMULATOR_<GROUP>_<NAME>`` (for example ``DW_SIMULATOR_REDSHIFT_PORT``) -> values given by the caller
(the command line).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dw_simulator.config.groups import (
    ApiSettings,
    GeneratorSettings,
    LoaderSettings,
    LogSettings,
    RedshiftSettings,
    S3Settings,
    Service,
    SnowflakeSettings,
    StageSettings,
    TlsSettings,
    TracingSettings,
)
from dw_simulator.errors import ConfigError

SERVICE_NAMES = ("s3", "snowflake", "redshift", "api")
"""In the order of their ports: with ``--port-base N`` they listen on N, N+1, N+2, N+3."""

LOOPBACK_NAMES = frozenset({"localhost", "::1", "0.0.0.0", "::"})  # noqa: S104 - compared, not listened on
"""Names of this machine besides 127.0.0.0/8; the last two are what a service in a container listens on."""


def default_home() -> Path:
    return Path(platformdirs.user_data_path("dw-simulator"))


class Settings(BaseSettings):
    """Everything that can be set. Read it once with :func:`load_settings` and pass the value (or a group) down."""

    model_config = SettingsConfigDict(
        env_prefix="DW_SIMULATOR_", env_nested_delimiter="_", env_nested_max_split=1, extra="ignore"
    )

    home: Path = Field(default_factory=default_home, description="folder that holds all state")
    s3: S3Settings = Field(default_factory=S3Settings)
    snowflake: SnowflakeSettings = Field(default_factory=SnowflakeSettings)
    redshift: RedshiftSettings = Field(default_factory=RedshiftSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
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

    def service(self, name: str) -> Service:
        if name not in SERVICE_NAMES:
            raise ConfigError(f"unknown service {name!r}", hint=f"services are: {', '.join(SERVICE_NAMES)}")
        service: Service = getattr(self, name)
        return service

    def is_local(self, host: str) -> bool:
        """Whether ``host`` belongs to a local stack: a loopback address, or one of ``local_hosts``."""
        return host in LOOPBACK_NAMES or host.startswith("127.") or host in self.local_hosts

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
        return self.tls.folder or self.home / "tls"

    @property
    def metadata_path(self) -> Path:
        """The SQLite file with experiments and runs."""
        return self.home / "metadata.sqlite"


class _StackAddresses(PydanticBaseSettingsSource):
    """Addresses of the running stack, as its supervisor wrote them."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - interface
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        home = self.current_state.get("home") or default_home()
        path = Path(home) / "run" / "stack.json"
        try:
            state = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot read {path}: {error}", hint="run: dw-sim down") from error
        return {
            service["name"]: {"host": service["host"], "port": service["port"]}
            for service in state.get("services", [])
            if service.get("name") in SERVICE_NAMES and service.get("port")
        }


class _SettingsOfStack(Settings):
    """`Settings` whose addresses default to those of the running stack."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - interface
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - interface
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _StackAddresses(settings_cls)


def load_settings(overrides: Mapping[str, Any] | None = None, *, use_running_stack: bool = True) -> Settings:
    """Read the settings from the environment, with ``overrides`` (nested, as in the model) on top.

    ``use_running_stack`` lets a running stack's addresses stand in for the default ports; a supervisor that is about
    to start a stack passes False.

    Raises:
        ConfigError: a value is not what the setting allows; the message names the setting and its environment variable.
    """
    model = _SettingsOfStack if use_running_stack else Settings
    try:
        settings = model(**dict(overrides or {}))
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            path = [str(part) for part in problem["loc"]]
            variable = "DW_SIMULATOR_" + "_".join(path).upper()
            lines.append(f"setting {'.'.join(path)} ({variable}): {problem['msg']}, got {problem['input']!r}")
        raise ConfigError("\n".join(lines)) from error
    settings.home = settings.home.expanduser().absolute()
    return settings
