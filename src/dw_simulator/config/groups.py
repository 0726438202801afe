"""The groups of the settings: one model each. A field is a setting; its description is its documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator

Port = int

AUTO = "auto"
"""A host that is found out: Snowflake's by the account, Redshift's by asking AWS."""
AWS = "aws"
"""The S3 endpoint that stands for AWS's own in the region."""


HTTPS_PORT = 443


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)


class Service(Group):
    host: str = Field("127.0.0.1", description="address the service listens on and clients connect to")
    port: Port = Field(ge=0, le=65535, description="TCP port; 0 picks a free one")

    _ca_file: Path | None = PrivateAttr(None)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def ca_file(self) -> Path | None:
        """The stack's own CA, which clients trust besides the public ones; None for a stack without TLS."""
        return self._ca_file

    def use_tls(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file

    @property
    def local_url(self) -> str:
        """The service's own address for HTTP clients."""
        return f"{'http' if self._ca_file is None else 'https'}://{self.host}:{self.port}"


class S3Settings(Service):
    port: Port = Field(4566, ge=0, le=65535, description="TCP port; 0 picks a free one")
    access_key: str = Field("mockuser", description="access key id clients sign with")
    secret_key: SecretStr = Field(SecretStr("mockpass"), description="secret access key clients sign with")
    region: str = Field("us-east-1", description="region clients sign for")
    endpoint_url: str | None = Field(
        None,
        description="another S3 endpoint to use instead of the local store (LocalStack, MinIO); `aws`: AWS's own",
    )

    credentials: Literal["static", "chain"] = Field(
        "static",
        description="AWS credentials, also those for Redshift's API: `static`: the keys here;"
        " `chain`: what the default AWS credential chain finds",
    )
    session_token: SecretStr | None = Field(None, description="session token of temporary keys")
    published: bool = Field(
        False,
        description="the store runs in a container whose port the engine publishes on 127.0.0.1: what the emulators are"
        " told to read at an endpoint on the loopback is in this store",
    )

    @property
    def url(self) -> str:
        """The endpoint that clients of this stack use."""
        if self.endpoint_url == AWS:
            domain = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
            return f"https://s3.{self.region}.{domain}"
        return self.endpoint_url or self.local_url


class RedshiftSettings(Service):
    host: str = Field(
        "127.0.0.1",
        description="address the service listens on and clients connect to;"
        " `auto` with `auth: iam`: the address that AWS tells of the cluster or workgroup",
    )
    port: Port = Field(5439, ge=0, le=65535, description="TCP port; 0 picks a free one")
    database: str = Field("dev", description="database to connect to; the emulator makes it at its first start")
    user: str = Field("awsuser", description="user to connect as; the emulator's superuser")
    password: SecretStr = Field(SecretStr("mockpass"), description="password of that user")
    backend_dsn: SecretStr | None = Field(
        None, description="a PostgreSQL 15+ to use behind the emulator instead of the embedded one"
    )
    metrics_port: Port | None = Field(
        None,
        ge=0,
        le=65535,
        description="TCP port of the emulator's HTTP: `/metrics` and `/health`; with `login: strict` AWS's API"
        " [the one after `port`; with `--port-base N` it is N+4]",
    )

    @property
    def http_port(self) -> int:
        """Where the emulator answers HTTP: 0 picks a free port, as for ``port``."""
        if self.metrics_port is not None:
            return self.metrics_port
        return self.port + 1 if 0 < self.port < 65535 else 0

    auth: Literal["password", "iam", "data-api"] = Field(
        "password",
        description="how to log in: `password`; `iam`: temporary credentials from AWS; `data-api`: no connection,"
        " statements go through the Redshift Data API",
    )
    cluster_identifier: str | None = Field(None, description="provisioned cluster, for `iam` and `data-api`")
    serverless_work_group: str | None = Field(None, description="Serverless workgroup, for `iam` and `data-api`")
    serverless_acct_id: str | None = Field(None, description="AWS account of the Serverless workgroup, for `iam`")
    db_user: str | None = Field(
        None,
        description="database user of a cluster to log in as, for `iam` and `data-api` [the user of the IAM identity]",
    )
    secret_arn: str | None = Field(
        None, description="secret of AWS Secrets Manager with the login, for `data-api`; the API itself reads it"
    )
    region: str | None = Field(None, description="AWS region of the cluster or workgroup [that of the S3 settings]")
    profile: str | None = Field(
        None,
        description="AWS profile to take credentials from, for `iam` and `data-api` [those of the S3 settings]",
    )
    endpoint_url: str | None = Field(None, description="another endpoint of the AWS API of Redshift")
    copy_iam_role: str | None = Field(
        None, description="role (ARN, or `default`) that COPY reads S3 with, instead of access keys in the statement"
    )
    ssl_mode: Literal["auto", "disable", "verify-ca", "verify-full"] = Field(
        "auto",
        description="encryption of the connection; `auto`: verified for another machine and for a stack"
        " with TLS, none for a local one without",
    )
    login: Literal["open", "strict"] = Field(
        "open",
        description="emulator: `strict` takes IAM users only with credentials it handed out itself,"
        " and answers AWS's API on `metrics_port`: temporary credentials, the Data API",
    )


class SnowflakeSettings(Service):
    host: str = Field(
        "127.0.0.1",
        description="address the service listens on and clients connect to;"
        " `auto`: the account's own address at Snowflake, by HTTPS on port 443",
    )
    port: Port = Field(4567, ge=0, le=65535, description="TCP port; 0 picks a free one")
    account: str = Field("local", description="account identifier (the emulator accepts any in open mode)")
    user: str = Field("mockuser", description="user to connect as (the emulator accepts any in open mode)")
    password: SecretStr = Field(SecretStr("mockpass"), description="password (the emulator accepts any in open mode)")
    protocol: Literal["auto", "http", "https"] = Field(
        "auto",
        description="protocol clients connect with; `auto`: https for a stack with TLS and on port 443, else http",
    )
    auth: Literal["password", "key-pair", "oauth", "pat"] = Field(
        "password", description="how to log in: password, key pair (JWT), OAuth token, programmatic access token"
    )
    private_key: SecretStr | None = Field(None, description="private key for `key-pair`: PEM text (PKCS #8)")
    private_key_file: Path | None = Field(None, description="file with the private key for `key-pair`")
    private_key_passphrase: SecretStr | None = Field(None, description="passphrase of an encrypted private key")
    token: SecretStr | None = Field(None, description="token for `oauth` and `pat`")
    storage_integration: str | None = Field(
        None, description="storage integration that COPY INTO reads S3 with, instead of access keys in the statement"
    )
    login: Literal["open", "strict"] = Field(
        "open",
        description="emulator: `open` takes any user and password; `strict` checks passwords, tokens"
        " and the signatures of key pairs against its users",
    )
    public_key_file: Path | None = Field(
        None, description="emulator with `login: strict`: file with the public key (PEM) of `user`"
    )
    memory_limit: str = Field(
        "60%",
        pattern=r"^\d+(\.\d+)?\s*(%|[KMGT]i?B)$",
        description="emulator: memory that queries may use, of the machine's or container's (`60%`) or as such (`4GB`);"
        " they spill what is more to disk, and fail where they cannot",
    )
    spill_limit: str | None = Field(
        None,
        pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$",
        description="emulator: disk space that queries may spill to (`20GB`) [nine tenths of what is free]",
    )
    python: Path | None = Field(
        None,
        description="emulator: Python interpreter that handlers of functions and procedures run in, with the packages"
        " that they import; the emulator's own when empty",
    )
    role: str | None = Field(None, description="role to use")
    warehouse: str | None = Field(None, description="virtual warehouse to use")
    database: str | None = Field(
        None,
        description="put every experiment into a schema of this database instead of a database of its own",
    )

    @property
    def endpoint(self) -> tuple[str, str, int]:
        """Protocol, host and port that clients use."""
        if self.host != AUTO:
            https = self._ca_file is not None or self.port == HTTPS_PORT
            auto = "https" if https else "http"
            return auto if self.protocol == "auto" else self.protocol, self.host, self.port
        return "https", f"{self.account.lower().replace('_', '-')}.snowflakecomputing.com", 443

    @property
    def address(self) -> str:
        _, host, port = self.endpoint
        return f"{host}:{port}"


class ApiSettings(Service):
    port: Port = Field(8000, ge=0, le=65535, description="TCP port; 0 picks a free one")
    published: bool = Field(
        False,
        description="let the API, which has no login, listen on other addresses than this machine's own:"
        " for a container whose port the engine publishes on 127.0.0.1 only; Host and Origin are checked all the same",
    )
    token: SecretStr | None = Field(
        None,
        description="token that every request must carry as `Authorization: Bearer`, at least 16 characters; needed to"
        " listen on other addresses than this machine's own",
    )
    allowed_hosts: list[str] = Field(
        default_factory=list,
        description="further host names and addresses under which browsers may ask for the API, besides `host` and"
        " those of the loopback",
    )


class QuerySettings(Group):
    max_running: int = Field(8, ge=1, le=100, description="queries that the API runs at a time; more are refused")
    max_kept: int = Field(40, ge=1, le=1000, description="results that the API keeps; the one not used longest goes")
    kept_mb: int = Field(1024, ge=1, description="MB of disk that kept results may take together; a larger one is cut")
    idle_seconds: int = Field(900, ge=1, description="seconds after which a result that nobody asked for is forgotten")
    connection_seconds: int = Field(
        60, ge=0, description="seconds that a connection of a query is kept open for the next one; 0 closes it at once"
    )


class StageSettings(Group):
    bucket: str = Field("dw-simulator", min_length=3, max_length=63, description="bucket that generated files go to")
    prefix: str = Field("experiments", description="key prefix under which experiments are staged")


class GeneratorSettings(Group):
    batch_rows: int = Field(131_072, ge=1, le=16_777_216, description="rows of one Parquet file and row group")
    workers: int = Field(0, ge=0, le=256, description="threads that generate; 0 means one a CPU")
    parquet_profile: Literal["default", "compat"] = Field(
        "default", description="`compat` writes only encodings that old Parquet readers know"
    )
    runner: Literal["local", "dask"] = Field(
        "local", description="`local`: threads of this process; `dask`: a Dask cluster makes the same files"
    )
    dask_scheduler: str | None = Field(
        None, description="address of the Dask scheduler (`tcp://host:8786`) [a cluster within this process]"
    )


class TlsSettings(Group):
    enabled: bool = Field(False, description="let every service serve TLS, and every client of ours verify it")
    folder: Path | None = Field(
        None, description="folder with `ca.pem`, `server.pem` and `server-key.pem` [`tls` in the home folder]"
    )
    require: bool = Field(
        False,
        description="emulator: refuse unencrypted connections to Redshift, which otherwise takes both (the other"
        " services take only encrypted ones when TLS is enabled)",
    )


class LogSettings(Group):
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="`auto`: readable lines on a terminal, JSON lines otherwise"
    )

    @field_validator("level", "format", mode="before")
    @classmethod
    def _in_any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


class TracingSettings(Group):
    endpoint: str | None = Field(
        None, description="OTLP/HTTP endpoint that spans go to (for example `http://127.0.0.1:4318`); none: no tracing"
    )
    sample_ratio: float | None = Field(
        None,
        ge=0.0,
        le=1.0,
        description="share of traces that are recorded, of those not begun by a caller [as `OTEL_TRACES_SAMPLER` says,"
        " else all]",
    )

    @field_validator("endpoint")
    @classmethod
    def _is_url(cls, endpoint: str | None) -> str | None:
        parts = urlsplit(endpoint or "http://none")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("is not the URL of an OTLP/HTTP endpoint, such as http://127.0.0.1:4318")
        return endpoint or None


class LoaderSettings(Group):
    attempts: int = Field(6, ge=1, le=100, description="how often a load is tried before it is reported as failed")
    retry_seconds: float = Field(1.0, ge=0.0, description="wait before the second attempt, doubled each time")
    poll_seconds: float = Field(2.0, gt=0.0, description="how often `dw-sim load --watch` looks for new files")
    metrics_host: str = Field(
        "127.0.0.1", description="address on which the watching loader answers `/metrics` and `/health`"
    )
    metrics_port: Port = Field(
        8001,
        ge=0,
        le=65535,
        description="TCP port of the watching loader's `/metrics` and `/health`; 0 picks a free one",
    )
