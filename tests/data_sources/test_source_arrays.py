"""NumPy archives: what is understood, and what is refused."""

from __future__ import annotations

import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from audit.config import DataConfig
from audit.data import load


class Intruder:
    """Unpickled, it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def loaded(path: Path, **settings):
    return load(DataConfig(source=str(path), **settings))


def test_vectors_come_back_as_they_were(npz, arrays):
    dataset = loaded(npz(**arrays))
    index = dataset.ids.astype(int)
    np.testing.assert_array_equal(dataset.x, arrays["x"][index])
    np.testing.assert_array_equal(dataset.y, arrays["y"][index])
    assert dataset.name == "records"
    assert dataset.class_names == ("0", "1", "2")


def test_a_test_set_of_its_own_is_taken_whole(npz, arrays):
    dataset = loaded(npz(**arrays, x_test=arrays["x"][:7] + 1, y_test=arrays["y"][:7]))
    np.testing.assert_array_equal(dataset.x, arrays["x"])
    np.testing.assert_array_equal(dataset.x_test, arrays["x"][:7] + 1)
    np.testing.assert_array_equal(dataset.y_test, arrays["y"][:7])
    assert not any("held out" in note for note in dataset.notes)


@pytest.mark.parametrize(
    "ids",
    [np.array([f"r{k}" for k in range(60)]), np.arange(100, 160), np.array([f"é{k}".encode() for k in range(60)])],
)
def test_ids_of_its_own_follow_their_records(npz, arrays, ids):
    dataset = loaded(npz(**arrays, ids=ids))
    text = [k.decode() if isinstance(k, bytes) else str(k) for k in ids.tolist()]
    where = [text.index(name) for name in dataset.ids]
    np.testing.assert_array_equal(dataset.x, arrays["x"][where])


def test_labels_with_gaps_become_classes_of_their_names(npz, arrays):
    values = np.array([-1, 7, 30])
    dataset = loaded(npz(x=arrays["x"], y=values[arrays["y"]], x_test=arrays["x"][:2], y_test=np.array([30, -1])))
    assert dataset.class_names == ("-1", "7", "30")
    np.testing.assert_array_equal(dataset.y, arrays["y"])
    assert dataset.y_test.tolist() == [2, 0]


def test_labels_in_a_column_are_labels(npz, arrays):
    np.testing.assert_array_equal(loaded(npz(x=arrays["x"], y=arrays["y"][:, None])).y, loaded(npz(**arrays)).y)


@pytest.mark.parametrize(
    "shape", [(60, 6, 5), (60, 6, 5, 1), (60, 6, 5, 3), (60, 1, 6, 5), (60, 3, 6, 5), (60, 3, 4, 4), (60, 4, 4, 3)]
)
def test_images_are_scaled_and_have_their_channels_first(npz, arrays, shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    dataset = loaded(npz(x=pixels, y=arrays["y"]))
    index = dataset.ids.astype(int)
    truth = np.empty((len(index), *dataset.in_shape))
    for row, record in enumerate(index):
        image = pixels[record]
        if image.ndim == 2:
            truth[row, 0] = image
        else:
            for channel in range(dataset.in_shape[0]):
                truth[row, channel] = image[..., channel] if shape[3] in (1, 3) else image[channel]
    np.testing.assert_allclose(dataset.x, truth / 255, rtol=1e-6)
    assert dataset.in_shape[0] in (1, 3)
    assert any("0..255 to 0..1" in note for note in dataset.notes)


def test_small_integers_in_vectors_are_no_pixels(npz, arrays):
    dataset = loaded(npz(x=(arrays["x"] > 0).astype(np.uint8), y=arrays["y"]))
    assert set(np.unique(dataset.x)) == {0.0, 1.0}


@pytest.mark.parametrize("names", [("x_train", "y_train"), ("X", "y"), ("train_images", "train_labels")])
def test_common_names_are_understood(npz, arrays, names):
    assert (
        loaded(npz(**dict(zip(names, arrays.values(), strict=True)))).fingerprint == loaded(npz(**arrays)).fingerprint
    )


def test_arrays_passed_over_are_named(npz, arrays):
    assert any("'weights'" in note for note in loaded(npz(**arrays, weights=np.ones(3))).notes)


def test_a_file_that_is_no_archive(refusal, tmp_path):
    path = tmp_path / "records.npz"
    path.write_bytes(b"x,y\n1,2\n" * 50)
    assert "not an archive" in refusal(path).message


def test_a_single_array_under_the_name_of_an_archive(refusal, tmp_path):
    np.save(tmp_path / "a.npy", np.ones(3))
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    assert "a single array" in refusal(tmp_path / "a.npz").message


def test_an_archive_cut_short(refusal, npz, arrays):
    path = npz(**arrays)
    path.write_bytes(path.read_bytes()[:-200])
    assert "not an archive" in refusal(path).message


@pytest.mark.parametrize(("times", "said"), [(1, "Bad CRC-32 for file 'x.npy'"), (1000, "array 'x' cannot be read")])
def test_an_array_with_a_flipped_byte_is_named(refusal, npz, arrays, times, said):
    x = np.tile(arrays["x"], times)
    path = npz(x=x, y=arrays["y"])
    content = bytearray(path.read_bytes())
    content[content.index(x.tobytes()[:16]) + 40] ^= 255
    path.write_bytes(content)
    assert said in refusal(path).message


@pytest.mark.parametrize("place", ["x", "y", "extra"])
def test_a_pickle_is_refused_and_never_runs(refusal, npz, arrays, tmp_path, place):
    trace = tmp_path / "trace"
    path = npz(**{**arrays, place: np.array([Intruder(trace)] * 60, dtype=object)})
    error = refusal(path)
    assert f"'{place}' holds Python objects (a pickle)" in error.message
    assert not trace.exists()
    with np.load(path, allow_pickle=True) as archive:  # the trap is a real one
        archive[place]
    assert trace.exists()


def test_a_bare_pickle_under_the_name_of_an_archive_never_runs(refusal, tmp_path):
    import pickle

    trace, path = tmp_path / "trace", tmp_path / "records.npz"
    path.write_bytes(pickle.dumps(Intruder(trace)))
    refusal(path)
    assert not trace.exists()


def test_a_missing_array_is_named_with_what_is_there(refusal, npz, arrays):
    error = refusal(npz(features=arrays["x"], y=arrays["y"]))
    assert "there is no array 'x'" in error.message
    assert "'features' float32 [60, 5]" in error.message
    assert "'x', 'y'" in refusal(npz(features=arrays["x"])).message


def test_an_archive_without_arrays(refusal, tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    assert "no array at all" in refusal(path).message


def test_one_half_of_a_test_set(refusal, npz, arrays):
    assert "x_test without y_test" in refusal(npz(**arrays, x_test=arrays["x"])).message
    assert "y_test without x_test" in refusal(npz(**arrays, y_test=arrays["y"])).message


def test_test_records_of_another_type_or_shape(refusal, npz, arrays):
    error = refusal(npz(**arrays, x_test=np.ones((4, 6)), y_test=np.zeros(4, int)))
    assert "x is float32 and x_test float64" in error.message
    assert "a record of x is [5] and one of x_test [6]" in error.message


def test_several_mistakes_are_named_together(refusal, npz, arrays):
    x = arrays["x"].copy()
    x[5, 2], x[9, 0] = np.nan, np.inf
    ids = np.array([f"r{k % 59}" for k in range(60)])
    error = refusal(npz(x=x, y=arrays["y"][:-1] + 0.5, ids=ids))
    for what in (
        "2 records",
        "'r5'",
        "float64 values, not integers",
        "y has 59",
        "1 id given to more than one record: 'r0'",
    ):
        assert what in error.message
    assert len(error.message.splitlines()) == 4


def test_a_missing_array_does_not_hide_what_is_wrong_with_the_other(refusal, npz, arrays):
    error = refusal(npz(z=arrays["x"], y=arrays["y"] / 2))
    assert "there is no array 'x'" in error.message
    assert "not integers" in error.message


def test_a_byte_a_pixel_stays_a_byte_until_it_is_split(tmp_path):
    """Peak beside the file's bytes: once raw, once split, four times as Float32; never a Float64 copy (eight)."""
    pixels = np.random.default_rng(0).integers(0, 256, (4000, 32, 32, 3), dtype=np.uint8)
    np.savez(tmp_path / "big.npz", x=pixels, y=np.arange(4000) % 10)
    size = pixels.nbytes
    del pixels
    tracemalloc.start()
    dataset = loaded(tmp_path / "big.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert dataset.in_shape == (3, 32, 32)
    assert dataset.x.flags.c_contiguous
    assert peak < 6.5 * size
