"""The stack itself: ports, certificates, health, errors in the logs."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.config.settings import SERVICE_NAMES
from dw_simulator.config.trust import client_context
from dw_simulator.observability.logs import readable_from_json
from dw_simulator.serving.listeners import listener_on
from dw_simulator.stack import control, health, logs, state
from dw_simulator.stack.doctor.registry import Context, Report, check
from dw_simulator.stack.ports import Address

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

HEALTH_LIMIT = 5.0
CERTIFICATE_WARNING = dt.timedelta(days=14)
LOG_LINES = 200
_ERROR = re.compile(r"^\S+ (?:error|critical)\b|^error: ")


@check("ports")
def ports(context: Context, report: Report) -> None:
    """Whether the ports are free, or ours."""
    if state.supervisor_pid(context.settings) is not None:
        report.ok("the running stack has them")
        return
    taken = False
    for name in SERVICE_NAMES:
        service = context.settings.service(name)
        if service.port and not context.settings.is_local(service.host):
            continue
        if service.port and _answers(service.host, service.port):
            taken = True
            holder = listener_on(service.port)
            report.problem(
                f"port {service.port}, wanted for {name}, is in use by {holder or 'another program'}",
                f"end it, start with --port-base N, or set DW_SIMULATOR_{name.upper()}_PORT",
            )
    if not taken:
        report.ok(", ".join(f"{name} {context.settings.service(name).port}" for name in SERVICE_NAMES) + " are free")


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((health.reachable(host), port), timeout=1).close()
    except OSError:
        return False
    return True


@check("certificates")
def certificates(context: Context, report: Report) -> None:
    settings = context.settings
    if not settings.tls.enabled:
        report.ok("TLS is off")
        return
    for name in ("ca.pem", "server.pem", "server-key.pem"):
        if not (settings.tls_dir / name).is_file():
            report.problem(f"{settings.tls_dir / name} is missing", "make the certificates with: dw-sim certs create")
    for name in ("ca.pem", "server.pem"):
        if (settings.tls_dir / name).is_file():
            _check_validity(settings.tls_dir / name, report)
    if not report.found:
        report.ok(f"those in {settings.tls_dir} are valid")


def _check_validity(path: Path, report: Report) -> None:
    from cryptography import x509

    remedy = f"make a new one with: dw-sim certs create {'--force' if path.name == 'ca.pem' else '--renew'}"
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        report.problem(f"{path} cannot be read: {error}", remedy)
        return
    now = dt.datetime.now(dt.UTC)
    end, begin = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if now > end or now < begin:
        report.problem(f"{path} is valid from {begin:%Y-%m-%d} to {end:%Y-%m-%d} only", remedy)
    elif end - now < CERTIFICATE_WARNING:
        report.warn(f"{path} ends at {end:%Y-%m-%d}", remedy)


@check("services")
def services(context: Context, report: Report) -> None:
    record = control.running_record(context.settings)
    if record is None:
        report.ok("no stack is running")
        return
    for service in record.services:
        well = asyncio.run(_is_well(context.settings, service))
        if service.state is not state.State.RUNNING or not well:
            shown = service.state if service.state is not state.State.RUNNING else "running, and does not answer"
            ended = f"; ended last at {service.last_error}" if service.last_error else ""
            report.problem(
                f"{service.name} is {shown}{ended}", f"dw-sim logs {service.name}; dw-sim restart {service.name}"
            )
        elif service.restarts:
            report.warn(f"{service.name} was restarted {service.restarts} times, last at {service.last_error}",
                        f"dw-sim logs {service.name}")  # fmt: skip
    if not report.found:
        report.ok(f"{', '.join(service.name for service in record.services)} answer")


async def _is_well(settings: Settings, service: state.ServiceStatus) -> bool:
    address = Address(service.host, service.port)
    tls = client_context(settings.tls_dir / "ca.pem") if settings.tls.enabled else None
    return await health.is_healthy(service.name, address, limit=HEALTH_LIMIT, tls=tls)


@check("logs")
def log_errors(context: Context, report: Report) -> None:
    """The last error of each log."""
    for name in (*SERVICE_NAMES, logs.SUPERVISOR):
        lines = logs.tail(logs.log_path(context.settings.log_dir, name), LOG_LINES)
        errors = [shown for line in lines if _ERROR.match(shown := readable_from_json(line))]
        if errors:
            report.warn(f"{name}: {errors[-1].splitlines()[0].strip()}", f"dw-sim logs {name} shows what came before")
    if not report.found:
        report.ok("no errors among the last lines")
