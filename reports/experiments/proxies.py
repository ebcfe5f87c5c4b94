"""What the experiment `proxies` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block


class Proxies(Block):
    """What the experiment `proxies` found.

    Attributes:
        name: its name.
    """

    name: Literal["proxies"] = "proxies"
