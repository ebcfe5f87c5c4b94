"""Bad files: every mistake is named, all of them at once, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import softmax

from audit.errors import DataError
from audit.scoring.reading import read

RNG = np.random.default_rng(0)
MEMBERSHIP = RNG.random((4, 30)) < 0.5
LOGITS = RNG.normal(size=(4, 30, 3))
LABELS = np.arange(30) % 3
GOOD: dict[str, Any] = {"membership": MEMBERSHIP, "logits": LOGITS, "labels": LABELS}


def with_one(array: np.ndarray, value: float) -> np.ndarray:
    changed = np.array(array, np.float64)
    changed.flat[7] = value
    return changed


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no membership": ({"membership": None, "memberships": MEMBERSHIP}, "'membership'; the nearest: 'memberships'"),
    "membership of twos": ({"membership": MEMBERSHIP * 2}, "membership holds 2, not only 0 and 1"),
    "membership of texts": ({"membership": np.full((4, 30), "in")}, "not 0 and 1"),
    "no members": ({"membership": MEMBERSHIP * 0}, "membership has no members of any model under audit"),
    "members alone": ({"membership": MEMBERSHIP | True}, "membership has no non-members"),
    "no outputs": ({"logits": None, "logit": LOGITS}, "no outputs; the file has 'membership', 'labels', 'logit'"),
    "two kinds": ({"losses": MEMBERSHIP + 1.0}, "outputs of 2 kinds, 'logits', 'losses'"),
    "swapped axes": ({"logits": LOGITS.swapaxes(0, 1)}, "logits is [30, 4, 3]"),
    "too few records": ({"logits": LOGITS[:, :20]}, "not [models = 4, records = 30, views, classes]"),
    "no axes": ({"logits": np.float64(3.0)}, "logits is []"),
    "nan": ({"logits": with_one(LOGITS, np.nan)}, "logits holds 1 value that cannot be, such as nan at [0, 2, 0, 1]"),
    "all ruled out": ({"logits": np.where(LABELS[:, None] == 0, -np.inf, LOGITS)}, "every class in 40 outputs"),
    "no labels": ({"labels": None}, "there is logits without labels"),
    "labels from 1": ({"labels": LABELS + 1}, "labels runs from 1 to 3, but there are 3 classes"),
    "fractional labels": ({"labels": LABELS + 0.5}, "labels holds 0.5, not only whole numbers"),
    "one class": ({"logits": LOGITS[:, :, :1], "labels": LABELS * 0}, "logits has one class"),
    "too few names": ({"class_names": np.array(["a", "b"])}, "there are 2 classes"),
    "double ids": ({"ids": np.array(["a"] * 30)}, "1 id given to more than one record: 'a'"),
    "no target": ({"targets": np.zeros(4)}, "targets names no model"),
    "targets of records": ({"targets": np.ones(30)}, "targets is [30], not [models = 4]"),
    "pairs of texts": ({"pair": np.array(list("aabb"))}, "pair holds"),
    "infinite features": ({"features": with_one(np.ones((30, 2)), np.inf)}, "features holds 1 value"),
    "short features": ({"features": np.ones((29, 2))}, "features is [29, 2], not [records = 30, ...]"),
    "population of another kind": ({"population_losses": np.ones((4, 9))}, "of the population are 'population_losses'"),
    "population without labels": ({"population_logits": LOGITS[:, :9]}, "population_logits without population_labels"),
    "population of other views": (
        {"population_logits": np.ones((4, 9, 2, 3)), "population_labels": LABELS[:9]},
        "not [models = 4, population, views = 1, classes = 3]",
    ),
    "short group": ({"group_site": np.array(["a"] * 9)}, "column 'site' to report by is [9], not [records = 30]"),
    "pickle": ({"ids": np.array([{}] * 30, object)}, "pickle"),
}


def saved(path: Path, arrays: dict[str, Any]) -> str:
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return str(path)


def complaint(call: Callable[[], object]) -> str:
    with pytest.raises(DataError) as refused:
        call()
    assert refused.value.hint
    assert refused.value.exit_code == 2
    return refused.value.message


@pytest.mark.parametrize("case", BAD)
def test_a_bad_archive_is_refused_with_what_is_wrong(tmp_path: Path, case: str) -> None:
    changes, said = BAD[case]
    assert said in complaint(lambda: read(saved(tmp_path / "x.npz", {**GOOD, **changes})))


def test_a_good_archive_is_not(tmp_path: Path) -> None:
    assert read(saved(tmp_path / "x.npz", GOOD)).models == 4


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"probabilities": softmax(LOGITS, axis=-1) * 2}, "probabilities of 120 outputs do not sum to 1"),
        ({"probabilities": LOGITS}, "probabilities holds"),
        ({"losses": with_one(np.ones((4, 30)), -0.5)}, "such as -0.5 at [0, 7, 0]"),
        ({"phi": with_one(np.ones((4, 30)), np.nan)}, "phi holds 1 value"),
    ],
)
def test_values_that_cannot_be_are_refused(tmp_path: Path, outputs: dict[str, Any], said: str) -> None:
    assert said in complaint(lambda: read(saved(tmp_path / "x.npz", {**GOOD, "logits": None, **outputs})))


def test_all_mistakes_are_named_together(tmp_path: Path) -> None:
    double, absent = np.array(["a"] * 30), np.full((30, 2), np.nan)
    many = {"membership": MEMBERSHIP * 2, "labels": LABELS + 9, "ids": double, "features": absent}
    said = complaint(lambda: read(saved(tmp_path / "x.npz", {**GOOD, **many})))
    assert len(said.splitlines()) == 4
    for field in ("membership", "labels", "id", "features"):
        assert field in said


@pytest.mark.parametrize("shape", [(4, 30, 1, 3), (4, 30, 3)])
def test_views_may_be_left_out(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert read(saved(tmp_path / "x.npz", {**GOOD, "logits": LOGITS.reshape(shape)})).evidence.phi.shape == (4, 30, 1)


@pytest.mark.parametrize("membership", [MEMBERSHIP[0], MEMBERSHIP[:1]])
@pytest.mark.parametrize("logits", [LOGITS[0], LOGITS[:1], LOGITS[0][:, None], LOGITS[:1, :, None]])
def test_with_one_model_its_axis_may_be_left_out(tmp_path: Path, membership: Any, logits: Any) -> None:
    found = read(saved(tmp_path / "x.npz", {"membership": membership, "logits": logits, "labels": LABELS})).evidence
    whole = read(saved(tmp_path / "y.npz", GOOD)).evidence
    np.testing.assert_array_equal(found.membership, MEMBERSHIP[:1])
    np.testing.assert_array_equal(found.phi, whole.phi[:1])


def test_memberships_may_be_zeros_and_ones_of_any_type(tmp_path: Path) -> None:
    for dtype in (np.uint8, np.int64, np.float32):
        found = read(saved(tmp_path / "x.npz", {**GOOD, "membership": MEMBERSHIP.astype(dtype)}))
        np.testing.assert_array_equal(found.evidence.membership, MEMBERSHIP)


def test_arrays_that_are_no_field_are_named(tmp_path: Path) -> None:
    assert any("'extra'" in note for note in read(saved(tmp_path / "x.npz", {**GOOD, "extra": LABELS})).notes)


def test_given_pairs_that_tear_complements_apart_are_warned_of(tmp_path: Path) -> None:
    torn = {**GOOD, "membership": np.concatenate([MEMBERSHIP[:2], ~MEMBERSHIP[:2]]), "pair": np.arange(4)}
    assert any("4 models are complements" in warning for warning in read(saved(tmp_path / "x.npz", torn)).warnings)
    del torn["pair"]
    assert read(saved(tmp_path / "x.npz", torn)).warnings == ()


@pytest.mark.parametrize(("name", "said"), [("x.txt", ".npz, .csv, .parquet"), ("absent.npz", "no such file")])
def test_a_file_of_no_known_kind_is_refused(tmp_path: Path, name: str, said: str) -> None:
    assert said in complaint(lambda: read(str(tmp_path / name)))


def test_an_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_text("hello")
    assert "not an archive" in complaint(lambda: read(str(tmp_path / "x.npz")))
    np.save(tmp_path / "y.npy", LOGITS)
    (tmp_path / "y.npy").rename(tmp_path / "y.npz")
    assert "a single array" in complaint(lambda: read(str(tmp_path / "y.npz")))


MEMBER, AGE = MEMBERSHIP[0].astype(int), np.arange(30.0) % 7
TABLE: dict[str, Any] = {"member": MEMBER, "label": LABELS, "loss": np.linspace(0.1, 3, 30), "age": AGE}
BAD_TABLES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "no member": ({"member": None, "members": MEMBERSHIP[0]}, [], "no column 'member'"),
    "member of twos": ({"member": np.full(30, 2)}, [], "column 'member' holds 2, not only 0 and 1"),
    "a gap": ({"loss": None, "logit_0": LABELS * 1.0, "logit_2": LABELS * 1.0}, [], "do not count the classes 0, 1, 2"),
    "a hole": ({"loss": [None, *range(29)]}, [], "column 'loss' lacks a value in 1 row, first in row 0"),
    "no group": ({}, ["site"], "no column 'site' to report by"),
    "two kinds": ({"phi": np.ones(30)}, [], "outputs of 2 kinds"),
    "negative": ({"loss": -np.ones(30)}, [], "column 'loss' holds 30 values that cannot be"),
    "double ids": ({"id": ["r"] * 30}, [], "1 id given to more than one record"),
}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_refused_with_what_is_wrong(tmp_path: Path, case: str, suffix: str) -> None:
    changes, groups, said = BAD_TABLES[case]
    path = written(tmp_path / f"t{suffix}", {**TABLE, **changes})
    assert said in complaint(lambda: read(path, groups))


def written(path: Path, columns: dict[str, Any]) -> str:
    frame = pl.DataFrame({name: column for name, column in columns.items() if column is not None})
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path)
    return str(path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_says_what_an_archive_says(tmp_path: Path, suffix: str) -> None:
    classes = {f"probability_{k}": softmax(LOGITS[0], axis=-1)[:, k] for k in (2, 0, 1)}
    ids, sites = [f"r{i}" for i in range(30)], ["a", "b", "c"] * 10
    columns = {**TABLE, "loss": None, **classes, "id": ids, "site": sites}
    table = read(written(tmp_path / f"t{suffix}", columns), ["site"])
    archive = read(saved(tmp_path / "x.npz", {**GOOD, "membership": MEMBERSHIP[0], "logits": LOGITS[0]}))
    np.testing.assert_allclose(table.evidence.phi, archive.evidence.phi, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(table.evidence.correct, archive.evidence.correct)
    np.testing.assert_array_equal(table.evidence.membership, archive.evidence.membership)
    assert table.evidence.features is not None
    assert table.evidence.features.shape == (30, 1)  # age alone: what is reported by is no feature
    assert table.dataset.ids.tolist() == ids
    assert table.dataset.groups["site"].tolist() == sites


def test_texts_as_labels_name_the_classes(tmp_path: Path) -> None:
    found = read(written(tmp_path / "t.csv", {**TABLE, "label": ["cat", "dog"] * 15}))
    assert found.dataset.class_names == ("cat", "dog")
    # Two classes: a loss says who is right.
    np.testing.assert_array_equal(found.evidence.correct[0], TABLE["loss"] < np.log(2))  # type: ignore[index]
    assert read(written(tmp_path / "t.csv", TABLE)).evidence.correct is None
