"""What will be trained, resolved before anything is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from audit.arms import arms
from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.errors import ModelError
from audit.experiments.secrets.alphabet import SIZE
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.planting import Planting, planted
from audit.experiments.secrets.settings import Settings
from audit.experiments.secrets.texts import Texts, texts_of
from audit.experiments.secrets.watch import AskedForSecrets
from audit.experiments.training import Crew, Training, Wanted
from audit.experiments.watching import Watching
from audit.models import build
from audit.plan import device_of
from audit.training.base import Arm, Task
from audit.training.choice import trainer_for

NAME = "secrets"
LARGEST_POOL = 256
"""Who is IN is laid down for so many models, so that a pool can grow."""


@dataclass(frozen=True)
class Plan:
    """An experiment that is ready to train.

    Attributes:
        settings: its own.
        config: of the models; a pool of whole pairs.
        texts: natural texts.
        planting: secrets and references.
        dataset: texts, and every copy of every secret.
        arms: the training regimes, the standard one first.
        parameters: numbers that a model trains.
        training: stacks, stores and processes.
    """

    settings: Settings
    config: AuditConfig
    texts: Texts
    planting: Planting
    dataset: Dataset
    arms: tuple[Arm, ...]
    parameters: int
    training: Training

    def lines(self) -> list[str]:
        """The plan for a person."""
        of, data, pool = self.planting, self.dataset, self.config.pool
        copies = ", ".join(map(str, of.repeats))
        return [
            f"Secrets in {data.name}: {len(self.texts.train):,} texts and {len(of.secrets)} secrets, each of which "
            f"{copies} times, in half of the models; {len(of.references):,} references, a beam of {self.settings.beam}",
            f"{len(self.arms)} arm(s) x {pool.models} models of {self.parameters:,} parameters, texts of up to "
            f"{data.in_shape[0]} characters",
            *(_arm_line(arm) for arm in self.arms),
            *self.training.lines(),
        ]


def planned(settings: Settings, config: AuditConfig, folder: Path) -> Plan:
    """Resolve everything that can fail before training, and measure a few steps.

    Args:
        settings: the experiment's.
        config: of the models.
        folder: the run folder.

    Raises:
        AuditError: a subclass of it, for whatever a person can mend.
    """
    settings.check()
    seed, models = config.pool.seed, config.pool.models
    texts = texts_of(settings.data, settings.text, settings.texts, seed)
    format_ = Format.parsed(settings.format)
    planting = planted(format_, settings.repeats, settings.secrets, settings.references, texts, seed)
    length = min(settings.length, 1 + max(texts.longest, len(format_.signs)))
    dataset, device = planting.dataset(texts, length), device_of(config)
    parameters = checked_model(config.model, length)
    regimes = _arms(config, len(texts.train), int(planting.copies.sum()))
    left_out = planting.left_out(len(texts.train), max(models, LARGEST_POOL), seed)
    tasks = {
        arm.name: Task(dataset, config.model, arm, seed, device, left_out=left_out, all_in=True) for arm in regimes
    }
    watch = AskedForSecrets(planting, settings.beam)
    wanted = {
        name: Wanted(task, range(models), Watching(trainer_for(task), watch, signals=False))
        for name, task in tasks.items()
    }
    crew = Crew.of(config.stack, config.workers, device)
    training = Training.of(NAME, folder / "arms", wanted, 0.5, crew)
    return Plan(settings, config, texts, planting, dataset, regimes, parameters, training)


def checked_model(name: str, length: int) -> int:
    """How many numbers a model trains; one that is none of next characters is refused.

    Args:
        name: its import path.
        length: positions.

    Raises:
        ModelError: if it does not build, its output is not [records, positions, alphabet], or it sees what comes later.
    """
    model = build(name, (length,), SIZE, seed=0).eval()
    x = torch.zeros(2, length)
    x[1, -1] = 2
    try:
        with torch.no_grad():
            logits = model(x)
    except Exception as error:
        raise ModelError(f"model {name!r} fails on texts: {type(error).__name__}: {error}", _EXPECTED) from error
    shape = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
    if shape != (2, length, SIZE):
        raise ModelError(f"model {name!r} returns {shape} for two texts, not (2, {length}, {SIZE})", _EXPECTED)
    if not torch.allclose(logits[0, :-1], logits[1, :-1], atol=1e-5):
        raise ModelError(f"model {name!r} sees characters that come later", _EXPECTED)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


_EXPECTED = "a factory takes ((positions,), characters) and returns what says the next character at every position"


def _arms(config: AuditConfig, texts: int, copies: int) -> tuple[Arm, ...]:
    """The arms, whose public constants come from the expected number of IN texts: all natural ones, half the copies."""
    rows = texts + copies
    pool = config.pool.model_copy(update={"inclusion": 1 - copies / 2 / rows})
    return arms(config.model_copy(update={"pool": pool}), rows)


def _arm_line(arm: Arm) -> str:
    epsilon = f", epsilon {arm.target_epsilon:g} for one text" if arm.target_epsilon else ""
    return f"  {arm.name}: {arm.schedule.steps} steps of {arm.schedule.expected_batch:.0f} texts{epsilon}"
