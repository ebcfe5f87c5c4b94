"""What the experiment `longtail` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block


class LongTail(Block):
    """What the experiment `longtail` found.

    Attributes:
        name: its name.
    """

    name: Literal["longtail"] = "longtail"
