"""The whole experiment on the records of the source `longtail`, with learners in closed form in place of training."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sample_result import sample
from worlds import paired_membership

from audit.config import AuditConfig, DataConfig
from audit.data import load
from audit.data.base import Dataset
from audit.data.longtail import SUBPOPULATIONS, weights
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.census import Census
from audit.experiments.longtail.flow import COLUMN, longtail
from audit.pool import Pool
from reports.experiments.longtail import LongTail
from reports.result import AuditResult

MODELS = 16
NEEDED = {"standard": 1, "dp-eps-8": 3, "dp-eps-1": 40}
CHANCE = 0.1


@dataclass(frozen=True)
class Finished:
    """What the experiment asks of an audit."""

    dataset: Dataset
    pools: dict[str, Pool]
    result: AuditResult
    config: Any

    def command(self, experiment: str, words: list[str]) -> str:
        return " ".join(["audit experiment", experiment, "--run it", *words])


@pytest.fixture(scope="module")
def finished() -> Finished:
    """Every arm looks up what it saw often enough, and else guesses one of ten classes."""
    dataset, rng = load(DataConfig(source="longtail")), np.random.default_rng(3)
    membership, pair = paired_membership(MODELS, dataset.records, rng), np.arange(MODELS) // 2
    census = Census.of(membership, pair, dataset.groups[COLUMN], dataset.test_groups[COLUMN], SUBPOPULATIONS)
    pools = {}
    for arm, needed in NEEDED.items():
        fitted = census.count >= needed
        right, test = (
            fitted[:, place] | (rng.random((MODELS, len(place))) < CHANCE)
            for place in (census.of_record, census.of_test)
        )
        phi, test_phi = (np.where(each, 1.0, -1.0)[..., None] for each in (right, test))
        pools[arm] = Pool(arm, membership.copy(), phi, right, test_phi, test, paired=True)
    return Finished(dataset, pools, sample(), SimpleNamespace(analysis=AuditConfig().analysis))


@pytest.fixture(scope="module")
def block(finished: Finished) -> LongTail:
    return longtail(finished, COLUMN, 0.0)


def test_the_frequencies_are_known_and_a_guess_is_even(block: LongTail) -> None:
    assert block.prior_known
    assert block.subpopulations == SUBPOPULATIONS
    assert block.chance == pytest.approx(CHANCE)
    assert block.training_records == 1000
    assert block.command == "audit experiment longtail --run it"


def test_the_prediction_holds_for_every_learner(block: LongTail) -> None:
    """Of 21 gaps, less the exact zeros, at most one misses 0; the intervals are wider than fixed frequencies need."""
    gaps = {(f.kind, f.times, f.arm): f.gap for f in block.forecasts if f.kind != "unfitted"}
    assert len(gaps) == 3 + 6 + 6
    assert sum(not gap.low <= 0 <= gap.high for gap in gaps.values()) <= 1


def test_what_is_not_fitted_costs_less_than_predicted_by_the_lucky_guesses(block: LongTail) -> None:
    """A wrong training label leaves a test record right in a tenth of the cases: the couplings say so."""
    (coupling,) = [c for c in block.couplings if (c.arm, c.times) == ("dp-eps-1", 1)]
    assert coupling.unfitted.low < 1 - CHANCE < coupling.unfitted.high
    assert coupling.fitted.low < CHANCE < coupling.fitted.high
    unfitted = block.forecast("unfitted", 1, "dp-eps-1")
    assert unfitted.measured.value / unfitted.predicted.value == pytest.approx(1 - CHANCE, abs=0.1)


def test_the_worth_of_a_singleton_is_all_for_one_arm_and_nothing_for_the_others(block: LongTail) -> None:
    worth = {arm: block.forecast("worth", 1, arm) for arm in NEEDED}
    assert worth["standard"].predicted.value == pytest.approx(block.none_fitted.value)
    assert worth["standard"].measured.value > 0.08
    for arm in ("dp-eps-8", "dp-eps-1"):
        assert worth[arm].measured.low < 0 < worth[arm].measured.high
        assert abs(worth[arm].predicted.value) < 0.01
    assert block.carries.low < 1 <= block.carries.high


def test_memorization_lies_where_a_record_makes_the_difference(block: LongTail) -> None:
    """1 - chance in the band that holds the number that is needed, and nowhere else."""
    assert block.band_of("standard", "1").memorization.value == pytest.approx(1 - CHANCE, abs=0.02)
    assert block.band_of("standard", "2").memorization.value == 0
    assert 0.2 < block.band_of("dp-eps-8", "3-5").memorization.value < 0.6
    for band in ("1", "2"):
        found = block.band_of("dp-eps-8", band).memorization
        assert found.low - 0.03 < 0 < found.high + 0.03


def test_bands_hold_the_weight_that_the_source_gave_them(finished: Finished, block: LongTail) -> None:
    """Measured share against the true weight of what occurs once: 2,000 test records, within 4 standard errors."""
    pool = finished.pools["standard"]
    rank = np.array([int(name[1:]) - 1 for name in finished.dataset.groups[COLUMN]])
    counts = np.stack([np.bincount(rank[inside], minlength=SUBPOPULATIONS) for inside in pool.membership])
    true = ((counts == 1) * weights()).sum(axis=1).mean()
    measured = block.bands[1].test_share.value
    assert abs(measured - true) < 4 * np.sqrt(true * (1 - true) / 2000)
    assert block.bands[1].subpopulations.value == (counts == 1).sum(axis=1).mean()


def test_the_loss_is_borne_by_whom_the_learner_left_behind(block: LongTail) -> None:
    """The arm that needs three records loses what occurs once, twice, and never what occurs oftener."""
    bears = {name: block.band_of("dp-eps-8", name).bears.value for name in ("0", "1", "2", "3-5", "6-10", "11+")}
    assert bears["1"] + bears["2"] == pytest.approx(1, abs=0.02)
    assert bears["3-5"] == bears["6-10"] == bears["11+"] == 0
    assert abs(bears["0"]) < 0.02


def test_another_column_of_the_source_has_no_known_frequencies(finished: Finished) -> None:
    """`frequency` has six values: nothing occurs once, and nothing is predicted."""
    found = longtail(finished, "frequency", 0.0)
    assert not found.prior_known
    assert "there is no tail to fit" in found.answer[0]
    assert found.command.endswith("--subpopulation frequency")


def test_a_contrast_by_hand() -> None:
    """Two records; weights 2 * 2 / 4 and 1 * 3 / 4: (1 * (1 - 1/2) + 3/4 * (0 - 1/3)) / (7/4) = 1/7."""
    membership = np.array([[1, 1], [1, 0], [0, 0], [0, 0]], bool)
    right = np.array([[1, 0], [1, 1], [1, 0], [0, 0]], bool)
    census = Census(membership, np.arange(4), np.array([0, 1]), np.array([0]), 2)
    answers = Answers("standard", census, right, np.ones((4, 1), bool))
    assert answers.memorization(np.ones((4, 2), bool)).value == pytest.approx(1 / 7)
