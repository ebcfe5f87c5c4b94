"""A run folder: what lies where, and how to read it again without torch."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.errors import ConfigError, PoolError
from audit.files import write_bytes, write_text
from audit.membership import membership_matrix
from audit.pool import Pool
from audit.settings import as_yaml, checked, read_yaml
from audit.store import ShardStore, differences
from audit.training.base import Signals
from audit.training.layout import Layout
from reports.result import SCHEMA_VERSION, AuditResult, PrivacyGuarantee

Strings = NDArray[np.str_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Index:
    """Names and labels of the records, kept with a run; never their content.

    Attributes:
        ids: Str [records].
        labels: Int [records].
        test_labels: Int [test records].
        class_names: Str [classes].
        groups: column -> Str [records].
        test_groups: column -> Str [test records].
        canaries: how many of the last records are canaries.
    """

    ids: Strings
    labels: Ints
    test_labels: Ints
    class_names: Strings
    groups: Mapping[str, Strings]
    test_groups: Mapping[str, Strings]
    canaries: int = 0

    @classmethod
    def of(cls, dataset: Dataset) -> Index:
        """The index of a data set."""
        names, groups = np.array(dataset.class_names), (dict(dataset.groups), dict(dataset.test_groups))
        return cls(dataset.ids, dataset.y, dataset.y_test, names, *groups, dataset.canaries)

    @property
    def natural(self) -> Index:
        """The same without canaries."""
        kept = slice(0, len(self.labels) - self.canaries)
        groups = {name: column[kept] for name, column in self.groups.items()}
        return replace(self, ids=self.ids[kept], labels=self.labels[kept], groups=groups, canaries=0)

    def as_dataset(self, name: str) -> Dataset:
        """A data set with names and labels but no features, for statistics that need no more."""
        empty, empty_test = (np.zeros((len(labels), 0), np.float32) for labels in (self.labels, self.test_labels))
        classes = tuple(self.class_names.tolist())
        said = (self.ids, classes, self.groups, self.test_groups)
        return Dataset(name, empty, self.labels, empty_test, self.test_labels, *said, canaries=self.canaries)


@dataclass(frozen=True)
class RunFolder:
    """The files of one audit.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def result_file(self) -> Path:
        """The versioned result."""
        return self.path / "result.json"

    @property
    def html_file(self) -> Path:
        """The HTML report."""
        return self.path / "report.html"

    @property
    def records_file(self) -> Path:
        """One row a record and arm."""
        return self.path / "records.parquet"

    @property
    def config_file(self) -> Path:
        """The resolved config."""
        return self.path / "config.yaml"

    @property
    def layout_file(self) -> Path:
        """Size of stacks and number of processes that the run was begun with."""
        return self.path / "layout.json"

    def arm_folder(self, arm: str) -> Path:
        """Where the shards of an arm lie."""
        return self.path / "arms" / arm

    def config(self) -> AuditConfig:
        """The config that the folder was made by.

        Raises:
            PoolError: if this is no run folder.
        """
        if not self.config_file.exists():
            raise PoolError(f"{self.path} is not a run folder: it has no config.yaml", "name a folder under runs/")
        return checked(read_yaml(self.config_file))

    def check_same(self, config: AuditConfig, grow: bool = False) -> None:
        """Check that the folder is new or was made by the same config.

        Settings that shape no model (analysis, stack, workers) may differ.

        Args:
            config: the resolved config.
            grow: the pool may be larger than the one in the folder.

        Raises:
            ConfigError: naming what differs.
        """
        if not self.config_file.exists():
            return
        changed = differences(_shape(self.config(), not grow), _shape(config, not grow))
        if changed:
            raise ConfigError(
                f"{self.path} was made by another config:\n" + "\n".join(f"- {line}" for line in changed),
                "choose another folder with --out, or grow a pool with `audit extend`",
            )

    def claim(self, config: AuditConfig, index: Index, layout: Layout | None = None) -> None:
        """Write what the folder is about to hold: the config, how it is trained, and the index of the records."""
        write_text(self.config_file, as_yaml(config))
        if layout is not None and layout.arms:
            write_text(self.layout_file, layout.model_dump_json(indent=1))
        self.write_index(index)

    def layout(self) -> Layout | None:
        """How the run was trained so far; None if nothing was.

        Raises:
            PoolError: if the file is no layout.
        """
        if not self.layout_file.exists():
            return None
        try:
            return Layout.model_validate_json(self.layout_file.read_bytes())
        except ValidationError as error:
            raise PoolError(
                f"{self.layout_file} is no layout of a run", "remove it: the run is measured again, its pool is kept"
            ) from error

    def write_index(self, index: Index) -> None:
        """Keep names and labels of the records."""
        groups = {f"groups/{name}": column for name, column in index.groups.items()}
        tests = {f"test_groups/{name}": column for name, column in index.test_groups.items()}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            ids=index.ids,
            labels=index.labels,
            test_labels=index.test_labels,
            class_names=index.class_names,
            canaries=np.array(index.canaries),
            **groups,
            **tests,
        )
        write_bytes(self.path / "index.npz", buffer.getvalue())

    def index(self) -> Index:
        """Names and labels of the records.

        Raises:
            PoolError: if they are missing: nothing was trained yet.
        """
        path = self.path / "index.npz"
        if not path.exists():
            raise PoolError(f"{self.path} has no index.npz: nothing was trained there", "run `audit run` first")
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        plain = {name: arrays[name] for name in ("ids", "labels", "test_labels", "class_names")}
        groups, tests = (_under(arrays, f"{name}/") for name in ("groups", "test_groups"))
        canaries = int(arrays["canaries"]) if "canaries" in arrays else 0  # runs from before there were any
        return Index(**plain, groups=groups, test_groups=tests, canaries=canaries)

    def write_arm(self, store: ShardStore, guarantee: PrivacyGuarantee | None) -> None:
        """Keep what shaped an arm and what it guarantees."""
        content = {
            "key": store.key,
            "shaped_by": store.shaped_by,
            "guarantee": guarantee.model_dump() if guarantee else None,
        }
        write_text(store.folder / "arm.json", json.dumps(content, indent=1, allow_nan=False))

    def pool(self, arm: str) -> Pool:
        """Read the pool of an arm, every shard checked.

        Raises:
            PoolError: if there is no such arm, or a shard is damaged.
        """
        content, config = self._arm(arm), self.config()
        store = ShardStore(self.arm_folder(arm), content["key"], content["shaped_by"])
        guarantee = PrivacyGuarantee(**content["guarantee"]) if content["guarantee"] else None
        pool, _ = assemble(arm, store, config, len(self.index().labels))
        return pool.promising(guarantee)

    def fingerprint(self, arm: str) -> str:
        """Digest of the records that an arm was trained on.

        Raises:
            PoolError: if there is no such arm.
        """
        return str(self._arm(arm)["shaped_by"]["data"])

    def _arm(self, arm: str) -> dict[str, Any]:
        """What `write_arm` kept."""
        path = self.arm_folder(arm) / "arm.json"
        if not path.exists():
            known = sorted(p.parent.name for p in self.path.glob("arms/*/arm.json"))
            raise PoolError(f"{self.path} has no arm {arm!r}", f"there are: {', '.join(known) or 'none'}")
        content: dict[str, Any] = json.loads(path.read_text())
        return content

    def result(self) -> AuditResult:
        """The result of the audit.

        Raises:
            PoolError: if there is none, or it was written by another version.
        """
        if not self.result_file.exists():
            raise PoolError(f"{self.path} holds no result.json", "run `audit run` with this folder as --out first")
        content = json.loads(self.result_file.read_text())
        if content.get("schema_version") != SCHEMA_VERSION:
            raise PoolError(
                f"{self.result_file} has schema {content.get('schema_version')}, not {SCHEMA_VERSION}",
                "run the audit again on this folder: the pool is kept, only the analysis is redone",
            )
        try:
            return AuditResult.model_validate(content)
        except ValidationError as error:
            raise PoolError(
                f"{self.result_file} lacks what this version reads, or was damaged",
                "run the audit again on this folder: the pool is kept, only the analysis is redone",
            ) from error


def assemble(arm: str, store: ShardStore, config: AuditConfig, records: int) -> tuple[Pool, Floats]:
    """Put the shards of an arm together as a pool.

    Args:
        arm: its name.
        store: its shards.
        config: the resolved config.
        records: number of records under audit.

    Returns:
        The pool, and the epsilon that each model's accountant spent, Float [models]; NaN without DP.

    Raises:
        PoolError: if a shard is missing or damaged.
    """
    pool = config.pool
    shards = [store.read(models) for models in store.cuts(pool.models, pool.models)]
    joined = Signals.joined(shards)
    said = {field.name: getattr(joined, field.name) for field in fields(Signals)}
    spent = said.pop("spent_epsilon")
    del said["extra"]  # what was watched in training is no part of a pool
    membership = membership_matrix(pool.models, records, pool.inclusion, pool.seed)
    return Pool(arm, membership, paired=pool.paired, **said), spent


def _under(arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> dict[str, Strings]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}  # type: ignore[misc]


def _shape(config: AuditConfig, with_size: bool) -> dict[str, object]:
    """The settings that shape a pool, its size among them or not."""
    dumped = config.model_dump(mode="json", exclude={"analysis", "release", "stack", "workers", "device"})
    if not with_size:
        del dumped["pool"]["models"]
    return dumped
