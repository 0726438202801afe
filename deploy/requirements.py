"""Prints the dependencies of a pyproject.toml, one a line, with those of the extras asked for."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def requirements(project: dict[str, object], extras: list[str]) -> list[str]:
    """The requirement lines.

    Raises:
        SystemExit: the project has no such extra.
    """
    known = dict(project.get("optional-dependencies", {}))  # type: ignore[call-overload]
    unknown = sorted(set(extras) - set(known))
    if unknown:
        raise SystemExit(f"no such extra: {', '.join(unknown)} (there are: {', '.join(sorted(known))})")
    return [*project["dependencies"], *(line for extra in extras for line in known[extra])]  # type: ignore[misc]


def main() -> None:
    path, extras = sys.argv[1], [extra.strip() for extra in sys.argv[2].split(",") if extra.strip()]
    project = tomllib.loads(Path(path).read_text())["project"]
    sys.stdout.write("\n".join(requirements(project, extras)) + "\n")


if __name__ == "__main__":
    main()
