"""The use cases, shared by the command line and the API."""

from dw_simulator.experiments.service import (
    DEFAULT_SEED,
    TRACEBACK_CHARACTERS,
    ExperimentService,
    check_experiment,
    read_experiment,
)

__all__ = ["DEFAULT_SEED", "TRACEBACK_CHARACTERS", "ExperimentService", "check_experiment", "read_experiment"]
