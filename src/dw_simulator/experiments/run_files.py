"""The staged files of runs that are no longer wanted."""

from __future__ import annotations

from contextlib import closing

from dw_simulator.errors import DwSimulatorError
from dw_simulator.experiments.staging import run_store_of
from dw_simulator.experiments.stores import Stores
from dw_simulator.metadata import ExperimentRecord, GenerationRun


class RunFiles:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def purge(self, record: ExperimentRecord) -> None:
        """Delete the staged files of all runs."""
        for run in self._stores.runs.of(record):
            if run.staged:
                self.delete(record, run)

    def delete(self, record: ExperimentRecord, run: GenerationRun) -> None:
        with closing(run_store_of(self._stores.settings, record.name, run.location)) as store:
            store.delete_under(run.location)

    def unstage_failed(self, record: ExperimentRecord, run: GenerationRun) -> str:
        """Remove the files of a run that did not complete. Returns a remark when they could not be removed."""
        try:
            self.delete(record, run)
        except DwSimulatorError as error:
            return f"; its staged files under {run.location} could not be removed yet: {error}"
        self._stores.runs.set_unstaged(run)
        return ""
