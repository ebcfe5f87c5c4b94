"""The onion: the top records removed layer by layer, each ranked on models that were trained without those before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.accuracy import accuracy_on_test
from audit.config import AnalysisConfig
from audit.estimates import estimate
from audit.experiments import removal_effects as effects
from audit.experiments.removal_asked import Asked
from audit.experiments.removal_pools import Course, Without
from audit.experiments.removal_sets import Ranking, among, crossed, own, size_of
from audit.experiments.removal_trade import auc_of, tpr_of
from audit.halves import halves
from audit.pool import Pool
from reports.experiments.removal import Layer

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


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
    pair, records = course.base.pools[course.arm].pair, len(ranking.dataset.y)
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


def layers_of(base: Without, peeled: Sequence[Without], analysis: AnalysisConfig) -> Iterator[Layer]:
    """One entry a layer, nothing removed first; every chain is judged by the half that did not choose it.

    Args:
        base: the audit's pool.
        peeled: the pools without one layer, two layers, ...
        analysis: thresholds and confidence.
    """
    first: effects.Count | None = None
    for number, one in enumerate((base, *peeled)):
        counts = [_count(pool, one.removed, base.pool.membership, analysis) for pool in (base.pool, one.pool)]
        yield _layer(number, one, (counts[0], counts[1]), first, base.pool.membership, analysis)
        first = first or counts[1]


def _count(pool: Pool, removed: Bools, coins: Bools, analysis: AnalysisConfig) -> effects.Count:
    gain = effects.gains(coins, pool.correct)
    return effects.counted(effects.halved(gain, ~removed[0::2]), analysis.memorized)


def _layer(
    number: int,
    one: Without,
    counts: tuple[effects.Count, effects.Count],
    first: effects.Count | None,
    coins: Bools,
    analysis: AnalysisConfig,
) -> Layer:
    confidence, pairs, (expected, memorized) = analysis.confidence, len(coins) // 2, counts

    stay = ~one.removed[0::2]
    tpr, auc = tpr_of(one.leakage, analysis), auc_of(one.leakage)
    return Layer(
        layer=number,
        removed=float(one.removed[0].mean()),
        left=int(stay[0].sum()),
        memorized=memorized.estimate(confidence, pairs),
        expected=expected.estimate(confidence, pairs),
        onion=(memorized - expected).estimate(confidence, pairs) if number else None,
        fallen=(memorized - first).estimate(confidence, pairs) if first else None,
        mean=effects.mean_gain(effects.gains(coins, one.pool.correct), stay).first(confidence),
        accuracy=accuracy_on_test(one.pool).first(confidence),
        auc=estimate(auc) if auc else None,
        tpr=estimate(tpr) if tpr else None,
    )
