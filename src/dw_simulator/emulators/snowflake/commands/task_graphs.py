"""How tasks hang together, and what that asks of them. Vendor pages: "Create a sequence of tasks with a task graph",
"CREATE TASK", "ALTER TASK"."""

from __future__ import annotations

import json
from collections.abc import Iterable

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog, Changes
from dw_simulator.emulators.snowflake.commands import ddl

KIND = "TASK"
AFTER, FINALIZED = "after", "finalize"


def before(catalog: Catalog, entry: Entry) -> list[Entry]:
    """The tasks that a task comes after."""
    found = (catalog.by_id(ident) for ident in entry.properties[AFTER])
    return [item for item in found if item is not None]


def finalized(catalog: Catalog, entry: Entry) -> Entry | None:
    """The root task whose finalizer a task is."""
    ident = entry.properties.get(FINALIZED)
    return catalog.by_id(ident) if ident is not None else None


def children(catalog: Catalog, ident: int) -> list[Entry]:
    return [entry for entry in catalog.entries(KIND) if ident in entry.properties[AFTER]]


def finalizer(catalog: Catalog, root: int) -> Entry | None:
    return next((entry for entry in catalog.entries(KIND) if entry.properties.get(FINALIZED) == root), None)


def is_root(catalog: Catalog, entry: Entry) -> bool:
    return not before(catalog, entry) and finalized(catalog, entry) is None


def members(catalog: Catalog, root: Entry) -> list[Entry]:
    """A root task, all that follow it, and its finalizer."""
    found = {root.id: root}
    waiting = [root.id]
    while waiting:
        for child in children(catalog, waiting.pop()):
            if child.id not in found:
                found[child.id] = child
                waiting.append(child.id)
    last = finalizer(catalog, root.id)
    return [*found.values(), *([last] if last is not None else [])]


def roots(catalog: Catalog, entry: Entry) -> list[Entry]:
    """The root tasks of the graphs that a task is in; a task that is its own root gives itself."""
    found: dict[int, Entry] = {}
    waiting, seen = [entry], set()
    while waiting:
        task = waiting.pop()
        if task.id in seen:
            continue
        seen.add(task.id)
        root = finalized(catalog, task)
        parents = before(catalog, task) if root is None else [root]
        if not parents:
            found[task.id] = task
        waiting += parents
    return list(found.values())


def definition(catalog: Catalog, root: Entry) -> str:
    """What the tasks of a graph say, to see whether it has changed."""
    varying = ("state", "started", "suspended", "suspended_reason")
    said = [
        (task.id, task.text, {name: value for name, value in task.properties.items() if name not in varying})
        for task in members(catalog, root)
    ]
    return json.dumps(sorted(said, key=lambda item: item[0]), default=str, sort_keys=True)


# --- rules ------------------------------------------------------------------------------------------------------------
def demand_suspended(catalog: Catalog, tasks: Iterable[Entry]) -> None:
    """Raises SnowflakeError 091421: a root task of these tasks' graphs is resumed."""
    for task in tasks:
        for root in roots(catalog, task):
            if root.properties["state"] == "started":
                raise errors.TASK_GRAPH_ACTIVE(root.full_name)


def check(catalog: Catalog, entry: Entry, old: Entry | None, given: Iterable[str]) -> None:
    """What a task that is made or altered must be in its graph. ``old`` is what it replaces or was, ``given`` the
    options that the statement names.

    Raises:
        SnowflakeError: a rule of the vendor's is broken, in its words.
    """
    root_id, after = entry.properties.get(FINALIZED), entry.properties[AFTER]
    scheduled = entry.properties.get("schedule") is not None
    held = entry.id if old is None else old.id
    if root_id is not None:
        _check_finalizer(catalog, entry, held, scheduled)
    if after:
        _check_predecessors(catalog, entry, held, scheduled)
    if root_id is None and not after:
        return
    if entry.properties.get("config") is not None:
        raise errors.TASK_RULE(f"Task {entry.full_name} cannot both be a non-root task and have a config.")
    if "ALLOW_OVERLAPPING_EXECUTION" in given and entry.properties.get("overlap_policy") != "NO_OVERLAP":
        raise errors.TASK_RULE(f"Cannot set allow_overlapping_execution on non-root task {entry.full_name}.")
    if "OVERLAP_POLICY" in given:
        raise errors.TASK_RULE(f"Cannot set overlap policy on non-root task {entry.full_name}.")
    if entry.properties.get("task_auto_retry_attempts") is not None:
        raise errors.TASK_RULE(
            f"Cannot set parameter TASK_AUTO_RETRY_ATTEMPTS on non-root task {entry.name}. Non-root tasks use the "
            "parameter setting from their root task. Please set this on the root task for this task instead."
        )


def _check_finalizer(catalog: Catalog, entry: Entry, held: int, scheduled: bool) -> None:
    root = catalog.by_id(entry.properties[FINALIZED])
    assert root is not None
    if root.id in (entry.id, held):
        raise errors.TASK_RULE(f"Task {entry.name} cannot finalize itself.")
    if not is_root(catalog, root):
        raise errors.TASK_RULE(f"Task {entry.full_name} cannot finalize a non-root task {root.full_name}.")
    if scheduled:
        raise errors.TASK_RULE(f"Task {entry.name} cannot have a schedule and be a finalizer task.")
    if entry.properties[AFTER]:
        raise errors.TASK_RULE(f"Task {entry.full_name} cannot have predecessors as a finalizer task.")
    if children(catalog, held):
        raise errors.TASK_RULE(f"Task {entry.full_name} cannot have children as a finalizer task.")
    if root.parts[:2] != entry.parts[:2]:
        raise errors.TASK_RULE(f"Cannot finalize graph {root.schema}.{root.name} in a different schema.")
    present = finalizer(catalog, root.id)
    if present is not None and present.id not in (entry.id, held):
        raise errors.TASK_RULE(f"Finalize target {root.name} already have finalizer.")


def _check_predecessors(catalog: Catalog, entry: Entry, held: int, scheduled: bool) -> None:
    if finalizer(catalog, held) is not None:
        raise errors.TASK_RULE(
            "This task has a finalizer and cannot be made a child task. Please remove the finalizer before adding a "
            "predecessor."
        )
    if scheduled:
        raise errors.TASK_SCHEDULE(entry.name)
    for task in before(catalog, entry):
        if task.id == held:
            raise errors.TASK_RULE(f"Task {entry.name} cannot use itself as its predecessor.")
        if finalized(catalog, task) is not None:
            raise errors.TASK_RULE(f"Task {task.full_name} cannot have children as a finalizer task.")
        if task.parts[:2] != entry.parts[:2]:
            raise errors.TASK_RULE(f"Cannot have predecessor {task.name} from a different schema.")
    seen, waiting = set(), list(entry.properties[AFTER])
    while waiting:
        ident = waiting.pop()
        if ident == held:
            raise errors.TASK_CYCLE(entry.name)
        found = catalog.by_id(ident)
        if found is not None and ident not in seen:
            seen.add(ident)
            waiting.extend(found.properties[AFTER])


# --- links ------------------------------------------------------------------------------------------------------------
def relink(catalog: Catalog, changes: Changes, old: Entry, new: Entry | None) -> None:
    """Let what follows ``old`` follow ``new``, which takes its place; without it the links are gone.

    A child that has no predecessor left is a root task, and suspended.
    """
    for child in children(catalog, old.id):
        copy = ddl.copy_entry(child)
        after = [ident for ident in copy.properties[AFTER] if ident != old.id]
        copy.properties[AFTER] = [*after, *([new.id] if new is not None else [])]
        if not copy.properties[AFTER]:
            copy.properties["state"] = "suspended"
        changes.put(copy)
    last = finalizer(catalog, old.id)
    if last is not None:
        copy = ddl.copy_entry(last)
        copy.properties[FINALIZED] = new.id if new is not None else None
        if new is None:
            copy.properties["state"] = "suspended"
        changes.put(copy)


def relations(catalog: Catalog, entry: Entry) -> str:
    """The column ``task_relations`` of SHOW TASKS."""
    root, last = finalized(catalog, entry), finalizer(catalog, entry.id)
    found: dict[str, object] = {"FinalizedRootTask": root.full_name} if root is not None else {}
    found["Predecessors"] = sorted(task.full_name for task in before(catalog, entry))
    if last is not None:
        found["FinalizerTask"] = last.full_name
    return json.dumps(found, separators=(",", ":"))
