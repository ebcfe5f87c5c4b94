"""From what was counted of every model and class to figures by how often a subpopulation was seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.data.longtail import BANDS, OFTENER, band
from audit.estimates import over_units
from audit.experiments.irrelevant.cap import bit_cap
from audit.experiments.irrelevant.intervals import over_both
from audit.experiments.irrelevant.words import ONCE
from audit.privacy_curve import PrivacyCurve
from audit.training.base import Arm, Signals
from reports.experiments.irrelevant import Occurrence, Recovery
from reports.findings import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 0.9


@dataclass(frozen=True)
class Counted:
    """What the models of an arm gave away.

    Attributes:
        signals: what they said; `extra` holds what `Reconstruction` counted, Float [models, classes] each.
        seen: Int [models, classes]; records of the class that were IN.
        tests: Int [test records]; their classes.
        pair: Int [models]; models of one number drew their coins together.
        confidence: two-sided level of all intervals.
    """

    signals: Signals
    seen: Ints
    tests: Ints
    pair: Ints
    confidence: float

    @classmethod
    def of(cls, signals: Signals, membership: Bools, dataset: Dataset, pair: Ints, confidence: float) -> Counted:
        """The same from who was IN.

        Args:
            signals: what the models said.
            membership: Bool [models, records].
            dataset: the records.
            pair: Int [models].
            confidence: in (0, 1).
        """
        return cls(signals, seen_in(membership, dataset.y, dataset.classes), dataset.y_test, pair, confidence)

    def share(self, name: str, of: Bools | None = None) -> Estimate | None:
        """Mean of what was counted over some cases, among those that have it; None where too few do.

        Args:
            name: what: `irrelevant`, `out`, `fixed` or `majority`.
            of: Bool [models, classes]; the cases; None takes all.
        """
        shares = self.signals.extra[name].astype(np.float64)
        return self._mean(shares, np.isfinite(shares) & (True if of is None else of))

    def most(self, of: Bools) -> Estimate | None:
        """Share of some cases of which at least `MOST` of the irrelevant bits came back; None where too few have any.

        Args:
            of: Bool [models, classes]; the cases.
        """
        shares = self.signals.extra["irrelevant"]
        return self._mean(shares >= MOST, np.isfinite(shares) & of)

    def accuracy(self, of: Bools | None = None) -> Estimate | None:
        """Accuracy on the test records of some cases; None where a unit of models has none.

        Args:
            of: Bool [models, classes]; the cases; None takes all.
        """
        right = self.signals.test_correct
        counted = np.ones_like(right) if of is None else of[:, self.tests]
        return over_units(right, counted, self.pair).estimates(self.confidence)[0]

    def _mean(self, outcome: Floats | Bools, counted: Bools) -> Estimate | None:
        return over_both(outcome, counted, self.pair, np.arange(outcome.shape[1]), self.confidence)


def seen_in(membership: Bools, y: Ints, classes: int) -> Ints:
    """How many records of every class were IN.

    Args:
        membership: Bool [models, records].
        y: Int [records].
        classes: how many.

    Returns:
        Int [models, classes].
    """
    return np.stack([np.bincount(y[is_in], minlength=classes) for is_in in membership])


def recovery(arm: Arm, counted: Counted) -> Recovery:
    """What an arm's models give away, as a part of the block.

    Args:
        arm: the training regime.
        counted: what its models gave away.
    """
    cap, occurrences = cap_of(arm), tuple(_occurrences(counted))
    once = next((one.irrelevant for one in occurrences if one.band == ONCE), None)
    return Recovery(
        arm=arm.name,
        models=len(counted.pair),
        accuracy=counted.accuracy(),
        null=counted.share("out"),
        cap=cap,
        over_cap=cap is not None and once is not None and once.low > cap,
        by_occurrence=occurrences,
    )


def cap_of(arm: Arm) -> float | None:
    """The share of irrelevant bits that no attacker can expect to exceed; None without DP.

    Args:
        arm: the training regime.
    """
    if arm.target_epsilon is None:
        return None
    return bit_cap(PrivacyCurve(arm.noise_multiplier, arm.schedule.sample_rate, arm.schedule.steps))


def _occurrences(counted: Counted) -> Iterator[Occurrence]:
    bands = band(counted.seen)
    for name in (*(name for _, name in BANDS), OFTENER):
        of = bands == name
        if of.any():
            yield _occurrence(counted, name, of)


def _occurrence(counted: Counted, name: str, of: Bools) -> Occurrence:
    seen = counted.seen[of]
    return Occurrence(
        band=name,
        cases=int(of.sum()),
        irrelevant=counted.share("irrelevant", of),
        out=counted.share("out", of),
        fixed=counted.share("fixed", of),
        majority=counted.share("majority", of),
        most=counted.most(of),
        accuracy=counted.accuracy(of),
        of_the_mean=float(np.mean([agreement_of_majority(n) for n in seen.tolist()])) if seen.all() else None,
    )


def agreement_of_majority(records: int) -> float:
    """Chance that one of some records agrees with their majority in a bit that is a fair coin; a tie counts half.

    The others leave it to this one to decide with probability `C(n-1, floor((n-1)/2)) / 2^(n-1)`; then it agrees (or
    makes a tie of what it would lose, which is worth as much); else as often as not.

    Args:
        records: n, at least 1.
    """
    return 0.5 + math.comb(records - 1, (records - 1) // 2) / 2**records
