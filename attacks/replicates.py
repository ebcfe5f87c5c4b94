"""Scores with groups of model pairs left out, and what records give away in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, Ints, Part, PartsOf
from attacks.exposure import Exposure, record_exposures, thresholds
from attacks.roc import ROUNDING
from attacks.threads import in_parallel

KEPT = 3
"""Scores are kept that lie above the threshold of so many times the highest FPR asked for."""


def parts_without(attack: Attack, evidence: Evidence, scores: Floats, group: Ints) -> PartsOf:
    """The attack's scores with every group left out in turn.

    An attack's own `replicates` are taken unless it has none or a subclass changed `scores` but not them; an
    attack without references scores its targets as before.

    Args:
        attack: the attack, resolved on the whole evidence.
        evidence: the pool.
        scores: Float [models, records]; the attack's scores with nobody left out.
        group: Int [models]; number of each model's group of whole pairs, from 0 on.
    """
    if not attack.references:
        return lambda own: _unchanged(scores, group, own)
    lines = type(attack).__mro__
    changed = next(place for place, line in enumerate(lines) if "scores" in vars(line))
    shared = next((place for place, line in enumerate(lines) if "replicates" in vars(line)), len(lines))
    return attack.replicates(evidence, group) if shared <= changed else Attack.replicates(attack, evidence, group)


def exposures_without(
    attack: Attack, evidence: Evidence, scores: Floats, group: Ints, fprs: Sequence[float]
) -> list[dict[float, Exposure]]:
    """What `record_exposures` finds with each group left out, from the highest scores alone.

    Args:
        attack: the attack, resolved on the whole evidence.
        evidence: the pool.
        scores: Float [models, records]; the attack's scores with nobody left out.
        group: Int [models]; number of each model's group of whole pairs, from 0 on.
        fprs: pooled false-positive rates, each in (0, 1).
    """
    out = scores[~np.isnan(scores) & ~evidence.membership]
    floor = float(thresholds(out, [min(1.0, KEPT * max(fprs))])[0])
    tails = [_Tail(evidence.membership, floor) for _ in range(int(group.max()) + 1)]
    parts = parts_without(attack, evidence, scores, group)

    def collect(own: int) -> None:
        for part in parts(own):
            tails[part.left_out].add(part)

    in_parallel(collect, range(len(tails)))
    return [
        tail.exposures(fprs) or _in_full(attack, evidence.take(np.flatnonzero(group != left_out)), fprs)
        for left_out, tail in enumerate(tails)
    ]


class _Tail:
    """The highest scores of a replicate, and how many scores each record has."""

    def __init__(self, membership: Bools, floor: float) -> None:
        self.membership, self.floor, self.lock = membership, floor, Lock()
        self.models = np.zeros((2, membership.shape[1]), np.int64)
        self.kept: list[tuple[Floats, Bools, Ints]] = []

    def add(self, part: Part) -> None:
        """Keep what is above the floor."""
        inside = self.membership[part.models, part.records]
        missing = np.isnan(part.scores)
        counted = inside & ~missing
        row, column = np.nonzero(part.scores > self.floor)
        high = part.scores[row, column], inside[row, column], column + (part.records.start or 0)
        with self.lock:
            self.kept.append(high)
            self.models[1, part.records] += counted.sum(axis=0)
            self.models[0, part.records] += len(inside) - missing.sum(axis=0) - counted.sum(axis=0)

    def exposures(self, fprs: Sequence[float]) -> dict[float, Exposure] | None:
        """The counts at each FPR; None if too little was kept to find a threshold."""
        empty = (np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int64))
        scores, inside, record = (np.concatenate(part) for part in zip(empty, *self.kept, strict=True))
        out, records = np.sort(scores[~inside]), self.models.shape[1]
        found = {}
        for fpr in fprs:
            allowed = int(np.floor(fpr * self.models[0].sum() + ROUNDING))
            if allowed >= len(out):
                return None
            threshold = float(out[len(out) - 1 - allowed])
            hit = scores > threshold
            hits = (np.bincount(record[hit & side], minlength=records) for side in (inside, ~inside))
            in_hits, out_hits = hits
            found[fpr] = Exposure(threshold, in_hits, self.models[1], out_hits, self.models[0])
        return found


def _in_full(attack: Attack, evidence: Evidence, fprs: Sequence[float]) -> dict[float, Exposure]:
    return record_exposures(attack.scores(evidence), evidence.membership, fprs)


def _unchanged(scores: Floats, group: Ints, own: int) -> Iterator[Part]:
    models = np.flatnonzero(group == own)
    for left_out in range(int(group.max()) + 1):
        if left_out != own:
            yield Part(left_out, models, slice(0, scores.shape[1]), scores[models])
