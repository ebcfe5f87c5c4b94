"""The figures of all experiments of a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reports.experiments import (
    agreement_figures,
    irrelevant_figures,
    longtail_figures,
    proxies_figures,
    removal_figures,
    secrets_figures,
)
from reports.experiments.result import Experiments
from reports.svg import Picture

FIGURES: dict[str, Callable[[Any, Sequence[str]], list[Picture]]] = {
    "longtail": longtail_figures.figures,
    "removal": removal_figures.figures,
    "irrelevant": irrelevant_figures.figures,
    "secrets": secrets_figures.figures,
    "proxies": proxies_figures.figures,
    "agreement": agreement_figures.figures,
}


def figures_of(experiments: Experiments, arms: Sequence[str]) -> dict[str, list[Picture]]:
    """Experiment -> its figures.

    Args:
        experiments: what was found.
        arms: names of the page's arms, in their order.
    """
    return {block.name: FIGURES[block.name](block, arms) for block in experiments.made}
