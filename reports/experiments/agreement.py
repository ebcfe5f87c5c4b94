"""What the experiment `agreement` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block


class Agreement(Block):
    """What the experiment `agreement` found.

    Attributes:
        name: its name.
    """

    name: Literal["agreement"] = "agreement"
