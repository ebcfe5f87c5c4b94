"""Figures of an attack with groups of model pairs left out, from counts of scores between fixed marks.

Sorting the scores anew for every group takes most of an analysis's time, and the figures of two groups differ
by so little that it would be wasted: the scores of all groups are counted between the same marks, set where
the whole pool's scores lie. What counting loses is lost with nobody left out, too, and taken away again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from attacks.base import Attack, Bools, Evidence, Floats, Ints
from attacks.grouping import group_labels, pair_groups
from attacks.jackknife import Jackknife
from attacks.replicates import parts_without
from attacks.roc import ROUNDING, Sample, area
from attacks.threads import in_parallel

BODY, TAIL = 8192, 2048
"""Marks that divide the scores evenly, and marks that divide the logarithm of the FPR evenly.

The tail's lie .8 % of an FPR apart in ten million scores, and between two marks the ROC is a straight line.
"""
BINS = BODY + TAIL + 1
CATEGORIES = 8
"""A score's target is of the first half or not, its record even or odd, and a member or not."""
MOST_CELLS, FEWEST_CELLS = 2**20, 2**18
"""Cells are a finer, quickly found division: leading bits of a score as a float."""
RANGE = 2.0**-60
"""How much smaller than the largest a score may be to be told from 0."""


Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Marks:
    """A division of all scores into bins, from low to high.

    Attributes:
        least: scores of a smaller size than this are not told apart.
        shift: bits of a score's key that are not looked at.
        first: the lowest cell.
        bin_of: Int [cells]; the bin, times the number of categories.
        solid: Bool [bins]; the bin holds one single score, several times: no line is drawn through it.
    """

    least: float
    shift: int
    first: int
    bin_of: Ints
    solid: Bools

    @classmethod
    def of(cls, sample: Sample) -> Marks:
        """Marks where the scores of a sample lie.

        Args:
            sample: members and non-members, at least one of either.
        """
        both = (sample.inside, sample.out)
        ends = np.array([min(part[0] for part in both), max(part[-1] for part in both)])
        size = float(np.abs(ends[np.isfinite(ends)]).max(initial=1e-300))
        least = max(min(_least(part) for part in both), RANGE * size) if size > 1e-290 else 1.0
        low, high = (int(key) for key in _keys(ends, min(least, size)))
        cells = min(MOST_CELLS, max(FEWEST_CELLS, len(sample.inside) + len(sample.out)))
        shift = max(0, ((high - low) // cells).bit_length())
        unset = cls(min(least, size), shift, low >> shift, np.zeros(0, np.int64), np.zeros(0, bool))
        inside, out = (unset.cells(part) for part in both)
        bin_of = _bins(inside, out, (high >> shift) - unset.first + 1)
        return replace(unset, bin_of=bin_of * CATEGORIES, solid=_solid(sample.out, bin_of[out]))

    def cells(self, scores: Floats) -> Ints:
        """The cell of each score, from 0 on; outside the sample's range it may be negative or too high.

        Args:
            scores: Float, any shape, without NaN.
        """
        cells = _keys(scores, self.least)
        cells >>= self.shift
        cells -= self.first
        return cells

    def counts(self, scores: Floats, category: Bytes) -> Ints:
        """How many scores of each category lie in each bin, Int [bins, categories].

        Args:
            scores: Float [...]; NaN is no score.
            category: of the same shape, in [0, 8).
        """
        missing = np.isnan(scores)
        if missing.any():
            scores, category = scores[~missing], category[~missing]
        places = self.bin_of.take(self.cells(scores), mode="clip")
        places += category
        return np.bincount(places.ravel(), minlength=BINS * CATEGORIES).reshape(BINS, CATEGORIES)


def counted_jackknife(
    attack: Attack, evidence: Evidence, scores: Floats, sample: Sample, first_half: Bools, fprs: Floats
) -> Jackknife:
    """AUC, balanced accuracy and TPRs, all of them from counts.

    Args:
        attack: the attack, resolved on the whole evidence.
        evidence: the pool.
        scores: Float [models, records]; the attack's scores with nobody left out.
        sample: the same scores, of members and of non-members.
        first_half: Bool [models]; the half of the targets, for the balanced accuracy.
        fprs: Float [rates], in [0, 1].
    """
    marks, group = Marks.of(sample), group_labels(evidence.pair)
    parity = np.arange(scores.shape[1]) % 2 * 4
    category = (evidence.membership + 2 * first_half[:, None] + parity).astype(np.uint8)
    whole, without = replicate_counts(attack, evidence, scores, group, marks, category)
    value = figures_of(whole, marks.solid, fprs)
    replicates = np.stack([figures_of(counts, marks.solid, fprs) for counts in without])
    return Jackknife(value, replicates, np.array([len(numbers) for numbers in pair_groups(evidence.pair)]))


def replicate_counts(
    attack: Attack, evidence: Evidence, scores: Floats, group: Ints, marks: Marks, category: Bytes
) -> tuple[Ints, Ints]:
    """Counts with nobody left out, Int [bins, categories], and with each group, Int [groups, bins, categories].

    Args:
        attack: the attack, resolved on the whole evidence.
        evidence: the pool.
        scores: Float [models, records]; the attack's scores with nobody left out.
        group: Int [models]; number of each model's group of whole pairs, from 0 on.
        marks: where to count.
        category: [models, records], in [0, 8).
    """
    groups = int(group.max()) + 1
    of_group = np.stack(
        in_parallel(lambda one: marks.counts(scores[group == one], category[group == one]), range(groups))
    )
    whole = of_group.sum(axis=0)
    if not attack.references:
        return whole, whole - of_group  # a target's scores are its own
    parts, without, lock = parts_without(attack, evidence, scores, group), np.zeros_like(of_group), Lock()

    def count(own: int) -> None:
        for part in parts(own):
            counts = marks.counts(part.scores, category[part.models, part.records])
            with lock:
                without[part.left_out] += counts

    in_parallel(count, range(groups))
    return whole, without


def figures_of(counts: Ints, solid: Bools, fprs: Floats) -> Floats:
    """AUC, balanced accuracy and TPRs, as `Sample` and `balanced_accuracy` have them, from counts.

    Args:
        counts: Int [bins, categories].
        solid: Bool [bins].
        fprs: Float [rates], in [0, 1].

    Returns:
        Float [2 + rates]; NaN for what lacks members or non-members.
    """
    # [bins + 1, half and parity, membership]: scores above each bin, from none to all.
    above = np.concatenate([np.zeros((1, CATEGORIES), np.int64), np.cumsum(counts[::-1], axis=0)])
    above = above.reshape(len(above), CATEGORIES // 2, 2)
    out, inside = above.sum(axis=1).T
    rates = _tpr(out, inside, solid, fprs)
    return np.array([area(out, inside), _balanced(above), *rates])


def _tpr(out: Ints, inside: Ints, solid: Bools, fprs: Floats) -> Floats:
    """Of a crossing bin as large a share of the members is taken as of the non-members that are allowed."""
    if not (out[-1] and inside[-1]):
        return np.full(len(fprs), np.nan)
    allowed = np.floor(fprs * out[-1] + ROUNDING)
    place = np.searchsorted(out, allowed, side="right") - 1
    above = np.minimum(place + 1, len(out) - 1)
    crossing = out[above] - out[place]
    line = (crossing > 0) & ~solid[::-1][above - 1]
    share = np.where(line, (allowed - out[place]) / np.maximum(crossing, 1), 0.0)
    return np.asarray((inside[place] + share * (inside[above] - inside[place])) / inside[-1], np.float64)


def _balanced(above: Ints) -> float:
    """Each quarter at the threshold that is best on the opposite one (see `attacks.targets`)."""
    total = above[-1]
    if not total.all():
        return float("nan")
    gain = above[:, :, 1] / total[:, 1] - above[:, :, 0] / total[:, 0]
    quarter = np.arange(len(total))
    alarms, hits = above[gain.argmax(axis=0)[::-1], quarter].sum(axis=0) / total.sum(axis=0)
    return float((hits + 1 - alarms) / 2)


def _keys(scores: Floats, least: float) -> Ints:
    """Int64 in the order of the scores, finer for smaller ones: the bits of a float above those of the least."""
    negative = scores.view(np.int64) >> 63
    keys = (np.abs(scores) + least).view(np.int64)
    keys -= np.float64(least).view(np.int64)
    keys ^= negative
    keys -= negative
    return keys


def _least(rising: Floats) -> float:
    """The smallest size of a score other than 0; infinite if there is none."""
    below, above = np.searchsorted(rising, 0.0), np.searchsorted(rising, 0.0, side="right")
    sizes = np.abs(np.concatenate([rising[below - 1 : below], rising[above : above + 1]]))
    return float(sizes.min(initial=np.inf))


def _bins(inside: Ints, out: Ints, cells: int) -> Ints:
    """The bin of each cell: half by how many scores, half by the logarithm of how many non-members lie above."""
    non_members = np.bincount(out, minlength=cells)
    everybody = non_members + np.bincount(inside, minlength=cells)
    occupied = np.flatnonzero(everybody)
    below = (np.cumsum(everybody) - everybody)[occupied] / everybody.sum()
    above = np.maximum(np.cumsum(non_members[::-1])[::-1][occupied], 1)
    tail = 1 - np.log(above) / np.log(max(len(out), 2))
    return np.asarray(np.interp(np.arange(cells), occupied, BODY * below + TAIL * tail), np.int32)


def _solid(out: Floats, bins: Ints) -> Bools:
    distinct = np.concatenate([[True], out[1:] != out[:-1]])
    values, scores = np.bincount(bins[distinct], minlength=BINS), np.bincount(bins, minlength=BINS)
    return np.asarray((values == 1) & (scores > 1))
