"""What this server is: its version, where its state is, which of its targets are elsewhere."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from dw_simulator.api.dependencies import SettingsOfApp
from dw_simulator.config.targets import remote_targets

router = APIRouter(prefix="/api/about", tags=["services"])


class AboutAnswer(BaseModel):
    version: str
    home: str = Field(description="the folder with all state")
    started_at: dt.datetime
    metadata_path: str
    remote_targets: list[str] = Field(description="services that are not on this machine, as `redshift (address)`")


@router.get("")
def show_about(request: Request, settings: SettingsOfApp) -> AboutAnswer:
    """The server itself."""
    remote = remote_targets(settings, ("s3", "redshift", "snowflake"))
    return AboutAnswer(
        version=version("dw-simulator"),
        home=str(settings.home),
        started_at=request.app.state.started_at,
        metadata_path=str(settings.metadata_path),
        remote_targets=[f"{service} ({address})" for service, address in remote.items()],
    )
