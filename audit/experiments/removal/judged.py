"""What removing a share of the records does to accuracy, with paired intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.estimates import UnitMeans, over_records, over_units
from audit.experiments.removal.luck import luck_of, widened
from audit.experiments.removal.pools import Removed
from audit.experiments.removal.staying import outcomes_by_answer, outcomes_by_attack, staying
from audit.groups import held_out_columns, numbered, record_columns
from audit.halves import halves
from reports.experiments.removal import Compared, GroupCost, Influenced, Share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def share_of(removed: Removed, dataset: Dataset, analysis: AnalysisConfig, seed: int) -> Share:
    """What removing one share does, as a part of the block.

    Args:
        removed: the pools.
        dataset: the records.
        analysis: thresholds and confidence.
        seed: of the tests by swapping.
    """
    first, second = removed.top.sets
    accuracy = accuracies(removed, dataset, analysis.confidence, np.zeros(len(dataset.y_test), np.int64), 1)[0]
    if accuracy is None:
        raise ValueError("without test records there is no accuracy")
    hits = outcomes_by_attack(removed, dataset, analysis)
    return Share(
        share=removed.share,
        records=int(first.sum()),
        agreement=float((first & second).sum() / first.sum()),
        accuracy=accuracy,
        by_group=tuple(_by_group(removed, dataset, analysis.confidence)),
        influenced=_influenced(removed, analysis),
        memorization=staying(outcomes_by_answer(removed), dataset.ids, analysis, seed),
        exposure=staying(hits, dataset.ids, analysis, seed) if hits else None,
    )


def compared(nothing: UnitMeans, top: UnitMeans, random: UnitMeans, confidence: float) -> list[Compared | None]:
    """Three rates and their paired differences, one entry a figure; None where a figure cannot be had.

    Args:
        nothing: with nothing removed.
        top: without the top records.
        random: without as many at random.
        confidence: two-sided level in (0, 1).
    """
    means = {
        "nothing": nothing,
        "top": top,
        "random": random,
        "cost_top": top - nothing,
        "cost_random": random - nothing,
        "beyond": top - random,
    }
    columns = {name: one.estimates(confidence) for name, one in means.items()}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [None if None in row.values() else Compared.model_validate(row) for row in rows]


def accuracies(
    removed: Removed, dataset: Dataset, confidence: float, label: Ints, groups: int
) -> list[Compared | None]:
    """Accuracy on the test records of each group: with everything, without the top, without as many at random.

    Args:
        removed: the pools.
        dataset: the records.
        confidence: two-sided level in (0, 1).
        label: Int [test records], group of each.
        groups: number of groups.
    """
    every, pool = np.ones(removed.influenced.shape, bool), removed.base.pool
    three = [over_records(right, every, pool.pair, label, groups) for right in _answers(removed)]
    found = compared(three[0], three[1], three[2], confidence)
    sizes = np.bincount(dataset.y[removed.top.sets[0]], minlength=dataset.classes)
    share = (label[:, None] == np.arange(groups)) / np.maximum(np.bincount(label, minlength=groups), 1)
    luck = luck_of(pool, dataset.y, sizes, pool.test_correct @ share).tolist()
    units = len(three[0].parts)
    return [
        one and one.model_copy(update={"beyond": widened(one.beyond, by, units)})
        for one, by in zip(found, luck, strict=True)
    ]


def _answers(removed: Removed) -> tuple[Floats, Floats, Floats]:
    """Float [models, test records] in [0, 1]; whether the models are right; the mean over random removals."""
    random = np.mean([one.pool.test_correct for one in removed.random], axis=0)
    nothing, top = (one.pool.test_correct.astype(float) for one in (removed.base, removed.top))
    return nothing, top, random


def _by_group(removed: Removed, dataset: Dataset, confidence: float) -> Iterator[GroupCost]:
    in_training = record_columns(dataset)
    for column, of_record in held_out_columns(dataset).items():
        names, label = numbered(of_record)
        found = accuracies(removed, dataset, confidence, label, len(names))
        for number, (name, accuracy) in enumerate(zip(names, found, strict=True)):
            if accuracy is not None:
                members = in_training[column] == name if column in in_training else None
                sizes = [] if members is None else [chosen[members].sum() for chosen in removed.top.sets]
                gone = float(np.mean(sizes)) if sizes else None
                size = int((label == number).sum())
                yield GroupCost(column=column, group=name, test_records=size, removed=gone, accuracy=accuracy)


def _influenced(removed: Removed, analysis: AnalysisConfig) -> Influenced:
    mask, pair = removed.influenced, removed.base.pool.pair
    some = mask.any(axis=1)  # a half whose set influences no test record says nothing of them
    accuracy = None
    if some.any():
        three = [over_units(right[some], mask[some], pair[some]) for right in _answers(removed)]
        accuracy = compared(three[0], three[1], three[2], analysis.confidence)[0]
    return Influenced(
        threshold=analysis.influential,
        test_records=float(np.mean([mask[half[0]].sum() for half in halves(pair)])),
        expected_by_noise=removed.expected,
        accuracy=accuracy,
    )
