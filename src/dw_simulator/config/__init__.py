"""The settings: one model, read once at the edge and passed down as values."""

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
from dw_simulator.config.settings import SERVICE_NAMES, Settings, load_settings

__all__ = [
    "SERVICE_NAMES",
    "ApiSettings",
    "GeneratorSettings",
    "LoaderSettings",
    "LogSettings",
    "RedshiftSettings",
    "S3Settings",
    "Service",
    "Settings",
    "SnowflakeSettings",
    "StageSettings",
    "TlsSettings",
    "TracingSettings",
    "load_settings",
]
