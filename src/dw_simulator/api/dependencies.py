"""What the endpoints get injected: the settings, the use cases, the background jobs."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from dw_simulator.api.jobs import Jobs
from dw_simulator.config.settings import Settings
from dw_simulator.experiments import ExperimentService


def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def _jobs(request: Request) -> Jobs:
    return cast(Jobs, request.app.state.jobs)


def _experiments(request: Request) -> ExperimentService:
    return _jobs(request).service


SettingsOfApp = Annotated[Settings, Depends(_settings)]
JobsOfApp = Annotated[Jobs, Depends(_jobs)]
Experiments = Annotated[ExperimentService, Depends(_experiments)]
