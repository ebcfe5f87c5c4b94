"""What the headline attack's figures mean: read from known worlds, and said in words that the figures bear out."""

from __future__ import annotations

import re

import numpy as np
import pytest
from worlds import evidence, gaussian_world, paired_membership, with_views

from attacks import ATTACKS, LiraOnline, evaluate
from attacks.accusation import PRIORS
from attacks.base import Evidence
from attacks.pool_size import smaller_pools
from audit.config import AnalysisConfig
from audit.exposure import exposure_of
from audit.headline import Attacked, _by_group, attacked, leakage, more_models
from reports.result import Leakage

ANALYSIS = AnalysisConfig(headline="base", fprs=(0.1, 0.05), exposure_fpr=0.05)


def read(world: Evidence, columns: dict | None = None, name: str = "base") -> Leakage:
    attack = ATTACKS[name]
    analysis = ANALYSIS.model_copy(update={"headline": name})
    found = leakage(attacked(attack, world), evaluate(attack, world, analysis.fprs), analysis, columns or {})
    assert found is not None
    return found


def test_an_attack_without_result_has_no_meaning() -> None:
    world = gaussian_world(2, 10, 1.0, 0)
    assert attacked(ATTACKS["base"], world) is None
    assert leakage(None, "too few", ANALYSIS, {}) is None


def test_every_rate_has_its_worth_for_every_prior() -> None:
    world = gaussian_world(16, 200, 2.0, 1)
    found = {(one.fpr, one.prior): one.worth for one in read(world).worth}
    assert set(found) == {(fpr, prior) for fpr in ANALYSIS.fprs for prior in PRIORS}
    for point in evaluate(ATTACKS["base"], world, ANALYSIS.fprs).tpr_at:
        worth = found[point.fpr, 0.1]
        assert worth.value == pytest.approx(0.1 * point.tpr.value / (0.1 * point.tpr.value + 0.9 * point.fpr))
        assert worth.low < worth.value < worth.high


def test_the_most_exposed_group_comes_first_in_every_column() -> None:
    rng = np.random.default_rng(2)
    membership = paired_membership(24, 300, rng)
    planted = np.arange(300) % 3 == 1
    world = evidence(membership, rng.normal(np.where(planted, 6.0 * membership - 3.0, 3.0)))
    columns = {"class": np.array(["a", "b", "c"])[np.arange(300) % 3], "site": np.repeat(["x", "y"], 150)}
    found = read(world, columns).by_group
    assert [one.column for one in found] == ["class"] * 3 + ["site"] * 2
    assert found[0].group == "b"
    assert found[0].found.low > found[1].found.high
    values = [one.found.value for one in found[:3]]
    assert values == sorted(values, reverse=True)
    assert sum(one.records for one in found[:3]) == 300


def test_groups_are_held_against_the_lowest_rate_that_is_resolved() -> None:
    """240 non-members resolve 5 % and not 1 %; 40 resolve neither."""
    analysis = AnalysisConfig(headline="base", fprs=(0.1, 0.05, 0.001), exposure_fpr=0.01)
    columns = {"class": np.repeat(["a", "b"], 30)}
    for models, expected in ((8, {0.05}), (2, set())):
        world = gaussian_world(8, 60, 2.0, 8).take(np.arange(models))
        scores = world.phi[:, :, 0]
        found = Attacked(ATTACKS["loss"], ATTACKS["loss"], world, scores)
        assert {one.fpr for one in _by_group(found, analysis, columns)} == expected


def test_sizes_end_with_the_whole_pool() -> None:
    world = gaussian_world(32, 150, 1.5, 3)
    found = read(world).pool_sizes
    assert [(one.models, one.pools) for one in found] == [(8, 4), (16, 2), (32, 1)]
    assert found[-1].auc.value == pytest.approx(evaluate(ATTACKS["base"], world).auc.value)


def test_an_attack_without_references_has_no_sizes() -> None:
    assert read(gaussian_world(32, 150, 1.5, 3), name="loss").pool_sizes == ()


def last_doubling(world: Evidence, name: str = "base") -> str:
    analysis = ANALYSIS.model_copy(update={"headline": name})
    smaller = smaller_pools(ATTACKS[name], world, analysis.fprs)
    return more_models(world.pair, evaluate(ATTACKS[name], world, analysis.fprs), smaller, 0.95)


def test_the_last_doubling_is_said_with_its_interval_and_what_another_adds_is_its_end() -> None:
    world = gaussian_world(32, 150, 1.5, 3)
    said = last_doubling(world)
    changed, low, high = (float(x) for x in re.search(r"AUC changed by (\S+) \((\S+) to (\S+?)\)", said).groups())
    assert said.startswith("From 16 to 32 models the AUC changed by ")
    sizes = read(world).pool_sizes
    assert changed == pytest.approx(sizes[-1].auc.value - sizes[-2].auc.value, abs=1e-4)
    assert low < changed < high
    assert f"at most {high:.4f} to the AUC" in said
    assert "TPR at 5 % FPR changed by" in said
    assert read(world).more_models == said


@pytest.mark.parametrize(("models", "name"), [(8, "base"), (24, "base"), (32, "loss")])
def test_without_a_doubling_of_the_whole_pool_nothing_is_said(models: int, name: str) -> None:
    """No smaller pool; 16 of 24 are no half; an attack without references."""
    assert read(gaussian_world(models, 60, 1.5, 3), name=name).more_models == ""


def test_of_an_attack_that_is_evaluated_on_some_of_the_models_nothing_is_said() -> None:
    world, base = gaussian_world(64, 60, 1.5, 3), ATTACKS["base"]
    smaller, few = smaller_pools(base, world, (0.1,)), evaluate(base, world.take(np.arange(16)), (0.1,))
    assert more_models(world.pair, few, smaller, 0.95) == ""


def test_views_that_say_something_new_are_a_gain_and_one_view_is_none() -> None:
    """Every view has its own noise: the joint Gaussian beats the first one alone."""
    world = with_views(gaussian_world(32, 300, 2.0, 4), 3, 5)
    area = read(world, name="lira-online").views[0]
    assert (area.first, area.second) == ("one view", "3 views")
    single = evaluate(LiraOnline(), world.first_view()).auc.value
    assert area.estimate.value == pytest.approx(evaluate(LiraOnline(), world).auc.value - single)
    assert area.estimate.low > 0
    assert read(gaussian_world(16, 60, 2.0, 4), name="lira-online").views == ()


def test_given_models_are_attacked_and_nobody_else() -> None:
    world = gaussian_world(12, 200, 2.0, 6)
    given = np.arange(12) == 3
    found = attacked(ATTACKS["base"], world, given)
    assert np.isfinite(found.scores[3]).all()
    assert np.isnan(found.scores[~given]).all()
    exposed = exposure_of(found, 0.05, 0.95)
    assert exposed.counts.in_models.sum() == world.membership[3].sum()
    assert np.isnan(exposed.value).all()


def test_the_share_of_models_that_give_a_record_away_has_exact_limits() -> None:
    exposed = exposure_of(attacked(ATTACKS["base"], gaussian_world(40, 50, 2.0, 7)), 0.05, 0.95)
    value, limits = exposed.tpr
    np.testing.assert_allclose(value, exposed.counts.in_hits / exposed.counts.in_models)
    one = exposed.chosen_tpr(0)  # of a record that was chosen among 50: its limits pay for all of them
    assert one.value == value[0]
    assert one.low < limits.low[0] <= one.value <= limits.high[0] < one.high
    never = np.flatnonzero(exposed.counts.in_hits == 0)
    chosen = exposed.chosen_tpr(int(never[0]))
    assert chosen.high == pytest.approx(1 - (0.05 / 50 / 2) ** (1 / exposed.counts.in_models[never[0]]))
    assert never.size
    # Clopper-Pearson's upper limit of 0 out of n has the closed form 1 - .025 ** (1 / n).
    n = exposed.counts.in_models[never[0]]
    assert limits.high[never[0]] == pytest.approx(1 - 0.025 ** (1 / n))
