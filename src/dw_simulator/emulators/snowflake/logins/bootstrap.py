"""The user of the settings, who can log in to a server of the mode ``strict`` that is new."""

from __future__ import annotations

from dw_simulator.config.groups import SnowflakeSettings
from dw_simulator.emulators.snowflake.catalog import grants
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands.ddl import copy_entry
from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.logins import keys, users
from dw_simulator.emulators.snowflake.logins.check import StrictLogins
from dw_simulator.errors import ConfigError


def strict_logins(engine: Engine, settings: SnowflakeSettings) -> StrictLogins:
    """The check of logins, with the user of the settings in place, who has the role ACCOUNTADMIN.

    The engine enforces grants from then on. The user's password and public key are set anew at each start, so that
    whoever owns the settings is never locked out.

    Raises:
        ConfigError: the public key of the settings cannot be read.
    """
    name = settings.user.upper()
    old = engine.catalog.get("USER", name=name)
    entry = copy_entry(old) if old is not None else Entry("USER", name, id=engine.catalog.next_id())
    given: dict[str, object] = {"password": settings.password.get_secret_value()}
    if settings.public_key_file is not None:
        given["rsa_public_key"] = _public_key(settings)
    users.set_properties(entry, given)
    entry.properties.pop("disabled", None)
    changes = Changes()
    entry.properties.setdefault("default_role", "ACCOUNTADMIN")
    changes.put(entry)
    admin = engine.catalog.get("ROLE", name="ACCOUNTADMIN")
    if admin is not None and admin.id not in grants.roles_of_user(engine.catalog, name):
        changes.put(grants.new_grant(engine.catalog, "USAGE", admin, entry, option=False, by="ACCOUNTADMIN"))
    engine.apply(None, changes)
    engine.enforces_grants = True
    known = [] if settings.token is None else [(name, settings.token.get_secret_value())]
    return StrictLogins(engine.catalog, engine.login_failures, settings.account, known, owner=name)


def _public_key(settings: SnowflakeSettings) -> str:
    path = settings.public_key_file
    try:
        return keys.body(path.expanduser().read_text()) if path is not None else ""
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"snowflake.public_key_file {path} cannot be used: {error}",
            hint="make it from the private key: openssl rsa -in rsa_key.p8 -pubout",
        ) from error
