"""Jinja templates in stages (extra ``jinja``). Vendor page: "EXECUTE IMMEDIATE FROM"."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Callable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.script_file import ScriptFile

LARGEST = 100_000
"""Bytes of a rendered template."""
MOST_READ = 10 * 1024 * 1024
_DIRECTIVE = re.compile(r"\s{0,10}(?:--|#)!jinja[^\n]*\n?", re.I)

Locate = Callable[[str], ScriptFile]


def is_template(text: str) -> bool:
    return _DIRECTIVE.match(text) is not None


def directive(text: str) -> str:
    """The line that says that a text is a template, where it is no SQL comment."""
    found = _DIRECTIVE.match(text)
    return found[0] if found is not None and "#" in found[0].partition("!")[0] else ""


def rendered(text: str, values: dict[str, Any], file: ScriptFile, locate: Locate) -> str:
    """The SQL that a template makes.

    Raises:
        SnowflakeError: 000005, Jinja failed; 001518, the result is too large; 000002, Jinja is not installed.
    """
    if importlib.util.find_spec("jinja2") is None:
        raise errors.UNSUPPORTED_FEATURE("templates in EXECUTE IMMEDIATE FROM without the extra [jinja]")
    import jinja2

    try:
        found = _environment(text, file, locate).get_template(file.location).render(values)
    except jinja2.TemplateError as error:
        raise errors.TEMPLATE_FAILED(f"{type(error).__module__}.{type(error).__name__}", error.message) from error
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        raise errors.TEMPLATE_FAILED(type(error).__name__, error) from error
    if len(found.encode()) > LARGEST:
        raise errors.TEMPLATE_TOO_LARGE(f"{LARGEST:,}")
    return str(found)


def _environment(text: str, file: ScriptFile, locate: Locate) -> Any:
    """What templates of a stage are rendered with: they may read other files of stages, and nothing else."""
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    files = {file.location: file}

    class Environment(SandboxedEnvironment):
        def join_path(self, template: str, parent: str) -> str:
            found = locate(template) if template.startswith("@") else files[parent].relative(template)
            files[found.location] = found
            return found.location

    def load(name: str) -> str | None:
        if name == file.location:
            return text
        try:
            return files[name].text(MOST_READ)
        except errors.SnowflakeError:
            return None

    class SnowflakeFile:
        """``SnowflakeFile.open`` of Snowpark."""

        @staticmethod
        def open(location: str, mode: str = "r", **_options: Any) -> Any:
            if mode not in ("r", "rb"):
                raise ValueError(f"invalid mode: '{mode}'")
            with locate(location).open() as stream:
                data = stream.read(MOST_READ)
            return io.StringIO(bytes(data).decode()) if mode == "r" else io.BytesIO(data)

    environment = Environment(
        loader=jinja2.FunctionLoader(load), undefined=jinja2.StrictUndefined, auto_reload=False, autoescape=False
    )
    environment.globals["SnowflakeFile"] = SnowflakeFile
    return environment
