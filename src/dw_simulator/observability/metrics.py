"""What the metrics of all services have in common: the prefix, the registry of a process, buckets, the text form.

Each service names its metrics in one module beside its code (``…/metrics.py``), as a class that takes the registry.
Cardinality is bounded: labels are kinds, warehouses, services, states and codes, never names that users choose.

https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Info, Metric, ProcessCollector
from prometheus_client.exposition import choose_encoder

PREFIX = "dw_simulator_"

STATEMENT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds."""

REQUEST_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Seconds."""

JOB_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds of a generation run or of a load; 60 is the objective for a standard run."""


class Described(NamedTuple):
    """A metric as the documentation lists it. ``name`` is that of its samples without a histogram's suffixes."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def new_registry(service: str) -> CollectorRegistry:
    """A registry with what every process tells: its build, and its CPU, memory and descriptors (on Linux)."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    build = Info(f"{PREFIX}build", "Version of dw-simulator and of Python; always 1.", registry=registry)
    build.info({"service": service, "version": version("dw-simulator"), "python": platform.python_version()})
    return registry


def exposition(registry: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """All values now, and their content type, in the form that the Accept header asks for."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def labels_of(registry: CollectorRegistry) -> dict[str, tuple[str, ...]]:
    """The labels of the metrics that were made by prometheus-client's own classes, by family."""
    return {
        name: tuple(collector._labelnames)
        for collector, names in registry._collector_to_names.items()
        if hasattr(collector, "_labelnames")
        for name in names
    }


def described(registry: CollectorRegistry) -> Iterator[Described]:
    """The metrics of a registry that are ours, in the order of their names."""
    labels = labels_of(registry)
    for family in sorted(_families(registry), key=lambda family: family.name):
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        if name.startswith(PREFIX):
            found = labels.get(family.name, tuple(getattr(family, "_labelnames", ())))
            yield Described(name, "gauge" if family.type == "info" else family.type, found, family.documentation)


def _families(registry: CollectorRegistry) -> Iterable[Metric]:
    for collector in registry._collector_to_names:
        yield from collector.describe() if hasattr(collector, "describe") else collector.collect()
