"""Work in the background of the server: durable, cancellable, one job an experiment at a time."""

from dw_simulator.api.jobs.registry import Jobs

__all__ = ["Jobs"]
