"""What `audit run` found is found again in the arrays that `audit export` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attacks import ATTACKS, evaluate
from audit.errors import PoolError
from audit.export import arrays_of, write_pool
from audit.folder import Index, RunFolder
from audit.pipeline import run
from audit.pool import Pool
from audit.scoring import score
from audit.scoring.reading import read
from audit.settings import resolve
from reports.result import ArmResult

SMALL = {"model": "mlp", "pool": {"models": 12}, "workers": 1, "stack": 6, "standard": {"epochs": 30}}
NOT_IN_A_FILE = ("name", "kind", "description", "recipe", "guarantee")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "done"
    run(resolve({"data": {"source": "tiny_sources:planted"}, **SMALL}), folder)
    return folder


@pytest.fixture(scope="module")
def exported(done: Path) -> Path:
    write_pool(RunFolder(done), "standard", done / "pool.npz")
    write_pool(RunFolder(done), "standard", done / "with-features.npz", features=True)
    return done / "pool.npz"


@pytest.fixture(scope="module")
def both(done: Path, exported: Path) -> tuple[ArmResult, ArmResult]:
    return RunFolder(done).result().arms[0], score(exported, done / "scored").arms[0]


def assert_same(found: Any, known: Any, where: str = "") -> None:
    """All numbers to 1e-9, all else exactly."""
    if isinstance(known, dict):
        assert found.keys() == known.keys(), where
        for key in known:
            assert_same(found[key], known[key], f"{where}.{key}")
    elif isinstance(known, (list, tuple)):
        assert len(found) == len(known), where
        for place, (one, other) in enumerate(zip(found, known, strict=True)):
            assert_same(one, other, f"{where}[{place}]")
    elif isinstance(known, float):
        assert found == pytest.approx(known, rel=1e-9, abs=1e-9), where
    else:
        assert found == known, where


def test_every_attack_that_ran_reaches_the_same(both: tuple[ArmResult, ArmResult]) -> None:
    known, found = ({attack.name: attack for attack in arm.attacks} for arm in both)
    assert found.keys() == known.keys()
    ran = [name for name, attack in known.items() if not attack.failed and name != "quantile"]
    assert {"gap", "loss", "entropy", "population", "base", "rmia-online", "lira-online"} <= set(ran)
    for name in ran:
        assert_same(found[name].model_dump(), known[name].model_dump(), name)


def test_everything_else_is_the_same_too(both: tuple[ArmResult, ArmResult]) -> None:
    known, found = (arm.model_dump(exclude={"attacks", *NOT_IN_A_FILE}) for arm in both)
    assert known["memorization"]["scored"] == 400
    assert known["influence"] is not None
    assert known["links"][0]["reason"] is None
    assert_same(found, known)


def test_records_have_the_same_row(done: Path, both: tuple[ArmResult, ArmResult]) -> None:
    import polars as pl

    known, found = (pl.read_parquet(folder / "records.parquet").drop("arm") for folder in (done, done / "scored"))
    assert found.columns == known.columns
    for column in known.columns:
        assert_same(found[column].to_list(), known[column].to_list(), column)


def test_an_export_holds_the_pool_to_the_last_bit(done: Path, exported: Path) -> None:
    pool, scored = RunFolder(done).pool("standard"), read(str(exported))
    for name in ("membership", "phi", "correct", "pair", "entropy", "modified_entropy", "top", "views_correct"):
        held, known = getattr(scored.evidence, name), getattr(pool, name)
        assert held.dtype == known.dtype
        np.testing.assert_array_equal(held, known)
    np.testing.assert_array_equal(scored.evidence.population, pool.test_phi)
    np.testing.assert_array_equal(scored.population_correct, pool.test_correct)
    assert scored.targets.all()
    assert scored.is_pool


def test_records_are_not_exported_unless_asked(done: Path, exported: Path) -> None:
    from audit.data import load

    with np.load(exported) as held:
        assert "features" not in held.files
    dataset = load(RunFolder(done).config().data)
    scored = read(str(exported.with_name("with-features.npz")))
    np.testing.assert_array_equal(scored.evidence.features, dataset.x)
    attack = ATTACKS["quantile"]
    known = evaluate(attack, RunFolder(done).pool("standard").evidence_on(dataset)).auc
    assert evaluate(attack, scored.evidence).auc == known


def test_without_features_the_quantile_regression_says_what_it_misses(both: tuple[ArmResult, ArmResult]) -> None:
    found = next(attack for attack in both[1].attacks if attack.name == "quantile")
    assert found.failed == "it needs the features of the records"


def test_other_records_than_those_of_the_run_are_not_exported(done: Path, tmp_path: Path) -> None:
    folder = RunFolder(done)
    config = folder.config_file.read_text()
    folder.config_file.write_text(config.replace("tiny_sources:planted", "tiny_sources:easy"))
    try:
        with pytest.raises(PoolError, match="holds other records"):
            write_pool(folder, "standard", tmp_path / "pool.npz", features=True)
    finally:
        folder.config_file.write_text(config)


def test_every_view_is_exported(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    coins = rng.random((4, 30)) < 0.5
    membership = np.stack([coins, ~coins], axis=1).reshape(8, 30)
    phi = rng.normal(membership[:, :, None], 1.0, (8, 30, 3))
    test_phi, many = rng.normal(size=(8, 10, 3)), rng.random((8, 30, 3)).astype(np.float32)
    outputs = {"views_correct": phi > 0, "entropy": many, "modified_entropy": many, "top": -many[..., None]}
    pool = Pool("standard", membership, phi, phi[..., 0] > 0, test_phi, test_phi[..., 0] > 0, True, **outputs)
    labels, groups = np.arange(30) % 2, {"site": np.array(["a", "b", "c"] * 10)}
    ids = np.array([f"r{i}" for i in range(30)])
    index = Index(ids, labels, np.arange(10) % 2, np.array(["no", "yes"]), groups, {"site": np.array(["a"] * 10)})
    np.savez(tmp_path / "pool.npz", **arrays_of(pool, index))
    scored = read(str(tmp_path / "pool.npz"), ["site"])
    np.testing.assert_array_equal(scored.evidence.phi, phi)
    np.testing.assert_array_equal(scored.evidence.top, outputs["top"])
    assert scored.dataset.class_names == ("no", "yes")
    assert list(scored.dataset.groups["site"]) == list(groups["site"])
    attack = ATTACKS["label-only"]
    assert evaluate(attack, scored.evidence).auc == evaluate(attack, pool.evidence).auc


def test_models_in_another_order_are_put_back_beside_their_partners(done: Path, exported: Path) -> None:
    with np.load(exported) as held:
        arrays = {name: held[name] for name in held.files}
    order = np.random.default_rng(0).permutation(12)
    of_models = ("membership", "phi", "correct", "views_correct", "entropy", "modified_entropy", "top")
    of_models = (*of_models, "population", "population_correct", "seconds")
    shuffled = {name: array[order] if name in of_models else array for name, array in arrays.items()}
    del shuffled["pair"]
    np.savez(done / "shuffled.npz", **shuffled)
    found = score(done / "shuffled.npz", done / "shuffled", attacks=("lira-online",), headline="base")
    known = RunFolder(done).result().arms[0]
    assert any("complements of each other" in note for note in found.data.notes)
    assert_same(found.arms[0].memorization.mean.model_dump(), known.memorization.mean.model_dump())  # type: ignore[union-attr]
    names = ("lira-online", "base")
    for name in names:
        one, other = (next(a for a in arm.attacks if a.name == name).auc for arm in (found.arms[0], known))
        assert one is not None
        assert other is not None
        assert one.value == pytest.approx(other.value, rel=1e-9)
