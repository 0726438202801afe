"""Policies that are set on the account and on users. Vendor pages: "ALTER ACCOUNT", "ALTER USER"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import declared
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run

_OF_ACCOUNT = (declared.PASSWORD, declared.SESSION, declared.AUTHENTICATION, declared.PACKAGES)
_OF_USERS = (declared.PASSWORD, declared.SESSION, declared.AUTHENTICATION)


def change_policy(run: Run, entry: Entry) -> bool:
    """``SET … POLICY name [FORCE]`` or ``UNSET … POLICY``, if one of them comes next. ``entry`` is a copy.

    Raises:
        SnowflakeError: 002003 there is no such policy, 003549 another one of its kind is set.
    """
    parser = run.parser
    kinds = _OF_ACCOUNT if entry.kind == "ACCOUNT" else _OF_USERS
    for kind in kinds:
        for verb in ("SET", "UNSET"):
            if not parser.at_words(verb, *kind.split()):
                continue
            parser.accept(verb, *kind.split())
            attached = entry.properties.setdefault(declared.ATTACHED, {})
            if verb == "UNSET":
                attached.pop(kind, None)
            else:
                _attach(run, entry, kind)
            if parser.is_word("FOR"):
                raise errors.UNSUPPORTED_FEATURE(f"{kind} FOR ALL users of a type")
            return True
    return False


def _attach(run: Run, entry: Entry, kind: str) -> None:
    parser = run.parser
    policy = ddl.catalog_of(run).require(kind, parser.qualified(), f"SET {kind}")
    old = run.engine.catalog.by_id(declared.attached(entry).get(kind, 0))
    if old is not None and old.id != policy.id and not parser.is_word("FORCE"):
        raise errors.POLICY_ALREADY_SET(entry.name, kind.replace(" ", "_"), kind.replace(" ", "_"))
    parser.accept("FORCE")
    entry.properties[declared.ATTACHED][kind] = policy.id


def check_network_policy(run: Run, name: object, holder: Entry) -> str:
    """The name of a network policy that may be set on the account or a user.

    Vendor page: "ALTER ACCOUNT": where policies are enforced, whoever sets one for itself must be let in by it.

    Raises:
        SnowflakeError: 002003 there is none of that name, 001008 it would shut its own setter out.
    """
    policy = run.engine.catalog.get(declared.NETWORK_POLICY, name=str(name))
    if policy is None:
        raise errors.KIND_NOT_FOUND("Network policy", str(name))
    address = run.session.address
    if holder.kind == "USER" and holder.name != run.session.user.upper():
        return policy.name
    if run.engine.enforces_grants and address and not declared.admits(run.engine.catalog, policy, address):
        raise errors.NETWORK_POLICY_SHUTS_OUT(policy.name, address)
    return policy.name
