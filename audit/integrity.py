"""Whether a finished run is still what it was: the digests of its files, recorded last, and computed anew.

They tell of damage, of edits and of files that were mixed up. Who rewrites digests.json as well is not found out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from audit.errors import PoolError
from audit.files import write_text
from audit.store import ShardStore, key_of

FILE = "digests.json"
VERSION = 1
FILES = (
    "config.yaml",
    "index.npz",
    "layout.json",
    "records.parquet",
    "report.html",
    "result.json",
    "one-run.json",
    "experiment.json",
    "secrets.json",
    "arms/*/arm.json",
    "experiments/*.json",
)
SHARDS = ("arms/*/models-*.safetensors", "experiments/*/*/models-*.safetensors")
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that no longer fits.

    Attributes:
        what: what, and where.
        remedy: what to do.
    """

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """What became of a run's files.

    Attributes:
        files: how many were compared, shards among them.
        shards: how many of these are shards, whose content was digested too.
        misfits: all that no longer fits; empty if everything does.
    """

    files: int
    shards: int
    misfits: tuple[Misfit, ...]


def write_digests(folder: Path) -> None:
    """Record the digests of a run's files; the last thing that a run writes.

    Args:
        folder: the run folder.
    """
    shards = {_name(folder, path): _recorded(path) for path in _shards(folder)}
    names = sorted({_name(folder, path) for pattern in FILES for path in folder.glob(pattern)} | shards.keys())
    content = {"version": VERSION, "files": {name: sha256_of(folder / name) for name in names}, "shards": shards}
    write_text(folder / FILE, json.dumps({**content, "digest": _own(content)}, indent=1) + "\n")


def verify(folder: Path) -> Integrity:
    """Compute every digest of a run anew.

    Args:
        folder: the folder of `audit run`, `audit score` or `audit one-run`.

    Raises:
        PoolError: if there is no such folder, or it holds no digests.
    """
    if not (folder / FILE).is_file():
        raise _no_digests(folder)
    content = _content(folder / FILE)
    if content is None:
        said = f"{folder / FILE} was damaged or edited: nothing can be compared with it"
        return Integrity(0, 0, (Misfit(said, "put it back from a copy, or " + _again(folder)),))
    files, shards = content["files"], content["shards"]
    found = [*_changed(folder, files), *_shard_misfits(folder, shards), *_unrecorded(folder, shards), *_mixed(folder)]
    return Integrity(len(files), len(shards), tuple(found))


def _no_digests(folder: Path) -> PoolError:
    if not folder.is_dir():
        return PoolError(f"{folder}: no such run folder", "check the path")
    if not any((folder / name).exists() for name in ("result.json", "one-run.json", "experiment.json")):
        return PoolError(f"{folder} holds no finished audit", "name a folder under runs/, or end the audit first")
    return PoolError(
        f"{folder} has no {FILE}: it is from a version that recorded none", f"{_again(folder)}; that records them"
    )


def _content(path: Path) -> dict[str, Any] | None:
    """What was recorded; None if it is no longer what was written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        return None
    if not isinstance(content, dict) or content.pop("digest", None) != _own(content):
        return None
    return content


def _own(content: Mapping[str, object]) -> str:
    """Digest of the record itself, in canonical JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _changed(folder: Path, files: Mapping[str, str]) -> Iterator[Misfit]:
    for name, digest in files.items():
        path = folder / name
        if not path.is_file():
            yield Misfit(f"{name} is missing", _remedy(folder, name))
        elif sha256_of(path) != digest:
            yield Misfit(f"{name} is not the file that the run wrote: its SHA-256 differs", _remedy(folder, name))


def _shard_misfits(folder: Path, shards: Mapping[str, Mapping[str, str]]) -> Iterator[Misfit]:
    """Shards whose content does not have the digest that they carry, or carry another digest or key than recorded."""
    for name, recorded in shards.items():
        path = folder / name
        if not path.is_file():
            continue
        complaints = _complaints(path, recorded["key"])
        if not complaints and _recorded(path) != recorded:
            complaints = [f"the shard {path} holds other signals than those that were analysed"]
        yield from (Misfit(message, _remedy(folder, name)) for message in complaints)


def _shards(folder: Path) -> list[Path]:
    return sorted(path for pattern in SHARDS for path in folder.glob(pattern))


def _complaints(shard: Path, key: str) -> list[str]:
    store = ShardStore(shard.parent, key, _shaped_by(shard.parent))
    try:
        return [message for _, message in store.damaged([_models(shard)])]
    except ValueError:  # settings in its header that are no JSON any more
        return [f"the shard {shard} has a damaged header"]


def _unrecorded(folder: Path, shards: Iterable[str]) -> Iterator[Misfit]:
    for path in _shards(folder):
        if _name(folder, path) not in shards:
            yield Misfit(f"{_name(folder, path)} was added after the last analysis", _again(folder))


def _mixed(folder: Path) -> Iterator[Misfit]:
    """Keys that are not the digest of what they stand for, and arms of other data or other settings than the result."""
    said = _digests_of_result(folder)
    for path in sorted(folder.glob("arms/*/arm.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            key, shaped_by = str(content["key"]), dict(content["shaped_by"])
        except (ValueError, KeyError, TypeError):
            continue  # its own digest tells of it
        name, arm = _name(folder, path), path.parent.name
        if key != key_of(shaped_by):
            yield Misfit(f"{name}: its key is not the digest of the settings beside it", _remedy(folder, name))
        if said.get(f"arm {arm}", key) != key:
            yield Misfit(f"result.json was made from another pool of arm {arm} than the one here", _again(folder))
        if said.get("data", shaped_by.get("data")) != shaped_by.get("data"):
            yield Misfit(f"result.json is about other records than arm {arm} was trained on", _again(folder))


def _digests_of_result(folder: Path) -> dict[str, str]:
    """Digests that the result names; none where it cannot be read, of which its own digest tells."""
    try:
        content = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        return dict(content["provenance"]["digests"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _shaped_by(arm: Path) -> dict[str, object]:
    try:
        return dict(json.loads((arm / "arm.json").read_text(encoding="utf-8"))["shaped_by"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _recorded(shard: Path) -> dict[str, str]:
    """Key and digest of the content, as the shard carries them; empty if it cannot be read."""
    try:
        with safe_open(shard, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, ValueError):
        metadata = {}
    return {"key": metadata.get("key", ""), "content": metadata.get("digest", "")}


def _models(shard: Path) -> list[int]:
    """The models that a shard's name says it holds."""
    _, first, last = shard.stem.split("-")
    return list(range(int(first), int(last) + 1))


def _remedy(folder: Path, name: str) -> str:
    if name.endswith(".safetensors"):
        return "put it back from a copy, or run the same command again with --repair: it trains this shard anew"
    if name == "config.yaml":
        return "put it back from a copy, or run the audit in another folder with --out"
    return f"put it back from a copy, or {_again(folder)}"


def _again(folder: Path) -> str:
    """What writes the files anew."""
    if (folder / "one-run.json").exists():
        return "run the same `audit one-run` with this folder as --out: the model is kept, the rest is written anew"
    if (folder / "experiment.json").exists():
        return (
            "run the same `audit experiment` with this folder as --out: the models are kept, the rest is written anew"
        )
    if (folder / "config.yaml").exists() or (folder / "arms").is_dir():
        return "run the same command again with this folder as --out: the pool is kept, the rest is written anew"
    return "run the same `audit score` again with this folder as --out"


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits.

    Args:
        path: the file.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
