"""How clients connect to the services, to paste."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from dw_simulator.api.dependencies import SettingsOfApp
from dw_simulator.config.settings import SERVICE_NAMES
from dw_simulator.stack.clients.base import Language
from dw_simulator.stack.connect import snippets

router = APIRouter(prefix="/api/connections", tags=["services"])


class ConnectionAnswer(BaseModel):
    """One client's settings. A password of the user's own is `***`."""

    service: str
    client: str
    title: str
    language: Language
    text: str


@router.get("")
def list_connections(settings: SettingsOfApp) -> list[ConnectionAnswer]:
    """One snippet a service and client."""
    return [ConnectionAnswer(**snippet._asdict()) for snippet in snippets(settings, SERVICE_NAMES)]
