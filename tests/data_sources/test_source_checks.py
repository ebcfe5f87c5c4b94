"""Bad records, whatever their source; the split; copies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.config import DataConfig
from audit.data import Dataset, duplicates, load
from audit.data.checks import CHUNK, not_finite
from audit.data.duplicates import duplicate_notes
from audit.data.split import held_out


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_a_value_that_is_no_number_is_counted_with_its_first_record(refusal, npz, arrays, bad):
    x = arrays["x"].astype(np.float64)
    x[17, 2] = x[17, 3] = x[40, 0] = bad
    message = refusal(npz(x=x, y=arrays["y"])).message
    assert "NaN, infinity" in message
    assert "in 2 records, the first is record '17'" in message


def test_a_bad_value_in_the_test_set_is_found(refusal, npz, arrays):
    x_test = arrays["x"][:6].copy()
    x_test[4] = np.nan
    message = refusal(npz(**arrays, x_test=x_test, y_test=arrays["y"][:6])).message
    assert "x_test holds NaN" in message
    assert "in 1 record," in message


def test_bad_values_are_found_beyond_the_first_chunk():
    x = np.zeros((2 * CHUNK + 3, 2, 2), np.float32)
    rows = [0, CHUNK - 1, CHUNK, 2 * CHUNK + 2]
    x[rows, 1, 0] = np.nan
    assert np.flatnonzero(not_finite(x)).tolist() == rows


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": np.arange(60) % 3 + 0.5}, "the labels in y are float64 values, not integers"),
        ({"y": np.array(list("abc") * 20)}, "the labels in y are <U1 values, not integers"),
        ({"y": np.zeros(60, int)}, "every label is '0'; an audit needs two classes"),
        ({"y": np.eye(3)[np.arange(60) % 3].astype(int)}, "y is [60, 3], not one label a record"),
        ({"y": np.array([0, 1] * 28 + [5, 6, 6, 6])}, "2 classes with fewer than 4 records: '5' (1), '6' (3)"),
        ({"y": np.arange(59) % 3}, "lengths differ: x has 60, y has 59 records"),
        ({"ids": np.arange(61)}, "ids has 61"),
        (
            {"ids": np.array(["a", "b", "b", "c", "c"] + [str(k) for k in range(55)])},
            "2 ids given to more than one record: 'b', 'c'",
        ),
        ({"ids": np.arange(120).reshape(60, 2)}, "ids are [60, 2]"),
        ({"x": np.array([["red"]] * 60)}, "x holds <U3 values, not numbers"),
        ({"x": np.zeros(60)}, "x is [60], neither"),
        ({"x": np.float32(7)}, "x is [], neither"),
        ({"y": np.int64(7)}, "y is [], not one label a record"),
        ({"x": np.zeros((60, 0))}, "x is [60, 0], neither"),
        ({"x": np.zeros((8, 2)), "y": np.arange(8) % 2}, "8 records cannot be audited, 16 are the least"),
    ],
)
def test_every_bad_input_is_named(refusal, npz, arrays, change, said):
    assert said in refusal(npz(**(arrays | change))).message


def test_four_records_are_enough_for_a_class(npz, arrays):
    y = np.array([0, 1] * 28 + [6] * 4)
    loaded = load(DataConfig(source=str(npz(x=arrays["x"], y=y)), test_share=0.4))
    assert np.bincount(loaded.y).tolist() == [17, 17, 4]


def test_a_test_label_without_training_records_is_named(refusal, npz, arrays):
    message = refusal(npz(**arrays, x_test=arrays["x"][:3], y_test=np.array([0, 9, 1]))).message
    assert "y_test has labels that no training record has: '9'" in message


def test_test_records_and_labels_of_different_lengths(refusal, npz, arrays):
    message = refusal(npz(**arrays, x_test=arrays["x"][:3], y_test=arrays["y"][:4])).message
    assert "x_test has 3 records and y_test 4" in message


def test_a_share_that_leaves_no_test_record(refusal, npz, arrays):
    assert "leaves no test record" in refusal(npz(**arrays), test_share=0.01).message


@settings(deadline=None, derandomize=True)
@given(
    counts=st.lists(st.integers(1, 60), min_size=2, max_size=5),
    share=st.floats(0.05, 0.6),
    seed=st.integers(0, 2**32),
)
def test_the_held_out_part_is_stratified(counts, share, seed):
    y = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    held = held_out(y, share, seed)
    for label, count in enumerate(counts):
        lent = int(held[y == label].sum())
        assert count - lent >= min(count, 4)
        assert abs(lent - share * count) <= 1 or count - lent == min(count, 4)
    np.testing.assert_array_equal(held, held_out(y, share, seed))


def test_every_record_of_a_class_is_held_out_equally_often():
    """1,000 seeds, share .2: counts are Bin(1000, .2); beyond 5 sd for one of 100 records: 1 false alarm in 17,000."""
    y = np.arange(100) % 2
    often = sum(held_out(y, 0.2, seed).astype(int) for seed in range(1000))
    assert np.abs(often - 200).max() < 5 * np.sqrt(1000 * 0.2 * 0.8)


def dataset(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> Dataset:
    ids = np.array([str(k) for k in range(len(y))])
    return Dataset("d", x.astype(np.float32), y, x_test.astype(np.float32), np.zeros(len(x_test), int), ids, ("0", "1"))


def copies_by_comparison(x: np.ndarray) -> int:
    return sum(any(k != j and (x[k] == x[j]).all() for j in range(len(x))) for k in range(len(x)))


@pytest.mark.parametrize("values", [2, 3, 50])
def test_copies_are_the_records_that_equal_another(values):
    rng = np.random.default_rng(values)
    x = rng.integers(0, values, (120, 2, 3)) * rng.choice([1.0, -1.0], (120, 1, 1))
    assert duplicates(dataset(x, np.zeros(120, int), x[:0])) == copies_by_comparison(x)


def test_minus_zero_is_zero():
    assert duplicates(dataset(np.array([[0.0], [-0.0], [1.0]]), np.zeros(3, int), np.zeros((0, 1)))) == 2


def test_copies_and_their_labels_are_said():
    x = np.array([[0], [0], [1], [1], [1], [2]])
    notes = " ".join(duplicate_notes(dataset(x, np.array([0, 0, 0, 1, 1, 0]), np.array([[2], [9], [0]]))))
    assert "5 records have an exact copy among the records under audit, 3 of them a copy with another label" in notes
    assert "in the test set: 2." in notes
    assert duplicate_notes(dataset(x[[0, 2]], np.zeros(2, int), x[-1:])) == ()


def test_copies_are_a_note_not_a_refusal(npz, arrays):
    x = arrays["x"].copy()
    x[30:] = x[:30]
    loaded = load(DataConfig(source=str(npz(x=x, y=arrays["y"], x_test=x[:1] + 1, y_test=arrays["y"][:1]))))
    assert duplicates(loaded) == 60
    assert any("60 records have an exact copy" in note for note in loaded.notes)
