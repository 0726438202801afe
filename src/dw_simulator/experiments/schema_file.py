"""An experiment's schema as a file: the model as JSON or YAML, or the DDL of a warehouse."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote

from dw_simulator.schema import Experiment, Warehouse

Format = Literal["json", "yaml", "ddl"]

MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "yaml": "application/yaml", "ddl": "application/sql"}


def text_of(experiment: Experiment, form: Format, warehouse: Warehouse | None = None) -> str:
    """The text of the file. Raises WarehouseError when a DEFAULT cannot be said in the warehouse's SQL."""
    from dw_simulator.schema.render import to_json, to_yaml

    if form == "ddl":
        return _ddl(experiment, warehouse or experiment.target_warehouse[0])
    return (to_json if form == "json" else to_yaml)(experiment)


def _ddl(experiment: Experiment, warehouse: Warehouse) -> str:
    from dw_simulator.warehouses.ddl import create_statements

    plan = create_statements(experiment, warehouse)
    statements = [statement for group in plan.tables.values() for statement in group]
    statements += [statement for _, statement in plan.late]
    return "".join(f"{statement};\n\n" for statement in statements).rstrip("\n") + "\n"


def disposition(name: str, form: Format, warehouse: Warehouse | None = None) -> str:
    """The header Content-Disposition: a plain name for all clients, the exact one for those that read RFC 6266."""
    suffix = f"{warehouse}.sql" if form == "ddl" and warehouse else "sql" if form == "ddl" else form
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name).strip(".") or "experiment"
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(f'{name}.{suffix}', safe='')}"
