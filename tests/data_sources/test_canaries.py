"""Canaries: what they are, that they stay apart from natural records, and that a file of them is checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simulated_training import small_dataset

from audit.config import CanaryConfig, DataConfig
from audit.data import audited, load
from audit.data.base import Dataset
from audit.data.canaries import KINDS, planted
from audit.errors import DataError
from audit.membership import membership_row


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataConfig())


@pytest.mark.parametrize("kind", list(KINDS))
def test_natural_records_stay_as_they_were_and_canaries_come_last(digits: Dataset, kind: str) -> None:
    found = planted(digits, CanaryConfig(count=30, kind=kind))
    assert (found.records, found.natural_records, found.canaries) == (digits.records + 30, digits.records, 30)
    assert found.natural.fingerprint == digits.fingerprint
    assert found.fingerprint != digits.fingerprint
    assert len(set(found.ids)) == found.records
    np.testing.assert_array_equal(found.x_test, digits.x_test)
    assert ((found.y >= 0) & (found.y < digits.classes)).all()
    again = planted(digits, CanaryConfig(count=30, kind=kind))
    other = planted(digits, CanaryConfig(count=30, kind=kind, seed=1))
    assert again.fingerprint == found.fingerprint != other.fingerprint


def test_no_canary_is_the_same_data_set(digits: Dataset) -> None:
    assert audited(DataConfig(), CanaryConfig()).fingerprint == digits.fingerprint


def test_coins_of_natural_records_do_not_move_when_canaries_are_added() -> None:
    np.testing.assert_array_equal(membership_row(4, 100, 0.5, 7), membership_row(4, 130, 0.5, 7)[:100])


def test_mislabelled_canaries_look_like_one_class_and_are_called_another(digits: Dataset) -> None:
    found = planted(digits, CanaryConfig(count=200, kind="mislabelled"))
    x, y = found.x[-200:].reshape(200, -1), found.y[-200:]
    centres = np.stack([digits.x[digits.y == c].reshape(-1, 64).mean(axis=0) for c in range(10)])
    nearest = ((x[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == y).mean() < 0.02  # a mean of two of one class lies nearer to that class than to any other
    assert not any((found.x[: digits.records] == canary).all(axis=(1, 2, 3)).any() for canary in found.x[-20:])


def test_noise_is_at_the_ends_of_every_feature(digits: Dataset) -> None:
    x = planted(digits, CanaryConfig(count=400, kind="noise")).x[-400:]
    least, greatest = digits.x.min(axis=0), digits.x.max(axis=0)
    assert ((x == least) | (x == greatest)).all()
    high = (x == greatest)[:, greatest > least].mean(axis=0)
    assert abs(high - 0.5).max() < 5 * 0.5 / 20


def test_blank_canaries_are_alike_but_for_one_feature_each(digits: Dataset) -> None:
    found = planted(digits, CanaryConfig(count=65, kind="blank"))
    x, least = found.x[-65:].reshape(65, -1), digits.x.min(axis=0).reshape(-1)
    assert (x[0] == least).all()
    assert ((x[1:] != least).sum(axis=1) == 1).all()
    assert len({int(np.argmax(row != least)) for row in x[1:]}) == 64
    rarest = np.bincount(digits.y).argmin()
    assert (found.y[-65:] == rarest).all()


def test_groups_call_canaries_what_they_are(digits: Dataset) -> None:
    grouped = Dataset(**{**vars(small_dataset()), "groups": {"site": np.repeat(["a", "b"], 20)}})
    found = planted(grouped, CanaryConfig(count=3, kind="noise"))
    assert found.groups["site"].tolist()[-4:] == ["b", "canary", "canary", "canary"]
    assert found.natural.groups["site"].tolist() == grouped.groups["site"].tolist()


def saved(folder: Path, **arrays: np.ndarray) -> CanaryConfig:
    np.savez(folder / "own.npz", **arrays)
    return CanaryConfig(count=2, kind=str(folder / "own.npz"))


def test_own_canaries_are_read_as_the_model_sees_them_or_as_pixels(tmp_path: Path, digits: Dataset) -> None:
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    found = planted(digits, saved(tmp_path, x=x, y=np.array([1, 2, 3])))
    np.testing.assert_array_equal(found.x[-2:], x[:2])
    assert found.y[-2:].tolist() == [1, 2]
    pixels = np.full((2, 8, 8), 51, np.uint8)
    np.testing.assert_allclose(planted(digits, saved(tmp_path, x=pixels, y=np.array([0, 9]))).x[-2:], 0.2, rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"x": np.zeros((2, 1, 9, 9))}, "records of digits are"),
        ({"y": np.array([0, 10])}, "y runs from 0 to 10"),
        ({"y": np.array([0.0, 1.0])}, r"y is float64 \[2\]"),
        ({"x": np.full((2, 1, 8, 8), np.nan)}, "NaN or infinity"),
        ({"x": np.zeros((1, 1, 8, 8)), "y": np.array([0])}, "2 canaries are asked for and the file has 1"),
        ({"x": np.array([object(), object()])}, "a pickle"),
    ],
)
def test_own_canaries_that_do_not_fit_are_refused(
    tmp_path: Path, digits: Dataset, arrays: dict[str, np.ndarray], complaint: str
) -> None:
    whole = {"x": np.zeros((2, 1, 8, 8), np.float32), "y": np.array([0, 1]), **arrays}
    with pytest.raises(DataError, match=complaint):
        planted(digits, saved(tmp_path, **whole))


def test_a_file_without_labels_and_an_unknown_kind_are_refused(tmp_path: Path, digits: Dataset) -> None:
    np.savez(tmp_path / "own.npz", x=np.zeros((2, 1, 8, 8)))
    with pytest.raises(DataError, match="no array 'y'"):
        planted(digits, CanaryConfig(count=2, kind=str(tmp_path / "own.npz")))
    with pytest.raises(DataError, match="the nearest: 'mislabelled'"):
        planted(digits, CanaryConfig(count=2, kind="mislabeled"))
    with pytest.raises(DataError, match="no such file"):
        planted(digits, CanaryConfig(count=2, kind=str(tmp_path / "absent.npz")))
