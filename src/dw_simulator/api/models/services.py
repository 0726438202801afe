"""Services and their health."""

from __future__ import annotations

from pydantic import BaseModel

from dw_simulator.stack.state import State


class ServiceAnswer(BaseModel):
    name: str
    state: State
    host: str
    port: int
    pid: int | None
    started_at: str | None = None
    restarts: int = 0
    last_error: str | None = None
    metrics_port: int | None = None


class ServicesAnswer(BaseModel):
    services: list[ServiceAnswer]


class HealthAnswer(BaseModel):
    status: str = "ok"
    service: str = "api"
    version: str
