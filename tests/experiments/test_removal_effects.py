"""What membership does to an outcome: against the audit's own memorization, in null worlds and in planted ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest
from worlds import gaussian_world, planted_world

from audit.experiments.removal.effects import (
    averaged,
    counted,
    gains,
    halved,
    mean_gain,
    mirrored,
    reaching,
    swap_test,
)
from audit.halves import halves
from audit.memorization import memorization_scores
from audit.memorization_summary import chance_of_reaching, mean_memorization


def drawn_gains(rng: np.random.Generator, plus: np.ndarray, minus: np.ndarray, pairs: int) -> np.ndarray:
    """Int8 [pairs, records]: +1 with chance `plus`, -1 with chance `minus`."""
    u = rng.random((pairs, len(plus)))
    return np.where(u < plus, 1, np.where(u < plus + minus, -1, 0)).astype(np.int8)


def test_gains_are_the_audits_memorization_pair_by_pair() -> None:
    world = gaussian_world(24, 50, 1.5, seed=3)
    gain = gains(world.membership, world.correct)
    scores = memorization_scores(world, 0.95)
    assert gain.mean(axis=0) == pytest.approx(scores.value)
    every = np.ones(gain.shape, bool)
    assert mean_gain(gain, every).parts == pytest.approx(mean_memorization(world).parts)
    reached = reaching(gain.sum(axis=0, dtype=np.int64), 12, 0.25)
    assert np.array_equal(reached, scores.value >= 0.25 - 1e-9)
    assert mirrored(gain, 0.25) == (scores.value <= -0.25 + 1e-9).sum()


def test_the_mirror_is_right_where_nothing_is_memorized_and_charges_nothing_where_all_is() -> None:
    """60 null pools: as many are mirrored as chance puts above, exactly known; within 4 standard errors."""
    differences = []
    for seed in range(60):
        world = gaussian_world(24, 80, 0.0, seed=seed)
        gain = gains(world.membership, world.correct)
        scores = memorization_scores(world, 0.95)
        differences.append(mirrored(gain, 0.25) - chance_of_reaching(scores, 24, 0.25).sum())
    assert abs(np.mean(differences)) < 4 * np.std(differences) / np.sqrt(60)
    assert mirrored(np.ones((16, 9), np.int8), 0.25) == 0


def test_a_mean_over_records_that_stay_is_that_of_a_slow_twin() -> None:
    rng = np.random.default_rng(1)
    gain, stay = rng.integers(-1, 2, (6, 9)).astype(np.int8), rng.random((6, 9)) < 0.6
    stay[:, 0] = True
    slow = [np.mean([gain[pair, record] for record in range(9) if stay[pair, record]]) for pair in range(6)]
    assert mean_gain(gain, stay).parts[:, 0] == pytest.approx(slow)
    assert mean_gain(gain, stay).value[0] == pytest.approx(np.mean(slow))
    twice = averaged([mean_gain(gain, stay), mean_gain(-gain, stay)])
    assert twice.parts == pytest.approx(0)


def test_halves_are_those_of_the_pool() -> None:
    world = planted_world(20, 30, 5, 4.0, seed=2)
    gain = gains(world.membership, world.correct)
    gone = np.zeros((10, 30), bool)
    gone[0::2, :3], gone[1::2, 4:6] = True, True
    for half, part, left in zip(halves(world.pair), halved(gain, ~gone), (27, 28), strict=True):
        own = gains(world.membership[half], world.correct[half])
        assert part.shape == (5, left)
        assert np.array_equal(part, own[:, ~gone[half[0] // 2]])


@pytest.mark.parametrize("strength", [0.0, 0.4])
def test_the_interval_of_a_count_holds_what_so_many_pairs_count_on_average(strength: float) -> None:
    """300 records with a strength of their own, 16 pairs a half; truth from 4,000 halves; 95 % nominal.

    Of 200 pools at most so many intervals may miss as chance allows once in a thousand times, and they may not be so
    wide that none does where records are memorized.
    """
    rng = np.random.default_rng(5)
    plus = np.clip(rng.beta(0.4, 1.2, 300) * strength * 2 + 0.05, 0, 0.9)
    minus = np.full(300, 0.05)

    def half() -> np.ndarray:
        return drawn_gains(rng, plus, minus, 16)

    truth = np.mean([counted((half(), half()), 0.25).moved.value[0] for _ in range(300)])
    found = [counted((half(), half()), 0.25).estimate(0.95) for _ in range(200)]
    missed = sum(not one.low <= truth <= one.high for one in found)
    assert missed <= binom.ppf(0.999, 200, 0.05)
    assert strength == 0 or np.mean([one.high - one.low for one in found]) < 60


def test_a_count_near_none_is_not_certain() -> None:
    """No record reaches the threshold, but some lie just below it: another pool would count some."""
    gain = np.zeros((16, 40), np.int8)
    gain[:3] = 1
    found = counted((gain, gain), 0.25).estimate(0.95)
    assert found.value < 0.5
    assert found.high > found.value + 1


def test_differences_of_counts_are_paired() -> None:
    rng = np.random.default_rng(8)
    plus, minus = rng.random(200) * 0.6, np.full(200, 0.1)
    both = tuple(drawn_gains(rng, plus, minus, 16) for _ in range(2))
    same = counted(both, 0.25) - counted(both, 0.25)
    assert same.moved.value[0] == 0
    assert same.moved.half_width(0.95)[0] == 0
    assert same.estimate(0.95).low < 0 < same.estimate(0.95).high  # never a point


def test_swapping_pairs_is_right_where_records_hang_together_and_mcnemar_is_not() -> None:
    """40 copies of each of 5 records: 300 null worlds, level 5 %, at most so many alarms as 1 in 1,000 allows.

    McNemar's test on records takes the copies for independent and gives alarm in far more.
    """
    rng = np.random.default_rng(0)
    alarms = naive = 0
    for seed in range(300):
        parts = [drawn_gains(rng, np.full(5, 0.4), np.full(5, 0.15), 12).repeat(40, axis=1) for _ in range(4)]
        before, after = (parts[0], parts[1]), (parts[2], parts[3])
        alarms += swap_test(before, after, 0.25, seed, 199) <= 0.05
        reach = [[reaching(half.sum(axis=0), 12, 0.25) for half in both] for both in (before, after)]
        up = sum(int((late & ~early).sum()) for early, late in zip(*reach, strict=True))
        down = sum(int((early & ~late).sum()) for early, late in zip(*reach, strict=True))
        naive += up + down > 0 and binomtest(up, up + down).pvalue <= 0.05
    assert alarms <= binom.ppf(0.999, 300, 0.05)
    assert naive > 100


def test_swapping_pairs_finds_what_is_there() -> None:
    rng = np.random.default_rng(2)
    few, many = np.full(100, 0.1), np.full(100, 0.5)
    before = tuple(drawn_gains(rng, few, few, 12) for _ in range(2))
    after = tuple(drawn_gains(rng, many, few, 12) for _ in range(2))
    assert swap_test(before, after, 0.25, 0) == pytest.approx(1 / 2000)
    assert swap_test(before, before, 0.25, 0) == 1
