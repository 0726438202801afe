"""What the endpoints get injected: the settings, the use cases, the background jobs."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Path, Query, Request

from dw_simulator.api.events import EventHub, ExperimentsWatch
from dw_simulator.api.jobs import Jobs
from dw_simulator.config.settings import Settings
from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.guard import allow
from dw_simulator.experiments.queries import Queries


def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def _jobs(request: Request) -> Jobs:
    return cast(Jobs, request.app.state.jobs)


def _queries(request: Request) -> Queries:
    return cast(Queries, request.app.state.queries)


def _hub(request: Request) -> EventHub:
    return cast(EventHub, request.app.state.hub)


def _watch(request: Request) -> ExperimentsWatch:
    return cast(ExperimentsWatch, request.app.state.watch)


def _experiments(request: Request) -> ExperimentService:
    return _jobs(request).service


AllowRemote = Annotated[
    bool, Query(description="confirms that warehouses which are not on this machine may be changed")
]


def _guarded(
    experiments: Annotated[ExperimentService, Depends(_experiments)], allow_remote: AllowRemote = False
) -> ExperimentService:
    return experiments.guarded_by(allow) if allow_remote else experiments


SettingsOfApp = Annotated[Settings, Depends(_settings)]
JobsOfApp = Annotated[Jobs, Depends(_jobs)]
QueriesOfApp = Annotated[Queries, Depends(_queries)]
HubOfApp = Annotated[EventHub, Depends(_hub)]
WatchOfApp = Annotated[ExperimentsWatch, Depends(_watch)]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""A number in a path that is a key of the metadata."""

Experiments = Annotated[ExperimentService, Depends(_experiments)]
GuardedExperiments = Annotated[ExperimentService, Depends(_guarded)]
"""The use cases for endpoints that may change a warehouse: they take the query parameter ``allow_remote``."""
