"""The REST API of objects (``/api/v2/databases`` …), which ``snow object`` and ``snowflake.core`` use."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.answers import json_rows
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol import object_grants, object_parts, object_routines, objects
from dw_simulator.emulators.snowflake.protocol.http import Request, Response, json_response
from dw_simulator.emulators.snowflake.result_store import StoredResult
from dw_simulator.emulators.snowflake.routes.registry import route
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.emulators.snowflake.session_registry import Entry
from dw_simulator.emulators.snowflake.spans import parent_of


async def handle(service: Service, request: Request) -> Response:
    """Failures are told by HTTP status."""
    try:
        entry = service.sessions.find(request.token)
        holder = object_grants.target_of(request.path)
        if holder is not None:
            return json_response(await _granted(service, request, entry, holder))
        target = objects.target_of(request.path)
        return json_response(await _answer(service, request, entry, target))
    except SnowflakeError as error:
        return json_response(objects.error_json(error), objects.error_status(error))


async def _answer(service: Service, request: Request, entry: Entry, target: objects.Target) -> Any:
    if target.part is not None and request.method == "GET":
        return await _part(service, request, entry, target, target.part)
    if target.action in object_parts.TAG_ACTIONS:
        return await _tags(service, request, entry, target, target.action)
    if target.action == "rename" and request.method == "POST":
        await _run(service, request, entry, objects.rename_sql(target, request.query, request.json()))
        return {"status": "Statement executed successfully."}
    if request.method == "POST" and target.name is None:
        place = tuple(map(_stored, target.holder))
        made = await _run(service, request, entry, objects.create_sql(target, request.query, request.json()), place)
        return await _status(service, made)
    if request.method == "POST" and target.action == "clone":
        made = await _run(service, request, entry, objects.clone_sql(target, request.query, request.json()))
        return await _status(service, made)
    if request.method == "POST" and target.action == "call":
        found = await _run(service, request, entry, object_routines.call_sql(target.full_name, request.json()))
        return object_routines.result_json(found.columns, await service.in_thread(_rows, found))
    if request.method == "POST" and target.action is not None:
        await _run(service, request, entry, objects.action_sql(target, request.query))
        return {"status": "Statement executed successfully."}
    if request.method == "PUT" and target.name is not None and target.action is None:
        if request.stream is not None:  # bodies of PUT are those of uploads elsewhere
            request.body = b"".join([piece async for piece in request.stream])
        place = tuple(map(_stored, target.holder))
        await _run(service, request, entry, objects.alter_sql(target, request.query, request.json()), place)
        return {"status": "Statement executed successfully."}
    if request.method == "DELETE" and target.name is not None:
        return await _status(service, await _run(service, request, entry, objects.drop_sql(target, request.query)))
    if request.method != "GET":
        raise errors.UNSUPPORTED_FEATURE(f"{request.method} {request.path} of the REST API")
    if target.kind in objects.ROUTINES:
        return await _routines(service, request, entry, target)
    if target.name is None:
        found = await _run(service, request, entry, objects.list_sql(target, request.query))
        listed = await service.in_thread(_objects, target.kind, found)
        if request.query.get("rootOnly", "").lower() == "true":
            listed = [item for item in listed if not item["predecessors"] and "finalize" not in item]
        return listed
    return await _fetched(service, request, entry, target)


async def _status(service: Service, found: StoredResult) -> dict[str, Any]:
    """What the statement told, which names the object."""
    return {"status": (await service.in_thread(_rows, found))[0][0]}


async def _part(service: Service, request: Request, entry: Entry, target: objects.Target, part: str) -> Any:
    """The files of a stage, what follows a task, the runs of its graph."""
    sql = object_parts.part_sql(target.kind, part, target.holder, target.name or "", request.query)
    found = await _run(service, request, entry, sql)
    names = [column.name for column in found.columns]
    rows = await service.in_thread(_rows, found)
    if target.kind == "STAGE":
        return [object_parts.file_json(names, row) for row in rows]
    if part == "dependents":
        lower = [name.lower() for name in names]
        return [objects.object_json(target.kind, lower, row) for row in rows]
    return [object_parts.run_json(names, row) for row in rows]


async def _tags(service: Service, request: Request, entry: Entry, target: objects.Target, action: str) -> Any:
    body = None if action == "get-tags" else request.json_value()
    sql = object_parts.tags_sql(target.kind, target.full_name, action, request.query, body)
    found = await _run(service, request, entry, sql)
    if action != "get-tags":
        return {"status": "Statement executed successfully."}
    names = [column.name for column in found.columns]
    return [object_parts.tag_json(names, row) for row in await service.in_thread(_rows, found)]


async def _routines(service: Service, request: Request, entry: Entry, target: objects.Target) -> Any:
    """Functions or procedures; the one that a path names. Raises SnowflakeError 002003: it is not there."""
    query = request.query if target.name is None else {}
    asked = None
    if target.name is not None and "(" in target.name:
        asked = await _described(service, request, entry, f"{target.kind} {target.full_name}")
    shown = await service.in_thread(_mappings, await _run(service, request, entry, objects.list_sql(target, query)))
    listed = []
    for row in shown:
        wanted = target.name is None or object_routines.is_called(row, target.name, asked)
        if row["is_builtin"] == "Y" or not wanted:
            continue
        name = ".".join((*target.holder, object_routines.signature(row)))
        described = asked or await _described(service, request, entry, f"{target.kind} {name}")
        listed.append(object_routines.routine_json(target.kind, row, described))
    if target.name is None:
        return listed
    if not listed:
        raise errors.KIND_NOT_FOUND(target.kind.capitalize(), target.full_name)
    return listed[0]


async def _described(service: Service, request: Request, entry: Entry, words: str) -> dict[str, Any]:
    """What DESCRIBE tells of a routine, by its properties."""
    return dict(await service.in_thread(_rows, await _run(service, request, entry, f"DESCRIBE {words}")))


def _mappings(found: StoredResult) -> list[dict[str, Any]]:
    names = [column.name for column in found.columns]
    return [dict(zip(names, row, strict=True)) for row in _rows(found)]


async def _granted(service: Service, request: Request, entry: Entry, target: object_grants.GrantTarget) -> Any:
    if request.method == "POST":
        await _run(service, request, entry, object_grants.change_sql(target, request.query, request.json()))
        return {"status": "Statement executed successfully."}
    if request.method != "GET":
        raise errors.UNSUPPORTED_FEATURE(f"{request.method} {request.path} of the REST API")
    found = await _run(service, request, entry, object_grants.list_sql(target))
    limit = int(request.query.get("showLimit") or found.rows or 1)
    return [object_grants.row_json(target, row) for row in (await service.in_thread(_mappings, found))[:limit]]


async def _fetched(service: Service, request: Request, entry: Entry, target: objects.Target) -> dict[str, Any]:
    """One object. Raises SnowflakeError 002003: it is not there."""
    found = await _run(service, request, entry, objects.list_sql(target, {}))
    wanted = _stored(target.name or "")
    listed = await service.in_thread(_objects, target.kind, found)
    item = next((item for item in listed if item["name"] == wanted), None)
    if item is None:
        raise errors.KIND_NOT_FOUND(target.kind.capitalize(), target.full_name)
    if target.kind in ("TABLE", "VIEW"):
        described = await _run(service, request, entry, f"DESCRIBE {target.kind} {target.full_name}")
        item["columns"] = await service.in_thread(_columns, described)
        if target.kind == "TABLE":
            item["constraints"] = await service.in_thread(_keys, described)
    return item


def _stored(name: str) -> str:
    """A name as it is stored: upper case unless quoted."""
    quoted = len(name) > 1 and name.startswith('"') and name.endswith('"')
    return name[1:-1].replace('""', '"') if quoted else name.upper()


async def _run(service: Service, request: Request, entry: Entry, sql: str, place: tuple[str, ...] = ()) -> StoredResult:
    """Carry out a statement; ``place`` is where the names in it are looked up. Raises SnowflakeError: it failed."""
    entry.session.base_url = request.base_url
    before = entry.session.database, entry.session.schema
    if len(place) == 2:
        entry.session.database, entry.session.schema = place
    query = service.submit(entry, sql, parent=parent_of(request))
    await query.done.wait()
    if request.method in ("POST", "PUT"):  # CREATE makes what it makes current; the REST API changes no session
        entry.session.database, entry.session.schema = before
    if query.error is not None:
        raise query.error
    assert query.result is not None
    return query.result


def _rows(found: StoredResult) -> list[list[Any]]:
    return [row for part in found.parts for row in json_rows(found, part)]


def _objects(kind: str, found: StoredResult) -> list[dict[str, Any]]:
    names = [column.name for column in found.columns]
    return [objects.object_json(kind, names, row) for row in _rows(found)]


def _columns(found: StoredResult) -> list[dict[str, Any]]:
    names = [column.name for column in found.columns]
    return [objects.column_json(dict(zip(names, row, strict=True))) for row in _rows(found)]


def _keys(found: StoredResult) -> list[dict[str, Any]]:
    names = [column.name for column in found.columns]
    return objects.key_json([dict(zip(names, row, strict=True)) for row in _rows(found)])


for _method in ("GET", "POST", "PUT", "DELETE"):
    for _kind in (*objects.ROOTS, *objects.OTHER_ROOTS):
        route(_method, f"{objects.PREFIX}{_kind}")(handle)
        route(_method, f"{objects.PREFIX}{_kind}/*")(handle)
