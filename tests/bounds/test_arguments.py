"""A refusal names the argument and its value."""

from __future__ import annotations

import math

import pytest

from bounds.arguments import check_delta, check_level, check_nested, check_parameter


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.5, math.nan])
def test_a_level_lies_strictly_between_0_and_1(value: float) -> None:
    with pytest.raises(ValueError, match=r"alpha=.*must lie in \(0, 1\)"):
        check_level("alpha", value)
    check_level("alpha", 0.05)


@pytest.mark.parametrize("value", [-1e-9, 1.0, math.nan])
def test_delta_may_be_0_but_not_1(value: float) -> None:
    with pytest.raises(ValueError, match="delta="):
        check_delta(value)
    check_delta(0.0)


@pytest.mark.parametrize("value", [-1e-9, math.inf, math.nan])
def test_a_parameter_is_finite_and_not_negative(value: float) -> None:
    with pytest.raises(ValueError, match="mu="):
        check_parameter("mu", value)
    check_parameter("mu", 0.0)


@pytest.mark.parametrize(("coins", "guesses", "right"), [(5, 6, 1), (5, 4, 5), (5, 4, -1), (-1, -1, -1)])
def test_counts_are_parts_of_each_other(coins: int, guesses: int, right: int) -> None:
    expected = f"coins={coins}, guesses={guesses}, right={right}: must satisfy coins >= guesses >= right >= 0"
    with pytest.raises(ValueError, match=expected):
        check_nested(coins=coins, guesses=guesses, right=right)
    check_nested(coins=5, guesses=5, right=0)
