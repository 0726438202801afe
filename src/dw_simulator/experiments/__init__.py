"""The use cases, shared by the command line and the API."""

from dw_simulator.experiments.service import DEFAULT_SEED, ExperimentService, check_experiment, read_experiment

__all__ = ["DEFAULT_SEED", "ExperimentService", "check_experiment", "read_experiment"]
