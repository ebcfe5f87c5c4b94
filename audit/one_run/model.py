"""One model an arm, trained with canaries; kept on disk, so that nothing is trained twice."""

from __future__ import annotations

from dataclasses import replace

from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.folder import RunFolder
from audit.one_run.coins import coins
from audit.plan import Plan, plan_of
from audit.progress import Progress
from audit.store import ShardStore, key_of
from audit.training.base import Arm, Signals
from audit.training.memory import freed_memory_kept

MODEL = 0
"""The number of the one model."""
DESIGN = {"design": "one run: natural records IN, canaries by fair coins"}


class OneRunPlan(Plan):
    """The plan of a one-run audit."""

    def models_of(self, name: str) -> int:
        """One model an arm."""
        return 1

    def lines(self) -> list[str]:
        """The plan for a person."""
        data, shards = self.dataset, self.workshop.stores.values()
        left = sum(len(store.absent([MODEL])) for store in shards)
        return [
            f"One-run audit of {self.config.model} on {data.name}: {data.natural_records:,} records, all IN, "
            f"{data.canaries:,} canaries ({self.config.canaries.kind}) by fair coins",
            *(line for arm in self.arms for line in self.arm_lines(arm)),
            f"{left} model(s) to train on {self.device}" if left else "the model is on disk: nothing is left to train",
        ]


def plan_of_one(config: AuditConfig, dataset: Dataset, folder: RunFolder) -> OneRunPlan:
    """Resolve everything that can fail before training.

    Args:
        config: the config, its inclusion rate set.
        dataset: the records, canaries last.
        folder: where the model's signals go.

    Raises:
        AuditError: a subclass of it, for whatever cannot be done as asked.
    """
    alone = config.canaries.model_copy(update={"cost_models": 0})
    plan = plan_of(config.model_copy(update={"canaries": alone}), dataset, folder)
    arms = tuple(arm for arm in plan.arms if arm.target_epsilon is not None) or plan.arms[:1]
    stores = {arm.name: _of_one(plan.workshop.stores[arm.name]) for arm in arms}
    workshop = replace(plan.workshop, stores=stores)
    return OneRunPlan(config, dataset, plan.card, arms, plan.device, workshop)


def _of_one(store: ShardStore) -> ShardStore:
    shaped_by = {**store.shaped_by, **DESIGN}
    return ShardStore(store.folder, key_of(shaped_by), shaped_by)


def trained(plan: Plan, arm: Arm, listener: Progress) -> Signals:
    """The signals of an arm's model, trained unless they lie on disk.

    Args:
        plan: what is to be done.
        arm: the training regime.
        listener: hears of it.

    Raises:
        TrainingError: if the model's loss is not finite.
        PoolError: if what lies on disk is damaged or was made by other settings.
    """
    store = plan.workshop.stores[arm.name]
    if store.absent([MODEL]):
        listener.note(f"training {arm.name}")
        membership = coins(plan.dataset, plan.config.pool.seed)[None]
        with freed_memory_kept():
            trainer = plan.workshop.trainers[arm.name]
            store.write([MODEL], trainer.train(plan.workshop.tasks[arm.name], [MODEL], membership))
    return store.read([MODEL])
