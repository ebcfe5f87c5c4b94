"""From counts to figures: bands, closed forms, DP's cap, and what is said of them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from planted_models import Planted, cube_task, cubes
from small_tasks import RECIPES

from audit.experiments.irrelevant.reading import Counted, agreement_of_majority, cap_of, recovery, seen_in
from audit.experiments.irrelevant.watch import Reconstruction
from audit.experiments.irrelevant.words import answer
from audit.membership import membership_matrix
from audit.training.base import Arm, Schedule, Signals

MODELS = 32
STANDARD = Arm("standard", "standard", "", RECIPES["standard"], Schedule(0.5, 10, 10.0))
PRIVATE = Arm("dp-eps-1", "dp", "", RECIPES["dp"], Schedule(0.35, 100, 10.0), 20.0, "prv", 1.0, 1e-5)


@pytest.fixture(scope="module")
def world():
    """Classes of 1 to 5 records; models that store the first IN record of each, and are right where there is one."""
    dataset, law = cubes(1, classes=30, bits=64, size=5)
    kept = np.concatenate([np.flatnonzero(dataset.y == k)[: 1 + k % 5] for k in range(30)])
    dataset = replace(dataset, x=dataset.x[kept], y=dataset.y[kept], ids=dataset.ids[kept])
    membership = membership_matrix(MODELS, dataset.records, 0.5, 0)
    stored = np.zeros((MODELS, *law.fixed.shape))
    for model, record in itertools.product(range(MODELS), reversed(range(dataset.records))):
        if membership[model, record]:
            stored[model, dataset.y[record]] = dataset.x[record]
    extra = Reconstruction(law.fixed)(Planted(cube_task(dataset), membership, stored))
    seen = seen_in(membership, dataset.y, dataset.classes)
    none = Signals.none(np.full(MODELS, np.nan), np.zeros(MODELS))
    signals = replace(none, test_correct=seen[:, dataset.y_test] > 0, extra=extra)
    return dataset, membership, Counted.of(signals, membership, dataset, np.arange(MODELS) // 2, 0.95)


def test_records_are_counted_class_by_class(world):
    dataset, membership, counted = world
    for model, k in itertools.product(range(MODELS), range(30)):
        assert counted.seen[model, k] == sum(membership[model, r] for r in range(len(dataset.y)) if dataset.y[r] == k)


def test_a_perfect_memorizer_is_read_as_one(world):
    found = recovery(STANDARD, world[2])
    assert [one.band for one in found.by_occurrence] == ["0", "1", "2", "3-5"]
    for one in found.by_occurrence[1:]:
        assert one.irrelevant.value == one.fixed.value == one.most.value == one.accuracy.value == 1
        assert one.irrelevant.high == 1
    never, once = found.by_occurrence[:2]
    assert never.irrelevant is None
    assert never.of_the_mean is None
    assert never.accuracy.value == 0
    assert once.majority.value == 1
    assert found.cap is None
    assert not found.over_cap


def test_of_records_that_were_out_it_is_read_as_knowing_nothing(world):
    """Three times the half-width of a 95 % interval: 1 false alarm in about 10 million; the seed is fixed."""
    null = recovery(STANDARD, world[2]).null
    assert abs(null.value - 0.5) < 3 * (null.high - null.low) / 2
    assert null.high - null.low < 0.1


def test_cases_add_up_to_models_times_classes(world):
    assert sum(one.cases for one in recovery(STANDARD, world[2]).by_occurrence) == MODELS * 30


def test_every_value_is_that_of_a_slow_twin(world):
    """Case by case, with random counts: bands, shares, who counts, and accuracy of test records by their class."""
    dataset, _, counted = world
    rng = np.random.default_rng(3)
    extra = {name: rng.random((MODELS, 30)) for name in ("irrelevant", "fixed", "majority", "out")}
    extra["out"][rng.random((MODELS, 30)) < 0.1] = np.nan
    right = rng.random((MODELS, len(dataset.y_test))) < 0.5
    signals = replace(counted.signals, extra=extra, test_correct=right)
    found = recovery(STANDARD, replace(counted, signals=signals))
    limits = {"0": (0, 0), "1": (1, 1), "2": (2, 2), "3-5": (3, 5)}
    for one in found.by_occurrence:
        low, high = limits[one.band]
        cases = [(m, k) for m in range(MODELS) for k in range(30) if low <= counted.seen[m, k] <= high]
        assert one.cases == len(cases)
        for name in extra:
            values = [extra[name][case] for case in cases if np.isfinite(extra[name][case])]
            assert getattr(one, name).value == pytest.approx(np.mean(values))
        assert one.most.value == pytest.approx(np.mean([extra["irrelevant"][case] >= 0.9 for case in cases]))
        by_pair = [
            np.mean([right[m, t] for m, k in cases if m // 2 == p for t in np.flatnonzero(dataset.y_test == k)])
            for p in range(MODELS // 2)
            if any(m // 2 == p for m, _ in cases)
        ]
        assert one.accuracy.value == pytest.approx(np.mean(by_pair))
    assert found.accuracy.value == pytest.approx(right.mean())


@pytest.mark.parametrize("records", range(1, 10))
def test_the_agreement_with_a_majority_is_that_of_all_outcomes(records):
    outcomes = np.array(list(itertools.product((-1, 1), repeat=records)))
    agree = (1 + outcomes[:, 0] * np.sign(outcomes.sum(axis=1))) / 2
    assert agreement_of_majority(records) == pytest.approx(agree.mean())


def test_the_column_of_the_majority_is_its_mean_over_cases(world):
    counted = world[2]
    found = recovery(STANDARD, counted).seen("3-5")
    seen = counted.seen[(counted.seen >= 3) & (counted.seen <= 5)]
    assert found.of_the_mean == pytest.approx(np.mean([agreement_of_majority(n) for n in seen]))


def test_a_perfect_memorizer_under_dp_is_called_a_violation(world):
    """It gives away more than any attacker can expect under epsilon 1: the training that claims it is broken."""
    found = recovery(PRIVATE, world[2])
    assert 0.5 < found.cap < 0.7
    assert found.over_cap
    assert answer([found])[0].startswith("VIOLATION in arm dp-eps-1")


def test_chance_under_dp_is_no_violation(world):
    rng = np.random.default_rng(0)
    flat = {name: rng.normal(0.5, 0.05, (MODELS, 30)) for name in ("irrelevant", "fixed", "majority", "out")}
    counted = replace(world[2], signals=replace(world[2].signals, extra=flat))
    found = recovery(PRIVATE, counted)
    assert not found.over_cap
    assert not any("VIOLATION" in sentence for sentence in answer([found]))
    assert any("no attacker can expect more than" in sentence for sentence in answer([found]))


def test_controls_have_no_cap():
    assert cap_of(replace(PRIVATE, kind="control", target_epsilon=None)) is None


def test_nothing_is_said_of_singletons_where_there_are_none(world):
    counted = world[2]
    always = replace(counted, seen=np.maximum(counted.seen, 2))
    found = recovery(STANDARD, always)
    assert found.seen("1") is None
    assert not any("only one of its subpopulation" in sentence for sentence in answer([found]))
