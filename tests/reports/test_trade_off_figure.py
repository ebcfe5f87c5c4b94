"""The trade-off figure, read back from its drawing."""

from __future__ import annotations

import re

import pytest
from sample_result import sample, violated

from reports import epsilon_figures
from reports.overview import Column, columns_of
from reports.result import AuditResult, TradeOffCurves
from reports.svg import Picture

pytestmark = pytest.mark.draws

TICKS = 6


def drawn(result: AuditResult, number: int) -> tuple[Picture, TradeOffCurves]:
    column = columns_of(result)[number]
    picture = epsilon_figures.trade_off(column, number)
    assert picture
    return picture, column.arm.epsilon.trade_off


def uses(picture: Picture, colour: str) -> list[tuple[float, float, str]]:
    """x, y and shape of the marks of a colour."""
    found = re.findall(
        r'<use href="#([\w-]+)" x="([\d.]+)" y="([\d.]+)" style="fill: var\(--([\w-]+)\); stroke', picture.svg
    )
    return [(float(x), float(y), shape) for shape, x, y, fill in found if fill == colour]


def scale(picture: Picture) -> tuple[float, float, float, float]:
    """Where 0 and 1 are, across and upright: the first and the last of six ticks on either axis."""
    ticks = uses(picture, "muted")
    across = sorted(x for x, y, _ in ticks if y == max(y for _, y, _ in ticks))
    upright = sorted((y for x, y, _ in ticks if x == min(x for x, _, _ in ticks)), reverse=True)
    assert (len(across), len(upright)) == (TICKS, TICKS)
    return across[0], across[-1], upright[0], upright[-1]


def rates(picture: Picture, colour: str) -> list[list[tuple[float, float]]]:
    """The marks of a colour as rates, a list a shape, in the order of drawing; the legend's own come last."""
    left, right, bottom, top = scale(picture)
    shapes: dict[str, list[tuple[float, float]]] = {}
    for x, y, shape in uses(picture, colour):
        shapes.setdefault(shape, []).append(((x - left) / (right - left), (y - bottom) / (top - bottom)))
    return list(shapes.values())


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("result", [sample(), violated()], ids=["sample", "violated"])
def test_measured_and_certified_points_lie_where_the_data_says(result: AuditResult, number: int) -> None:
    picture, curves = drawn(result, number)
    measured, certified = rates(picture, f"series-{number + 1}")
    expected = [(point.fpr, point.fnr) for point in curves.measured]
    assert measured[:-1] == [pytest.approx(point, abs=1e-4) for point in expected]
    assert certified[:-1] == [pytest.approx((curves.certified.fpr, curves.certified.fnr), abs=1e-4)]


def test_the_plot_is_square_and_the_same_scale_holds_on_both_axes() -> None:
    left, right, bottom, top = scale(drawn(sample(), 1)[0])
    assert right - left == pytest.approx(bottom - top, abs=0.01)


def test_what_is_claimed_is_drawn_under_dp_alone() -> None:
    for number, claimed in ((0, False), (1, True)):
        svg = drawn(sample(), number)[0].svg
        assert all((name in svg) == claimed for name in ("accountant's curve", "claimed (epsilon, delta)"))
        assert all(name in svg for name in (">measured<", ">certified<", ">guessing<"))


def test_the_caption_gives_the_certified_rates_and_what_a_violation_is() -> None:
    picture, _ = drawn(violated(), 1)
    assert "record digits-0061: FPR at most 6.1 %, FNR 3.1 % (0 % to 11.7 %)" in picture.caption
    assert "below the accountant's curve (shaded) with all its limits is a violation" in picture.caption
    assert picture.caption.endswith("The self-check of this arm is VIOLATED.")
    assert "VIOLATED" not in drawn(sample(), 1)[0].caption
    assert "violation" not in drawn(sample(), 0)[0].caption
    assert picture.caption in re.sub("&apos;|&#39;", "'", picture.svg)


def test_a_record_id_cannot_leave_the_drawing() -> None:
    column = columns_of(sample())[0]
    curves = column.arm.epsilon.trade_off.model_copy(update={"record_id": '"><script>\x07' + 90 * "x"})
    epsilon = column.arm.epsilon.model_copy(update={"trade_off": curves})
    arm = column.arm.model_copy(update={"epsilon": epsilon})
    picture = epsilon_figures.trade_off(Column("x", arm, "base"), 0)
    assert picture
    assert "<script" not in picture.svg
    assert "\x07" not in picture.caption
    assert 90 * "x" not in picture.caption
