"""The settings model and where its values come from.

Priority, lowest first: defaults here -> addresses of the running stack (``<home>/run/stack.json``) -> environment
variables ``DW_SIMULATOR_<GROUP>_<NAME>`` (for example ``DW_SIMULATOR_REDSHIFT_PORT``) -> values given by the caller
(the command line).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dw_simulator.errors import ConfigError

SERVICE_NAMES = ("s3", "snowflake", "redshift", "api")
"""In the order of their ports: with ``--port-base N`` they listen on N, N+1, N+2, N+3."""

Port = int


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)


class _Service(_Group):
    host: str = Field("127.0.0.1", description="address the service listens on and clients connect to")
    port: Port = Field(ge=0, le=65535, description="TCP port; 0 picks a free one")

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


class S3Settings(_Service):
    port: Port = Field(4566, ge=0, le=65535, description="TCP port; 0 picks a free one")
    access_key: str = Field("mockuser", description="access key id clients sign with")
    secret_key: SecretStr = Field(SecretStr("mockpass"), description="secret access key clients sign with")
    region: str = Field("us-east-1", description="region clients sign for")
    endpoint_url: str | None = Field(
        None, description="another S3 endpoint to use instead of the local store (LocalStack, MinIO, AWS)"
    )

    @property
    def url(self) -> str:
        """The endpoint that clients of this stack use."""
        return self.endpoint_url or f"http://{self.host}:{self.port}"


class RedshiftSettings(_Service):
    port: Port = Field(5439, ge=0, le=65535, description="TCP port; 0 picks a free one")
    database: str = Field("dev", description="database to connect to; the emulator makes it at its first start")
    user: str = Field("awsuser", description="user to connect as; the emulator's superuser")
    password: SecretStr = Field(SecretStr("mockpass"), description="password of that user")
    backend_dsn: SecretStr | None = Field(
        None, description="a PostgreSQL 15+ to use behind the emulator instead of the embedded one"
    )


class SnowflakeSettings(_Service):
    port: Port = Field(4567, ge=0, le=65535, description="TCP port; 0 picks a free one")
    account: str = Field("local", description="account identifier (the emulator accepts any)")
    user: str = Field("mockuser", description="user to connect as (the emulator accepts any in open mode)")
    password: SecretStr = Field(SecretStr("mockpass"), description="password (the emulator accepts any in open mode)")
    protocol: Literal["http", "https"] = Field("http", description="protocol clients connect with")
    role: str | None = Field(None, description="role to use")
    warehouse: str | None = Field(None, description="virtual warehouse to use")
    database: str | None = Field(
        None,
        description="put every experiment into a schema of this database instead of a database of its own",
    )


class ApiSettings(_Service):
    port: Port = Field(8000, ge=0, le=65535, description="TCP port; 0 picks a free one")


class StageSettings(_Group):
    bucket: str = Field("dw-simulator", min_length=3, max_length=63, description="bucket that generated files go to")
    prefix: str = Field("experiments", description="key prefix under which experiments are staged")


class GeneratorSettings(_Group):
    batch_rows: int = Field(131_072, ge=1, le=16_777_216, description="rows of one Parquet file and row group")
    workers: int = Field(0, ge=0, le=256, description="threads that generate; 0 means one a CPU")
    parquet_profile: Literal["default", "compat"] = Field(
        "default", description="`compat` writes only encodings that old Parquet readers know"
    )


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

    def service(self, name: str) -> _Service:
        if name not in SERVICE_NAMES:
            raise ConfigError(f"unknown service {name!r}", hint=f"services are: {', '.join(SERVICE_NAMES)}")
        service: _Service = getattr(self, name)
        return service

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
