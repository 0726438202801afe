"""Tags: the objects, and setting them on others. Vendor pages: "CREATE TAG", "ALTER TAG"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.catalog.tag_propagation import MODES, ON_CONFLICT, PROPAGATE, SEQUENCE
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import StatementResult

MOST_VALUES = 5000


@command("CREATE TAG", "CREATE OR REPLACE TAG", "CREATE OR ALTER TAG")
def create_tag(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, "TAG", ddl.object_name(run), "CREATE TAG")
    entry.properties["allowed_values"] = None
    while not parser.at_end():
        if parser.accept("ALLOWED_VALUES"):
            entry.properties["allowed_values"] = _values(run, [])
        elif parser.accept("COMMENT"):
            parser.accept_op("=")
            entry.comment = parser.string()
        elif not _propagation(run, entry):
            parser.fail()
    if ON_CONFLICT in entry.properties and PROPAGATE not in entry.properties:
        raise errors.MISSING_OPTION("PROPAGATE")
    old = ddl.existing(run, entry)
    if old is not None and "OR REPLACE" in run.words and old.properties.get(policies.TAG_POLICIES):
        raise errors.TAG_HAS_POLICIES(entry.name)
    if old is not None and "OR ALTER" in run.words:
        masks = {policies.TAG_POLICIES: old.properties.get(policies.TAG_POLICIES, {})}
        entry.properties = masks | entry.properties
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


def _propagation(run: Run, entry: Entry) -> bool:
    """``PROPAGATE = mode``, ``ON_CONFLICT = value``; whether one of them came."""
    parser = run.parser
    if parser.accept(PROPAGATE.upper()):
        parser.accept_op("=")
        mode = parser.identifier()
        if mode not in MODES:
            raise errors.INVALID_PARAMETER_VALUE(mode, "PROPAGATE")
        entry.properties[PROPAGATE] = mode
        return True
    if parser.accept(ON_CONFLICT.upper()):
        parser.accept_op("=")
        entry.properties[ON_CONFLICT] = SEQUENCE if parser.accept(SEQUENCE) else parser.string()
        return True
    return False


def _values(run: Run, present: list[str]) -> list[str]:
    """``present`` and the values that follow, each once."""
    parser = run.parser
    parser.accept_op("=")
    found = list(dict.fromkeys([*present, *parser.comma_list(parser.string)]))
    if len(found) > MOST_VALUES:
        raise errors.INVALID_PARAMETER_VALUE(len(found), "ALLOWED_VALUES")
    return found


@command("ALTER TAG")
def alter_tag(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, "TAG", "ALTER TAG")
    if old is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(old)
    if parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
    elif parser.accept("ADD", "ALLOWED_VALUES"):
        entry.properties["allowed_values"] = _values(run, entry.properties["allowed_values"] or [])
    elif parser.accept("DROP", "ALLOWED_VALUES"):
        gone = parser.comma_list(parser.string)
        kept = [value for value in entry.properties["allowed_values"] or [] if value not in gone]
        entry.properties["allowed_values"] = kept
    elif parser.accept("UNSET", "ALLOWED_VALUES"):
        entry.properties["allowed_values"] = None
    elif parser.at_words("SET", "MASKING", "POLICY") or parser.at_words("UNSET", "MASKING", "POLICY"):
        _change_policies(run, entry)
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    elif parser.accept("UNSET", "PROPAGATE"):
        entry.properties.pop(PROPAGATE, None)
        entry.properties.pop(ON_CONFLICT, None)
    elif parser.accept("UNSET", "ON_CONFLICT"):
        entry.properties.pop(ON_CONFLICT, None)
    else:
        parser.expect("SET")
        _set(run, entry)
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _set(run: Run, entry: Entry) -> None:
    """``SET`` of one or more properties."""
    parser = run.parser
    while True:
        if parser.accept("COMMENT"):
            parser.accept_op("=")
            entry.comment = parser.string()
        elif parser.accept("ALLOWED_VALUES"):
            entry.properties["allowed_values"] = _values(run, [])
        elif not _propagation(run, entry):
            parser.fail()
        if parser.at_end():
            return


def _change_policies(run: Run, entry: Entry) -> None:
    """``SET MASKING POLICY p, MASKING POLICY q … [FORCE]`` and ``UNSET``: one policy for each type."""
    parser, view = run.parser, ddl.catalog_of(run)
    sets = parser.next().value == "SET"

    def one() -> Entry:
        parser.expect("MASKING", "POLICY")
        return view.require(policies.MASKING, parser.qualified(), "SET MASKING POLICY")

    named = parser.comma_list(one)
    force = parser.accept("FORCE")
    present: dict[str, int] = entry.properties.setdefault(policies.TAG_POLICIES, {})
    for policy in named:
        kind = policies.arguments_of(policy)[0][1].name
        if not sets and present.pop(kind, None) != policy.id:
            raise errors.POLICY_NOT_SET(policy.full_name, entry.full_name)
        if sets:
            if kind in present and not force:
                raise errors.MASKING_POLICY_SET()
            if len(policies.arguments_of(policy)) > 1:
                raise errors.UNSUPPORTED_FEATURE(f"tag with the masking policy {policy.name} of several arguments")
            present[kind] = policy.id


@command("DROP TAG")
def drop_tag(run: Run) -> StatementResult:
    """Objects forget the tag; UNDROP TAG brings it back to them."""
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find("TAG", parts) is None:
        return ddl.missing_status(parts[-1])
    entry = view.require("TAG", parts, "DROP TAG")
    if entry.properties.get(policies.TAG_POLICIES):
        raise errors.TAG_HAS_POLICIES(entry.name)
    changes = Changes()
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)
