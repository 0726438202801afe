"""How many random schemas are tried: few and the same in CI, ``PROPERTY_EXAMPLES`` times as many and others by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get("PROPERTY_EXAMPLES", "1"))

_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def profile(examples: int) -> Callable[[Any], Any]:
    """Settings of a test that tries ``examples`` schemas in CI."""
    return settings(max_examples=examples * FACTOR, deadline=None, derandomize=FACTOR == 1, suppress_health_check=_SLOW)
