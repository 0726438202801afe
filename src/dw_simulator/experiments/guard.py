"""What stands between a destructive operation and a warehouse that is not on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dw_simulator.errors import ConfirmationRequired

Guard = Callable[[str, Mapping[str, str]], None]
"""Called with what is about to happen ("drop the tables of 'shop'") and the remote services by address that it touches,
at least one; returns when it may happen and raises otherwise."""


def refuse(action: str, targets: Mapping[str, str]) -> None:
    """The guard where nobody can be asked. Raises ConfirmationRequired."""
    raise ConfirmationRequired(
        f"this would {action} in {listed(targets)}, not on this machine",
        hint="confirm it: --yes on the command line, allow_remote=true in a request to the API",
    )


def allow(_action: str, _targets: Mapping[str, str]) -> None:
    """The guard of a caller who has confirmed already."""


def listed(targets: Mapping[str, str]) -> str:
    """``redshift (prod.example.com:5439) and snowflake (…)``"""
    return " and ".join(f"{service} ({address})" for service, address in targets.items())
