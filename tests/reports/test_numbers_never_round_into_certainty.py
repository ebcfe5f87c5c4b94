from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import numbers
from reports.result import Estimate

rates = st.floats(0, 1, allow_nan=False)
scores = st.floats(-1, 1, allow_nan=False)
FIGURE = re.compile(r"^(?P<bound>[<>] )?(?P<number>[+-]?[\d,.]+)(?P<unit> %)?$")


def parsed(text: str) -> tuple[str, Decimal]:
    found = FIGURE.match(text)
    assert found, text
    return (found["bound"] or "").strip(), Decimal(found["number"].replace(",", ""))


def step(number: Decimal) -> Decimal:
    return Decimal(1).scaleb(int(number.as_tuple().exponent))


def estimate(value: float, low: float = 0.0, high: float = 1.0, n: int = 500) -> Estimate:
    return Estimate(value=value, low=low, high=high, confidence=0.95, method="", n=n)


@given(rates)
def test_percent_says_0_or_100_only_when_it_is(rate: float) -> None:
    bound, number = parsed(numbers.percent(rate))
    assert (number == 0 and not bound) == (rate == 0)
    assert (number == 100 and not bound) == (rate == 1)


@given(rates)
def test_percent_is_within_half_a_step_or_a_true_bound(rate: float) -> None:
    text = numbers.percent(rate)
    assert text.endswith(" %")
    bound, number = parsed(text)
    exact = 100 * Decimal(rate)
    if bound:
        assert exact < number if bound == "<" else exact > number
    else:
        assert abs(exact - number) <= step(number) / 2 + Decimal("1e-12")


@given(scores, st.integers(1, 5))
def test_decimals_say_0_or_1_only_when_they_are(score: float, digits: int) -> None:
    bound, number = parsed(numbers.decimal(score, digits))
    if bound:
        assert Decimal(score) < number if bound == "<" else Decimal(score) > number
    else:
        assert abs(Decimal(score) - number) <= step(number) / 2
        assert (number in (-1, 0, 1)) == (score in (-1, 0, 1))


@given(scores)
def test_differences_carry_their_sign(difference: float) -> None:
    text = numbers.points(difference)
    if text[0] in "<>":
        assert abs(difference) < 0.0001 or abs(difference) > 0.999
    else:
        assert (text[0] == "+") == (difference > 0)
        assert abs(Decimal(text) - 100 * Decimal(difference)) <= Decimal("0.05") + Decimal("1e-12")


@given(st.floats(1e-9, 1e4, allow_nan=False))
def test_a_promise_is_rounded_up_and_a_proof_down(epsilon: float) -> None:
    assert Decimal(numbers.rounded_up(epsilon)) >= Decimal(epsilon)
    bound, number = parsed(numbers.rounded_down(epsilon))
    assert bound == "<" or 0 < number <= Decimal(epsilon)


@given(rates)
def test_a_cap_is_never_shown_below_itself_nor_as_1_unless_it_is(cap: float) -> None:
    bound, number = parsed(numbers.cap(cap, 2))
    assert (number == 1) == (cap == 1)
    assert Decimal(cap) > number if bound else number >= Decimal(cap)


@given(st.integers(1, 10**6))
def test_none_or_all_of_n_is_a_bound_of_one_nth(n: int) -> None:
    assert numbers.resolved(estimate(0.0, n=n)) == f"< 1/{n:,}"
    assert numbers.resolved(estimate(1.0, n=n)) == f"> {n - 1:,}/{n:,}"


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.912, "91.2 %"),
        (0.00123, "0.12 %"),
        (0.9999999, "> 99.99 %"),
        (1e-9, "< 0.01 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
    ],
)
def test_percent_by_example(rate: float, text: str) -> None:
    assert numbers.percent(rate) == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (numbers.percent_limits(estimate(0.912, 0.901, 0.923)), "90.1 to 92.3"),
        (numbers.percent_limits(estimate(0.5, 1e-6, 1.0)), "< 0.1 to 100"),
        (numbers.resolved_limits(estimate(0.0, 0.0, 0.00736)), "0 to 0.74 %"),
        (numbers.decimal_limits(estimate(0.62, 0.612, 0.634)), "0.612 to 0.634"),
        (numbers.decimal(-0.0), "0"),
        (numbers.decimal(0.034, signed=True), "+0.034"),
        (numbers.decimal(-0.00001), "> -0.001"),
        (numbers.fpr(0.001), "0.1 %"),
        (numbers.fpr(0.0001), "0.01 %"),
        (numbers.fpr(0.1), "10 %"),
        (numbers.fpr(1), "100 %"),
        (numbers.small(1e-5), "1e-5"),
        (numbers.small(2.5e-5), "2.5e-5"),
        (numbers.small(0.01), "0.01"),
        (numbers.expected(0.3), "under 1"),
        (numbers.expected(0.0), "0"),
        (numbers.duration(0.0), "0 s"),
        (numbers.duration(12.3), "12.3 s"),
        (numbers.duration(312.4), "5 min 12 s"),
        (numbers.duration(7500), "2 h 5 min"),
        (numbers.setting(None), "none"),
        (numbers.setting(True), "yes"),
        (numbers.setting(8.0), "8"),
    ],
)
def test_other_figures_by_example(shown: str, text: str) -> None:
    assert shown == text
