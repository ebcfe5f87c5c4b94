"""Feldman's long tail, generated: rare subpopulations whose labels can be memorized but not inferred.

Feldman 2020, "Does Learning Require Memorization?", arXiv 1906.05271, section 2: a data distribution is a
mixture of subpopulations whose frequencies have a long tail, and a learner that does not fit the records it
saw once pays about the weight of the subpopulations with frequency near 1/records.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.config import DataConfig
from audit.data.base import Ints, Strings
from audit.data.draft import Draft

CLASSES = 10
SUBPOPULATIONS = 1000
EXPONENT = 1.0
RECORDS = 2000
TEST_RECORDS = 2000
DIMENSIONS = 64
SPREAD = 0.3  # sd of a record around its centre, where centres are N(0, 1) in every dimension
BANDS = ((0, "0"), (1, "1"), (2, "2"), (5, "3-5"), (10, "6-10"))
OFTENER = "11+"
BAND_NAMES = (*(name for _, name in BANDS), OFTENER)

NOTES = (
    f"Generated: {SUBPOPULATIONS:,} subpopulations with Zipf frequencies (weight 1/rank), each a cluster in "
    f"{DIMENSIONS} dimensions around a centre that says nothing of its label; the label of a subpopulation seen "
    "once can be memorized but not inferred.",
    "Training and test records are independent draws from the same mixture, so that overall accuracy is accuracy on "
    "the population, every record of one weight. By frequency it is read from group 'frequency': how often the "
    "record's subpopulation occurs among the records under audit (a model is trained on some of these); "
    "'0' is a subpopulation that only the test set has, where chance is the best any model can do.",
)


def draft(config: DataConfig) -> Draft:
    """Draw the mixture, the records under audit and the test records, all from one seed.

    Args:
        config: its seed; the same seed gives the same records wherever NumPy's generators agree.
    """
    rng = np.random.default_rng(config.seed)
    centres = rng.standard_normal((SUBPOPULATIONS, DIMENSIONS))
    label = labels(rng)
    train, test = (rng.choice(SUBPOPULATIONS, size, p=weights()) for size in (RECORDS, TEST_RECORDS))
    x, x_test = (centres[part] + SPREAD * rng.standard_normal((len(part), DIMENSIONS)) for part in (train, test))
    seen = np.bincount(train, minlength=SUBPOPULATIONS)
    return Draft(
        name="longtail",
        x=x,
        y=label[train],
        class_names=tuple(str(k) for k in range(CLASSES)),
        x_test=x_test,
        y_test=label[test],
        groups=_groups(train, seen),
        test_groups=_groups(test, seen),
        notes=NOTES,
    )


def weights() -> NDArray[np.float64]:
    """Float64 [subpopulations]; Zipf frequencies by rank, adding up to one."""
    frequency = np.arange(1, SUBPOPULATIONS + 1, dtype=np.float64) ** -EXPONENT
    share: NDArray[np.float64] = frequency / frequency.sum()
    return share


def labels(rng: np.random.Generator) -> Ints:
    """Draw the class of every subpopulation, without a look at its centre.

    Every ten subpopulations next to each other in rank share out the ten classes, so that no class
    gets the whole head.

    Args:
        rng: where the draw comes from.

    Returns:
        Int64 [subpopulations].
    """
    blocks = np.tile(np.arange(CLASSES), (SUBPOPULATIONS // CLASSES, 1))
    return rng.permuted(blocks, axis=1).reshape(-1)


def _groups(subpopulation: Ints, seen: Ints) -> dict[str, Strings]:
    """The subpopulation by rank, the most frequent first, and how often it occurs under audit."""
    name = np.array([f"s{rank:04d}" for rank in range(1, SUBPOPULATIONS + 1)])
    return {"subpopulation": name[subpopulation], "frequency": band(seen)[subpopulation]}


def band(seen: Ints) -> Strings:
    """The frequency band of a count: 0, 1, 2, 3-5, 6-10, 11+.

    Args:
        seen: Int; how often each subpopulation occurs among the records under audit.
    """
    return np.array(BAND_NAMES)[band_number(seen)]


def band_number(seen: Ints) -> Ints:
    """Place of a count's band in `BAND_NAMES`.

    Args:
        seen: Int, any shape; how often each subpopulation occurs.
    """
    return np.searchsorted([limit for limit, _ in BANDS], seen).astype(np.int64)
