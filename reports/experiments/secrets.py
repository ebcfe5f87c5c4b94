"""What the experiment `secrets` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block


class Secrets(Block):
    """What the experiment `secrets` found.

    Attributes:
        name: its name.
    """

    name: Literal["secrets"] = "secrets"
