"""What the experiment `irrelevant` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block


class Irrelevant(Block):
    """What the experiment `irrelevant` found.

    Attributes:
        name: its name.
    """

    name: Literal["irrelevant"] = "irrelevant"
