"""Files of runs, as the ledger has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dw_simulator.metadata import FileRecord, GenerationRun, LedgerFile
from dw_simulator.schema import Warehouse


def ledger(run: GenerationRun, files: Mapping[str, Sequence[FileRecord]], warehouse: Warehouse) -> Iterator[LedgerFile]:
    """Files of a run as files that a warehouse has."""
    for table, group in files.items():
        for file in group:
            yield LedgerFile(
                warehouse=warehouse,
                table=table,
                uri=file.uri,
                etag="",
                size=file.size,
                run_id=run.id,
                rows=file.rows,
            )
