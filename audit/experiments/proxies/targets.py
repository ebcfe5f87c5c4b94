"""What proxies are held against: memorization and exposure, of the whole pool, of its halves, without some pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from attacks.base import UnscorableError
from attacks.exposure import record_exposures
from attacks.replicates import exposures_without
from audit.config import AnalysisConfig
from audit.crossing import Crossing
from audit.headline import attacked
from audit.memorization import memorization_values, values_without
from audit.split import Split

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """A figure of every record that a pool gives.

    Attributes:
        name: `memorization` or `exposure`.
        values: Float [3, records]; of the whole pool, of one half and of the other; NaN where there is none.
        without: Float [groups, 3, records]; the same without each group of model pairs.
        sizes: Int [groups]; pairs of either half in a group.
    """

    name: str
    values: Floats
    without: Floats
    sizes: Ints

    @cached_property
    def scored(self) -> Bools:
        """Bool [records]; those that have the figure in every part, and so can be ranked in each."""
        return np.asarray(np.isfinite(self.values).all(0) & np.isfinite(self.without).all((0, 1)))


def memorization_of(split: Split) -> Target:
    """Hard memorization (Feldman & Zhang 2020, arXiv 2008.03703).

    Args:
        split: the pool.
    """
    whole = memorization_values(split.evidence).value
    without = [one.value for one in values_without(split.evidence, split.label)]
    parts = [(one.value, other.value) for one, other in split.memorization_without]
    return _target("memorization", split, whole, without, [each.value for each in split.memorization], parts)


def exposure_of(split: Split, analysis: AnalysisConfig) -> Target | None:
    """Exposure to the headline attack, which attacks every part anew; None where it cannot score.

    Args:
        split: the pool.
        analysis: names the attack and the false-positive rate of its threshold.
    """
    attack, fpr = ATTACKS[analysis.headline], analysis.exposure_fpr
    found = attacked(attack, split.evidence)
    if found is None:
        return None
    try:
        crossing, replicates = Crossing.with_replicates(split, attack.resolved(split.parts[0]), fpr)
    except UnscorableError:
        return None
    whole = record_exposures(found.scores, split.evidence.membership, (fpr,))[fpr].value
    left = exposures_without(found.attack, split.evidence, found.scores, split.label, (fpr,))
    parts = [_leaks(one) for one in replicates]
    return _target("exposure", split, whole, [each[fpr].value for each in left], list(_leaks(crossing)), parts)


def _leaks(crossing: Crossing) -> tuple[Floats, Floats]:
    one, other = crossing.ways[0]
    return crossing.leakage(one), crossing.leakage(other)


def _target(
    name: str,
    split: Split,
    whole: Floats,
    without: list[Floats],
    parts: list[Floats],
    parts_without: list[tuple[Floats, Floats]],
) -> Target:
    rows = zip(without, parts_without, strict=True)
    replicates = np.stack([np.stack([one, *both]) for one, both in rows])
    return Target(name, np.stack([whole, *parts]), replicates, split.sizes)
