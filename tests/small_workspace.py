"""A folder that holds a small file under every name that the pages of docs/ take for granted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

FACTORY = """
from torch import nn


def factory(in_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(in_shape[0] * in_shape[1] * in_shape[2], classes))
"""
CIFAR_MLP = """
model: mlp
data: {source: cifar10.npz}
standard: {epochs: 1}
"""


def fill(folder: Path) -> None:
    """Write the files; nothing in them is of any meaning."""
    rng = np.random.default_rng(0)
    _tables(folder, rng)
    _images(folder, rng)
    _outputs(folder, rng)
    (folder / "my_package").mkdir()
    (folder / "my_package" / "nets.py").write_text(FACTORY)
    (folder / "cifar-mlp.yaml").write_text(CIFAR_MLP)
    words = ("see", "you", "at", "the", "old", "bridge", "soon", "bring", "tea", "and", "a", "book")
    texts = [" ".join(rng.choice(words, 6)) + f" {number}" for number in range(260)]
    (folder / "notes.txt").write_text("\n".join(texts) + "\n")
    pl.DataFrame({"body": texts, "sender": np.arange(260) % 3}).write_parquet(folder / "mail.parquet")


def _tables(folder: Path, rng: np.random.Generator) -> None:
    rows = 120
    columns: dict[str, object] = {f"x{number}": rng.normal(size=rows).round(3) for number in range(4)}
    columns |= {
        "sex": np.where(rng.random(rows) < 0.5, "f", "m"),
        "profile": np.array(list("abcdef"))[np.arange(rows) % 6],
    }
    label = np.where(rng.random(rows) < 0.5, "no", "yes")
    for name in ("default", "class", "y"):
        file = {"default": "table.parquet", "class": "classes.parquet", "y": "FILE.csv"}[name]
        frame = pl.DataFrame({**columns, name: label})
        frame.write_csv(folder / file) if file.endswith("csv") else frame.write_parquet(folder / file)


def _images(folder: Path, rng: np.random.Generator) -> None:
    for label in ("cat", "dog"):
        (folder / "images" / label).mkdir(parents=True)
        for number in range(30):
            Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(folder / "images" / label / f"{number}.png")
    x, y = rng.integers(0, 256, (150, 12, 12, 3), np.uint8), np.arange(150) % 3
    np.savez(folder / "cifar10.npz", x=x[:100], y=y[:100], x_test=x[100:], y_test=y[100:])
    np.savez(folder / "data.npz", x=x[:100], y=y[:100], x_test=x[100:], y_test=y[100:])
    scores, labels = rng.random(100), rng.integers(0, 3, (3, 100))
    np.savez(folder / "cifar10-cscores-orig-order.npz", scores=scores)
    np.savez(folder / "scores.npz", scores=rng.random(120))
    np.savez(folder / "cifar10n.npz", clean_label=y[:100], aggre_label=labels[0], worse_label=labels[1])
    np.savez(folder / "labels.npz", first=y[:100], second=labels[2])


def _outputs(folder: Path, rng: np.random.Generator) -> None:
    half = rng.random((6, 80)) < 0.5
    membership = np.stack([half, ~half], axis=1).reshape(12, 80)
    labels = rng.integers(0, 3, 80)
    logits = rng.normal(size=(12, 80, 1, 3)) + 2 * np.eye(3)[labels][None, :, None] * membership[:, :, None, None]
    for name in ("outputs", "models"):
        np.savez(folder / f"{name}.npz", membership=membership, logits=logits, labels=labels)
    np.savez(folder / "one.npz", membership=membership[0], logits=logits[0, :, 0], labels=labels)
    site = np.where(rng.random(80) < 0.5, "north", "south")
    frame = {"member": membership[0].astype(int), "loss": rng.exponential(size=80), "site": site}
    pl.DataFrame(frame).write_csv(folder / "outputs.csv")
