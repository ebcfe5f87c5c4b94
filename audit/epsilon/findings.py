"""Every arm's epsilon: what its models prove, what it claims, and whether the two agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from attacks import Evidence
from audit.analysis import Reading
from audit.config import AnalysisConfig, CanaryConfig
from audit.data.base import Dataset, Strings
from audit.epsilon.canary_figures import canary_figures
from audit.epsilon.capped import caps
from audit.epsilon.claim_tests import Claim, Seen
from audit.epsilon.proof import Proof, proof_of
from audit.epsilon.self_check import self_check
from audit.epsilon.statements import statements
from audit.epsilon.trade_off import trade_off
from audit.epsilon.trials import TrialProof
from audit.pool import Pool
from audit.privacy_curve import PrivacyCurve
from audit.progress import NO_PHASES, Phases
from reports.result import Epsilon, PrivacyGuarantee, TradeOffCurves

Bools = NDArray[np.bool_]

HINT = "Canaries (--canaries 200) make the tests sharper, too."


@dataclass(frozen=True)
class Asked:
    """What is asked of every arm.

    Attributes:
        dataset: the records, canaries last.
        analysis: confidence and headline attack.
        delta: at which delta bounds are stated, in [0, 1).
        fair: whether every record was IN by a fair coin.
        canaries: which canaries there are.
        without: arm -> Bool [models, test records]; whether models trained without canaries are right.
        refused: why nothing may be proved from these memberships; empty where there is no such reason.
        units: Str [records]; records of one name share a coin, and bounds are those of such units; None if none do.
    """

    dataset: Dataset
    analysis: AnalysisConfig
    delta: float
    fair: bool = True
    canaries: CanaryConfig = field(default_factory=CanaryConfig)
    without: Mapping[str, Bools] = field(default_factory=dict)
    refused: str = ""
    units: Strings | None = None


def with_epsilon(
    readings: Sequence[Reading], pools: Mapping[str, Pool], asked: Asked, phases: Phases = NO_PHASES
) -> tuple[Reading, ...]:
    """The readings with all that is known of each arm's epsilon.

    Args:
        readings: of the natural records; the arm without DP first, which is the control of the others' self-check.
        pools: arm name -> pool, with canaries.
        asked: what is asked.
        phases: hears of every arm.
    """
    alpha, proofs = 1 - asked.analysis.confidence, []
    for reading in readings:
        phases.begin(f"{reading.result.name}: epsilon")
        evidence = pools[reading.result.name].evidence
        seen_by = evidence if asked.units is None else unit_evidence(evidence, asked.units)
        proofs.append(proof_of(seen_by, asked.delta, alpha, asked.fair, asked.refused))
    hint = "" if asked.dataset.canaries else HINT
    seen = [
        Seen(proof, reading.memorization, reading.result.models, hint)
        for reading, proof in zip(readings, proofs, strict=True)
    ]
    control = seen[0] if readings[0].result.kind == "standard" else None
    return tuple(
        _completed(reading, one, pools[reading.result.name], asked, control)
        for reading, one in zip(readings, seen, strict=True)
    )


def _completed(reading: Reading, seen: Seen, pool: Pool, asked: Asked, control: Seen | None) -> Reading:
    arm = reading.result
    ids = (asked.dataset.ids if asked.units is None else np.unique(asked.units)).tolist()
    guarantee = arm.guarantee
    curve = curve_of(guarantee) if guarantee else None
    claim = Claim(curve, guarantee.memorization_cap, guarantee.epsilon) if guarantee and curve else None
    without = asked.without.get(arm.name)
    found = Epsilon(
        bounds=statements(seen.proof, ids),
        caps=caps(arm, asked.analysis.headline, reading.memorization),
        self_check=self_check(seen, claim, ids, control) if claim else None,
        trade_off=_trade_off(seen.proof, ids, asked.analysis.confidence, guarantee, curve),
        canaries=canary_figures(pool, asked.dataset, arm, asked.analysis, asked.canaries, without),
        reasons=seen.proof.reasons,
    )
    return replace(reading, result=arm.model_copy(update={"epsilon": found}))


def unit_evidence(evidence: Evidence, units: Strings) -> Evidence:
    """The pool with units in place of records: a unit's signal is the mean of its records', right where all are.

    Records that share a coin are IN together, so a unit is one coin, and a bound from it is one for a whole unit.

    Args:
        evidence: the pool; records of one unit have the same memberships.
        units: Str [records]; the units in the order of their names are the records of what is returned.
    """
    _, number, size = np.unique(units, return_inverse=True, return_counts=True)
    order, start = np.argsort(number, kind="stable"), np.cumsum(size) - size
    correct = evidence.correct
    return Evidence(
        membership=evidence.membership[:, order[start]],
        phi=np.add.reduceat(evidence.phi[:, order], start, axis=1) / size[:, None],
        correct=None if correct is None else np.logical_and.reduceat(correct[:, order], start, axis=1),
        pair=evidence.pair,
    )


def curve_of(guarantee: PrivacyGuarantee) -> PrivacyCurve:
    """The accountant's trade-off curve of what an arm claims."""
    return PrivacyCurve(guarantee.noise_multiplier, guarantee.sample_rate, guarantee.steps)


def _trade_off(
    proof: Proof, ids: Sequence[str], confidence: float, guarantee: PrivacyGuarantee | None, curve: PrivacyCurve | None
) -> TradeOffCurves | None:
    if not isinstance(proof.trials, TrialProof):
        return None
    return trade_off(proof.trials, str(ids[proof.trials.record]), confidence, guarantee, curve)
