"""Memorization against what others published: right where the truth is known, nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from worlds import paired_membership

from attacks.base import Evidence
from audit.experiments.agreement import Ranked, measured, sentences
from audit.experiments.published import Published
from reports.experiments.agreement import Measure

MODELS, RECORDS, CONFIDENCE = 32, 400, 0.95


def pool_of(truth: np.ndarray, seed: int, models: int = MODELS) -> Ranked:
    """A pool of models that are right about a record when IN, and with chance 1 - truth when OUT."""
    rng = np.random.default_rng(seed)
    inside = paired_membership(models, len(truth), rng)
    right = inside | (rng.random(inside.shape) > truth)
    phi = np.where(right, 2.0, -2.0)[..., None]
    return Ranked("standard", Evidence(inside, phi, right, np.arange(models) // 2))


def truth_of(seed: int, records: int = RECORDS) -> np.ndarray:
    return np.random.default_rng([seed, 1]).beta(0.4, 1.2, records)


def score_of(values: np.ndarray) -> Published:
    return Published("scores.npz: scores", "score", values)


def flags_of(flags: np.ndarray) -> Published:
    return Published("labels.npz: a against b", "disagreement", flags.astype(float))


def test_the_correlation_is_that_of_a_plain_computation() -> None:
    pool, published = pool_of(truth_of(0), 0), np.random.default_rng(9).random(RECORDS)
    inside, right = pool.evidence.membership, pool.evidence.correct
    assert right is not None
    memorization = [right[inside[:, i], i].mean() - right[~inside[:, i], i].mean() for i in range(RECORDS)]
    expected = stats.spearmanr(np.round(memorization, 9), published).statistic
    assert measured(pool, score_of(published), CONFIDENCE).spearman.value == pytest.approx(expected, abs=1e-9)


def test_correcting_for_the_pools_noise_recovers_the_true_correlation() -> None:
    """Normal scores, so that Spearman's theory of attenuation holds nearly; the plain figure lies clearly below."""
    plain, corrected, true = [], [], []
    for seed in range(12):
        rng = np.random.default_rng([seed, 3])
        truth = np.clip(rng.normal(0.5, 0.17, 800), 0, 1)
        published = truth + rng.normal(0, 0.17, 800)
        found = measured(pool_of(truth, seed, 24), score_of(published), CONFIDENCE)
        assert found.corrected is not None
        plain.append(found.spearman.value)
        corrected.append(found.corrected.value)
        true.append(stats.spearmanr(truth, published).statistic)
    assert np.mean(plain) < np.mean(true) - 0.1
    assert np.mean(corrected) == pytest.approx(np.mean(true), abs=0.02)


def test_intervals_cover_what_a_pool_of_this_size_shows() -> None:
    """Of 100 pools about the same records, 95 % intervals cover the mean figure in 90 to 100.

    With a true coverage of 95 % fewer than 89 happen with a chance of .4 %.
    """
    truth = truth_of(5)
    published = score_of(truth + np.random.default_rng(8).normal(0, 0.2, RECORDS))
    found = [measured(pool_of(truth, seed), published, CONFIDENCE).spearman for seed in range(100)]
    mean = np.mean([one.value for one in found])
    assert sum(one.low <= mean <= one.high for one in found) >= 89


def test_a_random_score_agrees_with_nothing() -> None:
    """A rank correlation of 400 records with noise has a standard deviation of .05: 60 of them average within .02."""
    truth = truth_of(1)
    values = [
        measured(pool_of(truth, seed), score_of(np.random.default_rng([seed, 2]).random(RECORDS)), CONFIDENCE)
        for seed in range(60)
    ]
    assert abs(np.mean([one.spearman.value for one in values])) < 0.02
    assert abs(np.mean([one.corrected.value for one in values if one.corrected])) < 0.025


def test_the_sign_is_that_of_the_world() -> None:
    truth = truth_of(2)
    typical, unusual = (measured(pool_of(truth, 2), score_of(s * truth), CONFIDENCE) for s in (-1, 1))
    assert typical.spearman.high < -0.5
    assert unusual.spearman.value == pytest.approx(-typical.spearman.value)
    assert "negatively correlated" in sentences([typical])[0]
    assert "positively correlated" in sentences([unusual])[0]


def planted(share: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    flags = np.arange(RECORDS) < share * RECORDS
    return flags, np.where(flags, 0.9, 0.02)


def test_records_that_are_memorized_are_detected() -> None:
    flags, truth = planted()
    found = measured(pool_of(truth, 3), flags_of(flags), CONFIDENCE)
    assert found.flagged == pytest.approx(0.2)
    assert found.auc is not None
    assert found.auc.value > 0.999
    assert all(top.flagged.value == 1 for top in found.top)
    assert {tenth.name: round(tenth.memorization.value, 1) for tenth in found.tenths} == {
        "not flagged": 0,
        "flagged": 0.9,
    }


def test_flags_by_lot_are_not_detected_and_the_top_has_their_share() -> None:
    """AUC has a standard deviation of .036 (80 of 400 flagged): 40 draws average within .02 with 3.5 deviations."""
    _, truth = planted()
    drawn = [np.random.default_rng([seed, 4]).permutation(RECORDS) < 80 for seed in range(40)]
    found = [measured(pool_of(truth, seed), flags_of(flags), CONFIDENCE) for seed, flags in enumerate(drawn)]
    assert np.mean([one.auc.value for one in found if one.auc]) == pytest.approx(0.5, abs=0.02)
    assert np.mean([one.top[-1].flagged.value for one in found]) == pytest.approx(0.2, abs=0.04)


def test_a_pool_that_memorizes_nothing_ties_all_records() -> None:
    flags, _ = planted()
    found = measured(pool_of(np.zeros(RECORDS), 4), flags_of(flags), CONFIDENCE)
    assert found.auc is not None
    assert found.auc.value == 0.5
    assert [top.flagged.value for top in found.top] == pytest.approx([0.2] * 3)
    assert found.corrected is None
    assert found.spearman is None


def values_of(found: Measure) -> list[float]:
    assert found.spearman
    assert found.corrected
    every = (found.spearman, found.corrected, *(tenth.memorization for tenth in found.tenths))
    return [end for one in every for end in (one.value, one.low, one.high)]


def test_the_order_of_records_does_not_matter() -> None:
    truth, order = truth_of(6), np.random.default_rng(0).permutation(RECORDS)
    pool, published = pool_of(truth, 6), np.random.default_rng(1).random(RECORDS) + truth
    e = pool.evidence
    assert e.correct is not None
    shuffled = Ranked("standard", Evidence(e.membership[:, order], e.phi[:, order], e.correct[:, order], e.pair))
    one, other = (
        measured(pool, score_of(published), CONFIDENCE),
        measured(shuffled, score_of(published[order]), CONFIDENCE),
    )
    for a, b in zip(values_of(one), values_of(other), strict=True):
        assert a == pytest.approx(b, abs=1e-9)


def test_tenths_are_means_over_records_of_a_tenth() -> None:
    truth = truth_of(7)
    pool, published = pool_of(truth, 7), truth + 1.0
    found = measured(pool, score_of(published), CONFIDENCE)
    order = np.argsort(published)
    expected = [pool.memorization.value[part].mean() for part in np.array_split(order, 10)]
    np.testing.assert_allclose([tenth.memorization.value for tenth in found.tenths], expected)
    assert [tenth.records for tenth in found.tenths] == [40] * 10
    assert found.tenths[0].low == pytest.approx(published.min())


def test_records_without_a_published_value_are_left_out() -> None:
    truth = truth_of(8)
    published = np.where(np.arange(RECORDS) < 300, truth, np.nan)
    found: Measure = measured(pool_of(truth, 8), score_of(published), CONFIDENCE)
    assert found.records == 300
    assert sum(tenth.records for tenth in found.tenths) == 300
