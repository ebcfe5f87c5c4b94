"""The folder of a run that was given none: a plain name, or one that says in what it differs from the run of that name.

Other settings never meet in one folder, and the same settings find theirs again, whatever it is called.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from audit.config import AuditConfig, CanaryConfig
from audit.errors import AuditError, PoolError
from audit.files import locked, write_text
from audit.folder import RunFolder
from audit.settings import checked, read_yaml
from audit.store import lock

RUNS = Path("runs")
"""Where runs go that are given no folder."""
RESULTS = ("result.json", "one-run.json", "experiment.json")
"""The results of `audit run` and `audit score`, of `audit one-run`, and of an experiment by itself."""
ASKED = ".asked"
"""What a run was asked for that has written no config yet; it counts for as long as that run holds the lock."""
UNNAMED = {"release", "stack", "workers"}
"""What changes no figure, and so no name."""
OF_CANARIES = ("canaries.kind", "canaries.seed", "canaries.cost_models")
PATIENCE = 60.0
"""Seconds to wait for another run that is being named."""
MOST_WORDS, LONGEST = 3, 80
"""A name that would differ in more words, or be longer, is a digest."""

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Named:
    """What a run is named by.

    Attributes:
        plain: the name if no other run has it.
        settings: nested settings; of two runs with equal ones the second continues the first.
        read: the settings of the run in a folder; None where there is none, or it cannot be told.
    """

    plain: str
    settings: Settings
    read: Callable[[Path], Settings | None]

    @classmethod
    def of(cls, config: AuditConfig, prefix: str = "", sized: bool = True) -> Named:
        """What a config is named by: its data and its model, and all that shapes a figure.

        Args:
            config: the resolved config.
            prefix: begins the name, of what is no whole audit.
            sized: whether a pool of another size is another run; if not, it grows the pool.
        """
        names = (Path(config.data.source).stem, config.model.split(":")[-1])
        plain = "-".join("".join(sign if sign.isalnum() else "-" for sign in name) for name in names)
        return cls(f"{prefix}{plain}", settings_of(config, sized), lambda folder: _settings_in(folder, sized))

    def folder(self) -> Path:
        """The run's folder: its own if it was run before, else a new one under `runs/`."""
        held = self._held()
        plain = RUNS / self.plain
        own = [path for path in [plain, *sorted(held)] if path in held and held[path] == self.settings]
        if own:
            return own[0]
        names = [self.plain, *self._telling(held.get(plain)), *(f"{self.plain}-{self._digest[:n]}" for n in (6, 64))]
        return next(RUNS / name for name in names if RUNS / name not in held)

    def smaller(self) -> tuple[Path, int] | None:
        """A run that differs in nothing but a smaller pool, and its models an arm; None if there is none."""
        pool = self.settings["pool"]
        fitting = [
            (path, held["pool"]["models"])
            for path, held in self._held().items()
            if held and held["pool"]["models"] < pool["models"] and {**held, "pool": pool} == self.settings
        ]
        return max(fitting, key=lambda one: one[1], default=None)

    @property
    def _digest(self) -> str:
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()

    def _held(self) -> dict[Path, Settings | None]:
        """The folders that are taken, with the settings of their runs; None where these cannot be told."""
        found = [path for path in (RUNS / self.plain, *RUNS.glob(f"{self.plain}-*")) if path.is_dir()]
        held: dict[Path, Settings | None] = {}
        for path in found:
            if (path / "config.yaml").exists() or any((path / name).exists() for name in RESULTS):
                held[path] = self.read(path)
            elif _locked(path):
                held[path] = _asked(path)
        return held

    def _telling(self, other: Settings | None) -> list[str]:
        """A name that says in what the settings differ from another run's; none if that takes too many words."""
        if other is None:
            return []
        said = words(self.settings, other)
        name = "-".join([self.plain, *said])
        return [name] if 0 < len(said) <= MOST_WORDS and len(name) <= LONGEST else []


@contextlib.contextmanager
def claimed(named: Named, out: Path | None) -> Iterator[Path]:
    """The folder of a run, locked for this process; two that begin at once never take one folder for two runs.

    Args:
        named: what the run is named by.
        out: the folder that was asked for; None takes the one that its settings name.

    Raises:
        PoolError: if another process holds the folder.
    """
    if out is not None:
        with lock(out):
            yield out
        return
    with contextlib.ExitStack() as held:
        try:
            with locked(RUNS / ".names.lock", timeout=PATIENCE):
                folder = named.folder()
                held.enter_context(lock(folder))
                write_text(folder / ASKED, json.dumps(named.settings))
        except TimeoutError as error:
            raise PoolError(
                f"{RUNS / '.names.lock'} is held by another process, and no run gets its name before it lets go",
                "name the folder with --out, or stop the process that hangs",
            ) from error
        held.callback(lambda: (folder / ASKED).unlink(missing_ok=True))
        yield folder


def settings_of(config: AuditConfig, sized: bool = True) -> Settings:
    """The settings that a run is named by, as they are read from JSON.

    Args:
        config: the resolved config.
        sized: the size of the pool among them.
    """
    if not config.canaries.count:
        config = config.model_copy(update={"canaries": CanaryConfig()})
    said = config.model_dump(mode="json", exclude=UNNAMED)
    if not sized:
        del said["pool"]["models"]
    return said


def latest(*needed: str) -> Path:
    """The folder under `runs/` whose result was written last.

    Args:
        needed: files that it must hold besides, such as result.json where no other result will do.

    Raises:
        PoolError: if there is none.
    """
    results = [path for name in RESULTS for path in RUNS.glob(f"*/{name}")]
    fitting = [path for path in results if all((path.parent / name).exists() for name in needed)]
    if not fitting:
        raise PoolError(f"no run was named, and {RUNS}/ holds none", "name a run folder, or begin with `audit run`")
    return max(fitting, key=lambda path: (path.stat().st_mtime_ns, path)).parent


def words(settings: Settings, other: Settings) -> list[str]:
    """In what settings differ from others, a word or two for each: `dp-eps-1`, `seed-3`.

    Args:
        settings: nested settings.
        other: those that they are told apart from.
    """
    flat, before = _flat(settings), _flat(other)
    changed = {path: flat.get(path) for path in flat | before if flat.get(path) != before.get(path)}
    for path in [path for path in changed if path.startswith("dp.recipe.")]:
        twin = path.replace("dp.recipe.", "standard.")
        if twin in changed and changed[twin] == changed[path]:
            changed[path.rpartition(".")[2]] = changed.pop(twin)
            del changed[path]
    if changed.get("canaries.count", 1) == 0:  # of none nothing more is to be said
        changed = {path: value for path, value in changed.items() if path not in OF_CANARIES}
    return [_word(path, value) for path, value in changed.items()]


def _word(path: str, value: object) -> str:
    group, _, key = path.rpartition(".")
    key = {"dp.epsilons": "dp-eps", "canaries.count": "canaries", "data.groups": "group", "dp.delta": "dp-delta"}.get(
        path, {"standard": "standard-", "dp.recipe": "dp-", "canaries": "canary-"}.get(group, "") + key
    )
    if path == "data.seed":
        key = "data-seed"
    if value is True:
        return _slug(key)
    if value is None or value is False or value == [] or (key == "canaries" and value == 0):
        return "no-dp" if path == "dp.epsilons" else f"no-{_slug(key)}"
    values = value if isinstance(value, list) else [value]
    return "-".join([_slug(key), *(_slug(f"{one:g}" if isinstance(one, float) else str(one)) for one in values)])


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.") or "none"


def _flat(settings: Settings, where: str = "") -> dict[str, object]:
    """Path -> value, for every setting that holds no others."""
    flat: dict[str, object] = {}
    for key, value in settings.items():
        path = f"{where}.{key}" if where else key
        flat |= _flat(value, path) if isinstance(value, Mapping) else {path: value}
    return flat


def _settings_in(folder: Path, sized: bool) -> Settings | None:
    """The settings that the run in a folder is named by; None where it has no config that this version reads."""
    path = RunFolder(folder).config_file
    try:
        return settings_of(checked(read_yaml(path)), sized)
    except AuditError:
        return None


def _locked(folder: Path) -> bool:
    try:
        with FileLock(folder / ".lock", timeout=0):
            return False
    except Timeout:
        return True


def _asked(folder: Path) -> Settings | None:
    """What the run was asked for that holds the folder; None if it was told to go there."""
    try:
        asked: Settings = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return asked
