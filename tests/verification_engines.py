"""One step of an engine on few records, with the weights that come of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.training.base import Arm, Task
from audit.training.one_by_one import trained
from audit.training.tensors import Tensors
from audit.verification.controls import CONTROLS, Control
from audit.verification.settings import NOISE, Setting
from audit.verification.start import FROM_ZERO

Floats = NDArray[np.float64]


def control(name: str) -> Control:
    return next(one for one in CONTROLS if one.name == name)


def one_step(setting: Setting = NOISE, **changes: float) -> Setting:
    """The setting with a single step on all IN records."""
    return replace(setting, sample_rate=1.0, steps=1, **changes)


def claimed(setting: Setting) -> Arm:
    return setting.arm(setting.dataset(0))


def weights(name: str, setting: Setting, model: int = 0, natural: int = 5, planted: int = 1) -> Floats:
    """What one model has learned of the first natural records and the last canaries; all others are OUT."""
    dataset = setting.dataset(0)
    is_in = np.zeros(dataset.records, bool)
    is_in[:natural] = True
    is_in[dataset.records - planted :] = True
    arm = control(name).engine(setting.arm(dataset), int(is_in.sum()))
    task = Task(dataset, FROM_ZERO, arm, seed=0)
    network, _ = trained(task, Tensors.of(task), model, is_in)
    return np.concatenate([p.detach().numpy().ravel() for p in network.parameters()]).astype(np.float64)
