"""The controls: engines that do what they claim, and engines with one thing broken.

A breakage changes what is trained and never what is claimed: the curve is that of the setting, which is the curve of
the engine that nothing is wrong with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from audit.settings import nearest
from audit.training.base import Arm
from audit.verification.settings import NOISE, NORMALISER, SAMPLING, Setting
from reports.verification import Expected

Engine = Callable[[Arm, int], Arm]
"""From the arm that keeps the claim, and a model's number of IN records, to the arm that is trained."""

UNBOUND = 1e6
"""Times the clipping norm, no gradient is clipped; the noise is divided by it, so that it stays what it was."""
LITTLE = 0.1


@dataclass(frozen=True, slots=True)
class Control:
    """An engine, what it claims and what must come of it.

    Attributes:
        name: as the command line takes it.
        title: for a table.
        setting: what is trained and claimed.
        breakage: what is wrong with the engine, in a sentence; empty if nothing is.
        expected: what must come of it.
        engine: what is trained.
        by_size: whether the engine depends on the number of IN records.
    """

    name: str
    title: str
    setting: Setting
    breakage: str
    expected: Expected
    engine: Engine
    by_size: bool = False


def as_claimed(arm: Arm, records_in: int) -> Arm:
    """Nothing is broken."""
    return arm


def without_noise(arm: Arm, records_in: int) -> Arm:
    """Gradients are clipped and no noise is added."""
    return replace(arm, noise_multiplier=0.0)


def with_little_noise(arm: Arm, records_in: int) -> Arm:
    """A tenth of the noise that is accounted."""
    return replace(arm, noise_multiplier=LITTLE * arm.noise_multiplier)


def without_clipping(arm: Arm, records_in: int) -> Arm:
    """No gradient is clipped, and the noise is in absolute terms what it was: multiplier times norm."""
    assert arm.recipe.max_grad_norm is not None
    recipe = arm.recipe.model_copy(update={"max_grad_norm": UNBOUND * arm.recipe.max_grad_norm})
    return replace(arm, recipe=recipe, noise_multiplier=arm.noise_multiplier / UNBOUND)


def with_shuffled_batches(arm: Arm, records_in: int) -> Arm:
    """Batches of equal size from a shuffled epoch, where Poisson sampling is accounted."""
    return replace(arm, recipe=arm.recipe.model_copy(update={"sampling": "shuffle"}))


def with_realised_normaliser(arm: Arm, records_in: int) -> Arm:
    """The sum of a batch's gradients is divided by the rate times the number of records that are IN this model.

    Opacus does so by default: `expected_batch_size` is computed from the length of the data that it is given
    (issues 571 and 819).
    """
    schedule = replace(arm.schedule, expected_batch=arm.schedule.sample_rate * records_in)
    return replace(arm, schedule=schedule)


CONTROLS: tuple[Control, ...] = (
    Control("correct", "Correct", NOISE, "", "not refuted", as_claimed),
    Control("no-noise", "Noise off", NOISE, "Gradients are clipped, and no noise is added.", "caught", without_noise),
    Control(
        "little-noise",
        "Noise a tenth",
        NOISE,
        "The noise is a tenth of what is accounted.",
        "caught",
        with_little_noise,
    ),
    Control(
        "no-clipping",
        "Clipping off",
        NOISE,
        "No gradient is clipped; the noise stays what it was.",
        "caught",
        without_clipping,
    ),
    Control("correct-sampling", "Correct, 2 steps", SAMPLING, "", "not refuted", as_claimed),
    Control(
        "shuffled",
        "Shuffled batches",
        SAMPLING,
        "Batches of equal size are cut from a shuffled epoch, while Poisson sampling is accounted.",
        "caught",
        with_shuffled_batches,
    ),
    Control("correct-normaliser", "Correct, 1 class", NORMALISER, "", "not refuted", as_claimed),
    Control(
        "realised-normaliser",
        "Realised size",
        NORMALISER,
        "Gradients are divided by the realised number of IN records, not by a public constant.",
        "caught",
        with_realised_normaliser,
        by_size=True,
    ),
)


def controls_named(names: Sequence[str]) -> tuple[Control, ...]:
    """The controls of these names, in their own order; all if none is named.

    Args:
        names: of controls; see `unknown`.
    """
    return tuple(control for control in CONTROLS if not names or control.name in names)


def unknown(names: Sequence[str]) -> list[str]:
    """A complaint about every name that no control has.

    Args:
        names: of controls.
    """
    known = [control.name for control in CONTROLS]
    return [f"there is no engine {name!r}{nearest(name, known)}" for name in names if name not in known]
