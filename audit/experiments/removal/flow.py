"""Training without the most memorized records: who gains, who loses, and who is exposed then.

Feldman & Zhang 2020, arXiv 2008.03703, section 3.4 (removal against as many at random); Carlini et al. 2022, arXiv
2206.10469 (the onion effect). Cross-fit: one half of the pool's pairs chooses the records, the other half is trained
without them and judged, and the other way round; so nothing is chosen and judged by the same models.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from audit.blocks import pool_digest
from audit.experiments.base import Base
from audit.experiments.removal.answer import answer, limits
from audit.experiments.removal.asked import Asked, check_config, check_records
from audit.experiments.removal.attack import evaluated
from audit.experiments.removal.judged import share_of
from audit.experiments.removal.layers import layers_of, peeled
from audit.experiments.removal.pools import Course, Removed, Without
from audit.experiments.removal.sets import Ranking, among, crossed, drawn, influenced, size_of
from audit.experiments.removal.trade import Ways, matches_of
from audit.halves import halves
from audit.pool import Pool
from audit.progress import Phases, Progress
from audit.store import lock
from reports.experiments.removal import Removal

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

FIGURES = 1.0
"""How long all figures take beside the attacks on one pool."""
_ATTACKS_A_POOL = 2.0
"""How many attacks a pool costs, its figures included: records that stay are attacked once more, and pools compared."""


@dataclass(frozen=True)
class Chosen:
    """Which records are removed for one share, before anything is trained.

    Attributes:
        share: share of the records.
        top: Bool [models, records]; the records that the other half ranks highest.
        random: the same of every random draw.
        influenced: Bool [models, test records]; those that the top records influence, as the other half has it.
        expected: how many of these are expected by chance, mean of the two halves.
    """

    share: float
    top: Bools
    random: tuple[Bools, ...]
    influenced: Bools
    expected: float


def removal(base: Base, wanted: Asked, listener: Progress) -> Removal:
    """Choose, train anew, and judge.

    Args:
        base: the audit.
        wanted: the settings.
        listener: hears of it.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    started, dataset = time.perf_counter(), base.dataset
    check_config(base.config, wanted)
    check_records(len(dataset.y), len(dataset.y_test), wanted)
    ranking, pool = Ranking(wanted.by, dataset, base.config.analysis, base.config.pool.seed), base.pools[wanted.arm]
    everything = np.ones(len(dataset.y), bool)
    orders = [ranking.most_first(pool, half, everything) for half in halves(pool.pair)]
    chosen = [chosen_of(pool, ranking, orders, share, wanted.repeats) for share in wanted.shares]
    first = _attacked_first(base, wanted, listener)
    with lock(base.folder.path):
        course = Course(base, wanted.arm, listener)
        layers = peeled(course, ranking, orders, wanted, [each for one in chosen for each in (one.top, *one.random)])
        shares = [(one, course.pools(one.top, *one.random)) for one in chosen]
    block = judged(base, wanted, first, shares, layers, listener)
    listener.end()
    seconds = time.perf_counter() - started
    return block.model_copy(update={"seconds": seconds, "models_trained": course.models})


def _attacked_first(base: Base, wanted: Asked, listener: Progress) -> Without:
    """The audit's pool with nothing removed, attacked; from its time follows what all other attacks will cost."""
    pool, began = base.pools[wanted.arm], time.perf_counter()
    nothing = np.zeros(pool.membership.shape, bool)
    found = Without(pool, nothing, evaluated(pool, base.dataset, nothing, base.config.analysis))
    private = sum(arm.target_epsilon is not None for arm in base.plan.arms)
    pools = len(wanted.shares) * (1 + wanted.repeats) + wanted.layers + private
    seconds = _ATTACKS_A_POOL * pools * (time.perf_counter() - began)
    listener.plan([f"removal: {pools} pools to attack after training, about {seconds:,.0f} s with all figures"])
    return found


def chosen_of(pool: Pool, ranking: Ranking, orders: Sequence[Ints], share: float, repeats: int) -> Chosen:
    """What is removed for one share.

    Args:
        pool: the audit's pool.
        ranking: how the records were ranked.
        orders: the records from most to least, as either half has them.
        share: share of the records.
        repeats: random draws.
    """
    dataset, threshold = ranking.dataset, ranking.analysis.influential
    one, other = (among(order[: size_of(share, len(dataset.y))], len(dataset.y)) for order in orders)
    top, parts = crossed(pool.pair, (one, other)), halves(pool.pair)
    found = [influenced(pool, half, own, dataset, threshold) for half, own in zip(parts, (one, other), strict=True)]
    tests = crossed(pool.pair, (found[0][0], found[1][0]))
    random = tuple(drawn(dataset.y, top, ranking.seed, repeat) for repeat in range(repeats))
    return Chosen(share, top, random, tests, float(np.mean([expected for _, expected in found])))


def judged(
    base: Base,
    wanted: Asked,
    first: Without,
    shares: Sequence[tuple[Chosen, Sequence[Pool]]],
    layers: Sequence[tuple[Bools, Pool]],
    listener: Progress,
) -> Removal:
    """All figures, from pools alone: nothing is trained here.

    Args:
        base: the audit.
        wanted: the settings.
        first: the audit's pool, nothing removed.
        shares: what was removed, with the pool without the top records and those without random ones.
        layers: what was removed and the pool, of every layer.
        listener: hears of every pool that is attacked.
    """
    dataset, analysis, arm = base.dataset, base.config.analysis, wanted.arm
    private = [each.name for each in base.plan.arms if each.target_epsilon is not None]
    pools = sum(len(held) for _, held in shares) + len(layers) + len(private)
    attacks = [f"removal: attack pool {number} of {pools}" for number in range(1, pools + 1)]
    phases, begun = Phases(listener, dict.fromkeys(attacks, 1.0) | {"removal: figures": FIGURES}), iter(attacks)

    def without(pool: Pool, gone: Bools) -> Without:
        phases.begin(next(begun))
        return Without(pool, gone, evaluated(pool, dataset, gone, analysis))

    nothing = np.zeros(base.pools[arm].membership.shape, bool)
    removed = [
        Removed(
            one.share,
            first,
            without(pools[0], one.top),
            [without(pool, gone) for pool, gone in zip(pools[1:], one.random, strict=True)],
            one.influenced,
            one.expected,
        )
        for one, pools in shares
    ]
    onion = [without(pool, gone) for gone, pool in layers]
    with_dp = {name: without(base.pools[name], nothing) for name in private}
    phases.begin("removal: figures")
    ways = Ways(arm, first, removed, onion, with_dp)
    block = Removal(
        answer=(),
        command=command_of(base, wanted),
        settings=_settings(wanted),
        pools=pool_digest(base.result),
        seconds=0.0,
        by=wanted.by,
        arm=arm,
        attack=ATTACKS[analysis.headline].title,
        fpr=analysis.exposure_fpr,
        confidence=analysis.confidence,
        threshold=analysis.memorized,
        models=base.pools[arm].models,
        models_trained=0,
        draws=wanted.repeats,
        test_records=len(dataset.y_test),
        shares=tuple(share_of(one, dataset, analysis, base.config.pool.seed) for one in removed),
        layers=tuple(layers_of(first, onion, dataset, analysis)) if onion else (),
        leaks=ways.leaks(analysis),
        matches=tuple(matches_of(with_dp, ways.named, analysis)),
    )
    return block.model_copy(update={"answer": answer(block), "limits": limits(block)})


def command_of(base: Base, wanted: Asked) -> str:
    """The command that repeats it on the finished audit.

    Args:
        base: the audit.
        wanted: the settings.
    """
    shares = ",".join(f"{100 * share:g}" for share in wanted.shares)
    words = ["--by", wanted.by, "--share", shares, "--repeats", str(wanted.repeats), "--layers", str(wanted.layers)]
    words += ["--layer-share", f"{100 * wanted.layer_share:g}"] if wanted.layers else []
    words += ["--arm", wanted.arm] if wanted.arm != Asked().arm else []
    return base.command("removal", words)


def _settings(wanted: Asked) -> dict[str, str | int | float | bool | tuple[float, ...] | None]:
    return {name: getattr(wanted, name) for name in Asked.__dataclass_fields__}
