"""A folder of images, one sub-folder a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from audit.config import DataConfig
from audit.data.draft import Array, Draft, Problem, counted, listed, quoted
from audit.data.pixels import BRIGHTEST, channels_first, pixel_note

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
GREY = {"1", "L"}
COLOUR = {"RGB", "RGBA", "LA", "P", "CMYK", "YCbCr"}
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
Picture = NDArray[np.uint8]


def draft(config: DataConfig) -> Draft:
    """All images in class order; grey if every one is grey, else red, green and blue.

    Images of another size than the most common one are resized to it, and the notes say how many.

    Args:
        config: its source is the folder.
    """
    folder = Path(config.source).expanduser()
    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    per_class = [_images(entry) for entry in classes]
    paths = [path for images in per_class for path in images]
    pictures, broken = _read(folder, paths)
    x = channels_first(_stacked(pictures)) if pictures else None
    return Draft(
        name=folder.resolve().name,
        x=None if broken else x,
        y=np.repeat(np.arange(len(classes)), [len(images) for images in per_class]) if paths else None,
        ids=np.array([path.relative_to(folder).as_posix() for path in paths], dtype=np.str_),
        class_names=tuple(entry.name for entry in classes),
        divisor=BRIGHTEST,
        notes=() if x is None else (pixel_note(x), *_size_notes(pictures), *_other_notes(folder, classes, len(paths))),
        problems=(*_folder_problems(classes, per_class), *broken),
    )


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.name[0] != ".")


def _folder_problems(classes: Sequence[Path], per_class: Sequence[Sequence[Path]]) -> Iterator[Problem]:
    fix = "put the images of each class directly into a sub-folder of its name"
    empty = [entry.name for entry, images in zip(classes, per_class, strict=True) if not images]
    if not classes:
        yield Problem("the folder has no sub-folders", fix)
    elif empty:
        yield Problem(f"{counted(len(empty), 'sub-folder')} without an image: {quoted(empty)}", fix)


def _read(folder: Path, paths: Sequence[Path]) -> tuple[list[Picture], list[Problem]]:
    """Every image that can be read, and one problem that names those that cannot."""
    pictures: list[Picture] = []
    broken = []
    for path in paths:
        try:
            pictures.append(_picture(path))
        except UNREADABLE as failure:
            why = "not an image" if isinstance(failure, UnidentifiedImageError) else str(failure)
            broken.append(f"'{path.relative_to(folder).as_posix()}' ({why})")
    what = f"{counted(len(broken), 'image')} cannot be read: {listed(broken)}"
    return pictures, [Problem(what, "remove or replace these images")] if broken else []


def _picture(path: Path) -> Picture:
    """UInt8 [height, width] if grey, [height, width, 3] if not; transparency is dropped."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # a library of this process may have set it; half a picture is no record
    with Image.open(path) as image:
        if image.mode not in GREY | COLOUR:
            raise ValueError(f"pixels of mode {image.mode} have more than 8 bits")
        if image.mode in GREY:
            return np.asarray(image.convert("L"))
        # By way of RGBA, because Pillow warns of a palette's transparency otherwise.
        return np.asarray(image.convert("RGBA" if image.mode == "P" else "RGB").convert("RGB"))


def _stacked(pictures: Sequence[Picture]) -> Array:
    """UInt8 [records, height, width] or [records, height, width, 3], of the most common size."""
    size = _common_size(pictures)
    colour = any(picture.ndim == 3 for picture in pictures)
    stack = np.empty((len(pictures), *size, *((3,) if colour else ())), dtype=np.uint8)
    for k, picture in enumerate(pictures):
        sized = picture if picture.shape[:2] == size else _resized(picture, size)
        stack[k] = sized[:, :, None] if colour and sized.ndim == 2 else sized
    return stack


def _common_size(pictures: Sequence[Picture]) -> tuple[int, int]:
    """Height and width that most have; the larger of two equally common ones."""
    sizes = Counter((picture.shape[0], picture.shape[1]) for picture in pictures)
    return max(sizes, key=lambda size: (sizes[size], size))


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    height, width = size
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def _size_notes(pictures: Sequence[Picture]) -> Iterator[str]:
    height, width = _common_size(pictures)
    others = sum(picture.shape[:2] != (height, width) for picture in pictures)
    if others:
        size = f"{height} x {width}"
        yield f"{counted(others, 'image')} of another size resized to {size} (bilinear, proportions not kept)."


def _other_notes(folder: Path, classes: Sequence[Path], images: int) -> Iterator[str]:
    files = sum(path.is_file() for entry in (folder, *classes) for path in entry.iterdir())
    if files > images:
        yield f"{counted(files - images, 'file')} that are no images ({listed(sorted(SUFFIXES), 20)}) are passed over."
