"""The metrics of a running stack: where each service tells them, what they are now, a Prometheus that collects them."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dw_simulator.config.trust import client_context
from dw_simulator.errors import NotFound, ServiceUnavailable
from dw_simulator.stack.health import reachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dw_simulator.stack.state import ServiceStatus

PATHS = {"s3": "/_dw/metrics"}
"""A bucket may be called ``metrics``; the other services answer ``/metrics``."""

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    service: str
    host: str
    port: int
    path: str
    ca_file: Path | None = None
    """What its certificate is verified with; None: it speaks HTTP."""

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float
    meaning: str


def targets(services: Sequence[ServiceStatus], ca_file: Path | None = None) -> list[Target]:
    """``ca_file``: that of a stack with TLS. Ports that are for metrics only speak HTTP there too."""
    return [
        Target(
            one.name,
            reachable(one.host),
            one.metrics_port or one.port,
            PATHS.get(one.name, "/metrics"),
            ca_file if one.metrics_port is None else None,
        )
        for one in services
    ]


def scrape(target: Target) -> str:
    """What a service tells now, in Prometheus's text form.

    Raises:
        ServiceUnavailable: it does not answer, or with an error.
    """
    connection = _connection(target)
    try:
        connection.request("GET", target.path, headers={"Host": target.address, "Accept": "text/plain"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise ServiceUnavailable(target.service, target.address, reason=str(error), hint="dw-sim status") from error
    finally:
        connection.close()
    if answer.status != 200:
        reason = f"{target.path} is answered with {answer.status}"
        raise ServiceUnavailable(target.service, target.address, reason=reason, hint="dw-sim doctor")
    return body.decode()


def _connection(target: Target) -> http.client.HTTPConnection:
    if target.ca_file is None:
        return http.client.HTTPConnection(target.host, target.port, timeout=_SECONDS)
    context = client_context(target.ca_file)
    return http.client.HTTPSConnection(target.host, target.port, timeout=_SECONDS, context=context)


def samples(text: str) -> list[Sample]:
    """The samples of a service, without the buckets of histograms."""
    from prometheus_client.parser import text_string_to_metric_families

    return [
        Sample(sample.name, dict(sample.labels), sample.value, family.documentation)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    ]


def rules_folder() -> Path:
    """Where the recording rules and alerts are: in the installed package, or in the repository it runs from.

    Raises:
        NotFound: this installation has none.
    """
    packaged = Path(str(files("dw_simulator"))) / "observability" / "rules"
    beside = Path(__file__).resolve().parents[3] / "deploy" / "observability" / "prometheus"
    for folder in (packaged, beside):
        if folder.is_dir():
            return folder
    raise NotFound("this installation has no Prometheus rules", hint="install dw-simulator again")


def prometheus_config(found: Sequence[Target], *, interval: str = "15s") -> str:
    """A prometheus.yml that collects from these targets and uses our rules."""
    document = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(rules_folder() / "*.yml")],
        "scrape_configs": [
            {
                "job_name": f"dw-simulator-{target.service}",
                "metrics_path": target.path,
                **_scheme(target),
                "static_configs": [{"targets": [target.address]}],
            }
            for target in found
        ],
    }
    return yaml.safe_dump(document, sort_keys=False)


def _scheme(target: Target) -> dict[str, object]:
    return {} if target.ca_file is None else {"scheme": "https", "tls_config": {"ca_file": str(target.ca_file)}}
