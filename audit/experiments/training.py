"""Training what an experiment needs beside the audit's pool: as stacks, resumed, and with its cost said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.plan import workers_of
from audit.progress import Progress
from audit.store import ShardStore, cut, key_of, shaping
from audit.training.base import Signals, Task, Trainer
from audit.training.choice import trainer_for
from audit.training.layout import Layout, Pace, layout_of, wall_seconds
from audit.training.memory import freed_memory_kept
from audit.training.workers import Hands, train
from audit.training.workshop import Job, Trained, Workshop


@dataclass(frozen=True)
class Wanted:
    """Models that an experiment trains.

    Attributes:
        task: what is trained and how.
        models: their numbers, rising.
        trainer: the way of training; None takes the fastest that is right.
    """

    task: Task
    models: Sequence[int]
    trainer: Trainer | None = None


@dataclass(frozen=True)
class Crew:
    """How an experiment trains.

    Attributes:
        stack: models a stack as a person set it; None measures.
        workers: numbers of processes to choose from.
        kept: how the audit's own pool was trained; its measurements hold for tasks of the same arms.
    """

    stack: int | None
    workers: tuple[int, ...]
    kept: Layout | None = None

    @classmethod
    def of(cls, stack: int | str, workers: int | str, device: str, kept: Layout | None = None) -> Crew:
        """The crew that a config asks for.

        Args:
            stack: as in the config.
            workers: as in the config.
            device: `cpu` or `cuda`.
            kept: how the audit's own pool was trained.
        """
        from audit.config import AuditConfig

        asked = AuditConfig.model_validate({"workers": workers})
        return cls(None if isinstance(stack, str) else stack, workers_of(asked, device), kept)


@dataclass(frozen=True)
class Training:
    """What an experiment has to train, laid out.

    Attributes:
        title: the experiment's name.
        workshop: tasks, stores and trainers by the name of what is trained.
        models: name -> numbers of its models.
        layout: stacks and processes.
    """

    title: str
    workshop: Workshop
    models: Mapping[str, Sequence[int]]
    layout: Layout

    @classmethod
    def of(cls, title: str, folder: Path, wanted: Mapping[str, Wanted], inclusion: float, crew: Crew) -> Training:
        """Find out what is on disk, and lay out what is left to train.

        Args:
            title: the experiment's name.
            folder: where the shards go, a folder for each that is wanted.
            wanted: name -> models; names are short and fit for a folder.
            inclusion: probability of a record to be IN.
            crew: how to train.

        Raises:
            TrainingError: if a model cannot even make its first steps.
            PoolError: if what lies on disk was made by other settings or is damaged.
        """
        trainers = {name: one.trainer or trainer_for(one.task) for name, one in wanted.items()}
        stores = {name: _store(folder / name, one.task, inclusion, trainers[name]) for name, one in wanted.items()}
        workshop = Workshop({name: one.task for name, one in wanted.items()}, stores, inclusion, trainers)
        models = {name: one.models for name, one in wanted.items()}
        for name, store in stores.items():
            store.sweep()
            store.check(models[name])
        return cls(title, workshop, models, _laid_out(workshop, models, crew))

    @property
    def missing(self) -> dict[str, list[int]]:
        """Name -> models that are not on disk."""
        return {name: self.workshop.stores[name].absent(models) for name, models in self.models.items()}

    @property
    def seconds(self) -> float:
        """Wall time that training is expected to take."""
        return wall_seconds([self._seconds(job) for job in self._jobs()], self.layout.workers, self.layout.threads)

    def lines(self) -> list[str]:
        """What it will cost, for a person."""
        left, whole = sum(map(len, self.missing.values())), sum(map(len, self.models.values()))
        if not left:
            return [f"{self.title}: all of its {whole} models are on disk: nothing is left to train"]
        about = f"about {self.seconds:,.0f} s with {self.layout.workers} worker(s)"
        return [f"{self.title}: {left} of {whole} models to train, {about}"]

    def signals(self, listener: Progress) -> dict[str, Signals]:
        """Train what is missing, and read everything.

        Args:
            listener: hears of it.

        Raises:
            TrainingError: if a model cannot be trained; what was finished is kept.
        """
        whole, left = sum(map(len, self.models.values())), sum(map(len, self.missing.values()))
        if left:
            listener.arm(self.title, whole, whole - left)

            def done(trained: Trained) -> None:
                listener.trained(self.title, len(trained.job.models))

            train(self.workshop, self._jobs(), self.layout.workers, done, self._hands)
            listener.end()
        return {name: self.workshop.stores[name].joined(models) for name, models in self.models.items()}

    @property
    def _hands(self) -> Hands:
        if self.layout.threads:
            return "threads"
        return "processes and this one" if self.layout.device == "cpu" else "processes"

    def _jobs(self) -> list[Job]:
        cuts = ((name, cut(left, self.layout.arms[name].stack)) for name, left in self.missing.items() if left)
        jobs = [Job(name, tuple(stack)) for name, stacks in cuts for stack in stacks]
        return sorted(jobs, key=self._seconds, reverse=True)

    def _seconds(self, job: Job) -> float:
        pace = self.layout.arms[job.arm]
        steps = self.workshop.tasks[job.arm].arm.schedule.steps
        return len(job.models) * steps * pace.seconds_a_step / pace.stack


def _store(folder: Path, task: Task, inclusion: float, trainer: Trainer) -> ShardStore:
    shaped_by = shaping(task, inclusion, trainer.version)
    return ShardStore(folder, key_of(shaped_by), shaped_by)


def _laid_out(workshop: Workshop, models: Mapping[str, Sequence[int]], crew: Crew) -> Layout:
    """Measure one task of every arm and number of models; what differs in its records alone is as fast."""
    missing = {name: workshop.stores[name].absent(numbers) for name, numbers in models.items()}
    left = {name: absent for name, absent in missing.items() if absent}
    device = next(iter(workshop.tasks.values())).device
    known = Layout(device=device, workers=1, arms=_known(workshop, crew))
    first = {_kind(workshop, name): name for name in reversed(left)}
    unknown = {name: left[name] for name in first.values() if name not in known.arms}
    if unknown:
        with freed_memory_kept():
            measured = layout_of(workshop, unknown, crew.stack, crew.workers, known)
        known = known.model_copy(update={"arms": {**measured.arms, **known.arms}})
    paces = {_kind(workshop, name): known.arms[name] for name in first.values()}
    every = {name: paces[_kind(workshop, name)] for name in left}
    with freed_memory_kept():
        return layout_of(workshop, left, crew.stack, crew.workers, known.model_copy(update={"arms": every}))


def _known(workshop: Workshop, crew: Crew) -> dict[str, Pace]:
    """What was measured when the audit's own pool was trained, for tasks of the same arm and trainer."""
    kept = crew.kept.arms if crew.kept else {}
    found = {name: kept.get(task.arm.name) for name, task in workshop.tasks.items()}
    versions = {name: trainer.version for name, trainer in workshop.trainers.items()}
    return {
        name: pace.model_copy(update={"trainer": versions[name]})
        for name, pace in found.items()
        if pace and pace.trainer == versions[name]
    }


def _kind(workshop: Workshop, name: str) -> tuple[str, str, str]:
    task = workshop.tasks[name]
    return task.arm.name, task.model, workshop.trainers[name].version
