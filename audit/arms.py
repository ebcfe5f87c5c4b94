"""Which training regimes a config asks for, resolved to the last constant."""

from __future__ import annotations

from audit.config import AuditConfig
from audit.privacy import noise_for, resolve_delta
from audit.training.base import Arm, Schedule
from reports.numbers import small


def arms(config: AuditConfig, records: int) -> tuple[Arm, ...]:
    """The arms of an audit: the standard one, one an epsilon, and the two controls if they are asked for.

    Args:
        config: the whole audit.
        records: number of records under audit.

    Raises:
        PrivacyError: if an epsilon or delta cannot be had.
    """
    private = tuple(_private(config, records, epsilon) for epsilon in config.dp.epsilons)
    return (_standard(config, records), *private, *(_controls(config, records) if config.controls else ()))


def _standard(config: AuditConfig, records: int) -> Arm:
    schedule = Schedule.of(config.standard, records, config.pool.inclusion)
    return Arm("standard", "standard", "Training as usual, without differential privacy.", config.standard, schedule)


def _private(config: AuditConfig, records: int, epsilon: float) -> Arm:
    recipe = config.dp.recipe
    schedule = Schedule.of(recipe, records, config.pool.inclusion)
    delta = resolve_delta(config.dp, records)
    return Arm(
        name=f"dp-eps-{epsilon:g}",
        kind="dp",
        description=f"DP-SGD with the noise that epsilon {epsilon:g} at delta {small(delta)} needs.",
        recipe=recipe,
        schedule=schedule,
        noise_multiplier=noise_for(epsilon, delta, schedule, config.dp.accountant),
        accountant=config.dp.accountant,
        target_epsilon=epsilon,
        delta=delta,
    )


def _controls(config: AuditConfig, records: int) -> tuple[Arm, Arm]:
    """Which part of DP's effect is the recipe's, and which is the clipping's; neither has a guarantee."""
    recipe = config.dp.recipe
    unclipped = recipe.model_copy(update={"max_grad_norm": None})
    schedule = Schedule.of(recipe, records, config.pool.inclusion)
    return (
        Arm("dp-recipe", "control", "The DP recipe without clipping and without noise.", unclipped, schedule),
        Arm("clip-only", "control", "The DP recipe with clipping and without noise.", recipe, schedule),
    )
