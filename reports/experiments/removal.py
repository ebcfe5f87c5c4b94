"""What the experiment `removal` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block


class Removal(Block):
    """What the experiment `removal` found.

    Attributes:
        name: its name.
    """

    name: Literal["removal"] = "removal"
