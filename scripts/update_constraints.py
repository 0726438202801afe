"""Write constraints.txt and constraints-dev.txt from the environment this runs in.

The first pins what the package needs to run, the second what its dev group needs besides. Run it with the Python of a
fresh environment that has both: ``.venv/bin/python scripts/update_constraints.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def closure(requirements: Iterable[str]) -> set[str]:
    """Canonical names of the installed distributions that ``requirements`` need, themselves included."""
    found: set[str] = set()
    pending = [(Requirement(text), "") for text in requirements]
    visited: set[tuple[str, str]] = set()
    while pending:
        requirement, extra = pending.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            needed = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        found.add(name)
        for wanted in requirement.extras or {""}:
            if (name, wanted) not in visited:
                visited |= {(name, wanted), (name, "")}
                pending += [(Requirement(text), wanted) for text in needed]
    return found


def write(path: Path, names: Iterable[str]) -> None:
    path.write_text("".join(f"{name}=={version(name)}\n" for name in sorted(names)))


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = closure([*project["project"]["dependencies"], *project["build-system"]["requires"]])
    write(ROOT / "constraints.txt", runtime)
    write(ROOT / "constraints-dev.txt", closure(project["dependency-groups"]["dev"]) - runtime)


if __name__ == "__main__":
    main()
