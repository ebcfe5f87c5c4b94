"""Leakage of groups of records, at the one threshold that an attacker uses for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, Ints
from attacks.exposure import Exposure, record_exposures
from attacks.grouping import group_labels, pair_groups
from attacks.intervals import Measurement, clopper_pearson
from attacks.jackknife import Jackknife
from attacks.record_intervals import RecordScores, effective_trials
from attacks.replicates import exposures_without


@dataclass(frozen=True, slots=True)
class GroupRates:
    """What an attack does to the records of one group.

    Attributes:
        tpr: share of its members that are found; None where no member has a score.
        fpr: share of its non-members that are accused; None where no non-member has a score.
    """

    tpr: Measurement | None
    fpr: Measurement | None


@dataclass(frozen=True)
class GroupLeakage:
    """Hits and false alarms, record by record, with nobody and with every group of model pairs left out.

    Attributes:
        whole: of all models.
        without: without each group of pairs.
        sizes: Int [groups of pairs].
    """

    whole: Exposure
    without: Sequence[Exposure]
    sizes: Ints

    @classmethod
    def of(cls, attack: Attack, evidence: Evidence, scores: Floats, fpr: float) -> GroupLeakage:
        """Count at the threshold that has this FPR over all records and targets.

        Args:
            attack: the attack, resolved on the whole evidence.
            evidence: the pool.
            scores: Float [models, records]; the attack's.
            fpr: in (0, 1).
        """
        whole = record_exposures(scores, evidence.membership, (fpr,))[fpr]
        group = group_labels(evidence.pair)
        without = exposures_without(attack, evidence, scores, group, (fpr,))
        sizes = np.array([len(numbers) for numbers in pair_groups(evidence.pair)])
        return cls(whole, [found[fpr] for found in without], sizes)

    def by_group(self, label: Ints, groups: int, confidence: float) -> list[GroupRates]:
        """The rates of every group of records; intervals range over models and hold for all groups at once.

        Args:
            label: Int [records], in [0, groups).
            groups: number of groups, at least 1.
            confidence: that all intervals hold together (Bonferroni), in (0, 1).
        """
        members, others = (self._rates(label, groups, *side, confidence) for side in (_INSIDE, _OUT))
        return [GroupRates(tpr, fpr) for tpr, fpr in zip(members, others, strict=True)]

    def _rates(self, label: Ints, groups: int, hits: str, trials: str, confidence: float) -> list[Measurement | None]:
        counted = _summed(getattr(self.whole, trials), label, groups)
        found = Jackknife(
            _share(self.whole, label, groups, hits, trials),
            np.stack([_share(one, label, groups, hits, trials) for one in self.without]),
            self.sizes,
        )
        each = 1 - (1 - confidence) / groups
        size = found.effective_sample(counted, each)
        limits = found.rate_interval(counted, each)
        method = (
            f"Clopper-Pearson at the effective sample size, delete-a-group jackknife over {len(self.sizes)} groups of "
            f"model pairs; ranges over models; Bonferroni over {groups} group(s)"
        )
        rows = zip(found.value, limits.low, limits.high, size, counted, strict=True)
        return [
            Measurement(float(value), float(low), float(high), confidence, method, max(1, int(n))) if trial else None
            for value, low, high, n, trial in rows
        ]


_INSIDE, _OUT = ("in_hits", "in_models"), ("out_hits", "out_models")


def given_leakage(found: RecordScores, label: Ints, groups: int, fpr: float, confidence: float) -> list[GroupRates]:
    """The same for models that are given: intervals range over records, at the threshold that was found.

    Args:
        found: the scores of the models under audit.
        label: Int [records], in [0, groups).
        groups: number of groups, at least 1.
        fpr: pooled false-positive rate of the threshold, in (0, 1).
        confidence: that all intervals hold together (Bonferroni), in (0, 1).
    """
    hit = found.scores > float(found.sample.threshold(fpr))
    each = 1 - (1 - confidence) / groups

    def rate(counted: Bools, group: int) -> Measurement | None:
        of_group = counted[:, label == group]
        hits, trials = (hit[:, label == group] & of_group).sum(axis=0), of_group.sum(axis=0)
        if not trials.any():
            return None
        size, value = effective_trials(hits, trials), float(hits.sum() / trials.sum())
        low, high = (float(limit) for limit in clopper_pearson(value * size, size, each))
        method = f"Clopper-Pearson, threshold given; ranges over records; Bonferroni over {groups} group(s)"
        return Measurement(value, low, high, confidence, method, int(size))

    return [GroupRates(rate(found.inside, group), rate(found.out, group)) for group in range(groups)]


def _share(found: Exposure, label: Ints, groups: int, hits: str, trials: str) -> Floats:
    """Float [groups]: hits over trials; 0 where a group has no trial."""
    counted = _summed(getattr(found, trials), label, groups)
    return _summed(getattr(found, hits), label, groups) / np.maximum(counted, 1)


def _summed(of_record: Ints, label: Ints, groups: int) -> Floats:
    return np.bincount(label, weights=of_record, minlength=groups).astype(np.float64)
