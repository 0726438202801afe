"""Homes with a stack that a test may break, and an experiment whose files arrive: each test has its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.arrivals import Place

from dw_simulator.testing import RunningStack, start_stack
from dw_simulator.testing.stack import run_dw_sim


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Callable[..., RunningStack]]:
    """``own_stack("s3", "api")`` starts a stack of these services (all without names) in a home of its own."""
    homes: list[Path] = []

    def start(*services: str, home: str = "home", port_base: int = 0) -> RunningStack:
        homes.append(tmp_path / home)
        return start_stack(homes[-1], services=services, port_base=port_base)

    yield start
    for home in homes:
        run_dw_sim(home, "down")


@pytest.fixture
def place(stack: RunningStack) -> Iterator[Place]:
    with closing(Place(stack)) as made:
        yield made
        made.service.delete(made.name)
