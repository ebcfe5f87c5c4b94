"""Influence of training records on test records (Feldman & Zhang 2020, arXiv 2008.03703, section 2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.chance import chance_with_pairs, chance_without_pairs
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.discoveries import ChosenScores, Outcomes
from audit.estimates import ROUNDING
from audit.memorization import MemorizationScores
from audit.pool import Pool
from reports.result import Estimate, Influence, InfluencePair

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK_ELEMENTS = 4_000_000
"""Influences in one block: 32 MB, however many records there are."""
MOST_PAIRS = 200_000
"""So many pairs tell how strong influence usually is, which the strongest are drawn towards."""


@dataclass(frozen=True)
class HighPairs:
    """Pairs of a training and a test record that reach both thresholds, the strongest influence first.

    Attributes:
        train: Int [pairs]; training record.
        test: Int [pairs]; test record.
        influence: Float [pairs], in [-1, 1].
        in_correct: Int [pairs]; models with the training record IN that are right about the test record.
    """

    train: Ints
    test: Ints
    influence: Floats
    in_correct: Ints


def influence_of(membership: Bools, test_correct: Bools) -> Floats:
    """Influence of each given training record on each given test record, as one matrix product.

    `infl(i, j) = P[right about j | i IN] - P[right about j | i OUT]`; counts are exact in float32 up to 2^24.

    Args:
        membership: Bool [models, records].
        test_correct: Bool [models, test records].

    Returns:
        Float [records, test records]; NaN where a record has no IN or no OUT model.
    """
    return _influence(_in_correct(membership, test_correct), membership, test_correct)


def _influence(in_correct: Floats, membership: Bools, test_correct: Bools) -> Floats:
    in_models = membership.sum(axis=0)[:, None].astype(float)
    out_models = len(membership) - in_models
    total = test_correct.sum(axis=0)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(in_correct / in_models - (total - in_correct) / out_models, np.float64)


def high_pairs(pool: Pool, dataset: Dataset, scores: MemorizationScores, analysis: AnalysisConfig) -> HighPairs:
    """All pairs of one class with high memorization and high influence.

    Only memorized records are multiplied out, class by class and block by block: memory stays bounded for any
    number of records, and the pairs are those of the whole matrix.

    Args:
        pool: the pool.
        dataset: its records.
        scores: its memorization scores.
        analysis: the two thresholds.
    """
    found = [_of_block(pool, rows, columns, analysis) for rows, columns in _blocks(dataset, scores, analysis)]
    empty = np.zeros(0, np.int64)
    train, test, value, good = (np.concatenate([block[part] for block in found] or [empty]) for part in range(4))
    order = np.lexsort((test, train, -np.round(value, 9)))
    return HighPairs(train[order], test[order], value[order].astype(float), good[order])


def influence(
    pool: Pool, dataset: Dataset, scores: MemorizationScores, analysis: AnalysisConfig, listed: int = 20
) -> Influence:
    """The high-influence pairs as a part of the result.

    Args:
        pool: the pool.
        dataset: its records.
        scores: its memorization scores.
        analysis: thresholds and confidence.
        listed: how many of the strongest pairs are listed with their intervals.
    """
    pairs = high_pairs(pool, dataset, scores, analysis)
    return Influence(
        threshold=analysis.influential,
        pairs=len(pairs.train),
        expected_by_noise=expected_by_noise(pool, dataset, scores, analysis),
        test_records=len(np.unique(pairs.test)),
        listed=_listed(pool, dataset, scores, analysis, pairs, listed),
    )


def expected_by_noise(pool: Pool, dataset: Dataset, scores: MemorizationScores, analysis: AnalysisConfig) -> float:
    """How many pairs would reach both thresholds if no record had any influence on a test record.

    The records found memorized are kept as they are, and the coins of each are redrawn for its influence
    alone: redrawing them for both would leave hardly a memorized record, and so promise hardly a false pair.
    Instead of replicates, the exact chance of each pair is summed; it depends on the test record only (and on
    how many models the training record is IN, where models are not paired). A test record that is truly
    decided by one record of the class is noise to all others, so this is an upper estimate.

    Args:
        pool: the pool.
        dataset: its records.
        scores: its memorization scores.
        analysis: the two thresholds.
    """
    memorized = _memorized(scores, analysis.memorized)
    total = 0.0
    for one in range(dataset.classes):
        rows, columns = memorized[dataset.y[memorized] == one], np.flatnonzero(dataset.y_test == one)
        total += _expected(pool, rows, pool.test_correct[:, columns], analysis.influential)
    return total


def _expected(pool: Pool, rows: Ints, right: Bools, threshold: float) -> float:
    if pool.paired:
        discordant = (right[0::2] != right[1::2]).sum(axis=0)
        return len(rows) * float(chance_with_pairs(discordant, pool.models // 2, threshold).sum())
    goods, records = np.unique(right.sum(axis=0), return_counts=True)
    in_models, times = np.unique(pool.membership[:, rows].sum(axis=0), return_counts=True)
    chance = chance_without_pairs(goods[None, :], pool.models, in_models[:, None], threshold)
    return float(times @ chance @ records)


def _blocks(dataset: Dataset, scores: MemorizationScores, analysis: AnalysisConfig) -> Iterator[tuple[Ints, Ints]]:
    memorized = _memorized(scores, analysis.memorized)
    for one in range(dataset.classes):
        rows, columns = memorized[dataset.y[memorized] == one], np.flatnonzero(dataset.y_test == one)
        step = max(1, BLOCK_ELEMENTS // max(1, len(columns)))
        yield from ((rows[start : start + step], columns) for start in range(0, len(rows), step))


def _of_block(pool: Pool, rows: Ints, columns: Ints, analysis: AnalysisConfig) -> tuple[Ints, Ints, Floats, Ints]:
    inside, right = pool.membership[:, rows], pool.test_correct[:, columns]
    in_correct = _in_correct(inside, right)
    value = _influence(in_correct, inside, right)
    row, column = np.nonzero(value >= analysis.influential - ROUNDING)
    return rows[row], columns[column], value[row, column], in_correct[row, column].astype(np.int64)


def _in_correct(membership: Bools, test_correct: Bools) -> Floats:
    return np.asarray(membership.T.astype(np.float32) @ test_correct.astype(np.float32), np.float64)


def _memorized(scores: MemorizationScores, threshold: float) -> Ints:
    return np.flatnonzero(scores.value >= threshold - ROUNDING)


def _listed(
    pool: Pool, dataset: Dataset, scores: MemorizationScores, analysis: AnalysisConfig, pairs: HighPairs, listed: int
) -> tuple[InfluencePair, ...]:
    """The strongest pairs: shrunken, with limits that hold for all pairs that were looked at."""
    top = HighPairs(pairs.train[:listed], pairs.test[:listed], pairs.influence[:listed], pairs.in_correct[:listed])
    if not len(top.train):
        return ()
    others, looks = _looked_at(pool, dataset, scores, analysis)
    own = (top.in_correct, scores.in_models[top.train], _out_correct(pool, top), scores.out_models[top.train])
    together = Outcomes(*(np.concatenate(counts) for counts in zip(own, others, strict=True)))
    chosen = ChosenScores(together, scores.confidence, looks)
    found = []
    for place, (i, j, observed) in enumerate(
        zip(top.train.tolist(), top.test.tolist(), top.influence.tolist(), strict=True)
    ):
        influence = chosen.estimate(place)
        assert influence is not None  # a record without a score is in no pair
        found.append(
            InfluencePair(
                train_id=str(dataset.ids[i]),
                test_index=j,
                class_name=dataset.class_names[dataset.y[i]],
                memorization=_known(scores, i),
                influence=influence,
                influence_observed=observed,
            )
        )
    return tuple(sorted(found, key=lambda pair: -pair.influence.value))


def _looked_at(
    pool: Pool, dataset: Dataset, scores: MemorizationScores, analysis: AnalysisConfig
) -> tuple[tuple[Ints, Ints, Ints, Ints], int]:
    """Counts of every k-th pair that could have been listed, a few hundred thousand at most; and how many there are."""
    memorized = _memorized(scores, analysis.memorized)
    looks = int(
        sum((dataset.y[memorized] == one).sum() * (dataset.y_test == one).sum() for one in range(dataset.classes))
    )
    step = 1 + looks // MOST_PAIRS
    found: list[tuple[Ints, Ints, Ints, Ints]] = []
    for rows, columns in _blocks(dataset, scores, analysis):
        train, test = (each.reshape(-1)[::step] for each in np.meshgrid(rows, columns, indexing="ij"))
        in_correct = _in_correct(pool.membership[:, rows], pool.test_correct[:, columns]).reshape(-1)[::step]
        right = pool.test_correct[:, columns].sum(axis=0)[np.searchsorted(columns, test)]
        good = in_correct.astype(np.int64)
        found.append((good, scores.in_models[train], right - good, scores.out_models[train]))
    good, ins, other, outs = (np.concatenate(counts) for counts in zip(*found, strict=True))
    return (good, ins, other, outs), looks


def _known(scores: MemorizationScores, record: int) -> Estimate:
    found = scores.chosen.estimate(record)
    if found is None:
        raise ValueError(f"record {record} has no memorization score and cannot be in a high-influence pair")
    return found


def _out_correct(pool: Pool, pairs: HighPairs) -> Ints:
    return np.asarray(pool.test_correct[:, pairs.test].sum(axis=0) - pairs.in_correct, np.int64)
