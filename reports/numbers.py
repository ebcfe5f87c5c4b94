"""How every format writes a number: never rounded into certainty, percent and fraction never confused.

A rate is stored as a fraction and written in percent with its sign (`91.2 %`); everything else is written
as it is (`0.912`). "0", "1" and "100 %" appear only where the stored number is exactly that.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from reports.result import Estimate

PERCENT_DIGITS = 1
FINE_PERCENT_DIGITS = 2
FINE_BELOW = 0.01


def _rounded(value: float, digits: int, rounding: str = ROUND_HALF_EVEN) -> str:
    """A decimal number with so many digits after the point, rounded as told."""
    return format(Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=rounding), "f")


def _guarded(value: float, digits: int, landmarks: tuple[float, ...]) -> str:
    """Round, but write `< x` or `> x` where rounding would reach a landmark that the value is not."""
    if value in landmarks:
        return _rounded(abs(value) if value == 0 else value, 0)
    text = _rounded(value, digits)
    if float(text) not in landmarks:
        return text
    step, landmark = Decimal(1).scaleb(-digits), Decimal(text)
    return f"< {landmark + step:f}" if value > landmark else f"> {landmark - step:f}"


def percent_digits(rate: float) -> int:
    """Digits after the point of a percentage: two within a hundredth of 0 or 1, one elsewhere."""
    return FINE_PERCENT_DIGITS if min(abs(rate), abs(1 - rate)) < FINE_BELOW else PERCENT_DIGITS


def _percent_number(rate: float, digits: int) -> str:
    return _guarded(100 * rate, digits, (0.0, 100.0))


def percent(rate: float, digits: int | None = None) -> str:
    """A rate in percent, `91.2 %`; `< 0.01 %` and `> 99.99 %` rather than a false 0 or 100.

    Args:
        rate: a fraction in [0, 1].
        digits: digits after the point; None takes `percent_digits`.
    """
    return f"{_percent_number(rate, percent_digits(rate) if digits is None else digits)} %"


def percent_limits(estimate: Estimate, digits: int | None = None) -> str:
    """The interval of a rate without its unit, `90.1 to 92.3`; the value that it follows carries the unit.

    Args:
        estimate: the rate.
        digits: digits after the point; None takes those of the value.
    """
    digits = percent_digits(estimate.value) if digits is None else digits
    return f"{_percent_number(estimate.low, digits)} to {_percent_number(estimate.high, digits)}"


def resolved(estimate: Estimate) -> str:
    """An observed proportion of n trials in percent; `< 1/n` where none was seen, `> (n-1)/n` where all were."""
    if estimate.n > 0 and estimate.value <= 0:
        return f"< 1/{count(estimate.n)}"
    if estimate.n > 0 and estimate.value >= 1:
        return f"> {count(estimate.n - 1)}/{count(estimate.n)}"
    return percent(estimate.value)


def resolved_limits(estimate: Estimate) -> str:
    """The interval of an observed proportion; with its unit where the value has none."""
    if 0 < estimate.value < 1:
        return percent_limits(estimate)
    inner = estimate.high if estimate.value <= 0 else estimate.low
    return f"{percent_limits(estimate, percent_digits(inner))} %"


def decimal(value: float, digits: int = 3, signed: bool = False) -> str:
    """A number that is no rate, `0.623`; "0", "1" and "-1" only where it is exactly that.

    Args:
        value: any finite number.
        digits: digits after the point.
        signed: write a plus sign before positive numbers.
    """
    text = _guarded(value, digits, (0.0, 1.0, -1.0))
    return f"+{text}" if signed and value > 0 and text[0].isdigit() else text


def decimal_limits(estimate: Estimate, digits: int = 3, signed: bool = False) -> str:
    """The interval of a number that is no rate, `0.612 to 0.634`."""
    return f"{decimal(estimate.low, digits, signed)} to {decimal(estimate.high, digits, signed)}"


def points(difference: float) -> str:
    """A difference of two rates in percentage points, signed and without its unit, `-7.4`."""
    text = _guarded(100 * difference, FINE_PERCENT_DIGITS if abs(difference) < FINE_BELOW else 1, (0.0, 100.0, -100.0))
    return f"+{text}" if difference > 0 and text[0].isdigit() else text


def count(number: int) -> str:
    """A count with separators, `1,437`."""
    return f"{number:,}"


def expected(number: float) -> str:
    """An expected count, `9`; `under 1` rather than a false 0."""
    return "under 1" if 0 < number < 1 else count(round(number))


def rounded_up(value: float, digits: int = 2) -> str:
    """A promise that is better when small, rounded against whoever promises it, `8.00`."""
    return "0" if value == 0 else _rounded(value, digits, ROUND_CEILING)


def rounded_down(value: float, digits: int = 2) -> str:
    """A proof that is better when large, rounded against whoever proves it, `1.23`."""
    text = _rounded(value, digits, ROUND_FLOOR)
    return "0" if value == 0 else text if float(text) else f"< {Decimal(1).scaleb(-digits):f}"


def cap(rate: float, digits: int = 3) -> str:
    """A highest possible rate or memorization, rounded up; `> 0.999` rather than a false 1."""
    if rate in (0, 1):
        return f"{int(rate)}"
    text = rounded_up(rate, digits)
    return f"> {_rounded(1 - 10**-digits, digits)}" if float(text) >= 1 else text


def percent_cap(rate: float) -> str:
    """A highest possible rate in percent, rounded up, `12.4 %`; `> 99.99 %` rather than a false 100 %."""
    digits = percent_digits(rate)
    text = _percent_rounded(rate, digits, ROUND_CEILING)
    return f"> {Decimal(100) - Decimal(1).scaleb(-digits):f} %" if float(text) >= 100 > 100 * rate else f"{text} %"


def percent_proved(rate: float) -> str:
    """A rate that is proved to be reached, in percent, rounded down, `90.9 %`."""
    return f"{_percent_rounded(rate, percent_digits(rate), ROUND_FLOOR)} %"


def _percent_rounded(rate: float, digits: int, rounding: str) -> str:
    """A percentage rounded as told; from the rate as it is written, so that 0.07 is not a little more than 7 %."""
    if rate in (0, 1):
        return f"{100 * int(rate)}"
    return format((Decimal(repr(float(rate))) * 100).quantize(Decimal(1).scaleb(-digits), rounding=rounding), "f")


def confidence(level: float) -> str:
    """A confidence as its name, `97.5 %`; where two digits do not hold it, rounded down, `99.16 %`."""
    exact = Decimal(repr(round(float(level), 10))) * 100
    return f"{exact.quantize(Decimal('0.01'), rounding=ROUND_FLOOR):f}".rstrip("0").rstrip(".") + " %"


def small(value: float) -> str:
    """A small positive parameter such as delta, `1e-5`."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{value:g}" if value >= 0.001 else f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def fpr(rate: float) -> str:
    """A false-positive rate as its name, exact and without needless zeros, `0.1 %`."""
    return f"{Decimal(repr(float(rate))) * 100:f}".rstrip("0").rstrip(".") + " %"


def duration(seconds: float) -> str:
    """A wall time, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:
        return "0 s" if seconds == 0 else f"{seconds:.1f} s" if seconds >= 0.05 else "< 0.1 s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def setting(value: object) -> str:
    """A setting as a person would type it; `none` for None."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return f"{value:.6g}" if isinstance(value, float) and math.isfinite(value) else str(value)
