"""What every experiment's block has."""

from __future__ import annotations

from pydantic import FiniteFloat

from reports.findings import Part


class Block(Part):
    """What an experiment found.

    Attributes:
        name: the experiment's.
        answer: what was found, in plain sentences, the most important first.
        limits: what limits the answer, in sentences.
        command: the command that repeats it.
        settings: every setting of the experiment itself.
        pools: digest of the pools that it was made on; empty where it rests on none.
        seconds: wall time of training and analysis in the call that made it.
    """

    name: str
    answer: tuple[str, ...]
    limits: tuple[str, ...] = ()
    command: str
    settings: dict[str, str | int | float | bool | tuple[float, ...] | None]
    pools: str = ""
    seconds: FiniteFloat
