"""What the use cases work with: the settings and the parts of the metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dw_simulator.config import Settings
from dw_simulator.errors import Conflict, NotFound
from dw_simulator.experiments.locks import experiment_lock
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

DELETE = "delete"
"""The operation that also an experiment whose deletion was cut off can be locked for."""

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

    @contextmanager
    def locked(self, record: ExperimentRecord, operation: str) -> Iterator[None]:
        """Hold an experiment for the block, as it was when ``record`` was read: somebody else may have had it since.

        Raises Busy while another operation has it, NotFound when it is gone, Conflict when it is half deleted.
        """
        with experiment_lock(self.settings.home, record.id, record.name, operation):
            now = self.experiments.get(record.name) if operation == DELETE else self.ready(record.name)
            if (now.id, now.created_at) != (record.id, record.created_at):
                raise NotFound(
                    f"experiment {record.name!r} was deleted, and another one of that name made",
                    hint="look at it, and say again what is to be done with it",
                )
            yield


def services(warehouses: Iterable[Warehouse]) -> list[str]:
    """The services behind warehouses; SQLite is a file of ours."""
    return [warehouse.value for warehouse in warehouses if warehouse is not Warehouse.SQLITE]
