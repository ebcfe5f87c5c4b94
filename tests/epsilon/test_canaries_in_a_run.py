"""Canaries through the whole flow: in the pool, in every bound, and in no figure on natural records."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from audit.data import audited
from audit.export import write_pool
from audit.folder import RunFolder
from audit.membership import membership_matrix
from audit.pipeline import extended, planned, run
from audit.plan import WITHOUT_CANARIES
from audit.run_names import settings_of
from audit.settings import resolve
from reports.result import AuditResult

SETTINGS = {
    "data": {"source": "tiny_sources:easy"},
    "model": "mlp",
    "pool": {"models": 16},
    "standard": {"epochs": 40},
    "dp": {"epsilons": [1.0], "recipe": {"epochs": 3}},
    "workers": 1,
    "stack": 16,
}
CANARIES = {"count": 30, "kind": "mislabelled", "cost_models": 5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "canaries"


@pytest.fixture(scope="module")
def result(folder: Path) -> AuditResult:
    return run(resolve({**SETTINGS, "canaries": CANARIES}), folder)


def test_figures_on_natural_records_are_of_natural_records(result: AuditResult, folder: Path) -> None:
    natural = audited(RunFolder(folder).config().data, RunFolder(folder).config().canaries).natural
    assert result.data.records == natural.records
    assert result.data.fingerprint == natural.fingerprint
    for arm in result.arms:
        assert arm.memorization is not None
        assert arm.memorization.scored == natural.records
        assert not any(row.id.startswith("canary") for row in (*arm.most_memorized, *arm.most_exposed))
    table = pl.read_parquet(folder / "records.parquet")
    assert len(table) == 2 * natural.records
    pool = RunFolder(folder).pool("standard")
    cut = pool.correct[:, : natural.records]
    inside = pool.membership[:, : natural.records]
    utility = result.arm("standard").utility
    assert utility is not None
    by_record = np.array([cut[inside[:, i], i].mean() for i in range(natural.records)])
    assert utility.in_accuracy.value == pytest.approx(by_record.mean())


def test_canaries_of_an_overfit_model_leak_and_bounds_count_them(result: AuditResult) -> None:
    standard, private = (arm.epsilon for arm in result.arms)
    assert standard is not None
    assert private is not None
    assert standard.proved is not None
    assert private.proved is not None
    assert standard.proved.epsilon > 1.0 > private.proved.epsilon  # 1 is what the private arm claims
    shown = {one.quantity: one for one in standard.canaries.exposed}
    assert shown["Attack AUC"].canaries.low > shown["Attack AUC"].natural.high
    assert shown["Mean memorization"].canaries.value > 0.8
    assert private.self_check.verdict == "consistent"
    assert standard.self_check is None


def test_what_canaries_cost_is_measured_on_models_that_differ_in_nothing_else(
    result: AuditResult, folder: Path
) -> None:
    plan = planned(resolve({**SETTINGS, "canaries": CANARIES}), folder)
    name = f"standard{WITHOUT_CANARIES}"
    assert plan.models_of(name) == 4  # whole pairs
    with_them, without = (plan.workshop.memberships(arm, range(4)) for arm in ("standard", name))
    natural = plan.dataset.natural_records
    np.testing.assert_array_equal(with_them[:, :natural], without[:, :natural])
    assert with_them[:, natural:].any()
    assert not without[:, natural:].any()
    key, other = (plan.workshop.stores[arm].shaped_by for arm in ("standard", name))
    assert {k: v for k, v in other.items() if k != "canaries"} == key
    read = plan.workshop.stores[name].read(range(4))
    pool = RunFolder(folder).pool("standard")
    cost = result.arm("standard").epsilon.canaries.cost
    assert cost.estimate.value == pytest.approx(pool.test_correct[:4].mean() - read.test_correct.mean())
    assert cost.estimate.n == 2


def test_a_pool_with_canaries_is_extended_and_exported(folder: Path, result: AuditResult, tmp_path: Path) -> None:
    larger = shutil.copytree(folder, tmp_path / "larger")
    grown = run(extended(larger, 20), larger, grow=True)
    assert grown.arm("standard").models == 20
    assert grown.arm("standard").epsilon.canaries.count == 30
    write_pool(RunFolder(larger), "standard", tmp_path / "pool.npz", features=True)
    with np.load(tmp_path / "pool.npz", allow_pickle=False) as held:
        assert held["phi"].shape[1] == held["features"].shape[0] == len(held["ids"]) == result.data.records


def test_bounds_look_at_whole_pools(folder: Path, result: AuditResult) -> None:
    pool = RunFolder(folder).pool("standard")
    expected = membership_matrix(pool.models, result.data.records + 30, 0.5, 0)
    np.testing.assert_array_equal(pool.membership, expected)
    guesses = next(bound.guesses for bound in result.arm("standard").epsilon.bounds if bound.name == "one-run")
    assert guesses.runs == 6


def test_a_run_without_canaries_keeps_its_name(result: AuditResult) -> None:
    plain, planted = resolve(SETTINGS), resolve({**SETTINGS, "canaries": CANARIES})
    assert settings_of(plain) != settings_of(planted)
    unlike = plain.model_copy(update={"canaries": plain.canaries.model_copy(update={"kind": "noise"})})
    assert settings_of(unlike) == settings_of(plain)
    assert "--canaries 30 --canary-kind mislabelled" in result.provenance.command


def test_the_pool_of_natural_records_is_the_same_on_its_records(folder: Path, result: AuditResult) -> None:
    whole = RunFolder(folder).pool("standard")
    natural = whole.natural(30)
    assert natural.phi.shape[1] == whole.phi.shape[1] - 30
    np.testing.assert_array_equal(natural.phi, whole.phi[:, :-30])
    np.testing.assert_array_equal(natural.entropy, whole.entropy[:, :-30])
    assert replace(natural, arm="x").models == whole.models
