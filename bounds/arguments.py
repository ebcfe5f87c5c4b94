"""What every bound asks of its arguments; a refusal names each argument with its value."""

from __future__ import annotations

import itertools
import math


def check_level(name: str, value: float) -> None:
    """Refuse a level that is not strictly between 0 and 1.

    Args:
        name: of the argument.
        value: its value.

    Raises:
        ValueError: if the value is outside (0, 1) or NaN.
    """
    if not 0 < value < 1:
        raise ValueError(f"{name}={value!r}: must lie in (0, 1)")


def check_delta(delta: float) -> None:
    """Refuse a delta that is no failure probability.

    Args:
        delta: failure probability of an (epsilon, delta) guarantee.

    Raises:
        ValueError: if delta is outside [0, 1) or NaN.
    """
    if not 0 <= delta < 1:
        raise ValueError(f"delta={delta!r}: must lie in [0, 1)")


def check_parameter(name: str, value: float) -> None:
    """Refuse a privacy parameter that is negative, infinite or NaN.

    Args:
        name: of the argument.
        value: its value.

    Raises:
        ValueError: if the value is negative or not finite.
    """
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"{name}={value!r}: must be finite and at least 0")


def check_nested(**counts: int) -> None:
    """Refuse counts of which one is negative or above the one before it.

    Args:
        counts: named counts, each a part of the one before it.

    Raises:
        ValueError: if they do not fall, or if the last is negative.
    """
    values = list(counts.values())
    if any(part > whole for whole, part in itertools.pairwise(values)) or values[-1] < 0:
        named = ", ".join(f"{name}={value!r}" for name, value in counts.items())
        raise ValueError(f"{named}: must satisfy {' >= '.join(counts)} >= 0")
