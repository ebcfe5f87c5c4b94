"""Folders of images: what Pillow writes comes back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from audit.config import DataConfig
from audit.data import load

PER_CLASS = 12


@pytest.fixture
def folder(tmp_path):
    """Write `[classes, 12, height, width(, 3)]` pixels as PNG files, one sub-folder a class."""

    def write(pixels: np.ndarray, names=("cat", "dog")):
        for name, images in zip(names, pixels, strict=True):
            (tmp_path / "pets" / name).mkdir(parents=True)
            for k, image in enumerate(images):
                Image.fromarray(image).save(tmp_path / "pets" / name / f"{k:02d}.png")
        return tmp_path / "pets"

    return write


def pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (2, PER_CLASS, *shape), dtype=np.uint8)


def loaded(path):
    return load(DataConfig(source=str(path)))


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3)])
def test_images_come_back_as_they_were_written(folder, shape):
    written = pixels(*shape)
    dataset = loaded(folder(written))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.in_shape == (3 if len(shape) == 3 else 1, 6, 5)
    for x, y, name in zip(dataset.x, dataset.y, dataset.ids, strict=True):
        class_name, file = name.split("/")
        image = written[y, int(file.removesuffix(".png"))]
        assert dataset.class_names[y] == class_name
        np.testing.assert_allclose(
            x if image.ndim == 3 else x[0], (np.moveaxis(image, -1, 0) if image.ndim == 3 else image) / 255, rtol=1e-6
        )


def test_each_class_lends_its_share(folder):
    dataset = loaded(folder(pixels(4, 4)))
    assert np.bincount(dataset.y_test).tolist() == [2, 2]
    assert dataset.records == 20


def test_an_image_of_another_size_is_resized_and_said(folder):
    path = folder(pixels(8, 6))
    Image.fromarray(np.full((16, 4), 51, np.uint8)).save(path / "cat" / "03.png")
    dataset = loaded(path)
    assert "1 image of another size resized to 8 x 6" in "\n".join(dataset.notes)
    every = dict(zip(dataset.ids, dataset.x, strict=True))
    if "cat/03.png" in every:
        np.testing.assert_allclose(every["cat/03.png"], 0.2, atol=1e-6)
    else:
        assert any(np.allclose(x, 0.2) for x in dataset.x_test)


def test_a_grey_image_among_coloured_ones_has_three_equal_channels(folder):
    path = folder(pixels(4, 4, 3))
    for k in range(PER_CLASS):
        Image.fromarray(np.full((4, 4), 10 * k, np.uint8)).save(path / "dog" / f"{k:02d}.png")
    dataset = loaded(path)
    grey = dataset.x[dataset.y == 1]
    assert dataset.in_shape == (3, 4, 4)
    assert (grey[:, 0] == grey[:, 1]).all()
    assert (grey[:, 0] == grey[:, 2]).all()
    assert set(np.round(grey.reshape(-1) * 255).astype(int)) <= set(range(0, 120, 10))


def test_palettes_and_transparency_become_colours(folder):
    path = folder(pixels(4, 4, 3))
    red = Image.new("RGBA", (4, 4), (255, 0, 0, 9))
    red.save(path / "cat" / "00.png")
    red.paste((254, 0, 0, 255), (0, 0, 2, 4))
    red.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE).save(
        path / "cat" / "01.png", transparency=b"\x00\x01"
    )
    dataset = loaded(path)
    every = np.concatenate([dataset.x, dataset.x_test])
    is_red = (abs(every - np.array([1, 0, 0])[:, None, None]) < 0.01).all(axis=(1, 2, 3))
    assert is_red.sum() == 2


@pytest.mark.parametrize("lenient", [False, True])
def test_every_corrupt_image_is_named(refusal, folder, monkeypatch, lenient):
    """Also after a library of the process told Pillow to take half a picture for a whole one, as WeasyPrint does."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    path = folder(pixels(8, 8))
    (path / "cat" / "04.png").write_bytes(b"no image")
    whole = (path / "dog" / "07.png").read_bytes()
    (path / "dog" / "07.png").write_bytes(whole[: len(whole) // 2])
    error = refusal(path)
    assert "2 images cannot be read" in error.message
    assert "'cat/04.png' (not an image)" in error.message
    assert "'dog/07.png'" in error.message


def test_pixels_of_sixteen_bits_are_refused_not_clipped(refusal, folder):
    path = folder(pixels(4, 4))
    Image.fromarray(np.full((4, 4), 3000, np.uint16)).save(path / "cat" / "00.png")
    assert "'cat/00.png' (pixels of mode I;16 have more than 8 bits)" in refusal(path).message


def test_the_order_does_not_depend_on_the_file_system(folder, monkeypatch):
    path = folder(pixels(4, 4))
    before = loaded(path).fingerprint
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter(sorted(listed(folder), reverse=True)))
    assert loaded(path).fingerprint == before


def test_other_files_are_passed_over_and_said(folder):
    path = folder(pixels(4, 4))
    (path / "licence.txt").write_text("free")
    (path / "cat" / "labels.csv").write_text("a,b")
    (path / ".cache").mkdir()
    dataset = loaded(path)
    assert dataset.classes == 2
    assert "2 files that are no images" in "\n".join(dataset.notes)


def test_a_sub_folder_without_images_is_named(refusal, folder):
    path = folder(pixels(4, 4))
    (path / "train" / "cat").mkdir(parents=True)
    assert "1 sub-folder without an image: 'train'" in refusal(path).message


def test_a_folder_without_sub_folders(refusal, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no sub-folders" in refusal(tmp_path / "empty").message


def test_one_class_alone_is_refused(refusal, folder):
    assert "every label is 'cat'" in refusal(folder(pixels(4, 4)[:1], ("cat",))).message


def test_all_mistakes_of_a_folder_are_named_together(refusal, folder):
    path = folder(pixels(4, 4))
    (path / "empty").mkdir()
    (path / "rare").mkdir()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(path / "rare" / "a.png")
    (path / "cat" / "00.png").write_bytes(b"no image")
    error = refusal(path)
    for what in ("without an image: 'empty'", "'cat/00.png'", "'rare' (1)"):
        assert what in error.message
