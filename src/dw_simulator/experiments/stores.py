"""What the use cases work with: the settings and the parts of the metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dw_simulator.config import Settings
from dw_simulator.errors import Conflict
from dw_simulator.metadata import (
    ActivityRepository,
    ChangeRepository,
    Database,
    ExperimentRecord,
    ExperimentRepository,
    ExperimentState,
    JobRepository,
    LoadedFileRepository,
    RunRepository,
)
from dw_simulator.schema import Warehouse

Ask = Callable[[str, Iterable[str]], None]
"""Called with an action and the services that it touches; raises ConfirmationRequired when it may not happen there."""


@dataclass(frozen=True, slots=True)
class Stores:
    settings: Settings
    experiments: ExperimentRepository
    runs: RunRepository
    files: LoadedFileRepository
    activity: ActivityRepository
    jobs: JobRepository
    changes: ChangeRepository

    @classmethod
    def over(cls, settings: Settings, database: Database) -> Stores:
        return cls(
            settings,
            ExperimentRepository(database),
            RunRepository(database),
            LoadedFileRepository(database),
            ActivityRepository(database),
            JobRepository(database),
            ChangeRepository(database),
        )

    def ready(self, name: str) -> ExperimentRecord:
        """An experiment that something can be done with. Raises NotFound, Conflict."""
        record = self.experiments.get(name)
        if record.state is ExperimentState.DELETING:
            raise Conflict(
                f"experiment {record.name!r} is being deleted",
                hint=f"finish it with: dw-sim experiment delete {record.name}",
            )
        return record


def services(warehouses: Iterable[Warehouse]) -> list[str]:
    """The services behind warehouses; SQLite is a file of ours."""
    return [warehouse.value for warehouse in warehouses if warehouse is not Warehouse.SQLITE]
