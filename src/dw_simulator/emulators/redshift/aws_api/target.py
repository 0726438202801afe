"""The cluster or workgroup that the emulator is, and logins to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dw_simulator.config.groups import RedshiftSettings
from dw_simulator.emulators.redshift.aws_api.errors import ApiError, validation
from dw_simulator.emulators.redshift.temporary import Issued, TemporaryCredentials

SHORTEST, LONGEST = 900, 3600
"""Seconds that temporary credentials may live."""

_GROUP_NAME = re.compile(r"[a-z][a-z0-9_+.@-]{0,63}")
"""Constraints of DbGroups ("GetClusterCredentials")."""


@dataclass(frozen=True, slots=True)
class Target:
    """``host`` and ``port`` are where the emulator takes connections.

    When the settings name a cluster or a workgroup, it is the only one; otherwise every name is this emulator.
    """

    settings: RedshiftSettings
    credentials: TemporaryCredentials
    host: str
    port: int

    def check_cluster(self, name: str | None) -> str:
        """Raises ApiError ClusterNotFound."""
        known = self.settings.cluster_identifier
        if not name or not self._is(name, known):
            raise ApiError("ClusterNotFound", f"Cluster {name} not found.", 404)
        return name

    def check_work_group(self, name: str | None) -> str:
        """Raises ApiError ResourceNotFoundException."""
        known = self.settings.serverless_work_group
        if not name or not self._is(name, known):
            raise ApiError("ResourceNotFoundException", f"Workgroup {name} not found.", 404)
        return name

    def _is(self, name: str, known: str | None) -> bool:
        if known is not None:
            return name == known
        return self.settings.cluster_identifier is None and self.settings.serverless_work_group is None

    def for_user(
        self, db_user: str, seconds: str | int | None, *, create: bool, groups: tuple[str, ...] = ()
    ) -> Issued:
        """Credentials of a database user; with ``create`` it is made at the login when it does not exist.

        A login with them joins ``groups``, which the name tells too ("Generating IAM database credentials using the
        Amazon Redshift CLI or API": ``IAMA:user:group``).
        """
        if not db_user:
            raise ApiError("InvalidParameterValue", "DbUser must be specified")
        if wrong := [name for name in groups if not _GROUP_NAME.fullmatch(name)]:
            raise ApiError("InvalidParameterValue", f"{wrong[0]} is no valid name of a database group")
        name = ":".join(("IAMA" if create else "IAM", db_user, *([",".join(groups)] if groups else ())))
        return self.credentials.issue(name, db_user, _seconds(seconds), create=create, groups=groups)

    def for_identity(self, access_key: str, seconds: str | int | None) -> Issued:
        """Credentials of the IAM user itself, whose database user is ``IAM:`` and its name."""
        name = f"IAM:{access_key}"
        return self.credentials.issue(name, name, _seconds(seconds), create=True)


def _seconds(given: str | int | None) -> int:
    text = str(SHORTEST if given is None else given)
    if not text.isdigit() or not SHORTEST <= int(text) <= LONGEST:
        raise validation(f"DurationSeconds must be between {SHORTEST} and {LONGEST}")
    return int(text)
