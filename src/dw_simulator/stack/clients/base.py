"""What the snippets of all services share."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from pydantic import BaseModel, SecretStr

    from dw_simulator.config.settings import Settings

Language = Literal["bash", "python", "yaml", "text"]

HIDDEN = "***"
"""Stands for a password of the user's own."""


class Client(NamedTuple):
    """One way to connect. ``brief``: shown when a stack starts, where there is little room."""

    service: str
    client: str
    title: str
    language: Language
    make: Callable[[Settings], str]
    brief: bool = False


def shown(group: BaseModel, name: str) -> str:
    """A mock credential as it is; the placeholder for one that was set, or that another way to log in replaces."""
    value: SecretStr | None = getattr(group, name)
    default = type(group).model_fields[name].default
    mock = value is not None and value == default and getattr(group, "auth", "password") == "password"
    return value.get_secret_value() if mock and value is not None else HIDDEN


def in_shell(text: object) -> str:
    """A word of a command line."""
    return HIDDEN if text == HIDDEN else shlex.quote(str(text))


def in_url(text: str) -> str:
    """A part of a URL: a user, a password, a value of its query."""
    return text if text == HIDDEN else quote(text, safe="")


def query_of(options: Mapping[str, object]) -> str:
    """``?a=1&b=2``, or nothing."""
    pairs = "&".join(f"{name}={in_url(str(value))}" for name, value in options.items())
    return f"?{pairs}" if pairs else ""


def trusting(variable: str, ca_file: Path | None) -> str:
    """Lines of Python that let a driver without an option for it trust a CA."""
    return "" if ca_file is None else f"import os\nos.environ[{variable!r}] = {str(ca_file)!r}\n"


def yaml_text(document: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=120).rstrip("\n")


def toml_text(table: str, values: Mapping[str, str | int]) -> str:
    """One table of TOML; its basic strings are those of JSON."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=True)}" for name, value in values.items()]
    return "\n".join([f"[{table}]", *lines])
