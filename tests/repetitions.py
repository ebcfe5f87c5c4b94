"""How often a simulation is repeated: a third of the time, and in full where `make test-thorough` asks for it."""

from __future__ import annotations

import os

import pytest

THOROUGH = bool(os.environ.get("AUDIT_TEST_THOROUGH"))


def times(full: int) -> int:
    """Repetitions of a simulation whose limits are computed from their number.

    Args:
        full: how many there are in full; a multiple of three keeps halves and thirds whole.
    """
    return full if THOROUGH else max(1, full // 3)


thorough = pytest.mark.skipif(not THOROUGH, reason="takes long and seldom breaks alone: make test-thorough")
