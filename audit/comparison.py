"""Arms of one or more runs side by side; differences are paired where the memberships are shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from audit.accuracy import differences
from audit.folder import RunFolder
from audit.leakage import evaluation_of, leakage_differences
from audit.pool import Pool
from reports.comparison import ComparedArm, Comparison
from reports.result import AuditResult, Difference


def compared(folders: Sequence[RunFolder]) -> Comparison:
    """Put the arms of runs side by side.

    Within a run each arm is compared with the standard one. Between runs, arms of one name are compared with
    those of the first run if both runs have the same records and memberships: then the difference is paired.

    Args:
        folders: the runs, at least one.

    Raises:
        PoolError: if a run has no result or a damaged pool.
    """
    results = [folder.result() for folder in folders]
    names = _names(folders)
    arms = tuple(
        ComparedArm(run=name, headline=result.headline, arm=arm)
        for name, result in zip(names, results, strict=True)
        for arm in result.arms
    )
    within = [change for result in results for change in result.differences] if len(results) == 1 else []
    between, warnings = _between(folders, results, names)
    return Comparison(
        confidence=results[0].confidence, arms=arms, differences=(*within, *between), warnings=tuple(warnings)
    )


def _names(folders: Sequence[RunFolder]) -> list[str]:
    """The folders' own names, or their whole paths where two are alike."""
    own = [folder.path.resolve().name for folder in folders]
    return own if len(set(own)) == len(own) else [str(folder.path) for folder in folders]


def _between(
    folders: Sequence[RunFolder], results: Sequence[AuditResult], names: Sequence[str]
) -> tuple[list[Difference], list[str]]:
    found: list[Difference] = []
    warnings: list[str] = []
    if len({result.confidence for result in results}) > 1:
        warnings.append("The runs use different confidence levels: their intervals are not comparable.")
    for folder, result, name in zip(folders[1:], results[1:], names[1:], strict=True):
        if result.data.fingerprint != results[0].data.fingerprint:
            warnings.append(f"{name} audits other records than {names[0]}: its figures are shown, not subtracted.")
            continue
        if not (folders[0].config_file.exists() and folder.config_file.exists()):
            warnings.append(f"{name} or {names[0]} has no pool, only a result: their figures are not subtracted.")
            continue
        found += _of_runs((folders[0], folder), (results[0], result), (names[0], name))
    return found, warnings


def _of_runs(
    folders: tuple[RunFolder, RunFolder], results: tuple[AuditResult, AuditResult], names: tuple[str, str]
) -> list[Difference]:
    """Arms that both runs have, over the models that both pools have."""
    shared = [arm.name for arm in results[0].arms if arm.name in {other.name for other in results[1].arms}]
    dataset = folders[0].index().as_dataset(results[0].data.name).natural
    analysis, changes = folders[0].config().analysis, list[Difference]()
    for arm in shared:
        one, other = (folder.pool(arm).natural(folder.index().canaries) for folder in folders)
        models = np.arange(min(one.models, other.models))
        attack = ATTACKS[results[0].headline]
        before, after = _headed(one, names[0], models), _headed(other, names[1], models)
        paired = differences(before, after, dataset, results[0].confidence)
        if np.array_equal(before.membership, after.membership):
            found = [evaluation_of(attack, pool.evidence, analysis) for pool in (before, after)]
            changes += leakage_differences((before.arm, after.arm), found[0], found[1], analysis)
        changes += [change for change in paired if ", " not in change.quantity]
    return changes


def _headed(pool: Pool, run: str, models: NDArray[np.int64]) -> Pool:
    return replace(pool.take(models), arm=f"{run} {pool.arm}")
