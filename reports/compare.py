"""Runs side by side on a terminal."""

from __future__ import annotations

from rich.console import Console

from reports.comparison import Comparison
from reports.differences import differences
from reports.overview import Column, overview
from reports.price_table import price_table
from reports.text import Page


def render_comparison(comparison: Comparison, console: Console) -> None:
    """Print arms of several runs side by side, and the differences between them.

    Args:
        comparison: the arms and the differences.
        console: where to print.
    """
    page = Page(console)
    columns = compared_columns(comparison)
    for table in (
        overview(columns, comparison.confidence),
        price_table(columns),
        differences(comparison.differences),
    ):
        if table.rows:
            page.heading(table.caption)
            page.table(table)
    page.bullets("Warnings", comparison.warnings)


def compared_columns(comparison: Comparison) -> tuple[Column, ...]:
    """One column an arm, headed by its run too where there are several runs."""
    several = len({compared.run for compared in comparison.arms}) > 1
    return tuple(
        Column(f"{compared.run} {compared.arm.name}" if several else compared.arm.name, compared.arm, compared.headline)
        for compared in comparison.arms
    )
