"""What the services count and measure, for Prometheus.

A metric is declared once, with its name, type, labels and meaning, in the ``METRICS`` of the module that keeps it; the
page docs/metrics.md is made from these. Each process has its own :class:`Registry`, made when its service starts.

Names and types follow Prometheus' page "Metric and label naming". Labels have few values by design: kinds of
statements, warehouses, codes; never names of tables, users or experiments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from typing import Any, Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

FAST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Buckets of requests and statements."""
JOB_SECONDS = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Buckets of generation runs and loads. 60 s is the objective of a standard run."""


Family = Any
"""A metric family of prometheus_client; its types are loose."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A declaration. The name of a counter ends in ``_total``, that of a time in ``_seconds``."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = FAST_SECONDS


BUILD = Metric("dw_simulator_build_info", "gauge", "1, with the version of the program", ("service", "version"))
HTTP_REQUESTS = Metric(
    "dw_simulator_http_requests_total", "counter", "HTTP requests answered", ("service", "method", "route", "status")
)
HTTP_SECONDS = Metric(
    "dw_simulator_http_request_duration_seconds",
    "histogram",
    "Time from the request's head to the answer's",
    ("service", "method", "route"),
)
METRICS = (BUILD, HTTP_REQUESTS, HTTP_SECONDS)


class Registry:
    """The metrics of one service process. Safe to use from any thread."""

    def __init__(self, service: str, declared: Iterable[Metric] = ()) -> None:
        from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

        self.service = service
        self.collectors = CollectorRegistry()
        ProcessCollector(registry=self.collectors)
        PlatformCollector(registry=self.collectors)
        GCCollector(registry=self.collectors)
        self._instruments = {metric: self._instrument(metric) for metric in (BUILD, *declared)}
        self._children: dict[tuple[str, ...], Any] = {}
        """The instruments by their labels as well: the client library takes its time to find one."""
        self.set(BUILD, 1, service, version("dw-simulator"))

    def _instrument(self, metric: Metric) -> Any:
        from prometheus_client import Counter, Gauge, Histogram

        if metric.kind == "histogram":
            return Histogram(metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=self.collectors)
        kind = Counter if metric.kind == "counter" else Gauge
        return kind(metric.name, metric.help, metric.labels, registry=self.collectors)

    def _child(self, metric: Metric, labels: Sequence[str]) -> Any:
        key = (metric.name, *labels)
        child = self._children.get(key)
        if child is None:
            instrument = self._instruments[metric]
            child = self._children[key] = instrument.labels(*labels) if labels else instrument
        return child

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        self._child(metric, labels).inc(by)

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        self._child(metric, labels).observe(seconds)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        self._child(metric, labels).set(value)

    def follow(self, metric: Metric, read: Read) -> None:
        """At each scrape, ask ``read`` for the (labels, value) pairs of a metric that was not given to `__init__`."""
        self.collectors.register(_Followed(metric, read))

    def render(self) -> bytes:
        """The values in Prometheus' text format; blocks while collectors ask."""
        from prometheus_client import generate_latest

        return generate_latest(self.collectors)


class _Followed:
    """A collector of one metric whose values are kept elsewhere."""

    def __init__(self, metric: Metric, read: Read) -> None:
        self._metric = metric
        self._read = read

    def describe(self) -> Iterable[Family]:
        """So that registering asks for no value."""
        return [self._family()]

    def collect(self) -> Iterable[Family]:
        family = self._family()
        for labels, value in self._read():
            if isinstance(value, Durations | Counts):
                family.add_metric(labels, value.cumulated(self._metric.buckets), value.total)
            else:
                family.add_metric(labels, value)
        return [family]

    def _family(self) -> Family:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        kinds = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}
        return kinds[self._metric.kind](self._metric.name, self._metric.help, labels=self._metric.labels)


@dataclass(frozen=True, slots=True)
class Durations:
    """Recorded times in seconds, for a histogram."""

    seconds: Sequence[float]

    @property
    def total(self) -> float:
        return sum(self.seconds)

    def cumulated(self, buckets: Sequence[float]) -> list[tuple[str, float]]:
        """(upper bound, how many are not longer) of each bucket, as Prometheus wants them."""
        bounded = [(str(float(bound)), float(sum(each <= bound for each in self.seconds))) for bound in buckets]
        return [*bounded, ("+Inf", float(len(self.seconds)))]


class Counts:
    """Times counted by buckets as they come, for a histogram. One thread at a time may add."""

    __slots__ = ("_buckets", "_counts", "total")

    def __init__(self, buckets: Sequence[float]) -> None:
        self._buckets = buckets
        self._counts = [0] * (len(buckets) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(self._buckets, seconds)] += 1
        self.total += seconds

    def cumulated(self, buckets: Sequence[float]) -> list[tuple[str, float]]:
        """As `Durations.cumulated`, for the buckets that it was made with."""
        names = [*(str(float(bound)) for bound in buckets), "+Inf"]
        return [(name, float(count)) for name, count in zip(names, accumulate(self._counts), strict=True)]


Read = Callable[[], Iterable[tuple[tuple[str, ...], float | Durations | Counts]]]
"""Gives the (labels, value) pairs of a metric."""
