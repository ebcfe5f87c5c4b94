"""Accuracy against leakage: removal, as much at random, and DP, all attacked alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attacks.comparison import compare
from attacks.evaluation import Evaluation, TprAtFpr
from attacks.intervals import Measurement
from audit.accuracy import accuracy_on_test
from audit.config import AnalysisConfig
from audit.estimates import UnitMeans, estimate
from audit.experiments.removal.effects import averaged
from audit.experiments.removal.pools import Removed, Without
from reports.experiments.removal import Kind, Leak, Match
from reports.findings import Estimate
from reports.numbers import fpr

THOUSAND = 1000


def auc_of(found: Evaluation | str) -> Measurement | None:
    """The AUC of the headline attack; None where it gave no scores."""
    return None if isinstance(found, str) else found.auc


def tpr_of(found: Evaluation | str, analysis: AnalysisConfig) -> Measurement | None:
    """Its TPR at the exposure's false-positive rate; None where the sample does not resolve it."""
    at = _at(found, analysis)
    return at.tpr if at else None


@dataclass(frozen=True)
class Ways:
    """All ways of training that are set side by side.

    Attributes:
        arm: the arm that is trained anew.
        base: with nothing removed.
        removed: one entry a share.
        layers: without one layer, two layers, ...
        private: name of a DP arm -> its pool.
    """

    arm: str
    base: Without
    removed: Sequence[Removed]
    layers: Sequence[Without]
    private: Mapping[str, Without]

    @property
    def named(self) -> list[tuple[str, Without]]:
        """The removals of top records with their names for a reader."""
        tops = [(f"top {_percent(one.share)}", one.top) for one in self.removed]
        return tops + [(f"{number} layer{'s' * (number > 1)}", one) for number, one in enumerate(self.layers, start=1)]

    def leaks(self, analysis: AnalysisConfig) -> tuple[Leak, ...]:
        """Accuracy and leakage of every way.

        Args:
            analysis: the headline attack's false-positive rate and confidence.
        """
        tops = len(self.removed)
        rows: list[tuple[Kind, str, str, Sequence[Without]]] = [
            ("nothing", "nothing removed", self.arm, [self.base]),
            *(("top", name, self.arm, [one]) for name, one in self.named[:tops]),
            *(("random", f"random {_percent(one.share)}", self.arm, one.random) for one in self.removed),
            *(("layer", name, self.arm, [one]) for name, one in self.named[tops:]),
            *(("dp", name, name, [one]) for name, one in self.private.items()),
        ]
        return tuple(leak_of(*row, analysis) for row in rows)


def leak_of(kind: Kind, name: str, arm: str, pools: Sequence[Without], analysis: AnalysisConfig) -> Leak:
    """Accuracy and leakage of one way of training.

    Args:
        kind: which way.
        name: for a reader.
        arm: the audit's arm.
        pools: at least one; of several, draws of the same kind, the accuracy is the mean, the leakage that of the
            first.
        analysis: the headline attack's false-positive rate and confidence.
    """
    found, removed = pools[0].leakage, float(pools[0].removed[0].mean())
    auc, tpr, at = auc_of(found), tpr_of(found, analysis), _at(found, analysis)
    rate = estimate(tpr) if tpr else None
    return Leak(
        kind=kind,
        name=name,
        arm=arm,
        removed=removed,
        accuracy=accuracy_of(pools).first(analysis.confidence),
        auc=estimate(auc) if auc else None,
        tpr=rate,
        found=_scaled(rate, THOUSAND * (1 - removed), analysis) if rate else None,
        reason=at.reason if at else str(found),
    )


def accuracy_of(pools: Sequence[Without]) -> UnitMeans:
    """Test accuracy, the mean over draws.

    Args:
        pools: at least one.
    """
    return averaged([accuracy_on_test(one.pool) for one in pools])


def matches_of(
    private: Mapping[str, Without], removed: Sequence[tuple[str, Without]], analysis: AnalysisConfig
) -> Iterator[Match]:
    """Every removal beside every DP arm that has scores.

    Args:
        private: name of a DP arm -> its pool.
        removed: names and pools.
        analysis: confidence.
    """
    for arm, dp in private.items():
        for name, one in removed:
            first, second = dp.leakage, one.leakage
            if isinstance(first, str) or isinstance(second, str):
                continue
            found = compare(first, second, analysis.confidence)
            at = next(rate for rate in found.tpr_at if math.isclose(rate.fpr, analysis.exposure_fpr))
            yield Match(
                dp=arm,
                name=name,
                removed=float(one.removed[0].mean()),
                accuracy=(accuracy_of([one]) - accuracy_of([dp])).first(analysis.confidence),
                auc=estimate(found.auc),
                tpr=estimate(at.difference) if at.difference else None,
            )


def _at(found: Evaluation | str, analysis: AnalysisConfig) -> TprAtFpr | None:
    if isinstance(found, str):
        return None
    return next(at for at in found.tpr_at if math.isclose(at.fpr, analysis.exposure_fpr))


def _percent(share: float) -> str:
    return f"{fpr(round(share, 9))}"


def _scaled(rate: Estimate, by: float, analysis: AnalysisConfig) -> Estimate:
    """A rate as a number of records."""
    told = f"{rate.method}; times the records of 1,000 that stay, at {fpr(analysis.exposure_fpr)} FPR"
    ends = {name: getattr(rate, name) * by for name in ("value", "low", "high")}
    return rate.model_copy(update={**ends, "method": told})
