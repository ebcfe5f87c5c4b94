"""A pool on disk: shards that are whole or absent, keyed by all that shaped them, and checked when read."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from audit.errors import PoolError
from audit.files import locked, write_bytes
from audit.training.base import Signals, Task

FIELDS = tuple(name for name in Signals.__dataclass_fields__ if name != "extra")
EXTRA = "extra/"
"""Begins the names of arrays that were watched in training."""
# Wall time is stored but kept out of the digest: two undisturbed runs differ in nothing else.
NOT_DIGESTED = "seconds"


def shaping(task: Task, inclusion: float, trainer_version: str) -> dict[str, object]:
    """All that shapes a model's signals besides its number; a shard's key is the digest of it.

    Args:
        task: data, architecture, arm, seed and device.
        inclusion: probability of a record to be IN.
        trainer_version: version of the training code.
    """
    arm = asdict(task.arm)
    arm["recipe"] = task.arm.recipe.model_dump()
    for prose in ("name", "kind", "description"):
        del arm[prose]
    return {
        "data": task.dataset.fingerprint,
        "model": task.model,
        "arm": arm,
        "seed": task.seed,
        "inclusion": inclusion,
        "device": task.device,
        "views": list(task.views),
        "trainer": trainer_version,
        **({} if task.canaries else {"canaries": False}),
        **({} if task.left_out is None else {"left_out": _digest(task.left_out)}),
        **({"all_in": True} if task.all_in else {}),
    }


def _digest(array: NDArray[np.generic]) -> str:
    return hashlib.sha256(f"{array.dtype.str}{array.shape}".encode() + array.tobytes()).hexdigest()


def key_of(shaped_by: Mapping[str, object]) -> str:
    """SHA-256 of what shaped a shard, in canonical JSON."""
    return hashlib.sha256(json.dumps(shaped_by, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold a run folder for this process; the lock ends with the process, however it ends.

    Raises:
        PoolError: if another process holds it.
        WriteError: if the folder cannot be made or written.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked(folder / ".lock"))
        except TimeoutError as error:
            raise PoolError(
                f"another process works on {folder}", "wait for it to end, or choose another folder with --out"
            ) from error
        yield


@dataclass(frozen=True, slots=True)
class ShardStore:
    """The shards of one arm.

    Attributes:
        folder: where they lie.
        key: digest of all that shaped them.
        shaped_by: what the digest is of; written into every shard so that a mismatch can be explained.
    """

    folder: Path
    key: str
    shaped_by: Mapping[str, object]

    def path(self, models: Sequence[int]) -> Path:
        """File of the shard that holds these models."""
        return self.folder / f"models-{models[0]:05d}-{models[-1]:05d}.safetensors"

    def write(self, models: Sequence[int], signals: Signals) -> None:
        """Save a shard, whole or not at all."""
        held = {name: getattr(signals, name) for name in FIELDS}
        held |= {EXTRA + name: array for name, array in signals.extra.items()}
        arrays = {name: np.ascontiguousarray(array) for name, array in held.items() if array is not None}
        metadata = {
            "key": self.key,
            "models": json.dumps(list(models)),
            "digest": digest_of(arrays),
            "shaped_by": json.dumps(self.shaped_by, sort_keys=True),
        }
        write_bytes(self.path(models), save(arrays, metadata=metadata))

    def read(self, models: Sequence[int]) -> Signals:
        """Read a shard and check its key, its models and its digest.

        Raises:
            PoolError: if it is truncated, tampered with, or was shaped by something else; named.
        """
        path = self.path(models)
        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                names = [name for name in file.keys() if name in FIELDS or name.startswith(EXTRA)]  # noqa: SIM118 - no mapping
                arrays = {name: file.get_tensor(name) for name in names}
        except (SafetensorError, OSError, ValueError) as error:
            raise _damaged(path, f"cannot be read ({error})") from error
        if metadata.get("key") != self.key:
            raise _foreign(path, json.loads(metadata.get("shaped_by", "{}")), self.shaped_by)
        if metadata.get("digest") != digest_of(arrays) or metadata.get("models") != json.dumps(list(models)):
            raise _damaged(path, "does not match its digest")
        extra = {name.removeprefix(EXTRA): array for name, array in arrays.items() if name.startswith(EXTRA)}
        return Signals(**{name: array for name, array in arrays.items() if name in FIELDS}, extra=extra)

    def joined(self, models: Sequence[int]) -> Signals:
        """The signals of models that are all on disk, in this order.

        Args:
            models: numbers of models, rising.

        Raises:
            PoolError: if a shard is damaged or foreign.
        """
        spans = [list(range(first, last + 1)) for first, last in self._spans()]
        wanted = set(models)
        used = [span for span in spans if wanted.intersection(span)]
        whole = Signals.joined([self.read(span) for span in used])
        numbers = [model for span in used for model in span]
        return whole.take([numbers.index(model) for model in models])

    def check(self, models: Sequence[int]) -> None:
        """Read every shard that holds one of the models.

        Args:
            models: numbers of models.

        Raises:
            PoolError: naming every shard that is damaged or foreign.
        """
        wanted = set(models)
        spans = [list(range(first, last + 1)) for first, last in self._spans()]
        complaints = self.damaged([span for span in spans if wanted.intersection(span)])
        if complaints:
            raise PoolError(
                "\n".join(message for _, message in complaints), f"remove {self.folder}: it is trained anew"
            )

    def cuts(self, models: int, size: int) -> list[list[int]]:
        """The shards of a pool: those on disk as they are, and the gaps between them cut to size.

        Args:
            models: number of models of the pool.
            size: models a new shard.
        """
        whole = [list(range(first, last + 1)) for first, last in self._spans() if last < models]
        return sorted(whole + cut(self.absent(range(models)), size))

    def absent(self, models: Iterable[int]) -> list[int]:
        """Those of the models that are in no shard on disk, in rising order."""
        held = {model for first, last in self._spans() for model in range(first, last + 1)}
        return sorted(set(models) - held)

    def _spans(self) -> list[tuple[int, int]]:
        return sorted(_span(path) for path in self.folder.glob("models-*.safetensors"))

    def missing(self, cuts: Sequence[Sequence[int]]) -> list[list[int]]:
        """The shards that are not on disk, as lists of models."""
        return [list(models) for models in cuts if not self.path(models).exists()]

    def sweep(self) -> None:
        """Remove what a killed process left half-written; only under the run's lock."""
        for leftover in self.folder.glob(".models-*"):
            leftover.unlink()

    def damaged(self, shards: Sequence[Sequence[int]]) -> list[tuple[Path, str]]:
        """The shards on disk that cannot be trusted, each with its complaint."""
        complaints = []
        for models in shards:
            if self.path(models).exists():
                try:
                    self.read(models)
                except PoolError as error:
                    complaints.append((self.path(models), error.message))
        return complaints


def cut(models: Sequence[int], size: int) -> list[list[int]]:
    """Models in a row as shards: none spans a gap, nor a multiple of `size`, wherever the row begins.

    So what is trained after a stop is cut as it would have been without it.

    Args:
        models: numbers of models, rising.
        size: most models a shard.
    """
    return _in_a_row(models, lambda model: model // size)


def cut_along(models: Sequence[int], stacks: Sequence[Sequence[int]]) -> list[list[int]]:
    """The same along the stacks of the whole pool, which need not be of one size.

    Args:
        models: numbers of models, rising.
        stacks: the whole pool's.
    """
    place = {model: number for number, stack in enumerate(stacks) for model in stack}
    return _in_a_row(models, place.__getitem__)


def _in_a_row(models: Sequence[int], stack_of: Callable[[int], int]) -> list[list[int]]:
    groups = itertools.groupby(enumerate(models), key=lambda pair: (pair[1] - pair[0], stack_of(pair[1])))
    return [[model for _, model in group] for _, group in groups]


def tapered(stacks: Sequence[list[int]], workers: int, least: int) -> list[list[int]]:
    """The last stacks in halves, and the last of these again, so that nobody waits long for who ends last.

    Args:
        stacks: of the whole pool.
        workers: how many train at once.
        least: models of a stack below which one costs more.
    """
    kept, last = list(stacks[:-workers]), stacks[-workers:]
    size = max(map(len, last), default=0) // 4 * 2  # whole pairs
    if not kept or size < max(2, least):
        return list(stacks)
    halves = [part for stack in last for part in (stack[:size], stack[size:]) if part]
    return kept + tapered(halves, workers, least)


def digest_of(arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """SHA-256 over names, types, shapes and bytes; times are left out."""
    digest = hashlib.sha256()
    watched = sorted(name for name in arrays if name.startswith(EXTRA))
    for name in (field for field in (*FIELDS, *watched) if field in arrays and field != NOT_DIGESTED):
        array = arrays[name]
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _span(path: Path) -> tuple[int, int]:
    _, first, last = path.stem.split("-")
    return int(first), int(last)


def differences(before: object, after: object, where: str = "") -> list[str]:
    """What differs between two nested settings, a line each: `dp.recipe.epochs: 40 -> 50`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted(before.keys() | after.keys())
        nested = (differences(before.get(k), after.get(k), f"{where}.{k}" if where else str(k)) for k in keys)
        return [line for lines in nested for line in lines]
    return [] if before == after else [f"{where}: {before} -> {after}"]


def _damaged(path: Path, why: str) -> PoolError:
    return PoolError(f"the shard {path} {why}", "run again with --repair: it drops this shard and trains it anew")


def _foreign(path: Path, before: object, after: object) -> PoolError:
    what = "; ".join(differences(before, after)) or "its key"
    return PoolError(
        f"the shard {path} was made by other settings: {what}",
        "choose another folder with --out, restore the settings, or drop and retrain with --repair",
    )
