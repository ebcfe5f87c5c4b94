"""Error rates of the attack on one record, beside those that are claimed to be possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attacks.intervals import clopper_pearson
from audit.epsilon.trials import TrialProof
from bounds import EpsilonDelta, TradeOff
from reports.result import PrivacyGuarantee, TradeOffCurves, TradeOffPoint

Floats = NDArray[np.float64]

GRID = np.unique(np.concatenate([[0.0], np.geomspace(1e-4, 0.1, 25), np.linspace(0.1, 1, 37)]).round(6))
MOST_POINTS = 40


def trade_off(
    found: TrialProof, record_id: str, confidence: float, guarantee: PrivacyGuarantee | None, curve: TradeOff | None
) -> TradeOffCurves:
    """Measured error rates at all thresholds, the certified ones among them, and the curves of a claim.

    Args:
        found: outcomes of one record.
        record_id: its name.
        confidence: two-sided level of each limit, in (0, 1).
        guarantee: what is claimed; None without DP.
        curve: the accountant's own; None without DP.
    """
    certified = found.counts
    points = {(int((found.members >= t).sum()), int((found.non_members >= t).sum())) for t in _thresholds(found)}
    claimed = EpsilonDelta(guarantee.epsilon, guarantee.delta) if guarantee else None
    members, non_members = certified.members, certified.non_members
    return TradeOffCurves(
        record_id=record_id,
        measured=tuple(_point(*counts, members, non_members, confidence) for counts in sorted(points)),
        certified=_point(certified.tp, certified.fp, members, non_members, confidence),
        fpr=tuple(GRID.tolist()) if guarantee else (),
        claimed=_lowest_fnr(claimed),
        accountant=_lowest_fnr(curve),
    )


def _thresholds(found: TrialProof) -> Floats:
    values = np.unique(np.concatenate([found.members, found.non_members, [np.inf]]))
    return values[np.unique(np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(int))]


def _point(tp: int, fp: int, members: int, non_members: int, confidence: float) -> TradeOffPoint:
    false, missed = (
        [wrong / trials, *(float(limit) for limit in clopper_pearson(wrong, trials, confidence))]
        for wrong, trials in ((fp, non_members), (members - tp, members))
    )
    names = ("fpr", "fpr_low", "fpr_high", "fnr", "fnr_low", "fnr_high")
    return TradeOffPoint(**dict(zip(names, (*false, *missed), strict=True)))


def _lowest_fnr(curve: TradeOff | None) -> tuple[float, ...]:
    """A curve is its own mirror image: the lowest FNR at an FPR is the lowest FPR at that FNR."""
    return () if curve is None else tuple(curve.fpr_floor(1 - GRID).tolist())
