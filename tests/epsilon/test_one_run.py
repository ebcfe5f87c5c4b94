"""One model with canaries: what it proves where nothing leaks, where all does, and that it is trained once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from repetitions import times
from scipy import stats
from simulated_training import small_dataset

from audit.config import CanaryConfig
from audit.data.canaries import planted
from audit.epsilon.claim_tests import Claim
from audit.errors import ConfigError, PoolError
from audit.one_run import one_run
from audit.one_run.coins import coins, with_inclusion
from audit.one_run.guesses import GUESS_SHARES, bounds_of, canary_scores, check_of, tried
from audit.settings import resolve
from bounds import Gaussian, one_run_epsilon
from bounds.tradeoff import gaussian_delta
from reports.serialization import one_run_from_json

ALPHA = 0.05
cached = cache(one_run_epsilon)
SETTINGS = {"data": {"source": "tiny_sources:easy"}, "model": "mlp", "standard": {"epochs": 60}}


def test_null_audits_prove_an_epsilon_at_most_at_alpha_though_four_numbers_of_guesses_are_tried() -> None:
    """The limit is passed by chance with probability 1e-4. The best of four unpaid would pass it."""
    rng, paid, unpaid, audits = np.random.default_rng(1), 0, 0, times(2001)
    for _ in range(audits):
        found = tried(rng.normal(size=200), rng.random(200) < 0.5, 0.0, ALPHA)
        paid += bounds_of(found)[0].epsilon > 0
        best = (one_run_epsilon(o.coins, o.guesses, o.right_in_all, 0.0, ALPHA) for o in found.options)
        unpaid += any(epsilon > 0 for epsilon in best)
    limit = stats.binom.isf(1e-4, audits, ALPHA)
    assert paid <= limit < unpaid


def test_a_gaussian_mechanism_does_not_refute_its_own_curve_and_proves_no_more_than_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Audits at mu 1 and delta 1e-3: epsilon is known; the limit is passed by chance with probability 1e-4.

    Audits with as many right guesses have the same bound: it is searched for once.
    """
    for place in ("proof", "statements"):
        monkeypatch.setattr(f"audit.epsilon.{place}.one_run_epsilon", cached)
    rng, claim = np.random.default_rng(2), Claim(Gaussian(1.0), float(gaussian_delta(1.0, 0.0)), 1.0)
    above, violated, audits = 0, 0, times(300)
    for _ in range(audits):
        inside = rng.random(500) < 0.5
        found = tried(inside + rng.normal(size=500), inside, 1e-3, ALPHA)
        violated += check_of(found, claim).verdict == "violated"
        above += gaussian_delta(1.0, bounds_of(found)[0].epsilon) < 1e-3
    assert max(above, violated) <= stats.binom.isf(1e-4, audits, ALPHA)


def test_guesses_by_an_obvious_loop() -> None:
    rng = np.random.default_rng(3)
    scores, inside = rng.normal(size=40), rng.random(40) < 0.5
    found = tried(scores, inside, 0.0, ALPHA)
    assert [option.guesses for option in found.options] == [40, 20, 10, 4]
    order = sorted(range(40), key=lambda i: scores[i])
    for option in found.options:
        half = option.guesses // 2
        right = sum(not inside[i] for i in order[:half]) + sum(bool(inside[i]) for i in order[40 - half :])
        assert option.right_in_all == right
    assert found.each == pytest.approx(ALPHA / len(GUESS_SHARES))


def test_a_claim_that_guesses_refute_is_violated_and_one_that_none_could_is_not_tested() -> None:
    inside = np.arange(100) % 2 == 0
    found = tried(inside.astype(float), inside, 1e-5, ALPHA)
    assert check_of(found, Claim(Gaussian(0.5), 0.2, 1.0)).verdict == "violated"
    assert check_of(tried(np.zeros(100), inside, 1e-5, ALPHA), Claim(Gaussian(0.5), 0.2, 1.0)).verdict == "consistent"
    assert check_of(found, Claim(Gaussian(9.0), 0.9999, 60.0)).verdict == "not tested"


def test_scores_are_compared_within_a_label() -> None:
    phi, y = np.array([5.0, 7.0, -3.0, -1.0]), np.array([2, 2, 0, 0])
    assert canary_scores(phi, y).tolist() == [-1.0, 1.0, -1.0, 1.0]


def test_natural_records_are_in_and_canaries_by_fair_coins() -> None:
    dataset = planted(small_dataset(), CanaryConfig(count=1000, kind="noise"))
    inside = coins(dataset, 3)
    assert inside[:40].all()
    assert abs(inside[40:].sum() - 500) < 4 * 1000**0.5 / 2
    assert (coins(dataset, 4)[40:] != inside[40:]).any()
    assert with_inclusion(resolve({}), dataset).pool.inclusion == pytest.approx(540 / 1040)


CANARIES = {"count": 200, "kind": "noise"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One overfit model that was audited."""
    place = tmp_path_factory.mktemp("runs") / "one"
    one_run(resolve({**SETTINGS, "canaries": CANARIES}), place)
    return place


def test_an_overfit_model_proves_much_and_a_private_one_does_not(folder: Path, tmp_path: Path) -> None:
    loud = one_run_from_json((folder / "one-run.json").read_text())
    assert [arm.name for arm in loud.arms] == ["standard"]
    assert loud.arms[0].bounds[0].epsilon > 1.0
    assert loud.arms[0].auc.low > 0.75  # as near to .5 as nobody gets by chance
    assert loud.arms[0].self_check is None
    quiet = one_run(resolve({**SETTINGS, "dp": {"epsilons": [0.5]}, "canaries": CANARIES}), tmp_path)
    assert [arm.name for arm in quiet.arms] == ["dp-eps-0.5"]
    assert quiet.arms[0].bounds[0].epsilon <= 0.5
    assert quiet.arms[0].self_check.verdict == "consistent"
    assert quiet.arms[0].guarantee.epsilon <= 0.5
    assert "one-run" in quiet.provenance.command
    assert "--models" not in quiet.provenance.command


def test_it_is_trained_once_and_read_back_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit.training.stacked.trainer import Stacked

    before = json.loads((folder / "one-run.json").read_text())
    monkeypatch.setattr(Stacked, "train", lambda *args: pytest.fail("trained again"))
    again = one_run(resolve({**SETTINGS, "canaries": CANARIES}), folder)
    assert json.loads(again.model_dump_json())["arms"] == before["arms"]
    assert one_run_from_json((folder / "one-run.json").read_text()).arms == again.arms


def test_a_pool_and_a_single_run_never_share_a_shard(folder: Path) -> None:
    from audit.pipeline import run

    config = resolve({**SETTINGS, "canaries": CANARIES, "pool": {"models": 4}})
    with pytest.raises((ConfigError, PoolError)):
        run(config, folder)


def test_few_canaries_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too few to prove"):
        one_run(resolve({**SETTINGS, "canaries": {"count": 5}}), tmp_path / "few")
    assert not (tmp_path / "few").exists()
