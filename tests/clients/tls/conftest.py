"""A stack that serves TLS, and refuses anything else, for every client there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dw_simulator.serving.certificates import create
from dw_simulator.testing import RunningStack, start_stack

TLS = {"DW_SIMULATOR_TLS_ENABLED": "true", "DW_SIMULATOR_TLS_REQUIRE": "true"}


@dataclass(frozen=True)
class TlsStack:
    """``ca`` is the stack's; ``other_ca`` one that has nothing to do with it."""

    stack: RunningStack
    ca: str
    other_ca: str


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsStack]:
    other = create(tmp_path_factory.mktemp("other-ca"))
    stack = start_stack(tmp_path_factory.mktemp("tls-stack"), variables=TLS)
    try:
        yield TlsStack(stack, str(stack.settings.tls_dir / "ca.pem"), str(other.ca))
    finally:
        stack.stop()


@pytest.fixture
def clean_trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No CA in the environment that another test has put there."""
    for name in ("SSL_CERT_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
