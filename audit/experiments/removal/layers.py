"""The onion: the top records removed layer by layer, each ranked on models that were trained without those before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.accuracy import accuracy_on_test
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.estimates import estimate
from audit.experiments.removal import effects as effects
from audit.experiments.removal.asked import Asked
from audit.experiments.removal.attack import hits_of
from audit.experiments.removal.pools import Course, Without
from audit.experiments.removal.sets import Ranking, among, crossed, own, size_of
from audit.experiments.removal.trade import auc_of, tpr_of
from audit.halves import halves
from audit.pool import Pool
from reports.experiments.removal import Layer, Peel

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Counts = tuple[effects.Count, effects.Count]
"""With nothing removed, and without the layers."""


def peeled(
    course: Course, ranking: Ranking, orders: Sequence[Ints], wanted: Asked, removed: Sequence[Bools]
) -> list[tuple[Bools, Pool]]:
    """Train what a removal needs, the onion layer by layer.

    Each half of the pool has a chain: it ranks the records on models of its own that were trained without the
    layers before, and the other half is trained without them and judged.

    Args:
        course: trains.
        ranking: how records are ranked.
        orders: the records from most to least with nothing removed, as either half has them.
        wanted: the settings.
        removed: Bool [models, records] each; what is trained beside the first layer.

    Returns:
        What is removed from whom, and the pool, of every layer.
    """
    pair, records = course.pool.pair, len(ranking.dataset.y)
    size, found = size_of(wanted.layer_share, records), []
    sets = [np.zeros(records, bool), np.zeros(records, bool)]
    tops, beside = [order[:size] for order in orders], list(removed)
    for layer in range(1, wanted.layers + 1):
        sets = [chosen | among(top, records) for chosen, top in zip(sets, tops, strict=True)]
        judged, choosing = crossed(pair, (sets[0], sets[1])), own(pair, (sets[0], sets[1]))
        last = layer == wanted.layers
        course.train([*beside, judged, *([] if last else [choosing])], max(0, 2 * (wanted.layers - layer) - 1))
        found.append((judged, course.pools(judged)[0]))
        if not last:
            tops = [
                ranking.most_first(course.pools(choosing)[0], half, ~sets[k])[:size]
                for k, half in enumerate(halves(pair))
            ]
        beside = []
    if beside:
        course.train(beside)
    return found


def layers_of(base: Without, without: Sequence[Without], dataset: Dataset, analysis: AnalysisConfig) -> Iterator[Layer]:
    """One entry a layer, nothing removed first; every chain is judged by the half that did not choose it.

    Args:
        base: the audit's pool.
        without: the pools without one layer, two layers, ...
        dataset: the records.
        analysis: thresholds and confidence.
    """
    coins, first = base.pool.membership, list[Counts | None]([None, None])
    for number, one in enumerate((base, *without)):
        gone = one.removed
        memorized = _counts(coins, (base.pool.correct, one.pool.correct), gone, analysis)
        before, after = (hits_of(pool, dataset, gone, analysis) for pool in (base.pool, one.pool))
        exposed = None if before is None or after is None else _counts(coins, (before, after), gone, analysis)
        found = [memorized, exposed]
        peels = [_peel(counts, at_first, analysis.confidence) for counts, at_first in zip(found, first, strict=True)]
        yield _layer(number, one, peels, coins, analysis)
        first = first if number else found


def _counts(coins: Bools, outcomes: tuple[Bools, Bools], gone: Bools, analysis: AnalysisConfig) -> Counts:
    stay = ~gone[0::2]
    expected, now = (
        effects.counted(effects.halved(effects.gains(coins, one), stay), analysis.memorized) for one in outcomes
    )
    return expected, now


def _peel(counts: Counts | None, first: Counts | None, confidence: float) -> Peel | None:
    if counts is None:
        return None
    expected, now = counts
    return Peel(
        now=now.estimate(confidence),
        expected=expected.estimate(confidence),
        onion=(now - expected).estimate(confidence) if first else None,
        fallen=(now - first[1]).estimate(confidence) if first else None,
    )


def _layer(number: int, one: Without, peels: Sequence[Peel | None], coins: Bools, analysis: AnalysisConfig) -> Layer:
    stay, (memorized, exposed) = ~one.removed[0::2], peels
    tpr, auc = tpr_of(one.leakage, analysis), auc_of(one.leakage)
    assert memorized is not None
    return Layer(
        layer=number,
        removed=float(one.removed[0].mean()),
        left=int(stay[0].sum()),
        memorized=memorized,
        exposed=exposed,
        mean=effects.mean_gain(effects.gains(coins, one.pool.correct), stay).first(analysis.confidence),
        accuracy=accuracy_on_test(one.pool).first(analysis.confidence),
        auc=estimate(auc) if auc else None,
        tpr=estimate(tpr) if tpr else None,
    )
