"""Which trainer trains a task: the fastest way that is right for its model."""

from __future__ import annotations

from audit.training.base import Task, Trainer
from audit.training.one_by_one import OneByOne
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.gradients import StackGradients
from audit.training.stacked.trainer import Stacked
from audit.training.stacked.trial import problem_with
from audit.training.stacked.vmapped import VmappedGradients

WAYS: tuple[type[StackGradients], ...] = (FoldedGradients, VmappedGradients)
"""Ways of training a stack, the fastest first."""


def trainer_for(task: Task) -> Trainer:
    """The trainer for a task: the first way of stacking that passes its trial, else one model at a time.

    Args:
        task: what is to be trained.
    """
    reasons: list[str] = []
    for way in WAYS:
        problem = problem_with(way, task)
        if not problem:
            return Stacked(way, "; ".join(reasons), tf32=task.device != "cpu" and not task.arm.recipe.max_grad_norm)
        reasons.append(f"not {way.version}: {problem}")
    return OneByOne("; ".join(reasons))
