import numpy as np
import pytest
from scipy import stats
from worlds import gaussian_world

from attacks import Attack, clopper_pearson
from attacks.grouping import group_labels, pair_groups
from attacks.jackknife import Jackknife, jackknife


class Signal(Attack):
    """The signal is the score: no references, so that a mean over it is a mean over pairs."""

    name, title, source, knowledge, references = "signal", "Signal", "", "", False

    def scores(self, evidence):
        return evidence.phi[:, :, 0]


def mean_score(scores):
    return np.array([np.nanmean(scores)])


def found(value, replicates, sizes=None):
    replicates = np.array(replicates, float)[:, None]
    return Jackknife(np.array([value], float), replicates, np.ones(len(replicates), int) if sizes is None else sizes)


def test_a_mean_has_the_variance_of_its_pairs():
    world = gaussian_world(16, 30, 1.0, 0)
    result = jackknife(Signal(), world, Signal().scores(world), mean_score)
    pairs = world.phi.reshape(8, -1).mean(axis=1)
    assert result.variance[0] == pytest.approx(pairs.var(ddof=1) / 8, rel=1e-9)
    low, high = stats.t.interval(0.9, 7, pairs.mean(), np.sqrt(pairs.var(ddof=1) / 8))
    assert result.half_width(0.9)[0] == pytest.approx((high - low) / 2, rel=1e-9)


def test_groups_of_unequal_size_are_weighted():
    # Busing, Meijer & van der Leeden 1999, term by term.
    value, replicates, sizes = 0.6, [0.55, 0.63, 0.58], np.array([1, 2, 3])
    total = 0.0
    pseudo = [6 / m * value - (6 / m - 1) * r for m, r in zip(sizes, replicates, strict=True)]
    for m, p in zip(sizes, pseudo, strict=True):
        total += (p - np.mean(pseudo)) ** 2 / (6 / m - 1)
    assert found(value, replicates, sizes).variance[0] == pytest.approx(total / 3)


@pytest.mark.parametrize(("pairs", "groups"), [(2, 2), (20, 20), (21, 11), (32, 16), (128, 19), (1000, 20)])
def test_at_most_twenty_groups_as_equal_as_can_be(pairs, groups):
    found_groups = pair_groups(np.repeat(np.arange(pairs) * 3, 2))
    sizes = [len(group) for group in found_groups]
    assert len(sizes) == groups
    assert max(sizes) - min(sizes) <= 1
    assert np.array_equal(np.concatenate(found_groups), np.arange(pairs) * 3)


def test_labels_number_the_groups_of_models_in_any_order():
    pair = np.array([7, 3, 7, 5, 3, 5, 40])
    assert group_labels(pair).tolist() == [2, 0, 2, 1, 0, 1, 3]
    many = np.repeat(np.arange(63), 2)
    for number, group in enumerate(pair_groups(many)):
        assert np.array_equal(np.unique(many[group_labels(many) == number]), group)


def test_a_group_is_left_out_as_target_and_as_reference():
    seen = []

    class Watching(Signal):
        references = True

        def scores(self, evidence):
            seen.append(set(evidence.pair))
            return super().scores(evidence)

    world = gaussian_world(6, 4, 0.0, 0)
    left = []
    jackknife(Watching(), world, Signal().scores(world), lambda s: left.append(np.isnan(s).all(axis=1)) or np.zeros(1))
    assert seen == [{1, 2}, {0, 2}, {0, 1}]
    assert [list(np.flatnonzero(rows)) for rows in left] == [[0, 1], [2, 3], [4, 5], []]


def test_the_effective_sample_is_what_independent_trials_would_have_been():
    p, groups = 0.3, 20
    result = found(p, p + 0.002 * np.tile([1, -1], groups // 2))
    independent = p * (1 - p) / result.variance[0]
    few = (stats.norm.ppf(0.975) / stats.t(groups - 1).ppf(0.975)) ** 2
    assert result.effective_sample(10**9, 0.95)[0] == pytest.approx(independent * few)
    assert result.effective_sample(100, 0.95)[0] == 100


@pytest.mark.parametrize("value", [0.0, 0.002, 0.3, 1.0])
@pytest.mark.parametrize("scatter", [0.0, 1e-6, 1e-3, 0.1])
@pytest.mark.parametrize("groups", [2, 3, 20])
def test_a_rate_is_never_surer_than_as_many_independent_trials(value, scatter, groups):
    rng = np.random.default_rng(0)
    replicates = np.clip(value + scatter * rng.normal(size=groups), 0, 1)
    low, high = found(value, replicates).rate_interval(500, 0.95)
    plain = clopper_pearson(500 * value, 500, 0.95)
    assert low[0] <= plain.low + 1e-12
    assert high[0] >= plain.high - 1e-12
    assert low[0] <= value <= high[0]


def test_few_groups_widen_a_rate_that_never_moves():
    few, many = (found(0.0, [0.0] * groups).rate_interval(500, 0.95).high[0] for groups in (2, 20))
    assert few > 5 * many


def test_a_zero_that_moves_without_a_group_is_wider_than_its_movement():
    replicates = [0.0] * 19 + [0.2]
    result = found(0.0, replicates)
    assert result.rate_interval(10**6, 0.95).high[0] >= result.half_width(0.95)[0] > 0.3


@pytest.mark.parametrize("value", [0.0, 0.7, 1.0])
def test_an_area_that_never_moves_is_no_certainty(value):
    low, high = found(value, [value] * 10).mean_interval(200, 0.95)
    plain = clopper_pearson(200 * value, 200, 0.95)
    assert low[0] <= plain.low + 1e-12
    assert high[0] >= plain.high - 1e-12


@pytest.mark.parametrize("replicates", [[np.nan, 0.6, 0.5], [0.5]])
def test_without_replicates_everything_is_left_open(replicates):
    result = found(0.6, replicates)
    assert tuple(np.concatenate(result.rate_interval(500, 0.95))) == (0, 1)
    assert tuple(np.concatenate(result.mean_interval(500, 0.95))) == (0, 1)


def test_only_the_same_groups_can_be_compared():
    with pytest.raises(ValueError, match="same groups"):
        found(0.5, [0.4, 0.6]) - found(0.5, [0.4, 0.6, 0.5])
