"""What a person may set of the experiment."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audit.config import AuditConfig
from audit.errors import ConfigError
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.model import MODEL
from audit.experiments.secrets.texts import BUILT_IN
from audit.pipeline import whole_pairs
from audit.presets import merged
from audit.provenance import shown_path
from audit.run_names import Named
from audit.settings import as_yaml, checked, read

PRESET = "characters"
OWN_SETTINGS = "secrets.json"
"""The experiment's own settings, in its run folder."""
DEFAULTS: dict[str, Any] = {"model": MODEL, "pool": {"models": 8}, "dp": {"epsilons": (8.0, 1.0)}}


@dataclass(frozen=True)
class Settings:
    """Settings of the experiment itself.

    Attributes:
        data: a .txt, .csv or .parquet; None generates messages.
        text: column of the texts, in a table.
        format: the secrets' format.
        repeats: how often a secret stands in the training text, one level each, rising.
        secrets: secrets a level.
        references: sentences of the format that secrets are ranked among.
        beam: width of the search.
        texts: the most natural texts to train on.
        length: the most positions of a text.
    """

    data: str | None = None
    text: str | None = None
    format: str = "my number is {d}{d}{d}-{d}{d}-{d}{d}{d}{d}"
    repeats: tuple[int, ...] = (1, 4, 16)
    secrets: int = 32
    references: int = 4096
    beam: int = 64
    texts: int = 800
    length: int = 80

    def check(self) -> None:
        """Refuse what cannot be.

        Raises:
            ConfigError: naming every mistake.
        """
        least = {"secrets": (self.secrets, 4), "references": (self.references, 100), "beam": (self.beam, 1)}
        least |= {"texts": (self.texts, 100), "length": (self.length, 8)}
        problems = [f"--{name} {value}: at least {low}" for name, (value, low) in least.items() if value < low]
        if not self.repeats or min(self.repeats) < 1 or list(self.repeats) != sorted(set(self.repeats)):
            problems.append(f"--repeats {','.join(map(str, self.repeats))}: numbers from 1 on, rising")
        try:
            found = Format.parsed(self.format)
        except ConfigError as error:
            problems.append(error.message)
        else:
            if len(found.signs) >= self.length:
                problems.append(
                    f"--format: its {len(found.signs)} characters and an end do not fit --length {self.length}"
                )
        if problems:
            raise ConfigError.collected(problems, "see `audit experiment secrets --help`")

    @property
    def shown(self) -> dict[str, Any]:
        """Every setting, as a report may show it."""
        said = asdict(self) | {"repeats": tuple(map(float, self.repeats))}
        return said | {"data": shown_path(self.data) if self.data else None}


def resolved(flags: Mapping[str, Any], config: str | None) -> AuditConfig:
    """Recipes, pool and DP of the models: the preset, then the experiment's own, then the config, then the flags.

    Args:
        flags: nested settings from the command line, without those that were not given.
        config: a preset's name or a YAML file.

    Raises:
        ConfigError: naming every mistake.
    """
    given = merged(merged(read(PRESET), DEFAULTS), merged(read(config) if config else {}, flags))
    return whole_pairs(checked(given))[0]


def as_json(settings: Settings) -> str:
    """The experiment's own settings, as its run folder keeps them beside the models' config."""
    return json.dumps(asdict(settings), indent=1) + "\n"


def named(settings: Settings, config: AuditConfig) -> Named:
    """What a run of the experiment is named by: its own settings and the models'; a larger pool grows it.

    Args:
        settings: the experiment's.
        config: the models'.
    """
    models, own = Named.of(config, sized=False), json.loads(as_json(settings))
    source = Path(settings.data).stem if settings.data else BUILT_IN

    def read(folder: Path) -> Mapping[str, Any] | None:
        held, path = models.read(folder), folder / OWN_SETTINGS
        if held is None or not path.exists():  # runs from before the settings were kept bear their digest in the name
            return asked if folder.name == f"secrets-{source}-{_digest(settings, config)}" else None
        return {"secrets": json.loads(path.read_bytes()), **held}

    asked = {"secrets": own, **models.settings}
    return Named(f"secrets-{source}", asked, read)


def _digest(settings: Settings, config: AuditConfig) -> str:
    same = config.model_copy(
        update={"pool": config.pool.model_copy(update={"models": 4}), "stack": "auto", "workers": "auto"}
    )
    return hashlib.sha256(f"{settings}\n{as_yaml(same)}".encode()).hexdigest()[:6]


def command_of(settings: Settings, config: AuditConfig) -> str:
    """The command that repeats the experiment; flags that are as they are without being given are left out.

    Args:
        settings: the experiment's.
        config: the models'.
    """
    plain, words = Settings(), ["audit", "experiment", "secrets"]
    for name, value in asdict(settings).items():
        if value != getattr(plain, name):
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += [f"--{name}", shown_path(shown) if name == "data" else shown]
    words += ["--model", config.model] if config.model != MODEL else []
    words += [word for epsilon in config.dp.epsilons for word in ("--dp-eps", f"{epsilon:g}")]
    words += ["--models", str(config.pool.models), "--seed", str(config.pool.seed)]
    flags = {"model": config.model, "pool": {"models": config.pool.models, "seed": config.pool.seed}}
    said = resolved({**flags, "dp": {"epsilons": config.dp.epsilons}}, None)
    same = {name: getattr(config, name) for name in ("device", "stack", "workers")}
    return shlex.join([*words, *([] if said.model_copy(update=same) == config else ["--config", "config.yaml"])])
