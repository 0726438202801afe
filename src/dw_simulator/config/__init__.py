"""The settings: one model, read once at the edge and passed down as values."""

from dw_simulator.config.settings import (
    SERVICE_NAMES,
    ApiSettings,
    GeneratorSettings,
    RedshiftSettings,
    S3Settings,
    Settings,
    SnowflakeSettings,
    StageSettings,
    load_settings,
)

__all__ = [
    "SERVICE_NAMES",
    "ApiSettings",
    "GeneratorSettings",
    "RedshiftSettings",
    "S3Settings",
    "Settings",
    "SnowflakeSettings",
    "StageSettings",
    "load_settings",
]
