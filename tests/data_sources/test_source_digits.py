"""The bundled digits, against scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from audit.config import DataConfig
from audit.data import load


def test_every_record_is_scikit_learns_record_of_that_index():
    dataset, bunch = load(DataConfig(source="digits")), load_digits()
    index = dataset.ids.astype(int)
    np.testing.assert_allclose(dataset.x[:, 0] * 6 + 5, bunch.images[index], atol=1e-5)
    np.testing.assert_array_equal(dataset.y, bunch.target[index])
    assert (dataset.x.min() * 6 + 5, dataset.x.max() * 6 + 5) == pytest.approx((0, 16))
    assert dataset.x.dtype == np.float32
    assert dataset.in_shape == (1, 8, 8)


def test_training_and_test_records_are_all_digits_once():
    dataset, bunch = load(DataConfig(source="digits")), load_digits()
    together = np.round(np.concatenate([dataset.x, dataset.x_test]).reshape(-1, 64) * 6 + 5)
    assert sorted(map(bytes, together.astype(np.uint8))) == sorted(map(bytes, bunch.data.astype(np.uint8)))


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_each_class_lends_its_share_within_one(share):
    dataset = load(DataConfig(source="digits", test_share=share))
    every = np.bincount(load_digits().target)
    assert np.abs(np.bincount(dataset.y_test) - share * every).max() <= 1


def test_the_seed_decides_what_is_held_out_and_nothing_else_does():
    first, again, other = (load(DataConfig(source="digits", seed=seed)) for seed in (0, 0, 1))
    assert first.fingerprint == again.fingerprint
    assert set(first.ids) != set(other.ids)
    assert len(first.ids) == len(other.ids)
