"""A folder of images, one sub-folder a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from audit.config import DataConfig
from audit.data.draft import Array, Draft, Problem, counted, listed, quoted
from audit.data.pixels import BRIGHTEST

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
GREY = {"1", "L"}
COLOUR = {"RGB", "RGBA", "LA", "P", "CMYK", "YCbCr"}
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
Size = tuple[int, int]


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
    problems = list(_folder_problems(classes, per_class))
    sizes, modes, broken = _looked_at(folder, paths)
    problems += broken
    x = None
    if paths and not problems:
        size, grey = Counter(sizes).most_common(1)[0][0], set(modes) <= GREY
        x, broken = _pixels(folder, paths, size, grey)
        problems += broken
    return Draft(
        name=folder.resolve().name,
        x=x,
        y=np.repeat(np.arange(len(classes)), [len(images) for images in per_class]) if paths else None,
        ids=np.array([path.relative_to(folder).as_posix() for path in paths], dtype=np.str_),
        class_names=tuple(entry.name for entry in classes),
        divisor=BRIGHTEST,
        notes=tuple(_notes(folder, classes, len(paths), sizes, modes)),
        problems=tuple(problems),
    )
